//! Edits: what an overlay changed, one place at a time.
//!
//! The list of edits is the provenance of a revision, the golden file of a plugin's test and the
//! explanation that a person reads. A plugin never hands over a document.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::task_definition::address::Address;

/// One recorded change of one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// Who: the entry's name in acetate.toml.
    pub entry: String,
    /// Where.
    pub address: Address,
    /// What was there before; `None` for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// What is there now; `None` when it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

/// One place that a call wants changed: set to a value, or removed for `None`. An empty object
/// asks for an object to be there and says nothing of its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where.
    pub address: Address,
    /// What shall be there.
    pub new: Option<Value>,
}

impl Step {
    /// A place set to a value.
    pub fn set(address: Address, value: impl Into<Value>) -> Self {
        Self {
            address,
            new: Some(value.into()),
        }
    }

    /// A place removed.
    #[must_use]
    pub const fn remove(address: Address) -> Self {
        Self { address, new: None }
    }
}

/// Why a call of a plugin was refused: the record `failure` of `acetate:plugin/types`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(deny_unknown_fields)]
#[error("{message}")]
pub struct Failure {
    /// Stable, kebab-case: `not-granted`, `not-allowed`, `not-declared`, `not-served`,
    /// `conflict`, `exists`, `not-found`, `invalid`, `too-large`, `unavailable`, `limit`.
    pub code: String,
    /// One lowercase sentence for a person.
    pub message: String,
    /// The place concerned.
    pub address: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// A JSON object with what else there is to say.
    pub details: Option<String>,
}

impl Failure {
    /// A failure with this code and message.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        let code = code.to_owned();
        Self {
            code,
            message: message.into(),
            address: None,
            hint: None,
            details: None,
        }
    }

    /// Names the place concerned.
    #[must_use]
    pub fn at(mut self, address: &Address) -> Self {
        self.address = Some(address.to_string());
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
