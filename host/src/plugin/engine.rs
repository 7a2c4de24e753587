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

#[cfg(test)]
mod tests {
    use super::{Compiler, engine_config};
    use wasmtime::{Engine, Instance, Module, Result, Store};

    /// Bits of numbers that are none, quiet and signalling, of either sign, and of some that are.
    const BITS: [u64; 9] = [
        0x7ff8_0000_0000_0000,
        0xfff8_0000_0000_0000,
        0x7ff0_dead_beef_0001,
        0xfff4_0000_0000_0001,
        0x7ff0_0000_0000_0000,
        0xfff0_0000_0000_0000,
        0x0000_0000_0000_0000,
        0x3ff0_0000_0000_0000,
        0xbff0_0000_0000_0000,
    ];

    /// What every operation on every pair of them gives, as bits.
    fn results(compiler: Compiler) -> Result<Vec<(&'static str, u64, u64, u64)>> {
        let engine = Engine::new(&engine_config(env!("ACETATE_TARGET"), compiler)?)?;
        let (left, right) = (
            "(f64.reinterpret_i64 (local.get 0))",
            "(f64.reinterpret_i64 (local.get 1))",
        );
        let two = ["add", "sub", "mul", "div", "min", "max"];
        let one = ["sqrt", "ceil", "floor", "trunc", "nearest"];
        let mut found = Vec::new();
        for name in two.into_iter().chain(one).chain(["demote"]) {
            let work = match name {
                "demote" => format!("(f64.promote_f32 (f32.demote_f64 {left}))"),
                name if one.contains(&name) => format!("(f64.{name} {left})"),
                name => format!("(f64.{name} {left} {right})"),
            };
            let text = format!(
                "(module (func (export \"f\") (param i64 i64) (result i64) (i64.reinterpret_f64 {work})))"
            );
            let module = Module::new(&engine, wat::parse_str(text).expect("it is a module"))?;
            let mut store = Store::new(&engine, ());
            store.set_fuel(u64::MAX)?;
            store.set_epoch_deadline(1);
            let instance = Instance::new(&mut store, &module, &[])?;
            let function = instance.get_typed_func::<(u64, u64), u64>(&mut store, "f")?;
            for left in BITS {
                for right in BITS {
                    found.push((name, left, right, function.call(&mut store, (left, right))?));
                }
            }
        }
        Ok(found)
    }

    #[test]
    fn both_compilers_give_the_same_bits() {
        let cranelift = results(Compiler::Cranelift).unwrap();
        let is_none = |bits: u64| f64::from_bits(bits).is_nan();
        let canonical = 0x7ff8_0000_0000_0000;
        let strange = |(_, _, _, bits): &&(_, _, _, u64)| is_none(*bits) && *bits != canonical;
        assert_eq!(cranelift.iter().find(strange), None);
        // Winch is there for two architectures.
        if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
            assert_eq!(cranelift, results(Compiler::Winch).unwrap());
        }
    }
}
