//! Counts, sizes and alphabets.

use std::collections::BTreeSet;

use super::findings::Findings;
use super::spot::Document;
use crate::task_definition::address::Address;

/// Bytes that ECS takes of one task definition, in compact JSON.
const MAX_BYTES: usize = 65_536;
const MAX_CONTAINERS: usize = 10;
const MAX_NAME: usize = 255;

pub(super) fn check(document: &Document<'_>, findings: &mut Findings) {
    size(document, findings);
    family(document, findings);
    containers(document, findings);
}

fn size(document: &Document<'_>, findings: &mut Findings) {
    let bytes = document.root.value.to_string().len();
    if bytes > MAX_BYTES {
        let message = format!("{bytes} bytes in compact form, ECS takes {MAX_BYTES}");
        let hint = "move environment variables to an environment file or to parameters";
        findings
            .error("too-large", &document.root.at, message)
            .hint(hint);
    } else if bytes >= MAX_BYTES / 10 * 9 {
        findings.warning(
            "nearly-too-large",
            &document.root.at,
            format!("{bytes} bytes in compact form, ECS takes {MAX_BYTES}"),
        );
    }
}

fn family(document: &Document<'_>, findings: &mut Findings) {
    if let Some(family) = document.root.text("family") {
        name(
            "family",
            "the family",
            family,
            &document.root.place("family"),
            findings,
        );
    }
}

fn containers(document: &Document<'_>, findings: &mut Findings) {
    let at = &document.root.place("containerDefinitions");
    let count = document.containers.len();
    if count > MAX_CONTAINERS {
        let message = format!("{count} containers, ECS takes {MAX_CONTAINERS}");
        findings.error("too-many-containers", at, message);
    }
    if document.root.get("containerDefinitions").is_some() && count == 0 {
        findings.error(
            "no-container",
            at,
            "a task needs at least one container".to_owned(),
        );
    }
    if count > 0
        && document
            .containers
            .iter()
            .all(|c| c.flag("essential") == Some(false))
    {
        let message = "no container is essential".to_owned();
        findings
            .error("no-essential-container", at, message)
            .hint("without one the task would never end; leave `essential` out or set it to true");
    }
    let mut seen = BTreeSet::new();
    for container in &document.containers {
        match container.text("name") {
            None | Some("") => {
                let message = "a container needs a name".to_owned();
                findings.error("missing-member", &container.place("name"), message);
            }
            Some(text) => {
                name(
                    "container-name",
                    "a container's name",
                    text,
                    &container.place("name"),
                    findings,
                );
                if !seen.insert(text) {
                    let message = format!("another container is also called `{text}`");
                    findings.error("duplicate-name", &container.at, message);
                }
            }
        }
        if container.text("image").is_none_or(str::is_empty) {
            let message = "a container needs an image".to_owned();
            findings.error("missing-member", &container.place("image"), message);
        }
    }
}

/// The alphabet that families, containers and volumes share.
pub(super) fn name(code: &str, what: &str, name: &str, at: &Address, findings: &mut Findings) {
    let letters = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if name.is_empty() || name.len() > MAX_NAME || !letters {
        let message = format!("`{name}` cannot be {what}");
        let hint = format!("1 to {MAX_NAME} letters, digits, hyphens and underscores");
        findings.error(code, at, message).hint(hint);
    }
}
