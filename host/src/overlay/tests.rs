//! Tests of the session, the draft and its calls.

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

type First = dyn Fn(&mut Draft);
type Call = dyn Fn(&mut Draft) -> Result<(), crate::edit::Failure>;

fn template() -> TaskDefinition {
    TaskDefinition::new(json!({
        "family": "infra",
        "unknownMember": serde_json::from_str::<Value>("1.50").unwrap(),
        "containerDefinitions": [{
            "name": "app",
            "image": "app:1",
            "environment": [{ "name": "A", "value": "1" }],
            "secrets": [{ "name": "S", "valueFrom": "arn:s" }],
            "dependsOn": [],
        }],
        "volumes": [{ "name": "data", "host": { "sourcePath": "/d" } }],
    }))
    .unwrap()
}

fn scope(entry: &str) -> Scope {
    Scope {
        entry: entry.to_owned(),
        builtin: true,
        ..Scope::default()
    }
}

fn draft(entry: &str) -> Draft {
    Session::new(template(), "web").draft(scope(entry))
}

/// Two entries, one after the other.
fn two(first: impl Fn(&mut Draft), overrides: &[&str], second: impl Fn(&mut Draft)) -> Overlaid {
    let mut session = Session::new(template(), "web");
    let mut one = session.draft(scope("one"));
    first(&mut one);
    session.accept(one, Vec::new());
    let overrides = overrides.iter().map(|text| (*text).to_owned()).collect();
    let mut two = session.draft(Scope {
        overrides,
        ..scope("two")
    });
    second(&mut two);
    session.accept(two, Vec::new());
    session.finish()
}

fn edits(overlaid: &Overlaid) -> Vec<String> {
    let text = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
    overlaid
        .edits
        .iter()
        .map(|edit| {
            format!(
                "{} {} {} -> {}",
                edit.entry,
                edit.address,
                text(&edit.old),
                text(&edit.new)
            )
        })
        .collect()
}

#[test]
fn a_session_without_edits_is_the_identity() {
    let session = Session::new(template(), "web");
    let overlaid = session.finish();
    assert_eq!(overlaid.definition.to_bytes(), template().to_bytes());
}

#[test]
fn every_call_becomes_edits_in_order() {
    let mut session = Session::new(template(), "web");
    let mut draft = session.draft(scope("ci"));
    draft.set_image("app", "app:2").unwrap();
    draft.set_env("app", "A", "1").unwrap();
    draft.set_env("app", "B", "2").unwrap();
    draft.unset_env("app", "A").unwrap();
    draft.set_secret("app", "B", "arn:b").unwrap();
    draft.unset_secret("app", "S").unwrap();
    draft
        .add_container("otel", r#"{ "name": "otel", "image": "otel:1" }"#)
        .unwrap();
    draft.set_dependency("app", "otel", "START").unwrap();
    draft.set_log_driver("app", "awslogs").unwrap();
    draft
        .set_log_option("app", "awslogs-group", "/web")
        .unwrap();
    draft.set_log_secret("app", "key", "arn:k").unwrap();
    draft
        .set_health_check(
            "app",
            &["CMD".into(), "true".into()],
            HealthTimes {
                interval: 5,
                ..Default::default()
            },
        )
        .unwrap();
    draft.add_volume("tmp", "{}").unwrap();
    draft.add_mount("app", "tmp", "/tmp", true).unwrap();
    draft.set_label("app", "com.acme", "x").unwrap();
    draft.set_tag("team", "pay").unwrap();
    draft.set_json("/cpu", "\"256\"").unwrap();
    draft.remove("/volumes/data").unwrap();
    draft.remove_container("nobody").unwrap();
    session.accept(draft, Vec::new());
    insta::assert_snapshot!(edits(session.overlaid()).join("\n"), @r#"
ci /containerDefinitions/app/image "app:1" -> "app:2"
ci /containerDefinitions/app/environment/B/value - -> "2"
ci /containerDefinitions/app/environment/A {"name":"A","value":"1"} -> -
ci /containerDefinitions/app/environment/B {"name":"B","value":"2"} -> -
ci /containerDefinitions/app/secrets/B/valueFrom - -> "arn:b"
ci /containerDefinitions/app/secrets/S {"name":"S","valueFrom":"arn:s"} -> -
ci /containerDefinitions/otel - -> {"name":"otel"}
ci /containerDefinitions/otel/image - -> "otel:1"
ci /containerDefinitions/app/dependsOn/otel/condition - -> "START"
ci /containerDefinitions/app/logConfiguration/logDriver - -> "awslogs"
ci /containerDefinitions/app/logConfiguration/options/awslogs-group - -> "/web"
ci /containerDefinitions/app/logConfiguration/secretOptions/key/valueFrom - -> "arn:k"
ci /containerDefinitions/app/healthCheck/command - -> ["CMD","true"]
ci /containerDefinitions/app/healthCheck/interval - -> 5
ci /volumes/tmp - -> {"name":"tmp"}
ci /containerDefinitions/app/mountPoints/~1tmp - -> {"containerPath":"/tmp"}
ci /containerDefinitions/app/mountPoints/~1tmp/sourceVolume - -> "tmp"
ci /containerDefinitions/app/mountPoints/~1tmp/readOnly - -> true
ci /containerDefinitions/app/dockerLabels/com.acme - -> "x"
ci /tags/team/value - -> "pay"
ci /cpu - -> "256"
ci /volumes/data {"name":"data","host":{"sourcePath":"/d"}} -> -
"#);
    insta::assert_snapshot!(String::from_utf8(session.finish().definition.to_bytes()).unwrap(), @r#"{"family":"infra","unknownMember":1.50,"containerDefinitions":[{"name":"app","image":"app:2","environment":[],"secrets":[{"name":"B","valueFrom":"arn:b"}],"dependsOn":[{"containerName":"otel","condition":"START"}],"logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"/web"},"secretOptions":[{"name":"key","valueFrom":"arn:k"}]},"healthCheck":{"command":["CMD","true"],"interval":5},"mountPoints":[{"containerPath":"/tmp","sourceVolume":"tmp","readOnly":true}],"dockerLabels":{"com.acme":"x"}},{"name":"otel","image":"otel:1"}],"volumes":[{"name":"tmp"}],"tags":[{"key":"team","value":"pay"}],"cpu":"256"}"#);
}

#[test]
fn a_refused_call_records_nothing_and_says_why() {
    let refused: [(&str, &Call); 17] = [
        ("not-found", &|d| d.set_image("web", "x")),
        ("not-found", &|d| {
            d.set_json("/containerDefinitions/web/image", "\"x\"")
        }),
        ("not-found", &|d| {
            d.set_json(
                "",
                r#"{ "containerDefinitions": { "web": { "image": "x" } } }"#,
            )
        }),
        ("exists", &|d| d.set_env("app", "S", "plain")),
        ("exists", &|d| {
            d.set_json("/containerDefinitions/app/environment/S/value", "\"x\"")
        }),
        ("exists", &|d| {
            d.set_json("/containerDefinitions/app/secrets/A/valueFrom", "\"x\"")
        }),
        ("exists", &|d| {
            d.add_container("app", r#"{ "image": "app:2" }"#)
        }),
        ("exists", &|d| d.add_volume("data", "{}")),
        ("invalid", &|d| d.set_env("app", "", "x")),
        ("invalid", &|d| {
            d.set_json("/containerDefinitions/app/name", "\"web\"")
        }),
        ("invalid", &|d| {
            d.set_json("/containerDefinitions/app/environment", "[]")
        }),
        ("invalid", &|d| {
            d.set_json("/containerDefinitions/app/environment", "\"x\"")
        }),
        ("invalid", &|d| {
            d.set_json("/containerDefinitions/0/image", "\"x\"")
        }),
        ("invalid", &|d| {
            d.set_json("/runtimePlatform", r#"{ "cpuArchitecture": null }"#)
        }),
        ("invalid", &|d| d.set_json("/family", "\"other\"")),
        ("invalid", &|d| d.set_json("/cpu", "not json")),
        ("invalid", &|d| d.remove("")),
    ];
    for (number, (code, call)) in refused.iter().enumerate() {
        let mut draft = draft("ci");
        let failure = call(&mut draft).unwrap_err();
        assert_eq!(&failure.code, code, "case {number}: {failure:?}");
        assert_eq!(draft.document(), template().value(), "case {number}");
        assert_eq!(
            (draft.steps(), draft.state.claims.iter().count()),
            (0, 0),
            "case {number}"
        );
    }
}

#[test]
fn the_same_call_twice_is_one_edit() {
    let twice: [&dyn Fn(&mut Draft); 6] = [
        &|d| d.set_env("app", "B", "2").unwrap(),
        &|d| d.set_secret("app", "A", "arn:a").unwrap(),
        &|d| d.unset_env("app", "A").unwrap(),
        &|d| {
            d.add_container(
                "otel",
                r#"{ "image": "otel:1", "firelensConfiguration": { "type": "fluentbit" } }"#,
            )
            .unwrap()
        },
        &|d| d.add_mount("app", "data", "/data", false).unwrap(),
        &|d| {
            d.set_json("/runtimePlatform", r#"{ "cpuArchitecture": "ARM64" }"#)
                .unwrap()
        },
    ];
    for call in twice {
        let mut draft = draft("ci");
        call(&mut draft);
        let once = draft.state.clone();
        call(&mut draft);
        assert_eq!(draft.state, once);
    }
}

#[test]
fn a_container_may_grow_after_it_was_added() {
    let mut draft = draft("ci");
    let add = |draft: &mut Draft| draft.add_container("otel", r#"{ "image": "otel:1" }"#);
    add(&mut draft).unwrap();
    draft.set_env("otel", "X", "1").unwrap();
    draft.set_log_driver("otel", "awslogs").unwrap();
    add(&mut draft).unwrap();
    assert_eq!(
        draft
            .add_container("otel", r#"{ "image": "otel:2" }"#)
            .unwrap_err()
            .code,
        "exists"
    );
}

#[test]
fn an_equal_container_of_the_template_may_be_added() {
    let mut draft = draft("ci");
    draft
        .add_container("app", r#"{ "image": "app:1" }"#)
        .unwrap();
    assert!(draft.state.edits.is_empty());
    assert_eq!(
        origin(&draft.state, &Address::container("app").child("image")).unwrap(),
        "ci"
    );
}

#[test]
fn what_is_there_already_is_claimed_and_no_difference() {
    let overlaid = two(
        |one| one.set_env("app", "A", "1").unwrap(),
        &[],
        |two| {
            let failure = two.set_env("app", "A", "2").unwrap_err();
            assert_eq!(failure.code, "conflict");
            insta::assert_snapshot!(failure.message, @"`two` sets `/containerDefinitions/app/environment/A/value`, but `one` set it");
            insta::assert_snapshot!(failure.hint.unwrap(), @r#"to let `two` win, give it `override = ["env:app:A"]`"#);
        },
    );
    assert!(overlaid.edits.is_empty());
}

#[test]
fn conflicts_are_about_places_and_results() {
    let calls: [(&First, &Call, bool); 8] = [
        (
            &|d| d.set_env("app", "B", "1").unwrap(),
            &|d| d.set_env("app", "B", "1"),
            false,
        ),
        (
            &|d| d.set_env("app", "B", "1").unwrap(),
            &|d| d.unset_env("app", "B"),
            true,
        ),
        (
            &|d| d.set_env("app", "B", "1").unwrap(),
            &|d| d.set_secret("app", "B", "arn:b"),
            true,
        ),
        (
            &|d| d.set_env("app", "B", "1").unwrap(),
            &|d| d.remove_container("app"),
            true,
        ),
        (
            &|d| d.set_env("app", "B", "1").unwrap(),
            &|d| d.set_env("app", "C", "1"),
            false,
        ),
        (
            &|d| d.unset_env("app", "B").unwrap(),
            &|d| d.set_env("app", "B", "1"),
            true,
        ),
        (
            &|d| d.add_container("x", r#"{ "image": "x" }"#).unwrap(),
            &|d| d.set_label("x", "l", "1"),
            false,
        ),
        (
            &|d| d.add_container("x", r#"{ "image": "x" }"#).unwrap(),
            &|d| d.set_image("x", "y"),
            true,
        ),
    ];
    for (number, (first, second, conflict)) in calls.iter().enumerate() {
        two(first, &[], |two| {
            let before = two.state.clone();
            let result = second(two);
            assert_eq!(result.is_err(), *conflict, "case {number}: {result:?}");
            if *conflict {
                assert_eq!(two.state, before, "case {number}");
            }
        });
    }
}

#[test]
fn an_override_wins_and_is_told() {
    let overlaid = two(
        |one| one.set_env("app", "B", "1").unwrap(),
        &["env:app:B", "image:app"],
        |two| two.set_env("app", "B", "2").unwrap(),
    );
    assert_eq!(
        overlaid.overridden,
        [Overridden {
            by: "two".into(),
            over: "one".into(),
            address: "/containerDefinitions/app/environment/B/value"
                .parse()
                .unwrap(),
        }]
    );
    assert_eq!(overlaid.diagnostics.len(), 1);
    insta::assert_snapshot!(overlaid.diagnostics[0].message, @"`override` of `two` names `image:app`, where it overrides nobody");
}

#[test]
fn an_entry_may_overwrite_itself() {
    let mut draft = draft("ci");
    draft.set_env("app", "B", "1").unwrap();
    draft.set_env("app", "B", "2").unwrap();
    draft.unset_env("app", "B").unwrap();
    draft.set_secret("app", "B", "arn:b").unwrap();
    assert_eq!(draft.secrets("app").unwrap().last().unwrap().0, "B");
}

#[test]
fn a_draft_that_is_dropped_leaves_nothing() {
    let session = Session::new(template(), "web");
    let mut draft = session.draft(scope("ci"));
    draft.set_image("app", "other").unwrap();
    drop(draft);
    assert_eq!(session.finish().definition, template());
}

#[test]
fn reads_see_earlier_entries_and_ones_own() {
    two(
        |one| one.set_env("app", "B", "2").unwrap(),
        &[],
        |two| {
            two.set_env("app", "C", "3").unwrap();
            let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            assert_eq!(
                two.environment("app").unwrap(),
                [pair("A", "1"), pair("B", "2"), pair("C", "3")]
            );
            assert_eq!(
                two.json("/containerDefinitions/app/environment/C/value")
                    .unwrap()
                    .unwrap(),
                "\"3\""
            );
            assert_eq!(
                two.template_json("/containerDefinitions/app/environment/C")
                    .unwrap(),
                None
            );
            assert_eq!(two.json("/unknownMember").unwrap().unwrap(), "1.50");
            assert_eq!(
                (two.family(), two.containers(), two.volumes()),
                ("web", vec!["app".into()], vec!["data".into()])
            );
            for (address, who) in [
                (
                    "/containerDefinitions/app/environment/A/value",
                    Some("template"),
                ),
                ("/containerDefinitions/app/environment/B", Some("one")),
                ("/containerDefinitions/app/environment/C/value", Some("two")),
                ("/containerDefinitions/app", Some("template")),
                ("/cpu", None),
            ] {
                assert_eq!(two.origin(address).unwrap().as_deref(), who, "{address}");
            }
        },
    );
}

proptest! {
    /// Whatever is called, the log of edits leads from the template to the document.
    #[test]
    fn the_log_leads_from_template_to_document(
        calls in proptest::collection::vec((0..8_usize, "[A-C]", "[xyz]"), 0..24)
    ) {
        let mut draft = draft("ci");
        for (call, name, value) in calls {
            let _ = match call {
                0 => draft.set_env("app", &name, &value),
                1 => draft.unset_env("app", &name),
                2 => draft.set_secret("app", &name, &value),
                3 => draft.unset_secret("app", &name),
                4 => draft.add_container(&name, &json!({ "image": value }).to_string()),
                5 => draft.remove_container(&name),
                6 => draft.set_json(&format!("/volumes/{name}"), &json!({ "host": { "sourcePath": value } }).to_string()),
                _ => draft.remove(&format!("/volumes/{name}")),
            };
        }
        let mut replayed = template().into_value();
        for edit in &draft.state.edits {
            prop_assert_eq!(address::get(&replayed, &edit.address).unwrap(), edit.old.as_ref());
            match edit.new.clone() {
                Some(value) => { address::set(&mut replayed, &edit.address, value).unwrap(); }
                None => { address::remove(&mut replayed, &edit.address).unwrap(); }
            }
        }
        prop_assert_eq!(replayed.to_string(), draft.document().to_string());
        for (at, claim) in draft.state.claims.iter() {
            let stands = address::get(draft.document(), at).unwrap();
            prop_assert_eq!(stands.is_some(), claim.wants.is_some(), "{}", at);
        }
    }
}
