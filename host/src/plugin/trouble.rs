//! From wasmtime's error to what a person needs to know: which limit, or which trap, where, and
//! the plugin's last words.

use wasmtime::{FrameInfo, Store, Trap, WasmBacktrace, WasmCoreDump};

use super::error::{Coredump, PluginError, Told};
use super::limits::{Exceeded, Limits};
use super::load::Plugin;
use super::state::{self, State};
use crate::config::limits::{self, Limit};

/// How many messages and frames are told.
const LAST_WORDS: usize = 3;
pub(super) const FRAMES: usize = 20;

/// What happened to a plugin whose run did not come to its end.
pub(super) fn explain(
    plugin: &Plugin,
    state: &State,
    error: wasmtime::Error,
    coredump: Option<Coredump>,
) -> PluginError {
    let name = plugin.full_name();
    let told = Box::new(Told {
        coredump,
        ..told(state, &error)
    });
    if let Some(exceeded) = reached(state, &state.meter.limits, &error) {
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

/// The memory of a plugin that crashed, where its runtime was made to keep it.
pub(super) fn coredump(
    plugin: &Plugin,
    store: &mut Store<State>,
    error: &wasmtime::Error,
) -> Option<Coredump> {
    let dump = error.downcast_ref::<WasmCoreDump>()?;
    Some(Coredump(dump.serialize(store, &plugin.full_name())))
}

/// The limit behind an error, if there is one.
fn reached(state: &State, allowed: &Limits, error: &wasmtime::Error) -> Option<Exceeded> {
    let trap = error.downcast_ref::<Trap>();
    let reached = |limit: &Limit| Exceeded::new(limit, limit.allowed(allowed), allowed);
    state::exceeded(error)
        .or_else(|| state.meter.exceeded.clone())
        .or_else(|| match trap {
            Some(Trap::OutOfFuel) => Some(reached(&limits::FUEL)),
            Some(Trap::StackOverflow) => Some(reached(&limits::STACK)),
            _ => None,
        })
        // A guest that was refused memory mostly crashes at once, with an error that does not
        // say so.
        .or_else(|| state.meter.refused_growth.clone())
        .or_else(|| {
            let says = |text: &str| error.chain().any(|cause| cause.to_string().contains(text));
            let found = UNTYPED.iter().find(|(text, _)| says(text));
            found.map(|(_, limit)| Exceeded::new(limit, limit.allowed(allowed) + 1, allowed))
        })
}

/// wasmtime's own errors about limits that have no public type, by their text.
const UNTYPED: [(&str, Limit); 5] = [
    ("fuel allocated for hostcalls", limits::CALL_BYTES),
    ("instance count too high", limits::INSTANCES),
    ("memory count too high", limits::MEMORIES),
    ("table count too high", limits::TABLES),
    ("store handle limit exceeded", limits::HANDLES),
];

/// What the plugin said last.
pub(super) fn last_words(state: &State) -> Vec<String> {
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
    words.split_off(words.len().saturating_sub(LAST_WORDS))
}

fn told(state: &State, error: &wasmtime::Error) -> Told {
    let frames = error
        .downcast_ref::<WasmBacktrace>()
        .map_or(&[][..], WasmBacktrace::frames);
    let mut backtrace: Vec<String> = frames.iter().map(frame).collect();
    // Recursion is told once.
    backtrace.dedup();
    backtrace.truncate(FRAMES);
    let (edit, call) = (&state.recent.edit, &state.recent.call);
    Told {
        last_words: last_words(state),
        last_edit: edit.told().map(|told| (edit.number(), told)),
        last_call: call
            .told()
            .filter(|told| Some(told) != edit.told().as_ref()),
        backtrace,
        coredump: None,
    }
}

/// A function by its name, with file and line where the component still has them.
fn frame(frame: &FrameInfo) -> String {
    let demangled = |name: &str| format!("{:#}", rustc_demangle::demangle(name));
    let name = frame
        .func_name()
        .map_or_else(|| format!("function {}", frame.func_index()), demangled);
    let place = frame.symbols().iter().find_map(|symbol| {
        let line = symbol.line()?;
        Some(format!(" ({}:{line})", symbol.file()?))
    });
    name + &place.unwrap_or_default()
}
