//! What the command line names: plugins, templates, files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde_json::Value;

use crate::config::PluginRef;
use crate::error::{Error, ErrorKind, Unread};
use crate::plugin::PluginSource;
use crate::recording::{self, Recording};

/// A plugin from `builtin:NAME`, `path:FILE`, the plain name of a file, or `-` for standard input.
/// Of that no more is read than shows that it is more than `most` bytes.
///
/// # Errors
/// A file that cannot be read, or a registry, which is not asked here.
pub fn plugin(reference: &str, most: u64) -> Result<PluginSource, Error> {
    let file = match reference.parse::<PluginRef>() {
        Ok(PluginRef::Builtin(name)) => return Ok(PluginSource::Builtin(name)),
        Ok(PluginRef::Oci(_)) => {
            let message = format!("plugin `{reference}`: this verb takes nothing from registries");
            return Err(Error::new(ErrorKind::Input, message).hint(
                "`acetate plugin update` verifies those of acetate.toml and tells what they want; `acetate plugin vendor FOLDER` makes files of them",
            ));
        }
        Ok(PluginRef::Path(file)) => file,
        Err(_) => reference.to_owned(),
    };
    if file == "-" {
        let bytes = all(
            std::io::stdin().take(most.saturating_add(1)),
            Path::new(&file),
        )?;
        return Ok(PluginSource::Component { name: file, bytes });
    }
    open(Path::new(&file)).map(|opened| PluginSource::File {
        name: file,
        file: opened,
    })
}

/// How a plugin without a manifest is called: its file, without folders and extension.
pub fn stem(name: &str) -> String {
    let stem = Path::new(name).file_stem();
    stem.map_or_else(
        || name.to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}

/// An open file.
fn open(file: &Path) -> Result<File, Error> {
    let unread = |source| {
        let file = file.display().to_string();
        Error::new(ErrorKind::Input, Unread { file, source })
    };
    let name = file.file_name().ok_or(std::io::ErrorKind::InvalidInput);
    let name = name.map_err(|kind| unread(kind.into()))?;
    let opened = folder(file).and_then(|folder| folder.open(name));
    opened.map(cap_std::fs::File::into_std).map_err(unread)
}

/// A file, or standard input for `-`.
///
/// # Errors
/// It cannot be read.
pub fn read(file: &Path) -> Result<Vec<u8>, Error> {
    match file == Path::new("-") {
        true => all(std::io::stdin(), file),
        false => all(open(file)?, file),
    }
}

fn all(mut from: impl Read, file: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = from.read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|source| {
        let file = file.display().to_string();
        Error::new(ErrorKind::Input, Unread { file, source })
    })
}

/// The folder that a file lies in, or would.
///
/// # Errors
/// It cannot be opened.
pub fn folder(file: &Path) -> std::io::Result<Dir> {
    let parent = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    Dir::open_ambient_dir(parent.unwrap_or(Path::new(".")), ambient_authority())
}

/// A plugin's configuration: JSON, or the name of a file that holds it as JSON or TOML.
///
/// # Errors
/// A file that cannot be read, a text that is neither, or a value that is no table.
pub fn configuration(given: &str) -> Result<Value, Error> {
    let wrong = |name: &str, why: String| {
        let message = format!("the configuration in {name} cannot be read: {why}");
        Error::new(ErrorKind::Input, message)
    };
    let (name, value) = if given.trim_start().starts_with(['{', '[', '"']) {
        let name = "`--plugin-config`".to_owned();
        let value = serde_json::from_str(given).map_err(|e| wrong(&name, e.to_string()))?;
        (name, value)
    } else {
        let name = format!("`{given}`");
        let text = String::from_utf8(read(Path::new(given))?)
            .map_err(|_| wrong(&name, "it is not UTF-8".to_owned()))?;
        let value = if given.ends_with(".toml") {
            let table = text.parse::<toml::Table>();
            let table = table.map_err(|e| wrong(&name, e.message().to_owned()))?;
            serde_json::to_value(table).map_err(|e| wrong(&name, e.to_string()))?
        } else {
            serde_json::from_str(&text).map_err(|e| wrong(&name, e.to_string()))?
        };
        (name, value)
    };
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(wrong(&name, "it is no table".to_owned())),
    }
}

/// A recording.
///
/// # Errors
/// No such file, or no recording in it.
pub fn recording(file: &Path) -> Result<Recording, Error> {
    recording::read(file).map_err(|error| {
        Error::new(ErrorKind::Input, error)
            .hint("`acetate render --record FILE` writes a recording")
    })
}
