//! What the verbs call that change something.

use super::look::list_tasks;
use super::statement::{CREATE_ACTION, IN_CLUSTER, PASSED_TO, Statement};
use super::{Facts, look};
use crate::config::{STANDARD, TemplateTags};

pub(super) fn statements(facts: &Facts<'_>) -> Vec<Statement> {
    let mut found = vec![Statement::new(
        "RegisterTaskDefinition",
        "registers revisions of the family, and of no other",
        ["ecs:RegisterTaskDefinition"],
        [facts.family()],
    )];
    found.extend(tags(facts));
    found.extend(mark(facts));
    found.extend(roles(facts));
    found.extend(one_off_tasks(facts));
    found.extend(service(facts));
    found.extend(publish(facts));
    found
}

/// Tags of a revision: the stamps, the template's, those of the configuration.
fn tags(facts: &Facts<'_>) -> Option<Statement> {
    let settings = facts.settings;
    let is_plain =
        |entry: &crate::config::Entry| entry.id == STANDARD && entry.config.get("tags").is_none();
    let untagged = !settings.deploy.stamp
        && settings.deploy.template_tags == TemplateTags::Drop
        && settings.overlays.iter().all(is_plain);
    (!untagged).then(|| {
        Statement::new(
            "TagTaskDefinition",
            "puts tags on a revision when it is registered",
            ["ecs:TagResource"],
            [facts.family()],
        )
        .only(CREATE_ACTION, "RegisterTaskDefinition".to_owned())
    })
}

/// The mark of a failed `after` task, which comes after the registration.
fn mark(facts: &Facts<'_>) -> Option<Statement> {
    let settings = facts.settings;
    let marks = settings.deploy.stamp && settings.service.is_some() && !settings.after.is_empty();
    marks.then(|| {
        Statement::new(
            "MarkRevision",
            "marks a revision whose `after` task failed, so that no rollback goes there, and takes the mark away once the task ends well",
            ["ecs:TagResource", "ecs:UntagResource"],
            [facts.family()],
        )
    })
}

/// The roles that tasks get: who registers or runs a task definition hands them over.
fn roles(facts: &Facts<'_>) -> Option<Statement> {
    let roles: Vec<String> = match facts.roles {
        Some([]) => return None,
        Some(roles) => roles.iter().map(|role| facts.place.role(role)).collect(),
        None => vec![facts.place.role("*")],
    };
    let statement = Statement::new(
        "PassRoles",
        "hands the roles of the task definition to tasks, and to nobody else",
        ["iam:PassRole"],
        roles,
    );
    Some(statement.only(PASSED_TO, "ecs-tasks.amazonaws.com".to_owned()))
}

fn one_off_tasks(facts: &Facts<'_>) -> Vec<Statement> {
    let settings = facts.settings;
    let runs_some = !settings.before.is_empty() || !settings.after.is_empty();
    if settings.service.is_some() && !runs_some {
        return Vec::new();
    }
    let cluster = facts.cluster_arn();
    let tasks = || [facts.place.ecs(&format!("task/{}/*", facts.cluster()))];
    let mut found = vec![
        Statement::new(
            "RunTask",
            "runs one-off tasks of the family",
            ["ecs:RunTask"],
            [facts.family()],
        )
        .only(IN_CLUSTER, cluster),
        Statement::new(
            "ReadTasks",
            look::READ_TASKS,
            ["ecs:DescribeTasks"],
            tasks(),
        ),
        list_tasks(facts),
        Statement::new(
            "StopTask",
            "stops a one-off task where `run --stop-on-interrupt` asks for it; the ARN of a task does not name its family",
            ["ecs:StopTask"],
            tasks(),
        ),
    ];
    found.extend(look::logs(facts));
    found
}

fn service(facts: &Facts<'_>) -> Vec<Statement> {
    let Some(service) = facts.service() else {
        return Vec::new();
    };
    vec![
        Statement::new(
            "UpdateService",
            "puts the service on a revision",
            ["ecs:UpdateService"],
            [service.arn()],
        ),
        Statement::new(
            "SteerDeployments",
            "`abort` and `on-failure` roll a deployment back, `continue` lets a paused one go on",
            ["ecs:ContinueServiceDeployment", "ecs:StopServiceDeployment"],
            [service.arn(), service.below("service-deployment")],
        ),
    ]
}

fn publish(facts: &Facts<'_>) -> Option<Statement> {
    let name = facts.settings.deploy.publish.as_ref()?;
    Some(Statement::new(
        "Publish",
        "writes the ARN of what runs where `deploy.publish` says, if it is not there yet",
        ["ssm:GetParameters", "ssm:PutParameter"],
        [facts.place.parameter(name)],
    ))
}
