//! Sidecars: whose they are, and what may be done to them.

use super::*;

fn otel(image: &str) -> String {
    json!({ "image": image }).to_string()
}

/// What an entry may not do to the sidecar that it may add: `otel`, from `acme/otel`.
const REFUSED: &[(&str, &Call)] = &[
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

#[test]
fn a_sidecar_is_of_its_name_and_repository() {
    let allow = &["sidecar:otel=acme/otel"];
    for (what, call) in REFUSED {
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
