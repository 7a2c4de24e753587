//! A difference as it is shown: of what, from what, to what, line by line.

use serde::Serialize;

use super::SplitDiff;

/// What a deploy changes in what runs. Its values may be printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Service name, where the configuration names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// ARN of the task definition that runs, or of the newest of the family; absent where there is
    /// none.
    pub running: Option<String>,
    /// Family that acetate registers in.
    pub family: String,
    /// The template's exact revision.
    pub template: String,
    /// The lines, each with who is behind it.
    #[serde(flatten)]
    pub split: SplitDiff,
}
