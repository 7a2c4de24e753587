//! What a plugin costs, warm: `cargo bench -p acetate --bench plugins [-- FILE…]`.
//!
//! Each sample is a process of its own, in turn with the bare wasmtime program
//! (`examples/bare.rs`): the built-in plugin, then the same component once more as a stranger's,
//! then the components that the command line names. All are run with the configuration `{}` but
//! the built-in one, and their code comes from a store that was filled before. Time is from
//! before the file is read until the plugin's edits are taken over.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark starts programs, looks at the clock and prints"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use acetate::overlay::Session;
use acetate::plugin::{self, EntryInput, Limits, NoLookups, PluginSource, Runtime};
use acetate::store::{CompilerProcess, KeySource, ROOM, Secret, Store, StoreOptions};
use acetate::task_definition::TaskDefinition;
use serde_json::{Value, json};

#[path = "../examples/bare.rs"]
mod bare;

const RUNS: usize = 31;
/// The variable that makes this program take one sample.
const SAMPLE: &str = "ACETATE_BENCH_SAMPLE";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("measured by `cargo bench`, in release");
        return;
    }
    let files: Vec<PathBuf> = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"))
        .map(PathBuf::from)
        .collect();
    match std::env::var_os(SAMPLE) {
        Some(folder) if folder.is_empty() => sample_bare(),
        Some(folder) => sample(Path::new(&folder), &files),
        None => compare(&files),
    }
}

/// Takes samples in turn, and prints what they say.
fn compare(files: &[PathBuf]) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut names = vec![
        "bare wasmtime program".to_owned(),
        "built-in plugin".to_owned(),
        "the same as a stranger's".to_owned(),
    ];
    names.extend(files.iter().map(|file| file.display().to_string()));
    let mut samples: Vec<Vec<Duration>> = vec![Vec::new(); names.len()];
    for run in 0..RUNS + 2 {
        let bare = take("", files);
        let ours = take(&folder.path().display().to_string(), files);
        // The first one fills the store, the second one notes what is in it.
        for (all, one) in samples.iter_mut().zip(bare.into_iter().chain(ours)) {
            if run > 1 {
                all.push(one);
            }
        }
    }
    println!("\nOne plugin, warm, {RUNS} processes in turn\n");
    println!("| plugin | median | quartiles | least |\n| --- | --- | --- | --- |");
    for (name, mut times) in names.into_iter().zip(samples) {
        times.sort_unstable();
        let ms = |at: usize| times[(times.len() - 1) * at / 4].as_secs_f64() * 1e3;
        println!(
            "| {name} | {:.3} ms | {:.3} to {:.3} ms | {:.3} ms |",
            ms(2),
            ms(1),
            ms(3),
            ms(0)
        );
    }
}

/// One process; the times that it prints, in nanoseconds.
fn take(folder: &str, files: &[PathBuf]) -> Vec<Duration> {
    let output = Command::new(std::env::current_exe().expect("this program has a path"))
        .arg("--bench")
        .args(files)
        .env(SAMPLE, folder)
        .output()
        .expect("this program starts");
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).expect("it prints numbers");
    let number = |line: &str| line.parse().map(Duration::from_nanos);
    printed
        .lines()
        .map(|line| number(line).expect("it prints numbers"))
        .collect()
}

fn tell(began: Instant) {
    println!("{}", began.elapsed().as_nanos());
}

fn sample_bare() {
    let began = Instant::now();
    bare::main().expect("the bare program runs");
    tell(began);
}

fn sample(folder: &Path, files: &[PathBuf]) {
    let store = Arc::new(Store::new(StoreOptions {
        folder: Some(folder.to_owned()),
        key: KeySource::Given(Secret("a".repeat(64))),
        room: ROOM,
        compiler: Some(CompilerProcess {
            program: PathBuf::from(env!("CARGO_BIN_EXE_acetate")),
        }),
        settled: Duration::ZERO,
    }));
    let began = Instant::now();
    let runtime = Runtime::with_store(store, false).expect("wasmtime runs here");
    let builtin = PluginSource::Builtin("standard".to_owned());
    let config = json!({ "containers": { "app": {
        "image": "app:1", "env": { "LOG_LEVEL": "info", "PORT": "8080" } } } });
    lay(&runtime, builtin, config);
    tell(began);
    let standard = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/standard/standard.wasm");
    // One byte more than the built-in one, in a section that says nothing: another component.
    let stranger = folder.join("stranger.wasm");
    if !stranger.exists() {
        let mut bytes = std::fs::read(standard).expect("it is in the tree");
        bytes.extend([0, 2, 1, b'x']);
        std::fs::write(&stranger, bytes).expect("it can be written");
    }
    for file in [stranger].iter().chain(files) {
        let began = Instant::now();
        let name = file.display().to_string();
        let file = std::fs::File::open(file).expect("the component can be read");
        lay(&runtime, PluginSource::File { name, file }, json!({}));
        tell(began);
    }
}

fn lay(runtime: &Runtime, source: PluginSource, config: Value) {
    let limits = Limits::default();
    let plugin = plugin::load(runtime, source, &limits).expect("it is a plugin");
    let template = json!({ "containerDefinitions": [{ "name": "app", "image": "app:0" }] });
    let template = TaskDefinition::new(template).expect("it is an object");
    let mut session = Session::new(template, "web");
    let entry = EntryInput {
        id: "ci".to_owned(),
        config,
        builtin: true,
        ..EntryInput::default()
    };
    // What it says of this configuration is not measured.
    let _ran = plugin::run_overlay(&plugin, &mut session, &entry, Arc::new(NoLookups), &limits);
}
