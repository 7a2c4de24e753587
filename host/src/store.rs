//! Native code of plugins: kept by the digest of the component, and made by a process of its own.
//!
//! Compiled code is native code, and whoever loads it runs it. So only bytes that this user's own
//! key signed are loaded, and it is the bytes that were checked that are loaded: they are read
//! into memory of this process first, since a file can change after the check. What was checked
//! once is not read again while the kernel says that it is the same file and that nobody wrote to
//! it (`seen.rs`): then it is mapped. A store that was restored from a cache, copied or planted was
//! not signed by this key; its code is made anew and never run. Whatever is wrong with a file of the
//! store is told as an event and is no error. Who can act as this user can do all that acetate can,
//! and is not kept out here.
//!
//! Where there is neither a key nor a place, nothing is kept, and each process compiles what it
//! needs.

mod child;
mod code;
mod compile;
mod components;
mod digest;
mod folder;
mod key;
mod limits;
mod options;
mod origin;
mod seen;

use std::fs::{File, Metadata};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use wasmtime::Engine;
use wasmtime::component::Component;

pub use child::{CompileArgs, main as compile};
pub(crate) use child::{NO_MEMORY, UNLIMITED, confine, use_threads};
pub use code::Loaded;
pub use compile::{CompileError, CompilerProcess};
pub(crate) use compile::{died, end, start};
pub use digest::Digest;
pub use key::{KeySource, Secret};
pub use limits::CompileLimits;
pub(crate) use options::this_users;
pub use options::{ROOM, StoreOptions};

use crate::event::Event;
use crate::plugin::engine::Compiler;
use code::Found;
use folder::Folder;
pub(crate) use folder::unique;
use key::{Key, KeyFault};
use origin::Origin;
use seen::Seen;

/// What a note of a file with a component begins with.
const COMPONENT: &[u8] = b"component";

/// Gives native code of components. One for a whole process; nothing is read before the first
/// component.
pub struct Store {
    options: StoreOptions,
    kept: OnceLock<Option<Kept>>,
    shelf: OnceLock<Option<Folder>>,
    told: Mutex<Vec<Event>>,
}

/// A store that can keep.
struct Kept {
    folder: Folder,
    key: Key,
}

impl Store {
    /// A store with these options.
    #[must_use]
    pub fn new(options: StoreOptions) -> Self {
        Self {
            options,
            kept: OnceLock::new(),
            shelf: OnceLock::new(),
            told: Mutex::default(),
        }
    }

    /// What happened since this was asked last: code that was made anew, why nothing is kept.
    pub fn told(&self) -> Vec<Event> {
        std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The digest of a component in an open file, where it is known without reading it.
    #[must_use]
    pub fn digest(&self, about: &Metadata) -> Option<Digest> {
        let noted = self.seen()?.recall(about)?;
        let digest = noted.strip_prefix(COMPONENT)?;
        digest.try_into().ok().map(Digest::new)
    }

    /// Notes the digest of a component in an open file, which was read after `about` was.
    pub fn note_digest(&self, file: &File, about: &Metadata, digest: &Digest) {
        if let Some(seen) = self.seen() {
            seen.note(file, about, &[COMPONENT, &digest.0].concat());
        }
    }

    /// A component with its native code, if that is kept.
    pub fn find(&self, engine: &Engine, name: &str, digest: &Digest) -> Option<Loaded> {
        let seen = self.seen()?;
        let origin = Origin::new(engine, Compiler::Cranelift, digest);
        match code::find(engine, &seen.folder.path(&origin.name()), seen, &origin) {
            Found::Code(loaded) => Some(loaded),
            Found::Nothing => None,
            Found::Bad(why) => {
                self.note(format!("compiled code of `{name}` is made anew: {why}"));
                None
            }
        }
    }

    /// A component with its native code, compiled and kept together with `about`, which only the
    /// caller can read. `name` is what messages call it. Blocks, for seconds where a large component
    /// is compiled.
    ///
    /// # Errors
    /// It cannot be compiled: see [`CompileError`].
    pub fn make(
        &self,
        engine: &Engine,
        name: &str,
        (digest, bytes): (&Digest, &[u8]),
        about: &[u8],
        limits: &CompileLimits,
    ) -> Result<Component, CompileError> {
        let Some(seen) = self.seen() else {
            return code::of_our_own(engine, &self.compile(bytes, limits)?);
        };
        let Seen { folder, key, .. } = seen;
        let origin = Origin::new(engine, Compiler::Cranelift, digest);
        let path = folder.path(&origin.name());
        let until = Instant::now() + limits.wall;
        let _claim = folder.claim(&origin.name(), until);
        // Another process may have made it in the meantime.
        if let Found::Code(loaded) = code::find(engine, &path, seen, &origin) {
            return Ok(loaded.component);
        }
        let native = self.compile(bytes, limits)?;
        let component = code::of_our_own(engine, &native)?;
        let foot = code::sign(key, &origin, &native, about);
        let kept = folder
            .write(&path, &[&native, about, &foot])
            .inspect(|file| code::note(seen, file, &foot))
            .and_then(|_| folder.make_room(&path));
        if let Err(error) = kept {
            self.note(format!("compiled code of `{name}` is not kept: {error}"));
        }
        Ok(component)
    }

    /// What starts processes, where that is known.
    pub(crate) const fn process(&self) -> Option<&CompilerProcess> {
        self.options.compiler.as_ref()
    }

    fn seen(&self) -> Option<Seen<'_>> {
        let Kept { folder, key } = self.kept()?;
        let settled = self.options.settled;
        Some(Seen {
            folder,
            key,
            settled,
        })
    }

    fn compile(&self, bytes: &[u8], limits: &CompileLimits) -> Result<Vec<u8>, CompileError> {
        match &self.options.compiler {
            Some(compiler) => compiler.compile(bytes, limits),
            None => Err(CompileError::NotStarted(
                std::io::ErrorKind::NotFound.into(),
            )),
        }
    }

    /// Key and folder; why there are none is told once.
    fn kept(&self) -> Option<&Kept> {
        let open = || -> Result<Kept, KeyFault> {
            let folder = self.options.folder.as_deref().ok_or(KeyFault::Nowhere)?;
            let key = key::get(&self.options.key)?;
            let opened = Folder::open(folder, self.options.room);
            let folder = opened.map_err(|source| KeyFault::Impossible {
                path: folder.display().to_string(),
                source,
            })?;
            Ok(Kept { folder, key })
        };
        let kept = self.kept.get_or_init(|| {
            let opened = open();
            if let Err(fault) = &opened {
                self.tell(not_kept(fault));
            }
            opened.ok()
        });
        kept.as_ref()
    }

    pub(crate) fn note(&self, message: String) {
        self.tell(Event::Note { message });
    }

    fn tell(&self, event: Event) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.push(event);
    }
}

/// A key that others may know asks for somebody to look at it; a home that cannot be written to
/// is how some machines are.
fn not_kept(fault: &KeyFault) -> Event {
    let message = format!("compiled code of plugins is not kept: {fault}");
    match fault {
        KeyFault::Refused { .. } => Event::Warning { message },
        KeyFault::Impossible { .. } | KeyFault::Nowhere => Event::Note { message },
    }
}

/// A store for this user's processes.
#[must_use]
pub fn of_this_user() -> Arc<Store> {
    Arc::new(Store::new(StoreOptions::of_this_user()))
}
