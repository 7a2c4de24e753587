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
use crate::store::{CompileError, CompilerProcess, Digest, Loaded, Store};

/// The engine with all that is served, to load plugins into; one for a whole process. A component
/// that was loaded once is loaded for good.
pub struct Runtime {
    pub(super) engine: Engine,
    pub(super) linker: Arc<Linker<State>>,
    pub(super) clock: Arc<Clock>,
    native: Native,
    /// From how many bytes on a component is run apart as long as there is no native code of it.
    apart_from: Option<usize>,
    pub(super) coredumps: bool,
    pub(super) loaded: Mutex<HashMap<Digest, Plugin>>,
}

/// Where the native code of foreign components comes from.
#[derive(Clone)]
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
        Self::build(Native::Here, Compiler::Cranelift, false, true)
    }

    /// For components of strangers: their code comes from the store, or from a process that
    /// compiles it under limits. With coredumps a plugin that crashes leaves its memory in the
    /// error; see [`Told::coredump`](super::Told). Compiled code is the same with and without.
    ///
    /// # Errors
    /// wasmtime does not run on this machine.
    pub fn with_store(store: Arc<Store>, coredumps: bool) -> Result<Self, Error> {
        Self::build(Native::Store(store), Compiler::Cranelift, coredumps, true)
    }

    /// For the process that compiles and runs one plugin, and nothing else. Images of memories lie in
    /// files without a name: a process that must write none has to be told that there are no such
    /// files, or to make no images, which Cranelift then has a long function to compile for.
    pub(super) fn of_its_own(coredumps: bool, images: bool) -> Result<Self, Error> {
        Self::build(Native::Here, Compiler::Winch, coredumps, images)
    }

    /// The same, where components of at least so many bytes are run by a process of their own as
    /// long as the store has no native code of them. A store that starts no processes has no use
    /// for this, and neither has a processor that Winch does not know.
    #[must_use]
    pub fn apart_from(self, bytes: usize) -> Self {
        let is_known = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
        Self {
            apart_from: is_known.then_some(bytes),
            ..self
        }
    }

    /// The same engine for native code of what is run apart now; it knows no plugin yet.
    pub(super) fn native(&self) -> Self {
        Self {
            engine: self.engine.clone(),
            linker: Arc::clone(&self.linker),
            clock: Arc::clone(&self.clock),
            native: self.native.clone(),
            apart_from: None,
            coredumps: self.coredumps,
            loaded: Mutex::default(),
        }
    }

    /// What runs a component of so many bytes apart, if that is how it is run.
    pub(super) fn apart(&self, bytes: usize) -> Option<CompilerProcess> {
        self.apart_from.filter(|least| bytes >= *least)?;
        self.store()?.process().cloned()
    }

    /// Something to tell to whoever wants more.
    pub(super) fn note(&self, message: String) {
        if let Some(store) = self.store() {
            store.note(message);
        }
    }

    fn build(
        native: Native,
        compiler: Compiler,
        coredumps: bool,
        images: bool,
    ) -> Result<Self, Error> {
        let bug = |error: wasmtime::Error| Error::new(crate::error::ErrorKind::Bug, error);
        let config = engine_config(env!("ACETATE_TARGET"), compiler);
        let mut config = config.map_err(bug)?;
        config.memory_init_cow(images);
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
            linker: Arc::new(linker),
            native,
            apart_from: None,
            coredumps,
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
