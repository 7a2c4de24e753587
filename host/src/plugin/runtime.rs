//! What plugins are loaded into: one engine, one linker, and where native code comes from.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::sync::{Arc, Mutex};

use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, Linker};

use super::bindings::OverlayPlugin;
use super::checks::not_a_plugin;
use super::clock::Clock;
use super::engine::{Compiler, engine_config};
use super::error::PluginError;
use super::limits::Limits;
use super::load::Plugin;
use super::native;
use super::state::State;
use crate::error::Error;
use crate::store::{CompileError, Digest, Loaded, Store};

/// The engine with all that is served, to load plugins into; one for a whole process. A component
/// that was loaded once is loaded for good.
pub struct Runtime {
    pub(super) engine: Engine,
    pub(super) linker: Linker<State>,
    pub(super) clock: Arc<Clock>,
    native: Native,
    pub(super) loaded: Mutex<HashMap<Digest, Plugin>>,
}

/// Where the native code of foreign components comes from.
enum Native {
    /// It is compiled in this very process, and not kept.
    Here,
    /// From the store, which has a process of its own compile what it lacks.
    Store(Arc<Store>),
}

impl Runtime {
    /// For components that whoever calls trusts not to take the machine: they are compiled in
    /// this very process, and nothing is kept.
    ///
    /// # Errors
    /// wasmtime does not run on this machine.
    pub fn new() -> Result<Self, Error> {
        Self::build(Native::Here, false)
    }

    /// For components of strangers: their code comes from the store, or from a process that
    /// compiles it under limits. With coredumps a plugin that crashes leaves its memory in the
    /// error; see [`Told::coredump`](super::Told). Compiled code is the same with and without.
    ///
    /// # Errors
    /// wasmtime does not run on this machine.
    pub fn with_store(store: Arc<Store>, coredumps: bool) -> Result<Self, Error> {
        Self::build(Native::Store(store), coredumps)
    }

    fn build(native: Native, coredumps: bool) -> Result<Self, Error> {
        let bug = |error: wasmtime::Error| Error::new(crate::error::ErrorKind::Bug, error);
        let config = engine_config(env!("ACETATE_TARGET"), Compiler::Cranelift);
        let mut config = config.map_err(bug)?;
        config.coredump_on_trap(coredumps);
        native::prepare(&mut config);
        let engine = Engine::new(&config).map_err(bug)?;
        let mut linker = Linker::new(&engine);
        OverlayPlugin::add_to_linker::<_, HasSelf<_>>(&mut linker, |state: &mut State| state)
            .map_err(bug)?;
        let clock = Clock::start(engine.clone());
        let clock = clock.map_err(|error| Error::new(crate::error::ErrorKind::Bug, error))?;
        Ok(Self {
            clock: Arc::new(clock),
            engine,
            linker,
            native,
            loaded: Mutex::default(),
        })
    }

    /// The digest of a component in a file, where it is known without reading it.
    pub(super) fn digest(&self, about: &Metadata) -> Option<Digest> {
        self.store()?.digest(about)
    }

    /// Notes the digest of a component in a file, which was read after `about` was.
    pub(super) fn note_digest(&self, file: &File, about: &Metadata, digest: &Digest) {
        if let Some(store) = self.store() {
            store.note_digest(file, about, digest);
        }
    }

    /// A component with its native code and manifest, if they are kept.
    pub(super) fn find(&self, name: &str, digest: &Digest) -> Option<Loaded> {
        self.store()?.find(&self.engine, name, digest)
    }

    /// A component with its native code, which is made now; the manifest is kept with it.
    pub(super) fn make(
        &self,
        name: &str,
        component: (&Digest, &[u8]),
        manifest: &[u8],
        limits: &Limits,
    ) -> Result<Component, PluginError> {
        let refused = |message: String| not_a_plugin(name, message);
        let Some(store) = self.store() else {
            return Component::new(&self.engine, component.1)
                .map_err(|error| refused(format!("{error:#}")));
        };
        let made = store.make(&self.engine, name, component, manifest, &limits.into());
        made.map_err(|error| match error {
            CompileError::Refused(message) => refused(message),
            source => PluginError::Compile {
                plugin: name.to_owned(),
                source,
            },
        })
    }

    fn store(&self) -> Option<&Store> {
        match &self.native {
            Native::Here => None,
            Native::Store(store) => Some(store),
        }
    }
}
