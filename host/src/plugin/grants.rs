//! What an entry may look up: deny by default.
//!
//! The built-in entry may look up everything, because its lookups are the user's own lines.
//! Another entry needs `grant = { parameters = ["/web/*"] }`, one list of patterns for each
//! capability; `true` is short for all names. A pattern is matched against the whole name, and
//! `*` stands for any text. In a pattern of images, neither `*` of the registry nor of the
//! repository reaches over the `/` between them. An ARN, which may be of another account, is
//! covered by a pattern only that is an ARN itself.

use serde_json::Value;

use crate::edit::Failure;
use crate::event::{Diagnostic, Severity};
use crate::overlay::place;
use crate::registry::Reference;

use super::entry::EntryInput;
use super::lookups::{Question, Reply};
use super::manifest::Manifest;
use super::names::{self, is_arn};
use super::schema::Wanted;

/// What of one capability an entry was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Grant {
    All,
    Named(Vec<String>),
}

impl Grant {
    /// Whether what this question asks about was granted.
    pub fn covers(&self, question: &Question) -> bool {
        match question {
            Question::ImageDigest(image) => self.any(|pattern| covers_image(pattern, image)),
            _ => self.covers_name(question.parts().1),
        }
    }

    /// Whether this is a question that a call of the host leads to: of names only such prefixes
    /// as were granted, of images only full spellings.
    pub fn admits(&self, question: &Question) -> bool {
        match question {
            Question::ParameterNames(prefix) | Question::SecretNames(prefix) => {
                self.narrowed(prefix).contains(prefix)
            }
            Question::FileEntries(folder) if folder.is_empty() => !self.narrowed("").is_empty(),
            Question::FileEntries(folder) => {
                !folder.ends_with('/') && !self.narrowed(&format!("{folder}/")).is_empty()
            }
            Question::ImageDigest(image) => {
                let spelled = image.parse::<Reference>().map(|image| image.to_string());
                spelled.as_ref() == Ok(image) && self.covers(question)
            }
            _ => self.covers(question),
        }
    }

    /// What of a reply a call of the host gives.
    pub fn seen(&self, question: &Question, reply: Reply) -> Reply {
        match (question, reply) {
            (Question::SecretKeys(_), reply) => reply,
            (_, Reply::List(mut names)) => {
                names.retain(|name| self.covers_name(name));
                Reply::List(names)
            }
            (_, reply) => reply,
        }
    }

    /// Whether this name or path was granted.
    pub fn covers_name(&self, name: &str) -> bool {
        let same_kind = |pattern: &str| is_arn(pattern) || !is_arn(name);
        self.any(|pattern| same_kind(pattern) && place::matches(pattern, name))
    }

    fn any(&self, covers: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::All => true,
            Self::Named(patterns) => patterns.iter().any(|pattern| covers(pattern)),
        }
    }

    /// The prefixes to ask for, so that of names that start with `prefix` all are found that were
    /// granted, and as few others as can be; none where no such name was granted.
    pub fn narrowed(&self, prefix: &str) -> Vec<String> {
        let Self::Named(patterns) = self else {
            return vec![prefix.to_owned()];
        };
        let narrow = |pattern: &String| {
            let (fixed, rest) = match pattern.split_once('*') {
                Some((fixed, _)) => (fixed, true),
                None => (pattern.as_str(), false),
            };
            if is_arn(fixed) {
                return None;
            }
            match fixed.starts_with(prefix) {
                true => Some(fixed.to_owned()),
                false => (rest && prefix.starts_with(fixed)).then(|| prefix.to_owned()),
            }
        };
        let mut found: Vec<String> = patterns.iter().filter_map(narrow).collect();
        found.sort();
        // Sorted, what starts with a prefix follows it.
        found.dedup_by(|longer, prefix| longer.starts_with(prefix.as_str()));
        found
    }
}

/// Registry and repository of a pattern against those of a reference in its full form.
fn covers_image(pattern: &str, image: &str) -> bool {
    let parts = |text: &str| -> Option<(String, String)> {
        let (registry, repository) = text.split_once('/')?;
        Some((registry.to_ascii_lowercase(), repository.to_owned()))
    };
    let name = image.split('@').next().unwrap_or_default();
    let (Some((registry, repository)), Some((host, path))) = (parts(pattern), parts(name)) else {
        return false;
    };
    let path = path
        .rsplit_once(':')
        .map_or(path.as_str(), |(path, _)| path);
    place::matches(&registry, &host) && place::matches(&repository, path)
}

/// The entry's grant of a capability.
pub(super) fn grant(
    entry: &EntryInput,
    manifest: Option<&Manifest>,
    question: &Question,
) -> Result<Grant, Failure> {
    let (capability, _) = question.parts();
    if manifest.is_some_and(|manifest| !manifest.capabilities.contains_key(capability)) {
        let message = format!("the plugin's manifest does not ask for `{capability}`");
        return Err(Failure::new("not-declared", message));
    }
    if entry.builtin {
        return Ok(Grant::All);
    }
    match entry.grant.get(capability) {
        Some(Value::Bool(true)) if capability == "images" => {
            Ok(Grant::Named(vec!["*/*".to_owned()]))
        }
        Some(Value::Bool(true)) => Ok(Grant::Named(vec!["*".to_owned()])),
        Some(Value::Array(list)) => Ok(Grant::Named(texts(list))),
        _ => Err(not_granted(entry, question)),
    }
}

/// What of a thing that will be wanted may be asked for.
pub(super) fn granted(
    entry: &EntryInput,
    manifest: Option<&Manifest>,
    wanted: Wanted,
) -> Vec<Wanted> {
    let grant = |question: &Question| {
        names::check(question).ok()?;
        grant(entry, manifest, question).ok()
    };
    let may = |question: Question| grant(&question).is_some_and(|grant| grant.covers(&question));
    match wanted {
        Wanted::ParametersBelow(prefix) => {
            let granted = grant(&Question::ParameterNames(prefix.clone()));
            let narrowed = granted.map_or_else(Vec::new, |grant| grant.narrowed(&prefix));
            narrowed.into_iter().map(Wanted::ParametersBelow).collect()
        }
        Wanted::Parameter(name) => {
            let is_wanted = may(Question::ParameterArn(name.clone()))
                || may(Question::ParameterValue(name.clone()));
            is_wanted
                .then_some(Wanted::Parameter(name))
                .into_iter()
                .collect()
        }
        Wanted::Secret(name) => {
            let is_wanted = may(Question::SecretArn(name.clone()));
            is_wanted
                .then_some(Wanted::Secret(name))
                .into_iter()
                .collect()
        }
    }
}

fn texts(list: &[Value]) -> Vec<String> {
    list.iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// The refusal, with the entry's whole grant as it would have to be.
pub(super) fn not_granted(entry: &EntryInput, question: &Question) -> Failure {
    let (capability, name) = question.parts();
    let pattern = match question {
        Question::ParameterNames(prefix) | Question::SecretNames(prefix) => format!("{prefix}*"),
        Question::FileEntries(folder) => match folder.trim_end_matches('/') {
            "" => "*".to_owned(),
            folder => format!("{folder}/*"),
        },
        Question::ImageDigest(image) => repository(image).to_owned(),
        _ => name.to_owned(),
    };
    let message = format!(
        "`{}` was not granted `{capability}` of `{pattern}`",
        entry.id
    );
    let line = line(&entry.grant, capability, pattern);
    Failure::new("not-granted", message).hint(format!("to grant it, give `{}` `{line}`", entry.id))
}

/// Registry and repository, without tag and digest.
fn repository(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or_default();
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}

/// `grant = { … }` as it is, with one pattern more.
fn line(grant: &Value, capability: &str, pattern: String) -> String {
    let mut members = grant.as_object().cloned().unwrap_or_default();
    let mut patterns = match members.get(capability) {
        Some(Value::Array(list)) => list.clone(),
        _ => Vec::new(),
    };
    patterns.push(Value::String(pattern));
    members.insert(capability.to_owned(), Value::Array(patterns));
    let told = members.iter().map(|(name, value)| match value {
        Value::Array(list) => {
            let list: Vec<String> = list.iter().map(Value::to_string).collect();
            format!("{name} = [{}]", list.join(", "))
        }
        value => format!("{name} = {value}"),
    });
    format!("grant = {{ {} }}", told.collect::<Vec<_>>().join(", "))
}

/// The warning where one entry may read what is not everybody's and ask registries that are not
/// AWS's: the name of an image can carry it out.
#[must_use]
pub fn carries_out(entry: &str, grant: &Value) -> Option<Diagnostic> {
    let some = |capability: &str| match grant.get(capability) {
        Some(Value::Bool(granted)) => *granted,
        Some(Value::Array(list)) => !list.is_empty(),
        _ => false,
    };
    let outside = match grant.get("images") {
        Some(Value::Bool(granted)) => *granted,
        Some(Value::Array(list)) => texts(list).iter().any(|pattern| !is_ecr(pattern)),
        _ => false,
    };
    let read = ["files", "parameter-values"]
        .into_iter()
        .filter(|name| some(name));
    let read: Vec<String> = read.map(|name| format!("`{name}`")).collect();
    (outside && !read.is_empty()).then(|| Diagnostic {
        severity: Severity::Warning,
        code: "lookups-carry-data".to_owned(),
        message: format!(
            "`{entry}` may read {} and ask registries outside of ECR: the name of an image can carry out what it read",
            read.join(" and ")
        ),
        address: None,
        source: entry.to_owned(),
        hint: Some("grant `images` of ECR only, or split it into two entries".to_owned()),
    })
}

/// Whether all registries of a pattern are AWS's own.
fn is_ecr(pattern: &str) -> bool {
    let registry = pattern.split('/').next().unwrap_or_default();
    let registry = registry.to_ascii_lowercase();
    if registry == "public.ecr.aws" {
        return true;
    }
    let private = registry
        .strip_suffix(".amazonaws.com")
        .or_else(|| registry.strip_suffix(".amazonaws.com.cn"));
    let labels: Vec<&str> = private.map_or_else(Vec::new, |rest| rest.split('.').collect());
    matches!(labels.as_slice(), [account, "dkr", "ecr", region]
        if account.bytes().all(|b| b.is_ascii_digit()) && !account.is_empty() && !region.contains('*'))
}

#[cfg(test)]
#[path = "grants/tests.rs"]
mod tests;
