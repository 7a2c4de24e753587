//! Memory that native code is read into, checked in and run from: one copy, and few faults.
//!
//! Handed to wasmtime as bytes, code would be copied once more into memory that is faulted in page
//! by page, which takes longer than checking it.

use std::fs::File;
use std::io::Read;

use memmap2::{Advice, Mmap, MmapMut, MmapOptions};
use wasmtime::component::Component;
use wasmtime::{Config, Engine};

/// From here on, pages of 2 MiB are asked for.
const LARGE: usize = 2 << 20;

/// Has an engine run code where it lies. Every engine that loads from a store needs it.
#[cfg(target_arch = "x86_64")]
pub fn prepare(config: &mut Config) {
    config.with_custom_code_memory(Some(std::sync::Arc::new(CodePages)));
}

/// Elsewhere the processor has to be told of new code, which wasmtime does for its own memory.
#[cfg(not(target_arch = "x86_64"))]
pub fn prepare(_: &mut Config) {}

/// Reads the rest of a file, so many bytes, into memory of this process alone.
pub(super) fn read(file: &mut File, bytes: usize) -> std::io::Result<Mmap> {
    let mut options = MmapOptions::new();
    options.len(bytes.max(1));
    let mut memory: MmapMut = if bytes < LARGE {
        options.populate().map_anon()?
    } else {
        let memory = options.map_anon()?;
        let _a_kernel_may_have_none = memory.advise(Advice::HugePage);
        memory
    };
    file.read_exact(&mut memory[..bytes])?;
    memory.make_read_only()
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "loading native code that we signed")]
pub(super) fn load(engine: &Engine, code: Mmap) -> wasmtime::Result<Component> {
    // A runtime keeps what it loaded for as long as the process runs.
    let code: &'static [u8] = Box::leak(Box::new(code));
    // SAFETY: `deserialize_raw` runs the bytes as native code where they lie. Their MAC was
    // checked, whose key is this user's own. The memory is private to this process, read-only,
    // and never given back.
    unsafe { Component::deserialize_raw(engine, code.into()) }
}

#[cfg(not(target_arch = "x86_64"))]
#[expect(unsafe_code, reason = "loading native code that we signed")]
pub(super) fn load(engine: &Engine, code: Mmap) -> wasmtime::Result<Component> {
    // SAFETY: `deserialize` runs the bytes as native code. Their MAC was checked, whose key is
    // this user's own.
    unsafe { Component::deserialize(engine, &code[..]) }
}

#[cfg(target_arch = "x86_64")]
struct CodePages;

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "native code that we signed becomes executable")]
impl wasmtime::CustomCodeMemory for CodePages {
    fn required_alignment(&self) -> usize {
        // The page of every x86-64 processor, which is what wasmtime aligns code to.
        4096
    }

    fn publish_executable(&self, start: *const u8, bytes: usize) -> wasmtime::Result<()> {
        // SAFETY: wasmtime names the pages of the code that it is about to run, and no others;
        // nothing but code lies in them, and nobody writes to them any more.
        unsafe { protect(start, bytes, Protection::READ | Protection::EXEC) }
    }

    fn unpublish_executable(&self, start: *const u8, bytes: usize) -> wasmtime::Result<()> {
        // SAFETY: the same pages; wasmtime runs nothing of them any more.
        unsafe { protect(start, bytes, Protection::READ) }
    }
}

#[cfg(target_arch = "x86_64")]
use rustix::mm::MprotectFlags as Protection;

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "native code that we signed becomes executable")]
unsafe fn protect(start: *const u8, bytes: usize, to: Protection) -> wasmtime::Result<()> {
    // SAFETY: the callers'.
    unsafe { rustix::mm::mprotect(start.cast_mut().cast(), bytes, to)? };
    Ok(())
}
