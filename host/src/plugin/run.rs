//! Running a plugin once: a fresh instance, under limits, against a draft of its own.

use std::sync::Arc;

use serde_json::Value;
use wasmtime::component::{InstancePre, TypedFunc};
use wasmtime::{Engine, Store, UpdateDeadline};

use super::bindings::types;
use super::engine::Compiler;
use super::entry::{EntryInput, RunReport};
use super::error::PluginError;
use super::imports::PACKAGE;
use super::limits::{Limits, Used};
use super::load::{Code, Kind, Plugin};
use super::lookups::Lookups;
use super::meter::Meter;
use super::recent::Recent;
use super::size::Size as _;
use super::state::{Phase, State};
use super::trouble;
use super::wasi::World;
use crate::config::limits::HANDLES;
use crate::edit::{Edit, Failure};
use crate::error::{Error, ErrorKind};
use crate::event::{Diagnostic, Severity};
use crate::overlay::{Draft, Overlaid, Session};
use crate::task_definition::TaskDefinition;

/// A run that ended, well or badly, for who wants to know what it came to either way.
pub struct Attempt {
    /// How it ended.
    pub outcome: Result<(), PluginError>,
    /// What the plugin reported, traced and used.
    pub report: RunReport,
    draft: Draft,
}

impl Attempt {
    /// What it edited. Nothing of it counts unless the run ended well.
    #[must_use]
    pub fn edits(&self) -> &[Edit] {
        self.draft.edits()
    }

    /// The document with these edits.
    #[must_use]
    pub fn document(&self) -> &Value {
        self.draft.document()
    }
}

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
    let attempt = attempt_overlay(plugin, session, entry, lookups, limits)?;
    attempt.outcome?;
    session.accept(attempt.draft, attempt.report.diagnostics.clone());
    Ok(attempt.report)
}

/// Runs an overlay, and leaves the session as it is.
///
/// # Errors
/// A plugin that is no overlay, or a configuration that its manifest does not take.
pub fn attempt_overlay(
    plugin: &Plugin,
    session: &Session,
    entry: &EntryInput,
    lookups: Arc<dyn Lookups>,
    limits: &Limits,
) -> Result<Attempt, Error> {
    let draft = session.draft(entry.scope());
    run(plugin, Kind::Overlay, draft, entry, lookups, limits)
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
    let attempt = attempt_policy(plugin, overlaid, document, entry, lookups, limits)?;
    attempt.outcome?;
    Ok(attempt.report)
}

/// Runs a policy, whatever comes of it.
///
/// # Errors
/// A plugin that is no policy, or a configuration that its manifest does not take.
pub fn attempt_policy(
    plugin: &Plugin,
    overlaid: &Overlaid,
    document: &TaskDefinition,
    entry: &EntryInput,
    lookups: Arc<dyn Lookups>,
    limits: &Limits,
) -> Result<Attempt, Error> {
    let family = document.family().unwrap_or_default().to_owned();
    let draft = Draft::for_reading(overlaid.clone(), document.clone(), &family, entry.scope());
    run(plugin, Kind::Policy, draft, entry, lookups, limits)
}

fn run(
    plugin: &Plugin,
    kind: Kind,
    draft: Draft,
    entry: &EntryInput,
    lookups: Arc<dyn Lookups>,
    limits: &Limits,
) -> Result<Attempt, Error> {
    let ended = attempt(plugin, kind, draft, entry, lookups, limits)?;
    Ok(ended.judged(kind))
}

/// Runs a plugin of this kind on a draft.
pub(super) fn attempt(
    plugin: &Plugin,
    kind: Kind,
    draft: Draft,
    entry: &EntryInput,
    lookups: Arc<dyn Lookups>,
    limits: &Limits,
) -> Result<Ended, Error> {
    if plugin.kind != kind {
        let message = format!("`{}` is no {kind:?}", plugin.name).to_lowercase();
        return Err(Error::new(ErrorKind::Input, message));
    }
    let state = begin(plugin, draft, entry, lookups, limits)?;
    match &plugin.code {
        Code::Linked(instance) => here(plugin, instance, state),
        Code::Apart(apart) => apart.run(plugin, state),
    }
}

/// What a run's calls work on, before the first of them.
pub(super) fn begin(
    plugin: &Plugin,
    draft: Draft,
    entry: &EntryInput,
    lookups: Arc<dyn Lookups>,
    limits: &Limits,
) -> Result<State, PluginError> {
    let config = plugin
        .check_config(&entry.config)
        .map_err(|faults| PluginError::Config {
            entry: entry.id.clone(),
            faults,
        })?;
    Ok(State {
        draft,
        entry: EntryInput {
            config,
            ..entry.clone()
        },
        manifest: plugin.manifest.clone(),
        lookups,
        meter: Meter::new(*limits),
        phase: Phase::Starting,
        made: Vec::new(),
        reported: Vec::new(),
        traced: Vec::new(),
        recent: Recent::default(),
        world: World::default(),
    })
}

/// A run that came to an end, and was not judged yet.
pub(super) struct Ended {
    /// The failure that it returned, if any; or the limit or the trap that ended it.
    pub result: Result<Option<Failure>, PluginError>,
    /// What it left behind.
    pub state: State,
    /// What it used.
    pub used: Used,
    /// What made the code that ran, by which fuel is counted.
    pub compiler: Compiler,
}

impl Ended {
    pub fn judged(self, kind: Kind) -> Attempt {
        let Self {
            result,
            state,
            used,
            compiler,
        } = self;
        Attempt {
            outcome: result.and_then(|failure| judged(&state, kind, failure)),
            report: RunReport {
                diagnostics: state.reported,
                traced: state.traced,
                used,
                compiler,
            },
            draft: state.draft,
        }
    }
}

/// Runs native code in this process.
pub(super) fn here(
    plugin: &Plugin,
    instance: &InstancePre<State>,
    state: State,
) -> Result<Ended, Error> {
    let limits = state.meter.limits;
    let mut store = store(instance.engine(), state, &limits).map_err(bug)?;
    let result = call(plugin, instance, &mut store);
    let fuel = limits.fuel - store.get_fuel().unwrap_or(0);
    let used = Used {
        component_bytes: plugin.size(),
        compile_code: plugin.code_size(),
        ..store.data().meter.used(fuel)
    };
    let coredump = result
        .as_ref()
        .err()
        .and_then(|error| trouble::coredump(plugin, &mut store, error));
    let state = store.into_data();
    let result = match result {
        Err(error) => Err(trouble::explain(plugin, &state, error, coredump)),
        Ok(result) => Ok(result.err().map(Into::into)),
    };
    Ok(Ended {
        result,
        state,
        used,
        compiler: Compiler::Cranelift,
    })
}

/// A store with every limit in force, before anything of the guest runs.
fn store(engine: &Engine, state: State, limits: &Limits) -> wasmtime::Result<Store<State>> {
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.meter);
    store.set_fuel(limits.fuel)?;
    // One call's texts are counted by `Meter`; this stops them from being copied at all.
    store.set_hostcall_fuel(limits.call_bytes.saturating_mul(2));
    store.set_max_component_handles(HANDLES.default as usize);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut context| {
        context.data_mut().meter.clock()?;
        Ok(UpdateDeadline::Continue(1))
    });
    Ok(store)
}

fn call(
    plugin: &Plugin,
    linked: &InstancePre<State>,
    store: &mut Store<State>,
) -> wasmtime::Result<Result<(), types::Failure>> {
    let _running = plugin.clock.run();
    let instance = linked.instantiate(&mut *store)?;
    let (interface, name, phase) = match plugin.kind {
        Kind::Overlay => ("overlay", "apply", Phase::Applying),
        Kind::Policy => ("policy", "check", Phase::Checking),
    };
    let component = linked.component().component_type();
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
    let result = function.call(&mut *store, ())?.0;
    if let Err(failure) = &result {
        store.data_mut().meter.text(failure.size())?;
    }
    Ok(result)
}

/// What a run that came to its end comes to: a failure that was returned is one more error where
/// errors were reported before.
fn judged(state: &State, kind: Kind, failure: Option<Failure>) -> Result<(), PluginError> {
    let (entry, policy) = (state.entry.id.clone(), kind == Kind::Policy);
    let reported = state.reported.iter().any(is_error);
    let mut diagnostics = state.reported.clone();
    match failure {
        None if reported => {}
        None => return Ok(()),
        Some(failure) if reported => diagnostics.push(Diagnostic {
            severity: Severity::Error,
            code: failure.code,
            message: failure.message,
            address: failure.address,
            source: entry.clone(),
            hint: failure.hint,
        }),
        Some(failure) => {
            let failure = Box::new(failure);
            return Err(PluginError::GaveUp {
                entry,
                failure,
                policy,
            });
        }
    }
    Err(PluginError::Reported {
        entry,
        diagnostics,
        policy,
    })
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}

fn bug(error: wasmtime::Error) -> Error {
    Error::new(ErrorKind::Bug, error)
}
