//! The draft of one entry: each call is checked whole and recorded whole, or not at all.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::edit::{Edit, Failure, Step};
use crate::task_definition::TaskDefinition;
use crate::task_definition::address::{Address, AddressError, Index};

use super::allow::{self, Asked};
use super::{Allow, Claim, Overlaid, Overridden, Sources, needless_override, place};

/// Whose draft it is, and what the user lets this entry do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// The entry's name in acetate.toml.
    pub entry: String,
    /// Places that it may edit.
    pub allow: Allow,
    /// What its secrets may refer to.
    pub sources: Sources,
    /// Places where it may win over earlier entries.
    pub overrides: Vec<String>,
    /// Whether it is the built-in plugin, whose edits are the user's own lines.
    pub builtin: bool,
}

/// What one entry has made of the document so far. Nothing of it is seen by others until the
/// session accepts it.
#[derive(Debug, Clone)]
pub struct Draft {
    pub(super) state: Overlaid,
    pub(super) family: String,
    scope: Scope,
    /// Containers that were there before this entry came.
    others: BTreeSet<String>,
    needed: BTreeSet<usize>,
    steps: usize,
    /// Where what stands in the document, which may become long.
    pub(super) index: Index,
}

impl Draft {
    pub(super) fn new(state: Overlaid, family: String, scope: Scope) -> Self {
        let name = |container: &Value| container.get("name")?.as_str().map(str::to_owned);
        let before = [&state.template, &state.definition];
        let others = before.iter().flat_map(|document| document.containers());
        Self {
            others: others.filter_map(name).collect(),
            state,
            family,
            scope,
            needed: BTreeSet::new(),
            steps: 0,
            index: Index::default(),
        }
    }

    /// A draft that only reads: what a policy judges is this document, not what the overlays
    /// left behind.
    #[must_use]
    pub fn for_reading(
        mut overlaid: Overlaid,
        document: TaskDefinition,
        family: &str,
        scope: Scope,
    ) -> Self {
        overlaid.definition = document;
        Self::new(overlaid, family.to_owned(), scope)
    }

    /// Whose draft it is.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// What it works on, its own edits on it.
    #[must_use]
    pub const fn overlaid(&self) -> &Overlaid {
        &self.state
    }

    /// The document with all edits so far.
    #[must_use]
    pub fn document(&self) -> &Value {
        self.state.definition.value()
    }

    /// What is at a place of the document.
    pub(super) fn at(&self, address: &Address) -> Result<Option<&Value>, AddressError> {
        self.index.get(self.document(), address)
    }

    /// Every edit so far, those of earlier entries before its own.
    #[must_use]
    pub fn edits(&self) -> &[Edit] {
        &self.state.edits
    }

    /// How many places the calls so far set or removed, changed or not.
    #[must_use]
    pub const fn steps(&self) -> usize {
        self.steps
    }

    /// What was recorded, with a warning for each override that was not needed.
    #[must_use]
    pub(super) fn into_overlaid(mut self) -> Overlaid {
        for (index, pattern) in self.scope.overrides.iter().enumerate() {
            if !self.needed.contains(&index) {
                self.state
                    .diagnostics
                    .push(needless_override(&self.scope.entry, pattern));
            }
        }
        self.state
    }

    /// Whether this entry may do all of that.
    pub(super) fn may(&self, call: &str, steps: &[Step]) -> Result<(), Failure> {
        allow::check(&Asked {
            scope: &self.scope,
            call,
            steps,
            document: self.document(),
            own: &|name| !self.others.contains(name),
        })
    }

    /// Checks all steps of one call, then records them.
    pub(super) fn record(&mut self, call: &str, steps: Vec<Step>) -> Result<(), Failure> {
        self.may(call, &steps)?;
        let mut won = Vec::new();
        for step in &steps {
            self.check_place(call, step)?;
            self.check_names(step, &steps)?;
            won.extend(self.check_claims(step)?);
        }
        for (pattern, overridden) in won {
            self.needed.insert(pattern);
            self.state.overridden.push(overridden);
        }
        for step in steps {
            self.steps += 1;
            self.state.claims.claim(&self.scope.entry, &step);
            self.apply(step);
        }
        Ok(())
    }

    fn apply(&mut self, step: Step) {
        const CHECKED: &str = "the place was checked before";
        let Step { address: at, new } = step;
        let old = self.at(&at).expect(CHECKED);
        let stays = match (old, &new) {
            (Some(Value::Object(_)), Some(Value::Object(asked))) => asked.is_empty(),
            (old, new) => old == new.as_ref(),
        };
        if stays {
            return;
        }
        let document = self.state.definition.value_mut();
        let old = match new {
            Some(value) => self.index.set(document, &at, value).expect(CHECKED),
            None => self.index.remove(document, &at).expect(CHECKED),
        };
        // Read back: an element that was made has its key now.
        let new = self.at(&at).expect(CHECKED).cloned();
        self.state.edits.push(Edit {
            entry: self.scope.entry.clone(),
            address: at,
            old,
            new,
        });
    }

    fn check_place(&self, call: &str, step: &Step) -> Result<(), Failure> {
        let tokens = step.address.tokens();
        if let [list, container, ..] = tokens
            && list == "containerDefinitions"
            && step.new.is_some()
            && call != "add-container"
        {
            self.container(container)?;
        }
        if step.new.is_some() && step.address.keyed_list().is_some() {
            let message = format!("`{}` is a list whose elements have addresses", step.address);
            return Err(Failure::new("invalid", message).at(&step.address));
        }
        if tokens.first().is_some_and(|member| member == "family") {
            return Err(Failure::new(
                "invalid",
                "the family is the user's to choose, not a plugin's",
            )
            .at(&step.address)
            .hint("set `family` in acetate.toml"));
        }
        let checked = match &step.new {
            Some(value) => self.index.check_set(self.document(), &step.address, value),
            None => self.index.check_remove(self.document(), &step.address),
        };
        checked.map_err(|error| Failure::new("invalid", error.to_string()).at(&step.address))
    }

    /// ECS refuses a name that is both plain and secret, and a secret must not become plain text
    /// unseen.
    fn check_names(&self, step: &Step, call: &[Step]) -> Result<(), Failure> {
        let [list, container, kind, name, ..] = step.address.tokens() else {
            return Ok(());
        };
        let (other, way_out) = match kind.as_str() {
            "environment" => ("secrets", "call `unset-secret` first"),
            "secrets" => (
                "environment",
                "call `set-secret`, which removes the plain variable",
            ),
            _ => return Ok(()),
        };
        let rival = Address::container(container)
            .child(other)
            .child(name.as_str());
        let stands = || self.at(&rival).is_ok_and(|found| found.is_some());
        let goes = || {
            let mut removed = call.iter().filter(|step| step.new.is_none());
            removed.any(|step| step.address == rival)
        };
        if list != "containerDefinitions" || step.new.is_none() || !stands() || goes() {
            return Ok(());
        }
        let message = format!("`{name}` is in `{other}` of container `{container}` already");
        Err(Failure::new("exists", message)
            .at(&step.address)
            .hint(way_out))
    }

    fn check_claims(&self, step: &Step) -> Result<Vec<(usize, Overridden)>, Failure> {
        let by = &self.scope.entry;
        self.state
            .claims
            .broken_by(by, step)
            .into_iter()
            .map(|(at, claim)| {
                let pattern = self.scope.overrides.iter().position(|pattern| {
                    place::names(pattern, &at) || place::names(pattern, &step.address)
                });
                let over = claim.entry.clone();
                let overridden = Overridden {
                    by: by.clone(),
                    over,
                    address: at.clone(),
                };
                pattern
                    .map(|index| (index, overridden))
                    .ok_or_else(|| conflict(by, step, &at, &claim))
            })
            .collect()
    }
}

fn conflict(entry: &str, step: &Step, at: &Address, claim: &Claim) -> Failure {
    let does = |removes: bool| if removes { "removes" } else { "sets" };
    let what = if *at == step.address {
        "it".to_owned()
    } else {
        format!("`{at}`")
    };
    let message = format!(
        "`{entry}` {} `{}`, but `{}` {} {what}",
        does(step.new.is_none()),
        step.address,
        claim.entry,
        if claim.wants.is_none() {
            "removed"
        } else {
            "set"
        },
    );
    let line = place::of(&step.address);
    Failure::new("conflict", message)
        .at(&step.address)
        .hint(format!(
            "to let `{entry}` win, give it `override = [\"{line}\"]`"
        ))
}
