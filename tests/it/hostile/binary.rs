//! The deeds of the guests in other languages through the binary: deployed to an endpoint, with the
//! memory of acetate and of the processes that it starts.

use super::languages::{AT_START, DEEDS, component, usual, words};
use super::*;

/// Time enough to reach another limit than that on time, on a slow machine and without
/// optimisation, and less of what takes longest.
fn patience(deed: &str) -> &'static str {
    match deed {
        "loop" => "",
        "edits" => "limits = { wall = \"2m\", edits = 1000 }",
        _ => "limits = { wall = \"2m\" }",
    }
}

/// All code is kept: it is compiled once for all that is done.
const KEPT: &str = "[plugins]\ncompiler = \"cranelift\"\n[limits]\ncompile-wall = \"15m\"\n";
/// Nothing is kept: it is compiled by the quick compiler each time.
const APART: &str = "[limits]\ncompile-wall = \"4m\"\n";

/// What is done at the call and, of some, before it.
fn deeds() -> impl Iterator<Item = (String, Value, &'static str)> {
    let called = DEEDS.iter().filter(|(deed, _)| *deed != "polite");
    let called = called.map(|(deed, _)| ((*deed).to_owned(), json!({ "do": deed }), *deed));
    let early = AT_START.iter().map(|deed| {
        let config = json!({ "start": deed, "do": "polite" });
        (format!("{deed}, at start"), config, *deed)
    });
    called.chain(early)
}

/// Deploys with each deed, and lets the plugin be polite after it.
fn each(language: &str, practice: &Practice, how: &str, is_wanted: impl Fn(&str) -> bool) {
    let mut done = 0;
    is_polite(practice, language, how);
    for (name, config, deed) in deeds().filter(|(name, ..)| is_wanted(name)) {
        let guest = format!("{language}{how}: {name}");
        let ending = (1, words(language, deed, usual(deed)));
        practice.refuses_under(patience(deed), &guest, &config, ending);
        done += 1;
    }
    is_polite(practice, language, how);
    assert!(done > 2, "{language}{how}");
}

/// Whoever did harm in the run before does none to this one.
fn is_polite(practice: &Practice, language: &str, how: &str) {
    let ended = practice.run(&json!({ "do": "polite" }), "", &["render"]);
    tell(&format!("{language}{how}: polite"), "done", &ended);
    let document = ended.ran.expect(0).json();
    let variables = &document["containerDefinitions"][0]["environment"];
    let is_there = variables
        .as_array()
        .is_some_and(|all| all.contains(&json!({ "name": "POLITE", "value": "yes" })));
    assert!(is_there, "{language}{how}: {document}");
}

fn through_the_binary(language: &str) {
    let Some(component) = component(language) else {
        return;
    };
    let mut practice = Practice::new(&component);
    practice.tables = KEPT;
    each(language, &practice, "", |_| true);
}

#[test]
fn javascript() {
    through_the_binary("javascript");
}

#[test]
fn python() {
    through_the_binary("python");
}

#[test]
fn go() {
    through_the_binary("go");
}

#[test]
fn c() {
    through_the_binary("c");
}

/// At its first use, a component of this size runs in a process of its own, by the quick compiler:
/// each run then compiles it.
#[test]
fn python_apart() {
    let Some(component) = component("python") else {
        return;
    };
    let mut practice = Practice::new(&component);
    practice.tables = APART;
    practice.soon = Duration::from_secs(300);
    let wanted = ["loop", "memory-many", "key-over", "loop, at start"];
    each("python", &practice, ", apart", |name| {
        wanted.contains(&name)
    });
}
