//! Ports and what depends on the network mode.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::Findings;
use super::spot::{Document, Spot};

pub(super) fn check(document: &Document<'_>, findings: &mut Findings) {
    for container in &document.containers {
        for mapping in container.items("portMappings") {
            numbers(&mapping, findings);
            host_port(document, &mapping, findings);
        }
        mode(document, container, findings);
    }
    twice(document, findings);
    names(document, findings);
}

fn numbers(mapping: &Spot<'_>, findings: &mut Findings) {
    let range = mapping.get("containerPortRange").is_some();
    if !range && mapping.get("containerPort").is_none() {
        let message = "a port mapping needs a port".to_owned();
        findings.error("missing-member", &mapping.place("containerPort"), message);
    }
    for (member, least) in [("containerPort", 1), ("hostPort", 0)] {
        let Some(port) = mapping.number(member) else {
            continue;
        };
        if !(least..=65_535).contains(&port) {
            let message = format!("`{port}` is not a port");
            findings.error("out-of-range", &mapping.place(member), message);
        } else if range {
            let message = format!("`{member}` and `containerPortRange` exclude each other");
            findings.error("port-and-range", &mapping.place(member), message);
        }
    }
}

/// Where the container uses the task's or the host's own network there is nothing to translate.
fn host_port(document: &Document<'_>, mapping: &Spot<'_>, findings: &mut Findings) {
    if !matches!(document.network_mode, "awsvpc" | "host") {
        return;
    }
    let (Some(host), Some(container)) =
        (mapping.number("hostPort"), mapping.number("containerPort"))
    else {
        return;
    };
    if host != container {
        let message = format!(
            "host port {host} differs from container port {container} in network mode `{}`",
            document.network_mode
        );
        findings
            .error("host-port", &mapping.place("hostPort"), message)
            .hint("leave `hostPort` out");
    }
}

fn mode(document: &Document<'_>, container: &Spot<'_>, findings: &mut Findings) {
    let refused: &[&str] = match document.network_mode {
        "none" => &["portMappings"],
        "awsvpc" => &["hostname", "extraHosts"],
        _ => &[],
    };
    for member in refused {
        if container
            .get(member)
            .is_some_and(|spot| spot.value.as_array().is_none_or(|l| !l.is_empty()))
        {
            let message = format!(
                "`{member}` does not work in network mode `{}`",
                document.network_mode
            );
            findings.error("network-mode", &container.place(member), message);
        }
    }
}

/// The same port for two: within one container always, and across containers where they share
/// one network.
fn twice(document: &Document<'_>, findings: &mut Findings) {
    let shared = matches!(document.network_mode, "awsvpc" | "host");
    let mut taken: BTreeMap<(&str, i64, &str), &str> = BTreeMap::new();
    for container in &document.containers {
        let mut own = BTreeSet::new();
        for mapping in container.items("portMappings") {
            let protocol = mapping.text("protocol").unwrap_or("tcp");
            let port = mapping.number("containerPort");
            let host = mapping.number("hostPort").filter(|port| *port != 0);
            if let Some(port) = port
                && !own.insert((port, protocol, host))
            {
                let message = format!("port {port}/{protocol} is mapped twice");
                findings.error("duplicate-port", &mapping.at, message);
                continue;
            }
            let outside = if shared { port } else { host };
            let Some(outside) = outside else { continue };
            let key = (if shared { "task" } else { "host" }, outside, protocol);
            match taken.get(&key) {
                Some(other) if *other != container.name() || !shared => {
                    let message =
                        format!("port {outside}/{protocol} is taken by container `{other}`");
                    findings.error("duplicate-port", &mapping.at, message);
                }
                _ => {
                    taken.insert(key, container.name());
                }
            }
        }
    }
}

fn names(document: &Document<'_>, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for container in &document.containers {
        for mapping in container.items("portMappings") {
            let Some(name) = mapping.text("name") else {
                continue;
            };
            if !seen.insert(name) {
                let message = format!("another port is also called `{name}`");
                findings.error("duplicate-name", &mapping.place("name"), message);
            }
        }
    }
}
