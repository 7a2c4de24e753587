//! The process that compiles: each of its limits broken once, and nothing given to it.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use acetate::store::{CompileError, CompileLimits, CompilerProcess, Store, StoreOptions};
use wasm_encoder::{
    CodeSection, Component, Function, FunctionSection, Module, ModuleSection, TypeSection, ValType,
};

use super::program::world;
use super::{compiler, component};

/// A component of one module, with as many functions of as many additions.
fn large(functions: u32, additions: u32) -> Vec<u8> {
    let (mut types, mut declared, mut code) = (
        TypeSection::new(),
        FunctionSection::new(),
        CodeSection::new(),
    );
    types
        .ty()
        .function([ValType::I32, ValType::I32], [ValType::I32]);
    for _ in 0..functions {
        declared.function(0);
        let mut function = Function::new([]);
        let mut body = function.instructions();
        body.local_get(0);
        for at in 0..additions {
            // Each needs the one before, and none can be left out.
            body.local_get(at % 2).i32_add().local_tee(at % 2);
            body.local_get(1).i32_rem_u();
        }
        body.end();
        code.function(&function);
    }
    let mut module = Module::new();
    module.section(&types).section(&declared).section(&code);
    let mut component = Component::new();
    component.section(&ModuleSection(&module));
    component.finish()
}

fn usual() -> CompileLimits {
    CompileLimits::default()
}

fn refused(limits: CompileLimits, component: &[u8]) -> String {
    let error = compiler()
        .compile(component, &limits)
        .expect_err("a limit is reached");
    assert!(matches!(error, CompileError::Limit { .. }), "{error:?}");
    error.to_string()
}

#[test]
fn what_is_within_the_limits_is_compiled() {
    let code = compiler().compile(&large(2, 10), &usual()).unwrap();
    assert!(code.starts_with(b"\x7fELF"));
}

#[test]
fn a_component_that_needs_too_much_memory_is_refused() {
    let limits = CompileLimits {
        memory: 400 << 20,
        threads: 1,
        ..usual()
    };
    insta::assert_snapshot!(refused(limits, &large(1, 700_000)), @"compiling it takes more than 419430400 bytes: limit `compile-memory`");
}

#[test]
fn a_component_that_takes_too_much_of_the_processor_is_refused() {
    let limits = CompileLimits {
        cpu: Duration::from_secs(1),
        ..usual()
    };
    insta::assert_snapshot!(refused(limits, &large(1, 700_000)), @"compiling it takes more than 1 s of all processors: limit `compile-cpu`");
}

#[test]
fn a_component_that_takes_too_long_is_refused_in_time() {
    let limits = CompileLimits {
        wall: Duration::from_millis(300),
        ..usual()
    };
    let began = Instant::now();
    insta::assert_snapshot!(refused(limits, &large(1, 700_000)), @"compiling it takes more than 0.3 s: limit `compile-wall`");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn too_much_code_is_refused() {
    let limits = CompileLimits {
        code: 1000,
        ..usual()
    };
    insta::assert_snapshot!(refused(limits, &component()), @"compiling it takes more than 1000 bytes of code: limit `compile-code`");
}

/// What the process prints into a file is nothing: it may not write one, whatever it is told.
#[test]
fn the_process_can_write_no_file() {
    let place = tempfile::tempdir().unwrap();
    let (input, output) = (place.path().join("in"), place.path().join("out"));
    std::fs::write(&input, component()).unwrap();
    let ended = Command::new(env!("CARGO_BIN_EXE_acetate"))
        .args(["compile-component", "--memory", "2000000000"])
        .args(["--cpu", "60", "--threads", "2"])
        .stdin(std::fs::File::open(&input).unwrap())
        .stdout(std::fs::File::create(&output).unwrap())
        .status()
        .unwrap();
    assert!(!ended.success(), "{ended}");
    assert_eq!(output.metadata().unwrap().len(), 0);
}

/// A program in the place of acetate.
fn script(folder: &tempfile::TempDir, text: &str) -> CompilerProcess {
    let program = folder.path().join("program");
    std::fs::write(&program, format!("#!/bin/sh\n{text}\n")).expect("the folder can be written");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700))
        .expect("the folder can be written");
    CompilerProcess { program }
}

/// What a process that ends badly is called.
#[test]
fn a_process_that_dies_is_a_clear_error() {
    let place = tempfile::tempdir().unwrap();
    let error = |text: &str| {
        let answer = script(&place, text).compile(&component(), &usual());
        answer.expect_err("it gives no code").to_string()
    };
    insta::assert_snapshot!(error("kill -KILL $$"), @"the process that compiles it ended with signal: 9 (SIGKILL)");
    insta::assert_snapshot!(error("kill -SEGV $$"), @"compiling it takes more than 1073741824 bytes: limit `compile-memory`");
    insta::assert_snapshot!(error("exit 7"), @"the process that compiles it ended with exit status: 7");
    insta::assert_snapshot!(error("kill -XFSZ $$"), @"the process that compiles it wrote a file, or tried to");
    insta::assert_snapshot!(error("kill -ABRT $$"), @"compiling it takes more than 1073741824 bytes: limit `compile-memory`");
    let absent = CompilerProcess {
        program: PathBuf::from("/nonexistent/acetate"),
    };
    insta::assert_snapshot!(absent.compile(&component(), &usual()).unwrap_err(), @"the process that compiles it cannot be started");
}

/// One that says nothing and never ends is ended.
#[test]
fn a_process_that_hangs_is_ended() {
    let place = tempfile::tempdir().unwrap();
    for text in ["exec sleep 60", "exec >&-; exec sleep 60"] {
        let limits = CompileLimits {
            wall: Duration::from_millis(200),
            ..usual()
        };
        let process = script(&place, text);
        let began = Instant::now();
        let error = process.compile(&component(), &limits).unwrap_err();
        assert!(matches!(
            error,
            CompileError::Limit {
                limit: "compile-wall",
                ..
            }
        ));
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}

/// An answer that is no code is told, not loaded.
#[test]
fn an_answer_that_is_no_code_is_an_error() {
    let place = tempfile::tempdir().unwrap();
    let store = Store::new(StoreOptions {
        compiler: Some(script(&place, "cat >/dev/null; echo nonsense")),
        ..super::options(&place.path().join("store"))
    });
    let engine = wasmtime::Engine::default();
    let bytes = component();
    let digest = acetate::store::Digest::of(&bytes);
    let error = store
        .make(&engine, "p", (&digest, &bytes), &[], &usual())
        .unwrap_err();
    assert!(matches!(error, CompileError::Died(_)), "{error:?}");
    assert_eq!(
        super::files(&place.path().join("store")),
        Vec::<PathBuf>::new()
    );
}

/// No variable, no file but the three streams, no folder of the user's; whatever this process
/// was given by its own parent.
#[test]
fn the_process_is_given_nothing() {
    let place = tempfile::tempdir().unwrap();
    let told = place.path().join("told");
    // The shell keeps files of its own, from 10 on.
    let probe = format!(
        "cat /proc/$$/environ > {0}; pwd >> {0}; readlink /proc/$$/fd/[3-9] >> {0}; \
         readlink /proc/$$/fd/2 >> {0}; exec {1} \"$@\"",
        told.display(),
        env!("CARGO_BIN_EXE_acetate"),
    );
    let process = script(&place, &probe);
    // A pipe that is open in every child, as a shell leaves one with `<(…)`.
    let (reader, _writer) = std::io::pipe().unwrap();
    rustix::io::fcntl_setfd(&reader, rustix::io::FdFlags::empty()).unwrap();
    process.compile(&component(), &usual()).unwrap();
    assert_eq!(std::fs::read_to_string(told).unwrap(), "/\n/dev/null\n");
}

/// The program says which limit it was, and exits as for any bad plugin.
#[test]
fn a_run_that_cannot_compile_says_why() {
    let world = world();
    std::fs::write(
        world.path().join("other.wasm"),
        b"\0asm\x0d\0\x01\0nonsense",
    )
    .unwrap();
    let ran = world.run(&["render", "--offline", "--set", "image=app:1"]);
    insta::assert_snapshot!(ran, @r"
    ------- stderr -------
    error: `other.wasm` is no plugin: unexpected end-of-file
    [exit code 1]
    ");
}
