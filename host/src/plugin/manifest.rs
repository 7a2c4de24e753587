//! A plugin's manifest: its `plugin.toml`, carried in the component's custom section
//! `acetate:manifest`.
//!
//! A component without a manifest can be used by `path:`, with a warning: its configuration is
//! then taken as it is, and what it looks up is decided by the grants alone.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use wasmparser::{Chunk, Parser, Payload};

use super::Kind;
use super::schema::{Tree, strip_remarks};
use crate::event::{Diagnostic, Severity};

/// The custom section that carries it.
pub const SECTION: &str = "acetate:manifest";

/// Bytes of a manifest: a schema with all its descriptions fits in many times over.
const MOST: usize = 1 << 20;

/// What a plugin says of itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Manifest {
    /// Its name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// Overlay or policy.
    pub kind: Kind,
    /// The version of `acetate:plugin` that it was made for.
    pub interface: String,
    /// One line on what it does.
    #[serde(default)]
    pub description: Option<String>,
    /// SPDX expression.
    #[serde(default, alias = "license")]
    pub licence: Option<String>,
    /// Where to read more.
    #[serde(default)]
    pub homepage: Option<String>,
    /// What it asks the host for, and why.
    #[serde(default)]
    pub capabilities: BTreeMap<String, String>,
    /// Places that it edits.
    #[serde(default)]
    pub edits: Vec<String>,
    /// JSON Schema of its configuration, as a table.
    #[serde(default)]
    config: Option<Value>,
    /// The same as JSON text.
    #[serde(default)]
    schema: Option<String>,
    /// The schema, from whichever of the two.
    #[serde(skip)]
    pub config_schema: Option<Tree>,
}

/// The manifest in a component; `Ok(None)` where it has none.
///
/// # Errors
/// What is wrong with it, as a message.
pub fn read(component: &[u8]) -> Result<Option<Manifest>, String> {
    text(component)?.map(parse).transpose()
}

/// The manifest in a component in a form that is read in a moment, without what only readers of
/// its schema need; nothing where it has none.
///
/// # Errors
/// What is wrong with it, as a message.
pub(super) fn kept(component: &[u8]) -> Result<Vec<u8>, String> {
    let Some(text) = text(component)? else {
        return Ok(Vec::new());
    };
    let schema = parse(text)?.config_schema.map(|schema| {
        let mut schema = schema.root().to_value();
        strip_remarks(&mut schema);
        Tree::from(&schema)
    });
    let mut said: toml::Table = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    said.retain(|key, _| key != "config" && key != "schema");
    let said = serde_json::to_vec(&said).map_err(|error| error.to_string())?;
    postcard::to_stdvec(&(said, schema)).map_err(|error| error.to_string())
}

/// A manifest from the text of a `plugin.toml`.
///
/// # Errors
/// What is wrong with it, as a message.
pub fn parse(text: &str) -> Result<Manifest, String> {
    with_schema(toml::from_str(text).map_err(|error| error.message().to_owned())?)
}

/// A manifest as [`kept`] or the build made it of a `plugin.toml`.
///
/// # Errors
/// What is wrong with it, as a message.
pub(super) fn from_kept(bytes: &[u8]) -> Result<Manifest, String> {
    let (said, schema): (&[u8], Option<Tree>) =
        postcard::from_bytes(bytes).map_err(|error| error.to_string())?;
    let manifest = serde_json::from_slice(said).map_err(|error| error.to_string())?;
    Ok(Manifest {
        config_schema: schema,
        ..with_schema(manifest)?
    })
}

fn with_schema(mut manifest: Manifest) -> Result<Manifest, String> {
    for (what, name) in [("name", &manifest.name), ("version", &manifest.version)] {
        check_name(what, name)?;
    }
    let schema: Option<Value> = match (manifest.config.take(), manifest.schema.take()) {
        (Some(_), Some(_)) => return Err("`config` and `schema` both give a schema".to_owned()),
        (Some(table), None) => Some(table),
        (None, Some(text)) => {
            Some(serde_json::from_str(&text).map_err(|error| format!("`schema`: {error}"))?)
        }
        (None, None) => None,
    };
    manifest.config_schema = schema.as_ref().map(Tree::from);
    Ok(manifest)
}

/// A name stands in messages of ours, so it is one.
fn check_name(what: &str, name: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.+/:@".contains(c);
    if !name.is_empty() && name.len() <= 128 && name.chars().all(is_plain) {
        return Ok(());
    }
    Err(format!(
        "`{what}` is made of up to 128 letters, digits and -_.+/:@"
    ))
}

/// The section's text.
fn text(component: &[u8]) -> Result<Option<&str>, String> {
    let Some(section) = section(component)? else {
        return Ok(None);
    };
    if section.len() > MOST {
        return Err(format!("it has {} bytes, of {MOST} at most", section.len()));
    }
    let text = std::str::from_utf8(section).map_err(|_| "not UTF-8".to_owned())?;
    Ok(Some(text))
}

/// The section's bytes. Modules and components inside the component are passed over.
fn section(component: &[u8]) -> Result<Option<&[u8]>, String> {
    let mut found = Vec::new();
    let (mut parser, mut rest) = (Parser::new(0), component);
    loop {
        let chunk = parser
            .parse(rest, true)
            .map_err(|error| error.message().to_owned())?;
        let Chunk::Parsed { consumed, payload } = chunk else {
            return Err("it ends too early".to_owned());
        };
        rest = &rest[consumed..];
        match payload {
            Payload::ModuleSection {
                unchecked_range, ..
            }
            | Payload::ComponentSection {
                unchecked_range, ..
            } => {
                let bytes = unchecked_range.end - unchecked_range.start;
                rest = rest.get(bytes..).ok_or("it ends too early")?;
            }
            Payload::CustomSection(custom) if custom.name() == SECTION => {
                found.push(custom.data());
            }
            Payload::End(_) => break,
            _ => {}
        }
    }
    match found.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        _ => Err("there is more than one".to_owned()),
    }
}

/// The warning about a component without a manifest.
pub(super) fn missing(name: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        code: "no-manifest".to_owned(),
        message: format!("plugin `{name}` has no manifest: its configuration is not checked"),
        address: None,
        source: "acetate".to_owned(),
        hint: Some(format!(
            "embed its `plugin.toml` as the custom section `{}`",
            SECTION
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "name = 'a'\nversion = '1.0.0'\nkind = 'policy'\ninterface = '0.1.0'\n";

    #[test]
    fn the_schema_is_a_table_or_a_text() {
        let table = parse(&format!("{SMALL}[config]\ntype = 'object'")).unwrap();
        let text = parse(&format!("{SMALL}schema = '{{\"type\":\"object\"}}'")).unwrap();
        assert_eq!(table.config_schema, text.config_schema);
        assert_eq!(table.kind, Kind::Policy);
        assert!(parse(&format!("{SMALL}schema = '{{'")).is_err());
        assert!(
            parse(&format!(
                "{SMALL}schema = '{{}}'\n[config]\ntype = 'object'"
            ))
            .is_err()
        );
    }

    #[test]
    fn a_kind_that_is_none_is_refused() {
        assert!(parse(&SMALL.replace("policy", "both")).is_err());
    }

    #[test]
    fn names_are_plain() {
        for name in ["", "a b", "a\\nerror: b", "\\u001b[2J", &"a".repeat(129)] {
            let text = SMALL.replace("'a'", &format!("\"{name}\""));
            let told = parse(&text).unwrap_err();
            assert!(told.starts_with("`name` is made of"), "{name}: {told}");
        }
        assert!(parse(&SMALL.replace("'1.0.0'", "'1.0.0-rc.1+build/7'")).is_ok());
    }

    #[test]
    fn a_manifest_is_not_a_book() {
        let text = format!("{SMALL}# {}", "x".repeat(MOST));
        let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
        let length = SECTION.len() + 1 + text.len();
        bytes.push(0);
        // LEB128 in five bytes.
        bytes.extend((0..5).map(|at| (length >> (7 * at) & 0x7f) as u8 | u8::from(at < 4) << 7));
        bytes.push(SECTION.len() as u8);
        bytes.extend(SECTION.bytes().chain(text.bytes()));
        assert!(read(&bytes).unwrap_err().ends_with("of 1048576 at most"));
    }

    #[test]
    fn the_built_in_plugin_has_a_manifest() {
        let component = crate::plugin::load::STANDARD;
        let manifest = read(component).unwrap().unwrap();
        let made = crate::plugin::load::STANDARD_MANIFEST;
        assert_eq!(kept(component).as_deref(), Ok(made));
        assert_eq!(
            (manifest.name.as_str(), manifest.kind),
            ("standard", Kind::Overlay)
        );
        assert!(manifest.config_schema.is_some());
    }

    /// A custom section; with a kind, a module or component of nothing else.
    fn custom(kind: Option<[u8; 4]>, text: &str) -> Vec<u8> {
        let mut section = vec![SECTION.len() as u8];
        section.extend(SECTION.bytes().chain(text.bytes()));
        let mut bytes = vec![0, section.len() as u8];
        bytes.extend(section);
        let head = kind.map(|kind| [b"\0asm".as_slice(), &kind].concat());
        [head.unwrap_or_default(), bytes].concat()
    }

    #[test]
    fn only_the_components_own_section_counts() {
        const COMPONENT: [u8; 4] = [0x0d, 0, 1, 0];
        const MODULE: [u8; 4] = [1, 0, 0, 0];
        let inner = |id: u8, kind| {
            let inner = custom(Some(kind), "inner");
            [vec![id, inner.len() as u8], inner].concat()
        };
        let head = [b"\0asm".as_slice(), &COMPONENT].concat();
        let inside = [head, inner(1, MODULE), inner(4, COMPONENT)].concat();
        assert_eq!(section(&inside), Ok(None));
        let both = [inside.clone(), custom(None, "own")].concat();
        assert_eq!(section(&both), Ok(Some(b"own".as_slice())));
        let twice = [both.clone(), custom(None, "own")].concat();
        assert_eq!(section(&twice), Err("there is more than one".to_owned()));
        assert!(section(&both[..both.len() - 1]).is_err());
        assert!(section(&inside[..inside.len() - 1]).is_err());
        assert!(section(b"").is_err());
    }
}
