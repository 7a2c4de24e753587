//! Plugins as they are locked: what of acetate.lock, of the trust files and of acetate.toml does not
//! fit is refused before anything of a plugin is compiled or run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};

use cap_std::fs::Dir;

use super::Project;
use crate::config::{Entry, PluginRef, Settings};
use crate::error::{Error, ErrorKind, Unread};
use crate::lock::{self, Lock, Locked};
use crate::output::escape;
use crate::overlay::level::Level;
use crate::plugin::{Held, INTERFACE_VERSION, Plugin, PluginSource, is_served};
use crate::registry::Reference;
use crate::sharing::{self, Sharing, Verified};
use crate::store::Digest;

/// What acetate.lock and the trust files say, read once for a project.
pub struct Pinned {
    lock: Option<Lock>,
    sharing: Sharing,
    /// Plugins of registries that were verified in this run, with their components.
    had: Mutex<BTreeMap<String, Bytes>>,
}

/// Bytes of a component, for as many services as there are.
#[derive(Clone)]
enum Bytes {
    File(Arc<File>),
    Memory(Arc<Vec<u8>>),
}

/// The plugins of one service: what each has to be, as far as that is said.
#[derive(Default)]
pub struct Pins {
    by_plugin: BTreeMap<String, (Locked, Option<Bytes>)>,
    /// Digest of the lock file, where there is one and it was looked at.
    pub lock: Option<String>,
}

/// Reads acetate.lock.
///
/// # Errors
/// It cannot be read, or is none.
pub fn read(folder: &Dir) -> Result<Option<Lock>, Error> {
    let text = match folder.read_to_string(lock::FILE) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            let file = lock::FILE.to_owned();
            return Err(Error::new(ErrorKind::Input, Unread { file, source }));
        }
    };
    let lock = Lock::parse(&text).map_err(|why| {
        let why = escape::line(&why);
        Error::new(ErrorKind::Refused, format!("`{}`: {why}", lock::FILE))
            .hint("take it back from version control; without it `acetate plugin update` writes a new one")
    })?;
    Ok(Some(lock))
}

impl Pinned {
    /// Reads what there is.
    ///
    /// # Errors
    /// One of the files cannot be read, or there are faults in it.
    pub fn open(project: &Project) -> Result<Self, Error> {
        Ok(Self {
            lock: read(project.folder())?,
            sharing: project.sharing(&project.shared().store_itself())?,
            had: Mutex::default(),
        })
    }
}

/// What each plugin of these settings has to be. Where there is none but the built-in one, nothing
/// is read.
///
/// # Errors
/// [`ErrorKind::Refused`]: a plugin of a registry that is not locked, or whatever does not fit.
pub async fn pins(project: &Project, settings: &Settings) -> Result<Pins, Error> {
    let overlays = settings.overlays.iter().map(|entry| ("overlays", entry));
    let policies = settings.policies.iter().map(|entry| ("policies", entry));
    let foreign = |(_, entry): &(&str, &Entry)| !matches!(entry.plugin, PluginRef::Builtin(_));
    let entries: Vec<_> = overlays.chain(policies).filter(foreign).collect();
    if entries.is_empty() {
        return Ok(Pins::default());
    }
    let pinned = project.pinned()?;
    let mut pins = Pins {
        lock: pinned.lock.as_ref().map(Lock::digest),
        ..Pins::default()
    };
    for (list, entry) in entries {
        let reference = reference(&entry.plugin)?;
        let name = reference.as_ref().map(sharing::name);
        capped(&pinned.sharing, entry, name.as_deref())?;
        let Some(locked) = locked(&pinned, entry, project.global().locked)? else {
            continue;
        };
        let granted = settings.granted(list, &entry.id);
        check_granted(locked, (list, entry), &granted, project.global().locked)?;
        let bytes = match &reference {
            Some(reference) => Some(verified(&pinned, locked, reference).await?),
            None => None,
        };
        let of = entry.plugin.to_string();
        pins.by_plugin.insert(of, (locked.clone(), bytes));
    }
    Ok(pins)
}

/// The reference of a plugin of a registry.
///
/// # Errors
/// It is none.
pub fn reference(plugin: &PluginRef) -> Result<Option<Reference>, Error> {
    match plugin {
        PluginRef::Oci(text) => {
            let parsed = text.parse::<Reference>();
            let told = |why: String| {
                // A digest of another kind is one that nobody looks at.
                let kind = match text.contains('@') {
                    true => ErrorKind::Refused,
                    false => ErrorKind::Input,
                };
                Error::new(kind, format!("plugin `{plugin}`: {why}"))
            };
            parsed.map(Some).map_err(told)
        }
        PluginRef::Builtin(_) | PluginRef::Path(_) => Ok(None),
    }
}

/// Refuses an entry that may edit more than a trust file lets any.
fn capped(sharing: &Sharing, entry: &Entry, name: Option<&str>) -> Result<(), Error> {
    let Some((cap, file)) = sharing.trust.max_level(name) else {
        return Ok(());
    };
    let above = |level: &Level| *level > cap;
    let Some(line) = entry.allow.rules().find(|rule| above(&rule.level())) else {
        return Ok(());
    };
    let (id, plugin, level) = (&entry.id, &entry.plugin, line.level());
    let message = format!(
        "`{id}` may edit `{line}`, which is of level {level}, and `{file}` allows plugin `{plugin}` no more than {cap}"
    );
    Err(Error::new(ErrorKind::Refused, message).hint(format!(
        "take the line out of `allow`, or have `max-level` raised in `{file}`"
    )))
}

/// What is locked of an entry; of a file that may be nothing.
fn locked<'a>(
    pinned: &'a Pinned,
    entry: &Entry,
    strictly: bool,
) -> Result<Option<&'a Locked>, Error> {
    let plugin = entry.plugin.to_string();
    let found = pinned.lock.as_ref().and_then(|lock| lock.find(&plugin));
    let is_oci = matches!(entry.plugin, PluginRef::Oci(_));
    if found.is_some() || !(is_oci || strictly) {
        return Ok(found);
    }
    let (id, file) = (&entry.id, lock::FILE);
    let message =
        format!("plugin `{plugin}` of `{id}` is not in {file}, and what is not locked is not run");
    Err(Error::new(ErrorKind::Refused, message)
        .hint("`acetate plugin update` verifies it, shows what it wants, and locks it"))
}

/// Refuses an entry that is given more than is locked.
fn check_granted(
    locked: &Locked,
    (list, entry): (&str, &Entry),
    granted: &BTreeSet<String>,
    strictly: bool,
) -> Result<(), Error> {
    let key = format!("{list}.{}", entry.id);
    let more = locked.not_granted(&key, granted);
    let known = locked.granted.contains_key(&key);
    if more.is_empty() && (known || !strictly) {
        return Ok(());
    }
    let lines: Vec<String> = more.iter().map(|line| format!("\n  + {line}")).collect();
    let (id, file) = (&entry.id, lock::FILE);
    let message = format!(
        "acetate.toml gives `{id}` more than is in {file}{}",
        lines.concat()
    );
    Err(Error::new(ErrorKind::Refused, message)
        .hint("`acetate plugin update` shows it and locks it"))
}

/// Refuses what does not fit; gives the component's bytes, which are looked at when they are read.
async fn verified(pinned: &Pinned, locked: &Locked, reference: &Reference) -> Result<Bytes, Error> {
    let had = |pinned: &Pinned| {
        let had = pinned.had.lock().unwrap_or_else(PoisonError::into_inner);
        had.get(&locked.plugin).cloned()
    };
    if let Some(bytes) = had(pinned) {
        return Ok(bytes);
    }
    let verified = trusted(&pinned.sharing, locked, reference).await?;
    let held = pinned.sharing.component(reference, &verified).await?;
    let bytes = match held {
        Held::Stored(file) | Held::File(file) => Bytes::File(Arc::new(file)),
        Held::Bytes(bytes) => Bytes::Memory(Arc::new(bytes)),
    };
    let mut had = pinned.had.lock().unwrap_or_else(PoisonError::into_inner);
    had.insert(locked.plugin.clone(), bytes.clone());
    Ok(bytes)
}

/// Verifies what is locked of a plugin of a registry; nothing is said of a file.
///
/// # Errors
/// Whatever does not fit, or keeps it from being verified.
pub async fn verify(
    sharing: &Sharing,
    locked: &Locked,
) -> Result<Option<(Reference, Verified)>, Error> {
    let plugin: Result<PluginRef, String> = locked.plugin.parse();
    let plugin = plugin.map_err(|why| unfit(locked, &why))?;
    let Some(reference) = reference(&plugin)? else {
        return Ok(None);
    };
    let verified = trusted(sharing, locked, &reference).await?;
    Ok(Some((reference, verified)))
}

async fn trusted(
    sharing: &Sharing,
    locked: &Locked,
    reference: &Reference,
) -> Result<Verified, Error> {
    let manifest = fits(locked, reference)?;
    let verified = sharing.verify(reference, manifest).await?;
    if verified.layer.digest != locked.layer {
        return Err(unfit(
            locked,
            "its manifest names another component than is locked",
        ));
    }
    let signed = |(_, key): (&String, &String)| verified.signers.values().any(|k| k == key);
    match locked.signers.iter().all(signed) {
        true => Ok(verified),
        false => Err(unfit(
            locked,
            "it is locked as signed by others than are asked for and signed it",
        )),
    }
}

/// The digest of the manifest, where the lock says one thing with all it says.
fn fits<'a>(locked: &'a Locked, reference: &Reference) -> Result<&'a str, Error> {
    let manifest = locked.manifest.as_deref().unwrap_or_default();
    let resolved = format!("{}@{manifest}", sharing::name(reference));
    if locked.resolved.as_deref() != Some(resolved.as_str()) {
        return Err(unfit(
            locked,
            "it is locked as something else than it is named",
        ));
    }
    if reference
        .digest
        .as_deref()
        .is_some_and(|digest| digest != manifest)
    {
        return Err(unfit(
            locked,
            "it is named by another digest than is locked",
        ));
    }
    if !is_served(&locked.interface) {
        let (plugin, wanted) = (&locked.plugin, &locked.interface);
        let message = format!(
            "plugin `{plugin}` is made for `acetate:plugin` {wanted}, and this acetate serves {INTERFACE_VERSION}"
        );
        return Err(Error::new(ErrorKind::Refused, message)
            .hint("use an acetate and a plugin of one interface version"));
    }
    Ok(manifest)
}

fn unfit(locked: &Locked, what: &str) -> Error {
    let message = format!(
        "{} does not fit plugin `{}`: {what}",
        lock::FILE,
        locked.plugin
    );
    Error::new(ErrorKind::Refused, message)
        .hint("look at who changed it; `acetate plugin update` writes it anew")
}

impl Pins {
    /// Where an entry's plugin is to be had, as it is locked; none where nothing is said of it.
    ///
    /// # Errors
    /// An open file that cannot be used a second time.
    pub fn source(
        &self,
        plugin: &PluginRef,
        open: impl FnOnce() -> Result<PluginSource, Error>,
    ) -> Result<PluginSource, Error> {
        let name = plugin.to_string();
        let Some((locked, bytes)) = self.by_plugin.get(&name) else {
            return open();
        };
        let digest = Digest::parse(&locked.layer)
            .ok_or_else(|| unfit(locked, "its layer is no digest of SHA-256"))?;
        let held = match (bytes, plugin) {
            (Some(Bytes::File(file)), _) => {
                let again = reopened(file);
                let file = again.map_err(|source| {
                    Error::new(
                        ErrorKind::Input,
                        Unread {
                            file: name.clone(),
                            source,
                        },
                    )
                })?;
                Held::Stored(file)
            }
            (Some(Bytes::Memory(bytes)), _) => Held::Bytes(bytes.to_vec()),
            (None, _) => match open()? {
                PluginSource::File { file, .. } => Held::File(file),
                other => return Ok(other),
            },
        };
        Ok(PluginSource::Locked { name, digest, held })
    }

    /// Refuses a plugin that says of itself what is not locked of it.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`].
    pub fn check(&self, entry: &Entry, plugin: &Plugin) -> Result<(), Error> {
        let Some((locked, _)) = self.by_plugin.get(&entry.plugin.to_string()) else {
            return Ok(());
        };
        let Some(manifest) = plugin.manifest.as_deref() else {
            return match &entry.plugin {
                PluginRef::Oci(_) => Err(unfit(locked, "it has no manifest of acetate's")),
                PluginRef::Path(_) | PluginRef::Builtin(_) => Ok(()),
            };
        };
        let capabilities: Vec<&String> = manifest.capabilities.keys().collect();
        let same = manifest.name == locked.name
            && manifest.version == locked.version
            && manifest.interface == locked.interface
            && manifest.edits == locked.edits
            && capabilities.iter().copied().eq(&locked.capabilities);
        match same {
            true => Ok(()),
            false => Err(unfit(
                locked,
                "its manifest says other things than are locked",
            )),
        }
    }

    /// What is locked of an entry's plugin, in words that may be compared.
    #[must_use]
    pub fn told(&self, plugin: &PluginRef) -> Option<String> {
        let (locked, _) = self.by_plugin.get(&plugin.to_string())?;
        let of = locked.resolved.as_ref().unwrap_or(&locked.plugin);
        let signers: Vec<&str> = locked.signers.keys().map(String::as_str).collect();
        Some(match signers.is_empty() {
            true => of.clone(),
            false => format!("{of}, signed by {}", signers.join(", ")),
        })
    }
}

/// The same file from its beginning, for one reader more.
fn reopened(file: &File) -> std::io::Result<File> {
    use std::io::{Seek as _, SeekFrom};
    let mut again = file.try_clone()?;
    again.seek(SeekFrom::Start(0))?;
    Ok(again)
}
