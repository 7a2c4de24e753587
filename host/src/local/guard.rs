//! Permissions of the caller: judged before a call is worked on, as IAM does it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::answer::Refusal;
use super::fault;

/// What a caller lacks for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// As IAM names it: `iam:PassRole`.
    pub action: String,
    /// ARN, or `*`.
    pub resource: String,
}

type Judge = dyn Fn(&str, &Value) -> Option<Lacking> + Send + Sync;

/// Who judges calls; nobody at first, and then everything is allowed.
#[derive(Default)]
pub(crate) struct Guard(Mutex<Option<Arc<Judge>>>);

impl Guard {
    /// Sets who judges from now on.
    pub(crate) fn set(&self, judge: Option<Arc<Judge>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = judge;
    }

    /// The refusal of a call for which a permission is lacking.
    pub(crate) fn refusal(
        &self,
        operation: &str,
        request: &Value,
        account: &str,
    ) -> Option<Refusal> {
        let judge = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let Lacking { action, resource } = judge?(operation, request)?;
        Some(fault::denial(&action, &resource, account))
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}
