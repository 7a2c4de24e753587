//! Figures of whole processes, from start to exit: `cargo bench -p acetate --bench figures`.
//!
//! `acetate render` beside the least that anyone could do (`examples/bare.rs`): both in turn in
//! one run, so that what else the machine does falls on both. Both are copied first, as installing
//! does: a file just written by a linker lies in smaller pieces in memory, and starts slower. With `-- --clean-builds` it also
//! measures how long clean builds take, which is minutes.
//!
//! This program stays small and links nothing of acetate: the peak memory that the kernel tells
//! of a process is never below that of the one that started it.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark starts programs, looks at the clock and prints"
)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 20;
const WARM_UP: usize = 3;
const ACETATE: &str = env!("CARGO_BIN_EXE_acetate");
const RENDER: [&str; 3] = ["render", "--set", "image=app:1"];

/// The quick start without AWS: its template is a file, and there are no secrets to look up.
const FROM_FILE: &str = r#"
cluster  = "prod"
service  = "web"
template = "file:template.json"
family   = "web"

[containers.app]
image = "${inputs.image}"
env   = { LOG_LEVEL = "info" }
"#;

fn main() {
    let asked = |flag: &str| std::env::args().any(|argument| argument == flag);
    if !asked("--bench") {
        println!("measured by `cargo bench`, in release");
        return;
    }
    processes();
    artefacts();
    if asked("--clean-builds") {
        clean_builds();
    }
}

/// Time and memory of whole processes.
fn processes() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let quick_start = root().join("examples/quick-start");
    std::fs::copy(
        quick_start.join("template.json"),
        folder.path().join("template.json"),
    )
    .expect("the template can be copied");
    std::fs::write(folder.path().join("acetate.toml"), FROM_FILE).expect("it can be written");
    let endpoint = Endpoint::start(&quick_start.join("world.toml"));
    let installed = |program: &Path, name: &str| {
        let file = folder.path().join(name);
        std::fs::copy(program, &file).expect("the program can be copied");
        file
    };
    let acetate = installed(ACETATE.as_ref(), "acetate");
    let bare = installed(&bare(), "bare");

    let mut programs = [
        Program::new("bare wasmtime program", &bare, &[], folder.path()),
        Program::new("acetate --version", &acetate, &["--version"], folder.path()),
        Program::new(
            "render, template of a file",
            &acetate,
            &RENDER,
            folder.path(),
        ),
        Program::new(
            "render, quick start (3 calls)",
            &acetate,
            &RENDER,
            &quick_start,
        )
        .with(&endpoint.variables),
    ];
    for run in 0..WARM_UP + RUNS {
        for program in &mut programs {
            let sample = program.run();
            if run >= WARM_UP {
                program.samples.push(sample);
            }
        }
    }
    print_table(&programs);
}

/// A command and what its runs took.
struct Program {
    name: &'static str,
    command: Command,
    samples: Vec<Sample>,
}

/// One run of a program.
#[derive(Clone, Copy)]
struct Sample {
    /// From before its start until it was gone.
    wall: Duration,
    /// Time of the processor, in the program and in the kernel.
    processor: Duration,
    /// Most memory that was resident, in KiB.
    peak: u64,
}

impl Program {
    fn new(name: &'static str, file: &Path, arguments: &[&str], folder: &Path) -> Self {
        let mut command = Command::new(file);
        command
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("HOME", std::env::temp_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        Self {
            name,
            command,
            samples: Vec::new(),
        }
    }

    fn with(mut self, variables: &[(String, String)]) -> Self {
        self.command.envs(variables.iter().cloned());
        self
    }

    #[expect(clippy::zombie_processes, reason = "`wait` reaps it")]
    fn run(&mut self) -> Sample {
        let began = Instant::now();
        let child = self.command.spawn().expect("the program starts");
        let (status, usage) = wait(&child);
        let wall = began.elapsed();
        assert_eq!(status, 0, "`{}` ended badly", self.name);
        let time = |t: libc::timeval| {
            Duration::from_secs(t.tv_sec.unsigned_abs())
                + Duration::from_micros(t.tv_usec.unsigned_abs())
        };
        Sample {
            wall,
            processor: time(usage.ru_utime) + time(usage.ru_stime),
            peak: usage.ru_maxrss.unsigned_abs(),
        }
    }

    fn median<T: Copy + Ord>(&self, of: impl Fn(&Sample) -> T) -> T {
        quartile(&self.samples, 2, of)
    }
}

/// Waits for a child, and has the kernel tell what it used.
#[expect(unsafe_code, reason = "std waits, but does not tell what was used")]
fn wait(child: &Child) -> (i32, libc::rusage) {
    let pid = child.id().try_into().expect("a process id is a pid_t");
    let (mut status, mut usage) = (0, std::mem::MaybeUninit::zeroed());
    // SAFETY: both pointers are valid for writes, `pid` is our child and nobody else waits for
    // it; all zeroes are a valid `rusage`.
    let usage = unsafe {
        let waited = libc::wait4(pid, &raw mut status, 0, usage.as_mut_ptr());
        assert_eq!(waited, pid, "the child can be waited for");
        usage.assume_init()
    };
    (status, usage)
}

/// First (1), second (2: the median) or third quartile of what the runs took.
fn quartile<T: Copy + Ord>(samples: &[Sample], number: usize, of: impl Fn(&Sample) -> T) -> T {
    let mut values: Vec<T> = samples.iter().map(of).collect();
    values.sort_unstable();
    values[(values.len() - 1) * number / 4]
}

fn print_table(programs: &[Program]) {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let bare = &programs[0];
    let (bare_wall, bare_peak) = (ms(bare.median(|s| s.wall)), bare.median(|s| s.peak));
    println!("\nWhole processes, {RUNS} runs of each in turn (target: render at most 3 x bare)\n");
    println!(
        "| program | median | quartiles | least | x bare | processor | peak memory | x bare |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for program in programs {
        let wall = |number| ms(quartile(&program.samples, number, |s| s.wall));
        let peak = program.median(|s| s.peak);
        println!(
            "| {} | {:.2} ms | {:.2} to {:.2} ms | {:.2} ms | {:.2} | {:.2} ms | {:.1} MiB | {:.2} |",
            program.name,
            wall(2),
            wall(1),
            wall(3),
            wall(0),
            wall(2) / bare_wall,
            ms(program.median(|s| s.processor)),
            peak as f64 / 1024.0,
            peak as f64 / bare_peak as f64,
        );
    }
}

/// The embedded endpoint, in a process of its own, until it is dropped.
struct Endpoint {
    process: Child,
    variables: Vec<(String, String)>,
}

impl Endpoint {
    fn start(world: &Path) -> Self {
        let mut process = Command::new(ACETATE)
            .args(["local", "--quiet", "--world"])
            .arg(world)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the endpoint starts");
        let mut line = String::new();
        let told = process.stdout.take().expect("it is piped");
        BufReader::new(told)
            .read_line(&mut line)
            .expect("the endpoint says where it is");
        let pair = |word: &str| {
            let (name, value) = word.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        };
        Self {
            process,
            variables: line.split_whitespace().filter_map(pair).collect(),
        }
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        let _it_may_be_gone = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// What is made: size of the program, crates it is made of.
fn artefacts() {
    let program = std::fs::metadata(ACETATE).expect("the program is there");
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock is there");
    let crates = lock.lines().filter(|line| *line == "[[package]]").count();
    println!(
        "\nstripped release binary: {:.1} MiB ({} bytes)",
        program.len() as f64 / f64::from(1 << 20),
        program.len()
    );
    println!("crates in Cargo.lock, our own and those for tests among them: {crates}");
}

/// Builds from nothing, one after the other, each in a folder of its own.
fn clean_builds() {
    for (name, flags) in [("debug", &[][..]), ("release", &["--release"])] {
        let target = tempfile::tempdir().expect("a temporary folder can be made");
        let began = Instant::now();
        cargo(&["build", "-p", "acetate"], flags, target.path());
        println!(
            "clean build, {name}: {:.0} s",
            began.elapsed().as_secs_f64()
        );
    }
}

/// The bare program, built like this one.
fn bare() -> PathBuf {
    let this = std::env::current_exe().expect("this program has a path");
    // TARGET/release/deps/figures-…
    let release = this.ancestors().nth(2).expect("it lies in a target folder");
    let target = release.parent().expect("it lies in a target folder");
    cargo(
        &["build", "-p", "acetate"],
        &["--release", "--example", "bare"],
        target,
    );
    release.join("examples/bare")
}

fn cargo(command: &[&str], flags: &[&str], target: &Path) {
    let ended = Command::new(env!("CARGO"))
        .args(command)
        .args(flags)
        .args(["--quiet", "--locked", "--target-dir"])
        .arg(target)
        .current_dir(root())
        .status()
        .expect("cargo starts");
    assert!(ended.success(), "`cargo build` failed");
}

fn root() -> PathBuf {
    let host = Path::new(env!("CARGO_MANIFEST_DIR"));
    host.parent().expect("host/ lies in the root").to_owned()
}
