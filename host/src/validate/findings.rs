//! What the rules have found so far.

use crate::event::{Diagnostic, Severity};
use crate::task_definition::address::Address;

/// Collects; never stops at the first.
#[derive(Default)]
pub(super) struct Findings(Vec<Diagnostic>);

impl Findings {
    /// Something that ECS refuses or that cannot work.
    pub(super) fn error(&mut self, code: &str, at: &Address, message: String) -> Found<'_> {
        self.add(Severity::Error, code, at, message)
    }

    /// Something that works, but look at it.
    pub(super) fn warning(&mut self, code: &str, at: &Address, message: String) -> Found<'_> {
        self.add(Severity::Warning, code, at, message)
    }

    fn add(&mut self, severity: Severity, code: &str, at: &Address, message: String) -> Found<'_> {
        self.0.push(Diagnostic {
            severity,
            code: code.to_owned(),
            message,
            address: Some(at.to_string()),
            source: "acetate".to_owned(),
            hint: None,
        });
        Found(self.0.last_mut().expect("invariant: one was just pushed"))
    }

    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.0
    }
}

/// What was just found, to which a way out may be added.
pub(super) struct Found<'a>(&'a mut Diagnostic);

impl Found<'_> {
    /// Adds what to do about it.
    pub(super) fn hint(self, hint: impl Into<String>) {
        self.0.hint = Some(hint.into());
    }
}
