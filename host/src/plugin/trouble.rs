//! From wasmtime's error to what a person needs to know: which limit, or which trap, where, and
//! the plugin's last words.

use wasmtime::{Trap, WasmBacktrace};

use super::engine::WASM_STACK;
use super::error::{PluginError, Told};
use super::limits::{Exceeded, Limits};
use super::load::Plugin;
use super::state::{self, State};

/// How many messages and frames are told.
const LAST_WORDS: usize = 3;
const FRAMES: usize = 20;

pub(super) fn explain(
    plugin: &Plugin,
    state: &State,
    limits: &Limits,
    error: &wasmtime::Error,
) -> PluginError {
    let (name, told) = (plugin.full_name(), Box::new(told(state, error)));
    if let Some(exceeded) = reached(state, limits, error) {
        return PluginError::Limit {
            plugin: name,
            exceeded,
            told,
        };
    }
    let trap = match error.downcast_ref::<Trap>() {
        Some(trap) => trap.to_string(),
        None => error.root_cause().to_string(),
    };
    PluginError::Trap {
        plugin: name,
        trap,
        told,
    }
}

/// The limit behind an error, if there is one.
fn reached(state: &State, limits: &Limits, error: &wasmtime::Error) -> Option<Exceeded> {
    let trap = error.downcast_ref::<Trap>();
    let all = |limit, allowed, unit| Exceeded {
        limit,
        used: allowed,
        allowed,
        unit,
    };
    state::exceeded(error)
        .or_else(|| state.meter.exceeded.clone())
        .or_else(|| match trap {
            Some(Trap::OutOfFuel) => Some(all("fuel", limits.fuel, "units of fuel")),
            Some(Trap::StackOverflow) => Some(all("stack", WASM_STACK as u64, "bytes of stack")),
            _ => None,
        })
        // A guest that was refused memory mostly crashes at once, with an error that does not
        // say so.
        .or_else(|| state.meter.refused_growth.clone())
        .or_else(|| {
            is_hostcall(error).then(|| {
                let allowed = limits.call_bytes as u64;
                Exceeded {
                    limit: "call-bytes",
                    used: allowed * 2,
                    allowed,
                    unit: "bytes in one call",
                }
            })
        })
}

/// wasmtime's own error for too much text in one call has no public type.
fn is_hostcall(error: &wasmtime::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.to_string().contains("fuel allocated for hostcalls"))
}

fn told(state: &State, error: &wasmtime::Error) -> Told {
    let mut words: Vec<String> = state
        .traced
        .iter()
        .map(|traced| traced.message.clone())
        .collect();
    words.extend(
        state
            .reported
            .iter()
            .map(|diagnostic| diagnostic.message.clone()),
    );
    let last_words = words.split_off(words.len().saturating_sub(LAST_WORDS));
    let frames = error
        .downcast_ref::<WasmBacktrace>()
        .map_or(&[][..], WasmBacktrace::frames);
    let name = |frame: &wasmtime::FrameInfo| {
        let name = frame
            .func_name()
            .map(|name| format!("{:#}", rustc_demangle::demangle(name)));
        name.unwrap_or_else(|| format!("function {}", frame.func_index()))
    };
    let mut backtrace: Vec<String> = frames.iter().map(name).collect();
    // Recursion is told once.
    backtrace.dedup();
    backtrace.truncate(FRAMES);
    Told {
        last_words,
        backtrace,
    }
}
