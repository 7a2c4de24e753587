//! From bytes to a plugin that can be run.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};

use super::bindings::OverlayPlugin;
use super::checks::{check_declared, check_size, full_name, kind, not_a_plugin};
use super::engine::engine_config;
use super::entry::EntryInput;
use super::error::PluginError;
use super::grants;
use super::imports;
use super::limits::Limits;
use super::manifest::{self, Manifest};
use super::schema::{self, ConfigFault, Wanted};
use super::state::State;
use crate::error::Error;
use crate::event::Diagnostic;

/// The built-in plugin's component.
pub(super) const STANDARD: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/standard.wasm"));
/// The same, compiled by `build.rs`.
const STANDARD_NATIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/standard.cwasm"));

/// What a plugin is for: which of the two interfaces it exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Lays edits over the template.
    Overlay,
    /// Judges the document that will be registered, and changes nothing.
    Policy,
}

/// Where a plugin comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PluginSource {
    /// Embedded in this program.
    Builtin(String),
    /// A component that was read from somewhere.
    Component {
        /// How messages call it until its manifest says its name, such as its path.
        name: String,
        /// The component.
        bytes: Vec<u8>,
    },
}

/// The engine with all that is served, to load plugins into.
pub struct Runtime {
    engine: Engine,
    linker: Linker<State>,
}

/// A plugin that is compiled, linked and ready to run.
pub struct Plugin {
    /// Its name: the manifest's, or how it was named.
    pub name: String,
    /// What it says of itself, if it does.
    pub manifest: Option<Arc<Manifest>>,
    /// Overlay or policy.
    pub kind: Kind,
    /// WASI interfaces that its toolchain brought along and that are linked to nothing.
    pub empty_wasi: Vec<String>,
    /// What there is to say about it before it runs.
    pub diagnostics: Vec<Diagnostic>,
    pub(super) instance: InstancePre<State>,
    bytes: Cow<'static, [u8]>,
    digest: OnceLock<String>,
}

impl Runtime {
    /// An engine for this processor.
    ///
    /// # Errors
    /// wasmtime does not run on this machine.
    pub fn new() -> Result<Self, Error> {
        Self::build(false).map_err(|error| Error::new(crate::error::ErrorKind::Bug, error))
    }

    /// The same, and a plugin that crashes leaves its memory in the error; see
    /// [`Told::coredump`](super::Told). Compiled code is the same with and without.
    ///
    /// # Errors
    /// wasmtime does not run on this machine.
    pub fn with_coredumps() -> Result<Self, Error> {
        Self::build(true).map_err(|error| Error::new(crate::error::ErrorKind::Bug, error))
    }

    fn build(coredumps: bool) -> wasmtime::Result<Self> {
        let mut config = engine_config(env!("ACETATE_TARGET"))?;
        config.coredump_on_trap(coredumps);
        let engine = Engine::new(&config)?;
        let mut linker = Linker::new(&engine);
        OverlayPlugin::add_to_linker::<_, HasSelf<_>>(&mut linker, |state: &mut State| state)?;
        Ok(Self { engine, linker })
    }
}

/// Loads a plugin: compiles it if need be, looks at what it imports, exports and says of itself.
///
/// # Errors
/// Not a component, too large, a manifest that cannot be read, imports that are not served,
/// neither or both of the two exports, or another kind than the manifest's.
pub fn load(runtime: &Runtime, source: PluginSource, limits: &Limits) -> Result<Plugin, Error> {
    Ok(load_plugin(runtime, source, limits)?)
}

fn load_plugin(
    runtime: &Runtime,
    source: PluginSource,
    limits: &Limits,
) -> Result<Plugin, PluginError> {
    let (name, bytes, component) = match source {
        PluginSource::Builtin(name) if name == "standard" => {
            let component = standard(&runtime.engine);
            (name, Cow::Borrowed(STANDARD), component)
        }
        PluginSource::Builtin(name) => return Err(PluginError::NoBuiltin(name)),
        PluginSource::Component { name, bytes } => {
            check_size(&name, bytes.len() as u64, limits)?;
            let component = Component::new(&runtime.engine, &bytes);
            (name, Cow::Owned(bytes), component)
        }
    };
    let component = component.map_err(|error| not_a_plugin(&name, format!("{error:#}")))?;
    let manifest = manifest::read(&bytes).map_err(|message| PluginError::Manifest {
        plugin: name.clone(),
        message,
    })?;
    let kind = kind(&runtime.engine, &component, &name, manifest.as_ref())?;
    check_declared(&name, manifest.as_ref())?;

    let mut linker = runtime.linker.clone();
    let full_name = full_name(&name, manifest.as_ref());
    let empty_wasi = imports::fit(&runtime.engine, &mut linker, &component, &full_name)?;
    let instance = linker
        .instantiate_pre(&component)
        .map_err(|error| not_a_plugin(&name, format!("{error:#}")))?;
    let diagnostics = manifest
        .is_none()
        .then(|| manifest::missing(&name))
        .into_iter()
        .collect();
    let name = manifest
        .as_ref()
        .map_or(name, |manifest| manifest.name.clone());
    let (manifest, digest) = (manifest.map(Arc::new), OnceLock::new());
    Ok(Plugin {
        name,
        manifest,
        kind,
        empty_wasi,
        diagnostics,
        instance,
        bytes,
        digest,
    })
}

/// The built-in plugin. On a processor that lacks what the plain one of this architecture has,
/// or with a wasmtime that thinks otherwise of it, it is compiled here and now.
#[expect(
    unsafe_code,
    reason = "loading native code that this very build compiled"
)]
fn standard(engine: &Engine) -> wasmtime::Result<Component> {
    // SAFETY: `deserialize` runs the bytes as native code. They are a part of this executable,
    // made by its build script with the same wasmtime from the component in the tree: whoever
    // could change them could change the code around them just as well.
    let native = unsafe { Component::deserialize(engine, STANDARD_NATIVE) };
    native.or_else(|_| Component::new(engine, STANDARD))
}

/// SHA-256 in hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Kind {
    /// Its word, as manifests have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Overlay => "overlay",
            Self::Policy => "policy",
        }
    }
}

impl Plugin {
    /// SHA-256 of the component, in hexadecimal.
    pub fn digest(&self) -> &str {
        self.digest.get_or_init(|| digest(&self.bytes))
    }

    /// Bytes of the component.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Name, version and digest, for messages.
    #[must_use]
    pub fn full_name(&self) -> String {
        let name = full_name(&self.name, self.manifest.as_deref());
        format!("{name} (sha256:{})", &self.digest()[..12])
    }

    /// An entry's configuration, completed with defaults, if it is what the manifest asks for.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn check_config(&self, config: &Value) -> Result<Value, Vec<ConfigFault>> {
        self.schema().map_or_else(
            || Ok(config.clone()),
            |schema| schema::check(schema, config),
        )
    }

    /// What the plugin will ask for with its configuration, to be fetched while it waits: as far
    /// as it may ask for it.
    #[must_use]
    pub fn wanted_lookups(&self, entry: &EntryInput) -> Vec<Wanted> {
        let schema = self.schema();
        let wanted = schema.map_or_else(Vec::new, |schema| {
            schema::wanted_lookups(schema, &entry.config)
        });
        let manifest = self.manifest.as_deref();
        wanted
            .into_iter()
            .flat_map(|wanted| grants::granted(entry, manifest, wanted))
            .collect()
    }

    fn schema(&self) -> Option<&Value> {
        self.manifest.as_ref()?.config_schema.as_ref()
    }
}
