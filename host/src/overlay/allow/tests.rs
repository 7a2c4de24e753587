//! What an entry may edit: every way to a place of level code, against every form of `allow`.

use super::*;
use crate::overlay::{Draft, HealthTimes, Session, Sources};
use crate::task_definition::TaskDefinition;
use crate::task_definition::model::schema_places;
use proptest::prelude::*;
use serde_json::json;

type Call = dyn Fn(&mut Draft) -> Result<(), Failure>;
type Refer = dyn Fn(&mut Draft, &str) -> Result<(), Failure>;

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

/// Every call of `acetate:plugin/edit` that leads to a place of level code.
fn code_calls() -> Vec<(&'static str, Box<Call>)> {
    let text = |text: &str| text.to_owned();
    vec![
        ("set-image", Box::new(|d| d.set_image("app", "evil"))),
        (
            "set-env",
            Box::new(|d| d.set_env("app", "LD_PRELOAD", "/evil.so")),
        ),
        (
            "set-env",
            Box::new(|d| d.set_env("app", "http_proxy", "http://evil")),
        ),
        ("set-env", Box::new(|d| d.set_env("app", "Path", "/evil"))),
        ("set-env", Box::new(|d| d.set_env("app", "PATH=/evil", "x"))),
        (
            "set-env",
            Box::new(|d| d.set_env("app", "A/../PATH", "/evil")),
        ),
        ("set-env", Box::new(|d| d.set_env("app", "~0PATH", "/evil"))),
        ("unset-env", Box::new(|d| d.unset_env("app", "PATH"))),
        (
            "set-secret",
            Box::new(|d| d.set_secret("app", "NODE_OPTIONS", "/web/s")),
        ),
        (
            "set-secret",
            Box::new(|d| d.set_secret("app", "PATH", "/web/s")),
        ),
        (
            "unset-secret",
            Box::new(|d| d.unset_secret("app", "LD_PRELOAD")),
        ),
        (
            "add-container",
            Box::new(|d| d.add_container("evil", r#"{ "image": "evil" }"#)),
        ),
        (
            "add-container",
            Box::new(|d| d.add_container("app", r#"{ "image": "acme/app:1" }"#)),
        ),
        ("add-container", Box::new(|d| d.add_container("APP", "{}"))),
        ("add-container", Box::new(|d| d.add_container("a/b", "{}"))),
        ("remove-container", Box::new(|d| d.remove_container("app"))),
        (
            "remove-container",
            Box::new(|d| d.remove_container("nobody")),
        ),
        (
            "set-dependency",
            Box::new(|d| d.set_dependency("app", "proxy", "START")),
        ),
        (
            "set-log-driver",
            Box::new(|d| d.set_log_driver("app", "gelf")),
        ),
        (
            "set-log-option",
            Box::new(|d| d.set_log_option("app", "gelf-address", "udp://evil")),
        ),
        (
            "set-log-secret",
            Box::new(|d| d.set_log_secret("app", "token", "/web/s")),
        ),
        (
            "set-health-check",
            Box::new(move |d| d.set_health_check("app", &[text("CMD")], HealthTimes::default())),
        ),
        (
            "add-volume",
            Box::new(|d| d.add_volume("host", r#"{ "host": { "sourcePath": "/" } }"#)),
        ),
        ("add-volume", Box::new(|d| d.add_volume("data", "{}"))),
        (
            "add-mount",
            Box::new(|d| d.add_mount("app", "data", "/usr/bin", false)),
        ),
        (
            "set-json",
            Box::new(|d| d.set_json("", r#"{ "cpu": "256" }"#)),
        ),
        (
            "set-json",
            Box::new(|d| {
                d.set_json(
                    "",
                    r#"{ "tags": { "x": { "value": "1" } }, "pidMode": "task" }"#,
                )
            }),
        ),
        (
            "set-json",
            Box::new(|d| d.set_json("/containerDefinitions", r#"{ "app": { "user": "root" } }"#)),
        ),
        (
            "set-json",
            Box::new(|d| d.set_json("/containerDefinitions/app", "{}")),
        ),
        (
            "set-json",
            Box::new(|d| d.set_json("/containerDefinitions/app", r#"{ "privileged": true }"#)),
        ),
        (
            "set-json",
            Box::new(|d| {
                let both = r#"{ "environment": { "A": { "value": "2" } }, "command": ["evil"] }"#;
                d.set_json("/containerDefinitions/app", both)
            }),
        ),
        (
            "set-json",
            Box::new(|d| {
                d.set_json(
                    "/containerDefinitions/app/environment/PATH",
                    r#"{ "value": "/evil" }"#,
                )
            }),
        ),
        (
            "set-json",
            Box::new(|d| d.set_json("/containerDefinitions/app/environment/A/more", "\"x\"")),
        ),
        (
            "set-json",
            Box::new(|d| {
                d.set_json(
                    "/containerDefinitions/app/environment/A/value",
                    r#"{ "x": 1 }"#,
                )
            }),
        ),
        (
            "set-json",
            Box::new(|d| {
                d.set_json(
                    "/containerDefinitions/app/dockerLabels/a",
                    r#"{ "x": "1" }"#,
                )
            }),
        ),
        (
            "set-json",
            Box::new(|d| d.set_json("/containerDefinitions/app/Image", "\"evil\"")),
        ),
        (
            "set-json",
            Box::new(|d| d.set_json("/containerDefinitions/app/", "\"evil\"")),
        ),
        (
            "set-json",
            Box::new(|d| {
                d.set_json(
                    "/containerDefinitions/app/environment/A~1B/value",
                    "\"evil\"",
                )
            }),
        ),
        ("set-json", Box::new(|d| d.set_json("//x", "\"evil\""))),
        (
            "set-json",
            Box::new(|d| d.set_json("/tags/team/more", "\"x\"")),
        ),
        ("set-json", Box::new(|d| d.set_json("/unheardOf", "true"))),
        ("remove", Box::new(|d| d.remove("/containerDefinitions"))),
        (
            "remove",
            Box::new(|d| d.remove("/containerDefinitions/app")),
        ),
        (
            "remove",
            Box::new(|d| d.remove("/containerDefinitions/app/image")),
        ),
        (
            "remove",
            Box::new(|d| d.remove("/containerDefinitions/app/environment")),
        ),
        (
            "remove",
            Box::new(|d| d.remove("/containerDefinitions/app/environment/PATH")),
        ),
        (
            "remove",
            Box::new(|d| d.remove("/containerDefinitions/app/environment/PATH/value")),
        ),
        (
            "remove",
            Box::new(|d| d.remove("/containerDefinitions/app/healthCheck")),
        ),
        ("remove", Box::new(|d| d.remove("/taskRoleArn"))),
        ("remove", Box::new(|d| d.remove("/volumes/data"))),
    ]
}

#[test]
fn no_call_reaches_a_place_of_level_code_with_an_influence_level_allow() {
    for (number, (name, call)) in code_calls().iter().enumerate() {
        for allow in INFLUENCE
            .iter()
            .map(std::slice::from_ref)
            .chain([INFLUENCE, &[]])
        {
            let mut draft = draft(allow);
            let failure = call(&mut draft).expect_err("it is refused");
            let told = format!("{number} {name} {allow:?}: {failure:?}");
            assert_eq!(failure.code, "not-allowed", "{told}");
            assert!(
                failure
                    .message
                    .starts_with(&format!("`ci` may not `{name}` at `")),
                "{told}"
            );
            assert_eq!(draft.document(), template().value(), "{told}");
            assert_eq!(draft.steps(), 0, "{told}");
        }
    }
}

/// Every place of the schema, set and removed by its address, in a container of the template.
#[test]
fn no_address_of_level_code_is_reached_by_set_json_or_remove() {
    for place in schema_places() {
        let text = place.address.replacen("/*", "/app", 1).replace("/*", "/k");
        let text = match place.address.starts_with("/containerDefinitions") {
            true => text,
            false => place.address.replace("/*", "/k"),
        };
        let address: Address = text.parse().unwrap();
        if level::of(&address) < Level::Code {
            continue;
        }
        for allow in INFLUENCE
            .iter()
            .map(std::slice::from_ref)
            .chain([INFLUENCE])
        {
            for value in [
                "\"x\"",
                "1",
                "true",
                "[]",
                "{}",
                r#"["x"]"#,
                r#"{ "k": "x" }"#,
            ] {
                let mut draft = draft(allow);
                assert!(
                    draft.set_json(&text, value).is_err(),
                    "{text} {value} {allow:?}"
                );
                assert_eq!(draft.document(), template().value());
            }
            let mut draft = draft(allow);
            assert!(draft.remove(&text).is_err(), "{text} {allow:?}");
            assert_eq!(draft.document(), template().value());
        }
    }
}

#[test]
fn each_form_lets_through_what_it_names_and_nothing_beside_it() {
    let calls: Vec<(&str, &str, Box<Call>)> = vec![
        (
            "labels:app:com.*",
            "json:/containerDefinitions/app/dockerLabels/com.x",
            Box::new(|d| d.set_label("app", "com.x", "1")),
        ),
        (
            "tags:cost",
            "json:/tags/cost",
            Box::new(|d| d.set_tag("cost", "1")),
        ),
        (
            "env:app:LOG_*",
            "json:/containerDefinitions/app/environment/LOG_LEVEL",
            Box::new(|d| d.set_env("app", "LOG_LEVEL", "1")),
        ),
        (
            "env:*:LD_PRELOAD",
            "json:/containerDefinitions/app/environment/LD_PRELOAD",
            Box::new(|d| d.set_env("app", "LD_PRELOAD", "1")),
        ),
        (
            "secrets:app:DB_*",
            "json:/containerDefinitions/*/secrets",
            Box::new(|d| d.set_secret("app", "DB_URL", "/web/db")),
        ),
        (
            "image:app",
            "json:/containerDefinitions/app/image",
            Box::new(|d| d.set_image("app", "acme/app:2")),
        ),
        (
            "health-check:app",
            "json:/containerDefinitions/app/healthCheck",
            Box::new(|d| d.set_health_check("app", &["CMD".to_owned()], HealthTimes::default())),
        ),
        (
            "sidecar:otel=acme/otel",
            "sidecars",
            Box::new(|d| d.add_container("otel", r#"{ "image": "acme/otel:2" }"#)),
        ),
        (
            "json:/volumes/tmp",
            "json:/volumes",
            Box::new(|d| d.add_volume("tmp", r#"{ "host": {} }"#)),
        ),
        (
            "json:/containerDefinitions/app/mountPoints/~1tmp",
            "json:/containerDefinitions/*/mountPoints",
            Box::new(|d| d.add_mount("app", "data", "/tmp", true)),
        ),
    ];
    for (number, (_, _, call)) in calls.iter().enumerate() {
        for (other, (exact, wide, _)) in calls.iter().enumerate() {
            for allow in [exact, wide] {
                let allowed = call(&mut draft(&[allow])).is_ok();
                let env = number == 2 && other == 3 || number == 3 && other == 2;
                assert_eq!(allowed, number == other && !env, "{allow} {number}");
            }
        }
    }
}

#[test]
fn a_refusal_says_what_to_add_and_that_line_is_enough() {
    let told: Vec<String> = code_calls()
        .into_iter()
        .map(|(name, call)| {
            let failure = call(&mut draft(&[])).unwrap_err();
            let hint = failure.hint.unwrap();
            if let Some((_, list)) = hint.split_once("`allow = ") {
                let lines: Vec<String> = serde_json::from_str(list.trim_end_matches('`')).unwrap();
                let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                let again = call(&mut draft(&lines));
                let code = again.map_or_else(|failure| failure.code, |()| String::new());
                assert!(
                    !["not-allowed", "not-granted"].contains(&code.as_str()),
                    "{hint}"
                );
            }
            format!("{name}: {}\n  {hint}", failure.message)
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_line_that_would_be_a_wildcard_is_never_offered() {
    for call in [
        &(|d: &mut Draft| d.set_env("app", "*", "x")) as &Call,
        &|d| d.set_json("/*", "true"),
        &|d| d.set_tag("*", "x"),
        &|d| d.add_container("*", r#"{ "image": "evil" }"#),
    ] {
        let failure = call(&mut draft(&[])).unwrap_err();
        assert!(!failure.hint.unwrap().contains("allow = "));
    }
}

#[test]
fn a_sidecar_is_of_its_name_and_repository() {
    fn otel(image: &str) -> String {
        json!({ "image": image }).to_string()
    }
    let allow = &["sidecar:otel=acme/otel"];
    let refused: [(&str, &Call); 22] = [
        ("another repository", &|d| {
            d.add_container("otel", &otel("evil/otel:1"))
        }),
        ("a repository that begins alike", &|d| {
            d.add_container("otel", &otel("acme/otel-evil"))
        }),
        ("another name", &|d| {
            d.add_container("otel2", &otel("acme/otel:1"))
        }),
        ("another case", &|d| {
            d.add_container("Otel", &otel("acme/otel:1"))
        }),
        ("no text", &|d| {
            d.add_container("otel", r#"{ "image": ["acme/otel"] }"#)
        }),
        ("changed later", &|d| {
            d.add_container("otel", &otel("acme/otel:1"))?;
            d.set_image("otel", "evil")
        }),
        ("changed by address", &|d| {
            d.add_container("otel", "{}")?;
            d.set_json("/containerDefinitions/otel/image", "\"evil\"")
        }),
        ("changed from above", &|d| {
            d.add_container("otel", "{}")?;
            d.set_json("/containerDefinitions/otel", &otel("evil"))
        }),
        ("removed and added again", &|d| {
            d.add_container("otel", &otel("acme/otel:1"))?;
            d.remove_container("otel")?;
            d.add_container("otel", &otel("evil"))
        }),
        ("a command", &|d| {
            d.add_container("otel", r#"{ "image": "acme/otel", "command": ["sh"] }"#)
        }),
        ("a command later", &|d| {
            d.add_container("otel", &otel("acme/otel:1"))?;
            d.set_json("/containerDefinitions/otel/command", r#"["sh"]"#)
        }),
        ("an entry point", &|d| {
            d.add_container("otel", r#"{ "entryPoint": ["sh"] }"#)
        }),
        ("a user", &|d| {
            d.add_container("otel", r#"{ "user": "root" }"#)
        }),
        ("a health check", &|d| {
            d.add_container("otel", "{}")?;
            d.set_health_check("otel", &["CMD".to_owned()], HealthTimes::default())
        }),
        ("a mount", &|d| {
            d.add_container("otel", "{}")?;
            d.add_mount("otel", "data", "/data", true)
        }),
        ("a variable that loads code", &|d| {
            d.add_container("otel", "{}")?;
            d.set_env("otel", "LD_PRELOAD", "/data/evil.so")
        }),
        ("a secret", &|d| {
            d.add_container("otel", "{}")?;
            d.set_secret("otel", "KEY", "/web/s")
        }),
        ("a secret by address", &|d| {
            d.add_container("otel", "{}")?;
            d.set_json(
                "/containerDefinitions/otel/secrets/KEY/valueFrom",
                "\"/web/s\"",
            )
        }),
        ("an unheard-of member", &|d| {
            d.add_container("otel", r#"{ "tomorrow": 1 }"#)
        }),
        ("the application, which waits for it", &|d| {
            d.add_container("otel", "{}")?;
            d.set_dependency("app", "otel", "START")
        }),
        ("all containers", &|d| {
            d.add_container("otel", "{}")?;
            d.remove("/containerDefinitions")
        }),
        ("a list of its secrets", &|d| {
            d.add_container("otel", "{}")?;
            d.remove("/containerDefinitions/otel/secrets")
        }),
    ];
    for (what, call) in refused {
        let failure = call(&mut draft(allow)).expect_err(what);
        assert_eq!(failure.code, "not-allowed", "{what}");
    }
    let mut draft = draft(allow);
    draft.add_container("otel", &otel("acme/otel:1")).unwrap();
    draft.set_env("otel", "OTEL_X", "1").unwrap();
    draft.set_label("otel", "com.acme", "1").unwrap();
    draft.set_image("otel", "acme/otel:2").unwrap();
    draft.unset_env("otel", "OTEL_X").unwrap();
    draft.remove_container("otel").unwrap();
    draft.add_container("otel", &otel("acme/otel:3")).unwrap();
}

#[test]
fn a_container_of_the_template_or_of_another_is_no_sidecar() {
    const EQUAL: &str = r#"{ "image": "acme/otel:1" }"#;
    let calls: [&Call; 6] = [
        &|d| d.add_container("proxy", EQUAL),
        &|d| d.remove_container("proxy"),
        &|d| d.set_image("proxy", "acme/otel:2"),
        &|d| d.set_env("proxy", "X", "1"),
        &|d| d.set_json("/containerDefinitions/proxy", "{}"),
        &|d| d.remove("/containerDefinitions/proxy/image"),
    ];
    for allow in [&["sidecar:proxy=acme/otel"][..], &["sidecars"]] {
        for call in calls {
            assert_eq!(call(&mut draft(allow)).unwrap_err().code, "not-allowed");
        }
    }
    // Another entry added it.
    let mut session = Session::new(template(), "web");
    let mut first = session.draft(scope("first", &["sidecar:otel=acme/otel"]));
    first.add_container("otel", EQUAL).unwrap();
    session.accept(first, Vec::new());
    for call in [
        &(|d: &mut Draft| d.add_container("otel", EQUAL)) as &Call,
        &|d| d.set_env("otel", "X", "1"),
        &|d| d.remove_container("otel"),
    ] {
        let mut second = session.draft(scope("second", &["sidecar:otel=acme/otel", "sidecars"]));
        assert_eq!(call(&mut second).unwrap_err().code, "not-allowed");
    }
    // Another entry took the template's away: the name stays the template's.
    let mut remover = session.draft(scope("remover", &["json:/containerDefinitions/proxy"]));
    remover.remove_container("proxy").unwrap();
    session.accept(remover, Vec::new());
    let overrides = vec![
        "sidecar:proxy".to_owned(),
        "json:/containerDefinitions/proxy".to_owned(),
    ];
    let mut late = session.draft(Scope {
        overrides,
        ..scope("late", &["sidecar:proxy=acme/otel", "sidecars"])
    });
    assert_eq!(
        late.add_container("proxy", EQUAL).unwrap_err().code,
        "not-allowed"
    );
}

#[test]
fn a_named_repository_stands_beside_wider_lines() {
    for wider in [
        "image:*",
        "image:otel",
        "sidecars",
        "json:/containerDefinitions/otel",
        "json:/*",
    ] {
        let mut draft = draft(&["sidecar:otel=acme/otel", wider]);
        let failure = draft
            .add_container("otel", r#"{ "image": "evil" }"#)
            .unwrap_err();
        assert_eq!(failure.code, "not-allowed", "{wider}");
        draft
            .add_container("otel", r#"{ "image": "acme/otel:1" }"#)
            .unwrap();
        assert!(draft.set_image("otel", "evil").is_err(), "{wider}");
    }
}

#[test]
fn sidecars_lets_containers_be_added_that_act_in_themselves() {
    let allow = &["sidecars"];
    let mut one = draft(allow);
    one.add_container(
        "otel",
        r#"{ "image": "any/otel", "essential": false, "command": ["x"], "memory": 64 }"#,
    )
    .unwrap();
    one.set_env("otel", "NODE_OPTIONS", "-r x").unwrap();
    one.set_dependency("otel", "app", "START").unwrap();
    for member in [
        "privileged",
        "mountPoints",
        "volumesFrom",
        "linuxParameters",
        "portMappings",
        "secrets",
        "environmentFiles",
        "logConfiguration",
        "firelensConfiguration",
        "credentialSpecs",
        "dockerSecurityOptions",
        "repositoryCredentials",
        "systemControls",
        "tomorrow",
    ] {
        let place = format!("/containerDefinitions/otel/{member}/x");
        assert_eq!(
            one.set_json(&place, "true").unwrap_err().code,
            "not-allowed",
            "{member}"
        );
        assert_eq!(
            one.remove(&format!("/containerDefinitions/otel/{member}"))
                .unwrap_err()
                .code,
            "not-allowed"
        );
    }
    assert!(one.set_image("app", "evil").is_err() && one.set_env("app", "A", "2").is_err());
    assert!(one.set_dependency("app", "otel", "START").is_err());
}

#[test]
fn a_secret_refers_to_what_was_granted_by_every_way() {
    let allow = &[
        "secrets:app:*",
        "json:/containerDefinitions/app/logConfiguration",
        "json:/containerDefinitions/app/repositoryCredentials",
        "json:/volumes",
        "json:/containerDefinitions/app/secrets",
    ];
    let calls: [(&str, &Refer); 6] = [
        ("set-secret", &|d, from| d.set_secret("app", "DB", from)),
        ("set-log-secret", &|d, from| {
            d.set_log_secret("app", "token", from)
        }),
        ("set-json", &|d, from| {
            d.set_json(
                "/containerDefinitions/app/secrets/DB/valueFrom",
                &json!(from).to_string(),
            )
        }),
        ("set-json", &|d, from| {
            d.set_json(
                "/containerDefinitions/app/secrets",
                &json!({ "DB": { "valueFrom": from } }).to_string(),
            )
        }),
        ("set-json", &|d, from| {
            d.set_json(
                "/containerDefinitions/app/repositoryCredentials",
                &json!({ "credentialsParameter": from }).to_string(),
            )
        }),
        ("add-volume", &|d, from| {
            let share = json!({ "authorizationConfig": { "credentialsParameter": from } });
            d.add_volume(
                "x",
                &json!({ "fsxWindowsFileServerVolumeConfiguration": share }).to_string(),
            )
        }),
    ];
    for (name, call) in calls {
        for from in [
            "/other/s",
            "/aws/reference/secretsmanager/other",
            "arn:aws:ssm:eu-west-1:222222222222:parameter/web/s",
            "arn:aws:secretsmanager:eu-west-1:111111111111:secret:web/db2-AbC123",
            "arn:aws:secretsmanager:us-east-1:111111111111:secret:web/db-AbC123",
            "",
        ] {
            let mut draft = draft(allow);
            let failure = call(&mut draft, from).unwrap_err();
            assert_eq!(failure.code, "not-granted", "{name} {from}");
            assert!(
                failure
                    .message
                    .starts_with(&format!("`ci` may not `{name}` to ")),
                "{failure:?}"
            );
            assert_eq!(draft.document(), template().value());
        }
        call(&mut draft(allow), "/web/s").unwrap();
        call(
            &mut draft(allow),
            "arn:aws:secretsmanager:eu-west-1:111111111111:secret:web/db-AbC123:k::",
        )
        .unwrap();
    }
    let failure = draft(allow).set_json(
        "/containerDefinitions/app/secrets/DB/valueFrom",
        "[\"/web/s\"]",
    );
    assert_eq!(failure.unwrap_err().code, "invalid");
}

#[test]
fn a_secret_over_a_plain_variable_needs_both_lines() {
    let mut one = draft(&["secrets:app:A"]);
    let failure = one.set_secret("app", "A", "/web/s").unwrap_err();
    assert_eq!(
        failure.hint.unwrap(),
        "to allow it, give `ci` `allow = [\"env:app:A\"]`"
    );
    draft(&["secrets:app:A", "env:app:A"])
        .set_secret("app", "A", "/web/s")
        .unwrap();
    // And the other way round it is refused, however much is allowed.
    let mut plain = draft(&["json:/*", "env:app:S", "secrets:app:S"]);
    assert_eq!(plain.set_env("app", "S", "x").unwrap_err().code, "exists");
}

#[test]
fn override_widens_nothing() {
    let mut draft = Session::new(template(), "web").draft(Scope {
        overrides: vec!["*".to_owned(), "json:".to_owned(), "env:app:A".to_owned()],
        ..scope("ci", &[])
    });
    assert_eq!(
        draft.set_env("app", "A", "2").unwrap_err().code,
        "not-allowed"
    );
}

#[test]
fn a_list_with_a_name_that_loads_code_goes_only_if_that_is_named() {
    let list = "json:/containerDefinitions/app/environment";
    let failure = draft(&[list])
        .remove("/containerDefinitions/app/environment")
        .unwrap_err();
    assert_eq!(
        failure.hint.unwrap(),
        "to allow it, give `ci` `allow = [\"json:/containerDefinitions/app/environment\",\"env:app:PATH\"]`"
    );
    draft(&[list, "env:app:PATH"])
        .remove("/containerDefinitions/app/environment")
        .unwrap();
}

#[test]
fn a_hint_lists_no_more_lines_than_anybody_reads() {
    let labels = (0..5000).map(|n| (n.to_string(), json!("x")));
    let labels = Value::Object(labels.collect()).to_string();
    let failure = draft(&[]).set_json("/containerDefinitions/app/dockerLabels", &labels);
    let hint = failure.unwrap_err().hint.unwrap();
    assert_eq!(hint.matches("labels:app:").count(), 20);
    assert!(hint.ends_with(", and lines for 4980 more places"), "{hint}");
}

#[test]
fn a_cap_names_the_lines_above_it() {
    let allow = Allow::parse(["tags:*", "env:app:A", "env:app:*", "image:app"]).unwrap();
    let above = |most| allow.above(most).map(Rule::to_string).collect::<Vec<_>>();
    assert_eq!(
        above(Level::Metadata),
        ["env:app:A", "env:app:*", "image:app"]
    );
    assert_eq!(above(Level::Influence), ["env:app:*", "image:app"]);
    assert!(above(Level::Code).is_empty());
}

proptest! {
    /// Whatever is called in whatever order: what changed is at places below level code, or
    /// the one sidecar with an image of its repository.
    #[test]
    fn nothing_of_level_code_changes(
        calls in proptest::collection::vec((0..12_usize, "(app|proxy|otel|evil)", "(A|PATH|LD_X|OTEL_A|x/y|~|\\*)", "(acme/otel:1|evil|/web/s|/other)"), 0..16)
    ) {
        let mut draft = draft(&["labels:*:*", "tags:*", "env:*:*", "secrets:*:*", "sidecar:otel=acme/otel", "sidecar:proxy=acme/otel"]);
        for (call, container, name, value) in calls {
            let at = Address::container(&container);
            let _ = match call {
                0 => draft.set_env(&container, &name, &value),
                1 => draft.unset_env(&container, &name),
                2 => draft.set_secret(&container, &name, &value),
                3 => draft.unset_secret(&container, &name),
                4 => draft.add_container(&container, &json!({ "image": value }).to_string()),
                5 => draft.remove_container(&container),
                6 => draft.set_image(&container, &value),
                7 => draft.set_json(&at.child("environment").child(name).to_string(), &json!({ "value": value }).to_string()),
                8 => draft.set_json(&at.to_string(), &json!({ name: value, "image": "evil" }).to_string()),
                9 => draft.remove(&at.child("environment").child(name).to_string()),
                10 => draft.set_label(&container, &name, &value),
                _ => draft.set_tag(&name, &value),
            };
        }
        let before = template();
        for container in ["app", "proxy"] {
            for member in ["image", "command", "healthCheck", "name"] {
                let place = Address::container(container).child(member);
                prop_assert_eq!(address::get(draft.document(), &place), address::get(before.value(), &place));
            }
        }
        let leaves = address::leaves(draft.document(), &Address::root());
        for (leaf, value) in leaves {
            let same = address::get(before.value(), &leaf) == Ok(Some(value));
            let own = leaf.is_within(&Address::container("otel"));
            let image = own && leaf.tokens().last().is_some_and(|last| last == "image");
            let empty = own && leaf.tokens().len() == 2 || value.as_array().is_some_and(Vec::is_empty);
            prop_assert!(same || empty || (image && value == "acme/otel:1") || level::of(&leaf) < Level::Code, "{} {}", leaf, value);
        }
        for (leaf, value) in address::leaves(before.value(), &Address::root()) {
            let same = address::get(draft.document(), &leaf) == Ok(Some(value));
            prop_assert!(same || level::of(&leaf) < Level::Code, "{} {}", leaf, value);
        }
    }
}
