//! Plugins in a process of their own, compiled by the quick compiler: the same as here, and whatever
//! that process says, nothing but what a plugin may do comes of it.

/// Programs in its place that answer what they should not.
mod hostile;
/// What the process itself has, seen from outside.
mod process;
/// The same edits, messages and errors as in this process.
mod same;
/// Through the binary: what is printed, what is kept, and how to forbid it.
mod verbs;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use acetate::overlay::{Allow, Session};
use acetate::plugin::{self, EntryInput, Kind, Limits, Lookups, Plugin, PluginSource, Runtime};
use acetate::store::{CompilerProcess, KeySource, ROOM, Secret, Store, StoreOptions};
use acetate::task_definition::TaskDefinition;
use serde_json::{Value, json};

/// A store that is there and can keep, and the process that runs plugins.
struct Apart {
    folder: tempfile::TempDir,
    runtime: Runtime,
}

impl Apart {
    /// With acetate itself.
    fn new() -> Self {
        Self::with(PathBuf::from(env!("CARGO_BIN_EXE_acetate")))
    }

    /// With another program in its place. Every component counts as a large one.
    fn with(program: PathBuf) -> Self {
        let folder = tempfile::tempdir().expect("there is room");
        let runtime = runtime(&folder, program);
        Self { folder, runtime }
    }

    /// Another process of the same user.
    fn again(&self) -> Runtime {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_acetate"));
        runtime(&self.folder, program)
    }

    /// Nothing is kept of what runs apart.
    fn assert_empty(&self) {
        let store = std::fs::read_dir(self.folder.path().join("store"));
        let kept: Vec<_> = store
            .into_iter()
            .flatten()
            .map(|entry| entry.expect("it can be read").file_name())
            .filter(|name| name.to_string_lossy().ends_with(".code"))
            .collect();
        assert!(kept.is_empty(), "{kept:?}");
    }
}

fn runtime(folder: &tempfile::TempDir, program: PathBuf) -> Runtime {
    let store = Store::new(StoreOptions {
        folder: Some(folder.path().join("store")),
        key: KeySource::Given(Secret("a".repeat(64))),
        room: ROOM,
        compiler: Some(CompilerProcess { program }),
        settled: Duration::ZERO,
    });
    let runtime = Runtime::with_store(Arc::new(store), false).expect("wasmtime runs here");
    runtime.apart_from(0)
}

fn load(runtime: &Runtime, name: &str, bytes: &[u8]) -> Plugin {
    let source = PluginSource::Component {
        name: name.to_owned(),
        bytes: bytes.to_vec(),
    };
    plugin::load(runtime, source, &Limits::default()).expect("it is a plugin")
}

fn template() -> TaskDefinition {
    TaskDefinition::new(json!({
        "family": "infra",
        "unknown": 1.50,
        "containerDefinitions": [{ "name": "app", "image": "app:1" }],
    }))
    .expect("it is an object")
}

fn entry(id: &str, config: Value) -> EntryInput {
    EntryInput {
        id: id.to_owned(),
        config,
        allow: Allow::parse(["env:app:*"]).expect("these are places"),
        target: [("service".to_owned(), "web".to_owned())].into(),
        inputs: [("image".to_owned(), "app:2".to_owned())].into(),
        ..EntryInput::default()
    }
}

/// How a run ended, all that a person sees of it, and what it would leave behind.
#[derive(Debug, PartialEq)]
struct Seen {
    error: Option<String>,
    edits: Value,
    document: Value,
    report: (Vec<acetate::event::Diagnostic>, Vec<plugin::Traced>),
}

/// Runs a plugin over a session, which stays as it is.
fn see(
    plugin: &Plugin,
    session: &Session,
    entry: &EntryInput,
    lookups: Arc<dyn Lookups>,
    limits: &Limits,
) -> Seen {
    let attempt = match plugin.kind {
        Kind::Overlay => plugin::attempt_overlay(plugin, session, entry, lookups, limits),
        Kind::Policy => {
            let overlaid = session.overlaid();
            let document = &overlaid.definition;
            plugin::attempt_policy(plugin, overlaid, document, entry, lookups, limits)
        }
    };
    match attempt {
        Ok(attempt) => Seen {
            error: attempt.outcome.as_ref().err().map(|error| chain(error)),
            edits: json!(attempt.edits()),
            document: attempt.document().clone(),
            report: (attempt.report.diagnostics, attempt.report.traced),
        },
        Err(error) => Seen {
            error: Some(chain(&error)),
            edits: Value::Null,
            document: session.overlaid().definition.value().clone(),
            report: (Vec::new(), Vec::new()),
        },
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
