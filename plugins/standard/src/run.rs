//! One run: reports what is wrong, and reads settings by their type.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::host::{Failure, Host};

/// The host, and what every fault needs.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    pub host: &'a dyn Host,
}

/// One container (or sidecar) whose settings are laid over the document.
pub(crate) struct Place<'a> {
    pub run: Run<'a>,
    /// Where its settings stand, such as `containers.app`.
    pub key: String,
    /// Its name.
    pub name: &'a str,
}

impl<'a> Run<'a> {
    pub fn new(host: &'a dyn Host) -> Self {
        Self { host }
    }

    pub fn at<'b>(&self, section: &str, name: &'b str) -> Place<'b>
    where
        'a: 'b,
    {
        Place {
            run: *self,
            key: [section, ".", name].concat(),
            name,
        }
    }

    /// Reports a fault of the setting `key`.
    pub fn error(&self, code: &str, key: &str, message: &str, address: Option<&str>) {
        self.host
            .report("error", code, &[key, ": ", message].concat(), address);
    }

    /// Reports what may not be meant.
    pub fn warn(&self, code: &str, key: &str, message: &str) {
        self.host
            .report("warning", code, &[key, ": ", message].concat(), None);
    }

    /// Reports a refusal by the host; whether there was none.
    pub fn check(&self, outcome: Result<(), Failure>, key: &str, address: Option<&str>) -> bool {
        self.got(outcome, key, address).is_some()
    }

    /// What the host gave; its refusal is reported.
    pub fn got<T>(&self, answer: Result<T, Failure>, key: &str, at: Option<&str>) -> Option<T> {
        match answer {
            Ok(value) => Some(value),
            Err(failure) => {
                let hint = failure
                    .hint
                    .map(|hint| ["; ", &hint].concat())
                    .unwrap_or_default();
                let message = [failure.message.as_str(), &hint].concat();
                self.error(
                    &failure.code,
                    key,
                    &message,
                    failure.address.as_deref().or(at),
                );
                None
            }
        }
    }

    pub fn unknown_container(&self, key: &str, name: &str, existing: &[String]) {
        let listed: Vec<_> = existing.iter().map(|name| format!("`{name}`")).collect();
        let text = format!(
            "no container `{name}`; the containers are {}",
            listed.join(", ")
        );
        self.error("unknown-container", key, &text, None);
    }

    fn bad(&self, parent: &str, name: &str, due: &str) {
        self.error(
            "bad-setting",
            &join(parent, name),
            &["must be ", due].concat(),
            None,
        );
    }

    /// A table; empty where it is absent.
    pub fn table(&self, from: &Map<String, Value>, parent: &str, name: &str) -> Map<String, Value> {
        match from.get(name) {
            None => Map::new(),
            Some(Value::Object(table)) => table.clone(),
            Some(_) => {
                self.bad(parent, name, "a table");
                Map::new()
            }
        }
    }

    /// A table of texts; numbers and booleans are written as text.
    pub fn texts(
        &self,
        from: &Map<String, Value>,
        parent: &str,
        name: &str,
    ) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        for (key, value) in self.table(from, parent, name) {
            match text_of(&value) {
                Some(text) => drop(texts.insert(key, text)),
                None => self.bad(
                    &join(parent, name),
                    &key,
                    "a string, an integer or a boolean",
                ),
            }
        }
        texts
    }

    /// A list of texts; empty where it is absent.
    pub fn list(&self, from: &Map<String, Value>, parent: &str, name: &str) -> Vec<String> {
        let Some(value) = from.get(name) else {
            return Vec::new();
        };
        let texts: Option<Vec<String>> = value
            .as_array()
            .and_then(|list| list.iter().map(|v| v.as_str().map(str::to_owned)).collect());
        if texts.is_none() {
            self.bad(parent, name, "a list of strings");
        }
        texts.unwrap_or_default()
    }
}

impl Place<'_> {
    /// The address of a place in the container: `path` is escaped already.
    pub fn address(&self, path: &str) -> String {
        ["/containerDefinitions/", &escape(self.name), "/", path].concat()
    }

    /// The key of a setting, for messages.
    pub fn setting(&self, name: &str) -> String {
        join(&self.key, name)
    }

    pub fn bad(&self, setting: &str, due: &str) {
        self.run.bad(&self.key, setting, due);
    }

    /// Sets one place of the container.
    pub fn set(&self, setting: &str, path: &str, value: &Value) {
        let address = self.address(path);
        let outcome = self.run.host.set_json(&address, &value.to_string());
        self.run
            .check(outcome, &self.setting(setting), Some(&address));
    }

    /// Removes one place of the container.
    pub fn remove(&self, setting: &str, path: &str) {
        let address = self.address(path);
        let outcome = self.run.host.remove(&address);
        self.run
            .check(outcome, &self.setting(setting), Some(&address));
    }
}

/// A name as part of an address (RFC 6901).
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A setting as text, as an environment variable would have it.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) => Some(value.to_string()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        name.to_owned()
    } else {
        [parent, ".", name].concat()
    }
}
