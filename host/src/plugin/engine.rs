//! The one wasmtime configuration.
//!
//! `build.rs` includes this very file, so that what was compiled at build time is accepted at
//! run time. It must name nothing of this crate.

use wasmtime::{Config, Strategy, WasmBacktraceDetails};

/// Bytes of stack that a plugin may use. The thread that runs it needs more than that.
pub const WASM_STACK: usize = 512 * 1024;

/// Who makes native code of a plugin.
///
/// Winch of wasmtime 48 runs what Cranelift runs, with the same limits by fuel, epoch and stack
/// and the same canonical NaNs, but for: tail calls, references to typed functions and
/// exceptions, which it refuses when it validates; and vector instructions, of which it knows a
/// part, and none on a processor without AVX. It exists for x86-64 and aarch64 only. What it
/// refuses has to be compiled by Cranelift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compiler {
    /// Slow to compile, fast to run: all code that is kept.
    Cranelift,
    /// Quick to compile, slower to run. Its code must run in no process that holds credentials.
    Winch,
}

impl Compiler {
    /// As it is written: `cranelift`, `winch`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cranelift => "cranelift",
            Self::Winch => "winch",
        }
    }
}

/// How plugins are compiled and run on this target triple, such as
/// `x86_64-unknown-linux-gnu`. Everything but the compiler is the same for both compilers.
///
/// The triple is always given to Cranelift: without it wasmtime would compile for the very
/// processor of the machine, and code compiled at build time would not run on another. Winch's
/// code is never kept, and is for this processor.
///
/// # Errors
/// The triple is none, or wasmtime cannot compile for it.
pub fn engine_config(target: &str, compiler: Compiler) -> wasmtime::Result<Config> {
    let mut config = Config::new();
    match compiler {
        Compiler::Cranelift => {
            config.target(target)?;
            config.strategy(Strategy::Cranelift);
        }
        Compiler::Winch => {
            config.strategy(Strategy::Winch);
        }
    }
    // On all processors: compiling is what a first use waits for.
    config.parallel_compilation(true);
    // Limits: time by epoch, work by fuel, stack by bytes.
    config.epoch_interruption(true);
    config.consume_fuel(true);
    config.max_wasm_stack(WASM_STACK);
    // Same inputs, same bytes: the bits of a NaN are no source of randomness.
    config.cranelift_nan_canonicalization(true);
    config.wasm_relaxed_simd(false);
    // Nothing of this is of use to a plugin. Threads and garbage collection are not compiled in.
    config.wasm_memory64(false);
    // A plugin's memory is small: reserve little address space, so that many fit. It is enough to
    // grow to the limit in place: memory that moves is copied, again and again where a guest grows
    // it by little, and no limit counts that.
    config.memory_reservation(0);
    config.memory_may_move(true);
    config.memory_reservation_for_growth(256 << 20);
    config.memory_guard_size(64 * 1024);
    // A trap names functions, from the component alone and whatever the environment says.
    config.wasm_backtrace_details(WasmBacktraceDetails::Enable);
    Ok(config)
}
