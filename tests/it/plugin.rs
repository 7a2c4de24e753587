//! Real components against the host: what they are served, refused and limited to.

mod limits;
mod refused;

use std::sync::Arc;
use std::time::Duration;

use acetate::error::{Error, ErrorKind};
use acetate::overlay::{Allow, Overlaid, Session};
use acetate::plugin::{
    self, EntryInput, Kind, Late, Limits, Lookups, NoLookups, Plugin, PluginError, PluginSource,
    Question, Replied, Reply, Runtime,
};
use acetate::task_definition::TaskDefinition;
use serde_json::{Value, json};

use crate::support::component::with_manifest;
use crate::support::guests::guest;

fn template() -> TaskDefinition {
    TaskDefinition::new(json!({
        "family": "infra",
        "containerDefinitions": [{ "name": "app", "image": "app:1" }],
    }))
    .expect("it is an object")
}

fn entry(id: &str, config: Value) -> EntryInput {
    EntryInput {
        id: id.to_owned(),
        config,
        allow: Allow::parse(["env:app:*"]).expect("these are places"),
        ..EntryInput::default()
    }
}

fn runtime() -> Runtime {
    Runtime::new().expect("wasmtime runs here")
}

fn load(name: &'static str) -> Option<Plugin> {
    let source = PluginSource::Component {
        name: name.to_owned(),
        bytes: guest(name)?,
    };
    Some(plugin::load(&runtime(), source, &Limits::default()).expect("it is a plugin"))
}

fn run(
    plugin: &Plugin,
    session: &mut Session,
    entry: &EntryInput,
    limits: &Limits,
) -> Result<Vec<String>, Error> {
    let report = plugin::run_overlay(plugin, session, entry, Arc::new(NoLookups), limits)?;
    Ok(report
        .traced
        .into_iter()
        .map(|traced| traced.message)
        .collect())
}

/// Runs the guest `overlay` once; what it traced and what came of it.
fn deed(config: Value, limits: &Limits) -> Option<(Result<Vec<String>, Error>, Overlaid)> {
    let plugin = load("overlay")?;
    let mut session = Session::new(template(), "web");
    let result = run(&plugin, &mut session, &entry("ci", config), limits);
    Some((result, session.finish()))
}

fn variables(overlaid: &Overlaid) -> Value {
    overlaid
        .definition
        .container("app")
        .expect("it has that container")
        .get("environment")
        .cloned()
        .unwrap_or_default()
}

#[test]
fn an_overlay_edits_and_nothing_else_changes() {
    let Some((result, overlaid)) = deed(
        json!({ "do": "env", "name": "LEVEL", "value": "debug" }),
        &Limits::default(),
    ) else {
        return;
    };
    result.unwrap();
    assert_eq!(
        variables(&overlaid),
        json!([{ "name": "LEVEL", "value": "debug" }])
    );
    assert_eq!(overlaid.edits.len(), 1);
    assert_eq!(overlaid.edits[0].entry, "ci");
}

#[test]
fn an_overlay_reads_what_it_is_given() {
    let Some(plugin) = load("overlay") else {
        return;
    };
    let input = EntryInput {
        inputs: [("image".to_owned(), "app:2".to_owned())].into(),
        target: [("service".to_owned(), "web".to_owned())].into(),
        ..entry("ci", json!({ "do": "read" }))
    };
    let mut session = Session::new(template(), "web");
    let traced = run(&plugin, &mut session, &input, &Limits::default()).unwrap();
    insta::assert_snapshot!(traced.join("\n"), @r#"
    family web
    image Some("app:1")
    environment 0
    secrets 0
    volumes [] tags 0
    json Some("\"app:1\"")
    template Some("\"infra\"")
    origin Some("template")
    config {"do":"read"}
    service Some("web") none None
    input Some("app:2") None
    "#);
}

#[test]
fn a_crash_tells_the_last_words_and_the_function() {
    let Some((result, _)) = deed(json!({ "do": "panic" }), &Limits::default()) else {
        return;
    };
    let told = result.unwrap_err().to_string();
    assert!(
        told.contains("crashed: wasm trap: wasm `unreachable` instruction executed"),
        "{told}"
    );
    assert!(told.contains("the plugin's own words"), "{told}");
    assert!(
        told.contains("in acetate:plugin/overlay@0.1.0#apply"),
        "{told}"
    );
    assert!(told.contains("(sha256:"), "{told}");
}

#[test]
fn a_failure_or_a_reported_error_applies_nothing() {
    let Some((gave_up, overlaid)) = deed(json!({ "do": "give-up" }), &Limits::default()) else {
        return;
    };
    assert_eq!(overlaid.definition, template());
    insta::assert_snapshot!(gave_up.unwrap_err(), @"`ci` gave up: half of it is done");

    let (reported, overlaid) = deed(json!({ "do": "report" }), &Limits::default()).unwrap();
    assert_eq!(overlaid.definition, template());
    let error = reported.unwrap_err();
    insta::assert_snapshot!(error, @r"
    `ci` reported an error
      this is wrong (`/containerDefinitions/app`)
    ");
    let source = error.source.downcast_ref::<PluginError>().unwrap();
    assert!(matches!(source, PluginError::Reported { diagnostics, .. } if diagnostics.len() == 2));

    let (both, _) = deed(json!({ "do": "report-and-give-up" }), &Limits::default()).unwrap();
    insta::assert_snapshot!(both.unwrap_err(), @r"
    `ci` reported errors
      this is wrong (`/containerDefinitions/app`)
      half of it is done
    ");
}

#[test]
fn a_refused_call_may_be_survived() {
    let Some((result, overlaid)) = deed(json!({ "do": "swallow" }), &Limits::default()) else {
        return;
    };
    assert_eq!(result.unwrap(), ["not-found", "invalid", "not-allowed"]);
    assert_eq!(
        variables(&overlaid),
        json!([{ "name": "AFTER", "value": "refusals" }])
    );
}

#[test]
fn a_second_plugin_in_conflict_is_refused_with_the_line_to_add() {
    let Some(plugin) = load("overlay") else {
        return;
    };
    let mut session = Session::new(template(), "web");
    let limits = Limits::default();
    let mut set = |id: &str, value: &str, overrides: &[&str]| {
        let config = json!({ "do": "env", "name": "LEVEL", "value": value });
        let overrides = overrides.iter().map(|text| (*text).to_owned()).collect();
        run(
            &plugin,
            &mut session,
            &EntryInput {
                overrides,
                ..entry(id, config)
            },
            &limits,
        )
    };
    set("one", "info", &[]).unwrap();
    set("same", "info", &[]).unwrap();
    let conflict = set("two", "debug", &[]).unwrap_err();
    assert_eq!(conflict.kind, ErrorKind::Refused);
    insta::assert_snapshot!(conflict, @"`two` gave up: `two` sets `/containerDefinitions/app/environment/LEVEL/value`, but `one` set it (`/containerDefinitions/app/environment/LEVEL/value`)");
    assert_eq!(
        conflict.hints,
        [r#"to let `two` win, give it `override = ["env:app:LEVEL"]`"#]
    );
    set("two", "debug", &["env:app:LEVEL"]).unwrap();
    let overlaid = session.finish();
    assert_eq!(
        variables(&overlaid),
        json!([{ "name": "LEVEL", "value": "debug" }])
    );
    assert_eq!(overlaid.overridden.len(), 1);
}

#[test]
fn a_policy_judges_and_changes_nothing() {
    let Some(plugin) = load("policy") else { return };
    assert_eq!(plugin.kind, Kind::Policy);
    let overlaid = Session::new(template(), "web").finish();
    let judge = |image: &str| {
        let document = TaskDefinition::new(json!({
            "family": "web",
            "containerDefinitions": [{ "name": "app", "image": image }],
        }))
        .unwrap();
        let input = entry("pinned", json!({}));
        plugin::run_policy(
            &plugin,
            &overlaid,
            &document,
            &input,
            Arc::new(NoLookups),
            &Limits::default(),
        )
    };
    let passed = judge("app@sha256:0").unwrap();
    assert_eq!(passed.traced[0].message, "a policy changes nothing");
    let refused = judge("app:1").unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Refused);
    insta::assert_snapshot!(refused, @r"
    `pinned` reported an error
      the image is not pinned (`/containerDefinitions/app/image`)
    ");
}

#[test]
fn a_policy_is_no_overlay() {
    let Some(plugin) = load("policy") else { return };
    let mut session = Session::new(template(), "web");
    let error = run(
        &plugin,
        &mut session,
        &entry("ci", json!({})),
        &Limits::default(),
    )
    .unwrap_err();
    insta::assert_snapshot!(error, @"`policy` is no overlay");
}

#[test]
fn edits_before_apply_are_refused() {
    let Some(plugin) = load("early") else { return };
    let mut session = Session::new(template(), "web");
    let traced = run(
        &plugin,
        &mut session,
        &entry("ci", json!({})),
        &Limits::default(),
    )
    .unwrap();
    assert_eq!(traced, ["edits are made in `apply`, not before it"]);
    assert_eq!(
        variables(session.overlaid()),
        json!([{ "name": "LATE", "value": "1" }])
    );
}

#[test]
fn a_plugin_of_a_newer_kit_loads_and_is_refused_what_is_not_served() {
    let Some(plugin) = load("newer") else { return };
    let mut session = Session::new(template(), "web");
    run(
        &plugin,
        &mut session,
        &entry("ci", json!({})),
        &Limits::default(),
    )
    .unwrap();
    assert_eq!(
        variables(session.overlaid()),
        json!([{ "name": "WEATHER", "value": "not-served" }, { "name": "MOON", "value": "not-served" }])
    );
}

/// A world of a few parameters and one file.
struct Small;

impl Lookups for Small {
    fn ask(&self, question: &Question, _: Duration) -> Result<Replied, Late> {
        Ok(match question {
            Question::ParameterNames(prefix) => {
                let all = ["/web/a", "/web/b", "/web/c", "/web/d"].map(str::to_owned);
                let found = all.into_iter().filter(|name| name.starts_with(prefix));
                Ok(Reply::List(found.collect()))
            }
            Question::FileRead(_) => Ok(Reply::Bytes(b"A=1".to_vec())),
            _ => Ok(Reply::Absent),
        })
    }
}

#[test]
fn lookups_are_served_as_far_as_they_are_granted() {
    let Some(plugin) = load("overlay") else {
        return;
    };
    let look_up = |grant: Value, builtin: bool| {
        let input = EntryInput {
            grant,
            builtin,
            ..entry("ci", json!({ "do": "look-up" }))
        };
        let mut session = Session::new(template(), "web");
        plugin::run_overlay(
            &plugin,
            &mut session,
            &input,
            Arc::new(Small),
            &Limits::default(),
        )
        .map(|report| {
            report
                .traced
                .into_iter()
                .map(|traced| traced.message)
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(
        look_up(Value::Null, true).unwrap(),
        ["/web/a /web/b", "A=1"]
    );
    let granted = json!({ "parameters": ["/web/b", "/web/d", "/other"], "files": ["*.env"] });
    assert_eq!(look_up(granted, false).unwrap(), ["/web/b /web/d", "A=1"]);
    for (grant, line) in [
        (json!({}), r#"grant = { parameters = ["/web/*"] }"#),
        (
            json!({ "parameters": true, "files": ["b.env"] }),
            r#"grant = { parameters = true, files = ["b.env", "a.env"] }"#,
        ),
    ] {
        let refused = look_up(grant, false).unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Refused);
        assert!(refused.hints[0].contains(line), "{:?}", refused.hints);
    }
}

#[test]
fn what_the_manifest_does_not_ask_for_is_not_served() {
    let Some(overlay) = guest("overlay") else {
        return;
    };
    let manifest = "name = 'x'\nversion = '1.2.3'\nkind = 'overlay'\ninterface = '0.1.0'\n";
    let source = PluginSource::Component {
        name: "p".to_owned(),
        bytes: with_manifest(overlay, manifest),
    };
    let plugin = plugin::load(&Runtime::new().unwrap(), source, &Limits::default()).unwrap();
    let input = EntryInput {
        builtin: true,
        ..entry("ci", json!({ "do": "look-up" }))
    };
    let mut session = Session::new(template(), "web");
    let error = plugin::run_overlay(
        &plugin,
        &mut session,
        &input,
        Arc::new(Small),
        &Limits::default(),
    )
    .unwrap_err();
    insta::assert_snapshot!(error, @"`ci` gave up: the plugin's manifest does not ask for `parameters`");
}

#[test]
fn the_built_in_plugin_is_compiled_already_and_loads_in_a_moment() {
    let runtime = Runtime::new().unwrap();
    let source = PluginSource::Builtin("standard".to_owned());
    let plugin = plugin::load(&runtime, source, &Limits::default()).unwrap();
    assert_eq!(
        (plugin.name.as_str(), plugin.kind),
        ("standard", Kind::Overlay)
    );
    assert!(plugin.empty_wasi.is_empty() && plugin.diagnostics.is_empty());
    let mut session = Session::new(template(), "web");
    let input = EntryInput {
        builtin: true,
        ..entry("standard", json!({}))
    };
    run(&plugin, &mut session, &input, &Limits::default()).unwrap();
    assert_eq!(
        session.finish().definition.to_bytes(),
        template().to_bytes()
    );
}
