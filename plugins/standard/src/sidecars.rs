//! Containers that the configuration adds, and what ties them to the others.

use serde_json::{Map, Value, json};

use crate::run::Run;
use crate::{log, presets};

type Table = Map<String, Value>;

/// A container that this run added.
pub(crate) struct Sidecar {
    pub name: String,
    /// The preset's settings with the user's over them.
    pub settings: Table,
}

/// Adds the sidecars, with nothing but image and essential; their settings come later.
pub(crate) fn add(run: &Run, section: &Table, template: &[String]) -> Vec<Sidecar> {
    let mut added: Vec<Sidecar> = Vec::new();
    for (name, value) in section {
        let key = ["sidecars.", name].concat();
        let Some(own) = value.as_object() else {
            run.error("bad-setting", &key, "must be a table", None);
            continue;
        };
        if own.get("enabled") != Some(&Value::Bool(false)) {
            added.extend(add_one(run, name, &key, own, template));
        }
    }
    let routers: Vec<_> = added
        .iter()
        .filter(|s| s.settings.contains_key("firelens"))
        .collect();
    if let [first, second, ..] = routers[..] {
        let text = format!(
            "`{}` routes logs too, and a task has one log router",
            first.name
        );
        run.error(
            "two-log-routers",
            &["sidecars.", &second.name].concat(),
            &text,
            None,
        );
    }
    added
}

fn add_one(run: &Run, name: &str, key: &str, own: &Table, template: &[String]) -> Option<Sidecar> {
    if template.iter().any(|existing| existing == name) {
        let text = format!("the template has this container: use [containers.{name}]");
        run.error("sidecar-exists", key, &text, None);
        return None;
    }
    let mut settings = match presets::with_preset(own) {
        Ok(settings) => settings,
        Err(text) => {
            run.error("unknown-preset", &[key, ".preset"].concat(), &text, None);
            return None;
        }
    };
    if let Some((variable, place)) = presets::missing(&settings) {
        let text = format!("needs `{variable}` {place}");
        run.error("preset-needs", key, &text, None);
    }
    let Some(image) = settings.shift_remove("image") else {
        run.error("bad-setting", key, "needs an `image` or a `preset`", None);
        return None;
    };
    let essential = settings
        .shift_remove("essential")
        .unwrap_or(Value::Bool(false));
    let definition = json!({ "image": image, "essential": essential });
    let outcome = run.host.add_container(name, &definition.to_string());
    let added = run.check(outcome, key, None);
    added.then(|| Sidecar {
        name: name.to_owned(),
        settings,
    })
}

/// Start order and log routing between sidecars and the containers that they serve.
pub(crate) fn connect(
    run: &Run,
    sidecars: &[Sidecar],
    containers: &[(String, Table)],
    template: &[String],
) {
    for sidecar in sidecars {
        let key = ["sidecars.", &sidecar.name].concat();
        let named = served(run, sidecar, &key);
        start_order(run, sidecar, &key, named.as_deref().unwrap_or(template));
        if sidecar.settings.contains_key("firelens") {
            let others = named.unwrap_or_else(|| run.host.containers());
            let own = sidecars.iter().map(|s| (&s.name, &s.settings));
            let all = containers
                .iter()
                .map(|(name, settings)| (name, settings))
                .chain(own);
            let decided: Vec<&String> = all
                .filter(|(_, s)| s.contains_key("log"))
                .map(|(name, _)| name)
                .collect();
            route_logs(
                run,
                sidecar,
                &key,
                others.iter().filter(|name| !decided.contains(name)),
            );
        }
    }
}

/// The containers that `for` names, without those that do not exist.
fn served(run: &Run, sidecar: &Sidecar, key: &str) -> Option<Vec<String>> {
    sidecar.settings.get("for")?;
    let existing = run.host.containers();
    let mut names = run.list(&sidecar.settings, key, "for");
    names.retain(|name| {
        let known = existing.contains(name);
        if !known {
            run.unknown_container(&[key, ".for"].concat(), name, &existing);
        }
        known
    });
    Some(names)
}

/// The served containers wait until the sidecar is `ready`; `NONE` lets them start at once.
fn start_order(run: &Run, sidecar: &Sidecar, key: &str, served: &[String]) {
    let Some(ready) = sidecar.settings.get("ready").and_then(Value::as_str) else {
        return;
    };
    let waits_itself = sidecar
        .settings
        .get("depends-on")
        .and_then(Value::as_object);
    for name in served
        .iter()
        .filter(|name| **name != sidecar.name && ready != "NONE")
    {
        if waits_itself.is_none_or(|on| !on.contains_key(name)) {
            let outcome = run.host.set_dependency(name, &sidecar.name, ready);
            run.check(outcome, &[key, ".ready"].concat(), None);
        }
    }
}

fn route_logs<'a>(
    run: &Run,
    sidecar: &Sidecar,
    key: &str,
    containers: impl Iterator<Item = &'a String>,
) {
    let mut log = Table::new();
    log.insert("driver".to_owned(), Value::from("awsfirelens"));
    for part in ["options", "secret-options"] {
        if let Some(value) = sidecar.settings.get(part) {
            log.insert(part.to_owned(), value.clone());
        }
    }
    for name in containers.filter(|name| **name != sidecar.name) {
        log::configure(&run.at("sidecars", name), key, &log);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fake, host};

    fn sidecars(section: Value) -> Fake {
        host(json!({ "sidecars": section }))
    }

    #[test]
    fn a_sidecar_of_ones_own() {
        let section = json!({ "proxy": {
            "image": "envoy:1", "ports": [80], "env": { "A": "1" },
            "depends-on": { "app": "START" }, "mounts": {},
        } });
        assert_eq!(
            sidecars(section).edits(),
            [
                r#"add-container proxy {"image":"envoy:1","essential":false}"#,
                "set-dependency proxy app START",
                r#"set-json proxy/portMappings/80~1tcp {"containerPort":80,"protocol":"tcp"}"#,
                "set-env proxy A 1",
            ]
        );
    }

    #[test]
    fn firelens_routes_the_logs_of_the_others() {
        let config = json!({
            "containers": { "worker": { "log": { "driver": "awslogs" } } },
            "sidecars": { "fluent-bit": {
                "preset": "firelens", "options": { "Name": "cloudwatch" }, "memory-reservation": 64,
            } },
        });
        assert_eq!(
            host(config).edits(),
            [
                r#"add-container fluent-bit {"image":"public.ecr.aws/aws-observability/aws-for-fluent-bit:3","essential":true}"#,
                "set-log-driver worker awslogs",
                "set-json fluent-bit/memoryReservation 64",
                r#"set-json fluent-bit/firelensConfiguration {"type":"fluentbit"}"#,
                "set-dependency app fluent-bit START",
                "set-dependency worker fluent-bit START",
                "remove app/logConfiguration/options/awslogs-group",
                "remove app/logConfiguration/options/mode",
                "remove app/logConfiguration/secretOptions/key",
                "set-log-driver app awsfirelens",
                "set-log-option app Name cloudwatch",
            ]
        );
    }

    #[test]
    fn presets_and_what_they_serve() {
        let key = "arn:aws:ssm:r:1:parameter/dd";
        for (settings, edit) in [
            (
                json!({ "preset": "firelens", "for": ["worker"] }),
                "set-log-driver worker awsfirelens",
            ),
            (json!({ "preset": "adot" }), "set-dependency app x START"),
            (
                json!({ "preset": "adot", "ready": "HEALTHY" }),
                "set-dependency app x HEALTHY",
            ),
            (
                json!({ "preset": "adot" }),
                r#"set-json x/command ["--config=/etc/ecs/ecs-default-config.yaml"]"#,
            ),
            (
                json!({ "preset": "datadog", "secrets": { "DD_API_KEY": key } }),
                "set-env x ECS_FARGATE true",
            ),
            (
                json!({ "preset": "datadog", "secrets": { "DD_API_KEY": key }, "image": "dd:7" }),
                r#"add-container x {"image":"dd:7","essential":false}"#,
            ),
            (
                json!({ "preset": "cloudwatch-agent", "env": { "CW_CONFIG_CONTENT": "{}" } }),
                "set-env x CW_CONFIG_CONTENT {}",
            ),
        ] {
            let edits = sidecars(json!({ "x": settings })).edits();
            assert!(edits.iter().any(|e| e == edit), "{settings}: {edits:#?}");
        }
        for (settings, absent) in [
            (
                json!({ "preset": "firelens", "for": ["worker"] }),
                "set-log-driver app",
            ),
            (
                json!({ "preset": "firelens", "for": ["worker"] }),
                "set-dependency app",
            ),
            (
                json!({ "preset": "firelens", "ready": "NONE" }),
                "set-dependency",
            ),
            (
                json!({ "preset": "adot", "depends-on": { "app": "START" } }),
                "set-dependency app",
            ),
            (
                json!({ "preset": "adot", "env": { "AOT_CONFIG_CONTENT": "x" } }),
                "set-json x/command",
            ),
            (json!({ "preset": "datadog", "enabled": false }), ""),
        ] {
            let edits = sidecars(json!({ "x": settings })).edits();
            assert!(
                !edits.iter().any(|e| e.starts_with(absent)),
                "{settings}: {edits:#?}"
            );
        }
    }

    #[test]
    fn faults() {
        for (section, fault) in [
            (
                json!({ "app": { "image": "x" } }),
                "error sidecar-exists sidecars.app: \
                 the template has this container: use [containers.app]",
            ),
            (
                json!({ "x": { "preset": "fluentd" } }),
                "error unknown-preset sidecars.x.preset: there is no `fluentd`; \
                 the presets are `firelens`, `adot`, `datadog`, `cloudwatch-agent`",
            ),
            (
                json!({ "x": { "user": "0" } }),
                "error bad-setting sidecars.x: needs an `image` or a `preset`",
            ),
            (
                json!({ "x": { "preset": "datadog" } }),
                "error preset-needs sidecars.x: \
                 needs `DD_API_KEY` under `secrets`: the agent's key",
            ),
            (
                json!({ "x": { "preset": "adot", "for": ["ap"] } }),
                "error unknown-container sidecars.x.for: no container `ap`; \
                 the containers are `app`, `worker`, `x`",
            ),
            (
                json!({ "x": { "preset": "firelens" }, "y": { "preset": "firelens" } }),
                "error two-log-routers sidecars.y: \
                 `x` routes logs too, and a task has one log router",
            ),
        ] {
            assert_eq!(sidecars(section).faults(), [fault]);
        }
    }

    #[test]
    fn settings_of_a_sidecar_do_not_go_under_containers() {
        let config = json!({ "containers": { "x": {} }, "sidecars": { "x": { "image": "i" } },
                             "tags": { "team": "a" } });
        let (edits, faults) = host(config).run();
        assert_eq!(edits.last().unwrap(), "set-tag team a");
        let text = "error unknown-container containers.x: \
                    `x` is a sidecar: its settings go under [sidecars.x]";
        assert_eq!(faults, [text]);
    }
}
