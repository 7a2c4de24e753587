//! What an entry may edit, by the calls that a plugin has.

use super::*;
use crate::overlay::{Draft, HealthTimes, Session, Sources};
use crate::task_definition::TaskDefinition;
use serde_json::json;

mod any_order;
mod code;
mod lines;
mod secrets;
mod sidecars;

type Call = dyn Fn(&mut Draft) -> Result<(), Failure>;

fn template() -> TaskDefinition {
    TaskDefinition::new(json!({
        "family": "infra",
        "taskRoleArn": "arn:aws:iam::111111111111:role/web",
        "containerDefinitions": [
            {
                "name": "app",
                "image": "acme/app:1",
                "command": ["run"],
                "environment": [{ "name": "A", "value": "1" }, { "name": "PATH", "value": "/bin" }],
                "secrets": [{ "name": "S", "valueFrom": "/web/s" }],
                "dockerLabels": { "team": "web" },
                "healthCheck": { "command": ["CMD", "true"] },
            },
            { "name": "proxy", "image": "acme/otel:1" },
        ],
        "volumes": [{ "name": "data" }],
        "tags": [{ "key": "team", "value": "web" }],
    }))
    .unwrap()
}

fn scope(entry: &str, allow: &[&str]) -> Scope {
    let target = [("account", "111111111111"), ("region", "eu-west-1")];
    let target = target.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let grant = json!({ "parameters": ["/web/*"], "secret-names": ["web/db"] });
    Scope {
        entry: entry.to_owned(),
        allow: Allow::parse(allow).unwrap(),
        sources: Sources::new(&grant, &target.into()),
        ..Scope::default()
    }
}

fn draft(allow: &[&str]) -> Draft {
    Session::new(template(), "web").draft(scope("ci", allow))
}

/// Every form, as wide as it can be written, that is not of level code.
const INFLUENCE: &[&str] = &[
    "labels:*:*",
    "tags:*",
    "env:*:A*",
    "env:*:OTEL_*",
    "env:app:*",
    "env:*:*",
    "secrets:*:DB_*",
    "secrets:*:*",
    "json:/tags",
    "json:/containerDefinitions/*/dockerLabels",
    "json:/containerDefinitions/*/environment",
    "json:/containerDefinitions/*/secrets",
];
