//! What differs between two task definitions, by what they mean.
//!
//! Order, notation and what ECS fills in are no differences: both documents are brought into one
//! normal form (see [`normalise`]) and compared leaf by leaf. Apart stay the family, and the tags
//! that are not the document's own: our stamps and those that AWS keeps for itself.

mod defaults;
mod difference;
mod layers;
mod lookup;
mod normalise;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::task_definition::TaskDefinition;
use crate::task_definition::address::{Address, leaves};

pub use difference::Difference;
pub use layers::{Layer, Line, Split, SplitDiff, split};
pub use normalise::normalise;

/// One leaf that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Where, as `task_definition::address` writes it.
    pub address: String,
    /// What is there in the old document; `None` for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// What is there in the new document; `None` for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

/// What `new` changes against `old`, by address; empty where the two mean the same. Values are in
/// normal form: `cpu` in units, `memory` in MiB.
///
/// An element that comes or goes is told leaf by leaf, so that every line has one origin.
#[must_use]
pub fn diff(old: &TaskDefinition, new: &TaskDefinition) -> Vec<Change> {
    let (old, new) = (normalise(old), normalise(new));
    changes(&old, &new)
        .into_iter()
        .map(|(at, old, new)| Change {
            address: at.to_string(),
            old,
            new,
        })
        .collect()
}

type Leaf = (Address, Option<Value>, Option<Value>);

/// The same of two documents in normal form, with addresses still in parts.
fn changes(old: &Value, new: &Value) -> Vec<Leaf> {
    let (old, new) = (by_address(old), by_address(new));
    let mut places: Vec<&Address> = old.keys().chain(new.keys()).collect();
    places.sort();
    places.dedup();
    places
        .into_iter()
        .filter(|at| old.get(at) != new.get(at))
        .filter(|at| !(grown(at, &old, &new) || grown(at, &new, &old)))
        .map(|at| (at.clone(), old.get(at).map(joined), new.get(at).map(joined)))
        .collect()
}

/// Leaves by their address. Elements that share a key, which ECS refuses, share an address.
fn by_address(document: &Value) -> BTreeMap<Address, Vec<&Value>> {
    let mut found: BTreeMap<Address, Vec<&Value>> = BTreeMap::new();
    for (at, value) in leaves(document, &Address::root()) {
        found.entry(at).or_default().push(value);
    }
    found
}

/// Whether a leaf of `this` is none of `other` because something came below it: the leaves below
/// tell the change.
fn grown(
    at: &Address,
    this: &BTreeMap<Address, Vec<&Value>>,
    other: &BTreeMap<Address, Vec<&Value>>,
) -> bool {
    this.contains_key(at)
        && !other.contains_key(at)
        && this[at].iter().all(|value| value.is_object())
        && other.keys().any(|below| below.is_within(at))
}

fn joined(values: &Vec<&Value>) -> Value {
    match values.as_slice() {
        [one] => (*one).clone(),
        many => many.iter().map(|value| (*value).clone()).collect(),
    }
}

#[cfg(test)]
mod documents;
#[cfg(test)]
mod tests;
