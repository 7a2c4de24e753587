//! What `history prune` calls: it asks everybody who may refer to a task definition.

use super::statement::Statement;

/// Everything.
fn all() -> [String; 1] {
    ["*".to_owned()]
}

pub(super) fn statements() -> Vec<Statement> {
    vec![
        Statement::new(
            "DeregisterTaskDefinitions",
            "reads revisions with their stamps and takes old ones out of use; AWS takes no resource for these actions",
            [
                "ecs:ListTaskDefinitions",
                "ecs:DescribeTaskDefinition",
                "ecs:DeregisterTaskDefinition",
            ],
            all(),
        ),
        Statement::new(
            "ReadAllReferences",
            "asks every cluster, service and task of the account and region what it refers to; one that is left out may refer to anything",
            [
                "ecs:ListClusters",
                "ecs:ListServices",
                "ecs:DescribeServices",
                "ecs:ListServiceDeployments",
                "ecs:DescribeServiceRevisions",
                "ecs:ListTasks",
                "ecs:DescribeTasks",
            ],
            all(),
        ),
        Statement::new(
            "ReadSchedulesAndRules",
            "asks every schedule and every rule that starts tasks what it refers to",
            [
                "scheduler:ListSchedules",
                "scheduler:GetSchedule",
                "events:ListEventBuses",
                "events:ListRules",
                "events:ListTargetsByRule",
            ],
            all(),
        ),
    ]
}
