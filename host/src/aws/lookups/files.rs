//! Files of the project, for plugins: read only, plain files only, and nothing outside of the
//! folder.
//!
//! cap-std opens a path so that no part of it, link or not, leads out of the folder, whatever is
//! swapped meanwhile. What was opened is looked at before it is read: the name may lead elsewhere
//! by then, the open file does not.

use std::io::{self, Read};

use cap_std::fs::{Dir, File, OpenOptions, OpenOptionsExt};
use rustix::fs::OFlags;

use crate::edit::Failure;

/// Bytes of a file at most: no call gives more, however `call-bytes` is set.
const LARGEST: u64 = 16 << 20;

/// Names in a folder at most.
const MOST_NAMES: usize = 100_000;

/// Names in a folder, sorted, relative to the project, folders with `/` at the end.
pub(super) fn entries(project: &Dir, folder: &str) -> Result<Vec<String>, Failure> {
    let read = project.read_dir(if folder.is_empty() { "." } else { folder });
    let mut names = Vec::new();
    for entry in read.map_err(|e| failure(folder, &e))? {
        let entry = entry.map_err(|e| failure(folder, &e))?;
        if names.len() == MOST_NAMES {
            let message = format!("`{folder}` has more than {MOST_NAMES} entries");
            return Err(Failure::new("too-large", message));
        }
        // A name that is no UTF-8 has no address, and no plugin could ask for it.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let end = if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            "/"
        } else {
            ""
        };
        names.push(if folder.is_empty() {
            format!("{name}{end}")
        } else {
            format!("{folder}/{name}{end}")
        });
    }
    names.sort();
    Ok(names)
}

/// A file, whole.
pub(super) fn read(project: &Dir, path: &str) -> Result<Vec<u8>, Failure> {
    let file = open(project, path).map_err(|e| failure(path, &e))?;
    let about = file.metadata().map_err(|e| failure(path, &e))?;
    if !about.is_file() {
        let message = format!("`{path}` is no plain file");
        return Err(Failure::new("invalid", message));
    }
    let mut bytes = Vec::new();
    // It may grow while it is read.
    let mut bounded = file.take(LARGEST + 1);
    bounded
        .read_to_end(&mut bytes)
        .map_err(|e| failure(path, &e))?;
    if bytes.len() as u64 > LARGEST {
        let message = format!("`{path}` has more than {LARGEST} bytes");
        return Err(Failure::new("too-large", message));
    }
    Ok(bytes)
}

/// Opens without waiting: a FIFO would wait for whoever writes into it, a device may do anything.
fn open(project: &Dir, path: &str) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags);
    project.open_with(path, &options)
}

fn failure(path: &str, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => {
            Failure::new("not-found", format!("there is no `{path}` in the project"))
                .hint("paths are relative to the folder of acetate.toml")
        }
        _ => Failure::new("unavailable", format!("`{path}` cannot be read: {error}")),
    }
}

#[cfg(test)]
#[path = "files/tests.rs"]
mod tests;
