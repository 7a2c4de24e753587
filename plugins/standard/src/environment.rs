//! Environment and secrets of one container.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::run::Place;
use crate::secrets::{self, Secret};
use crate::{dotenv, reference};

/// Lays the container's variables and secrets over it.
pub(crate) fn apply(place: &Place, settings: &Map<String, Value>) {
    let run = &place.run;
    let removed = run.list(settings, &place.key, "remove-env");
    let removed_secrets = run.list(settings, &place.key, "remove-secrets");
    let exclusive = run.list(settings, &place.key, "exclusive");

    let plain = plain(place, settings, &removed);
    let wanted = secrets::wanted(place, settings, &removed_secrets);
    for (name, secret) in &wanted {
        if plain.contains_key(name) {
            let text = format!("`{name}` would be both a plain variable and a secret");
            run.error("plain-and-secret", &secret.key, &text, None);
        }
    }

    let there = run
        .got(run.host.secrets(place.name), &place.key, None)
        .unwrap_or_default();
    let gone = going(&exclusive, "secrets", &there, &removed_secrets, |n| {
        wanted.contains_key(n)
    });
    for name in &gone {
        let outcome = run.host.unset_secret(place.name, name);
        run.check(outcome, &place.setting("remove-secrets"), None);
    }
    let variables = run
        .got(run.host.environment(place.name), &place.key, None)
        .unwrap_or_default();
    for name in going(&exclusive, "env", &variables, &removed, |n| {
        plain.contains_key(n)
    }) {
        // `set_secret` takes a plain variable of its name away by itself.
        if !wanted.contains_key(name) {
            let outcome = run.host.unset_env(place.name, name);
            run.check(outcome, &place.setting("remove-env"), None);
        }
    }
    set_plain(place, &plain, &wanted, |name| {
        there.iter().any(|n| n == name) && !gone.contains(&name)
    });
    set_secrets(place, &wanted);
}

/// The names that go: those listed, and with `exclusive` all that are there and not wanted.
fn going<'a>(
    exclusive: &[String],
    kind: &str,
    there: &'a [String],
    removed: &'a [String],
    wanted: impl Fn(&str) -> bool,
) -> Vec<&'a str> {
    let mut names: Vec<&str> = removed.iter().map(String::as_str).collect();
    if exclusive.iter().any(|e| e == kind) {
        let unnamed = there
            .iter()
            .filter(|name| !removed.contains(name) && !wanted(name));
        names.extend(unnamed.map(String::as_str));
    }
    names
}

/// Plain variables: files in their order, then what is written in the configuration.
fn plain(
    place: &Place,
    settings: &Map<String, Value>,
    removed: &[String],
) -> BTreeMap<String, String> {
    let mut plain = BTreeMap::new();
    for path in place.run.list(settings, &place.key, "dotenv") {
        let variables = from_file(place, &path).into_iter();
        plain.extend(variables.filter(|(name, _)| !removed.contains(name)));
    }
    for (name, value) in place.run.texts(settings, &place.key, "env") {
        let key = place.setting(&["env.", &name].concat());
        if name.is_empty() || name.contains(['=', '\0']) {
            place.run.error(
                "bad-name",
                &key,
                &format!("`{name}` is no name of a variable"),
                None,
            );
        }
        if removed.contains(&name) {
            place
                .run
                .error("contradiction", &key, "stands in `remove-env` too", None);
        }
        plain.insert(name, value);
    }
    plain
}

fn from_file(place: &Place, path: &str) -> Vec<(String, String)> {
    let key = place.setting("dotenv");
    let Some(text) = place.run.got(place.run.host.read_text(path), &key, None) else {
        return Vec::new();
    };
    let parsed = dotenv::parse(&text);
    for (line, fault) in &parsed.faults {
        place
            .run
            .error("dotenv", &format!("{path}:{line}"), fault, None);
    }
    for line in &parsed.references {
        let text = "`${…}` in an environment file is not expanded; single quotes say it is meant";
        place.run.warn("dotenv", &format!("{path}:{line}"), text);
    }
    parsed.variables
}

fn set_plain(
    place: &Place,
    plain: &BTreeMap<String, String>,
    wanted: &BTreeMap<String, Secret>,
    is_secret: impl Fn(&str) -> bool,
) {
    for (name, value) in plain.iter().filter(|(name, _)| !wanted.contains_key(*name)) {
        let key = place.setting(&["env.", name].concat());
        let address = place.address(&["secrets/", &crate::run::escape(name)].concat());
        if is_secret(name) {
            let text = "is a secret so far and would become plain text; \
                        list it in `remove-secrets` if that is meant";
            place
                .run
                .error("secret-made-plain", &key, text, Some(&address));
        } else {
            let outcome = place.run.host.set_env(place.name, name, value);
            place.run.check(outcome, &key, None);
        }
    }
}

fn set_secrets(place: &Place, wanted: &BTreeMap<String, Secret>) {
    for (name, secret) in wanted {
        if let Some(value_from) = reference::resolve(&place.run, &secret.key, &secret.reference) {
            let outcome = place.run.host.set_secret(place.name, name, &value_from);
            place.run.check(outcome, &secret.key, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{Fake, app};

    fn with_files(settings: serde_json::Value, files: &[(&str, &str)]) -> Fake {
        let mut host = app(settings);
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        host.files = files.iter().map(owned).collect();
        host
    }

    #[test]
    fn literal_wins_over_files_and_a_later_file_over_an_earlier() {
        let settings = json!({ "dotenv": ["a", "b"], "env": { "C": 3, "E": "", "T": true } });
        let host = with_files(settings, &[("a", "A=1\nB=1\nC=1"), ("b", "B=2\nC=2")]);
        assert_eq!(
            host.edits(),
            [
                "set-env app A 1",
                "set-env app B 2",
                "set-env app C 3",
                "set-env app E ",
                "set-env app T true"
            ]
        );
    }

    #[test]
    fn removal_and_exclusive_modes() {
        let reference = "arn:aws:ssm:r:1:parameter/x";
        for (settings, edits) in [
            (
                json!({ "remove-env": ["LEGACY"] }),
                &["unset-env app LEGACY"][..],
            ),
            (
                json!({ "remove-secrets": ["TOKEN"] }),
                &["unset-secret app TOKEN"],
            ),
            (
                json!({ "exclusive": ["env"], "env": { "MODE": "x" } }),
                &["unset-env app LEGACY", "set-env app MODE x"],
            ),
            (
                json!({ "exclusive": ["secrets"], "secrets": { "NEW": reference } }),
                &[
                    "unset-secret app TOKEN",
                    "set-secret app NEW arn:aws:ssm:r:1:parameter/x",
                ],
            ),
            (
                json!({ "exclusive": ["env", "secrets"] }),
                &[
                    "unset-secret app TOKEN",
                    "unset-env app MODE",
                    "unset-env app LEGACY",
                ],
            ),
            // The host takes the plain variable away with `set-secret`.
            (
                json!({ "exclusive": ["env"], "secrets": { "MODE": reference, "LEGACY": reference } }),
                &[
                    "set-secret app LEGACY arn:aws:ssm:r:1:parameter/x",
                    "set-secret app MODE arn:aws:ssm:r:1:parameter/x",
                ],
            ),
            (
                json!({ "remove-secrets": ["TOKEN"], "env": { "TOKEN": "plain" } }),
                &["unset-secret app TOKEN", "set-env app TOKEN plain"],
            ),
        ] {
            assert_eq!(app(settings.clone()).edits(), edits, "{settings}");
        }
    }

    #[test]
    fn a_listed_name_goes_from_files_too() {
        let host = with_files(
            json!({ "dotenv": ["a"], "remove-env": ["X"] }),
            &[("a", "X=1\nY=2")],
        );
        assert_eq!(host.edits(), ["unset-env app X", "set-env app Y 2"]);
    }

    #[test]
    fn plain_and_secret_at_once_is_a_fault() {
        let arn = "arn:aws:ssm:r:1:parameter/x";
        for (settings, code) in [
            (
                json!({ "env": { "A": "1" }, "secrets": { "A": arn } }),
                "plain-and-secret",
            ),
            (
                json!({ "dotenv": ["a"], "secrets": { "F": arn } }),
                "plain-and-secret",
            ),
            (json!({ "env": { "TOKEN": "1" } }), "secret-made-plain"),
            (
                json!({ "env": { "A": "1" }, "remove-env": ["A"] }),
                "contradiction",
            ),
            (
                json!({ "secrets": { "A": arn }, "remove-secrets": ["A"] }),
                "contradiction",
            ),
            (json!({ "env": { "A=B": "1" } }), "bad-name"),
            (json!({ "dotenv": ["missing"] }), "not-found"),
        ] {
            let faults = with_files(settings.clone(), &[("a", "F=1")]).faults();
            let codes: Vec<_> = faults
                .iter()
                .map(|f| f.split(' ').nth(1).unwrap())
                .collect();
            assert_eq!(codes, [code], "{settings}");
        }
    }

    #[test]
    fn a_fault_in_a_file_has_file_and_line() {
        let host = with_files(
            json!({ "dotenv": ["c/x.env"] }),
            &[("c/x.env", "A=1\noops\nB=${A}")],
        );
        assert_eq!(
            host.faults(),
            [
                "error dotenv c/x.env:2: a line must be `NAME=value`",
                "warning dotenv c/x.env:3: `${…}` in an environment file is not expanded; \
                 single quotes say it is meant",
            ]
        );
    }
}
