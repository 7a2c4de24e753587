//! From a plugin of acetate.toml to what is locked of it.

use std::sync::Arc;

use cap_std::fs::Dir;

use crate::config::limits::{COMPONENT_BYTES, Limits};
use crate::config::{PluginRef, Use};
use crate::error::{Error, ErrorKind, Unwritten};
use crate::lock::{FILE, Lock, Locked};
use crate::output::escape;
use crate::plugin::inspect::{Inspected, inspect};
use crate::plugin::{self, Held, PluginSource, Runtime, is_served};
use crate::registry::Reference;
use crate::sharing::{self, Sharing};
use crate::store::{Digest, Store};
use crate::trust::Signers;

/// As large as any entry may allow a component to be.
fn largest() -> Limits {
    Limits {
        component_bytes: usize::try_from(COMPONENT_BYTES.most).unwrap_or(usize::MAX),
        ..Limits::default()
    }
}

/// What would be locked of a plugin now: a tag is resolved, signatures are verified, the component
/// is fetched and read.
///
/// # Errors
/// Whatever keeps it from being had; [`ErrorKind::Refused`] where it must not be.
pub async fn look(sharing: &Sharing, folder: &Dir, of: &Use) -> Result<(Locked, Vec<u8>), Error> {
    match super::super::prepare::locked::reference(&of.plugin)? {
        Some(reference) => of_registry(sharing, &reference, of).await,
        None => of_file(folder, of),
    }
}

async fn of_registry(
    sharing: &Sharing,
    reference: &Reference,
    of: &Use,
) -> Result<(Locked, Vec<u8>), Error> {
    let artifact = sharing.resolve(reference).await?;
    let verified = sharing.verify_new(reference, artifact).await?;
    let bytes = sharing.bytes(reference, &verified).await?;
    let locked = locked(of, &bytes)?;
    let resolved = format!("{}@{}", sharing::name(reference), verified.digest);
    Ok((
        Locked {
            resolved: Some(resolved),
            manifest: Some(verified.digest),
            signers: verified.signers,
            ..locked
        },
        bytes,
    ))
}

fn of_file(folder: &Dir, of: &Use) -> Result<(Locked, Vec<u8>), Error> {
    let PluginRef::Path(path) = &of.plugin else {
        return Err(Error::new(
            ErrorKind::Bug,
            "only files and registries are locked",
        ));
    };
    let bytes = content(folder, path)?;
    Ok((locked(of, &bytes)?, bytes))
}

fn content(folder: &Dir, path: &str) -> Result<Vec<u8>, Error> {
    match plugin::open(folder, path)? {
        PluginSource::File { name, file } => Ok(plugin::read(&name, &file, &largest())?),
        _ => Err(Error::new(
            ErrorKind::Bug,
            "a file was opened as something else",
        )),
    }
}

/// The digest of a component in a file of the project.
///
/// # Errors
/// It cannot be read.
pub fn digest(folder: &Dir, path: &str) -> Result<Digest, Error> {
    content(folder, path).map(|bytes| Digest::of(&bytes))
}

/// What a component says of itself.
fn locked(of: &Use, bytes: &[u8]) -> Result<Locked, Error> {
    let plugin = of.plugin.to_string();
    let source = PluginSource::Component {
        name: plugin.clone(),
        bytes: bytes.to_vec(),
    };
    let inspected = inspect(source)?;
    if let PluginRef::Oci(_) = of.plugin {
        fit(&plugin, &inspected)?;
    }
    let manifest = inspected.manifest.as_ref();
    let text = |of: Option<&String>| of.cloned().unwrap_or_default();
    Ok(Locked {
        name: text(manifest.map(|manifest| &manifest.name)),
        version: text(manifest.map(|manifest| &manifest.version)),
        interface: text(manifest.map(|manifest| &manifest.interface)),
        resolved: None,
        manifest: None,
        layer: format!("sha256:{}", inspected.digest),
        edits: manifest.map(|m| m.edits.clone()).unwrap_or_default(),
        capabilities: manifest
            .map(|m| m.capabilities.keys().cloned().collect())
            .unwrap_or_default(),
        imports: inspected.imports.iter().map(|i| i.name.clone()).collect(),
        signers: Signers::new(),
        granted: of.granted.clone(),
        plugin,
    })
}

/// Refuses what is no plugin for this host, in words of its own each.
fn fit(plugin: &str, inspected: &Inspected) -> Result<(), Error> {
    let refused = |message: String| Err(Error::new(ErrorKind::Refused, message));
    let Some(manifest) = &inspected.manifest else {
        return refused(format!(
            "plugin `{plugin}` has no manifest of acetate's, so that nobody can see what it wants"
        ));
    };
    if !is_served(&manifest.interface) {
        let (wanted, served) = (escape::line(&manifest.interface), plugin::INTERFACE_VERSION);
        return refused(format!(
            "plugin `{plugin}` is made for `acetate:plugin` {wanted}, and this acetate serves {served}"
        ));
    }
    match inspected.refusals().first() {
        Some(why) => {
            let why = escape::line(why);
            refused(format!("plugin `{plugin}` is none for this acetate: {why}"))
        }
        None => Ok(()),
    }
}

/// Has native code made of a component and kept, so that no deployment has to wait for it.
///
/// # Errors
/// It does not load, or a limit on compiling.
pub async fn compile(store: &Arc<Store>, locked: &Locked, bytes: Vec<u8>) -> Result<(), Error> {
    let Some(digest) = Digest::parse(&locked.layer) else {
        return Ok(());
    };
    let (store, name) = (Arc::clone(store), locked.plugin.clone());
    let made = tokio::task::spawn_blocking(move || {
        let runtime = Runtime::with_store(store, false)?;
        let held = Held::Bytes(bytes);
        let source = PluginSource::Locked { name, digest, held };
        plugin::load(&runtime, source, &largest()).map(drop)
    });
    made.await
        .unwrap_or_else(|error| Err(Error::new(ErrorKind::Bug, error)))
}

/// Writes the lock file: it is there whole or not at all.
///
/// # Errors
/// The disk's.
pub fn write(folder: &Dir, lock: &Lock) -> Result<(), Error> {
    let written = sharing::put(folder, FILE, lock.text().as_bytes());
    written.map_err(|source| {
        let file = FILE.to_owned();
        Error::new(ErrorKind::Input, Unwritten { file, source })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_in_the_place_of_the_unfinished_lock_leads_nowhere() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path();
        std::fs::write(path.join("victim"), "as it was").unwrap();
        let part = format!(".{FILE}.{}", std::process::id());
        for name in [part.as_str(), FILE] {
            std::os::unix::fs::symlink("victim", path.join(name)).unwrap();
        }
        let folder = Dir::open_ambient_dir(path, cap_std::ambient_authority()).unwrap();
        write(&folder, &Lock::default()).unwrap();
        let read = |name: &str| std::fs::read_to_string(path.join(name)).unwrap();
        assert_eq!(read("victim"), "as it was");
        assert_eq!(read(FILE), Lock::default().text());
        let about = path.join(FILE).symlink_metadata().unwrap();
        assert!(about.is_file(), "{about:?}");
    }
}
