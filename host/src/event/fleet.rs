//! Several services in one run: how far the whole is, and how each of them ended.

use serde::Serialize;

/// How far a run of several services is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fleet {
    /// Number of the wave that is at work, from 1.
    pub wave: usize,
    /// Number of waves.
    pub waves: usize,
    /// Services of the run.
    pub total: usize,
    /// Services that were not begun yet.
    pub waiting: usize,
    /// Services that are at work.
    pub underway: usize,
    /// Services that ended well.
    pub well: usize,
    /// Services that did not end well.
    pub failed: usize,
    /// Seconds since the first was begun.
    pub elapsed: f64,
}

/// How a run of several services ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The exit code of the run: the worst of all.
    pub exit_code: u8,
    /// Services of the run.
    pub total: usize,
    /// Services that ended well.
    pub well: usize,
    /// Services that did not end well.
    pub failed: usize,
    /// Services that were not begun.
    pub not_begun: usize,
    /// Answers of AWS that said that calls came too often.
    pub throttled: u32,
    /// Seconds from the first look to the last verdict.
    pub elapsed: f64,
    /// Each of them, in the order of the run.
    pub services: Vec<Ended>,
}

/// How one service of several ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ended {
    /// Configuration file, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// Cluster.
    pub cluster: String,
    /// Service name.
    pub service: String,
    /// Region, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Number of its wave, from 1.
    pub wave: usize,
    /// How it ended.
    pub end: End,
    /// The exit code that it alone would have led to; absent where it was not begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<u8>,
    /// ARN of the task definition asked for, where it came to that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_definition: Option<String>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// How one service ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// What was asked for is what runs.
    Done,
    /// It ran already.
    NothingToDo,
    /// AWS took it, and the end was not waited for.
    Accepted,
    /// It did not end well.
    Failed,
    /// It was not begun, because something before it failed.
    NotBegun,
}

impl End {
    /// Whether it is what was asked for.
    #[must_use]
    pub const fn is_well(self) -> bool {
        matches!(self, Self::Done | Self::NothingToDo | Self::Accepted)
    }
}
