//! The machine's own files, beside the key of the store: `trust.toml`, and `registries.toml`, which
//! says where registries are asked. What a project says about trust comes besides.

use std::io::ErrorKind as Io;
use std::path::{Path, PathBuf};

use cap_std::fs::Dir;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;

use crate::config::{Config, Problem, TrustText};
use crate::error::{Error, ErrorKind, Unread};
use crate::registry::{Place, Places};
use crate::store::this_users;
use crate::trust::{Rules, Trust};

/// `$XDG_CONFIG_HOME/acetate`, or `~/.config/acetate`.
fn folder() -> Option<PathBuf> {
    this_users("XDG_CONFIG_HOME", ".config").map(|config| config.join("acetate"))
}

/// A file of this folder and how messages call it; none where it is not there.
fn machines(name: &str) -> Result<Option<(PathBuf, String)>, Error> {
    let Some(path) = folder().map(|folder| folder.join(name)) else {
        return Ok(None);
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if matches!(error.kind(), Io::NotFound | Io::NotADirectory) => Ok(None),
        Err(source) => Err(unread(path.display().to_string(), source)),
    }
}

fn unread(file: String, source: std::io::Error) -> Error {
    Error::new(ErrorKind::Input, Unread { file, source })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registries {
    #[serde(default)]
    registries: std::collections::BTreeMap<String, At>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    at: String,
    /// A file beside this one, with certificate authorities in PEM.
    ca: Option<String>,
    /// It may have an address of a private network.
    #[serde(default)]
    private: bool,
}

/// Where registries are asked.
///
/// # Errors
/// A file that cannot be read, or a place that must not be asked.
pub fn places() -> Result<Places, Error> {
    let Some((path, text)) = machines("registries.toml")? else {
        return Ok(Places::NONE);
    };
    let wrong = |why: &str| {
        let message = format!("`{}`: {}", path.display(), why.trim_end());
        Error::new(ErrorKind::Input, message)
    };
    let read: Registries = toml::from_str(&text).map_err(|error| wrong(error.message()))?;
    let beside = path.parent().map(PathBuf::from).unwrap_or_default();
    let place = |(prefix, said): (&String, &At)| -> Result<Place, Error> {
        let place = Place::parse(prefix, &said.at).map_err(|why| wrong(&why))?;
        Ok(Place {
            private: said.private,
            authorities: said
                .ca
                .as_ref()
                .map(|file| authorities(&beside.join(file)))
                .transpose()?,
            ..place
        })
    };
    let places: Result<Vec<Place>, Error> = read.registries.iter().map(place).collect();
    let places = places?;
    let way = |place: &Place| (place.plain, place.private, place.authorities.clone());
    let differ = |a: &&Place| {
        let mut others = places.iter().filter(|b| b.registry == a.registry);
        others.any(|b| way(a) != way(b))
    };
    match places.iter().find(differ) {
        None => Ok(Places(places)),
        Some(place) => {
            let registry = &place.registry;
            Err(wrong(&format!("`{registry}` is asked in two ways")))
        }
    }
}

/// Certificate authorities in a file: whatever is wrong with one of them is an error.
fn authorities(file: &Path) -> Result<Vec<u8>, Error> {
    let name = file.display().to_string();
    let text = std::fs::read(file).map_err(|source| unread(name.clone(), source))?;
    let mut roots = rustls::RootCertStore::empty();
    let added = CertificateDer::pem_slice_iter(&text).try_for_each(|certificate| {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())
    });
    let nothing = || Err("there is none in it".to_owned());
    let checked = added.and_then(|()| if roots.is_empty() { nothing() } else { Ok(()) });
    match checked {
        Ok(()) => Ok(text),
        Err(why) => Err(Error::new(
            ErrorKind::Input,
            format!("certificate authorities in `{name}` cannot be used: {why}"),
        )),
    }
}

/// All that has a say about trust: the machine's own file, `[trust]`, and the file that it names.
///
/// # Errors
/// A file or a key that cannot be read, or faults in one.
pub fn trust(config: &Config, project: &Dir) -> Result<Trust, Error> {
    let mut files = Vec::new();
    if let Some((path, text)) = machines("trust.toml")? {
        let parsed = TrustText::parse(&text, &path.display().to_string()).map_err(faults)?;
        let beside = path.parent().map(PathBuf::from).unwrap_or_default();
        files.push(rules(parsed, |file| {
            std::fs::read_to_string(beside.join(file))
        })?);
    }
    let Some(own) = config.trust() else {
        return Ok(Trust { files });
    };
    let named = own.named.clone();
    files.push(rules(own, |file| project.read_to_string(file))?);
    if let Some(file) = named {
        let text = project.read_to_string(&file);
        let text = text.map_err(|source| unread(file.clone(), source))?;
        let parsed = TrustText::parse(&text, &file).map_err(faults)?;
        files.push(rules(parsed, |file| project.read_to_string(file))?);
    }
    Ok(Trust { files })
}

fn rules(text: TrustText, read: impl Fn(&str) -> std::io::Result<String>) -> Result<Rules, Error> {
    let file = text.file.clone();
    text.rules(read).map_err(|(key, why)| {
        let message = format!("`{file}`: the key `{key}` {why}");
        Error::new(ErrorKind::Input, message)
            .hint("keys are public ones in PEM, as `cosign public-key` prints them")
    })
}

fn faults(problems: Vec<Problem>) -> Error {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let error = Error::new(ErrorKind::Input, lines.join("\n  "));
    let hint = problems.into_iter().find_map(|problem| problem.hint);
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
