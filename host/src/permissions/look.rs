//! What the verbs call that only look.

use super::Facts;
use super::statement::{IN_CLUSTER, Statement};
use crate::config::template_ref::TemplateRef;

/// Why tasks are read.
pub(super) const READ_TASKS: &str =
    "tells how tasks are and why they stopped; the ARN of a task does not name its service";

/// Everything.
fn all() -> [String; 1] {
    ["*".to_owned()]
}

pub(super) fn statements(facts: &Facts<'_>) -> Vec<Statement> {
    let mut found = vec![task_definitions(facts)];
    found.extend(template(facts));
    found.extend(lookups(facts));
    found.extend(service(facts));
    found
}

/// Logs of containers that failed, and of one-off tasks.
pub(super) fn logs(facts: &Facts<'_>) -> Option<Statement> {
    let place = facts.place;
    let streams = match facts.logs {
        Some([]) => return None,
        Some(groups) => groups
            .iter()
            .map(|(group, region)| place.log_streams(group, region.as_deref()))
            .collect(),
        None => vec![place.log_streams("*", Some("*"))],
    };
    Some(Statement::new(
        "ReadLogs",
        "reads what containers that failed and one-off tasks wrote; without it that is not shown, and nothing fails",
        ["logs:GetLogEvents"],
        streams,
    ))
}

fn task_definitions(facts: &Facts<'_>) -> Statement {
    const SID: &str = "ReadTaskDefinitions";
    const WHY: &str = "reads the template, what runs and what is registered; AWS takes no resource for these actions";
    let settings = facts.settings;
    // A family without an ACTIVE revision is asked after, and `history` lists what is registered.
    let newest = matches!(settings.template, TemplateRef::Ecs { revision: None, .. });
    match settings.service.is_some() || newest {
        true => Statement::new(
            SID,
            WHY,
            ["ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions"],
            all(),
        ),
        false => Statement::new(SID, WHY, ["ecs:DescribeTaskDefinition"], all()),
    }
}

fn template(facts: &Facts<'_>) -> Option<Statement> {
    const SID: &str = "ReadTemplate";
    const WHY: &str = "reads the template; a key of your own needs `kms:Decrypt` on it, too";
    let place = facts.place;
    Some(match &facts.settings.template {
        TemplateRef::Ssm { name, .. } => {
            Statement::new(SID, WHY, ["ssm:GetParameter"], [place.parameter(name)])
        }
        TemplateRef::S3 {
            bucket,
            key,
            version,
        } => {
            let object = [place.object(bucket, key)];
            match version {
                None => Statement::new(SID, WHY, ["s3:GetObject"], object),
                Some(_) => Statement::new(SID, WHY, ["s3:GetObjectVersion"], object),
            }
        }
        TemplateRef::Ecs { .. } | TemplateRef::File(_) | TemplateRef::Stdin => return None,
    })
}

fn service(facts: &Facts<'_>) -> Vec<Statement> {
    let Some(service) = facts.service() else {
        return Vec::new();
    };
    let tasks = facts.place.ecs(&format!("task/{}/*", facts.cluster()));
    let mut found = vec![
        Statement::new(
            "ReadServices",
            "reads the service, before a deploy and while it is followed",
            ["ecs:DescribeServices"],
            [service.arn()],
        ),
        Statement::new(
            "ReadDeployments",
            "tells which deployment is ours, how it ended, and what ran before",
            [
                "ecs:DescribeServiceDeployments",
                "ecs:DescribeServiceRevisions",
                "ecs:ListServiceDeployments",
            ],
            [
                service.arn(),
                service.below("service-deployment"),
                service.below("service-revision"),
            ],
        ),
        Statement::new("ReadTasks", READ_TASKS, ["ecs:DescribeTasks"], [tasks]),
        list_tasks(facts),
    ];
    found.extend(logs(facts));
    found
}

/// Listing of tasks, for services and for one-off tasks alike.
pub(super) fn list_tasks(facts: &Facts<'_>) -> Statement {
    Statement::new(
        "ListTasks",
        "finds tasks that stopped; AWS knows this action on container instances only, so the cluster is the bound",
        ["ecs:ListTasks"],
        all(),
    )
    .only(IN_CLUSTER, facts.cluster_arn())
}

fn lookups(facts: &Facts<'_>) -> Vec<Statement> {
    let (place, lookups) = (facts.place, facts.lookups);
    let mut found = Vec::new();
    let parameters: Vec<String> = lookups
        .parameters
        .iter()
        .map(|n| place.parameter(n))
        .collect();
    if !parameters.is_empty() {
        found.push(Statement::new(
            "LookUpParameters",
            "finds the parameters that the configuration names; no SecureString is decrypted",
            ["ssm:GetParameters"],
            parameters,
        ));
    }
    if !lookups.below.is_empty() {
        let paths = lookups.below.iter().flat_map(|path| {
            let path = path.trim_end_matches('/');
            let all_below = place.parameter(&format!("{path}/*"));
            match path {
                "" => vec![all_below],
                path => vec![place.parameter(path), all_below],
            }
        });
        found.push(Statement::new(
            "ListParameters",
            "lists the parameters below the paths that the configuration names; no SecureString is decrypted",
            ["ssm:GetParametersByPath"],
            paths,
        ));
    }
    let secrets: Vec<String> = lookups.secrets.iter().map(|n| place.secret(n)).collect();
    if !secrets.is_empty() {
        found.push(Statement::new(
            "LookUpSecrets",
            "finds the ARNs of the secrets that the configuration names; no value is read",
            ["secretsmanager:DescribeSecret"],
            secrets,
        ));
    }
    if lookups.lists_secrets {
        found.push(Statement::new(
            "ListSecrets",
            "lists names of secrets for a plugin that was granted a pattern; AWS takes no resource for this action",
            ["secretsmanager:ListSecrets"],
            all(),
        ));
    }
    let opened: Vec<String> = lookups.opened.iter().map(|n| place.secret(n)).collect();
    if !opened.is_empty() {
        found.push(Statement::new(
            "ReadSecretKeys",
            "reads names of JSON keys for a plugin that was granted `secret-keys`; a key of your own needs `kms:Decrypt` on it, too",
            ["secretsmanager:GetSecretValue"],
            opened,
        ));
    }
    found
}
