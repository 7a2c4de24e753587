//! What code is of, and what made it: the head of its file, and its name.

use std::hash::{Hash, Hasher};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;

use super::digest::Digest;
use crate::plugin::engine::Compiler;

const MAGIC: [u8; 16] = *b"acetate native 1";
/// Bytes of the MAC.
pub(super) const TAG: usize = 32;
/// Magic, digest of the component, fingerprint of what made it, bytes of code, tag.
pub(super) const HEAD: usize = 16 + 32 + 32 + 8 + TAG;

/// What code is of, and what made it.
pub(super) struct Origin {
    component: Digest,
    /// SHA-256 of acetate's version, the compiler and all that wasmtime says must be the same.
    maker: [u8; 32],
}

impl Origin {
    pub fn new(engine: &Engine, compiler: Compiler, component: &Digest) -> Self {
        let mut maker = Sha256Hasher(Sha256::new());
        env!("CARGO_PKG_VERSION").hash(&mut maker);
        compiler.name().hash(&mut maker);
        engine.precompile_compatibility_hash().hash(&mut maker);
        Self {
            component: *component,
            maker: maker.0.finalize().into(),
        }
    }

    /// The name of its file: versions of acetate that share a store keep out of each other's way.
    pub fn name(&self) -> String {
        let maker: String = self.maker[..6].iter().map(|b| format!("{b:02x}")).collect();
        format!("{}-{maker}", self.component)
    }

    /// The head without its tag.
    pub fn head(&self, code: usize) -> [u8; HEAD - TAG] {
        let mut head = [0; HEAD - TAG];
        head[..16].copy_from_slice(&MAGIC);
        head[16..48].copy_from_slice(&self.component.0);
        head[48..80].copy_from_slice(&self.maker);
        head[80..].copy_from_slice(&(code as u64).to_le_bytes());
        head
    }
}

/// `Hash` feeds it, and nobody asks for its 64 bits.
struct Sha256Hasher(Sha256);

impl Hasher for Sha256Hasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}
