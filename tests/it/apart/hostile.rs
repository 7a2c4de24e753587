//! Programs in the place of the process that runs plugins, which answer what they should not: each
//! is a named error, and nothing changes.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use acetate::overlay::Session;
use acetate::plugin::{self, EntryInput, Late, Limits, Lookups, Question, Replied, Reply};
use acetate::task_definition::TaskDefinition;
use serde_json::{Value, json};

use super::{Apart, chain, entry, load, template};
use crate::support::guests::guest;

/// A program that sends these messages, whatever it is told, and then does this.
fn program(place: &Path, messages: &[Value], then: &str) -> PathBuf {
    let mut bytes = Vec::new();
    for message in messages {
        bytes.extend(framed(message.to_string().as_bytes()));
    }
    raw_program(place, &bytes, then)
}

fn framed(message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u64).to_le_bytes();
    [length.as_slice(), message].concat()
}

fn raw_program(place: &Path, bytes: &[u8], then: &str) -> PathBuf {
    let (program, says) = (place.join("program"), place.join("says"));
    std::fs::write(&says, bytes).expect("it is there");
    let text = format!("#!/bin/sh\n/bin/cat '{}'\n{then}\n", says.display());
    std::fs::write(&program, text).expect("it is there");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))
        .expect("it is there");
    program
}

/// It stays and reads what it is told.
const STAYS: &str = "exec /bin/cat > /dev/null";

/// An answer of a run that ended well, with these edits and messages.
fn ended(calls: Value, outcome: Value) -> Value {
    json!({ "ended": {
        "lacks": [], "outcome": outcome, "calls": calls, "reported": [], "traced": [], "used": {},
    }})
}

/// A world that replies, and counts what it is asked.
#[derive(Default)]
struct Counting(std::sync::Mutex<Vec<String>>);

impl Lookups for Counting {
    fn ask(&self, question: &Question, _: Duration) -> Result<Replied, Late> {
        self.0
            .lock()
            .expect("nothing panics while it is held")
            .push(format!("{question:?}"));
        Ok(Ok(Reply::Text("sha256:0".to_owned())))
    }
}

/// What a run of a guest comes to with this program in the place of the process. Nothing of it may
/// have changed anything.
fn refused(program: PathBuf, kind: &str, input: &EntryInput, limits: &Limits) -> String {
    let component = guest_or_standard(kind);
    let apart = Apart::with(program);
    let plugin = load(&apart.runtime, kind, &component);
    let mut session = Session::new(template(), "web");
    let lookups = Arc::new(Counting::default());
    let asked = Arc::clone(&lookups) as Arc<dyn Lookups>;
    let ran = match plugin.kind {
        plugin::Kind::Overlay => plugin::run_overlay(&plugin, &mut session, input, asked, limits),
        plugin::Kind::Policy => {
            let overlaid = session.overlaid();
            plugin::run_policy(
                &plugin,
                overlaid,
                &overlaid.definition,
                input,
                asked,
                limits,
            )
        }
    };
    let error = ran.expect_err("it lies");
    assert_eq!(
        session.overlaid(),
        Session::new(template(), "web").overlaid()
    );
    apart.assert_empty();
    let name = plugin.full_name();
    chain(&error).replace(&name, "NAME")
}

fn guest_or_standard(kind: &str) -> Vec<u8> {
    match kind {
        "policy" => guest("policy").unwrap_or_default(),
        _ => {
            let file = crate::support::root().join("plugins/standard/standard.wasm");
            let mut bytes = std::fs::read(file).expect("it is there");
            // A stranger's: with one more section, which says nothing.
            bytes.extend([0, 2, 1, b'x']);
            bytes
        }
    }
}

fn quick() -> Limits {
    Limits {
        edits: 50,
        messages: 40,
        wall: Duration::from_millis(200),
        compile_wall: Duration::from_millis(200),
        ..Limits::default()
    }
}

/// What comes of these messages.
fn said(messages: &[Value], then: &str) -> String {
    let place = tempfile::tempdir().expect("it is there");
    let program = program(place.path(), messages, then);
    refused(program, "standard", &entry("ci", json!({})), &quick())
}

#[test]
fn what_is_no_answer_is_an_error_of_that_plugin() {
    let place = tempfile::tempdir().unwrap();
    let raw = |bytes: &[u8], then: &str| {
        let program = raw_program(place.path(), bytes, then);
        refused(program, "standard", &entry("ci", json!({})), &quick())
    };
    let head = "the process that runs plugin `NAME` ";
    for (bytes, then, told) in [
        (
            framed(b"\xff\xfe"),
            STAYS,
            "says what is no answer: expected value",
        ),
        (
            framed(b"{}"),
            STAYS,
            "says what is no answer: expected value",
        ),
        (
            framed(b"{\"ended\":{}}"),
            STAYS,
            "says what is no answer: missing field",
        ),
        (
            framed(b"{\"ask\":{\"x\":\"y\"}}"),
            STAYS,
            "says what is no answer: unknown variant `x`",
        ),
        (framed(&[b'['; 100_000]), STAYS, "says what is no answer: "),
        (
            u64::MAX.to_le_bytes().to_vec(),
            STAYS,
            "says more than the plugin may: over ",
        ),
        (
            b"no length".to_vec(),
            "exit 0",
            "says more than the plugin may: over ",
        ),
        (
            100_u64.to_le_bytes().to_vec(),
            "exit 0",
            "ended before it answered: exit status: 0",
        ),
        (
            Vec::new(),
            "exit 7",
            "ended before it answered: exit status: 7",
        ),
        (
            Vec::new(),
            "kill -9 $$",
            "ended before it answered: signal: 9",
        ),
    ] {
        let error = raw(&bytes, then);
        assert!(
            error.starts_with(&format!("{head}{told}")),
            "{then}: {error}"
        );
    }
}

#[test]
fn silence_ends_after_the_time_to_compile_and_run() {
    let began = Instant::now();
    let told = said(&[], "exec /bin/sleep 600");
    insta::assert_snapshot!(told, @"the process that runs plugin `NAME` came to no end in 5 s, in which it should have compiled and run it");
    assert!(began.elapsed() < Duration::from_secs(60));
}

#[test]
fn edits_outside_of_what_is_allowed_are_none() {
    let fine = json!({ "set-env": ["app", "FINE", "1"] });
    for (call, told) in [
        (
            json!({ "set-image": ["app", "evil:1"] }),
            "`ci` may not `set-image`",
        ),
        (
            json!({ "set-env": ["app", "LD_PRELOAD", "x"] }),
            "`ci` may not `set-env`",
        ),
        (
            json!({ "set-json": ["/taskRoleArn", "\"arn\""] }),
            "`ci` may not `set-json`",
        ),
        (
            json!({ "remove": "/containerDefinitions/app" }),
            "`ci` may not `remove`",
        ),
        (
            json!({ "set-secret": ["app", "A", "arn:aws:ssm:x"] }),
            "`ci` may not `set-secret`",
        ),
        (
            json!({ "set-env": ["none", "A", "x"] }),
            "there is no container `none`",
        ),
        (json!({ "set-env": ["app", "", "x"] }), "the name is empty"),
    ] {
        let outcome = json!("done");
        let answer = ended(json!([fine, call]), outcome);
        let error = said(&[answer], STAYS);
        let head = "the process that runs plugin `NAME` says that the plugin made an edit which is refused: ";
        assert!(error.starts_with(&format!("{head}{told}")), "{error}");
    }
}

#[test]
fn limits_hold_for_what_is_said_too() {
    let fine = |n: usize| json!({ "set-env": ["app", format!("N{n}"), "1"] });
    let many: Vec<Value> = (0..51).map(fine).collect();
    let error = said(&[ended(json!(many), json!("done"))], STAYS);
    assert!(error.contains(": limit `edits`"), "{error}");
    let mut answer = ended(json!([]), json!("done"));
    let line = json!({ "level": "info", "message": "x" });
    answer["ended"]["traced"] = json!(vec![line; 41]);
    let error = said(&[answer], STAYS);
    assert!(error.contains(": limit `messages`"), "{error}");
    let told = json!({ "last_edit": null, "last_call": null, "backtrace": [], "coredump": null });
    let outcome = json!({ "limit": { "name": "none", "used": 1, "told": told } });
    let error = said(&[ended(json!([]), outcome)], STAYS);
    assert!(
        error.ends_with("says what is no answer: no limit `none`"),
        "{error}"
    );
}

#[test]
fn a_policy_edits_nothing_whatever_is_said() {
    if guest("policy").is_none() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let answer = ended(json!([{ "set-env": ["app", "A", "1"] }]), json!("done"));
    let program = program(place.path(), &[answer], STAYS);
    let told = refused(program, "policy", &entry("ci", json!({})), &quick());
    assert!(
        told.ends_with("refused: a policy changes nothing"),
        "{told}"
    );
}

#[test]
fn texts_are_shown_as_those_of_a_plugin() {
    let failure = json!({ "code": "x", "message": "one\nerror: two", "address": "a".repeat(9000), "hint": null, "details": null });
    let told = said(&[ended(json!([]), json!({ "gave-up": failure }))], STAYS);
    assert!(
        told.starts_with("`ci` gave up: one\n  | error: two (`aaa"),
        "{told}"
    );
    assert!(told.len() < 500, "{}", told.len());
}

#[test]
fn nothing_is_looked_up_that_was_not_granted() {
    let place = tempfile::tempdir().unwrap();
    let questions = [
        json!({ "parameter-arn": "/db/a" }),
        json!({ "parameter-names": "/" }),
        json!({ "parameter-value": "/web/a" }),
        json!({ "secret-arn": "web" }),
        json!({ "file-read": "../outside" }),
        json!({ "file-entries": "config/" }),
        json!({ "image-digest": "Registry.example/web" }),
        json!({ "image-digest": "169.254.169.254/web:1" }),
    ];
    let granted = json!({ "parameter-arn": "/web/a" });
    let asks = |question: &Value| json!({ "ask": question });
    let mut messages: Vec<Value> = questions.iter().map(asks).collect();
    messages.push(asks(&granted));
    messages.push(ended(json!([]), json!("done")));
    let program = program(place.path(), &messages, STAYS);
    let Some(component) = guest("lookups") else {
        return;
    };
    let apart = Apart::with(program);
    let plugin = load(&apart.runtime, "lookups", &component);
    let template = TaskDefinition::new(json!({ "containerDefinitions": [] })).unwrap();
    let mut session = Session::new(template, "web");
    let input = EntryInput {
        grant: json!({
            "parameters": ["/web/*"],
            "files": ["config/*"],
            "images": ["registry.example/*"],
        }),
        ..entry("ci", json!({}))
    };
    let lookups = Arc::new(Counting::default());
    let asked = Arc::clone(&lookups) as Arc<dyn Lookups>;
    plugin::run_overlay(&plugin, &mut session, &input, asked, &Limits::default()).unwrap();
    let asked = lookups.0.lock().unwrap();
    assert_eq!(*asked, [r#"ParameterArn("/web/a")"#]);
}

/// Bytes of a message that would be an answer, cut anywhere, by a process that then ends.
#[test]
fn an_answer_that_was_cut_is_none() {
    let place = tempfile::tempdir().unwrap();
    let whole = framed(ended(json!([]), json!("done")).to_string().as_bytes());
    for length in [0, 1, 7, 8, 9, whole.len() - 1] {
        let program = raw_program(place.path(), &whole[..length], "exit 0");
        let error = refused(program, "standard", &entry("ci", json!({})), &quick());
        let told = "ended before it answered: exit status: 0";
        assert!(error.ends_with(told), "{length}: {error}");
    }
}

/// Dead after a question, and after it read what it was told.
#[test]
fn a_death_in_between_is_told() {
    let asks = json!({ "ask": { "parameter-arn": "/web/a" } });
    for messages in [vec![asks.clone()], vec![asks.clone(), asks], vec![]] {
        let told = said(&messages, "/bin/head -c 9 > /dev/null; kill -11 $$");
        assert!(
            told.contains("limit `compile-memory`") || told.contains("signal: 11"),
            "{told}"
        );
    }
}

#[test]
fn what_has_no_end_is_ended() {
    let place = tempfile::tempdir().unwrap();
    let limits = Limits {
        calls: 30,
        ..quick()
    };
    let asks = framed(br#"{"ask":{"parameter-arn":"/web/a"}}"#);
    let again = format!(
        "while :; do /bin/cat '{}'; done",
        place.path().join("says").display()
    );
    for (bytes, then, told) in [
        (asks.clone(), again.as_str(), "limit `calls`"),
        (
            Vec::new(),
            "exec /bin/cat /dev/zero",
            "says what is no answer: ",
        ),
        (
            (1_u64 << 20).to_le_bytes().to_vec(),
            "exec /bin/cat /dev/zero",
            "says what is no answer: ",
        ),
        (
            (1_u64 << 62).to_le_bytes().to_vec(),
            "exec /bin/cat /dev/zero",
            "says more than the plugin may: ",
        ),
        (
            b"\0".to_vec(),
            "exec /bin/sleep 600",
            "came to no end in 5 s",
        ),
    ] {
        let program = raw_program(place.path(), &bytes, then);
        let error = refused(program, "standard", &entry("ci", json!({})), &limits);
        assert!(error.contains(told), "{then}: {error}");
    }
}

/// A world of large files.
struct Large;

impl Lookups for Large {
    fn ask(&self, _: &Question, _: Duration) -> Result<Replied, Late> {
        Ok(Ok(Reply::Bytes(vec![0; 1 << 20])))
    }
}

/// Replies that nobody hears do not fill this process.
#[test]
fn whoever_asks_and_does_not_hear_is_ended() {
    let Some(component) = guest("lookups") else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let asks = framed(br#"{"ask":{"file-read":"config/a"}}"#).repeat(60);
    let program = raw_program(place.path(), &asks, "exec /bin/sleep 600");
    let apart = Apart::with(program);
    let plugin = load(&apart.runtime, "lookups", &component);
    let mut session = Session::new(template(), "web");
    let input = EntryInput {
        grant: json!({ "files": ["config/*"] }),
        ..entry("ci", json!({}))
    };
    let limits = Limits::default();
    let ran = plugin::run_overlay(&plugin, &mut session, &input, Arc::new(Large), &limits);
    let told = chain(&ran.expect_err("it does not hear"));
    assert!(told.ends_with("it asks on and hears no reply"), "{told}");
}

/// Parts that are nothing as text, and much in memory.
#[test]
fn an_answer_of_many_parts_is_not_taken_apart() {
    let mut answer = ended(json!([]), json!("done"));
    answer["ended"]["lacks"] = json!(vec![""; 400_000]);
    let told = said(&[answer], STAYS);
    assert!(told.ends_with(" parts"), "{told}");
}

#[test]
fn bytes_are_limited_too_in_what_is_said() {
    let text = |bytes: usize| "x".repeat(bytes);
    let limits = Limits::default();
    let edit = json!({ "set-env": ["app", "A", text(limits.call_bytes)] });
    let edits: Vec<Value> = (0..5)
        .map(|n| json!({ "set-env": ["app", format!("N{n}"), text(1_000_000)] }))
        .collect();
    let mut messages = ended(json!([]), json!("done"));
    messages["ended"]["traced"] =
        json!([{ "level": "info", "message": text(limits.message_bytes + 1) }]);
    for (answer, limit) in [
        (ended(json!([edit]), json!("done")), "call-bytes"),
        (ended(json!(edits), json!("done")), "edit-bytes"),
        (messages, "message-bytes"),
    ] {
        let told = said(&[answer], STAYS);
        assert!(
            told.contains(&format!("limit `{limit}`")),
            "{limit}: {told}"
        );
    }
}
