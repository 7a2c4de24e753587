//! acetate.lock: which bytes each plugin of a configuration is, who signed them, what they want and
//! what they were given. Pure: text in, data out, and what changed between two.

mod changes;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use changes::{changes, is_lower, widened};

/// Name of the file, beside acetate.toml.
pub const FILE: &str = "acetate.lock";
/// The form of the file.
const VERSION: u32 = 1;
const HEAD: &str = "\
# Written by `acetate plugin update`; commit it. What is not in it is not run.
";

/// A lock file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// The plugins in order of their reference; no two have the same.
    pub plugins: Vec<Locked>,
}

/// One plugin that is locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Locked {
    /// As acetate.toml has it, variables filled in: `oci:REFERENCE` or `path:FILE`.
    pub plugin: String,
    /// Its own name, by its manifest.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// The version of `acetate:plugin` that it is made for.
    pub interface: String,
    /// `REGISTRY/REPOSITORY@DIGEST`; none of a file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resolved: Option<String>,
    /// Digest of the manifest in the registry, which is what is signed; none of a file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub manifest: Option<String>,
    /// Digest of the component, which is what is run.
    pub layer: String,
    /// Places that it edits, by its manifest.
    #[serde(default)]
    pub edits: Vec<String>,
    /// Capabilities that it asks for, by its manifest.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// Interfaces that it imports.
    #[serde(default)]
    pub imports: Vec<String>,
    /// Who signed it: fingerprint of the key by its name in the trust file.
    #[serde(default)]
    pub signers: BTreeMap<String, String>,
    /// What acetate.toml gives it, as written, by entry.
    #[serde(default)]
    pub granted: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    version: u32,
    #[serde(default)]
    plugins: Vec<Locked>,
}

impl Lock {
    /// Reads a lock file.
    ///
    /// # Errors
    /// What is wrong with it, as a fragment.
    pub fn parse(text: &str) -> Result<Self, String> {
        let written: Written =
            toml::from_str(text).map_err(|error| error.message().trim_end().to_owned())?;
        if written.version != VERSION {
            let version = written.version;
            return Err(format!(
                "it has version {version}, and this acetate knows {VERSION}"
            ));
        }
        for locked in &written.plugins {
            let why = |why: &str| format!("`{}`: {why}", locked.plugin);
            locked.check().map_err(why)?;
        }
        let names = written.plugins.iter().map(|locked| &locked.plugin);
        let distinct: BTreeSet<&String> = names.collect();
        if distinct.len() != written.plugins.len() {
            return Err("it has a plugin twice".to_owned());
        }
        Ok(Self {
            plugins: written.plugins,
        })
    }

    /// The file: the same lock is the same text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut plugins = self.plugins.clone();
        plugins.sort_by(|a, b| a.plugin.cmp(&b.plugin));
        let written = Written {
            version: VERSION,
            plugins,
        };
        let body = toml::to_string_pretty(&written).expect("texts and lists of them are TOML");
        format!("{HEAD}{body}")
    }

    /// SHA-256 of the text, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> String {
        format!("{:x}", Sha256::digest(self.text()))
    }

    /// What is locked of a plugin, as acetate.toml has it.
    #[must_use]
    pub fn find(&self, plugin: &str) -> Option<&Locked> {
        self.plugins.iter().find(|locked| locked.plugin == plugin)
    }

    /// What is locked of an entry with another plugin by now, as `overlays.NAME`.
    #[must_use]
    pub fn of_entry(&self, entry: &str) -> Option<&Locked> {
        let mut all = self.plugins.iter();
        all.find(|locked| locked.granted.contains_key(entry))
    }
}

impl Locked {
    /// What an entry is given that is not locked, in order.
    #[must_use]
    pub fn not_granted(&self, entry: &str, granted: &BTreeSet<String>) -> Vec<String> {
        let nothing = BTreeSet::new();
        let locked = self.granted.get(entry).unwrap_or(&nothing);
        granted.difference(locked).cloned().collect()
    }

    fn check(&self) -> Result<(), &'static str> {
        let is_oci = self.plugin.starts_with("oci:");
        if !is_digest(&self.layer) {
            return Err("its layer is no digest of SHA-256");
        }
        match (&self.resolved, &self.manifest) {
            (Some(resolved), Some(manifest)) if is_oci => {
                let ends = resolved.rsplit_once('@').map(|(_, digest)| digest);
                match is_digest(manifest) {
                    false => Err("its manifest is no digest of SHA-256"),
                    true if ends != Some(manifest) => Err("its reference and its manifest differ"),
                    true => Ok(()),
                }
            }
            (None, None) if !is_oci => Ok(()),
            _ => Err("it says where it is from in another way than it is named"),
        }
    }
}

/// Whether a text is a digest by SHA-256 as registries write it, the only kind that is taken.
#[must_use]
pub fn is_digest(text: &str) -> bool {
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    text.strip_prefix("sha256:")
        .is_some_and(|rest| rest.len() == 64 && rest.bytes().all(hex))
}

#[cfg(test)]
#[path = "lock/tests.rs"]
mod tests;
