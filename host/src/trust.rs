//! Who must have signed a plugin of a registry: rules by reference, keys, and what a signature
//! proves. Pure: evidence in, signers or a refusal out.
//!
//! Nothing is trusted by default. Each file that has a rule for a reference must be satisfied, so
//! that a project cannot take back what the machine's own file asks for; a reference for which no
//! file has a rule is refused.

mod cosign;
mod key;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use cosign::{BUNDLE, Evidence, SIMPLE, Simple};
pub use key::{PEM, PublicKey};

use crate::config::nearest::listed;
use crate::overlay::level::Level;

/// Which references a rule is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// `*`: all of them.
    All,
    /// `ghcr.io/acme/`: all below.
    Below(String),
    /// `ghcr.io/acme/otel`: this repository alone.
    One(String),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong, as a fragment.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::All);
        }
        let wrong = || {
            format!(
                "expected `REGISTRY/PATH/` for all below, `REGISTRY/REPOSITORY` for one, or `*`, found `{text}`"
            )
        };
        let (path, below) = match text.strip_suffix('/') {
            Some(path) => (path, true),
            None => (text, false),
        };
        let mut parts = path.split('/');
        let host = parts.next().unwrap_or_default();
        let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let is_part = |part: &str| {
            let ends = [part.bytes().next(), part.bytes().next_back()];
            ends.into_iter().all(|end| end.is_some_and(word))
                && part.bytes().all(|b| word(b) || b"._-".contains(&b))
                && !part.contains("..")
        };
        let rest: Vec<&str> = parts.collect();
        if !is_host(host) || !rest.iter().all(|part| is_part(part)) || (rest.is_empty() && !below) {
            return Err(wrong());
        }
        // Docker's registry has several names, and its own images a folder that may be left away.
        if let "index.docker.io" | "registry-1.docker.io" = host {
            return Err(format!("`{host}` is called `docker.io`"));
        }
        if let ("docker.io", false, [image]) = (host, below, rest.as_slice()) {
            return Err(format!("`{text}` is called `docker.io/library/{image}`"));
        }
        Ok(match below {
            true => Self::Below(text.to_owned()),
            false => Self::One(text.to_owned()),
        })
    }

    /// How much of this name, `REGISTRY/REPOSITORY`, it says; none where it is for others.
    #[must_use]
    pub fn matches(&self, name: &str) -> Option<usize> {
        match self {
            Self::All => Some(0),
            Self::Below(prefix) => name.starts_with(prefix.as_str()).then_some(prefix.len()),
            Self::One(one) => (name == one).then_some(one.len() + 1),
        }
    }
}

/// Whether it is the one name of a registry, `HOST[:PORT]`, that references have: a rule for another
/// name would never be met, and nobody would notice.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(letter);
    let is_port = |port: &str| {
        let number = port.starts_with(|c: char| ('1'..='9').contains(&c));
        number && port != "443" && port.parse::<u16>().is_ok()
    };
    (text.contains(['.', ':']) || text == "localhost")
        && host.split('.').all(is_label)
        && port.is_none_or(is_port)
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Below(text) | Self::One(text) => f.write_str(text),
        }
    }
}

/// What is asked for plugins of some references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Which references it is for.
    pub pattern: Pattern,
    /// Names of keys that must all have signed.
    pub all_of: Vec<String>,
    /// Names of keys of which at least `minimum` must have signed.
    pub any_of: Vec<String>,
    /// How many of `any_of`; 0 where there are none.
    pub minimum: usize,
    /// No signature is asked for.
    pub unsigned: bool,
    /// The highest level of places that entries with these plugins may be allowed to edit.
    pub max_level: Option<Level>,
}

/// The rules of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// How messages call the file.
    pub file: String,
    /// Keys by the names that rules have for them.
    pub keys: BTreeMap<String, PublicKey>,
    /// The rules; no two have the same pattern.
    pub rules: Vec<Rule>,
    /// The highest level that any plugin but the built-in one may be allowed to edit.
    pub max_level: Option<Level>,
}

/// All files that have a say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// The files, the machine's own first.
    pub files: Vec<Rules>,
}

/// Keys that signed: fingerprint by name.
pub type Signers = BTreeMap<String, String>;

/// Why a plugin is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// No file has a rule for it.
    #[error("nothing says who must have signed `{0}`")]
    NoRule(String),
    /// It is not signed at all.
    #[error("`{name}` is not signed, and `{file}` asks for {asked}")]
    Unsigned {
        /// `REGISTRY/REPOSITORY@DIGEST`.
        name: String,
        /// Whose rule it is.
        file: String,
        /// What it asks for, in words.
        asked: String,
    },
    /// It is signed by others, or by too few.
    #[error(
        "the signatures of `{name}` do not suffice: `{file}` asks for {asked}, and there {found}"
    )]
    WrongKeys {
        /// `REGISTRY/REPOSITORY@DIGEST`.
        name: String,
        /// Whose rule it is.
        file: String,
        /// What it asks for, in words.
        asked: String,
        /// What there is, in words.
        found: String,
    },
    /// It is signed with an identity only.
    #[error(
        "`{name}` is signed without a key, by an identity: this acetate verifies signatures by key pairs, as `{file}` asks for"
    )]
    Keyless {
        /// `REGISTRY/REPOSITORY@DIGEST`.
        name: String,
        /// Whose rule it is.
        file: String,
    },
}

impl Trust {
    /// The rule of each file for this name, `REGISTRY/REPOSITORY`: the one that says most of it.
    #[must_use]
    pub fn rules_for(&self, name: &str) -> Vec<(&Rules, &Rule)> {
        let of = |file: &'_ Rules| -> Option<usize> {
            let said = |(at, rule): (usize, &Rule)| Some((rule.pattern.matches(name)?, at));
            file.rules
                .iter()
                .enumerate()
                .filter_map(said)
                .max()
                .map(|(_, at)| at)
        };
        let pair = |file| of(file).map(|at| (file, &file.rules[at]));
        self.files.iter().filter_map(pair).collect()
    }

    /// Who of those that are asked for signed a manifest; nobody where no signature is asked for.
    ///
    /// # Errors
    /// No file has a rule, or one of them is not satisfied.
    pub fn signers(
        &self,
        name: &str,
        digest: &str,
        evidence: &Evidence,
    ) -> Result<Signers, Distrust> {
        let rules = self.rules_for(name);
        if rules.is_empty() {
            return Err(Distrust::NoRule(name.to_owned()));
        }
        let mut signers = Signers::new();
        for (file, rule) in rules {
            if !rule.unsigned {
                signers.extend(satisfied(file, rule, (name, digest), evidence)?);
            }
        }
        Ok(signers)
    }

    /// Whether a signature is asked for by any rule for this name.
    #[must_use]
    pub fn asks_for_signatures(&self, name: &str) -> bool {
        self.rules_for(name).iter().any(|(_, rule)| !rule.unsigned)
    }

    /// The highest level that may be allowed, and whose word that is. `name` is
    /// `REGISTRY/REPOSITORY` of a plugin from a registry.
    #[must_use]
    pub fn max_level(&self, name: Option<&str>) -> Option<(Level, &str)> {
        let of_files = self
            .files
            .iter()
            .filter_map(|file| Some((file.max_level?, file.file.as_str())));
        let of_rules = name
            .into_iter()
            .flat_map(|name| self.rules_for(name))
            .filter_map(|(file, rule)| Some((rule.max_level?, file.file.as_str())));
        of_files.chain(of_rules).min_by_key(|(level, _)| *level)
    }
}

/// The keys of a rule that signed, where they are enough.
fn satisfied(
    file: &Rules,
    rule: &Rule,
    (name, digest): (&str, &str),
    evidence: &Evidence,
) -> Result<Signers, Distrust> {
    let named = || format!("{name}@{digest}");
    let signed = |key: &&String| {
        let key = file.keys.get(*key);
        key.is_some_and(|key| evidence.is_signed(digest, key))
    };
    let found: BTreeSet<&String> = rule
        .all_of
        .iter()
        .chain(&rule.any_of)
        .filter(signed)
        .collect();
    let all = rule.all_of.iter().all(|key| found.contains(key));
    // Two names of one key are one signer.
    let of_any: BTreeSet<&PublicKey> = rule
        .any_of
        .iter()
        .filter(|name| found.contains(name))
        .filter_map(|name| file.keys.get(name.as_str()))
        .collect();
    let asked = || rule.asked();
    if all && of_any.len() >= rule.minimum && !found.is_empty() {
        let signer = |name: &String| Some((name.clone(), file.keys.get(name)?.fingerprint()));
        return Ok(found.into_iter().filter_map(signer).collect());
    }
    let file = file.file.clone();
    Err(match (evidence.len(), evidence.keyless()) {
        (0, _) => Distrust::Unsigned {
            name: named(),
            file,
            asked: asked(),
        },
        (all, keyless) if all == keyless => Distrust::Keyless {
            name: named(),
            file,
        },
        (count, _) => Distrust::WrongKeys {
            name: named(),
            file,
            asked: asked(),
            found: match found.len() {
                0 if count == 1 => "is one by another key, or of something else".to_owned(),
                0 => format!("are {count} by other keys, or of something else"),
                _ => format!("is a good one by {} only", listed(found)),
            },
        },
    })
}

impl Rule {
    /// What it asks for, in words.
    #[must_use]
    pub fn asked(&self) -> String {
        if self.unsigned {
            return "no signature".to_owned();
        }
        let all =
            (!self.all_of.is_empty()).then(|| format!("signatures by {}", listed(&self.all_of)));
        let any = (!self.any_of.is_empty())
            .then(|| format!("{} of {}", self.minimum, listed(&self.any_of)));
        let both: Vec<String> = all.into_iter().chain(any).collect();
        both.join(" and ")
    }
}

#[cfg(test)]
#[path = "trust/tests.rs"]
mod tests;
