//! Tests of [`super`].

use serde_json::json;

use super::*;

fn entry(grant: Value) -> EntryInput {
    EntryInput {
        id: "ci".to_owned(),
        grant,
        ..EntryInput::default()
    }
}

fn named(patterns: &[&str]) -> Grant {
    Grant::Named(patterns.iter().map(|text| (*text).to_owned()).collect())
}

/// One question of each kind, about something that nobody was granted.
fn all() -> [(Question, &'static str); 10] {
    [
        (
            Question::ParameterNames("/web/".into()),
            r#"parameters = ["/web/*"]"#,
        ),
        (
            Question::ParameterArn("/web/a".into()),
            r#"parameters = ["/web/a"]"#,
        ),
        (
            Question::ParameterKind("/web/a".into()),
            r#"parameters = ["/web/a"]"#,
        ),
        (
            Question::ParameterValue("/web/a".into()),
            r#"parameter-values = ["/web/a"]"#,
        ),
        (
            Question::SecretNames(String::new()),
            r#"secret-names = ["*"]"#,
        ),
        (Question::SecretArn("db".into()), r#"secret-names = ["db"]"#),
        (Question::SecretKeys("db".into()), r#"secret-keys = ["db"]"#),
        (
            Question::ImageDigest("ghcr.io/acme/app:1".into()),
            r#"images = ["ghcr.io/acme/app"]"#,
        ),
        (
            Question::FileEntries("config/".into()),
            r#"files = ["config/*"]"#,
        ),
        (Question::FileRead("a.env".into()), r#"files = ["a.env"]"#),
    ]
}

#[test]
fn what_was_not_granted_is_refused_with_the_line_to_add() {
    for (question, line) in all() {
        let (capability, _) = question.parts();
        for none in [
            json!({}),
            json!({ capability: false }),
            json!({ capability: "*" }),
            json!({ capability: { "*": true } }),
            json!({ capability: 1 }),
            Value::Null,
        ] {
            let failure = grant(&entry(none), None, &question).unwrap_err();
            assert_eq!(failure.code, "not-granted");
            let hint = failure.hint.unwrap();
            assert!(
                hint.starts_with("to grant it, give `ci` `grant = { "),
                "{hint}"
            );
            assert!(hint.contains(line), "{hint}");
        }
    }
}

#[test]
fn the_line_to_add_covers_what_was_asked_and_keeps_what_was_granted() {
    for (question, _) in all() {
        let before = entry(json!({ "files": ["x.env"], "secret-keys": true, "images": ["a.b/c"] }));
        let hint = not_granted(&before, &question).hint.unwrap();
        let line = hint.split('`').nth(3).unwrap();
        let parsed: toml::Table = line.parse().unwrap();
        let after = serde_json::to_value(&parsed["grant"]).unwrap();
        let granted = grant(&entry(after.clone()), None, &question).unwrap();
        match question.parts() {
            (_, prefix)
                if question.shape() == super::super::lookups::Shape::List
                    && !matches!(question, Question::SecretKeys(_)) =>
            {
                assert!(granted.covers_name(&format!("{prefix}x")), "{line}");
            }
            _ => assert!(granted.covers(&question), "{line}"),
        }
        let files = after["files"].as_array().unwrap();
        assert!(files.contains(&json!("x.env")), "{line}");
    }
}

#[test]
fn a_grant_covers_what_its_patterns_name_and_nothing_beside() {
    let file = |path: &str| Question::FileRead(path.to_owned());
    let granted = grant(&entry(json!({ "files": ["env/*.env"] })), None, &file("x")).unwrap();
    for (path, covered) in [
        ("env/a.env", true),
        ("env/sub/a.env", true),
        ("env/.env", true),
        ("env/a.env.bak", false),
        ("other/env/a.env", false),
        ("ENV/a.env", false),
        ("env/a.ENV", false),
        ("env/a.env/", false),
    ] {
        assert_eq!(granted.covers(&file(path)), covered, "{path}");
    }
    assert!(!named(&["/web/a"]).covers_name("/web/a/b"));
    assert!(!named(&["/web/a"]).covers_name("/web/ab"));
    assert!(!named(&[]).covers_name("") && !named(&[""]).covers_name("a"));
    let builtin = EntryInput {
        builtin: true,
        ..entry(Value::Null)
    };
    assert_eq!(grant(&builtin, None, &file("x")), Ok(Grant::All));
}

#[test]
fn an_arn_is_covered_by_a_pattern_that_is_an_arn() {
    let arn = "arn:aws:ssm:eu-west-1:222222222222:parameter/web/a";
    let question = Question::ParameterArn(arn.to_owned());
    for (patterns, covered) in [
        (json!(true), false),
        (json!(["*"]), false),
        (json!(["*/web/a"]), false),
        (json!(["a*"]), false),
        (
            json!(["arn:aws:ssm:eu-west-1:111111111111:parameter/web/*"]),
            false,
        ),
        (
            json!(["arn:aws:ssm:eu-west-1:222222222222:parameter/web/*"]),
            true,
        ),
    ] {
        let granted = grant(&entry(json!({ "parameters": patterns })), None, &question);
        assert_eq!(granted.unwrap().covers(&question), covered, "{patterns}");
    }
}

#[test]
fn registry_and_repository_are_matched_apart() {
    for (pattern, image, covered) in [
        ("ghcr.io/acme/app", "ghcr.io/acme/app:1", true),
        ("ghcr.io/acme/app", "ghcr.io/acme/app@sha256:0", true),
        ("GHCR.io/acme/app", "ghcr.io/acme/app:1", true),
        ("ghcr.io/acme/*", "ghcr.io/acme/a/b:1", true),
        ("ghcr.io/acme/*", "ghcr.io/acmes/a:1", false),
        ("ghcr.io/acme/app", "ghcr.io/acme/app2:1", false),
        ("ghcr.io/acme/app", "ghcr.io:444/acme/app:1", false),
        ("*.example.com/app", "evil.com/x.example.com/app:1", false),
        ("*.example.com/app", "a.example.com/app:1", true),
        ("*.example.com/app", "a.example.com.evil.com/app:1", false),
        ("*/app", "evil.com/acme/app:1", false),
        ("*", "ghcr.io/acme/app:1", false),
        ("*/*", "ghcr.io/acme/app:1", true),
        ("r.io:5000/app", "r.io:5000/app:1", true),
        ("ghcr.io/acme/*:1", "ghcr.io/acme/app:1", false),
    ] {
        let covers = named(&[pattern]).covers(&Question::ImageDigest(image.to_owned()));
        assert_eq!(covers, covered, "{pattern} {image}");
    }
}

#[test]
fn lists_are_asked_for_as_narrowly_as_they_were_granted() {
    let narrowed = |patterns: &[&str], prefix: &str| named(patterns).narrowed(prefix);
    assert_eq!(Grant::All.narrowed("/web"), ["/web"]);
    assert_eq!(narrowed(&["/web/*", "/db/*"], ""), ["/db/", "/web/"]);
    assert_eq!(narrowed(&["/web/*", "/web/a"], "/"), ["/web/"]);
    assert_eq!(narrowed(&["/*", "/web/a"], "/web/"), ["/web/"]);
    assert_eq!(narrowed(&["/web/*"], "/web/a"), ["/web/a"]);
    assert_eq!(narrowed(&["/web"], "/web/a"), Vec::<String>::new());
    assert_eq!(narrowed(&["/db/*"], "/web/"), Vec::<String>::new());
    assert_eq!(narrowed(&["arn:aws:ssm:*"], ""), Vec::<String>::new());
}

#[test]
fn who_reads_and_asks_strangers_is_warned_about() {
    let ecr = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/*";
    for (granted, warned) in [
        (json!({ "images": ["ghcr.io/*"], "files": ["*"] }), true),
        (json!({ "images": true, "parameter-values": ["/a"] }), true),
        (json!({ "images": [ecr, "ghcr.io/*"], "files": true }), true),
        (
            json!({ "images": ["*.amazonaws.com/x"], "files": true }),
            true,
        ),
        (
            json!({ "images": ["*.dkr.ecr.*.amazonaws.com/x"], "files": true }),
            true,
        ),
        (
            json!({ "images": ["x.amazonaws.com.evil.com/x"], "files": true }),
            true,
        ),
        (
            json!({ "images": [ecr, "public.ecr.aws/*"], "files": true }),
            false,
        ),
        (
            json!({ "images": ["ghcr.io/*"], "parameters": true }),
            false,
        ),
        (json!({ "images": ["ghcr.io/*"], "files": [] }), false),
        (json!({ "images": false, "files": true }), false),
        (json!({ "files": true }), false),
    ] {
        assert_eq!(carries_out("ci", &granted).is_some(), warned, "{granted}");
    }
}

#[test]
fn what_is_fetched_early_is_what_may_be_asked_for() {
    let of = |grant: Value, wanted: Wanted| granted(&entry(grant), None, wanted);
    let (one, below, secret) = (
        Wanted::Parameter("/web/a".into()),
        Wanted::ParametersBelow("/".into()),
        Wanted::Secret("db".into()),
    );
    for wanted in [&one, &below, &secret] {
        assert_eq!(of(json!({}), wanted.clone()), []);
    }
    assert_eq!(
        of(json!({ "parameter-values": ["/web/*"] }), one.clone()),
        [one]
    );
    assert_eq!(
        of(json!({ "parameters": ["/web/*", "/db/x"] }), below),
        [
            Wanted::ParametersBelow("/db/x".into()),
            Wanted::ParametersBelow("/web/".into())
        ]
    );
    assert_eq!(
        of(json!({ "secret-names": ["db"] }), secret.clone()),
        [secret]
    );
    assert_eq!(
        of(
            json!({ "parameters": true }),
            Wanted::Parameter("/web/a:3".into())
        ),
        []
    );
}
