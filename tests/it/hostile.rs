//! Guests that mean harm, through the real binary and through the library: each meets the right
//! named error within its time, the host stays small, AWS is not touched, and the next plugin
//! does not notice.
//!
//! `cargo test --test it hostile -- --nocapture` prints a table of all that was tried.

/// JavaScript, Python, Go and C through acetate itself.
mod binary;
/// The same inputs give the same edits.
mod determinism;
/// Components made by hand, for what no compiler gives.
mod handmade;
/// JavaScript, Python, Go and C through the library.
mod languages;
/// What is no plugin: cut, flipped, huge, nested, of another version.
mod load;
/// Manifests that mean harm.
mod manifests;
/// Each limit, reached by a guest in Rust.
mod rust;
/// Text that terminals and CI systems obey.
mod text;
/// The empty world.
mod wasi;

use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use acetate::local::{Running, World, start};
use acetate::overlay::Session;
use acetate::plugin::{self, EntryInput, Limits, NoLookups, Plugin, PluginSource, Runtime};
use acetate::task_definition::TaskDefinition;
use serde_json::{Value, json};

use crate::support::{self, Ran};

/// Longer than any limit on time, with a compiler and a busy machine.
const SOON: Duration = Duration::from_secs(60);
const MEBIBYTE: u64 = 1 << 20;
/// What the host itself takes, its compiler at work included, and what a plugin may take.
const MEMORY: u64 = 256 * MEBIBYTE + 384 * MEBIBYTE;

/// A service at an endpoint, and a project that deploys to it with one plugin more.
struct Practice {
    endpoint: Running,
    place: support::World,
    /// Tables that follow the plugin's entry in acetate.toml.
    tables: &'static str,
    /// The time in which a run ends.
    soon: Duration,
}

/// How a run of the binary ended, and what it took.
struct Ended {
    ran: Ran,
    took: Duration,
    /// The most memory of the process itself, which holds credentials.
    peak: u64,
    /// The most memory of any process that it started.
    beside: u64,
}

impl Practice {
    fn new(component: &[u8]) -> Self {
        let endpoint =
            start(World::practice(), ([127, 0, 0, 1], 0).into()).expect("the endpoint starts");
        let place = support::World::new().variable("AWS_ENDPOINT_URL", &endpoint.url());
        std::fs::write(place.path().join("bad.wasm"), component).expect("it can be written");
        Self {
            endpoint,
            place,
            tables: "",
            soon: SOON,
        }
    }

    /// Runs a verb with the plugin under this configuration, and under `extra` lines of its entry.
    fn run(&self, config: &Value, extra: &str, arguments: &[&str]) -> Ended {
        let config = toml::Value::try_from(config).expect("it has no nulls");
        let allow = match extra.contains("allow = ") {
            true => "",
            false => "allow = [\"json:/*\"]",
        };
        let text = format!(
            "cluster = \"prod\"\nservice = \"web\"\ntemplate = \"ecs:web-template\"\n\
             family = \"web\"\n[overlays.bad]\nplugin = \"path:bad.wasm\"\n{allow}\n{extra}\n\
             config = {config}\n{}",
            self.tables
        );
        std::fs::write(self.place.path().join("acetate.toml"), text).expect("it can be written");
        watch(&self.place, arguments)
    }

    /// Deploys with the plugin, which has to fail with this exit code and these words, in time,
    /// in little memory, and without a change in AWS.
    fn refuses(&self, guest: &str, config: &Value, code: i32, words: &str) -> Ended {
        self.refuses_under("", guest, config, (code, words))
    }

    /// The same under these lines of its entry.
    fn refuses_under(
        &self,
        extra: &str,
        guest: &str,
        config: &Value,
        (code, words): (i32, &str),
    ) -> Ended {
        let ended = self.run(config, extra, &["deploy"]);
        tell(guest, words, &ended);
        assert_eq!(ended.ran.code, Some(code), "{guest}: {}", ended.ran);
        assert!(says(&ended.ran.stderr, words), "{guest}: {}", ended.ran);
        assert!(ended.took < self.soon, "{guest}: {:?}", ended.took);
        let peak = ended.peak / MEBIBYTE;
        assert!(ended.peak < MEMORY, "{guest}: {peak} MiB");
        self.assert_untouched(guest);
        ended
    }

    /// Nothing was asked of AWS that changes anything.
    fn assert_untouched(&self, guest: &str) {
        let journal = self.endpoint.journal();
        let reads = |name: &&&str| name.starts_with("Describe") || name.starts_with("Get");
        let operations = journal.operations();
        let changes: Vec<_> = operations.iter().filter(|name| !reads(name)).collect();
        assert!(changes.is_empty(), "{guest}: {changes:?}");
    }
}

/// Runs the binary to its end, looking at its memory all the while.
fn watch(place: &support::World, arguments: &[&str]) -> Ended {
    watch_reading(place, arguments, Stdio::null())
}

/// The same with this on its standard input.
fn watch_reading(place: &support::World, arguments: &[&str], stdin: Stdio) -> Ended {
    let began = Instant::now();
    let mut command = place.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.stdin(stdin).spawn().expect("the binary starts");
    let (stdout, stderr) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let (peak, beside) = peaks(&child, &stderr.1);
    let status = child.wait().expect("it ends");
    let took = began.elapsed();
    let text = |thread: std::thread::JoinHandle<String>| thread.join().expect("it was read");
    let ran = Ran {
        code: status.code(),
        stdout: text(stdout.0),
        stderr: text(stderr.0),
    };
    Ended {
        ran,
        took,
        peak,
        beside,
    }
}

type Drain = (std::thread::JoinHandle<String>, Receiver<()>);

/// Reads a pipe on a thread of its own; the channel closes when all is read.
fn drain(pipe: Option<impl std::io::Read + Send + 'static>) -> Drain {
    let (reading, ended) = channel();
    let mut pipe = pipe.expect("it was asked for");
    let thread = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        drop(reading);
        String::from_utf8(bytes).expect("output is UTF-8")
    });
    (thread, ended)
}

/// The most memory that the process had, and any that it started, in bytes, as far as could be seen
/// while it ran. What `wait4` tells is never less than what this very process has.
fn peaks(child: &Child, ended: &Receiver<()>) -> (u64, u64) {
    let (mut peak, mut beside) = (0, 0);
    let own = child.id().to_string();
    loop {
        peak = peak.max(support::peak_memory(&own));
        let started = children(&own).into_iter();
        let most = started.map(|process| support::peak_memory(&process)).max();
        beside = beside.max(most.unwrap_or(0));
        let waited = ended.recv_timeout(Duration::from_millis(2));
        if waited == Err(RecvTimeoutError::Disconnected) {
            return (peak, beside);
        }
    }
}

/// The processes that any thread of a process started, and that live.
fn children(process: &str) -> Vec<String> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task"));
    let threads = threads.into_iter().flatten().flatten();
    let started = threads.map(|thread| std::fs::read_to_string(thread.path().join("children")));
    let started: String = started.map(Result::unwrap_or_default).collect();
    started.split_whitespace().map(str::to_owned).collect()
}

/// Whether one of these words was said: `a | b` is either of both.
fn says(told: &str, words: &str) -> bool {
    words.split(" | ").any(|words| told.contains(words))
}

/// Work without an end: which of the two limits is reached first depends on the machine.
const ENDLESS: &str = "limit `fuel` | limit `wall`";

/// One line of the table: the limit, if it was one, else the words that were waited for.
fn tell(guest: &str, words: &str, ended: &Ended) {
    let limit = ended.ran.stderr.split_once(": limit `");
    let limit = limit.and_then(|(_, rest)| rest.split('`').next());
    let outcome = limit.map_or_else(|| words.to_owned(), |limit| format!("limit `{limit}`"));
    line(guest, &outcome, ended.took, ended.peak, ended.beside);
}

#[expect(clippy::print_stdout, reason = "figures are for people")]
fn line(guest: &str, outcome: &str, took: Duration, peak: u64, beside: u64) {
    let (seconds, peak, beside) = (took.as_secs_f64(), peak / MEBIBYTE, beside / MEBIBYTE);
    println!("| {guest:<42} | {outcome:<50} | {seconds:6.2} s | {beside:4} MiB | {peak:4} MiB |");
}

fn template() -> TaskDefinition {
    TaskDefinition::new(json!({
        "family": "infra",
        "containerDefinitions": [{ "name": "app", "image": "app:1" }],
    }))
    .expect("it is an object")
}

fn load(bytes: Vec<u8>) -> Result<Plugin, String> {
    let runtime = Runtime::new().expect("wasmtime runs here");
    let name = "p".to_owned();
    let source = PluginSource::Component { name, bytes };
    plugin::load(&runtime, source, &Limits::default()).map_err(|error| error.to_string())
}

/// Runs a plugin in a session; what it traced, or why it failed.
fn run(
    plugin: &Plugin,
    session: &mut Session,
    config: Value,
    limits: &Limits,
) -> Result<Vec<String>, String> {
    let input = EntryInput {
        id: "bad".to_owned(),
        config,
        builtin: true,
        ..EntryInput::default()
    };
    plugin::run_overlay(plugin, session, &input, Arc::new(NoLookups), limits)
        .map(|report| {
            report
                .traced
                .into_iter()
                .map(|traced| traced.message)
                .collect()
        })
        .map_err(|error| error.to_string())
}

/// The next plugin: it edits as if nothing had been.
fn assert_next_is_well(polite: &Plugin, session: Session, config: Value) {
    let mut session = session;
    run(polite, &mut session, config, &Limits::default()).expect("it is polite");
    let overlaid = session.finish();
    let app = overlaid.definition.container("app").expect("it is there");
    let expected = json!([{ "name": "POLITE", "value": "yes" }]);
    assert_eq!(app.get("environment"), Some(&expected));
    assert_eq!(overlaid.edits.len(), 1);
}
