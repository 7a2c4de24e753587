//! Plugins of registries in a folder of the project: for pipelines without a registry. Nothing in it
//! is believed: it is looked at as what comes from the store is.

use std::fs::File;
use std::io::{Read as _, Write as _};

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};

use super::Verified;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Unread, Unwritten};
use crate::store::{Digest, unique};

/// Bytes of what is kept of signatures, at most.
const MOST: u64 = 64 << 20;

/// The folder that the configuration names.
pub struct Vendored(Dir);

impl Vendored {
    /// The folder, where one is named and is there: `plugin vendor` makes it.
    ///
    /// # Errors
    /// It cannot be read, or leads out of the project.
    pub fn open(config: &Config, project: &Dir) -> Result<Option<Self>, Error> {
        let Some(file) = config.vendored() else {
            return Ok(None);
        };
        match project.open_dir(&file) {
            Ok(folder) => Ok(Some(Self(folder))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::new(ErrorKind::Input, Unread { file, source })),
        }
    }

    pub(super) fn component(&self, digest: &Digest) -> Option<File> {
        self.file(&component(&digest.to_string()))
    }

    pub(super) fn signed(&self, manifest: &Digest) -> Option<Vec<u8>> {
        let file = self.file(&signed(&manifest.to_string()))?;
        let mut bytes = Vec::new();
        file.take(MOST).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Without waiting: a pipe would wait for whoever writes into it.
    fn file(&self, name: &str) -> Option<File> {
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let mut options = OpenOptions::new();
        let file = self
            .0
            .open_with(name, options.read(true).custom_flags(flags));
        let file = file.ok()?.into_std();
        file.metadata().ok()?.is_file().then_some(file)
    }
}

fn component(hex: &str) -> String {
    format!("{hex}.wasm")
}

fn signed(hex: &str) -> String {
    format!("{hex}.signed.json")
}

/// Writes a plugin into a folder of the project: its component and what is signed of it, each whole
/// or not at all.
///
/// # Errors
/// The disk's.
pub fn vendor(project: &Dir, folder: &str, verified: &Verified, bytes: &[u8]) -> Result<(), Error> {
    let hex = |digest: &str| digest.trim_start_matches("sha256:").to_owned();
    let written = || -> std::io::Result<()> {
        project.create_dir_all(folder)?;
        let into = project.open_dir(folder)?;
        let (layer, manifest) = (hex(&verified.layer.digest), hex(&verified.digest));
        put(&into, &component(&layer), bytes)?;
        put(&into, &signed(&manifest), &verified.signed.text())
    };
    written().map_err(|source| {
        let file = folder.to_owned();
        Error::new(ErrorKind::Input, Unwritten { file, source })
    })
}

/// Writes a file whole or not at all, under a name first that nobody can have put a link at.
///
/// # Errors
/// The disk's.
pub fn put(into: &Dir, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let part = format!(".{name}.{}", unique()?);
    let mut options = OpenOptions::new();
    let mut file = into.open_with(&part, options.write(true).create_new(true))?;
    let written = file.write_all(bytes);
    let written = written.and_then(|()| into.rename(&part, into, name));
    if written.is_err() {
        let _there_is_no_more_to_do = into.remove_file(&part);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_in_the_place_of_an_unfinished_file_leads_nowhere() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path();
        std::fs::write(path.join("victim"), "as it was").unwrap();
        let part = format!(".a.wasm.{}", std::process::id());
        for name in [part.as_str(), "a.wasm"] {
            std::os::unix::fs::symlink("victim", path.join(name)).unwrap();
        }
        let folder = Dir::open_ambient_dir(path, cap_std::ambient_authority()).unwrap();
        put(&folder, "a.wasm", b"new").unwrap();
        let read = |name: &str| std::fs::read_to_string(path.join(name)).unwrap();
        assert_eq!(
            (read("victim"), read("a.wasm")),
            ("as it was".into(), "new".into())
        );
    }
}
