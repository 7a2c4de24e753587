//! Native code of plugins: kept by the digest of the component, and made by a process of its own.
//!
//! Compiled code is native code, and whoever loads it runs it. So only bytes that this user's own
//! key signed are loaded, and it is the bytes that were checked that are loaded: they are read
//! into memory of this process first, since a file can change after the check. A store that was
//! restored from a cache, copied or planted was not signed by this key; its code is made anew and
//! never run. Whatever is wrong with a file of the store is told as an event and is no error. Who
//! can act as this user can do all that acetate can, and is not kept out here.
//!
//! Where there is neither a key nor a place, nothing is kept, and each process compiles what it
//! needs.

mod child;
mod code;
mod compile;
mod digest;
mod folder;
mod key;
mod limits;
mod memory;
mod options;
mod origin;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use wasmtime::Engine;
use wasmtime::component::Component;

pub use child::{CompileArgs, main as compile};
pub use compile::{CompileError, CompilerProcess};
pub use digest::Digest;
pub use key::{KeySource, Secret};
pub use limits::CompileLimits;
pub use memory::prepare;
pub use options::{ROOM, StoreOptions};

use crate::event::Event;
use crate::plugin::engine::Compiler;
use code::Found;
use folder::Folder;
use key::{Key, KeyFault};
use origin::Origin;

/// Gives native code of components. One for a whole process; nothing is read before the first
/// component.
pub struct Store {
    options: StoreOptions,
    kept: OnceLock<Option<Kept>>,
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
            told: Mutex::default(),
        }
    }

    /// What happened since this was asked last: code that was made anew, why nothing is kept.
    pub fn told(&self) -> Vec<Event> {
        std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A component with its native code, from the store, or compiled and kept. `name` is what
    /// messages call it; the engine was made with [`prepare`]. Blocks, for seconds where a large component is compiled.
    ///
    /// # Errors
    /// It cannot be compiled: see [`CompileError`].
    pub fn component(
        &self,
        engine: &Engine,
        name: &str,
        bytes: &[u8],
        digest: &Digest,
    ) -> Result<Component, CompileError> {
        let Some(Kept { folder, key }) = self.kept() else {
            return code::of_our_own(engine, &self.make(bytes)?);
        };
        let origin = Origin::new(engine, Compiler::Cranelift, digest);
        let file = origin.name();
        let found = || code::find(engine, &folder.path(&file), key, &origin);
        match found() {
            Found::Code(component) => return Ok(component),
            Found::Nothing => {}
            Found::Bad(why) => {
                self.note(format!("compiled code of `{name}` is made anew: {why}"));
            }
        }
        let until = Instant::now() + self.limits().wall;
        let _claim = folder.claim(&file, until);
        // Another process may have made it in the meantime.
        if let Found::Code(component) = found() {
            return Ok(component);
        }
        let native = self.make(bytes)?;
        let component = code::of_our_own(engine, &native)?;
        let head = code::sign(key, &origin, &native);
        let kept = folder
            .write(&file, &[&head, &native])
            .and_then(|()| folder.make_room(&file));
        if let Err(error) = kept {
            self.note(format!("compiled code of `{name}` is not kept: {error}"));
        }
        Ok(component)
    }

    fn limits(&self) -> CompileLimits {
        let compiler = self.options.compiler.as_ref();
        compiler.map_or_else(CompileLimits::default, |compiler| compiler.limits)
    }

    fn make(&self, bytes: &[u8]) -> Result<Vec<u8>, CompileError> {
        match &self.options.compiler {
            Some(compiler) => compiler.compile(bytes),
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

    fn note(&self, message: String) {
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
