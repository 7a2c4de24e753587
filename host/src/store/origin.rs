//! What code is of, and what made it: the foot of its file, and its name.

use std::hash::{Hash, Hasher};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;

use super::digest::Digest;
use crate::plugin::engine::Compiler;

const MAGIC: [u8; 16] = *b"acetate native 2";
/// Bytes of the MAC.
pub(super) const TAG: usize = 32;
/// Magic, digest of the component, fingerprint of what made it.
const NAMES: usize = 16 + 32 + 32;
/// The same, bytes of code, bytes of manifest, tag.
pub(super) const FOOT: usize = NAMES + 8 + 8 + TAG;

/// The form of what lies beside code; another number makes all that was kept unknown.
const FORM: u8 = 3;

/// What code is of, and what made it.
pub(super) struct Origin {
    component: Digest,
    /// SHA-256 of acetate's version, the form, the compiler and all that wasmtime says must be the same.
    maker: [u8; 32],
}

impl Origin {
    pub fn new(engine: &Engine, compiler: Compiler, component: &Digest) -> Self {
        let mut maker = Sha256Hasher(Sha256::new());
        (env!("CARGO_PKG_VERSION"), FORM).hash(&mut maker);
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

    /// The foot without its tag.
    pub fn foot(&self, code: usize, about: usize) -> [u8; FOOT - TAG] {
        let mut foot = [0; FOOT - TAG];
        foot[..NAMES].copy_from_slice(&self.names());
        foot[NAMES..NAMES + 8].copy_from_slice(&(code as u64).to_le_bytes());
        foot[NAMES + 8..].copy_from_slice(&(about as u64).to_le_bytes());
        foot
    }

    /// Bytes of code and bytes of manifest, where a foot is of this code.
    pub fn sizes(&self, foot: &[u8]) -> Option<(usize, usize)> {
        let numbers = foot.strip_prefix(&self.names())?.first_chunk::<16>()?;
        let (code, about) = numbers.split_at(8);
        let number = |bytes: &[u8]| {
            let number = u64::from_le_bytes(bytes.try_into().ok()?);
            usize::try_from(number).ok()
        };
        Some((number(code)?, number(about)?))
    }

    fn names(&self) -> [u8; NAMES] {
        let mut names = [0; NAMES];
        names[..16].copy_from_slice(&MAGIC);
        names[16..48].copy_from_slice(&self.component.0);
        names[48..].copy_from_slice(&self.maker);
        names
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
