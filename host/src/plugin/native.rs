//! The native code of the built-in plugin, which runs where it lies in this executable.
//!
//! Handed to wasmtime as bytes, it would be copied first, and the copy faulted in page by page:
//! a tenth of the time that a whole `render` takes.

use wasmtime::component::Component;
use wasmtime::{Config, Engine};

/// As wasmtime wants it: from the beginning of a page, which has 4096 bytes on every x86-64.
#[repr(C, align(4096))]
struct Pages<T: ?Sized>(T);

/// The built-in plugin, compiled by `build.rs`.
static STANDARD: &Pages<[u8]> =
    &Pages(*include_bytes!(concat!(env!("OUT_DIR"), "/standard.cwasm")));

/// The built-in plugin, unless this wasmtime or this processor thinks otherwise of its code.
#[expect(
    unsafe_code,
    reason = "loading native code that this very build compiled"
)]
pub(super) fn standard(engine: &Engine) -> wasmtime::Result<Component> {
    let code = &STANDARD.0;
    // SAFETY: both functions run the bytes as native code. They are a part of this executable,
    // made by its build script with the same wasmtime from the component in the tree: whoever
    // could change them could change the code around them just as well. They lie at the beginning
    // of a page, are there for as long as the process, and nobody writes to them.
    unsafe {
        match cfg!(target_arch = "x86_64") {
            true => Component::deserialize_raw(engine, code.into()),
            // Elsewhere the processor has to be told of new code, which wasmtime does for copies.
            false => Component::deserialize(engine, code),
        }
    }
}

/// Has an engine run code where it lies.
#[cfg(target_arch = "x86_64")]
pub(super) fn prepare(config: &mut Config) {
    config.with_custom_code_memory(Some(std::sync::Arc::new(InPlace)));
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn prepare(_: &mut Config) {}

#[cfg(target_arch = "x86_64")]
use rustix::mm::MprotectFlags as Protection;

#[cfg(target_arch = "x86_64")]
struct InPlace;

#[cfg(target_arch = "x86_64")]
impl wasmtime::CustomCodeMemory for InPlace {
    fn required_alignment(&self) -> usize {
        align_of::<Pages<u8>>()
    }

    fn publish_executable(&self, start: *const u8, bytes: usize) -> wasmtime::Result<()> {
        protect(start, bytes, Protection::READ | Protection::EXEC)
    }

    fn unpublish_executable(&self, start: *const u8, bytes: usize) -> wasmtime::Result<()> {
        protect(start, bytes, Protection::READ)
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "native code that was checked becomes executable"
)]
fn protect(start: *const u8, bytes: usize, to: Protection) -> wasmtime::Result<()> {
    // SAFETY: only wasmtime calls this, with the pages of code that `deserialize…` was given: what
    // this file, or the store, said was checked. They hold nothing but code, nobody writes to them
    // any more, and no reference to them is used while they are not readable, which they always
    // are.
    unsafe { rustix::mm::mprotect(start.cast_mut().cast(), bytes, to)? };
    Ok(())
}
