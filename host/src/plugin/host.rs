//! What the host serves: one file for each interface of `wit/`.

mod config;
mod diagnostics;
mod edit;
mod files;
mod images;
mod parameter_values;
mod parameters;
mod secret_keys;
mod secret_names;
mod target;
mod task;
mod template;

use super::bindings::types;
use super::state::State;

impl types::Host for State {}

fn entries(pairs: Vec<(String, String)>) -> Vec<types::Entry> {
    pairs
        .into_iter()
        .map(|(name, value)| types::Entry { name, value })
        .collect()
}
