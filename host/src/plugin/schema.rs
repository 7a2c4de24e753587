//! A plugin's configuration against the JSON Schema of its manifest: defaults, faults, and what
//! will have to be looked up.

mod cost;
mod quick;
mod tree;
#[cfg(test)]
mod tree_tests;

use std::cell::Cell;

use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

pub use self::tree::{Part, Tree, strip_remarks};
use crate::config::nearest::{did_you_mean, listed};
use crate::task_definition::address::unescaped;

/// What is wrong at one place of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    /// RFC 6901 pointer into the configuration; of a key that is none, to that key.
    pub pointer: String,
    /// One lowercase fragment.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
    /// It is a key that is none, whatever its value.
    pub is_unknown_key: bool,
}

impl ConfigFault {
    /// The place as a dotted key, as acetate.toml has it.
    #[must_use]
    pub fn key(&self) -> String {
        let parts = self.pointer.split('/').skip(1);
        parts.map(unescaped).collect::<Vec<_>>().join(".")
    }
}

/// Something that a plugin will ask for, known before it runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// ARN and kind of an SSM parameter.
    Parameter(String),
    /// Names of the SSM parameters below a path.
    ParametersBelow(String),
    /// ARN of a secret.
    Secret(String),
}

/// The configuration completed with the schema's defaults, if it is what the schema asks for.
///
/// # Errors
/// Every fault there is; a schema that is none is a fault of the whole.
pub fn check(schema: &Tree, config: &Value) -> Result<Value, Vec<ConfigFault>> {
    let itself = |error: String| {
        vec![ConfigFault {
            pointer: String::new(),
            message: format!("the schema itself: {error}"),
            hint: None,
            is_unknown_key: false,
        }]
    };
    let schema = schema.root();
    cost::is_affordable(schema, config).map_err(itself)?;
    let mut complete = config.clone();
    Walk::new(schema).complete(schema, &mut complete, 0);
    if complete != *config {
        // Defaults may have made it larger.
        cost::is_affordable(schema, &complete).map_err(itself)?;
    }
    if quick::is_certain(schema, &complete) {
        return Ok(complete);
    }
    let validator =
        jsonschema::validator_for(&schema.to_value()).map_err(|error| itself(error.to_string()))?;
    let mut faults: Vec<ConfigFault> = validator
        .iter_errors(&complete)
        .flat_map(|error| faults_of(schema, &error))
        .collect();
    faults.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    if faults.is_empty() {
        Ok(complete)
    } else {
        Err(faults)
    }
}

/// What one error of the validator comes to: a fault, or one for each key that is none.
fn faults_of(schema: Part<'_>, error: &jsonschema::ValidationError<'_>) -> Vec<ConfigFault> {
    let pointer = error.instance_path().to_string();
    let fault = |message: String, hint: Option<String>| ConfigFault {
        pointer: pointer.clone(),
        message,
        hint,
        is_unknown_key: false,
    };
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = Walk::new(schema).known(&pointer);
            let each = unexpected.iter().map(|key| unknown(&pointer, key, &known));
            each.collect()
        }
        ValidationErrorKind::Enum { options } => {
            let all = options.as_array().map_or(&[][..], Vec::as_slice);
            let texts: Option<Vec<&str>> = all.iter().map(Value::as_str).collect();
            match (texts, error.instance().as_str()) {
                (Some(texts), Some(found)) => {
                    let message = format!("`{found}` is none of {}", listed(texts.iter().copied()));
                    vec![fault(message, did_you_mean(found, texts))]
                }
                _ => vec![fault(error.to_string(), None)],
            }
        }
        _ => vec![fault(error.to_string(), None)],
    }
}

/// What the configuration's values say will be looked up, each once. In the schema,
/// `x-acetate-lookup` marks a string that is the name of a `parameter` or `secret`, a path of
/// `parameters-below`, or a `secret-reference` or `secret-references-below` as the built-in
/// plugin writes them (`ssm:/name`, `secretsmanager:name#key`).
#[must_use]
pub fn wanted_lookups(schema: &Tree, config: &Value) -> Vec<Wanted> {
    let mut found = Vec::new();
    let schema = schema.root();
    Walk::new(schema).wanted(schema, config, 0, &mut found);
    found.sort();
    found.dedup();
    found
}

/// References may go round in circles; no configuration is this deep.
const DEEPEST: usize = 32;

/// Steps of one walk; a schema that needs more is refused before the plugin runs.
const MOST: usize = 100_000;

struct Walk<'a> {
    root: Part<'a>,
    left: Cell<usize>,
}

impl<'a> Walk<'a> {
    const fn new(root: Part<'a>) -> Self {
        let left = Cell::new(MOST);
        Self { root, left }
    }

    /// The schema and all that it refers to or is made of at the same place.
    fn parts(&self, schema: Part<'a>, depth: usize) -> Vec<Part<'a>> {
        let mut parts = vec![schema];
        let left = self.left.get();
        if depth >= DEEPEST || left == 0 {
            return parts;
        }
        self.left.set(left - 1);
        let local = schema
            .get("$ref")
            .and_then(Part::as_str)
            .and_then(|to| to.strip_prefix('#'));
        let referred = local.and_then(|pointer| self.root.pointer(pointer));
        let choices = ["allOf", "anyOf", "oneOf"]
            .into_iter()
            .filter_map(|name| schema.get(name))
            .flat_map(Part::elements);
        for part in referred.into_iter().chain(choices) {
            parts.extend(self.parts(part, depth + 1));
        }
        parts
    }

    /// The keys that a table of the configuration may have.
    fn known(&self, pointer: &str) -> Vec<&'a str> {
        let mut schemas = self.parts(self.root, 0);
        for step in pointer.split('/').skip(1) {
            let name = unescaped(step);
            let below = |schema: Part<'a>| member(schema, &name).or_else(|| schema.get("items"));
            let next = schemas.into_iter().filter_map(below);
            schemas = next.flat_map(|s| self.parts(s, 0)).collect();
        }
        let properties = schemas.into_iter().filter_map(|s| s.get("properties"));
        properties
            .flat_map(|p| p.members().map(|(name, _)| name))
            .collect()
    }

    fn complete(&self, schema: Part<'a>, value: &mut Value, depth: usize) {
        if depth >= DEEPEST {
            return;
        }
        for part in self.parts(schema, depth) {
            if let (Some(properties), Some(members)) =
                (part.get("properties"), value.as_object_mut())
            {
                for (name, property) in properties.members() {
                    if let (Some(default), false) =
                        (property.get("default"), members.contains_key(name))
                    {
                        members.insert(name.to_owned(), default.to_value());
                    }
                }
            }
            for (child, below) in children_mut(part, value) {
                self.complete(child, below, depth + 1);
            }
        }
    }

    fn wanted(&self, schema: Part<'a>, value: &Value, depth: usize, found: &mut Vec<Wanted>) {
        if depth >= DEEPEST {
            return;
        }
        for part in self.parts(schema, depth) {
            let mark = part.get("x-acetate-lookup").and_then(Part::as_str);
            found.extend(
                mark.zip(value.as_str())
                    .and_then(|(kind, text)| wanted(kind, text)),
            );
            for (child, below) in children(part, value) {
                self.wanted(child, below, depth + 1, found);
            }
        }
    }
}

/// A key that is none, and the one that was most likely meant.
fn unknown(table: &str, key: &str, known: &[&str]) -> ConfigFault {
    let names = known.iter().copied();
    let meant = did_you_mean(key, names.clone());
    ConfigFault {
        pointer: format!("{table}/{}", key.replace('~', "~0").replace('/', "~1")),
        message: format!("unknown key `{key}`"),
        hint: Some(meant.unwrap_or_else(|| format!("known are {}", listed(names)))),
        is_unknown_key: true,
    }
}

fn wanted(kind: &str, text: &str) -> Option<Wanted> {
    let parameter = || {
        text.strip_prefix("ssm:")
            .filter(|name| !name.starts_with("arn:"))
    };
    let secret = || {
        let name = text.strip_prefix("secretsmanager:")?.split('#').next()?;
        (!name.starts_with("arn:")).then_some(name)
    };
    match kind {
        "parameter" => Some(Wanted::Parameter(text.to_owned())),
        "parameters-below" => Some(Wanted::ParametersBelow(text.to_owned())),
        "secret" => Some(Wanted::Secret(text.to_owned())),
        "secret-references-below" => Some(Wanted::ParametersBelow(parameter()?.to_owned())),
        "secret-reference" => match parameter() {
            Some(name) => Some(Wanted::Parameter(name.to_owned())),
            None => Some(Wanted::Secret(secret()?.to_owned())),
        },
        _ => None,
    }
}

/// The schema of a member: its own, or that of members without one.
fn member<'a>(schema: Part<'a>, name: &str) -> Option<Part<'a>> {
    let own = schema.get("properties").and_then(|own| own.get(name));
    own.or_else(|| {
        schema
            .get("additionalProperties")
            .filter(|other| other.is_object())
    })
}

fn children<'a, 'v>(schema: Part<'a>, value: &'v Value) -> Vec<(Part<'a>, &'v Value)> {
    match value {
        Value::Object(members) => members
            .iter()
            .filter_map(|(name, below)| Some((member(schema, name)?, below)))
            .collect(),
        Value::Array(list) => schema
            .get("items")
            .map(|items| list.iter().map(|below| (items, below)).collect())
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn children_mut<'a, 'v>(schema: Part<'a>, value: &'v mut Value) -> Vec<(Part<'a>, &'v mut Value)> {
    match value {
        Value::Object(members) => members
            .iter_mut()
            .filter_map(|(name, below)| Some((member(schema, name)?, below)))
            .collect(),
        Value::Array(list) => schema
            .get("items")
            .map(|items| list.iter_mut().map(|below| (items, below)).collect())
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema() -> Tree {
        Tree::from(&json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "level": { "type": "string", "default": "info" },
                "retries": { "type": "integer", "minimum": 1 },
                "things": { "type": "object", "additionalProperties": { "$ref": "#/$defs/thing" } },
                "below": { "type": "array", "items": { "type": "string", "x-acetate-lookup": "secret-references-below" } },
            },
            "$defs": {
                "thing": {
                    "type": "object",
                    "properties": {
                        "on": { "type": "boolean", "default": true },
                        "from": { "anyOf": [{ "type": "boolean" }, { "type": "string", "x-acetate-lookup": "secret-reference" }] },
                        "again": { "$ref": "#/$defs/thing" },
                    },
                },
            },
        }))
    }

    #[test]
    fn defaults_are_filled_in_at_every_depth() {
        let config = json!({ "things": { "a": { "again": { "on": false } } } });
        assert_eq!(
            check(&schema(), &config),
            Ok(json!({
                "things": { "a": { "again": { "on": false }, "on": true } },
                "level": "info",
            }))
        );
    }

    #[test]
    fn all_faults_are_told_with_their_keys() {
        let faults = check(
            &schema(),
            &json!({ "retries": 0, "lvel": "x", "things": { "a": { "on": "yes" } } }),
        )
        .unwrap_err();
        let mut keys: Vec<String> = faults.iter().map(ConfigFault::key).collect();
        keys.sort();
        assert_eq!(keys, ["lvel", "retries", "things.a.on"]);
        let unknown = faults.iter().find(|f| f.is_unknown_key).expect("one");
        assert_eq!(unknown.message, "unknown key `lvel`");
        assert_eq!(unknown.hint.as_deref(), Some("did you mean `level`?"));
    }

    #[test]
    fn a_value_that_is_none_is_told_with_all_that_there_are() {
        let many = ["firelens", "adot", "datadog", "cloudwatch-agent"];
        let schema = Tree::from(&json!({ "properties": { "preset": { "enum": many } } }));
        let faults = check(&schema, &json!({ "preset": "firelense" })).unwrap_err();
        assert_eq!(
            (faults[0].message.as_str(), faults[0].hint.as_deref()),
            (
                "`firelense` is none of `firelens`, `adot`, `datadog`, `cloudwatch-agent`",
                Some("did you mean `firelens`?")
            )
        );
    }

    #[test]
    fn a_key_that_is_none_is_told_with_those_that_there_are() {
        let below = Tree::from(&json!({
            "type": "object",
            "additionalProperties": { "$ref": "#/$defs/thing" },
            "$defs": { "thing": {
                "type": "object",
                "additionalProperties": false,
                "properties": { "command": {}, "image": {} },
            } },
        }));
        let told = |key: &str| {
            let faults = check(&below, &json!({ "app": { key: 1 } })).unwrap_err();
            let hint = faults[0].hint.clone().expect("a way out");
            format!("{}: {}; {hint}", faults[0].key(), faults[0].message)
        };
        assert_eq!(
            told("comand"),
            "app.comand: unknown key `comand`; did you mean `command`?"
        );
        assert_eq!(
            told("xyz"),
            "app.xyz: unknown key `xyz`; known are `command`, `image`"
        );
    }

    #[test]
    fn lookups_are_found_before_the_plugin_runs() {
        let config = json!({
            "level": "ssm:/not-marked",
            "below": ["ssm:/web/"],
            "things": {
                "a": { "from": "ssm:/web/a" },
                "b": { "from": "secretsmanager:db#password", "again": { "from": "ssm:/web/a" } },
                "c": { "from": "arn:aws:ssm:eu-west-1:1:parameter/x" },
            },
        });
        assert_eq!(
            wanted_lookups(&schema(), &config),
            [
                Wanted::Parameter("/web/a".into()),
                Wanted::ParametersBelow("/web/".into()),
                Wanted::Secret("db".into()),
            ]
        );
    }
}
