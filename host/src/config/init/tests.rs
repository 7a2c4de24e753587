//! What is written is read again, and says what runs.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::tests::settings_of;
use super::*;
use crate::task_definition::address::leaves;

const ARN: &str = "arn:aws:ecs:eu-west-1:111111111111:task-definition/web:7";

fn definition(value: Value) -> TaskDefinition {
    TaskDefinition::new(value).expect("an object")
}

/// Leaf by leaf, without any meaning.
fn differences(template: &TaskDefinition, running: &TaskDefinition) -> Vec<Difference> {
    let by_address = |definition: &TaskDefinition| {
        let leaves = leaves(definition.value(), &Address::root()).into_iter();
        leaves
            .map(|(at, value)| (at, value.clone()))
            .collect::<BTreeMap<_, _>>()
    };
    let (old, new) = (by_address(template), by_address(running));
    let places: std::collections::BTreeSet<&Address> = old.keys().chain(new.keys()).collect();
    let changed = places.into_iter().filter(|at| old.get(at) != new.get(at));
    changed
        .map(|at| Difference {
            address: at.clone(),
            template: old.get(at).cloned(),
            running: new.get(at).cloned(),
        })
        .collect()
}

fn draft_of(template: &Value, running: &Value, reference: &str, service: &str) -> Draft {
    let (template, running) = (definition(template.clone()), definition(running.clone()));
    from_service(&Running {
        cluster: "prod",
        service,
        arn: ARN,
        definition: &running,
        reference: &reference.parse().expect("a reference"),
        template: &template,
        differences: &differences(&template, &running),
        short: &|value| (value == "arn:known").then(|| "ssm:/known".to_owned()),
        looks_secret: &|name, _| name.contains("PASSWORD"),
    })
}

fn draft(template: &Value, running: &Value) -> Draft {
    draft_of(template, running, "ecs:web-template", "web")
}

/// The configuration of the built-in plugin that a draft stands for, with what runs filled in.
fn standard(draft: &Draft, running: &Value) -> Value {
    let settings = settings_of(&draft.text, None, None, &[], &[]).expect("it can be read");
    let containers = running["containerDefinitions"]
        .as_array()
        .expect("containers")
        .iter();
    let text = |container: &Value, name: &str| container[name].as_str().map(str::to_owned);
    let images = containers
        .filter_map(|c| Some((text(c, "name")?, text(c, "image")?)))
        .collect();
    let settings = settings.with_running(&images).expect("it runs");
    settings.overlays[0].config.clone()
}

#[test]
fn from_scratch_it_is_a_configuration() {
    let settings =
        settings_of(SCRATCH, None, None, &[("image", "a:1")], &[]).expect("it can be read");
    assert_eq!(
        settings.overlays[0].config,
        json!({ "containers": { "app": { "image": "a:1" } } })
    );
    let uncommented = |line: &str| match line.strip_prefix("# ") {
        Some(rest)
            if rest
                .parse::<toml::Table>()
                .is_ok_and(|table| !table.is_empty()) =>
        {
            format!("{rest}\n")
        }
        _ => format!("{line}\n"),
    };
    let full: String = SCRATCH.lines().map(uncommented).collect();
    let settings = settings_of(&full, None, Some("production"), &[("image", "a:1")], &[])
        .expect("it can be read");
    let app = &settings.overlays[0].config["containers"]["app"];
    assert_eq!(app.as_object().map(Map::len), Some(6), "{full}");
    assert_eq!(settings.account.as_deref(), Some("111111111111"));
}

#[test]
fn image_environment_and_secrets_become_overlay() {
    let template = json!({ "family": "web-template", "containerDefinitions": [{
        "name": "app", "image": "placeholder", "essential": true,
        "environment": [{ "name": "SAME", "value": "1" }, { "name": "OLD", "value": "1" }, { "name": "LEVEL", "value": "info" }, { "name": "MOVED", "value": "x" }],
        "secrets": [{ "name": "GONE", "valueFrom": "arn:gone" }, { "name": "PLAIN", "valueFrom": "arn:plain" }],
    }] });
    let running = json!({ "family": "web", "containerDefinitions": [{
        "name": "app", "image": "app:7", "essential": true,
        "environment": [{ "name": "LEVEL", "value": "warn ${x}\n" }, { "name": "SAME", "value": "1" }, { "name": "DB_PASSWORD", "value": "hunter2" }, { "name": "PLAIN", "value": "p" }],
        "secrets": [{ "name": "MOVED", "valueFrom": "arn:known" }, { "name": "API_KEY", "valueFrom": "arn:full" }],
    }] });
    let draft = draft(&template, &running);
    let expected = "# Written by `acetate init` from service `web`, which ran `web:7`.
# Infrastructure code owns the template; acetate registers into the family.
cluster = \"prod\"
service = \"web\"
account = \"111111111111\"
region = \"eu-west-1\"
template = \"ecs:web-template\"
family = \"web\"

[inputs]
image = { description = \"image of `app`\", default = \"running:app\" }

[containers.app]
image = \"${inputs.image}\"
remove-env = [\"OLD\"]
secrets = { API_KEY = \"arn:full\", MOVED = \"ssm:/known\" }
remove-secrets = [\"GONE\", \"PLAIN\"]

[containers.app.env]
DB_PASSWORD = \"hunter2\"
LEVEL = \"warn $${x}\\n\"
PLAIN = \"p\"
";
    assert_eq!(draft.text, expected);
    let notes = "plain environment variables look like credentials and are in the file now: `app/DB_PASSWORD`; make them secrets before it is committed";
    assert_eq!(draft.notes, [notes]);
    let app = &standard(&draft, &running)["containers"]["app"];
    assert_eq!(
        (&app["image"], &app["env"]["LEVEL"]),
        (&json!("app:7"), &json!("warn ${x}\n"))
    );
}

#[test]
fn everything_else_that_can_be_said() {
    let template = json!({ "containerDefinitions": [{
        "name": "app", "image": "app:7", "user": "1", "dockerLabels": { "a": "1", "b": "1" },
        "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-group": "g", "mode": "blocking" }, "secretOptions": [{ "name": "k", "valueFrom": "arn:k" }] },
        "healthCheck": { "command": ["CMD", "x"] },
        "ulimits": [{ "name": "core", "softLimit": 1, "hardLimit": 1 }],
        "portMappings": [{ "containerPort": 80, "protocol": "tcp" }],
    }] });
    let running = json!({ "tags": [{ "key": "team", "value": "web" }], "containerDefinitions": [{
        "name": "app", "image": "app:7", "command": ["a", "${b}"], "cpu": 10, "dockerLabels": { "a": "2", "c": "1" },
        "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-group": "h" } },
        "linuxParameters": { "initProcessEnabled": true },
        "ulimits": [{ "name": "core", "softLimit": 1, "hardLimit": 2 }],
        "dependsOn": [{ "containerName": "init", "condition": "SUCCESS" }],
    }, { "name": "init", "image": "init:1", "essential": false, "command": ["i"], "environment": [{ "name": "A", "value": "1" }] }] });
    let draft = draft(&template, &running);
    let expected = json!({
        "containers": { "app": {
            "command": ["a", "${b}"],
            "cpu": 10,
            "depends-on": { "init": "SUCCESS" },
            "labels": { "a": "2", "c": "1" },
            "remove": ["dockerLabels/b", "logConfiguration/options/mode", "logConfiguration/secretOptions/k", "portMappings/80~1tcp", "user"],
            "health-check": false,
            "json": { "linuxParameters/initProcessEnabled": true, "ulimits/core/hardLimit": 2 },
            "log": { "driver": "awslogs", "options": { "awslogs-group": "h" } },
            "image": "app:7",
        } },
        "sidecars": { "init": { "command": ["i"], "env": { "A": "1" }, "essential": false, "image": "init:1" } },
        "tags": { "team": "web" },
    });
    let mut config = standard(&draft, &running);
    let app = &mut config["containers"]["app"];
    let mut removed: Vec<String> =
        serde_json::from_value(app["remove"].clone()).expect("a list of strings");
    removed.retain(|place| place != "portMappings/80~1tcp/protocol");
    removed.push("portMappings/80~1tcp".to_owned());
    removed.sort();
    removed.dedup();
    app["remove"] = json!(removed);
    assert_eq!(config, expected);
    assert_eq!(draft.notes, Vec::<String>::new());
}

#[test]
fn what_cannot_be_said_is_listed() {
    let template = json!({ "cpu": "256", "tags": [{ "key": "a", "value": "1" }], "containerDefinitions": [{ "name": "app", "image": "a" }, { "name": "log", "image": "l" }] });
    let running =
        json!({ "cpu": "512", "containerDefinitions": [{ "name": "app", "image": "a" }] });
    let draft = draft(&template, &running);
    let end = "\n# What runs differs from the template here as well, and that cannot be said above.\n# The template wins; to keep what runs, change the template.\n#   container `log` is in the template and not in what runs\n#   `/cpu`: `\"256\"` in the template, `\"512\"` in what runs\n#   `/tags/a/value`: `\"1\"` in the template, nothing in what runs\n";
    assert!(draft.text.ends_with(end), "{}", draft.text);
    assert_eq!(
        draft.notes,
        [
            "3 differences from the template are not taken over, and there a deploy goes back to the template: container `log`, `/cpu`, `/tags/a/value`; the end of the file says from what to what",
            "a deploy would lower `/cpu`: `\"256\"` in the template, `\"512\"` in what runs: the tasks would get less than runs now; raise it in the template before the first deploy"
        ]
    );
}

#[test]
fn what_is_raised_is_no_danger() {
    let of = |cpu: &str, memory: &str| json!({ "cpu": cpu, "memory": memory, "containerDefinitions": [{ "name": "app", "image": "a" }] });
    let notes = |template: &Value, running: &Value| draft(template, running).notes.len();
    assert_eq!(notes(&of("512", "1 GB"), &of("256", "512")), 1);
    assert_eq!(notes(&of("256", "1 GB"), &of("256", "2048")), 2);
}

#[test]
fn the_image_is_an_input_even_where_it_is_the_templates() {
    let same = json!({ "containerDefinitions": [{ "name": "log", "image": "l", "essential": false }, { "name": "app", "image": "a" }] });
    let config = standard(&draft(&same, &same), &same);
    assert_eq!(config, json!({ "containers": { "app": { "image": "a" } } }));
}

#[test]
fn several_images_are_several_inputs() {
    let template = json!({ "containerDefinitions": [{ "name": "a", "image": "x" }, { "name": "b", "image": "x" }, { "name": "c", "image": "x" }] });
    let running = json!({ "containerDefinitions": [{ "name": "a", "image": "1" }, { "name": "b", "image": "1" }, { "name": "c", "image": "2" }] });
    let draft = draft(&template, &running);
    let inputs = "image = { description = \"image of `a`\", default = \"running:a\" }\nc-image = { description = \"image of `c`\", default = \"running:c\" }\n";
    assert!(draft.text.contains(inputs), "{}", draft.text);
    let containers = json!({ "a": { "image": "1" }, "b": { "image": "1" }, "c": { "image": "2" } });
    assert_eq!(standard(&draft, &running)["containers"], containers);
}

#[test]
fn the_templates_own_family_is_never_registered_into() {
    let same =
        json!({ "family": "web", "containerDefinitions": [{ "name": "app", "image": "a" }] });
    for (reference, service, family, notes) in [
        ("ecs:web", "web", "web-app", 2),
        ("ecs:web:3", "site", "site", 2),
        ("ecs:web-template", "web", "web", 0),
        ("ssm:/web/template", "web", "web", 0),
    ] {
        let draft = draft_of(&same, &same, reference, service);
        assert!(
            draft.text.contains(&format!("family = \"{family}\"\n")),
            "{}",
            draft.text
        );
        assert_eq!(draft.notes.len(), notes);
    }
    let notes = draft_of(&same, &same, "ecs:web", "web").notes;
    assert_eq!(
        notes[0],
        "`web` is the template's own family, which acetate never writes to: it will register into `web-app`, and the first deploy moves the service there"
    );
    assert!(notes[1].contains("ignore_changes = [task_definition]"));
}
