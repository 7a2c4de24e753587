//! Which secrets a container gets: named ones, and all parameters below a path.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::reference;
use crate::run::Place;

/// A secret and the setting that asks for it.
pub(crate) struct Secret {
    /// For messages.
    pub key: String,
    /// As people write it, such as `ssm:/prod/web/API_KEY`.
    pub reference: String,
}

/// Secrets by name. Explicit ones win over those below a path; `removed` ones are not there.
pub(crate) fn wanted(
    place: &Place,
    settings: &Map<String, Value>,
    removed: &[String],
) -> BTreeMap<String, Secret> {
    let explicit = place.run.texts(settings, &place.key, "secrets");
    let mut wanted = BTreeMap::new();
    for below in place.run.list(settings, &place.key, "secrets-from") {
        for parameter in parameters(place, &below) {
            below_path(place, &below, &parameter, &explicit, removed, &mut wanted);
        }
    }
    for (name, reference) in explicit {
        let key = place.setting(&["secrets.", &name].concat());
        if removed.contains(&name) {
            place.run.error(
                "contradiction",
                &key,
                "stands in `remove-secrets` too",
                None,
            );
        }
        wanted.insert(name, Secret { key, reference });
    }
    wanted
}

fn below_path(
    place: &Place,
    below: &str,
    parameter: &str,
    explicit: &BTreeMap<String, String>,
    removed: &[String],
    wanted: &mut BTreeMap<String, Secret>,
) {
    let name = parameter.rsplit('/').next().unwrap_or_default();
    if explicit.contains_key(name) || removed.iter().any(|n| n == name) {
        return;
    }
    let key = place.setting(&["secrets-from.\"", below, "\""].concat());
    if !is_name(name) {
        // Given under a better name by `secrets`.
        let taken = |text: &String| reference::parameter(text) == Some(parameter);
        if !explicit.values().any(taken) {
            let text = format!(
                "parameter `{parameter}`: `{name}` is no name of a variable; \
                 give it one under `secrets`, or list it in `remove-secrets`"
            );
            place.run.error("bad-name", &key, &text, None);
        }
        return;
    }
    let reference = ["ssm:", parameter].concat();
    match wanted.get(name) {
        Some(other) if other.reference != reference => {
            let other = reference::parameter(&other.reference).unwrap_or_default();
            let text = format!(
                "`{name}` would come from `{other}` and from `{parameter}`; \
                 name the right one under `secrets`"
            );
            place.run.error("name-twice", &key, &text, None);
        }
        _ => drop(wanted.insert(name.to_owned(), Secret { key, reference })),
    }
}

/// The names of all parameters below `ssm:/path/`.
fn parameters(place: &Place, below: &str) -> Vec<String> {
    let key = place.setting("secrets-from");
    let Some(path) = below
        .strip_prefix("ssm:")
        .filter(|path| path.starts_with('/'))
    else {
        let text = format!("`{below}` must be `ssm:/path/`");
        place.run.error("secret-reference", &key, &text, None);
        return Vec::new();
    };
    let prefix = [path.trim_end_matches('/'), "/"].concat();
    let mut names: Vec<String> = Vec::new();
    loop {
        let after = names.last().cloned();
        let page = place.run.host.parameter_names(&prefix, after.as_deref());
        match place.run.got(page, &key, None) {
            // Each page begins after the last name: one that does not ends the list.
            Some(page) if page.last() > names.last() => names.extend(page),
            _ => break,
        }
    }
    if names.is_empty() {
        place.run.warn(
            "no-parameters",
            &key,
            &format!("there is no parameter below `{prefix}`"),
        );
    }
    names
}

/// A name that every shell and program can read.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::{Fake, app};

    fn with_parameters(settings: Value) -> Fake {
        let mut host = app(settings);
        let names = [
            "/other/A",
            "/p/A",
            "/p/B",
            "/p/deep/C",
            "/p2/D",
            "/q/A",
            "/r/api-key",
        ];
        host.parameters = names.map(str::to_owned).to_vec();
        host.known_secrets.push("db".to_owned());
        host
    }

    #[test]
    fn every_parameter_below_a_path() {
        for (settings, edits) in [
            (
                json!({ "secrets-from": ["ssm:/p"] }),
                &[
                    "set-secret app A arn:ssm:/p/A",
                    "set-secret app B arn:ssm:/p/B",
                    "set-secret app C arn:ssm:/p/deep/C",
                ][..],
            ),
            // The same parameter twice is no fault.
            (
                json!({ "secrets-from": ["ssm:/p/deep/", "ssm:/p/"], "remove-secrets": ["A", "B"] }),
                &[
                    "unset-secret app A",
                    "unset-secret app B",
                    "set-secret app C arn:ssm:/p/deep/C",
                ],
            ),
            // What is written wins over what lies below a path.
            (
                json!({ "secrets-from": ["ssm:/q/", "ssm:/other/"], "secrets": { "A": "ssm:/p/A" } }),
                &["set-secret app A arn:ssm:/p/A"],
            ),
            (
                json!({ "secrets-from": ["ssm:/r/"], "secrets": { "API_KEY": "ssm:/r/api-key" } }),
                &["set-secret app API_KEY arn:ssm:/r/api-key"],
            ),
            (
                json!({ "secrets-from": ["ssm:/r/"], "remove-secrets": ["api-key"] }),
                &["unset-secret app api-key"],
            ),
            (
                json!({ "secrets": { "URL": "secretsmanager:db#url" } }),
                &["set-secret app URL arn:sm:db-AbCdEf:url::"],
            ),
        ] {
            assert_eq!(
                with_parameters(settings.clone()).edits(),
                edits,
                "{settings}"
            );
        }
    }

    #[test]
    fn faults() {
        for (settings, fault) in [
            (
                json!({ "secrets-from": ["ssm:/p/", "ssm:/q/"] }),
                "error name-twice containers.app.secrets-from.\"ssm:/q/\": `A` would come from \
                 `/p/A` and from `/q/A`; name the right one under `secrets`",
            ),
            (
                json!({ "secrets-from": ["ssm:/r/"] }),
                "error bad-name containers.app.secrets-from.\"ssm:/r/\": parameter `/r/api-key`: \
                 `api-key` is no name of a variable; give it one under `secrets`, or list it in \
                 `remove-secrets`",
            ),
            (
                json!({ "secrets-from": ["/p/"] }),
                "error secret-reference containers.app.secrets-from: `/p/` must be `ssm:/path/`",
            ),
            (
                json!({ "secrets-from": ["ssm:/none/"] }),
                "warning no-parameters containers.app.secrets-from: \
                 there is no parameter below `/none/`",
            ),
            (
                json!({ "secrets": { "A": "ssm:/none" } }),
                "error not-found containers.app.secrets.A: \
                 parameter `/none` does not exist in this region and account",
            ),
            (
                json!({ "secrets": { "A": "secretsmanager:none" } }),
                "error not-found containers.app.secrets.A: \
                 secret `none` does not exist in this region and account",
            ),
        ] {
            assert_eq!(with_parameters(settings).faults(), [fault]);
        }
    }
}
