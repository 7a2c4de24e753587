//! What the process that runs a plugin may say.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use acetate::overlay::{Allow, Session};
use acetate::plugin::{
    EntryInput, Late, Limits, Lookups, Plugin, PluginSource, Question, Replied, Reply, Runtime,
    load, overheard,
};
use acetate::task_definition::TaskDefinition;
use serde_json::{Value, json};

/// The first byte says how the rest is said: as it comes on the pipe, as one message for each
/// line, or as the calls of an answer that is right but for them.
pub fn answers(bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first() else {
        return;
    };
    match choice % 3 {
        0 => hear(rest),
        1 => hear(
            &rest
                .split(|byte| *byte == b'\n')
                .flat_map(framed)
                .collect::<Vec<_>>(),
        ),
        _ => {
            let text = [HEAD, rest, TAIL].concat();
            hear(&framed(&text));
        }
    }
}

const HEAD: &[u8] =
    br#"{"ended":{"lacks":[],"outcome":"done","reported":[],"traced":[],"used":{},"calls":["#;
const TAIL: &[u8] = b"]}}";

fn framed(message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u64).to_le_bytes();
    [length.as_slice(), message].concat()
}

/// The world, which keeps what it was asked.
#[derive(Default)]
struct Asked(Mutex<Vec<Question>>);

impl Lookups for Asked {
    fn ask(&self, question: &Question, _: Duration) -> Result<Replied, Late> {
        let mut asked = self.0.lock().expect("nothing panics while it is held");
        asked.push(question.clone());
        Ok(Ok(Reply::List(vec![
            "/web/a".to_owned(),
            "/db/b".to_owned(),
        ])))
    }
}

/// Whatever is said: an error, or a run within what its entry may and within its limits.
fn hear(said: &[u8]) {
    let session = Session::new(template(), "web");
    let entry = EntryInput {
        id: "fuzzed".to_owned(),
        config: json!({}),
        allow: Allow::parse(["tags:*", "env:app:*"]).expect("they are lines"),
        grant: json!({ "parameters": ["/web/*"] }),
        ..EntryInput::default()
    };
    let world = Arc::new(Asked::default());
    let lookups = Arc::clone(&world) as Arc<dyn Lookups>;
    let attempt = overheard(&PLUGIN, &session, &entry, lookups, &LIMITS, said);
    for question in world.0.lock().expect("nothing panicked").iter() {
        let (capability, name) = question.parts();
        assert_eq!(capability, "parameters", "it was not granted");
        assert!(name.starts_with("/web/"), "{name} was not granted");
    }
    let Ok(attempt) = attempt else { return };
    assert!(attempt.report.traced.len() + attempt.report.diagnostics.len() <= LIMITS.messages);
    if attempt.outcome.is_ok() {
        assert!(attempt.edits().len() <= LIMITS.edits);
        assert_eq!(
            beyond(attempt.document()),
            beyond(template().value()),
            "more than it may"
        );
    }
}

/// The document without what the entry may edit.
fn beyond(document: &Value) -> Value {
    let mut document = document.clone();
    if let Some(members) = document.as_object_mut() {
        members.remove("tags");
    }
    let app = document.pointer_mut("/containerDefinitions/0");
    if let Some(members) = app.and_then(Value::as_object_mut) {
        members.remove("environment");
    }
    document
}

fn template() -> TaskDefinition {
    TaskDefinition::new(json!({
        "family": "infra",
        "tags": [{ "key": "team", "value": "a" }],
        "containerDefinitions": [
            { "name": "app", "image": "app:1", "environment": [{ "name": "A", "value": "1" }] },
            { "name": "log", "image": "log:1" },
        ],
    }))
    .expect("it is an object")
}

/// Any plugin: nothing of it runs.
static PLUGIN: LazyLock<Plugin> = LazyLock::new(|| {
    let runtime = Runtime::new().expect("wasmtime runs here");
    let component = wat::parse_str(
        r#"(component
            (core module $m (func (export "f") (result i32) i32.const 0))
            (core instance $i (instantiate $m))
            (func $f (result (result)) (canon lift (core func $i "f")))
            (instance $o (export "apply" (func $f)))
            (export "acetate:plugin/overlay@0.1.0" (instance $o)))"#,
    );
    let source = PluginSource::Component {
        name: "fuzzed".to_owned(),
        bytes: component.expect("it is a component"),
    };
    load(&runtime, source, &LIMITS).expect("it is a plugin")
});

static LIMITS: LazyLock<Limits> = LazyLock::new(|| Limits {
    edits: 40,
    edit_bytes: 4096,
    messages: 10,
    message_bytes: 1024,
    calls: 100,
    call_bytes: 4096,
    total_bytes: 64 << 10,
    ..Limits::default()
});
