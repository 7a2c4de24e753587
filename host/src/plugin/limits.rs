//! Limits on a plugin, on by default, each named in the error it causes.

use std::time::Duration;

/// How much a plugin may use. The defaults leave ten times what the shipped plugins need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Units of work, about one for each instruction; the same for every run of one compiler.
    pub fuel: u64,
    /// Time on the clock in the plugin itself; time in lookups is not counted.
    pub wall: Duration,
    /// Time on the clock in all lookups together.
    pub lookups: Duration,
    /// Bytes of all linear memories together.
    pub memory: usize,
    /// Elements of all tables together.
    pub table_elements: usize,
    /// Places that one entry may set or remove.
    pub edits: usize,
    /// Bytes of text that one call of the host takes or gives.
    pub call_bytes: usize,
    /// Bytes of text that all calls of the host take and give together.
    pub total_bytes: usize,
    /// Calls of the host.
    pub calls: u64,
    /// Messages that the plugin may report or trace.
    pub messages: usize,
    /// Bytes of these messages together.
    pub message_bytes: usize,
    /// Bytes of the component.
    pub component_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 2_000_000_000,
            wall: Duration::from_secs(5),
            lookups: Duration::from_secs(120),
            memory: 256 << 20,
            table_elements: 200_000,
            edits: 10_000,
            call_bytes: 1 << 20,
            total_bytes: 32 << 20,
            calls: 200_000,
            messages: 1000,
            message_bytes: 256 << 10,
            component_bytes: 64 << 20,
        }
    }
}

/// A limit that a plugin reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("used {used} of {allowed} {unit}: limit `{limit}`")]
pub struct Exceeded {
    /// The limit's name in [`Limits`], with `-` for `_`.
    pub limit: &'static str,
    /// What was used, or asked for.
    pub used: u64,
    /// What is allowed.
    pub allowed: u64,
    /// What is counted.
    pub unit: &'static str,
}
