//! What lookups of plugins have told already, and need not be asked for again.

use std::collections::{BTreeMap, BTreeSet};

use super::secret::Described;

/// What is known of secrets and parameters. No value of a secret is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learned {
    /// Secrets that are there.
    pub secrets: Vec<Described>,
    /// Names of the JSON keys in the current version of secrets, by the secrets' ARNs.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Names of parameters that are there.
    pub parameters: BTreeSet<String>,
}
