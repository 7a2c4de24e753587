//! Limits: each ends the run, is named, and is the same every time.

use std::time::Duration;

use super::*;

/// A deed of the guest, the limits that it is run with, and the one that ends it.
fn limited() -> Vec<(&'static str, Limits, &'static str)> {
    let small = Limits {
        memory: 32 << 20,
        calls: 20_000,
        ..Limits::default()
    };
    vec![
        (
            "loop",
            Limits {
                fuel: 10_000_000,
                ..small
            },
            "fuel",
        ),
        (
            "loop",
            Limits {
                fuel: u64::MAX,
                wall: Duration::from_millis(50),
                ..small
            },
            "wall",
        ),
        ("memory", small, "memory"),
        ("stack", small, "stack"),
        (
            "edits",
            Limits {
                edits: 100,
                ..small
            },
            "edits",
        ),
        ("calls", small, "calls"),
        ("text", small, "call-bytes"),
        (
            "messages",
            Limits {
                messages: 50,
                ..small
            },
            "messages",
        ),
        (
            "messages",
            Limits {
                message_bytes: 64,
                ..small
            },
            "message-bytes",
        ),
        (
            "calls",
            Limits {
                total_bytes: 1000,
                ..small
            },
            "total-bytes",
        ),
    ]
}

/// Every limit ends the run, is named, and leaves nothing behind.
#[test]
fn each_limit_is_named_in_the_error_it_causes() {
    for (deed_name, limits, limit) in limited() {
        let Some((result, overlaid)) = deed(json!({ "do": deed_name }), &limits) else {
            return;
        };
        let error = result.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Input);
        let told = error.to_string();
        assert!(
            told.contains(&format!("limit `{limit}`")),
            "{deed_name}: {told}"
        );
        assert_eq!(overlaid.definition, template(), "{deed_name}");
        assert!(overlaid.edits.is_empty() && overlaid.claims.iter().next().is_none());
    }
}

#[test]
fn memory_that_was_refused_need_not_end_a_run() {
    let Some((result, overlaid)) = deed(json!({ "do": "swallow-memory" }), &Limits::default())
    else {
        return;
    };
    result.unwrap();
    assert_eq!(
        variables(&overlaid),
        json!([{ "name": "MEMORY", "value": "refused" }])
    );
}

#[test]
fn fuel_is_the_same_for_every_run() {
    let Some(plugin) = load("overlay") else {
        return;
    };
    let used = || {
        let mut session = Session::new(template(), "web");
        let input = entry("ci", json!({ "do": "env", "name": "A", "value": "1" }));
        let report = plugin::run_overlay(
            &plugin,
            &mut session,
            &input,
            Arc::new(NoLookups),
            &Limits::default(),
        );
        report.unwrap().used
    };
    let (first, second) = (used(), used());
    assert_eq!(
        (first.fuel, first.calls, first.edits),
        (second.fuel, second.calls, 1)
    );
    assert!(first.fuel > 0 && first.memory > 0);
}
