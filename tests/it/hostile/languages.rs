//! The same harm in JavaScript, Python, Go and C, by the toolchains that people use, through the
//! library; `binary` does it through acetate itself. `tests/run` builds these guests; without it
//! they are skipped.
//!
//! A component of a language's whole runtime takes seconds to compile, so that each is loaded
//! once, in a process of its own: what memory it takes is then its own.

use std::path::PathBuf;
use std::process::Command;

use super::*;
use crate::support::component::{embed, encode, encode_go};
use crate::support::skip;

/// What each deed ends with, where all languages agree.
pub const DEEDS: [(&str, &str); 12] = [
    ("polite", "done"),
    ("loop", ENDLESS),
    ("recursion", "limit `stack`"),
    ("memory-once", "limit `memory`"),
    ("memory-many", "limit `memory`"),
    ("memory-three", "limit `memory`"),
    ("string", "limit `memory`"),
    ("argument-over", OVER),
    ("failure-over", OVER),
    ("key-over", OVER),
    ("edits", "limit `edits`"),
    ("panic", "the plugin's own words"),
];
const OVER: &str = "used 1048577 of 1048576 bytes in one call: limit `call-bytes`";

/// Names the guest to the process that runs it.
const CHILD: &str = "ACETATE_TEST_CHILD_GUEST";

pub fn component(language: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("ACETATE_TEST_GUESTS").map(PathBuf::from);
    let file = folder.map(|folder| folder.join(format!("{language}.wasm")));
    let Some(bytes) = file.and_then(|file| std::fs::read(file).ok()) else {
        skip(
            &format!("the guest in {language} is built by tests/run"),
            false,
        );
        return None;
    };
    Some(match language {
        "go" => encode_go(&embed(bytes, "overlay-plugin")),
        "c" => encode(&embed(bytes, "overlay-plugin")),
        _ => bytes,
    })
}

/// Runs as a process of its own, started by the tests below; else it does nothing.
#[test]
fn child() {
    let Ok(language) = std::env::var(CHILD) else {
        return;
    };
    let Some(bytes) = component(&language) else {
        return;
    };
    let began = Instant::now();
    let plugin = load(bytes).expect("it is a plugin");
    line(
        &language,
        "loaded",
        began.elapsed(),
        support::peak_memory("self"),
        0,
    );
    for (deed, usual) in DEEDS {
        act(
            &language,
            &plugin,
            json!({ "do": deed }),
            deed,
            words(&language, deed, usual),
        );
    }
    for deed in AT_START {
        let config = json!({ "start": deed, "do": "polite" });
        let words = words(&language, deed, usual(deed));
        act(
            &language,
            &plugin,
            config,
            &format!("{deed}, at start"),
            words,
        );
    }
}

/// What is done before the call, too. Go and C do it while they are instantiated; JavaScript and
/// Python when their method is looked up, since all that comes before runs where they are built.
pub const AT_START: [&str; 4] = ["loop", "recursion", "memory-many", "key-over"];

/// What a deed ends with in most languages.
pub fn usual(deed: &str) -> &'static str {
    let found = DEEDS.iter().find(|(name, _)| *name == deed);
    found.expect("it is one of them").1
}

/// What a language ends with where it is not as usual.
pub fn words<'a>(language: &str, deed: &str, usual: &'a str) -> &'a str {
    match (language, deed) {
        // Without a runtime between, a text may be said to be longer than the memory.
        ("go" | "c", "string") => "out of bounds",
        ("go" | "c", "panic") => "wasm `unreachable` instruction executed",
        _ => usual,
    }
}

fn act(language: &str, plugin: &Plugin, config: Value, deed: &str, words: &str) {
    forget_peak();
    let mut session = Session::new(template(), "web");
    let began = Instant::now();
    let result = run(plugin, &mut session, config, &Limits::default());
    let (took, peak) = (began.elapsed(), support::peak_memory("self"));
    line(&format!("{language}: {deed}"), words, took, peak, 0);
    match result {
        Ok(_) => assert_eq!(words, "done", "{language}: {deed}"),
        Err(told) => assert!(says(&told, words), "{language}: {deed}: {told}"),
    }
    assert!(took < SOON, "{language}: {deed}: {took:?}");
    let is_polite = words == "done";
    assert_eq!(
        session.overlaid().edits.len(),
        usize::from(is_polite),
        "{language}: {deed}"
    );
    if !is_polite {
        assert_next_is_well(plugin, session, json!({ "do": "polite" }));
    }
}

/// From here on, the most memory of this process is counted anew.
fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").expect("a process may ask that of itself");
}

fn in_a_process_of_its_own(language: &str) {
    if component(language).is_none() {
        return;
    }
    let this = std::env::current_exe().expect("this very program");
    let output = Command::new(this)
        .args([
            "--exact",
            "hostile::languages::child",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(CHILD, language)
        .output()
        .expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    show(&text);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{language}: {text}{told}");
    // The last column is the peak of memory: the plugin's own 256 MiB, and the compiled code.
    let peaks = text
        .lines()
        .filter_map(|line| line.strip_suffix(" MiB |")?.rsplit(' ').next());
    let peaks: Vec<u64> = peaks.map(|peak| peak.parse().expect("a number")).collect();
    assert!(peaks.len() > DEEDS.len(), "{text}");
    let after_load = peaks.iter().skip(1).max().expect("some ran");
    assert!(*after_load < 1024, "{text}");
}

#[expect(clippy::print_stdout, reason = "figures are for people")]
fn show(text: &str) {
    text.lines()
        .filter(|line| line.starts_with('|'))
        .for_each(|line| println!("{line}"));
}

#[test]
fn javascript() {
    in_a_process_of_its_own("javascript");
}

#[test]
fn python() {
    in_a_process_of_its_own("python");
}

#[test]
fn go() {
    in_a_process_of_its_own("go");
}

#[test]
fn c() {
    in_a_process_of_its_own("c");
}
