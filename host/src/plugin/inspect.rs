//! What a component says of itself and asks for, read without compiling or running any of it.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::component_types::ComponentEntityType;
use wasmparser::types::TypesRef;
use wasmparser::{Encoding, KnownCustom, Parser, Payload, ProducersSectionReader, Validator};

use super::checks::{CAPABILITIES, check_size, not_a_plugin};
use super::error::PluginError;
use super::imports::{PACKAGE, is_served, of_our_package};
use super::manifest::{self, Manifest};
use super::{Kind, Limits, PluginSource, load};
use crate::config::limits::COMPONENT_BYTES;
use crate::store::Digest;

/// What is in a component.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// Bytes of it.
    pub size: usize,
    /// SHA-256 of it, in hexadecimal.
    pub digest: String,
    /// What it says of itself, if it does.
    pub manifest: Option<Manifest>,
    /// Which of the two interfaces it exports; none or both are no plugin.
    pub kinds: Vec<Kind>,
    /// The interfaces that it imports, and which functions of each, in order of name.
    pub imports: Vec<Import>,
    /// What made it: `language`, `processed-by`, `sdk`, each with names and versions.
    pub producers: BTreeMap<String, BTreeSet<String>>,
}

/// One interface that a component imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its full name, such as `acetate:plugin/edit@0.1.0`.
    pub name: String,
    /// The functions of it.
    pub functions: Vec<String>,
    /// What this host makes of it.
    pub served: Served,
}

/// What the host makes of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// It is served, as far as grants go.
    Yes,
    /// It is linked to nothing: a call ends the run.
    Nothing,
    /// The plugin does not load.
    No,
}

/// Reads a component.
///
/// # Errors
/// There is no such built-in plugin, it is no component, or its manifest cannot be read.
pub fn inspect(source: PluginSource) -> Result<Inspected, PluginError> {
    let (name, bytes) = match source {
        PluginSource::Builtin(name) if name == "standard" => (name, load::STANDARD.to_vec()),
        PluginSource::Builtin(name) => return Err(PluginError::NoBuiltin(name)),
        PluginSource::Component { name, bytes } => {
            check_size(&name, bytes.len() as u64, &largest())?;
            (name, bytes)
        }
        PluginSource::Locked { name, digest, held } => {
            let bytes = held.read(&name, &digest, &largest())?;
            (name, bytes)
        }
        PluginSource::File { name, file } => {
            let bytes = load::read(&name, &file, &largest())?;
            (name, bytes)
        }
    };
    let manifest = manifest::read(&bytes).map_err(|message| PluginError::Manifest {
        plugin: name.clone(),
        message,
    });
    let read = read(&bytes).map_err(|error| not_a_plugin(&name, error))?;
    Ok(Inspected {
        size: bytes.len(),
        digest: Digest::of(&bytes).to_string(),
        manifest: manifest?,
        ..read
    })
}

/// As large as any entry may allow it to be.
pub(super) fn largest() -> Limits {
    Limits {
        component_bytes: usize::try_from(COMPONENT_BYTES.most).unwrap_or(usize::MAX),
        ..Limits::default()
    }
}

/// Components in one another. Toolchains make three or four; validating takes the square of it.
const DEEPEST: usize = 100;

/// What is in a component but for its manifest, once it is known to be one.
pub(super) fn read(bytes: &[u8]) -> Result<Inspected, String> {
    let mut validator = Validator::new();
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    let mut producers = BTreeMap::new();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(told)?;
        let is_own = depth == 1;
        match &payload {
            Payload::Version { encoding, .. } if depth == 0 && *encoding == Encoding::Module => {
                return Err("it is a core module, not a component".to_owned());
            }
            Payload::Version { .. } if depth == DEEPEST => {
                return Err(format!("it is made of more than {DEEPEST} in one another"));
            }
            Payload::Version { .. } => depth += 1,
            Payload::ComponentImportSection(section) if is_own => {
                for import in section.clone() {
                    imports.push(import.map_err(told)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if is_own => {
                for export in section.clone() {
                    exports.push(export.map_err(told)?.name.name.to_owned());
                }
            }
            Payload::CustomSection(custom) => {
                if let KnownCustom::Producers(section) = custom.as_known() {
                    // What made it is told as far as it can be read.
                    let _ = produced(section, &mut producers);
                }
            }
            _ => {}
        }
        if matches!(payload, Payload::End(_)) {
            depth -= 1;
        }
        if matches!(payload, Payload::End(_)) && depth == 0 {
            let types = validator.types(0).map(|types| functions(&types, &imports));
            validator.payload(&payload).map_err(told)?;
            let imports = types.unwrap_or_default();
            return Ok(inspected(imports, &exports, producers));
        }
        validator.payload(&payload).map_err(told)?;
    }
    Ok(inspected(Vec::new(), &exports, producers))
}

fn told(error: wasmparser::BinaryReaderError) -> String {
    error.message().to_owned()
}

fn inspected(
    mut imports: Vec<Import>,
    exports: &[String],
    producers: BTreeMap<String, BTreeSet<String>>,
) -> Inspected {
    imports.sort_by(|a, b| a.name.cmp(&b.name));
    let exported = |kind: &str| {
        let is = |name: &&str| name.split('@').next() == Some(kind);
        exports
            .iter()
            .filter_map(|name| of_our_package(name))
            .any(|name| is(&name))
    };
    let kinds = [(Kind::Overlay, "overlay"), (Kind::Policy, "policy")];
    Inspected {
        size: 0,
        digest: String::new(),
        manifest: None,
        kinds: kinds
            .into_iter()
            .filter(|(_, name)| exported(name))
            .map(|(kind, _)| kind)
            .collect(),
        imports,
        producers,
    }
}

fn functions(types: &TypesRef<'_>, names: &[String]) -> Vec<Import> {
    let one = |name: &String| {
        let item = types.component_item_for_import(name);
        let functions = match item.map(|item| item.ty) {
            Some(ComponentEntityType::Instance(id)) => types[id]
                .exports
                .iter()
                .filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_)))
                .map(|(name, _)| name.clone())
                .collect(),
            _ => Vec::new(),
        };
        let is_interface =
            item.is_some_and(|item| matches!(item.ty, ComponentEntityType::Instance(_)));
        Import {
            served: served(name, is_interface),
            name: name.clone(),
            functions,
        }
    };
    names.iter().map(one).collect()
}

fn served(name: &str, is_interface: bool) -> Served {
    match of_our_package(name).and_then(|interface| interface.split_once('@')) {
        _ if !is_interface => Served::No,
        Some((_, version)) if is_served(version) => Served::Yes,
        None if name.starts_with("wasi:") => Served::Nothing,
        _ => Served::No,
    }
}

fn produced(
    section: ProducersSectionReader<'_>,
    producers: &mut BTreeMap<String, BTreeSet<String>>,
) -> Result<(), wasmparser::BinaryReaderError> {
    for field in section {
        let field = field?;
        let names = producers.entry(field.name.to_owned()).or_default();
        for value in field.values {
            let value = value?;
            names.insert(
                format!("{} {}", value.name, value.version)
                    .trim_end()
                    .to_owned(),
            );
        }
    }
    Ok(())
}

impl Inspected {
    /// The capabilities whose functions it imports, whether or not it asks for them.
    #[must_use]
    pub fn imported_capabilities(&self) -> Vec<&'static str> {
        let imported = |capability: &str| {
            let interfaces = self.imports.iter().filter(|i| !i.functions.is_empty());
            let mut names = interfaces.filter_map(|i| of_our_package(&i.name));
            names.any(|name| name.split('@').next() == Some(capability))
        };
        let all = CAPABILITIES.into_iter();
        all.filter(|capability| imported(capability)).collect()
    }

    /// Why this host does not load it, one reason a line; nothing where it does.
    #[must_use]
    pub fn refusals(&self) -> Vec<String> {
        let mut all = Vec::new();
        match self.kinds.as_slice() {
            [_] => {}
            [] => all.push("it exports neither `overlay` nor `policy`".to_owned()),
            _ => all.push("it exports both `overlay` and `policy`".to_owned()),
        }
        let unserved = self.imports.iter().filter(|i| i.served == Served::No);
        all.extend(
            unserved.map(|import| format!("it needs `{}`, which is not served", import.name)),
        );
        let Some(manifest) = &self.manifest else {
            return all;
        };
        if let [kind] = self.kinds.as_slice()
            && *kind != manifest.kind
        {
            let (says, is) = (manifest.kind.name(), kind.name());
            all.push(format!("its manifest says {says}, and it exports {is}"));
        }
        if !is_served(&manifest.interface) {
            let version = &manifest.interface;
            all.push(format!("it is made for `{PACKAGE}` {version}"));
        }
        let asked = manifest.capabilities.keys();
        let unknown = asked.filter(|name| !CAPABILITIES.contains(&name.as_str()));
        all.extend(
            unknown.map(|name| format!("it asks for the capability `{name}`, which is none")),
        );
        all
    }

    /// Where manifest and imports say different things, though it loads.
    #[must_use]
    pub fn disagreements(&self) -> Vec<String> {
        let Some(manifest) = &self.manifest else {
            return vec!["it has no manifest: its configuration is not checked".to_owned()];
        };
        let imported = self.imported_capabilities();
        let unasked = imported
            .iter()
            .filter(|capability| !manifest.capabilities.contains_key(**capability))
            .map(|capability| {
                format!("it imports `{capability}` and does not ask for it: every call is refused")
            });
        let unused = manifest
            .capabilities
            .keys()
            .filter(|name| CAPABILITIES.contains(&name.as_str()))
            .filter(|name| !imported.contains(&name.as_str()))
            .map(|name| format!("it asks for `{name}` and does not import it"));
        let policy = (self.kinds == [Kind::Policy] && !manifest.edits.is_empty())
            .then(|| "it is a policy and names places that it edits".to_owned());
        unasked.chain(unused).chain(policy).collect()
    }
}
