//! Recordings on disk. The file is the user's choice, so it may lie anywhere.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};

use super::{BadRecording, Recording};

/// Bytes of a recording at most.
const LARGEST: u64 = 256 << 20;

/// Why a recording cannot be written or read.
#[derive(Debug)]
pub struct FileError {
    file: String,
    doing: &'static str,
    source: Cause,
}

#[derive(Debug)]
enum Cause {
    Disk(io::Error),
    Bad(BadRecording),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "recording `{}` cannot be {}", self.file, self.doing)
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(match &self.source {
            Cause::Disk(error) => error,
            Cause::Bad(error) => error,
        })
    }
}

/// Writes a recording whole or not at all, readable by its owner only.
///
/// # Errors
/// The disk's, and a name that is taken by something else than a plain file.
pub fn write(recording: &Recording, path: &Path) -> Result<(), FileError> {
    put(&recording.to_text(), path).map_err(|error| failed(path, "written", Cause::Disk(error)))
}

/// Reads a recording.
///
/// # Errors
/// The disk's, and a content that is none.
pub fn read(path: &Path) -> Result<Recording, FileError> {
    let text = get(path).map_err(|error| failed(path, "read", Cause::Disk(error)))?;
    Recording::parse(&text).map_err(|error| failed(path, "replayed", Cause::Bad(error)))
}

fn failed(path: &Path, doing: &'static str, source: Cause) -> FileError {
    FileError {
        file: path.display().to_string(),
        doing,
        source,
    }
}

/// The folder of a path, and the name in it.
fn place(path: &Path) -> io::Result<(Dir, &Path)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = Dir::open_ambient_dir(parent.unwrap_or(Path::new(".")), ambient_authority())?;
    Ok((folder, Path::new(name)))
}

/// Writes a text whole or not at all, readable by its owner only.
///
/// # Errors
/// The disk's, and a name that is taken by something else than a plain file.
pub fn put(text: &str, path: &Path) -> io::Result<()> {
    let (folder, name) = place(path)?;
    if folder
        .symlink_metadata(name)
        .is_ok_and(|there| !there.is_file())
    {
        return Err(io::Error::other("it is there and is no plain file"));
    }
    let half = format!(".{}.{}", name.display(), std::process::id());
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = folder.open_with(&half, &options)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| folder.rename(&half, &folder, name));
    if written.is_err() {
        let _nothing_more_to_do = folder.remove_file(&half);
    }
    written
}

/// Reads a file that is not larger than any that this program writes.
///
/// # Errors
/// The disk's.
pub fn get(path: &Path) -> io::Result<Vec<u8>> {
    let (folder, name) = place(path)?;
    let file = folder.open(name)?;
    let mut text = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut text)?;
    match text.len() as u64 > LARGEST {
        true => Err(io::Error::other(format!(
            "it has more than {LARGEST} bytes"
        ))),
        false => Ok(text),
    }
}
