//! The one wasmtime configuration.
//!
//! `build.rs` includes this very file, so that what was compiled at build time is accepted at
//! run time. It must name nothing of this crate.

use wasmtime::{Config, WasmBacktraceDetails};

/// Bytes of stack that a plugin may use. The thread that runs it needs more than that.
pub const WASM_STACK: usize = 512 * 1024;

/// How plugins are compiled and run on this target triple, such as
/// `x86_64-unknown-linux-gnu`. The triple is always given: without it wasmtime would compile for
/// the very processor of the machine, and code compiled at build time would not run on another.
///
/// # Errors
/// The triple is none, or wasmtime cannot compile for it.
pub fn engine_config(target: &str) -> wasmtime::Result<Config> {
    let mut config = Config::new();
    config.target(target)?;
    // Limits: time by epoch, work by fuel, stack by bytes.
    config.epoch_interruption(true);
    config.consume_fuel(true);
    config.max_wasm_stack(WASM_STACK);
    // Same inputs, same bytes: the bits of a NaN are no source of randomness.
    config.cranelift_nan_canonicalization(true);
    config.wasm_relaxed_simd(false);
    // Nothing of this is of use to a plugin. Threads and garbage collection are not compiled in.
    config.wasm_memory64(false);
    // A plugin's memory is small: reserve little, so that many fit and address space may be short.
    config.memory_reservation(0);
    config.memory_may_move(true);
    config.memory_reservation_for_growth(1 << 20);
    config.memory_guard_size(64 * 1024);
    // A trap names functions, from the component alone and whatever the environment says.
    config.wasm_backtrace_details(WasmBacktraceDetails::Enable);
    Ok(config)
}
