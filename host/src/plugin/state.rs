//! What a running plugin's calls work on.

use std::sync::Arc;

use crate::edit::Failure;
use crate::event::Diagnostic;
use crate::overlay::Draft;

use super::bindings::types;
use super::entry::{EntryInput, Traced};
use super::grants::{self, Grant};
use super::limits::Exceeded;
use super::lookups::Lookups;
use super::manifest::Manifest;
use super::meter::Meter;
use super::recent::Recent;
use super::size::Size;

/// What the host's functions answer: a trap ends the run, a failure is the guest's to handle.
pub(super) type Answer<T> = wasmtime::Result<Result<T, types::Failure>>;

/// Where the run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Instantiating: no edits yet.
    Starting,
    /// In `apply`.
    Applying,
    /// In `check`: a policy changes nothing.
    Checking,
}

/// The store's data.
pub(super) struct State {
    pub draft: Draft,
    pub entry: EntryInput,
    pub manifest: Option<Arc<Manifest>>,
    pub lookups: Arc<dyn Lookups>,
    pub meter: Meter,
    pub phase: Phase,
    pub reported: Vec<Diagnostic>,
    pub traced: Vec<Traced>,
    pub recent: Recent,
}

impl State {
    /// Counts a call with the texts it was given, and keeps it as the last one.
    pub fn count(&mut self, function: &'static str, given: &[&str]) -> wasmtime::Result<()> {
        self.recent.call.keep(function, given);
        Ok(self.meter.call(bytes(given))?)
    }

    /// Counts and gives an answer that cannot fail.
    pub fn give<T: Size>(&mut self, answer: T) -> wasmtime::Result<T> {
        self.meter.pass(answer.size())?;
        Ok(answer)
    }

    /// Counts and gives an answer; one that is too large is refused.
    pub fn answer<T: Size>(&mut self, result: Result<T, Failure>) -> Answer<T> {
        let (bytes, most) = match &result {
            Ok(answer) => (answer.size(), self.meter.limits.call_bytes),
            Err(failure) => (failure.message.len(), usize::MAX),
        };
        if bytes > most {
            let message = format!("the answer has {bytes} bytes, of {most} that one call may give");
            return Ok(Err(Failure::new("too-large", message).into()));
        }
        self.meter.pass(bytes)?;
        Ok(result.map_err(Into::into))
    }

    /// One edit: counted, refused outside of `apply`, checked and recorded by the draft.
    pub fn edit(
        &mut self,
        function: &'static str,
        given: &[&str],
        call: impl FnOnce(&mut Draft) -> Result<(), Failure>,
    ) -> Answer<()> {
        self.recent.edit.keep(function, given);
        self.count(function, given)?;
        self.meter.edit(bytes(given))?;
        let refused = match self.phase {
            Phase::Applying => None,
            Phase::Starting => Some("edits are made in `apply`, not before it"),
            Phase::Checking => Some("a policy changes nothing"),
        };
        if let Some(message) = refused {
            return Ok(Err(Failure::new("not-allowed", message).into()));
        }
        let result = call(&mut self.draft);
        self.meter.edits(self.draft.steps())?;
        self.answer(result)
    }

    /// One lookup: counted, refused unless granted, timed.
    pub fn look_up<T: Size>(
        &mut self,
        capability: &'static str,
        name: &str,
        call: impl FnOnce(&dyn Lookups) -> Result<T, Failure>,
    ) -> Answer<T> {
        self.count(capability, &[name])?;
        let granted = match self.granted(capability, name) {
            Ok(grant) if grant.covers(name) => Ok(()),
            Ok(_) => Err(grants::not_granted(&self.entry, capability, name)),
            Err(failure) => Err(failure),
        };
        let result = match granted {
            Ok(()) => self.meter.lookup(|| call(self.lookups.as_ref()))?,
            Err(failure) => Err(failure),
        };
        self.answer(result)
    }

    /// One page of a list, of which only what was granted is seen. A page is only short at the
    /// end of the list.
    pub fn look_up_list(
        &mut self,
        capability: &'static str,
        (prefix, after, limit): (&str, Option<String>, u32),
        page: impl Fn(&dyn Lookups, Option<&str>, u32) -> Result<Vec<String>, Failure>,
    ) -> Answer<Vec<String>> {
        const MOST: u32 = 1000;
        let given = [prefix, after.as_deref().unwrap_or_default()];
        self.count(capability, &given)?;
        let grant = match self.granted(capability, &format!("{prefix}*")) {
            Ok(grant) => grant,
            Err(failure) => return self.answer(Err(failure)),
        };
        let limit = if limit == 0 { MOST } else { limit.min(MOST) };
        let (mut found, mut last): (Vec<String>, _) = (Vec::new(), after);
        loop {
            let asked = self
                .meter
                .lookup(|| page(self.lookups.as_ref(), last.as_deref(), limit))?;
            let names = match asked {
                Ok(names) => names,
                Err(failure) => return self.answer(Err(failure)),
            };
            let is_end = names.len() < limit as usize;
            last = names.last().cloned();
            found.extend(names.into_iter().filter(|name| grant.covers(name)));
            if is_end || found.len() >= limit as usize {
                found.truncate(limit as usize);
                return self.answer(Ok(found));
            }
        }
    }

    fn granted(&self, capability: &str, name: &str) -> Result<Grant, Failure> {
        grants::grant(&self.entry, self.manifest.as_deref(), capability, name)
    }
}

impl From<Failure> for types::Failure {
    fn from(failure: Failure) -> Self {
        let Failure {
            code,
            message,
            address,
            hint,
            details,
        } = failure;
        Self {
            code,
            message,
            address,
            hint,
            details,
        }
    }
}

impl From<types::Failure> for Failure {
    fn from(failure: types::Failure) -> Self {
        let types::Failure {
            code,
            message,
            address,
            hint,
            details,
        } = failure;
        let bounded = |text: Option<String>| text.map(bounded);
        Self {
            code: self::bounded(code),
            message: self::bounded(message),
            address: bounded(address),
            hint: bounded(hint),
            details: bounded(details),
        }
    }
}

fn bytes(texts: &[&str]) -> usize {
    texts.iter().map(|text| text.len()).sum()
}

/// A plugin's text, cut where it is longer than a person reads.
pub(super) fn bounded(mut text: String) -> String {
    const MOST: usize = 8192;
    if text.len() > MOST {
        text.truncate(text.floor_char_boundary(MOST));
        text.push('…');
    }
    text
}

/// Whether an error of wasmtime is one of our limits.
pub(super) fn exceeded(error: &wasmtime::Error) -> Option<Exceeded> {
    error.downcast_ref::<Exceeded>().cloned()
}
