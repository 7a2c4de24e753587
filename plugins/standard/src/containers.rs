//! The settings of one container that are single members of its definition.

use serde_json::{Map, Value, json};

use crate::run::Place;
use crate::{environment, log, network};

/// Settings and the member that each sets as it stands.
const MEMBERS: &[(&str, &str)] = &[
    ("command", "command"),
    ("entry-point", "entryPoint"),
    ("essential", "essential"),
    ("hostname", "hostname"),
    ("init-process", "linuxParameters/initProcessEnabled"),
    ("interactive", "interactive"),
    ("privileged", "privileged"),
    ("pseudo-terminal", "pseudoTerminal"),
    ("readonly-root-filesystem", "readonlyRootFilesystem"),
    (
        "repository-credentials",
        "repositoryCredentials/credentialsParameter",
    ),
    ("user", "user"),
    ("version-consistency", "versionConsistency"),
    ("working-directory", "workingDirectory"),
];

/// Settings that are whole numbers; text of digits is taken too, since inputs are text.
const NUMBERS: &[(&str, &str)] = &[
    ("cpu", "cpu"),
    ("memory", "memory"),
    ("memory-reservation", "memoryReservation"),
    ("start-timeout", "startTimeout"),
    ("stop-timeout", "stopTimeout"),
];

/// Settings that others read.
const ELSEWHERE: &[&str] = &[
    "remove",
    "env",
    "dotenv",
    "remove-env",
    "secrets",
    "secrets-from",
    "remove-secrets",
    "exclusive",
    "log",
    "ports",
    "volumes",
    "mounts",
    "enabled",
    "for",
    "ready",
    "preset",
    "options",
    "secret-options",
];

/// Lays the settings over the container.
pub(crate) fn apply(place: &Place, settings: &Map<String, Value>) {
    // First what goes, so that what is set stays.
    for path in place.run.list(settings, &place.key, "remove") {
        place.remove("remove", path.trim_start_matches('/'));
    }
    for (key, value) in settings {
        one(place, settings, key, value);
    }
    network::apply(place, settings);
    environment::apply(place, settings);
    log::apply(place, settings);
}

fn one(place: &Place, settings: &Map<String, Value>, key: &str, value: &Value) {
    if let Some((_, member)) = MEMBERS.iter().find(|(name, _)| *name == key) {
        return place.set(key, member, value);
    }
    if let Some((_, member)) = NUMBERS.iter().find(|(name, _)| *name == key) {
        return match number(value) {
            Some(number) => place.set(key, member, &number),
            None => place.bad(key, "a whole number"),
        };
    }
    match key {
        "image" => image(place, value),
        "labels" => labels(place, settings),
        "depends-on" => dependencies(place, settings),
        "health-check" => health_check(place, value),
        "restart" => restart(place, value),
        "ulimits" => ulimits(place, settings),
        "environment-files" => environment_files(place, settings),
        "firelens" => firelens(place, settings),
        "json" => {
            for (path, value) in place.run.table(settings, &place.key, key) {
                place.set(
                    &["json.\"", &path, "\""].concat(),
                    path.trim_start_matches('/'),
                    &value,
                );
            }
        }
        _ if ELSEWHERE.contains(&key) => {}
        _ => place
            .run
            .error("bad-setting", &place.setting(key), "is no setting", None),
    }
}

fn image(place: &Place, value: &Value) {
    let Some(reference) = value.as_str().filter(|text| !text.is_empty()) else {
        return place.bad("image", "an image reference");
    };
    let outcome = place.run.host.set_image(place.name, reference);
    place.run.check(
        outcome,
        &place.setting("image"),
        Some(&place.address("image")),
    );
}

fn labels(place: &Place, settings: &Map<String, Value>) {
    for (name, value) in place.run.texts(settings, &place.key, "labels") {
        let outcome = place.run.host.set_label(place.name, &name, &value);
        place
            .run
            .check(outcome, &place.setting(&["labels.", &name].concat()), None);
    }
}

fn dependencies(place: &Place, settings: &Map<String, Value>) {
    let existing = place.run.host.containers();
    for (on, condition) in place.run.texts(settings, &place.key, "depends-on") {
        let key = place.setting(&["depends-on.", &on].concat());
        if existing.contains(&on) {
            let outcome = place.run.host.set_dependency(place.name, &on, &condition);
            place.run.check(outcome, &key, None);
        } else {
            place.run.unknown_container(&key, &on, &existing);
        }
    }
}

/// Members that are not given keep the template's value, or ECS's default.
fn health_check(place: &Place, value: &Value) {
    let table = match value {
        Value::Bool(false) => return place.remove("health-check", "healthCheck"),
        Value::Object(table) => table,
        _ => return place.bad("health-check", "a table, or `false` to remove it"),
    };
    let mut check = Map::new();
    for (key, value) in table {
        let (member, value) = match key.as_str() {
            "command" => ("command", command(value)),
            "interval" => ("interval", number(value)),
            "timeout" => ("timeout", number(value)),
            "retries" => ("retries", number(value)),
            "start-period" => ("startPeriod", number(value)),
            _ => ("", None),
        };
        match value {
            Some(value) => drop(check.insert(member.to_owned(), value)),
            None => place.bad(&["health-check.", key].concat(), "as the reference has it"),
        }
    }
    place.set("health-check", "healthCheck", &Value::Object(check));
}

/// Text is for the shell; a list without ECS's leading word is a program and its arguments.
fn command(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => Some(json!(["CMD-SHELL", text])),
        Value::Array(words) => {
            let first = words.first()?.as_str()?;
            let mut words = words.clone();
            if !["CMD", "CMD-SHELL", "NONE"].contains(&first) {
                words.insert(0, Value::from("CMD"));
            }
            Some(Value::Array(words))
        }
        _ => None,
    }
}

fn restart(place: &Place, value: &Value) {
    let empty = Map::new();
    let table = match value {
        Value::Bool(enabled) => {
            return place.set("restart", "restartPolicy", &json!({ "enabled": enabled }));
        }
        Value::Object(table) => table,
        _ => &empty,
    };
    let mut policy = Map::new();
    policy.insert("enabled".to_owned(), Value::Bool(true));
    for (key, value) in table {
        let member = match key.as_str() {
            "ignored-exit-codes" => "ignoredExitCodes",
            "attempt-period" => "restartAttemptPeriod",
            other => other,
        };
        policy.insert(member.to_owned(), value.clone());
    }
    place.set("restart", "restartPolicy", &Value::Object(policy));
}

fn firelens(place: &Place, settings: &Map<String, Value>) {
    let mut router = place.run.table(settings, &place.key, "firelens");
    let options = place
        .run
        .texts(&router, &place.setting("firelens"), "options");
    if !options.is_empty() {
        router.insert("options".to_owned(), json!(options));
    }
    place.set("firelens", "firelensConfiguration", &Value::Object(router));
}

fn ulimits(place: &Place, settings: &Map<String, Value>) {
    for (name, limit) in place.run.table(settings, &place.key, "ulimits") {
        let soft = number(limit.get("soft").unwrap_or(&limit));
        let hard = number(limit.get("hard").unwrap_or(&limit));
        let (Some(soft), Some(hard)) = (soft, hard) else {
            place.bad(
                &["ulimits.", &name].concat(),
                "a number, or `{ soft = …, hard = … }`",
            );
            continue;
        };
        let path = ["ulimits/", &crate::run::escape(&name)].concat();
        let value = json!({ "name": name, "softLimit": soft, "hardLimit": hard });
        place.set("ulimits", &path, &value);
    }
}

fn environment_files(place: &Place, settings: &Map<String, Value>) {
    for arn in place.run.list(settings, &place.key, "environment-files") {
        let path = ["environmentFiles/", &crate::run::escape(&arn)].concat();
        place.set(
            "environment-files",
            &path,
            &json!({ "value": arn, "type": "s3" }),
        );
    }
}

/// A whole number, as it is or as text of digits.
pub(crate) fn number(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) => number.as_i64().map(Value::from),
        Value::String(text) => text.parse::<i64>().ok().map(Value::from),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{app, host};

    /// Settings of a container, and the one edit that comes of them.
    fn single() -> Vec<(Value, &'static str)> {
        vec![
            (json!({ "image": "web:8" }), "set-image app web:8"),
            (
                json!({ "command": ["a", "b"] }),
                r#"set-json app/command ["a","b"]"#,
            ),
            (json!({ "entry-point": [] }), "set-json app/entryPoint []"),
            (
                json!({ "working-directory": "/w" }),
                r#"set-json app/workingDirectory "/w""#,
            ),
            (json!({ "cpu": 256 }), "set-json app/cpu 256"),
            (json!({ "memory": "512" }), "set-json app/memory 512"),
            (
                json!({ "memory-reservation": 64 }),
                "set-json app/memoryReservation 64",
            ),
            (json!({ "stop-timeout": 30 }), "set-json app/stopTimeout 30"),
            (
                json!({ "essential": false }),
                "set-json app/essential false",
            ),
            (
                json!({ "init-process": true }),
                "set-json app/linuxParameters/initProcessEnabled true",
            ),
            (json!({ "labels": { "a.b": "c" } }), "set-label app a.b c"),
            (
                json!({ "depends-on": { "worker": "HEALTHY" } }),
                "set-dependency app worker HEALTHY",
            ),
            (
                json!({ "restart": true }),
                r#"set-json app/restartPolicy {"enabled":true}"#,
            ),
            (
                json!({ "restart": { "attempt-period": 60, "ignored-exit-codes": [0] } }),
                r#"set-json app/restartPolicy {"enabled":true,"restartAttemptPeriod":60,"ignoredExitCodes":[0]}"#,
            ),
            (
                json!({ "ulimits": { "nofile": { "soft": 1, "hard": 2 } } }),
                r#"set-json app/ulimits/nofile {"name":"nofile","softLimit":1,"hardLimit":2}"#,
            ),
            (
                json!({ "environment-files": ["arn:aws:s3:::b/k"] }),
                r#"set-json app/environmentFiles/arn:aws:s3:::b~1k {"value":"arn:aws:s3:::b/k","type":"s3"}"#,
            ),
            (
                json!({ "json": { "/a/b": { "c": 1 } } }),
                r#"set-json app/a/b {"c":1}"#,
            ),
            (
                json!({ "remove": ["ulimits/core"] }),
                "remove app/ulimits/core",
            ),
        ]
    }

    fn health_checks() -> Vec<(Value, &'static str)> {
        vec![
            (json!({ "health-check": false }), "remove app/healthCheck"),
            (
                json!({ "health-check": { "command": "true", "start-period": 9 } }),
                r#"set-json app/healthCheck {"command":["CMD-SHELL","true"],"startPeriod":9}"#,
            ),
            (
                json!({ "health-check": { "command": ["/ok"], "retries": 2 } }),
                r#"set-json app/healthCheck {"command":["CMD","/ok"],"retries":2}"#,
            ),
            (
                json!({ "health-check": { "command": ["CMD-SHELL", "x"] } }),
                r#"set-json app/healthCheck {"command":["CMD-SHELL","x"]}"#,
            ),
        ]
    }

    #[test]
    fn single_settings() {
        for (settings, edit) in single().into_iter().chain(health_checks()) {
            assert_eq!(app(settings.clone()).edits(), [edit], "{settings}");
        }
    }

    #[test]
    fn the_schema_and_the_code_know_the_same_settings() {
        let manifest = include_str!("../plugin.toml");
        let settings = |of: &str| -> Vec<&str> {
            let head = format!("[config.\"$defs\".{of}.properties.");
            let names = manifest.lines().filter_map(|line| line.strip_prefix(&head));
            names
                .filter_map(|rest| rest.split(['.', ']']).next())
                .collect()
        };
        let (containers, sidecars) = (settings("container"), settings("sidecar"));
        for name in containers.iter().chain(&sidecars) {
            let faults = app(json!({ *name: null })).faults();
            assert!(
                !faults.iter().any(|f| f.ends_with("is no setting")),
                "{name}"
            );
        }
        let tables = MEMBERS.iter().chain(NUMBERS).map(|(name, _)| name);
        for name in tables.chain(ELSEWHERE) {
            assert!(sidecars.contains(name), "{name}");
        }
        for name in containers {
            assert!(sidecars.contains(&name), "{name}");
        }
    }

    #[test]
    fn every_fault_is_reported() {
        let config = json!({ "containers": {
            "app": { "cpu": "much", "image": "", "surprise": 1, "depends-on": { "db": "START" },
                     "health-check": { "often": 1 } },
            "wrker": { "image": "x" },
        } });
        let faults = host(config).faults();
        let heads: Vec<_> = faults
            .iter()
            .map(|f| f.split(": ").next().unwrap())
            .collect();
        assert_eq!(
            heads,
            [
                "error unknown-container containers.wrker",
                "error bad-setting containers.app.cpu",
                "error bad-setting containers.app.image",
                "error bad-setting containers.app.surprise",
                "error unknown-container containers.app.depends-on.db",
                "error bad-setting containers.app.health-check.often",
            ]
        );
        assert!(
            faults[0].ends_with("the containers are `app`, `worker`"),
            "{}",
            faults[0]
        );
    }

    #[test]
    fn a_refusal_is_reported_and_the_rest_goes_on() {
        let mut host = app(json!({ "image": "x", "labels": { "a": "1" } }));
        host.refuses.push("set-image");
        let (edits, faults) = host.run();
        assert_eq!(edits, ["set-label app a 1"]);
        let text = "error not-allowed containers.app.image: `set-image` is refused; allow it";
        assert_eq!(faults, [text]);
    }
}
