//! The guest `hostile`, in Rust: one deed a limit or a refusal.

use super::*;
use crate::support::guests::guest;

/// What it does, and the words that it ends with.
const CALLED: &[(&str, &str)] = &[
    ("loop", ENDLESS),
    ("recursion", "limit `stack`"),
    ("memory-once", "limit `memory`"),
    ("memory-many", "limit `memory`"),
    ("memory-three", "limit `memory`"),
    ("string", "out of bounds"),
    ("string-inside", "limit `call-bytes`"),
    ("list", "limit `call-bytes`"),
    ("not-utf8", "invalid utf-8"),
    (
        "argument-over",
        "used 1048577 of 1048576 bytes in one call: limit `call-bytes`",
    ),
    (
        "failure-over",
        "used 1048577 of 1048576 bytes in one call: limit `call-bytes`",
    ),
    (
        "key-over",
        "used 1048577 of 1048576 bytes in one call: limit `call-bytes`",
    ),
    ("failure-at", "`bad` gave up: xxx"),
    ("edits", "limit `edits`"),
    ("edits-in-one", "one call may set 10000 places at most"),
    ("edits-again", "limit `edit-bytes`"),
    ("logs", "limit `messages`"),
    ("calls", "limit `calls`"),
    ("answers", "limit `total-bytes`"),
    ("refusals", "limit `total-bytes`"),
    ("trap", "crashed: wasm trap: wasm `unreachable`"),
    ("wild", "crashed: wasm trap: out of bounds memory access"),
];

/// Time enough for a host without optimisation to reach the other limits.
const PATIENT: Duration = Duration::from_secs(120);

/// For floods, less of what they use up: without optimisation all of it takes minutes.
fn patient(deed: &str) -> Limits {
    let limits = Limits {
        wall: PATIENT,
        ..Limits::default()
    };
    match deed {
        "edits-again" => Limits {
            edit_bytes: 256 << 10,
            ..limits
        },
        "calls" => Limits {
            calls: 20_000,
            ..limits
        },
        "answers" | "refusals" => Limits {
            total_bytes: 1 << 20,
            ..limits
        },
        _ => limits,
    }
}

/// What the host bears: the run ends well.
const BORNE: &[&str] = &["argument-at", "deep-address", "deep-json", "garbage"];

/// The same through acetate.toml: a flood ends by its own limit, however slow the machine is.
fn patience(deed: &str) -> &'static str {
    match deed {
        "edits" => "limits = { wall = \"2m\", edits = 1000 }",
        "edits-in-one" | "logs" => "limits = { wall = \"2m\" }",
        "edits-again" => "limits = { wall = \"2m\", edit-bytes = \"256KiB\" }",
        "calls" => "limits = { wall = \"2m\", calls = 20000 }",
        "answers" | "refusals" => "limits = { wall = \"2m\", total-bytes = \"1MiB\" }",
        _ => "",
    }
}

#[test]
fn each_deed_ends_in_its_error_and_changes_nothing() {
    let Some(component) = guest("hostile") else {
        return;
    };
    let practice = Practice::new(&component);
    for (deed, words) in CALLED {
        practice.refuses_under(patience(deed), deed, &json!({ "do": deed }), (1, words));
    }
}

#[test]
fn the_same_while_it_is_instantiated() {
    let Some(component) = guest("hostile") else {
        return;
    };
    let practice = Practice::new(&component);
    for (deed, words) in CALLED {
        if !deed.starts_with("edits") && !deed.starts_with("failure") && *deed != "refusals" {
            let guest = format!("{deed}, at start");
            practice.refuses_under(
                patience(deed),
                &guest,
                &json!({ "start": deed }),
                (1, words),
            );
        }
    }
}

#[test]
fn the_next_plugin_does_not_notice() {
    let Some(component) = guest("hostile") else {
        return;
    };
    let plugin = load(component).expect("it is a plugin");
    let failing = CALLED.iter().map(|(deed, words)| (*deed, Some(*words)));
    for (deed, words) in failing.chain(BORNE.iter().map(|deed| (*deed, None))) {
        let mut session = Session::new(template(), "web");
        let began = Instant::now();
        let result = run(&plugin, &mut session, json!({ "do": deed }), &patient(deed));
        assert!(began.elapsed() < PATIENT, "{deed}");
        let Some(words) = words else {
            result.unwrap_or_else(|error| panic!("{deed}: {error}"));
            continue;
        };
        let told = result.expect_err(deed);
        assert!(says(&told, words), "{deed}: {told}");
        assert_eq!(session.overlaid().definition, template(), "{deed}");
        assert_next_is_well(&plugin, session, json!({ "do": "" }));
    }
}

/// What one edit costs does not depend on how many there were: a flood of them meets their own
/// limit long before that on time, whatever it edits.
#[test]
fn a_flood_of_edits_is_ended_by_their_limit() {
    let Some(component) = guest("hostile") else {
        return;
    };
    let plugin = load(component).expect("it is a plugin");
    let many = Limits {
        edits: 20_000,
        wall: PATIENT,
        ..Limits::default()
    };
    let took = |limits: &Limits| {
        let mut session = Session::new(template(), "web");
        let began = Instant::now();
        let told = run(&plugin, &mut session, json!({ "do": "edits" }), limits);
        let told = told.expect_err("there is a limit");
        assert!(told.contains("limit `edits`"), "{told}");
        began.elapsed()
    };
    let few = took(&Limits {
        edits: 2_000,
        ..many
    });
    // Ten times as many: the square of it would take a hundred times as long.
    let many = took(&many);
    assert!(many < few * 40, "{few:?}, {many:?}");
}

#[test]
fn an_abort_tells_the_last_words() {
    let Some(component) = guest("hostile") else {
        return;
    };
    let practice = Practice::new(&component);
    let config = json!({ "do": "panic", "text": "the plugin's own words" });
    let ended = practice.refuses(
        "panic",
        &config,
        1,
        "crashed: wasm trap: wasm `unreachable`",
    );
    assert!(
        ended
            .ran
            .stderr
            .contains("in acetate:plugin/overlay@0.1.0#apply"),
        "{}",
        ended.ran
    );
}

#[test]
fn edits_while_it_is_instantiated_are_refused() {
    let Some(component) = guest("hostile") else {
        return;
    };
    let plugin = load(component).expect("it is a plugin");
    let mut session = Session::new(template(), "web");
    let config = json!({ "start": "edit", "do": "" });
    let traced = run(&plugin, &mut session, config, &Limits::default());
    assert_eq!(
        traced.unwrap(),
        ["edits are made in `apply`, not before it"]
    );
    assert_eq!(session.finish().edits.len(), 1);
}
