//! What plugins look up: the built-in one by its configuration, others by their grants.

use serde_json::Value;

use crate::commands::schema::standard;
use crate::config::{Entry, STANDARD, Settings};
use crate::error::{Error, ErrorKind};
use crate::permissions::{Lookups, Referred};
use crate::plugin::{Tree, Wanted, wanted_lookups};

/// All lookups that the settings allow.
///
/// # Errors
/// None that a user could cause.
pub fn lookups(settings: &Settings) -> Result<Lookups, Error> {
    let mut found = Lookups::default();
    for entry in settings.overlays.iter().chain(&settings.policies) {
        match entry.id == STANDARD {
            true => built_in(entry, &mut found)?,
            false => granted(entry, &mut found),
        }
    }
    Ok(found)
}

/// What the configuration of the built-in plugin refers to by itself.
#[must_use]
pub fn referred(settings: &Settings) -> Referred {
    let mut found = Referred::default();
    for entry in settings
        .overlays
        .iter()
        .filter(|entry| entry.id == STANDARD)
    {
        found.add(&entry.config);
    }
    found
}

fn built_in(entry: &Entry, found: &mut Lookups) -> Result<(), Error> {
    let schema = standard().map_err(|error| Error::new(ErrorKind::Bug, error))?;
    for wanted in wanted_lookups(&Tree::from(&schema), &entry.config) {
        match wanted {
            Wanted::Parameter(name) => found.parameters.insert(name),
            Wanted::ParametersBelow(path) => found.below.insert(path),
            Wanted::Secret(name) => found.secrets.insert(name),
        };
    }
    Ok(())
}

fn granted(entry: &Entry, found: &mut Lookups) {
    let patterns = |capability: &str| patterns(entry.grant.get(capability));
    for pattern in patterns("parameters") {
        // Names are asked for by the folder that holds all that the pattern speaks of.
        if let Some((fixed, _)) = pattern
            .split_once('*')
            .filter(|_| !pattern.starts_with("arn:"))
        {
            let folder = fixed.rsplit_once('/').map_or("", |(folder, _)| folder);
            found.below.insert(format!("{folder}/"));
        }
        found.parameters.insert(pattern);
    }
    found.parameters.extend(patterns("parameter-values"));
    for pattern in patterns("secret-names") {
        found.lists_secrets |= pattern.contains('*');
        found.secrets.insert(pattern);
    }
    found.opened.extend(patterns("secret-keys"));
}

/// The patterns of a grant; `true` is short for all.
fn patterns(granted: Option<&Value>) -> Vec<String> {
    match granted {
        Some(Value::Bool(true)) => vec!["*".to_owned()],
        Some(Value::Array(list)) => {
            let texts = list.iter().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}
