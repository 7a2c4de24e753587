//! Against moto, which plays AWS over real HTTP: that we are not only talking to ourselves.
//!
//! moto is not ECS. Its deployments never move and it drops members; what it can show is that
//! real requests are made, signed and understood, and that task definitions come through whole.

/// Deploys: on moto none ends well.
mod deploys;
/// Task definitions pass through field by field.
mod fidelity;
/// Task definitions made from the SDK's schema pass through field by field.
mod generated;
/// What configurations name: secrets, parameters, files of variables.
mod lookups;
/// The policy that `permissions` prints, with permissions that are really checked.
mod policy;
/// Signatures and permissions that are really checked.
mod signed;
/// The end of the log of a container that failed.
mod tails;
/// Templates from families, parameters and objects.
mod templates;
/// `run`, `rollback`, `history`, `continue`, `abort`, `publish`, kept plans, verdicts.
mod verbs;
/// What `verify` checks, a test for each of its checks.
mod verify;

use std::collections::BTreeSet;

use serde_json::Value;

/// The places, RFC 6901, at which two described task definitions differ, but for their revision.
fn differences(one: &Value, other: &Value) -> Vec<String> {
    fn walk(one: &Value, other: &Value, at: &str, found: &mut Vec<String>) {
        match (one, other) {
            (Value::Object(a), Value::Object(b)) => {
                let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
                for name in names {
                    let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                    match (a.get(name), b.get(name)) {
                        (Some(a), Some(b)) => walk(a, b, &at, found),
                        _ => found.push(at),
                    }
                }
            }
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                for (index, (a, b)) in a.iter().zip(b).enumerate() {
                    walk(a, b, &format!("{at}/{index}"), found);
                }
            }
            (a, b) if a == b => {}
            _ => found.push(at.to_owned()),
        }
    }
    let mut found = Vec::new();
    walk(one, other, "", &mut found);
    found.retain(|place| place != "/revision");
    found
}

/// What may differ between a template and what was registered from it with no overlay: family
/// and ARN, no more. Tags are compared by [`tags_but_stamps`].
const FAMILY_AND_ARN: [&str; 2] = ["/family", "/taskDefinitionArn"];

/// The tags, stamps apart, and the names of the stamps.
fn tags_but_stamps(described: &Value) -> (Vec<&Value>, Vec<&str>) {
    let tags = described["tags"].as_array().map_or(&[][..], Vec::as_slice);
    let stamp = |tag: &Value| {
        tag["key"]
            .as_str()
            .is_some_and(|key| key.starts_with("acetate:"))
    };
    let (stamps, others): (Vec<&Value>, Vec<&Value>) = tags.iter().partition(|tag| stamp(tag));
    let names = stamps
        .iter()
        .filter_map(|tag| tag["key"].as_str())
        .collect();
    (others, names)
}
