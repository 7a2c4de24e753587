//! Lines of `allow`: what each lets through, and what a refusal offers.

use super::*;

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
