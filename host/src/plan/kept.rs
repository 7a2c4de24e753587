//! A plan in a file: what was shown is what is done later, or nothing is done. Pure.
//!
//! The file holds what the plan was made from as digests and as text that may be printed: no value
//! of a secret, and no value that looks like one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fleet::Shard;
use crate::event::short;

/// The form of the file.
pub const FORMAT: &str = "acetate-plan/1";

/// A file with plans.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KeptPlan {
    /// [`FORMAT`].
    pub format: String,
    /// Version of acetate that made it.
    pub made_by: String,
    /// Environment of the configuration.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub environment: Option<String>,
    /// A new deployment though nothing differs.
    pub force: bool,
    /// Taking over from a deployment in progress.
    pub replace: bool,
    /// No `before` and `after` tasks.
    pub skip_tasks: bool,
    /// The part of the services that it is of, where several jobs share them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shard: Option<Shard>,
    /// The services, in order.
    pub services: Vec<KeptService>,
}

/// The plan of one service, and what it was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KeptService {
    /// Configuration file as it was named, where there are several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub config: Option<String>,
    /// Key of the service in the configuration, where it has some.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// The inputs that may be written down.
    pub inputs: BTreeMap<String, String>,
    /// Names of the inputs that look like credentials: they are given again.
    pub withheld: Vec<String>,
    /// The template's exact revision.
    pub template: String,
    /// Content digest of the template.
    pub template_digest: String,
    /// Content digest of what will run.
    pub digest: String,
    /// The plugins: name of the entry, and digest of the component.
    pub plugins: BTreeMap<String, String>,
    /// What acetate.lock says of those that are in it, in words, by entry.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub lock: BTreeMap<String, String>,
    /// What will run, by address, as it may be printed.
    pub definition: BTreeMap<String, Value>,
    /// What that changes in what runs, as `diff --format json` shows it: for whoever reads the plan.
    pub difference: Value,
    /// The plan, as `deploy --dry-run --format json` shows it.
    pub plan: Value,
}

/// What is not as it was when the plan was made, one fragment each; empty where nothing moved.
#[must_use]
pub fn moved(then: &KeptService, now: &KeptService) -> Vec<String> {
    let mut moved = Vec::new();
    if then.template != now.template {
        let (was, is) = (short(&then.template), short(&now.template));
        moved.push(format!("the template was `{was}` and is `{is}` now"));
    } else if then.template_digest != now.template_digest {
        let of = short(&then.template);
        moved.push(format!("the template `{of}` has other content now"));
    }
    moved.extend(service_moved(&then.plan, &now.plan));
    moved.extend(plugins_moved(&then.plugins, &now.plugins));
    moved.extend(lock_moved(&then.lock, &now.lock));
    let content = content_moved(then, now);
    let untold = content.is_empty() && then.digest != now.digest;
    moved.extend(content);
    if untold {
        moved.push("what will run differs in a value that is not shown".to_owned());
    }
    if moved.is_empty() && then.plan != now.plan {
        moved.push(plan_moved(&then.plan, &now.plan));
    }
    moved
}

fn service_moved(then: &Value, now: &Value) -> Option<String> {
    let expected = |plan: &Value| plan.get("expected").cloned().unwrap_or_default();
    let (then, now) = (expected(then), expected(now));
    let on = |expected: &Value| {
        let arn = expected.get("task_definition").and_then(Value::as_str);
        arn.map(|arn| short(arn).to_owned()).unwrap_or_default()
    };
    if on(&then) != on(&now) {
        let (was, is) = (on(&then), on(&now));
        return Some(format!("the service was on `{was}` and is on `{is}` now"));
    }
    (then != now).then(|| "another deployment of the service has started".to_owned())
}

fn plugins_moved(then: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<String> {
    let entries: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    let is = |digest: Option<&String>| {
        digest.map_or_else(
            || "not there".to_owned(),
            |digest| format!("sha256 {digest}"),
        )
    };
    let pair = |entry: &String| {
        let (old, new) = (then.get(entry), now.get(entry));
        (old != new).then(|| {
            let (was, is) = (is(old), is(new));
            format!("the plugin `{entry}` was {was} and is {is} now")
        })
    };
    entries.into_iter().filter_map(pair).collect()
}

fn lock_moved(then: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<String> {
    let entries: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    let is = |locked: Option<&String>| {
        locked.map_or_else(|| "nothing".to_owned(), |locked| format!("`{locked}`"))
    };
    let pair = |entry: &String| {
        let (old, new) = (then.get(entry), now.get(entry));
        (old != new).then(|| {
            let (was, is) = (is(old), is(new));
            format!("the lock of plugin `{entry}` was {was} and is {is} now")
        })
    };
    entries.into_iter().filter_map(pair).collect()
}

fn content_moved(then: &KeptService, now: &KeptService) -> Vec<String> {
    let places = then.definition.keys().chain(now.definition.keys());
    let mut places: Vec<&String> = places.collect();
    places.sort();
    places.dedup();
    let shown =
        |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    let pair = |at: &String| {
        let (old, new) = (then.definition.get(at), now.definition.get(at));
        (old != new).then(|| format!("{at}: {} → {}", shown(old), shown(new)))
    };
    places.into_iter().filter_map(pair).collect()
}

fn plan_moved(then: &Value, now: &Value) -> String {
    let members = |plan: &Value| plan.as_object().cloned().unwrap_or_default();
    let (then, now) = (members(then), members(now));
    let differs = |name: &&String| then.get(*name) != now.get(*name);
    let names: BTreeSet<&String> = then.keys().chain(now.keys()).filter(differs).collect();
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    format!("a plan of today differs in {}", names.join(", "))
}

/// The JSON Schema of the file, draft 2020-12.
#[must_use]
pub fn schema() -> Value {
    let text = json!({ "type": "string" });
    let texts = json!({ "type": "array", "items": text });
    let flag = json!({ "type": "boolean" });
    let expected = json!({
        "description": "The service as it was: execution refuses where it is not so any more.",
        "type": "object", "required": ["task_definition"],
        "properties": { "task_definition": text, "deployment": text, "service_deployment": text }
    });
    let plan = json!({
        "description": "The plan, as `deploy --dry-run --format json` shows it.",
        "type": "object", "required": ["cluster", "service", "family", "revision", "action", "expected", "calls"],
        "properties": { "cluster": text, "service": text, "family": text, "supersedes": text,
            "expected": expected, "calls": texts, "publish": text, "before": texts, "after": texts }
    });
    let service = json!({
        "type": "object", "additionalProperties": false,
        "required": ["inputs", "withheld", "template", "template-digest", "digest", "plugins", "definition", "difference", "plan"],
        "properties": {
            "config": { "description": "Configuration file, where the plan is of several.", "type": "string" },
            "name": text, "template": text, "template-digest": text, "digest": text, "plan": plan,
            "inputs": { "type": "object", "additionalProperties": text },
            "plugins": { "description": "Digest of each plugin's component, by entry.",
                "type": "object", "additionalProperties": text },
            "lock": { "description": "What acetate.lock says of those that are in it, by entry.",
                "type": "object", "additionalProperties": text },
            "difference": { "description": "What changes in what runs, as `diff --format json` shows it. Not read again.", "type": "object" },
            "withheld": { "description": "Inputs that look like credentials: they are given again.",
                "type": "array", "items": text },
            "definition": { "description": "What will run, by address, as it may be printed.", "type": "object" }
        }
    });
    let number = json!({ "type": "integer", "minimum": 1 });
    let shard = json!({
        "description": "Which part of the services it is of, where several jobs share them.",
        "type": "object", "additionalProperties": false, "required": ["number", "of"],
        "properties": { "number": number, "of": number }
    });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "a plan that `acetate plan --out FILE` keeps",
        "type": "object", "additionalProperties": false,
        "required": ["format", "made-by", "force", "replace", "skip-tasks", "services"],
        "properties": {
            "format": { "const": FORMAT }, "made-by": text, "environment": text,
            "force": flag, "replace": flag, "skip-tasks": flag, "shard": shard,
            "services": { "type": "array", "items": service }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> KeptService {
        KeptService {
            config: None,
            name: None,
            inputs: BTreeMap::new(),
            withheld: Vec::new(),
            template: "arn:aws:ecs:r:1:task-definition/t:1".into(),
            template_digest: "d".into(),
            digest: "e".into(),
            plugins: BTreeMap::from([("otel".to_owned(), "aa".to_owned())]),
            lock: BTreeMap::from([("otel".to_owned(), "r.io/otel@sha256:aa".to_owned())]),
            difference: Value::Null,
            definition: BTreeMap::from([("/cpu".to_owned(), json!("256"))]),
            plan: json!({ "expected": { "task_definition": "web:1", "deployment": "a" }, "action": "nothing" }),
        }
    }

    #[test]
    fn what_moved_is_told_by_its_name() {
        assert!(moved(&kept(), &kept()).is_empty());
        let change = |edit: fn(&mut KeptService)| {
            let mut now = kept();
            edit(&mut now);
            moved(&kept(), &now)
        };
        for (told, wanted) in [
            (
                change(|k| k.template = k.template.replace("t:1", "t:2")),
                "the template was `t:1` and is `t:2` now",
            ),
            (
                change(|k| k.template_digest = "x".into()),
                "the template `t:1` has other content now",
            ),
            (
                change(|k| k.digest = "x".into()),
                "what will run differs in a value that is not shown",
            ),
            (
                change(|k| k.plan["expected"]["task_definition"] = "web:2".into()),
                "the service was on `web:1` and is on `web:2` now",
            ),
            (
                change(|k| k.plan["expected"]["deployment"] = "b".into()),
                "another deployment of the service has started",
            ),
            (
                change(|k| drop(k.plugins.insert("otel".into(), "bb".into()))),
                "the plugin `otel` was sha256 aa and is sha256 bb now",
            ),
            (
                change(|k| k.plugins.clear()),
                "the plugin `otel` was sha256 aa and is not there now",
            ),
            (
                change(|k| drop(k.lock.insert("otel".into(), "r.io/otel@sha256:bb".into()))),
                "the lock of plugin `otel` was `r.io/otel@sha256:aa` and is `r.io/otel@sha256:bb` now",
            ),
            (
                change(|k| k.lock.clear()),
                "the lock of plugin `otel` was `r.io/otel@sha256:aa` and is nothing now",
            ),
            (
                change(|k| k.plan["action"] = "follow".into()),
                "a plan of today differs in `action`",
            ),
        ] {
            assert_eq!(told, [wanted]);
        }
        let told = change(|k| {
            k.digest = "x".into();
            k.definition.insert("/cpu".into(), json!("512"));
        });
        assert_eq!(told, [r#"/cpu: "256" → "512""#]);
    }
}
