//! The roles that a task needs.

use super::environment::log_options;
use super::findings::Findings;
use super::spot::Document;
use crate::task_definition::address::Address;

pub(super) fn check(document: &Document<'_>, findings: &mut Findings) {
    execution_role(document, findings);
    roles(document, findings);
}

/// Whatever ECS fetches for a container it fetches as the execution role, on every launch type.
fn execution_role(document: &Document<'_>, findings: &mut Findings) {
    if document
        .root
        .text("executionRoleArn")
        .is_some_and(|role| !role.is_empty())
    {
        return;
    }
    for container in &document.containers {
        let first = container
            .items("secrets")
            .into_iter()
            .chain(log_options(container))
            .chain(container.get("repositoryCredentials"))
            .chain(container.items("environmentFiles"))
            .next();
        if let Some(first) = first {
            missing_role(
                &first.at,
                "secrets, registry credentials and environment files",
                findings,
            );
        }
        if !document.fargate {
            continue;
        }
        if container.text("image").is_some_and(is_ecr) {
            missing_role(
                &container.place("image"),
                "images from ECR on Fargate",
                findings,
            );
        }
        if let Some(log) = container.get("logConfiguration")
            && log.text("logDriver") == Some("awslogs")
        {
            missing_role(&log.place("logDriver"), "`awslogs` on Fargate", findings);
        }
    }
}

fn missing_role(at: &Address, what: &str, findings: &mut Findings) {
    let message = format!("{what} need an execution role, and the task definition has none");
    findings
        .error("no-execution-role", at, message)
        .hint("set `executionRoleArn` in the template, with the rights to read them");
}

/// Whether an image comes from a private ECR registry, which wants credentials.
fn is_ecr(image: &str) -> bool {
    let host = image.split('/').next().unwrap_or_default();
    host.contains(".dkr.ecr") && host.contains(".amazonaws.com")
}

/// An empty role is not an absent one: ECS says "Role is not valid".
fn roles(document: &Document<'_>, findings: &mut Findings) {
    for member in ["taskRoleArn", "executionRoleArn"] {
        if document.root.text(member) == Some("") {
            findings
                .error(
                    "empty-role",
                    &document.root.place(member),
                    format!("`{member}` is empty"),
                )
                .hint("leave the member out where there is no role");
        }
    }
}
