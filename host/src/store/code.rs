//! Code as it lies in the store: the native code first, as wasmtime maps it, then what was read of
//! the component's manifest, then a foot that says what it is of and carries the MAC.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use wasmtime::Engine;
use wasmtime::component::Component;

use super::compile::CompileError;
use super::folder;
use super::key::Key;
use super::origin::{FOOT, Origin, TAG};
use super::seen::Seen;

/// More native code than any component has: what a file claims is not taken into memory.
const MOST: u64 = 1 << 30;
/// More than a manifest has.
const MOST_ABOUT: u64 = 16 << 20;
/// Code that more than one processor checks, in bytes.
const LARGE: usize = 4 << 20;
/// What a note of a file of code begins with.
const NOTE: &[u8] = b"code";

/// A component with its native code, and what was kept with it.
pub struct Loaded {
    /// The component.
    pub component: Component,
    /// What was kept with it: its manifest, or nothing.
    pub about: Vec<u8>,
}

/// What lies at a place of the store.
pub(super) enum Found {
    /// Code that this key signed, loaded.
    Code(Loaded),
    /// No file.
    Nothing,
    /// A file that is not run; why.
    Bad(String),
}

/// What goes behind code and manifest in their file.
pub(super) fn sign(key: &Key, origin: &Origin, code: &[u8], about: &[u8]) -> [u8; FOOT] {
    let unsigned = origin.foot(code.len(), about.len());
    let mut foot = [0; FOOT];
    foot[..FOOT - TAG].copy_from_slice(&unsigned);
    foot[FOOT - TAG..].copy_from_slice(tag(key, &unsigned, &[code, about]).as_bytes());
    foot
}

/// The MAC over foot, code and manifest.
fn tag(key: &Key, unsigned: &[u8], parts: &[&[u8]]) -> blake3::Hash {
    let mut mac = blake3::Hasher::new_keyed(&key.0);
    mac.update(unsigned);
    for part in parts {
        // On all processors, where that is quicker than telling them.
        match part.len() < LARGE {
            true => mac.update(part),
            false => mac.update_rayon(part),
        };
    }
    mac.finalize()
}

/// Loads what lies there, if this key signed it for this origin.
pub(super) fn find(engine: &Engine, path: &Path, seen: Seen<'_>, origin: &Origin) -> Found {
    let file = match folder::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Found::Nothing,
        Err(error) => return Found::Bad(error.to_string()),
    };
    let found = match before(engine, &file, seen, origin) {
        Some(loaded) => Ok(loaded),
        None => checked(engine, &file, path, seen, origin),
    };
    found.map_or_else(Found::Bad, Found::Code)
}

/// Code whose MAC was found right before, and that nobody wrote to since: mapped, so that only
/// what is run of it is read.
fn before(engine: &Engine, file: &File, seen: Seen<'_>, origin: &Origin) -> Option<Loaded> {
    let about = file.metadata().ok()?;
    // Nobody else may write to it while it runs.
    let ours = about.uid() == rustix::process::geteuid().as_raw() && about.mode() & 0o077 == 0;
    let noted = seen.recall(&about).filter(|_| ours)?;
    let unsigned = noted.strip_prefix(NOTE)?;
    let (code, kept) = origin.sizes(unsigned)?;
    let mut about = vec![0; kept];
    file.read_exact_at(&mut about, code as u64).ok()?;
    let component = mapped(engine, file).ok()?;
    Some(Loaded { component, about })
}

#[expect(unsafe_code, reason = "loading native code that we signed")]
fn mapped(engine: &Engine, file: &File) -> wasmtime::Result<Component> {
    // By its descriptor: the very file that was looked at, whatever has its name by now.
    let path = format!("/dev/fd/{}", file.as_raw_fd());
    // SAFETY: `deserialize_file` runs the file as native code, also what is written to it later.
    // A process of this user made it of code whose MAC it had checked, and noted its identity under
    // this user's own key; the kernel changes that with every write. Nobody but this user may write
    // to it, and acetate never does: it replaces files as a whole.
    unsafe { Component::deserialize_file(engine, path) }
}

/// Code of a file, after its MAC was found right.
fn checked(
    engine: &Engine,
    file: &File,
    path: &Path,
    seen: Seen<'_>,
    origin: &Origin,
) -> Result<Loaded, String> {
    let told = |error: std::io::Error| error.to_string();
    let cut = || "the file was cut or added to".to_owned();
    let about = file.metadata().map_err(told)?;
    if about.len() > MOST {
        return Err(cut());
    }
    let mut bytes = Vec::new();
    file.take(about.len())
        .read_to_end(&mut bytes)
        .map_err(told)?;
    let start = bytes.len().checked_sub(FOOT).ok_or_else(cut)?;
    let (content, foot) = bytes.split_at(start);
    let (unsigned, signed) = foot.split_at(FOOT - TAG);
    let of_another = "it was cut or added to, or another acetate made it";
    let (code, kept) = origin.sizes(unsigned).ok_or(of_another)?;
    if code.checked_add(kept) != Some(start) || kept as u64 > MOST_ABOUT {
        return Err(cut());
    }
    let (code, kept) = content.split_at(code);
    // The comparison of two hashes takes the same time whatever is in them.
    if tag(seen.key, unsigned, &[code, kept])
        != blake3::Hash::from_slice(signed).map_err(|e| e.to_string())?
    {
        return Err("it is not signed with this user's key, or was changed".to_owned());
    }
    let component = load_signed(engine, code).map_err(|error| format!("{error:#}"))?;
    // Somebody may have mapped this one before it was checked: the next run has a copy of what was.
    if let Ok(own) = seen.folder.write(path, &[&bytes]) {
        note(seen, &own, foot);
    }
    let about = kept.to_vec();
    Ok(Loaded { component, about })
}

#[expect(unsafe_code, reason = "loading native code that we signed")]
fn load_signed(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `deserialize` runs the bytes as native code. They are in memory of this process, and
    // it is these bytes whose MAC was checked, whose key is this user's own.
    unsafe { Component::deserialize(engine, code) }
}

/// Notes that a file which this process just made is code with this foot.
pub(super) fn note(seen: Seen<'_>, file: &File, foot: &[u8]) {
    let unsigned = &foot[..FOOT - TAG];
    seen.note_own(file, &[NOTE, unsigned].concat());
}

/// Code that a process of ours just made.
pub(super) fn of_our_own(engine: &Engine, code: &[u8]) -> Result<Component, CompileError> {
    load(engine, code).map_err(|error| CompileError::Died(format!("answered: {error:#}")))
}

#[expect(unsafe_code, reason = "loading native code that we just had made")]
fn load(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `deserialize` runs the bytes as native code. They are in memory of this process,
    // and came through the pipe of a process of this very program that this one started.
    unsafe { Component::deserialize(engine, code) }
}
