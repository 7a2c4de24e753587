//! Code as it lies in the store: a head that says what it is of and carries the MAC, then the
//! native code.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use memmap2::Mmap;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::compile::CompileError;
use super::folder;
use super::key::Key;
use super::memory;
use super::origin::{HEAD, Origin, TAG};

/// More native code than any component has: what a file claims is not taken into memory.
const MOST: u64 = 1 << 30;

/// Code that more than one processor checks, in bytes.
const LARGE: usize = 4 << 20;

/// What lies at a place of the store.
pub(super) enum Found {
    /// Code that this key signed, loaded.
    Code(Component),
    /// No file.
    Nothing,
    /// A file that is not run; why.
    Bad(String),
}

/// The head that goes before this code in its file.
pub(super) fn sign(key: &Key, origin: &Origin, code: &[u8]) -> [u8; HEAD] {
    let unsigned = origin.head(code.len());
    let mut head = [0; HEAD];
    head[..HEAD - TAG].copy_from_slice(&unsigned);
    head[HEAD - TAG..].copy_from_slice(tag(key, &unsigned, code).as_bytes());
    head
}

/// The MAC over head and code.
fn tag(key: &Key, unsigned: &[u8], code: &[u8]) -> blake3::Hash {
    let mut mac = blake3::Hasher::new_keyed(&key.0);
    mac.update(unsigned);
    // On all processors, where that is quicker than telling them.
    match code.len() < LARGE {
        true => mac.update(code),
        false => mac.update_rayon(code),
    };
    mac.finalize()
}

/// Loads what lies there, if this key signed it for this origin.
pub(super) fn find(engine: &Engine, path: &Path, key: &Key, origin: &Origin) -> Found {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Found::Nothing,
        Err(error) => return Found::Bad(error.to_string()),
    };
    match checked(&mut file, key, origin) {
        Ok(code) => {
            let _a_store_may_be_read_only = folder::used(&file);
            memory::load(engine, code)
                .map_or_else(|error| Found::Bad(format!("{error:#}")), Found::Code)
        }
        Err(why) => Found::Bad(why),
    }
}

/// The code of a file, in memory of this process, after its MAC was found right.
fn checked(file: &mut File, key: &Key, origin: &Origin) -> Result<Mmap, String> {
    let told = |error: std::io::Error| error.to_string();
    let cut = || "the file was cut or added to".to_owned();
    let length = file.metadata().map_err(told)?.len();
    let bytes = length.checked_sub(HEAD as u64).ok_or_else(cut)?;
    if bytes > MOST {
        return Err(cut());
    }
    let mut head = [0; HEAD];
    file.read_exact(&mut head).map_err(told)?;
    let (unsigned, signed) = head.split_at(HEAD - TAG);
    let bytes = usize::try_from(bytes).map_err(|_| cut())?;
    let wanted = origin.head(bytes);
    if unsigned[..80] != wanted[..80] {
        return Err("it is of another component, or another acetate made it".to_owned());
    }
    if unsigned != wanted {
        return Err(cut());
    }
    let code = memory::read(file, bytes).map_err(told)?;
    // The comparison of two hashes takes the same time whatever is in them.
    if tag(key, unsigned, &code[..bytes])
        != blake3::Hash::from_slice(signed).map_err(|e| e.to_string())?
    {
        return Err("it is not signed with this user's key, or was changed".to_owned());
    }
    Ok(code)
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
