//! The process that compiles one component: this program once more, with nothing but a pipe in
//! and a pipe out.
//!
//! Compiling is work on bytes that a stranger chose: it may take for ever, or all memory. So it
//! is done in a process that has no credentials, no environment and no files, and that sets its
//! own limits before it reads the first byte. That is a limit on resources and not on integrity:
//! whoever could take this process over could answer with any code, and that code would be run.

use std::io::{Read, Write};

use clap::Args;
use rustix::process::{Resource, Rlimit, Signal};
use wasmtime::Engine;

use super::limits::CompileLimits;
use crate::plugin::engine::{Compiler, engine_config};

/// The hidden verb.
pub(super) const VERB: &str = "compile-component";
/// Exit code for a component that is none; stdout says why.
pub(super) const REFUSED: u8 = 1;
/// Exit code where memory ran out and the compiler could still say so.
pub(crate) const NO_MEMORY: u8 = 3;
/// Exit code where the limits could not be set.
pub(crate) const UNLIMITED: u8 = 4;

/// Compiles the component on stdin to native code on stdout, under limits
#[derive(Debug, Clone, Copy, Args)]
pub struct CompileArgs {
    /// Bytes of memory
    #[arg(long, value_name = "BYTES")]
    memory: u64,
    /// Seconds of all processors
    #[arg(long, value_name = "SECONDS")]
    cpu: u64,
    /// Threads at the same time
    #[arg(long, value_name = "COUNT")]
    threads: usize,
}

impl CompileArgs {
    /// The command line that reads back as these limits.
    pub(super) fn arguments(limits: &CompileLimits) -> [String; 7] {
        [
            VERB.to_owned(),
            "--memory".to_owned(),
            limits.memory.to_string(),
            "--cpu".to_owned(),
            limits.cpu.as_secs().max(1).to_string(),
            "--threads".to_owned(),
            limits.threads.to_string(),
        ]
    }
}

/// The whole life of the process; gives its exit code.
#[must_use]
pub fn main(args: &CompileArgs) -> u8 {
    if confine((args.memory, args.memory), args.cpu).is_err() {
        return UNLIMITED;
    }
    let mut component = Vec::new();
    if std::io::stdin().read_to_end(&mut component).is_err() {
        return NO_MEMORY;
    }
    // Where a thread cannot be started, it is for want of room for its stack.
    if use_threads(args.threads).is_err() {
        return NO_MEMORY;
    }
    let (code, answer) = match compile(&component) {
        Ok(native) => (0, native),
        Err(error) if ran_out_of_memory(&error) => (NO_MEMORY, Vec::new()),
        Err(error) => (REFUSED, format!("{error:#}").into_bytes()),
    };
    match std::io::stdout().write_all(&answer) {
        Ok(()) => code,
        // Nobody waits for it any more.
        Err(_) => REFUSED,
    }
}

fn compile(component: &[u8]) -> wasmtime::Result<Vec<u8>> {
    let config = engine_config(env!("ACETATE_TARGET"), Compiler::Cranelift)?;
    Engine::new(&config)?.precompile_component(component)
}

/// Has the compiler use so many threads at most.
pub(crate) fn use_threads(threads: usize) -> wasmtime::Result<()> {
    // Each thread of the allocator reserves address space of its own: a machine of many
    // processors would use the limit up before it compiled anything.
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    rayon::ThreadPoolBuilder::new()
        .num_threads(processors.min(threads).max(1))
        .build_global()
        .map_err(wasmtime::Error::new)
}

/// Sets the limits, and ends with the process that waits for the answer. Memory is limited to the
/// first amount, which the process itself may raise to the second.
pub(crate) fn confine((memory, most): (u64, u64), cpu: u64) -> rustix::io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    limit(Resource::Core, 0, 0)?;
    limit(Resource::Fsize, 0, 0)?;
    limit(Resource::As, memory, most)?;
    // The first sends a signal that says which limit it was, the second one that nobody survives.
    limit(Resource::Cpu, cpu, cpu.saturating_add(1))
}

fn limit(resource: Resource, current: u64, maximum: u64) -> rustix::io::Result<()> {
    // A limit that is lower already cannot be raised, and need not be.
    let before = rustix::process::getrlimit(resource).maximum;
    let at_most = |value: u64| Some(before.map_or(value, |before| before.min(value)));
    let limit = Rlimit {
        current: at_most(current),
        maximum: at_most(maximum),
    };
    rustix::process::setrlimit(resource, limit)
}

fn ran_out_of_memory(error: &wasmtime::Error) -> bool {
    error.is::<wasmtime::OutOfMemory>()
        || error.chain().any(|cause| {
            let code = cause
                .downcast_ref::<std::io::Error>()
                .and_then(std::io::Error::raw_os_error);
            code == Some(rustix::io::Errno::NOMEM.raw_os_error())
                || cause.downcast_ref() == Some(&rustix::io::Errno::NOMEM)
        })
}
