//! The key with which acetate knows again what it wrote into the store itself.
//!
//! It lies outside the store, so that a store that was restored, copied or planted is one that
//! this key never signed. Who can read the key can have native code run by whoever uses it: it is
//! made for one user, and a file that others may read is not used.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Bytes of the key.
const BYTES: usize = 32;
/// More than a key with its line end ever has.
const FILE_BYTES: u64 = 256;

/// Where the key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// The text itself, such as the value of `ACETATE_STORE_KEY`: 64 hexadecimal digits.
    Given(Secret),
    /// A file, made at the first use.
    File(PathBuf),
    /// Nowhere: nothing is kept.
    Nowhere,
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// The key.
pub(super) struct Key(pub [u8; BYTES]);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyFault {
    /// There is one that must not be used.
    #[error("{what} {why}")]
    Refused { what: String, why: String },
    /// There is none, and none can be made.
    #[error("no key can be kept in `{path}`: {source}")]
    Impossible {
        path: String,
        source: std::io::Error,
    },
    /// There is no place for one.
    #[error("there is no home folder for its key")]
    Nowhere,
}

/// The key, made if need be.
pub(super) fn get(source: &KeySource) -> Result<Key, KeyFault> {
    match source {
        KeySource::Given(Secret(text)) => parse(text).ok_or_else(|| KeyFault::Refused {
            what: "`ACETATE_STORE_KEY`".to_owned(),
            why: "is not 64 hexadecimal digits".to_owned(),
        }),
        KeySource::File(path) => from_file(path),
        KeySource::Nowhere => Err(KeyFault::Nowhere),
    }
}

fn from_file(path: &Path) -> Result<Key, KeyFault> {
    match read(path)? {
        Some(key) => Ok(key),
        None => {
            make(path).map_err(|source| impossible(path, source))?;
            // Not what was just made: another process may have been first.
            read(path)?.ok_or_else(|| impossible(path, ErrorKind::NotFound.into()))
        }
    }
}

fn read(path: &Path) -> Result<Option<Key>, KeyFault> {
    // A pipe in its place must not be waited for.
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(impossible(path, error)),
    };
    // Of the open file, not of the path: what is looked at is what is read.
    let about = file.metadata().map_err(|error| impossible(path, error))?;
    let refuse = |why: String| KeyFault::Refused {
        what: format!("`{}`", path.display()),
        why,
    };
    if !about.is_file() {
        return Err(refuse("is no file".to_owned()));
    }
    if about.uid() != rustix::process::geteuid().as_raw() {
        return Err(refuse("belongs to somebody else".to_owned()));
    }
    let mode = about.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(refuse(format!(
            "may be read or written by others (mode {mode:o})"
        )));
    }
    let mut text = String::new();
    file.take(FILE_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| impossible(path, error))?;
    let key = parse(text.trim_end());
    key.map(Some)
        .ok_or_else(|| refuse("is not 64 hexadecimal digits".to_owned()))
}

/// Makes the file, whole or not at all, unless another process does.
fn make(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mut bytes = [0; BYTES];
    fill(&mut bytes)?;
    let unfinished = folder.join(format!(".store.key.{}", super::folder::unique()?));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let written = writeln!(file, "{text}")
        .and_then(|()| file.sync_all())
        // A link is only made where nothing is; `rename` would replace another process's key.
        .and_then(|()| std::fs::hard_link(&unfinished, path))
        .or_else(|error| match error.kind() {
            ErrorKind::AlreadyExists => Ok(()),
            // A file system without links.
            ErrorKind::PermissionDenied | ErrorKind::Unsupported => {
                std::fs::rename(&unfinished, path)
            }
            _ => Err(error),
        });
    let _gone_if_it_was_renamed = std::fs::remove_file(&unfinished);
    written
}

/// Bytes that nobody can guess.
pub(super) fn fill(bytes: &mut [u8]) -> std::io::Result<()> {
    getrandom::fill(bytes).map_err(std::io::Error::other)
}

fn parse(text: &str) -> Option<Key> {
    let text = text.as_bytes();
    if text.len() != 2 * BYTES {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut key = [0; BYTES];
    for (byte, digits) in key.iter_mut().zip(text.chunks_exact(2)) {
        let value = digit(digits[0])? * 16 + digit(digits[1])?;
        *byte = u8::try_from(value).ok()?;
    }
    Some(Key(key))
}

fn impossible(path: &Path, source: std::io::Error) -> KeyFault {
    KeyFault::Impossible {
        path: path.display().to_string(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_64_hexadecimal_digits() {
        let text = "00ff".repeat(16);
        assert_eq!(parse(&text).unwrap().0[..2], [0x00, 0xff]);
        for wrong in [
            "",
            "00ff",
            &text[1..],
            &text.replace('f', "g"),
            &format!("{text}0"),
        ] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_given_key_is_never_told() {
        let source = KeySource::Given(Secret("hunter2".into()));
        assert!(!format!("{source:?}").contains("hunter2"));
        let fault = get(&source).err().unwrap();
        assert!(!fault.to_string().contains("hunter2"), "{fault}");
    }
}
