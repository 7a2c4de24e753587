//! Where code is kept, with which key, and who makes it.

use std::path::PathBuf;
use std::time::Duration;

use super::compile::CompilerProcess;
use super::key::{KeySource, Secret};

/// Bytes that the store may take; what was used least recently goes first. About thirty plugins
/// in Python, or three thousand in Rust.
pub const ROOM: u64 = 1 << 30;

/// No file system tells times in longer steps than two seconds.
pub const SETTLED: Duration = Duration::from_secs(3);

/// Where code is kept, with which key, and who makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreOptions {
    /// The folder; none keeps nothing.
    pub folder: Option<PathBuf>,
    /// The key.
    pub key: KeySource,
    /// Bytes that all files may take together.
    pub room: u64,
    /// What compiles, where it is known.
    pub compiler: Option<CompilerProcess>,
    /// How long a file must have been left alone before it is trusted not to change unseen.
    pub settled: Duration,
}

/// The folder that this variable names, or else this one of the user's home.
/// [The specification](https://specifications.freedesktop.org/basedir-spec/latest/): a relative path
/// is none.
pub(crate) fn this_users(variable: &str, below_home: &str) -> Option<PathBuf> {
    let path = |name: &str| {
        let path = std::env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    path(variable).or_else(|| Some(path("HOME")?.join(below_home)))
}

impl StoreOptions {
    /// As the environment says: `ACETATE_STORE`, `ACETATE_STORE_KEY`, `XDG_CACHE_HOME`,
    /// `XDG_CONFIG_HOME`, `HOME`. This very program compiles.
    #[must_use]
    pub fn of_this_user() -> Self {
        let cache = this_users("XDG_CACHE_HOME", ".cache");
        let config = this_users("XDG_CONFIG_HOME", ".config");
        let key = match std::env::var_os("ACETATE_STORE_KEY") {
            Some(text) if !text.is_empty() => {
                KeySource::Given(Secret(text.to_string_lossy().into_owned()))
            }
            _ => config.map_or(KeySource::Nowhere, |config| {
                KeySource::File(config.join("acetate/store.key"))
            }),
        };
        let named = std::env::var_os("ACETATE_STORE").filter(|name| !name.is_empty());
        Self {
            folder: match named {
                Some(named) => std::path::absolute(named).ok(),
                None => cache.map(|cache| cache.join("acetate")),
            },
            key,
            room: ROOM,
            compiler: CompilerProcess::this_program().ok(),
            settled: SETTLED,
        }
    }
}
