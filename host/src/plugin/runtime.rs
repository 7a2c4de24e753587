//! What plugins are loaded into: one engine, one linker, and where native code comes from.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, Linker};

use super::bindings::OverlayPlugin;
use super::checks::not_a_plugin;
use super::engine::{Compiler, engine_config};
use super::error::PluginError;
use super::load::Plugin;
use super::state::State;
use crate::error::Error;
use crate::store::{self, CompileError, Digest, Store};

/// The engine with all that is served, to load plugins into; one for a whole process. A component
/// that was loaded once is loaded for good.
pub struct Runtime {
    pub(super) engine: Engine,
    pub(super) linker: Linker<State>,
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
    /// compiles it under limits.
    ///
    /// # Errors
    /// wasmtime does not run on this machine.
    pub fn with_store(store: Arc<Store>) -> Result<Self, Error> {
        Self::build(Native::Store(store), false)
    }

    /// The same, and a plugin that crashes leaves its memory in the error; see
    /// [`Told::coredump`](super::Told). Compiled code is the same with and without.
    ///
    /// # Errors
    /// wasmtime does not run on this machine.
    pub fn with_coredumps(store: Arc<Store>) -> Result<Self, Error> {
        Self::build(Native::Store(store), true)
    }

    fn build(native: Native, coredumps: bool) -> Result<Self, Error> {
        let bug = |error: wasmtime::Error| Error::new(crate::error::ErrorKind::Bug, error);
        let config = engine_config(env!("ACETATE_TARGET"), Compiler::Cranelift);
        let mut config = config.map_err(bug)?;
        config.coredump_on_trap(coredumps);
        store::prepare(&mut config);
        let engine = Engine::new(&config).map_err(bug)?;
        let mut linker = Linker::new(&engine);
        OverlayPlugin::add_to_linker::<_, HasSelf<_>>(&mut linker, |state: &mut State| state)
            .map_err(bug)?;
        Ok(Self {
            engine,
            linker,
            native,
            loaded: Mutex::default(),
        })
    }

    pub(super) fn component(
        &self,
        name: &str,
        bytes: &[u8],
        digest: &Digest,
    ) -> Result<Component, PluginError> {
        let refused = |message: String| not_a_plugin(name, message);
        match &self.native {
            Native::Here => {
                Component::new(&self.engine, bytes).map_err(|error| refused(format!("{error:#}")))
            }
            Native::Store(store) => {
                store
                    .component(&self.engine, name, bytes, digest)
                    .map_err(|error| match error {
                        CompileError::Refused(message) => refused(message),
                        source => PluginError::Compile {
                            plugin: name.to_owned(),
                            source,
                        },
                    })
            }
        }
    }
}
