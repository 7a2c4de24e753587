//! Running a plugin once: a fresh instance, under limits, against a draft of its own.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};

use wasmtime::component::TypedFunc;
use wasmtime::{Engine, Store, UpdateDeadline};

use super::bindings::types;
use super::entry::{EntryInput, RunReport, Used};
use super::error::PluginError;
use super::imports::PACKAGE;
use super::limits::Limits;
use super::load::{Kind, Plugin};
use super::lookups::Lookups;
use super::meter::{Meter, TICK};
use super::state::{Phase, State};
use super::trouble;
use crate::edit::Failure;
use crate::error::{Error, ErrorKind};
use crate::event::{Diagnostic, Severity};
use crate::overlay::{Draft, Overlaid, Session};
use crate::task_definition::TaskDefinition;

/// Runs an overlay. The session has its edits afterwards, all of them, or none if this fails.
///
/// # Errors
/// A configuration that its manifest does not take, a limit, a crash, a failure that it returned
/// or an error that it reported. See [`PluginError`].
pub fn run_overlay(
    plugin: &Plugin,
    session: &mut Session,
    entry: &EntryInput,
    lookups: Arc<dyn Lookups>,
    limits: &Limits,
) -> Result<RunReport, Error> {
    let draft = session.draft(entry.scope());
    let (draft, report) = run(plugin, Kind::Overlay, draft, entry, lookups, limits)?;
    session.accept(draft, report.diagnostics.clone());
    Ok(report)
}

/// Runs a policy over the document that will be registered.
///
/// # Errors
/// See [`run_overlay`]; what a policy refuses is of the kind [`ErrorKind::Refused`].
pub fn run_policy(
    plugin: &Plugin,
    overlaid: &Overlaid,
    document: &TaskDefinition,
    entry: &EntryInput,
    lookups: Arc<dyn Lookups>,
    limits: &Limits,
) -> Result<RunReport, Error> {
    let family = document.family().unwrap_or_default().to_owned();
    let draft = Draft::for_reading(overlaid.clone(), document.clone(), &family, entry.scope());
    run(plugin, Kind::Policy, draft, entry, lookups, limits).map(|(_, report)| report)
}

fn run(
    plugin: &Plugin,
    kind: Kind,
    draft: Draft,
    entry: &EntryInput,
    lookups: Arc<dyn Lookups>,
    limits: &Limits,
) -> Result<(Draft, RunReport), Error> {
    if plugin.kind != kind {
        let message = format!("`{}` is no {kind:?}", plugin.name).to_lowercase();
        return Err(Error::new(ErrorKind::Input, message));
    }
    let config = plugin
        .check_config(&entry.config)
        .map_err(|faults| PluginError::Config {
            entry: entry.id.clone(),
            faults,
        })?;
    let state = State {
        draft,
        entry: EntryInput {
            config,
            ..entry.clone()
        },
        manifest: plugin.manifest.clone(),
        lookups,
        meter: Meter::new(*limits),
        phase: Phase::Starting,
        reported: Vec::new(),
        traced: Vec::new(),
    };
    let mut store = store(plugin.instance.engine(), state, limits).map_err(bug)?;
    let result = call(plugin, &mut store);
    let left = store.get_fuel().unwrap_or(0);
    let state = store.into_data();
    match result {
        Err(error) => Err(trouble::explain(plugin, &state, limits, &error).into()),
        Ok(Err(failure)) => Err(gave_up(state, kind, failure.into()).into()),
        Ok(Ok(())) => finish(state, kind, limits.fuel - left),
    }
}

/// A store with every limit in force, before anything of the guest runs.
fn store(engine: &Engine, state: State, limits: &Limits) -> wasmtime::Result<Store<State>> {
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.meter);
    store.set_fuel(limits.fuel)?;
    // One call's texts are counted by `Meter`; this stops them from being copied at all.
    store.set_hostcall_fuel(limits.call_bytes.saturating_mul(2));
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut context| {
        context.data_mut().meter.clock()?;
        Ok(UpdateDeadline::Continue(1))
    });
    Ok(store)
}

fn call(plugin: &Plugin, store: &mut Store<State>) -> wasmtime::Result<Result<(), types::Failure>> {
    let _ticking = tick(store.engine().clone());
    let instance = plugin.instance.instantiate(&mut *store)?;
    let (interface, name, phase) = match plugin.kind {
        Kind::Overlay => ("overlay", "apply", Phase::Applying),
        Kind::Policy => ("policy", "check", Phase::Checking),
    };
    let component = plugin.instance.component().component_type();
    let engine = store.engine().clone();
    let prefix = format!("{PACKAGE}/{interface}@");
    let exported = component
        .exports(&engine)
        .map(|(name, _)| name)
        .find(|name| name.starts_with(&prefix));
    let missing = || wasmtime::format_err!("`{interface}` does not export `{name}`");
    let index = exported
        .and_then(|exported| instance.get_export_index(&mut *store, None, exported))
        .and_then(|index| instance.get_export_index(&mut *store, Some(&index), name))
        .ok_or_else(missing)?;
    let function: TypedFunc<(), (Result<(), types::Failure>,)> =
        instance.get_typed_func(&mut *store, index)?;
    store.data_mut().phase = phase;
    Ok(function.call(&mut *store, ())?.0)
}

/// Moves the epoch on until what this gives back is dropped.
fn tick(engine: Engine) -> mpsc::Sender<()> {
    let (alive, ended) = mpsc::channel();
    std::thread::spawn(move || {
        while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            engine.increment_epoch();
        }
    });
    alive
}

/// A failure that was returned; where errors were reported before, it is one more of them.
fn gave_up(state: State, kind: Kind, failure: Failure) -> PluginError {
    let (entry, policy) = (state.entry.id, kind == Kind::Policy);
    let mut diagnostics = state.reported;
    if !diagnostics.iter().any(is_error) {
        let failure = Box::new(failure);
        return PluginError::GaveUp {
            entry,
            failure,
            policy,
        };
    }
    diagnostics.push(Diagnostic {
        severity: Severity::Error,
        code: failure.code,
        message: failure.message,
        address: failure.address,
        source: entry.clone(),
        hint: failure.hint,
    });
    PluginError::Reported {
        entry,
        diagnostics,
        policy,
    }
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}

fn finish(state: State, kind: Kind, fuel: u64) -> Result<(Draft, RunReport), Error> {
    let State {
        draft,
        entry,
        meter,
        reported,
        traced,
        ..
    } = state;
    if reported.iter().any(is_error) {
        let policy = kind == Kind::Policy;
        return Err(PluginError::Reported {
            entry: entry.id,
            diagnostics: reported,
            policy,
        }
        .into());
    }
    let used = Used {
        fuel,
        wall: meter.running(),
        memory: meter.memory,
        calls: meter.calls,
        bytes: meter.bytes,
        edits: draft.steps(),
    };
    Ok((
        draft,
        RunReport {
            diagnostics: reported,
            traced,
            used,
        },
    ))
}

fn bug(error: wasmtime::Error) -> Error {
    Error::new(ErrorKind::Bug, error)
}
