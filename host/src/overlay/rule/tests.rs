//! Tests of the written forms.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn rule(text: &str) -> Rule {
    text.parse().unwrap()
}

fn at(text: &str) -> Address {
    text.parse().unwrap()
}

#[test]
fn a_form_that_is_none_is_told_with_the_nearest() {
    let told: Vec<String> = [
        "evn:app:LOG_LEVEL",
        "env:LOG_LEVEL",
        "env::X",
        "env:app:",
        "sidecar:otel",
        "sidecar:=otel",
        "sidecar:otel=",
        "sidecar:otel=acme/otel:1.2",
        "sidecar:otel=acme/*",
        "sidecar:*=acme/otel",
        "sidecars:otel",
        "image:",
        "image:app:1",
        "healthcheck:app",
        "/cpu",
        "json:cpu",
        "json:",
        "json:/",
        "json:/a~2",
        "labels:app",
        "tags:",
        "*",
        "",
    ]
    .into_iter()
    .map(|text| {
        let error = text.parse::<Rule>().unwrap_err();
        format!("{} | {}", error.message, error.hint)
    })
    .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn each_form_has_its_level() {
    for (text, level) in [
        ("labels:app:com.acme.*", Level::Metadata),
        ("tags:*", Level::Metadata),
        ("env:app:OTEL_*", Level::Influence),
        ("secrets:app:DB_*", Level::Influence),
        ("env:app:*", Level::Code),
        ("env:app:**", Level::Code),
        ("env:app:LD_PRELOAD", Level::Code),
        ("secrets:*:*", Level::Code),
        ("image:app", Level::Code),
        ("sidecar:otel=acme/otel", Level::Code),
        ("sidecars", Level::Code),
        ("health-check:app", Level::Code),
        ("json:/tags", Level::Metadata),
        ("json:/cpu", Level::Code),
        ("json:/tomorrow", Level::Code),
    ] {
        assert_eq!(rule(text).level(), level, "{text}");
        assert_eq!(rule(text).to_string(), text);
    }
}

#[test]
fn an_image_is_of_its_repository_and_no_other() {
    let hex = "0".repeat(64);
    for (image, taken) in [
        ("acme/otel".to_owned(), true),
        ("acme/otel:1.2".to_owned(), true),
        (format!("acme/otel@sha256:{hex}"), true),
        (format!("acme/otel:1.2@sha256:{hex}"), true),
        ("acme/otel-evil:1".to_owned(), false),
        ("acme/otel/evil:1".to_owned(), false),
        ("acme/otel:1/evil".to_owned(), false),
        ("acme/otel:".to_owned(), false),
        ("acme/otel:5000/evil:1".to_owned(), false),
        ("acme/otel@evil".to_owned(), false),
        (format!("acme/otel@sha256:{hex}/evil"), false),
        ("acme/otel:1 evil".to_owned(), false),
        ("acme/otel:1\nevil".to_owned(), false),
        ("ACME/otel:1".to_owned(), false),
        ("evil/acme/otel:1".to_owned(), false),
        (String::new(), false),
    ] {
        let taken_now = rule("sidecar:otel=acme/otel").takes(&json!(image.clone()));
        assert_eq!(taken_now, taken, "{image}");
    }
    assert!(!rule("sidecar:otel=acme/otel").takes(&json!(["acme/otel"])));
    assert!(rule("sidecar:r=localhost:5000/r").takes(&json!("localhost:5000/r:1")));
}

#[test]
fn a_name_that_loads_code_is_named_by_itself_alone() {
    for pattern in ["*", "LD_*", "LD_PRELOAD*", "*LD_PRELOAD", "ld_preload"] {
        for kind in ["env", "secrets"] {
            let list = if kind == "env" {
                "environment"
            } else {
                "secrets"
            };
            let place = at(&format!("/containerDefinitions/app/{list}/LD_PRELOAD"));
            assert!(!rule(&format!("{kind}:app:{pattern}")).covers(&place, false));
            assert!(rule(&format!("{kind}:app:LD_PRELOAD")).covers(&place, false));
            assert!(rule(&format!("{kind}:*:LD_PRELOAD")).covers(&place, false));
        }
    }
    let place = at("/containerDefinitions/app/environment/LD_PRELOAD/value");
    for pattern in [
        "/*",
        "/containerDefinitions",
        "/containerDefinitions/app",
        "/containerDefinitions/app/environment",
        "/containerDefinitions/app/environment/*",
    ] {
        assert!(
            !rule(&format!("json:{pattern}")).covers(&place, false),
            "{pattern}"
        );
    }
    assert!(rule("json:/containerDefinitions/app/environment/LD_PRELOAD").covers(&place, false));
}

proptest! {
    /// No line of a lower level lets a place of a higher one be edited, wherever that is.
    #[test]
    fn a_rule_covers_nothing_above_its_level(
        kind in 0..6_usize,
        pattern in "[A-Za-z_*]{1,6}",
        tokens in proptest::collection::vec("(containerDefinitions|tags|app|environment|secrets|dockerLabels|value|valueFrom|name|image|LD_PRELOAD|A|a/b|~|)", 0..7),
        own in any::<bool>(),
    ) {
        let text = [
            format!("labels:{pattern}:{pattern}"),
            format!("tags:{pattern}"),
            format!("env:{pattern}:{pattern}"),
            format!("secrets:*:{pattern}"),
            format!("json:/containerDefinitions/*/{pattern}"),
            format!("json:/tags/{pattern}"),
        ][kind].clone();
        let rule = rule(&text);
        let address = tokens.iter().fold(Address::root(), |at, token| at.child(token.as_str()));
        if rule.covers(&address, own) {
            prop_assert!(level::of(&address) <= rule.level(), "{} {}", rule, address);
        }
    }
}
