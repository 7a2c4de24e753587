//! From bytes to a plugin that can be run.

use std::fs::{File, Metadata};
use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker};

use super::apart::{Apart, Later};
use super::checks::{check_declared, check_size, full_name, kind, not_a_plugin, one_kind};
use super::clock::Clock;
use super::entry::EntryInput;
use super::error::PluginError;
use super::grants;
use super::imports;
use super::inspect::{self, Served};
use super::limits::Limits;
use super::manifest::{self, Manifest};
use super::native;
use super::runtime::Runtime;
use super::schema::{self, ConfigFault, Tree, Wanted};
use super::state::State;
use crate::error::Error;
use crate::event::Diagnostic;
use crate::store::{Digest, Loaded};

/// The built-in plugin's component.
pub(super) const STANDARD: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/standard.wasm"));
/// Its manifest, in the form that is kept beside code.
pub(super) const STANDARD_MANIFEST: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/standard.manifest"));
/// Its SHA-256.
const STANDARD_DIGEST: Digest = Digest::new(*include_bytes!(concat!(
    env!("OUT_DIR"),
    "/standard.sha256"
)));

/// What a plugin is for: which of the two interfaces it exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Lays edits over the template.
    Overlay,
    /// Judges the document that will be registered, and changes nothing.
    Policy,
}

/// Where a plugin comes from.
#[derive(Debug)]
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
    /// A component that has to have this digest.
    Locked {
        /// How messages call it.
        name: String,
        /// Its digest.
        digest: Digest,
        /// Where its bytes are.
        held: Held,
    },
    /// A component in a file, which is read if nothing is known of it.
    File {
        /// How messages call it until its manifest says its name, such as its path.
        name: String,
        /// The file.
        file: File,
    },
}

/// Bytes of a component that nobody looked at yet.
#[derive(Debug)]
pub enum Held {
    /// In a file of the store, which is not read where code of this digest is kept.
    Stored(File),
    /// In a file of somebody's own, which must be what it has to be in any case.
    File(File),
    /// In memory.
    Bytes(Vec<u8>),
}

/// What runs when a plugin does.
#[derive(Clone)]
pub(super) enum Code {
    /// Native code in this process, linked to what is served.
    Linked(InstancePre<State>),
    /// A process of its own, which compiles the component first.
    Apart(Arc<Apart>),
}

/// A plugin that is ready to run.
#[derive(Clone)]
pub struct Plugin {
    /// Its name: the manifest's, or how it was named.
    pub name: String,
    /// What it says of itself, if it does.
    pub manifest: Option<Arc<Manifest>>,
    /// Overlay or policy.
    pub kind: Kind,
    /// WASI interfaces that its toolchain brought along and that are linked to an empty world.
    pub empty_wasi: Vec<String>,
    /// What there is to say about it before it runs.
    pub diagnostics: Vec<Diagnostic>,
    pub(super) code: Code,
    pub(super) clock: Arc<Clock>,
    digest: String,
    size: usize,
}

/// Loads a plugin: compiles it if need be, looks at what it imports, exports and says of itself.
///
/// # Errors
/// A file that cannot be read, not a component, too large, a manifest that cannot be read, imports
/// that are not served, neither or both of the two exports, another kind than the manifest's, or a
/// limit on compiling it.
pub fn load(runtime: &Runtime, source: PluginSource, limits: &Limits) -> Result<Plugin, Error> {
    let (named, mut plugin) = match source {
        PluginSource::Builtin(name) if name == "standard" => {
            let plugin = kept(runtime, &name, STANDARD.len(), &STANDARD_DIGEST)?;
            let plugin = plugin.map_or_else(|| built_in(runtime, &name), Ok)?;
            (name, plugin)
        }
        PluginSource::Builtin(name) => return Err(PluginError::NoBuiltin(name).into()),
        PluginSource::Component { name, bytes } => {
            check_size(&name, bytes.len() as u64, limits)?;
            let plugin = foreign(runtime, &name, (&Digest::of(&bytes), &bytes), limits)?;
            (name, plugin)
        }
        PluginSource::Locked { name, digest, held } => {
            let plugin = locked(runtime, &name, &digest, held, limits)?;
            (name, plugin)
        }
        PluginSource::File { name, file } => {
            let plugin = in_file(runtime, &name, &file, limits)?;
            (name, plugin)
        }
    };
    // All but this is the component's, wherever it was read from.
    if plugin.manifest.is_none() {
        plugin.diagnostics = vec![manifest::missing(&named)];
        plugin.name = named;
    }
    Ok(plugin)
}

/// A component that has to have this digest: whatever has another is not even compiled.
fn locked(
    runtime: &Runtime,
    name: &str,
    digest: &Digest,
    held: Held,
    limits: &Limits,
) -> Result<Plugin, PluginError> {
    let size = match &held {
        Held::Stored(file) => look(name, file, limits)?.len(),
        Held::File(file) => {
            let about = look(name, file, limits)?;
            if runtime.digest(&about).as_ref() != Some(digest) {
                let bytes = Held::Bytes(read(name, file, limits)?).read(name, digest, limits)?;
                let plugin = foreign(runtime, name, (digest, &bytes), limits)?;
                runtime.note_digest(file, &about, digest);
                return Ok(plugin);
            }
            about.len()
        }
        Held::Bytes(bytes) => bytes.len() as u64,
    };
    check_size(name, size, limits)?;
    if let Ok(size) = usize::try_from(size)
        && let Some(plugin) = kept(runtime, name, size, digest)?
    {
        return Ok(plugin);
    }
    let bytes = held.read(name, digest, limits)?;
    foreign(runtime, name, (digest, &bytes), limits)
}

impl Held {
    /// The bytes, if they have this digest.
    pub(super) fn read(
        self,
        name: &str,
        digest: &Digest,
        limits: &Limits,
    ) -> Result<Vec<u8>, PluginError> {
        let bytes = match self {
            Self::Stored(file) | Self::File(file) => read(name, &file, limits)?,
            Self::Bytes(bytes) => bytes,
        };
        let is = Digest::of(&bytes);
        match is == *digest {
            true => Ok(bytes),
            false => Err(PluginError::NotLocked {
                plugin: name.to_owned(),
                locked: digest.to_string(),
                is: is.to_string(),
            }),
        }
    }
}

/// A component in a file: not read where it was before, and is as it was.
fn in_file(
    runtime: &Runtime,
    name: &str,
    file: &File,
    limits: &Limits,
) -> Result<Plugin, PluginError> {
    let about = look(name, file, limits)?;
    if let Some(digest) = runtime.digest(&about)
        && let Ok(size) = usize::try_from(about.len())
        && let Some(plugin) = kept(runtime, name, size, &digest)?
    {
        return Ok(plugin);
    }
    let bytes = read(name, file, limits)?;
    let digest = Digest::of(&bytes);
    let plugin = foreign(runtime, name, (&digest, &bytes), limits)?;
    runtime.note_digest(file, &about, &digest);
    Ok(plugin)
}

/// What there is to know of a file before it is read.
fn look(name: &str, file: &File, limits: &Limits) -> Result<Metadata, PluginError> {
    let about = file.metadata().map_err(|error| unreadable(name, error))?;
    check_size(name, about.len(), limits)?;
    Ok(about)
}

/// A component from a file: never more of it than a component may have.
///
/// # Errors
/// It cannot be read, or is too large.
pub fn read(name: &str, file: &File, limits: &Limits) -> Result<Vec<u8>, PluginError> {
    look(name, file, limits)?;
    let mut bytes = Vec::new();
    // It may have grown.
    let most = limits.component_bytes as u64 + 1;
    let read = file.take(most).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(name, error))?;
    check_size(name, bytes.len() as u64, limits)?;
    Ok(bytes)
}

fn unreadable(name: &str, source: std::io::Error) -> PluginError {
    PluginError::Unreadable {
        plugin: name.to_owned(),
        source,
    }
}

pub(super) fn foreign(
    runtime: &Runtime,
    name: &str,
    (digest, bytes): (&Digest, &[u8]),
    limits: &Limits,
) -> Result<Plugin, PluginError> {
    if let Some(plugin) = kept(runtime, name, bytes.len(), digest)? {
        return Ok(plugin);
    }
    // What is no component has no manifest either, and that it is none is what is to be told.
    let wrong = |message| match inspect::read(bytes) {
        Ok(_) => wrong_manifest(name, message),
        Err(why) => not_a_plugin(name, why),
    };
    let kept = manifest::kept(bytes).map_err(wrong)?;
    let manifest = known_manifest(name, &kept)?;
    if let Some(process) = runtime.apart(bytes.len()) {
        let apart = Apart::new(runtime, process, (name, bytes), limits);
        return run_apart(runtime, apart, (name, digest, bytes), manifest);
    }
    let component = runtime.make(name, (digest, bytes), &kept, limits)?;
    finish(runtime, name, bytes.len(), digest, &component, manifest)
}

/// A plugin that this process loaded before, or whose code an earlier one kept.
fn kept(
    runtime: &Runtime,
    name: &str,
    size: usize,
    digest: &Digest,
) -> Result<Option<Plugin>, PluginError> {
    let known = lock(&runtime.loaded).get(digest).cloned();
    if known.is_some() || *digest == STANDARD_DIGEST {
        return Ok(known);
    }
    let Some(Loaded { component, about }) = runtime.find(name, digest) else {
        return Ok(None);
    };
    let manifest = known_manifest(name, &about)?;
    finish(runtime, name, size, digest, &component, manifest).map(Some)
}

/// A manifest in its kept form, if there is one.
fn known_manifest(name: &str, kept: &[u8]) -> Result<Option<Manifest>, PluginError> {
    let manifest = (!kept.is_empty()).then(|| manifest::from_kept(kept));
    let manifest = manifest.transpose();
    manifest.map_err(|message| wrong_manifest(name, message))
}

fn built_in(runtime: &Runtime, name: &str) -> Result<Plugin, PluginError> {
    let component = standard(&runtime.engine)?;
    let manifest = known_manifest(name, STANDARD_MANIFEST)?;
    let size = STANDARD.len();
    finish(runtime, name, size, &STANDARD_DIGEST, &component, manifest)
}

/// What is kept is whole at any time: a thread that panicked took nothing with it.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks at a component and links it; it is known from then on.
fn finish(
    runtime: &Runtime,
    name: &str,
    size: usize,
    digest: &Digest,
    component: &Component,
    manifest: Option<Manifest>,
) -> Result<Plugin, PluginError> {
    let engine = &runtime.engine;
    let kind = kind(engine, component, name, manifest.as_ref())?;
    check_declared(name, manifest.as_ref())?;

    // Most plugins import what is served and nothing else.
    let (instance, empty_wasi) = match runtime.linker.instantiate_pre(component) {
        Ok(instance) => (instance, Vec::new()),
        Err(_) => {
            let mut linker = Linker::clone(&runtime.linker);
            let full_name = full_name(name, manifest.as_ref());
            let empty_wasi = imports::fit(engine, &mut linker, component, &full_name)?;
            let instance = linker.instantiate_pre(component);
            let told = |error| not_a_plugin(name, format!("{error:#}"));
            (instance.map_err(told)?, empty_wasi)
        }
    };
    let plugin = Plugin {
        name: manifest.as_ref().map_or(name, |m| &m.name).to_owned(),
        manifest: manifest.map(Arc::new),
        kind,
        empty_wasi,
        diagnostics: Vec::new(),
        code: Code::Linked(instance),
        clock: Arc::clone(&runtime.clock),
        digest: digest.to_string(),
        size,
    };
    lock(&runtime.loaded).insert(*digest, plugin.clone());
    Ok(plugin)
}

/// A plugin that is run by a process of its own: all that is known of it was read from a component
/// that nobody compiled yet.
fn run_apart(
    runtime: &Runtime,
    apart: Apart,
    (name, digest, bytes): (&str, &Digest, &[u8]),
    manifest: Option<Manifest>,
) -> Result<Plugin, PluginError> {
    let read = inspect::read(bytes).map_err(|error| not_a_plugin(name, error))?;
    let exports = |kind| read.kinds.contains(&kind);
    let exported = (exports(Kind::Overlay), exports(Kind::Policy));
    let kind = one_kind(exported, name, manifest.as_ref())?;
    check_declared(name, manifest.as_ref())?;
    let unserved = read.imports.iter().find(|i| i.served == Served::No);
    if let Some(import) = unserved {
        return Err(PluginError::NotServed {
            plugin: full_name(name, manifest.as_ref()),
            needs: format!("`{}`", import.name),
            host: env!("CARGO_PKG_VERSION"),
        });
    }
    let nothing = read.imports.into_iter();
    let empty_wasi = nothing.filter(|import| import.served == Served::Nothing);
    let plugin = Plugin {
        name: manifest.as_ref().map_or(name, |m| &m.name).to_owned(),
        manifest: manifest.map(Arc::new),
        kind,
        empty_wasi: empty_wasi.map(|import| import.name).collect(),
        diagnostics: Vec::new(),
        code: Code::Apart(Arc::new(apart)),
        clock: Arc::clone(&runtime.clock),
        digest: digest.to_string(),
        size: bytes.len(),
    };
    lock(&runtime.loaded).insert(*digest, plugin.clone());
    Ok(plugin)
}

fn wrong_manifest(name: &str, message: String) -> PluginError {
    PluginError::Manifest {
        plugin: name.to_owned(),
        message,
    }
}

/// The built-in plugin. On a processor that lacks what the plain one of this architecture has,
/// or with a wasmtime that thinks otherwise of it, it is compiled here and now.
fn standard(engine: &Engine) -> Result<Component, PluginError> {
    native::standard(engine)
        .or_else(|_| Component::new(engine, STANDARD))
        .map_err(|error| not_a_plugin("standard", format!("{error:#}")))
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
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Bytes of the component.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Bytes of its native code in this process.
    #[must_use]
    pub fn code_size(&self) -> usize {
        let Code::Linked(instance) = &self.code else {
            return 0;
        };
        let code = instance.component().image_range();
        (code.end as usize).saturating_sub(code.start as usize)
    }

    /// Name, version and digest, for messages.
    #[must_use]
    pub fn full_name(&self) -> String {
        let name = full_name(&self.name, self.manifest.as_deref());
        format!("{name} (sha256:{})", &self.digest[..12])
    }

    /// Native code that is still to be made of it: it runs without.
    #[must_use]
    pub fn later(&self) -> Option<Later> {
        match &self.code {
            Code::Linked(_) => None,
            Code::Apart(apart) => Some(Later(Arc::clone(apart))),
        }
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

    fn schema(&self) -> Option<&Tree> {
        self.manifest.as_ref()?.config_schema.as_ref()
    }
}
