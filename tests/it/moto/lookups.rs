//! What the configuration names and AWS knows: secrets, parameters, parameters below a path.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::boto::{Moto, call};
use crate::support::guests::guest;

const TEMPLATE: &str = r#"{
  "family": "t",
  "executionRoleArn": "arn:aws:iam::123456789012:role/run",
  "containerDefinitions": [{ "name": "app", "image": "app:1", "memory": 64 }]
}"#;

fn configured(moto: &Moto, container: &str) -> World {
    let text = format!(
        "template = \"file:template.json\"\nfamily = \"looked-up\"\n[containers.app]\n{container}\n"
    );
    moto.world()
        .file("template.json", TEMPLATE)
        .file("acetate.toml", &text)
}

fn parameter(name: &str, kind: &str, value: &str) -> Value {
    call(
        "ssm",
        "put_parameter",
        json!({ "Name": name, "Type": kind, "Value": value, "Overwrite": true }),
    )
}

/// Name and source of each secret of the container.
fn secrets(world: &World) -> Vec<(String, String)> {
    let document = world.run(&["render"]).expect(0).json();
    let secrets = document["containerDefinitions"][0]["secrets"].clone();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let mut secrets: Vec<_> = secrets
        .as_array()
        .expect("a list")
        .iter()
        .map(|secret| (text(&secret["name"]), text(&secret["valueFrom"])))
        .collect();
    secrets.sort();
    secrets
}

#[test]
fn secrets_and_parameters_by_name_become_full_arns() {
    let Some(moto) = Moto::shared() else { return };
    let told = moto.calls(&[
        call(
            "secretsmanager",
            "create_secret",
            json!({ "Name": "look/db", "SecretString": r#"{"url":"hush-hush"}"# }),
        ),
        parameter("/look/key", "SecureString", "hush-hush"),
        parameter("/look/plain", "String", "hush-hush"),
    ]);
    let db = told[0].ok()["ARN"].as_str().expect("an ARN").to_owned();
    told.iter().for_each(|told| {
        told.ok();
    });
    let world = configured(
        &moto,
        r#"secrets = { DB = "secretsmanager:look/db", DB_URL = "secretsmanager:look/db#url", KEY = "ssm:/look/key", PLAIN = "ssm:/look/plain" }"#,
    );
    let parameter = |name: &str| format!("arn:aws:ssm:eu-west-1:123456789012:parameter{name}");
    let expected = [
        ("DB", db.clone()),
        ("DB_URL", format!("{db}:url::")),
        ("KEY", parameter("/look/key")),
        ("PLAIN", parameter("/look/plain")),
    ];
    assert_eq!(secrets(&world), expected.map(|(n, v)| (n.to_owned(), v)));
    // The ARN of a secret ends in six characters that nobody can guess.
    let random = db.rsplit_once('-').expect("a suffix").1;
    assert_eq!(random.len(), 6, "{db}");
    for verb in ["render", "explain", "show", "diff"] {
        let ran = world.run(&[verb, "-v"]);
        assert!(!ran.to_string().contains("hush-hush"), "{verb}: {ran}");
    }
}

#[test]
fn every_parameter_below_a_path_over_several_pages() {
    let Some(moto) = Moto::shared() else { return };
    let names: Vec<String> = (0..25)
        .map(|at| format!("/below/web/KEY_{at:02}"))
        .collect();
    let mut calls: Vec<Value> = names
        .iter()
        .map(|name| parameter(name, "SecureString", "x"))
        .collect();
    calls.push(parameter("/below/webber/OTHER", "String", "x"));
    calls.push(parameter("/below/web/deep/DEEPER", "String", "x"));
    moto.calls(&calls).iter().for_each(|told| {
        told.ok();
    });
    let world = configured(&moto, r#"secrets-from = ["ssm:/below/web/"]"#);
    let found = secrets(&world);
    let mut expected: Vec<(String, String)> = names
        .iter()
        .map(|name| {
            let last = name.rsplit('/').next().expect("a last part");
            (
                last.to_owned(),
                format!("arn:aws:ssm:eu-west-1:123456789012:parameter{name}"),
            )
        })
        .collect();
    expected.insert(
        0,
        (
            "DEEPER".to_owned(),
            "arn:aws:ssm:eu-west-1:123456789012:parameter/below/web/deep/DEEPER".to_owned(),
        ),
    );
    assert_eq!(found, expected);
}

#[test]
fn files_of_variables_are_read_as_people_write_them() {
    let Some(moto) = Moto::shared() else { return };
    let world = configured(&moto, r#"dotenv = ["app.env"]"#).file(
        "app.env",
        "# a comment\nexport A=plain\nB=\"two\nlines\"\nC='as $it is'\nD=\n",
    );
    let ran = world.run(&["register"]).expect(0);
    let described = moto.described(ran.stdout.trim());
    assert_eq!(
        described["taskDefinition"]["containerDefinitions"][0]["environment"],
        json!([
            { "name": "A", "value": "plain" },
            { "name": "B", "value": "two\nlines" },
            { "name": "C", "value": "as $it is" },
            { "name": "D", "value": "" },
        ])
    );
}

#[test]
fn what_is_not_there_is_named_and_nothing_is_registered() {
    let Some(moto) = Moto::shared() else { return };
    for (container, absent) in [
        (r#"secrets = { A = "ssm:/look/none" }"#, "/look/none"),
        (
            r#"secrets = { A = "secretsmanager:look/none" }"#,
            "look/none",
        ),
        (r#"dotenv = ["none.env"]"#, "none.env"),
    ] {
        let text = configured(&moto, container).read("acetate.toml");
        let world = configured(&moto, container)
            .file("acetate.toml", &text.replace("looked-up", "never-there"));
        let ran = world.run(&["register"]);
        assert_eq!(ran.code, Some(1), "{container}: {ran}");
        assert!(ran.stderr.contains(absent), "{container}: {ran}");
    }
    let told = moto.calls(&[call(
        "ecs",
        "describe_task_definition",
        json!({ "taskDefinition": "never-there" }),
    )]);
    assert_eq!(told[0].error(), Some("ClientException"));
}

#[test]
fn a_path_without_parameters_is_warned_of() {
    let Some(moto) = Moto::shared() else { return };
    let world = configured(&moto, r#"secrets-from = ["ssm:/look-at/none/"]"#);
    let ran = world.run(&["validate"]).expect(0);
    let words = "there is no parameter below `/look-at/none/`";
    assert!(ran.stderr.contains(words), "{ran}");
}

#[test]
fn a_plugin_is_told_what_it_was_granted() {
    let Some(moto) = Moto::shared() else { return };
    let Some(component) = guest("lookups") else {
        return;
    };
    let told = moto.calls(&[
        call(
            "secretsmanager",
            "create_secret",
            json!({ "Name": "granted/db", "SecretString": r#"{"user":"hush-hush","url":"hush-hush"}"# }),
        ),
        parameter("/granted/web/plain", "String", "plainly"),
        parameter("/granted/web/key", "SecureString", "hush-hush"),
        parameter("/granted/other", "String", "not for it"),
    ]);
    told.iter().for_each(|told| {
        told.ok();
    });
    let text = r#"
        template = "file:template.json"
        family = "looked-up"
        [overlays.ci]
        plugin = "path:lookups.wasm"
        grant = { parameters = ["/granted/web/*"], parameter-values = ["/granted/web/*"], secret-names = ["granted/*"], secret-keys = ["granted/db"] }
        [overlays.ci.config]
        ask = [
          { call = "parameters.names", of = "/granted/" },
          { call = "parameters.kind", of = "/granted/web/key" },
          { call = "parameter-values.get", of = "/granted/web/plain" },
          { call = "parameter-values.get", of = "/granted/web/key" },
          { call = "parameter-values.get", of = "/granted/other" },
          { call = "parameter-values.get", of = "/granted/web/none" },
          { call = "secret-names.names", of = "granted" },
          { call = "secret-keys.keys", of = "granted/db" },
        ]
    "#;
    let world = moto
        .world()
        .file("template.json", TEMPLATE)
        .file("acetate.toml", text);
    std::fs::write(world.path().join("lookups.wasm"), component).expect("it can be written");
    let ran = world.run(&["render", "-v"]).expect(0);
    assert!(!ran.to_string().contains("hush-hush"), "{ran}");
    let told = ran
        .stderr
        .lines()
        .filter_map(|line| line.split_once(" -> "));
    let told: Vec<&str> = told
        .map(|(_, told)| told.split(':').next().unwrap_or_default())
        .collect();
    assert_eq!(
        told,
        [
            "/granted/web/key /granted/web/plain",
            "SecureString",
            "plainly",
            "invalid",
            "not-granted",
            "none",
            "granted/db",
            "url user",
        ],
        "{ran}"
    );
}
