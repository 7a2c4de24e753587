//! What goes into a run, and what comes out of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::engine::Compiler;
use super::limits::Used;
use crate::event::Diagnostic;
use crate::overlay::{Allow, Scope, Sources};

/// An entry of acetate.toml, as its plugin gets to see it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EntryInput {
    /// Its name in acetate.toml.
    pub id: String,
    /// Its `config` table.
    pub config: Value,
    /// The inputs that it lists, with their values.
    pub inputs: BTreeMap<String, String>,
    /// What is being deployed where; see `acetate:plugin/target`.
    pub target: BTreeMap<String, String>,
    /// Places that it may edit.
    pub allow: Allow,
    /// What it may look up; see `grants`.
    pub grant: Value,
    /// Places where it may win over earlier entries.
    pub overrides: Vec<String>,
    /// Whether its lines are the user's own.
    pub builtin: bool,
}

/// A message for the plugin's author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traced {
    /// `debug` or `info`.
    pub level: String,
    /// What it says.
    pub message: String,
}

/// A run that ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunReport {
    /// What the plugin reported: no errors among it.
    pub diagnostics: Vec<Diagnostic>,
    /// What it traced.
    pub traced: Vec<Traced>,
    /// What it used.
    pub used: Used,
    /// What made the code that ran: each counts fuel its own way.
    pub compiler: Compiler,
}

impl EntryInput {
    /// What its draft has to know of it.
    pub(super) fn scope(&self) -> Scope {
        Scope {
            entry: self.id.clone(),
            allow: self.allow.clone(),
            sources: Sources::new(&self.grant, &self.target),
            overrides: self.overrides.clone(),
            builtin: self.builtin,
        }
    }
}
