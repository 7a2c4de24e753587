//! What an entry may look up: deny by default.
//!
//! The built-in entry may look up everything, because its lookups are the user's own lines.
//! Another entry needs `grant = { parameters = ["/web/*"] }`, one list of patterns for each
//! capability; `true` grants all of it. A pattern is matched against the whole name, and `*`
//! stands for any text.

use serde_json::Value;

use crate::edit::Failure;
use crate::overlay::place;

use super::entry::EntryInput;
use super::manifest::Manifest;

/// What of one capability an entry was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Grant {
    All,
    Named(Vec<String>),
}

impl Grant {
    /// Whether this name was granted.
    pub fn covers(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(patterns) => patterns.iter().any(|pattern| place::matches(pattern, name)),
        }
    }
}

/// The entry's grant of a capability. `name` is what it asks about, for the hint.
pub(super) fn grant(
    entry: &EntryInput,
    manifest: Option<&Manifest>,
    capability: &str,
    name: &str,
) -> Result<Grant, Failure> {
    if manifest.is_some_and(|manifest| !manifest.capabilities.contains_key(capability)) {
        let message = format!("the plugin's manifest does not ask for `{capability}`");
        return Err(Failure::new("not-declared", message));
    }
    if entry.builtin {
        return Ok(Grant::All);
    }
    match entry.grant.get(capability) {
        Some(Value::Bool(true)) => Ok(Grant::All),
        Some(Value::Array(list)) => Ok(Grant::Named(
            list.iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        )),
        _ => Err(not_granted(entry, capability, name)),
    }
}

/// The refusal, with the line to add.
pub(super) fn not_granted(entry: &EntryInput, capability: &str, name: &str) -> Failure {
    let message = format!("`{}` was not granted `{capability}` of `{name}`", entry.id);
    let line = format!("grant = {{ {capability} = [{}] }}", Value::from(name));
    Failure::new("not-granted", message).hint(format!("to grant it, give `{}` `{line}`", entry.id))
}

/// A path below the project folder in its one spelling, so that patterns mean what they say.
pub(super) fn plain_path(path: &str) -> Result<(), Failure> {
    let odd = |part: &str| part.is_empty() || part == "." || part == "..";
    if path.contains(['\\', '\0']) || path.strip_suffix('/').unwrap_or(path).split('/').any(odd) {
        let message = format!("`{path}` is no plain path below the project folder");
        return Err(
            Failure::new("invalid", message).hint("write it without a leading `/`, `.` and `..`")
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(grant: Value) -> EntryInput {
        EntryInput {
            id: "ci".to_owned(),
            grant,
            ..EntryInput::default()
        }
    }

    #[test]
    fn what_was_not_granted_is_refused_with_the_line_to_add() {
        for none in [
            json!({}),
            json!({ "files": false }),
            json!({ "parameters": true }),
            Value::Null,
        ] {
            let failure = grant(&entry(none), None, "files", "a.env").unwrap_err();
            assert_eq!(failure.code, "not-granted");
            assert_eq!(
                failure.hint.unwrap(),
                "to grant it, give `ci` `grant = { files = [\"a.env\"] }`"
            );
        }
    }

    #[test]
    fn a_grant_covers_what_its_patterns_name() {
        let granted = grant(
            &entry(json!({ "files": ["env/*.env"] })),
            None,
            "files",
            "x",
        )
        .unwrap();
        assert!(granted.covers("env/a.env"));
        assert!(!granted.covers("env/a.env.bak") && !granted.covers("other/env/a.env"));
        let all = grant(&entry(json!({ "files": true })), None, "files", "x").unwrap();
        assert_eq!(all, Grant::All);
        let builtin = EntryInput {
            builtin: true,
            ..entry(Value::Null)
        };
        assert_eq!(grant(&builtin, None, "files", "x"), Ok(Grant::All));
    }

    #[test]
    fn paths_have_one_spelling() {
        for (path, plain) in [
            ("a/b", true),
            ("a/", true),
            ("a", true),
            ("", false),
            ("/a", false),
            ("a/../b", false),
            ("./a", false),
            ("a//b", false),
            ("a\\b", false),
        ] {
            assert_eq!(plain_path(path).is_ok(), plain, "{path}");
        }
    }
}
