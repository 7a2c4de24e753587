//! Where a container's output goes.

use serde_json::{Map, Value};

use crate::reference;
use crate::run::{Place, escape};

/// Lays `log` over the container: `{ driver, options, secret-options }`, or `false` for none.
pub(crate) fn apply(place: &Place, settings: &Map<String, Value>) {
    match settings.get("log") {
        None => {}
        Some(Value::Bool(false)) => place.remove("log", "logConfiguration"),
        Some(Value::Object(log)) => configure(place, &place.setting("log"), log),
        Some(_) => place.bad("log", "a table, or `false` to remove it"),
    }
}

/// Sets driver and options. Options of another driver go; those of the same one stay.
pub(crate) fn configure(place: &Place, key: &str, log: &Map<String, Value>) {
    let run = &place.run;
    let there = run.host.json(&place.address("logConfiguration"));
    let there = run.got(there, key, None).flatten();
    let there: Map<String, Value> = there
        .and_then(|json| serde_json::from_str(&json).ok())
        .unwrap_or_default();
    let options = run.texts(log, key, "options");
    let secrets = run.texts(log, key, "secret-options");
    let before = there.get("logDriver").and_then(Value::as_str);
    let Some(driver) = log.get("driver").and_then(Value::as_str).or(before) else {
        return run.error(
            "bad-setting",
            key,
            "needs a `driver`: the container has none",
            None,
        );
    };
    if before.is_some_and(|before| before != driver) {
        for name in names(&there).filter(|name| !options.contains_key(*name)) {
            place.remove(
                "log",
                &["logConfiguration/options/", &escape(name)].concat(),
            );
        }
        for name in secret_names(&there).filter(|name| !secrets.contains_key(*name)) {
            place.remove(
                "log",
                &["logConfiguration/secretOptions/", &escape(name)].concat(),
            );
        }
    }
    run.check(run.host.set_log_driver(place.name, driver), key, None);
    for (name, value) in &options {
        let outcome = run.host.set_log_option(place.name, name, value);
        run.check(outcome, &[key, ".options.", name].concat(), None);
    }
    for (name, text) in &secrets {
        let key = [key, ".secret-options.", name].concat();
        if let Some(value_from) = reference::resolve(run, &key, text) {
            run.check(
                run.host.set_log_secret(place.name, name, &value_from),
                &key,
                None,
            );
        }
    }
}

fn names(log: &Map<String, Value>) -> impl Iterator<Item = &str> {
    log.get("options")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|o| o.keys())
        .map(String::as_str)
}

fn secret_names(log: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let list = log
        .get("secretOptions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    list.filter_map(|option| option.get("name")?.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{app, host};

    #[test]
    fn options_of_another_driver_go() {
        let log = json!({ "driver": "splunk", "options": { "mode": "blocking", "x": 1 },
                          "secret-options": { "t": "arn:aws:ssm:r:1:parameter/t" } });
        assert_eq!(
            app(json!({ "log": log })).edits(),
            [
                "remove app/logConfiguration/options/awslogs-group",
                "remove app/logConfiguration/secretOptions/key",
                "set-log-driver app splunk",
                "set-log-option app mode blocking",
                "set-log-option app x 1",
                "set-log-secret app t arn:aws:ssm:r:1:parameter/t",
            ]
        );
    }

    #[test]
    fn what_is_set_does_not_go_first() {
        let log = json!({ "driver": "splunk", "options": { "awslogs-group": "g" },
                          "secret-options": { "key": "arn:aws:ssm:r:1:parameter/t" } });
        let edits = app(json!({ "log": log })).edits();
        assert_eq!(edits[0], "remove app/logConfiguration/options/mode");
        assert_eq!(edits[1], "set-log-driver app splunk");
    }

    #[test]
    fn options_of_the_same_driver_stay() {
        let log = json!({ "options": { "awslogs-group": "h" } });
        assert_eq!(
            app(json!({ "log": log })).edits(),
            [
                "set-log-driver app awslogs",
                "set-log-option app awslogs-group h"
            ]
        );
        assert_eq!(
            app(json!({ "log": false })).edits(),
            ["remove app/logConfiguration"]
        );
    }

    #[test]
    fn a_driver_is_needed() {
        let config = json!({ "containers": { "worker": { "log": { "options": {} } } } });
        assert_eq!(
            host(config).faults(),
            ["error bad-setting containers.worker.log: needs a `driver`: the container has none"]
        );
    }
}
