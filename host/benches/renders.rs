//! What a fleet costs: `cargo bench -p acetate --bench renders`.
//!
//! Each sample is a process of its own that reads one acetate.toml of many services and renders
//! every one of them from a template: the built-in plugin, a plugin that adds a sidecar and a
//! policy, each in a fresh instance, then the rules of `validate`. Code of the two plugins comes
//! from a store that was filled before. AWS is not asked, and nothing is printed of the result.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark starts programs, looks at the clock and prints"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use acetate::config::{Config, Entry, PluginRef, STANDARD, Selection, Settings};
use acetate::overlay::Session;
use acetate::plugin::{self, EntryInput, NoLookups, Plugin, PluginSource, Runtime};
use acetate::render::{Stamps, render};
use acetate::store::{CompilerProcess, KeySource, ROOM, Secret, Store, StoreOptions};
use acetate::task_definition::TaskDefinition;
use acetate::validate::validate;

#[path = "../../tests/it/support/component.rs"]
#[expect(dead_code, reason = "two guests in Rust are built, and no others")]
mod component;

const RUNS: usize = 7;
const FEW: usize = 100;
const MANY: usize = 1_000;
/// The variables that make this program take one sample.
const SAMPLE: &str = "ACETATE_BENCH_SAMPLE";
const SERVICES: &str = "ACETATE_BENCH_SERVICES";

const CONFIGURATION: &str = r#"
cluster  = "prod"
template = "file:template.json"
family   = "prod-${service}"

[containers.app]
image = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/${service}@sha256:0000000000000000000000000000000000000000000000000000000000000000"
env   = { LOG_LEVEL = "info", SERVICE = "${service}", PORT = "8080" }

[overlays.otel]
plugin = "path:sidecar.wasm"
order  = 10
allow  = ["sidecar:otel=public.ecr.aws/acme/otel", "env:otel:*"]
config = { do = "sidecar", image = "public.ecr.aws/acme/otel@sha256:0000000000000000000000000000000000000000000000000000000000000000" }

[policies.pinned]
plugin = "path:policy.wasm"
"#;

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("measured by `cargo bench`, in release");
        return;
    }
    match std::env::var_os(SAMPLE) {
        Some(folder) => sample(Path::new(&folder)),
        None => compare(),
    }
}

fn compare() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for (guest, file) in [("overlay", "sidecar.wasm"), ("policy", "policy.wasm")] {
        let part = component::Part::Example(guest);
        let (guests, target) = (root().join("tests/guests"), root().join("target/guests"));
        let bytes = component::build(&guests, "acetate-guests", part, &target);
        let bytes = bytes.expect("this needs the wasm target");
        std::fs::write(folder.path().join(file), bytes).expect("it can be written");
    }
    let _fills_the_store = [take(folder.path(), 1), take(folder.path(), 1)];
    let mut samples = [Vec::new(), Vec::new()];
    for _ in 0..RUNS {
        samples[0].push(take(folder.path(), FEW));
        samples[1].push(take(folder.path(), MANY));
    }
    println!("\nRenders of different services in one process, {RUNS} processes in turn\n");
    println!("| services | median | least | most | peak memory |\n| --- | --- | --- | --- | --- |");
    let mut medians = Vec::new();
    for (count, mut taken) in [FEW, MANY].into_iter().zip(samples) {
        taken.sort_unstable();
        let ms = |at: usize| taken[(taken.len() - 1) * at / 2].0.as_secs_f64() * 1e3;
        let peak = taken
            .iter()
            .map(|(_, peak)| peak)
            .max()
            .expect("there are samples");
        println!(
            "| {count} | {:.1} ms | {:.1} ms | {:.1} ms | {} MiB |",
            ms(1),
            ms(0),
            ms(2),
            peak / 1024
        );
        medians.push(ms(1));
    }
    println!("\nt({MANY}) / t({FEW}) = {:.2}", medians[1] / medians[0]);
}

/// One process; its time, and its peak of resident memory in KiB.
fn take(folder: &Path, services: usize) -> (Duration, u64) {
    let output = Command::new(std::env::current_exe().expect("this program has a path"))
        .arg("--bench")
        .env(SAMPLE, folder)
        .env(SERVICES, services.to_string())
        .output()
        .expect("this program starts");
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).expect("it prints numbers");
    let mut numbers = printed
        .split_whitespace()
        .map(|n| n.parse().expect("it prints numbers"));
    let mut number = || numbers.next().expect("it prints two numbers");
    (Duration::from_nanos(number()), number())
}

fn sample(folder: &Path) {
    let services = std::env::var(SERVICES).expect("it was set");
    let services: usize = services.parse().expect("it is a number");
    let mut text = CONFIGURATION.to_owned();
    for service in 0..services {
        write!(text, "[services.s{service}]\nservice = \"s{service}\"\n").expect("a string grows");
    }
    let template = std::fs::read(root().join("examples/quick-start/template.json"));
    let template = template.expect("it is in the tree");
    let template: serde_json::Value = serde_json::from_slice(&template).expect("it is JSON");

    let began = Instant::now();
    let config = Config::parse(&text, "acetate.toml").expect("it is right");
    let runtime = runtime(&folder.join("store"));
    let template = TaskDefinition::new(template).expect("it is an object");
    for service in config.services() {
        let selection = Selection {
            service: Some(&service),
            environment: None,
            set: &[],
            env: &|_| None,
        };
        let settings = config.settings(&selection).expect("it is right");
        one(&runtime, folder, &settings, template.clone());
    }
    let took = began.elapsed();
    let status = std::fs::read_to_string("/proc/self/status").expect("the kernel tells");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.split_whitespace().next());
    println!("{} {}", took.as_nanos(), peak.expect("the kernel tells"));
}

fn one(runtime: &Runtime, folder: &Path, settings: &Settings, template: TaskDefinition) {
    let mut session = Session::new(template, &settings.family);
    for entry in &settings.overlays {
        let plugin = load(runtime, folder, entry);
        let ran = plugin::run_overlay(
            &plugin,
            &mut session,
            &input(entry),
            Arc::new(NoLookups),
            &entry.limits,
        );
        ran.unwrap_or_else(|error| panic!("{}: {error:?}", entry.id));
    }
    let overlaid = session.finish();
    let stamps = Stamps::default();
    let rendered = render(overlaid.definition.clone(), &settings.family, &stamps);
    let document = rendered.expect("it can be rendered").definition;
    for entry in &settings.policies {
        let plugin = load(runtime, folder, entry);
        let ran = plugin::run_policy(
            &plugin,
            &overlaid,
            &document,
            &input(entry),
            Arc::new(NoLookups),
            &entry.limits,
        );
        ran.unwrap_or_else(|error| panic!("{}: {error:?}", entry.id));
    }
    let faults = validate(&document);
    assert!(
        faults
            .iter()
            .all(|fault| fault.severity != acetate::event::Severity::Error)
    );
}

fn load(runtime: &Runtime, folder: &Path, entry: &Entry) -> Plugin {
    let source = match &entry.plugin {
        PluginRef::Path(name) => PluginSource::File {
            name: name.clone(),
            file: std::fs::File::open(folder.join(name)).expect("it was built"),
        },
        _ => PluginSource::Builtin(STANDARD.to_owned()),
    };
    plugin::load(runtime, source, &entry.limits).expect("it is a plugin")
}

fn input(entry: &Entry) -> EntryInput {
    EntryInput {
        id: entry.id.clone(),
        config: entry.config.clone(),
        inputs: BTreeMap::new(),
        allow: entry.allow.clone(),
        builtin: entry.id == STANDARD,
        ..EntryInput::default()
    }
}

fn runtime(store: &Path) -> Runtime {
    let store = Store::new(StoreOptions {
        folder: Some(store.to_owned()),
        key: KeySource::Given(Secret("a".repeat(64))),
        room: ROOM,
        compiler: Some(CompilerProcess {
            program: PathBuf::from(env!("CARGO_BIN_EXE_acetate")),
        }),
        settled: Duration::ZERO,
    });
    Runtime::with_store(Arc::new(store), false).expect("wasmtime runs here")
}

/// What `component.rs` wants of the crate that it is a part of.
fn root() -> PathBuf {
    let host = Path::new(env!("CARGO_MANIFEST_DIR"));
    host.parent().expect("host/ lies in the root").to_owned()
}

fn skip(why: &str, _: bool) {
    println!("skipped: {why}");
}
