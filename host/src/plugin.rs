//! Plugins: loading components, and running them against a draft with nothing but
//! `acetate:plugin` served.
//!
//! A plugin runs synchronously on the thread that calls; that thread needs 1 MiB of stack. Each
//! run is a fresh instance under [`Limits`].

use std::io::Read as _;

mod bindings;
mod checks;
pub mod engine;
mod entry;
mod error;
mod grants;
mod host;
mod imports;
pub mod inspect;
mod limits;
mod load;
mod lookups;
pub mod manifest;
mod meter;
mod names;
mod recent;
mod remembered;
mod run;
mod runtime;
pub mod schema;
mod size;
mod state;
mod trouble;
mod wasi;
mod words;

pub use crate::edit::Failure;
pub use entry::{EntryInput, RunReport, Traced};
pub use error::{Coredump, PluginError, Told};
pub use grants::carries_out;
pub use imports::VERSION as INTERFACE_VERSION;
pub use limits::{Exceeded, Limits, Used};
pub use load::{Kind, Plugin, PluginSource, load};
pub use lookups::{Late, Lookups, NoLookups, Question, Replied, Reply, Shape};
pub use remembered::{Asked, Remembered, referents};
pub use run::{Attempt, attempt_overlay, attempt_policy, run_overlay, run_policy};
pub use runtime::Runtime;
pub use schema::{ConfigFault, Wanted};

/// Reads a component from the project folder: never more of it than a component may have.
///
/// # Errors
/// There is no such file inside the folder, it cannot be read, or it is too large.
pub fn read(
    folder: &cap_std::fs::Dir,
    path: &str,
    limits: &Limits,
) -> Result<PluginSource, crate::error::Error> {
    let unreadable = |source| PluginError::Unreadable {
        plugin: path.to_owned(),
        source,
    };
    let file = folder.open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    checks::check_size(path, size, limits)?;
    let mut bytes = Vec::new();
    let most = limits.component_bytes as u64 + 1;
    file.take(most)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(PluginSource::Component {
        name: path.to_owned(),
        bytes,
    })
}
