//! What containers say of each other.

use std::collections::BTreeSet;

use super::findings::Findings;
use super::spot::{Document, Spot};
use crate::task_definition::address::Address;

pub(super) fn check(document: &Document<'_>, findings: &mut Findings) {
    for container in &document.containers {
        for dependency in container.items("dependsOn") {
            depends_on(document, container, &dependency, findings);
        }
        links(document, container, findings);
        for from in container.items("volumesFrom") {
            let place = from.place("sourceContainer");
            known(
                document,
                container,
                from.text("sourceContainer"),
                &place,
                findings,
            );
        }
    }
    proxy(document, findings);
    accelerators(document, findings);
}

fn depends_on(
    document: &Document<'_>,
    container: &Spot<'_>,
    dependency: &Spot<'_>,
    findings: &mut Findings,
) {
    let on = dependency.text("containerName");
    let Some(other) = known(
        document,
        container,
        on,
        &dependency.place("containerName"),
        findings,
    ) else {
        return;
    };
    let at = dependency.place("condition");
    match dependency.text("condition") {
        Some("HEALTHY") if other.get("healthCheck").is_none() => {
            let message = format!(
                "waits for `{}` to be HEALTHY, and that has no health check",
                other.name()
            );
            let hint = "give that container a `healthCheck` (one in its image does not count for ECS), or wait for START";
            findings
                .error("healthy-without-health-check", &at, message)
                .hint(hint);
        }
        Some(condition @ ("COMPLETE" | "SUCCESS")) if other.flag("essential") != Some(false) => {
            let message = format!(
                "waits for `{}` to reach {condition}, and that is essential",
                other.name()
            );
            let hint = "an essential container that ends takes the task with it; set its `essential` to false";
            findings
                .error("waits-for-essential", &at, message)
                .hint(hint);
        }
        _ => {}
    }
}

/// The other container, if it exists and is another one; says so if not.
fn known<'d, 'a>(
    document: &'d Document<'a>,
    container: &Spot<'a>,
    name: Option<&str>,
    at: &Address,
    findings: &mut Findings,
) -> Option<&'d Spot<'a>> {
    let name = name?;
    if name == container.name() {
        findings.error("refers-to-itself", at, format!("`{name}` refers to itself"));
        return None;
    }
    let found = document.container(name);
    if found.is_none() {
        unknown_container(name, at, findings);
    }
    found
}

fn unknown_container(name: &str, at: &Address, findings: &mut Findings) {
    findings.error(
        "unknown-container",
        at,
        format!("there is no container `{name}`"),
    );
}

fn links(document: &Document<'_>, container: &Spot<'_>, findings: &mut Findings) {
    for link in container.texts("links") {
        let name = link.split(':').next();
        known(
            document,
            container,
            name,
            &container.place("links"),
            findings,
        );
    }
    if container
        .get("links")
        .is_some_and(|l| l.value.as_array().is_some_and(|l| !l.is_empty()))
        && document.network_mode != "bridge"
        && !document.fargate
    {
        let message = format!(
            "links do not work in network mode `{}`",
            document.network_mode
        );
        findings.error("links", &container.place("links"), message);
    }
}

fn proxy(document: &Document<'_>, findings: &mut Findings) {
    let Some(proxy) = document.root.get("proxyConfiguration") else {
        return;
    };
    if let Some(name) = proxy.text("containerName")
        && document.container(name).is_none()
    {
        unknown_container(name, &proxy.place("containerName"), findings);
    }
    if document.network_mode != "awsvpc" && !document.fargate {
        let message = "a proxy works in network mode `awsvpc` only".to_owned();
        findings.error("proxy-network-mode", &proxy.at, message);
    }
}

fn accelerators(document: &Document<'_>, findings: &mut Findings) {
    let devices = document.root.items("inferenceAccelerators");
    let names: BTreeSet<&str> = devices
        .iter()
        .filter_map(|d| d.text("deviceName"))
        .collect();
    for container in &document.containers {
        for need in container.items("resourceRequirements") {
            let Some(value) = need.text("value") else {
                continue;
            };
            if need.text("type") == Some("InferenceAccelerator") && !names.contains(value) {
                let message = format!("there is no inference accelerator `{value}`");
                findings.error("unknown-accelerator", &need.place("value"), message);
            }
        }
    }
}
