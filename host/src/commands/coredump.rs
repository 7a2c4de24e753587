//! `--coredump`: where the memory of a plugin goes that crashes.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use cap_std::fs::{OpenOptions, OpenOptionsExt as _};
use clap::Args;

use super::plugin::given;
use crate::error::{Error, ErrorKind, Unwritten};
use crate::output::Output;
use crate::plugin::PluginError;

/// The option of every verb that runs plugins.
#[derive(Debug, Clone, Default, Args)]
pub struct CoredumpArgs {
    /// Where a plugin's memory goes if it crashes; the file is made, and must not be there yet
    #[arg(long, value_name = "FILE")]
    coredump: Option<PathBuf>,
}

impl CoredumpArgs {
    /// Whether memory is to be kept at all.
    ///
    /// # Errors
    /// The file is there already.
    pub fn wanted(&self) -> Result<bool, Error> {
        match &self.coredump {
            Some(file) if file.exists() => {
                let message = format!("`{}` is there already", file.display());
                Err(Error::new(ErrorKind::Input, message).hint(
                    "a coredump is never written over anything: remove it, or name another file",
                ))
            }
            file => Ok(file.is_some()),
        }
    }

    /// Keeps the memory, if that is what an error is about. The error stands, whatever comes of it.
    pub fn keep(&self, error: &(dyn std::error::Error + 'static), out: &mut Output) {
        let told = match error.downcast_ref::<PluginError>() {
            Some(PluginError::Limit { told, .. } | PluginError::Trap { told, .. }) => told,
            _ => return,
        };
        let (Some(file), Some(dump)) = (&self.coredump, &told.coredump) else {
            return;
        };
        let name = file.display();
        out.warn(&match write_private(file, &dump.0) {
            Ok(()) => format!(
                "`{name}` holds the plugin's memory: its configuration, the task definition with its environment, and all else that it was told"
            ),
            Err(error) => format!("the plugin's memory is not kept: {error}"),
        });
    }
}

/// Makes a file that only its owner may read, and that was not there before: a link that somebody
/// else put in its place is not followed.
fn write_private(file: &Path, bytes: &[u8]) -> Result<(), Unwritten> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let name = file.file_name().ok_or(std::io::ErrorKind::InvalidInput);
    let written = name.map_err(std::io::Error::from).and_then(|name| {
        given::folder(file)?
            .open_with(name, &options)?
            .write_all(bytes)
    });
    written.map_err(|source| Unwritten {
        file: file.display().to_string(),
        source,
    })
}
