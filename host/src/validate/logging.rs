//! Log drivers and FireLens.

use super::findings::Findings;
use super::spot::{Document, Spot};

pub(super) fn check(document: &Document<'_>, findings: &mut Findings) {
    for container in &document.containers {
        if let Some(log) = container.get("logConfiguration") {
            awslogs(&log, findings);
        }
    }
    firelens(document, findings);
}

fn driver<'a>(container: &Spot<'a>) -> Option<&'a str> {
    container.get("logConfiguration")?.text("logDriver")
}

/// [Required options](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html)
/// of the driver for CloudWatch Logs.
fn awslogs(log: &Spot<'_>, findings: &mut Findings) {
    if log.text("logDriver") != Some("awslogs") {
        return;
    }
    for option in ["awslogs-group", "awslogs-region"] {
        let there = log
            .get("options")
            .is_some_and(|options| options.get(option).is_some());
        if !there {
            let at = log.place("options").child(option);
            findings.error(
                "log-option",
                &at,
                format!("`awslogs` needs the option `{option}`"),
            );
        }
    }
}

/// A router without clients and clients without a router: ECS refuses both, and a second router.
fn firelens(document: &Document<'_>, findings: &mut Findings) {
    let routers: Vec<&Spot<'_>> = document
        .containers
        .iter()
        .filter(|c| c.get("firelensConfiguration").is_some())
        .collect();
    let clients: Vec<&Spot<'_>> = document
        .containers
        .iter()
        .filter(|c| driver(c) == Some("awsfirelens"))
        .collect();
    if routers.is_empty() {
        for client in &clients {
            let message =
                "`awsfirelens` needs a container with a `firelensConfiguration`".to_owned();
            let at = client.place("logConfiguration").child("logDriver");
            findings.error("no-log-router", &at, message);
        }
    }
    for second in routers.iter().skip(1) {
        let message = format!(
            "`{}` already routes the logs, a task has one router",
            routers[0].name()
        );
        findings.error(
            "second-log-router",
            &second.place("firelensConfiguration"),
            message,
        );
    }
    if let (Some(router), []) = (routers.first(), clients.as_slice()) {
        let message =
            "no container logs with `awsfirelens`, so nothing reaches this router".to_owned();
        findings.error(
            "unused-log-router",
            &router.place("firelensConfiguration"),
            message,
        );
    }
}
