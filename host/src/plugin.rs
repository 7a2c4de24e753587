//! Plugins: loading components, and running them against a draft with nothing but
//! `acetate:plugin` served.
//!
//! A plugin runs synchronously on the thread that calls; that thread needs 1 MiB of stack. Each
//! run is a fresh instance under [`Limits`].

mod apart;
mod bindings;
mod checks;
mod clock;
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
mod native;
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

use cap_std::fs::OpenOptionsExt as _;

pub use crate::edit::Failure;
pub use apart::{ApartArgs, LARGE, Later, main as run_component, overheard};
pub use entry::{EntryInput, RunReport, Traced};
pub use error::{ApartFault, Coredump, PluginError, Told};
pub use grants::carries_out;
pub use imports::{VERSION as INTERFACE_VERSION, is_served};
pub use limits::{Exceeded, Limits, Used};
pub use load::{Held, Kind, Plugin, PluginSource, load, read};
pub use lookups::{Late, Lookups, NoLookups, Question, Replied, Reply, Shape};
pub use remembered::{Asked, Remembered, referents};
pub use run::{Attempt, attempt_overlay, attempt_policy, run_overlay, run_policy};
pub use runtime::Runtime;
pub use schema::{ConfigFault, Tree, Wanted, check, wanted_lookups};

/// A component in a file of the project folder, which is not read yet.
///
/// # Errors
/// There is no such file inside the folder, or it cannot be read.
pub fn open(folder: &cap_std::fs::Dir, path: &str) -> Result<PluginSource, crate::error::Error> {
    let unreadable = |source| PluginError::Unreadable {
        plugin: path.to_owned(),
        source,
    };
    // Without waiting: a pipe would wait for whoever writes into it.
    let mut options = cap_std::fs::OpenOptions::new();
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    options.read(true).custom_flags(flags);
    let file = folder.open_with(path, &options).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if !about.is_file() {
        return Err(unreadable(std::io::Error::other("it is no file")).into());
    }
    Ok(PluginSource::File {
        name: path.to_owned(),
        file: file.into_std(),
    })
}
