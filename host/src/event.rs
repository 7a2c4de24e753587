//! What happened: the only thing that work emits and the only thing that `output` knows.
//!
//! Events are data. Text for people and JSON lines for machines are two readers of the same
//! events.

use serde::Serialize;

/// How serious a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Works, but look at it.
    Warning,
    /// Does not work.
    Error,
}

/// One finding about a document, a configuration or a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How serious.
    pub severity: Severity,
    /// Stable, kebab-case name of the rule.
    pub code: String,
    /// One lowercase fragment for a person.
    pub message: String,
    /// Address of the place concerned (see `task_definition::address`), if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Who says it: `acetate`, or the entry's name in acetate.toml for a plugin.
    pub source: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}
