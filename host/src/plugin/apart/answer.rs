//! What a process says about a run, made true here: its calls are made once more on this process's
//! own draft, its messages are counted once more, and what does not hold is an error of the plugin.

use super::fault::ApartFault;
use super::message::{Ended, Last, Outcome};

use crate::config::limits::{FIXED, Used, named};
use crate::edit::Failure;
use crate::plugin::bindings::diagnostics;
use crate::plugin::error::{Coredump, PluginError, Told};
use crate::plugin::limits::Exceeded;
use crate::plugin::load::{Kind, Plugin};
use crate::plugin::state::{Phase, State, bounded, cut};
use crate::plugin::trouble::{FRAMES, last_words};

/// What the run came to, with its calls made on this state.
///
/// # Errors
/// Calls that are refused here and a limit that is not one: then the process lied.
pub fn take(
    plugin: &Plugin,
    state: &mut State,
    mut ended: Ended,
) -> Result<(Result<Option<Failure>, PluginError>, Used), PluginError> {
    let used = Used {
        component_bytes: plugin.size(),
        ..ended.used()
    };
    let outcome = std::mem::replace(&mut ended.outcome, Outcome::Done);
    let made = make(plugin, state, ended);
    let name = plugin.full_name();
    let result = match outcome {
        // Nothing of it counts, so it does not matter how far it came.
        Outcome::Limit {
            name: limit,
            used,
            told,
        } => {
            let fixed = FIXED.iter().find(|fixed| fixed.name == limit);
            let known = named(&limit).or(fixed).ok_or_else(|| {
                wrong(plugin, ApartFault::NoAnswer(format!("no limit `{limit}`")))
            })?;
            Err(PluginError::Limit {
                plugin: name,
                exceeded: Exceeded::new(known, used, &state.meter.limits),
                told: Box::new(told_of(state, told)),
            })
        }
        Outcome::Trap { trap, told } => Err(PluginError::Trap {
            plugin: name,
            trap: bounded(trap),
            told: Box::new(told_of(state, told)),
        }),
        Outcome::Done => made.map(|()| None),
        Outcome::GaveUp(failure) => made.map(|()| Some(cut(failure))),
    };
    Ok((result, used))
}

/// Makes the calls and counts the messages, up to the first that is refused.
fn make(plugin: &Plugin, state: &mut State, ended: Ended) -> Result<(), PluginError> {
    state.phase = match plugin.kind {
        Kind::Overlay => Phase::Applying,
        Kind::Policy => Phase::Checking,
    };
    let make = || -> wasmtime::Result<Result<(), String>> {
        for said in ended.reported {
            let (code, message) = (said.code, said.message);
            diagnostics::Host::report(state, said.severity, code, message, said.address)?;
        }
        for said in ended.traced {
            diagnostics::Host::trace(state, said.level, said.message)?;
        }
        for call in ended.calls {
            if let Err(refused) = state.edit(call)? {
                return Ok(Err(refused.message));
            }
        }
        Ok(Ok(()))
    };
    let made = make();
    // A limit that was reached while it was asked for lookups counts, too.
    if let Some(exceeded) = state.meter.exceeded.clone() {
        return Err(PluginError::Limit {
            plugin: plugin.full_name(),
            exceeded,
            told: Box::default(),
        });
    }
    match made {
        Ok(Ok(())) => Ok(()),
        Ok(Err(refused)) => Err(wrong(plugin, ApartFault::Refused(refused))),
        Err(error) => Err(wrong(plugin, ApartFault::NoAnswer(error.to_string()))),
    }
}

fn wrong(plugin: &Plugin, fault: ApartFault) -> PluginError {
    PluginError::Apart {
        plugin: plugin.full_name(),
        fault,
    }
}

fn told_of(state: &State, told: Last) -> Told {
    let decoded = |text: String| aws_smithy_types::base64::decode(text).ok();
    let frames = told.backtrace.into_iter().take(FRAMES);
    Told {
        last_words: last_words(state),
        last_edit: told.last_edit.map(|(number, edit)| (number, bounded(edit))),
        last_call: told.last_call.map(bounded),
        backtrace: frames.map(bounded).collect(),
        coredump: told.coredump.and_then(decoded).map(Coredump),
    }
}
