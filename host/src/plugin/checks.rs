//! What is looked at before a component counts as a plugin.

use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use super::error::PluginError;
use super::imports;
use super::limits::{Exceeded, Limits};
use super::load::Kind;
use super::manifest::Manifest;
use crate::config::limits::COMPONENT_BYTES;

pub(super) fn full_name(name: &str, manifest: Option<&Manifest>) -> String {
    manifest.map_or_else(
        || name.to_owned(),
        |manifest| format!("{} {}", manifest.name, manifest.version),
    )
}

pub(super) fn not_a_plugin(name: &str, message: String) -> PluginError {
    PluginError::NotAPlugin {
        plugin: name.to_owned(),
        message,
    }
}

pub(super) fn check_size(name: &str, used: u64, limits: &Limits) -> Result<(), PluginError> {
    if used <= COMPONENT_BYTES.allowed(limits) {
        return Ok(());
    }
    Err(PluginError::Limit {
        plugin: name.to_owned(),
        exceeded: Exceeded::new(&COMPONENT_BYTES, used, limits),
        told: Box::default(),
    })
}

/// The kind is the one export: `overlay` or `policy`.
pub(super) fn kind(
    engine: &Engine,
    component: &Component,
    name: &str,
    manifest: Option<&Manifest>,
) -> Result<Kind, PluginError> {
    let ours = |export: &str, kind: &str| {
        let interface = export
            .strip_prefix(imports::PACKAGE)
            .and_then(|rest| rest.strip_prefix('/'));
        interface.and_then(|rest| rest.split('@').next()) == Some(kind)
    };
    let ty = component.component_type();
    let exports = |kind: &str| {
        let mut interfaces = ty.exports(engine);
        interfaces.any(|(name, item)| {
            ours(name, kind) && matches!(item.ty, ComponentItem::ComponentInstance(_))
        })
    };
    one_kind((exports("overlay"), exports("policy")), name, manifest)
}

/// The kind of what exports an overlay, a policy, or both.
pub(super) fn one_kind(
    exported: (bool, bool),
    name: &str,
    manifest: Option<&Manifest>,
) -> Result<Kind, PluginError> {
    let kind = match exported {
        (true, false) => Kind::Overlay,
        (false, true) => Kind::Policy,
        (true, true) => {
            return Err(not_a_plugin(
                name,
                "it exports both `overlay` and `policy`".into(),
            ));
        }
        (false, false) => {
            return Err(not_a_plugin(
                name,
                "it exports neither `overlay` nor `policy`".into(),
            ));
        }
    };
    match manifest {
        Some(manifest) if manifest.kind != kind => {
            let message = format!(
                "its manifest says {:?}, and it exports {kind:?}",
                manifest.kind
            );
            Err(not_a_plugin(name, message.to_lowercase()))
        }
        _ => Ok(kind),
    }
}

/// What a plugin may ask for.
pub(super) const CAPABILITIES: [&str; 6] = [
    "files",
    "images",
    "parameter-values",
    "parameters",
    "secret-keys",
    "secret-names",
];

/// What the manifest asks for has to be served.
pub(super) fn check_declared(name: &str, manifest: Option<&Manifest>) -> Result<(), PluginError> {
    let Some(manifest) = manifest else {
        return Ok(());
    };
    let unknown = manifest
        .capabilities
        .keys()
        .find(|name| !CAPABILITIES.contains(&name.as_str()));
    let needs = if imports::is_served(&manifest.interface) {
        unknown.map(|capability| format!("the capability `{capability}`"))
    } else {
        Some(format!("`{}` {}", imports::PACKAGE, manifest.interface))
    };
    let plugin = full_name(name, Some(manifest));
    let host = env!("CARGO_PKG_VERSION");
    needs.map_or(Ok(()), |needs| {
        Err(PluginError::NotServed {
            plugin,
            needs,
            host,
        })
    })
}
