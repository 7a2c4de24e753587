//! What a running plugin's calls work on.

use std::sync::Arc;

use crate::edit::Failure;
use crate::event::Diagnostic;
use crate::overlay::{Call, Draft};

use super::bindings::types;
use super::entry::{EntryInput, Traced};
use super::grants::{self, Grant};
use super::limits::Exceeded;
use super::lookups::{Lookups, Question, Replied, Reply};
use super::manifest::Manifest;
use super::meter::Meter;
use super::names;
use super::recent::Recent;
use super::size::Size;
use super::wasi::World;

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
    /// The calls that the draft recorded.
    pub made: Vec<Call>,
    pub reported: Vec<Diagnostic>,
    pub traced: Vec<Traced>,
    pub recent: Recent,
    pub world: World,
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
        let most = self.meter.limits.call_bytes;
        let result = result.and_then(|answer| match answer.size() {
            bytes if bytes > most => Err(Failure::new(
                "too-large",
                format!("the answer has {bytes} bytes, of {most} that one call may give"),
            )),
            _ => Ok(answer),
        });
        // What the host refuses, it says with the guest's own words, which may be many.
        let result = result.map_err(|failure| types::Failure::from(cut(failure)));
        let bytes = match &result {
            Ok(answer) => answer.size(),
            Err(failure) => failure.size(),
        };
        self.meter.pass(bytes)?;
        Ok(result)
    }

    /// One edit: counted, refused outside of `apply`, checked and recorded by the draft.
    pub fn edit(&mut self, call: Call) -> Answer<()> {
        let (function, given) = call.parts();
        self.recent.edit.keep(function, &given);
        self.count(function, &given)?;
        self.meter.edit(bytes(&given))?;
        let refused = match self.phase {
            Phase::Applying => None,
            Phase::Starting => Some("edits are made in `apply`, not before it"),
            Phase::Checking => Some("a policy changes nothing"),
        };
        if let Some(message) = refused {
            return Ok(Err(Failure::new("not-allowed", message).into()));
        }
        let result = self.draft.make(&call);
        if result.is_ok() {
            self.made.push(call);
        }
        self.meter.edits(self.draft.steps())?;
        self.answer(result)
    }

    /// One lookup: counted, refused where the name is none or was not granted, timed.
    pub fn look_up<T: Size>(
        &mut self,
        question: &Question,
        read: impl FnOnce(Reply) -> Result<T, Failure>,
    ) -> Answer<T> {
        let (capability, name) = question.parts();
        self.count(capability, &[name])?;
        let granted = self
            .granted(question)
            .and_then(|grant| match grant.covers(question) {
                true => Ok(()),
                false => Err(grants::not_granted(&self.entry, question)),
            });
        let result = match granted {
            Ok(()) => self.ask(question)?.and_then(read),
            Err(failure) => Err(failure),
        };
        self.answer(result)
    }

    /// One page of the names that start with a prefix, of which only what was granted is asked
    /// for and seen. A page is only short at the end of the list.
    pub fn look_up_names(
        &mut self,
        question: fn(String) -> Question,
        (prefix, after, limit): (String, Option<String>, u32),
    ) -> Answer<Vec<String>> {
        let whole = question(prefix.clone());
        let given = [prefix.as_str(), after.as_deref().unwrap_or_default()];
        self.count(whole.parts().0, &given)?;
        let grant = match self.granted(&whole) {
            Ok(grant) => grant,
            Err(failure) => return self.answer(Err(failure)),
        };
        let narrowed = grant.narrowed(&prefix);
        if narrowed.is_empty() {
            let refused = grants::not_granted(&self.entry, &whole);
            return self.answer(Err(refused));
        }
        let mut found = Vec::new();
        for prefix in narrowed {
            match self.ask(&question(prefix))?.and_then(Reply::list) {
                Ok(names) => found.extend(names),
                Err(failure) => return self.answer(Err(failure)),
            }
        }
        found.retain(|name| grant.covers_name(name));
        found.sort();
        self.answer(Ok(page(found, after.as_deref(), limit)))
    }

    /// One page of what is in a folder, as far as it was granted.
    pub fn look_up_entries(
        &mut self,
        (folder, after, limit): (String, Option<String>, u32),
    ) -> Answer<Vec<String>> {
        let given = [folder.as_str(), after.as_deref().unwrap_or_default()];
        self.count("files", &given)?;
        if let Err(failure) = names::check(&Question::FileEntries(folder.clone())) {
            return self.answer(Err(failure));
        }
        let folder = folder
            .strip_suffix('/')
            .map(str::to_owned)
            .unwrap_or(folder);
        let inside = match folder.as_str() {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let question = Question::FileEntries(folder);
        let granted = self
            .granted(&question)
            .and_then(|grant| match grant.narrowed(&inside) {
                some if !some.is_empty() => Ok(grant),
                _ => Err(grants::not_granted(&self.entry, &question)),
            });
        let result = match granted {
            Ok(grant) => self.ask(&question)?.and_then(Reply::list).map(|mut found| {
                found.retain(|path| grant.covers_name(path));
                page(found, after.as_deref(), limit)
            }),
            Err(failure) => Err(failure),
        };
        self.answer(result)
    }

    /// One question that another process says its plugin asks: only what a call of this host
    /// would have asked for is asked, and only what that would have given is given.
    pub fn ask_for(&mut self, question: &Question) -> wasmtime::Result<Replied> {
        self.meter.call(question.parts().1.len())?;
        let grant = match self.granted(question) {
            Ok(grant) if grant.admits(question) => grant,
            Ok(_) => return Ok(Err(grants::not_granted(&self.entry, question))),
            Err(failure) => return Ok(Err(failure)),
        };
        let replied = self.ask(question)?;
        Ok(replied.map(|reply| grant.seen(question, reply)))
    }

    fn ask(&mut self, question: &Question) -> wasmtime::Result<Replied> {
        let lookups = Arc::clone(&self.lookups);
        Ok(self.meter.lookup(|within| lookups.ask(question, within))?)
    }

    fn granted(&self, question: &Question) -> Result<Grant, Failure> {
        names::check(question)?;
        grants::grant(&self.entry, self.manifest.as_deref(), question)
    }
}

/// One page of sorted names; a limit of 0 is the host's.
fn page(names: Vec<String>, after: Option<&str>, limit: u32) -> Vec<String> {
    const MOST: u32 = 1000;
    let limit = if limit == 0 { MOST } else { limit.min(MOST) };
    let is_after = |name: &String| after.is_none_or(|after| name.as_str() > after);
    names
        .into_iter()
        .filter(is_after)
        .take(limit as usize)
        .collect()
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
        cut(Self {
            code,
            message,
            address,
            hint,
            details,
        })
    }
}

/// A failure, each text cut where it is longer than a person reads.
pub(super) fn cut(failure: Failure) -> Failure {
    Failure {
        code: bounded(failure.code),
        message: bounded(failure.message),
        address: failure.address.map(bounded),
        hint: failure.hint.map(bounded),
        details: failure.details.map(bounded),
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

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn pages_are_complete_and_in_order() {
        let names: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
        assert_eq!(page(names.clone(), None, 2), ["a", "b"]);
        assert_eq!(page(names.clone(), Some("b"), 2), ["c"]);
        assert_eq!(page(names.clone(), Some("c"), 2), [""; 0]);
        assert_eq!(page(names.clone(), None, 0), names);
        let many: Vec<String> = (0..3000).map(|at| format!("{at:04}")).collect();
        assert_eq!(page(many.clone(), None, 0).len(), 1000);
        assert_eq!(page(many, None, 2000).len(), 1000);
    }
}
