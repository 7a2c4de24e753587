//! The overlay: what the entries of acetate.toml lay over the template, one after the other.
//!
//! A [`Session`] goes through the entries in order. Each works on a [`Draft`] of its own, which
//! checks and records every edit at once; the session accepts the draft whole, or never sees it.

use serde::Serialize;

use crate::edit::Edit;
use crate::event::{Diagnostic, Severity};
use crate::task_definition::TaskDefinition;
use crate::task_definition::address::{self, Address};

pub mod allow;
mod call;
mod calls;
pub mod claims;
mod draft;
pub mod level;
pub mod loading;
pub mod meaning;
pub mod place;
mod read;
pub mod rule;
pub mod sources;
mod take_apart;

pub use allow::Allow;
pub use call::Call;
pub use calls::HealthTimes;
pub use claims::{Claim, Claims};
pub use draft::{Draft, Scope};
pub use level::Level;
pub use rule::Rule;
pub use sources::Sources;

/// One place where a later entry won over an earlier one, by its `override`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overridden {
    /// The entry that won.
    pub by: String,
    /// The entry whose claim it overrode.
    pub over: String,
    /// Where.
    pub address: Address,
}

/// The template with all overlays accepted so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlaid {
    /// The template as it came.
    pub template: TaskDefinition,
    /// The template with the edits applied.
    pub definition: TaskDefinition,
    /// Every edit in the order of the calls.
    pub edits: Vec<Edit>,
    /// Who holds which place.
    pub claims: Claims,
    /// Where a later entry won.
    pub overridden: Vec<Overridden>,
    /// What there is to say about it, from the plugins and from the session itself.
    pub diagnostics: Vec<Diagnostic>,
}

/// A run of entries over one template.
#[derive(Debug, Clone)]
pub struct Session {
    family: String,
    state: Overlaid,
}

impl Session {
    /// A session over this template, for a revision of this family.
    #[must_use]
    pub fn new(template: TaskDefinition, family: &str) -> Self {
        let state = Overlaid {
            definition: template.clone(),
            template,
            edits: Vec::new(),
            claims: Claims::default(),
            overridden: Vec::new(),
            diagnostics: Vec::new(),
        };
        Self {
            family: family.to_owned(),
            state,
        }
    }

    /// A draft for the next entry: it sees the edits of the entries before.
    #[must_use]
    pub fn draft(&self, scope: Scope) -> Draft {
        Draft::new(self.state.clone(), self.family.clone(), scope)
    }

    /// Takes over all that a draft recorded, and what its plugin reported.
    pub fn accept(&mut self, draft: Draft, reported: Vec<Diagnostic>) {
        self.state = draft.into_overlaid();
        self.state.diagnostics.extend(reported);
    }

    /// What the session has come to so far.
    #[must_use]
    pub const fn overlaid(&self) -> &Overlaid {
        &self.state
    }

    /// Ends the session.
    #[must_use]
    pub fn finish(self) -> Overlaid {
        self.state
    }
}

/// Who set the value at an address: `template`, or an entry's name in acetate.toml; `None` when
/// there is no value. A part with several authors is said to be the template's if it was there
/// before, and otherwise its first author's.
#[must_use]
pub fn origin(overlaid: &Overlaid, place: &Address) -> Option<String> {
    let value = address::get(overlaid.definition.value(), place).ok()??;
    if let Some((_, claim)) = overlaid.claims.covering(place) {
        return Some(claim.entry.clone());
    }
    let in_template = address::get(overlaid.template.value(), place)
        .ok()?
        .is_some();
    let mut authors = address::leaves(value, place)
        .into_iter()
        .map(|(leaf, _)| {
            overlaid
                .claims
                .covering(&leaf)
                .map(|(_, claim)| claim.entry.as_str())
        })
        .collect::<Vec<_>>();
    authors.dedup();
    match authors.as_slice() {
        [Some(only)] => Some((*only).to_owned()),
        _ if in_template => Some("template".to_owned()),
        several => several
            .iter()
            .flatten()
            .next()
            .map(|first| (*first).to_owned()),
    }
}

/// The warning about an `override` that no edit needed.
fn needless_override(entry: &str, pattern: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        code: "needless-override".to_owned(),
        message: format!("`override` of `{entry}` names `{pattern}`, where it overrides nobody"),
        address: None,
        source: "acetate".to_owned(),
        hint: Some(format!("take `{pattern}` out of `override`")),
    }
}

#[cfg(test)]
mod tests;
