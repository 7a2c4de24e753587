//! The same edits, messages and errors as in this process: nobody can tell where a plugin ran.

use std::sync::Arc;
use std::time::Duration;

use acetate::overlay::Session;
use acetate::plugin::{self, Limits, NoLookups, Runtime};
use serde_json::{Value, json};

use super::{Apart, entry, load, see, template};
use crate::support::guests::guest;

/// Guests with what they are told to do. Of what runs into a limit on work, each compiler counts
/// its own way; that it is named is tested elsewhere.
const DEEDS: &[(&str, &[&str])] = &[
    (
        "overlay",
        &[
            "read",
            "look-up",
            "panic",
            "edit-and-panic",
            "give-up",
            "report",
            "report-and-give-up",
            "swallow",
            "swallow-memory",
            "text",
            "messages",
            "edits",
            "sidecar",
            "no such deed",
        ],
    ),
    ("policy", &[""]),
    ("early", &[""]),
    ("newer", &[""]),
    ("wasi", &[""]),
    (
        "hostile",
        &[
            "memory-once",
            "memory-three",
            "string",
            "string-inside",
            "list",
            "not-utf8",
            "argument-over",
            "failure-over",
            "key-over",
            "failure-at",
            "edits-in-one",
            "logs",
            "trap",
            "wild",
            "argument-at",
            "deep-address",
            "deep-json",
            "garbage",
        ],
    ),
];

/// Small ones, so that floods end soon without optimisation.
fn limits() -> Limits {
    Limits {
        wall: Duration::from_secs(60),
        edits: 50,
        messages: 40,
        ..Limits::default()
    }
}

#[test]
fn a_plugin_cannot_be_told_from_one_that_runs_here() {
    let here = Runtime::new().unwrap();
    let session = Session::new(template(), "web");
    for (name, deeds) in DEEDS {
        let Some(component) = guest(name) else { return };
        let quick = load(&Apart::new().runtime, name, &component);
        let slow = load(&here, name, &component);
        assert_eq!(quick.full_name(), slow.full_name());
        assert_eq!(quick.kind, slow.kind);
        let sorted = |names: &[String]| {
            let mut names = names.to_vec();
            names.sort();
            names
        };
        assert_eq!(sorted(&quick.empty_wasi), sorted(&slow.empty_wasi));
        for deed in *deeds {
            let entry = entry("ci", json!({ "do": deed, "name": "A", "value": "1" }));
            let see = |plugin| see(plugin, &session, &entry, Arc::new(NoLookups), &limits());
            // Who runs one plugin again and again in a process has native code made of it.
            let apart = Apart::new();
            let quick = load(&apart.runtime, name, &component);
            assert_eq!(see(&quick), see(&slow), "{name}: {deed}");
            apart.assert_empty();
        }
    }
}

#[test]
fn the_next_plugin_sees_the_edits_and_claims_of_the_one_before() {
    let Some(component) = guest("overlay") else {
        return;
    };
    let lay = |runtime: &Runtime| {
        let plugin = load(runtime, "overlay", &component);
        let mut session = Session::new(template(), "web");
        let mut told = Vec::new();
        for (id, deed, name, value) in [
            ("one", "env", "A", "1"),
            ("two", "env", "B", "2"),
            ("three", "env", "A", "3"),
            ("four", "read", "", ""),
        ] {
            let config = json!({ "do": deed, "name": name, "value": value });
            let entry = entry(id, config);
            let limits = limits();
            let ran =
                plugin::run_overlay(&plugin, &mut session, &entry, Arc::new(NoLookups), &limits);
            told.push(match ran {
                Ok(report) => json!(report.traced.iter().map(|t| &t.message).collect::<Vec<_>>()),
                Err(error) => json!([error.to_string(), error.hints]),
            });
        }
        (session.finish(), Value::from(told))
    };
    let apart = Apart::new();
    let (overlaid, told) = lay(&apart.runtime);
    assert_eq!(
        (overlaid.clone(), told.clone()),
        lay(&Runtime::new().unwrap())
    );
    assert_eq!(overlaid.edits.len(), 2);
    let conflict = told[2][0].as_str().unwrap();
    assert!(conflict.contains("but `one` set it"), "{conflict}");
    apart.assert_empty();
}

/// Native code is there for the next run once somebody had time to make it, in this process and in
/// others; and who runs a plugin again and again gets it anyway.
#[test]
fn code_that_stays_is_made_for_whoever_has_time() {
    let Some(component) = guest("overlay") else {
        return;
    };
    let session = Session::new(template(), "web");
    let input = entry("ci", json!({ "do": "env", "name": "A", "value": "1" }));
    let compiler = |plugin| {
        let lookups = Arc::new(NoLookups);
        let ran = plugin::attempt_overlay(plugin, &session, &input, lookups, &limits());
        ran.unwrap().report.compiler.name()
    };
    let apart = Apart::new();
    let plugin = load(&apart.runtime, "overlay", &component);
    assert_eq!(compiler(&plugin), "winch");
    apart.assert_empty();
    plugin.later().expect("there is none yet").make().unwrap();
    assert_eq!(compiler(&plugin), "cranelift");
    let other = apart.again();
    let plugin = load(&other, "overlay", &component);
    assert!(plugin.later().is_none());
    assert_eq!(compiler(&plugin), "cranelift");

    let plugin = load(&Apart::new().runtime, "overlay", &component);
    let ran: Vec<_> = (0..6).map(|_| compiler(&plugin)).collect();
    assert_eq!(
        ran,
        ["winch", "winch", "winch", "winch", "winch", "cranelift"]
    );
}

/// Tail calls are what the quick compiler does not know; nobody notices but by the time it takes.
#[test]
fn what_the_quick_compiler_refuses_the_other_one_compiles() {
    let text = r#"(module
        (import "acetate:plugin/diagnostics@0.1.0" "trace"
            (func $trace (param i32 i32 i32 i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "info")
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
        (func $told (result i32)
            (call $trace (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 4))
            (i32.const 128))
        (func (export "acetate:plugin/overlay@0.1.0#apply") (result i32)
            (return_call $told)))"#;
    let component = crate::support::component::component_of(text, "overlay-plugin");
    let apart = Apart::new();
    let plugin = load(&apart.runtime, "tail", &component);
    assert!(plugin.later().is_some());
    let session = Session::new(template(), "web");
    let input = entry("ci", json!({}));
    let ran =
        plugin::attempt_overlay(&plugin, &session, &input, Arc::new(NoLookups), &limits()).unwrap();
    ran.outcome.unwrap();
    assert_eq!(ran.report.compiler.name(), "cranelift");
    assert_eq!(ran.report.traced[0].message, "info");
}
