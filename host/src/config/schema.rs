//! The JSON Schema of acetate.toml, made from the table of keys that the parser goes by.

use serde_json::{Map, Value, json};

use super::format::{self, Format};
use super::keys::{self, Groups, Key, Kind};
use super::limits::Unit;

/// Matches every string with a variable, whose form shows only once it is filled.
const VARIABLE: &str = "[$][{]";

/// The schema, draft 2020-12. `standard` is the schema of the built-in plugin's configuration,
/// which says what `[containers]`, `[sidecars]` and `[tags]` take; without it their content is
/// left open.
#[must_use]
pub fn schema(standard: Option<&Value>) -> Value {
    let mut definitions = Map::new();
    definitions.insert("settings".to_owned(), object(settings(standard)));
    if let Some(standard) = standard {
        definitions.insert("standard".to_owned(), moved(standard));
    }
    let mut schema = Map::new();
    schema.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    schema.insert("title".to_owned(), json!("acetate.toml"));
    schema.extend(table(keys::ROOT));
    schema.insert("$defs".to_owned(), Value::Object(definitions));
    Value::Object(schema)
}

fn object(properties: Map<String, Value>) -> Value {
    json!({ "type": "object", "properties": properties })
}

/// What root, services and environments have in common; they refer to it.
fn settings(standard: Option<&Value>) -> Map<String, Value> {
    let one = |key: &Key| {
        let theirs =
            standard.and_then(|schema| schema.pointer(&format!("/properties/{}", key.name)));
        let body = match theirs {
            Some(_) => json!({ "$ref": format!("#/$defs/standard/properties/{}", key.name) }),
            None => Value::Object(kind(&key.kind)),
        };
        described(body, key)
    };
    keys::LAYER
        .iter()
        .map(|key| (key.name.to_owned(), one(key)))
        .collect()
}

fn described(mut body: Value, key: &Key) -> Value {
    body["description"] = match key.kind {
        Kind::Limit(limit) => json!(format!(
            "{} Default `{}`, at most `{}`.",
            key.about,
            limit.written(limit.default),
            limit.written(limit.most)
        )),
        _ => json!(key.about),
    };
    body
}

/// A table with these keys and no other.
fn table(groups: Groups) -> Map<String, Value> {
    let is_setting = |key: &Key| {
        keys::LAYER
            .iter()
            .any(|known| (known.name, known.about) == (key.name, key.about))
    };
    let own = |key: &Key| match is_setting(key) {
        true => json!({ "$ref": format!("#/$defs/settings/properties/{}", key.name) }),
        false => described(Value::Object(kind(&key.kind)), key),
    };
    let keys = groups.iter().copied().flatten();
    let properties: Map<String, Value> = keys.map(|key| (key.name.to_owned(), own(key))).collect();
    members(json!({ "type": "object", "properties": properties, "additionalProperties": false }))
}

fn kind(kind: &Kind) -> Map<String, Value> {
    let texts = || json!({ "type": "array", "items": { "type": "string" } });
    let each = |format| json!({ "type": "array", "items": text(format) });
    members(match kind {
        Kind::Text(format) => text(*format),
        Kind::Count(most) => json!({ "type": "integer", "minimum": 0, "maximum": most }),
        Kind::Limit(limit) => match limit.unit {
            Unit::Count => json!({ "type": "integer", "minimum": 0, "maximum": limit.most }),
            Unit::Bytes => patterned(format::SIZE_PATTERN),
            Unit::Time => text(Format::Duration),
        },
        Kind::Integer => json!({ "type": "integer" }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Texts => texts(),
        Kind::Each(format) => each(*format),
        Kind::Granted(format) => json!({ "anyOf": [each(*format), { "type": "boolean" }] }),
        Kind::Table(groups) => return table(groups),
        Kind::Named(name, item) => json!({
            "type": "object",
            "propertyNames": text(*name),
            "additionalProperties": self::kind(item),
        }),
        Kind::Open => json!({ "type": "object" }),
    })
}

fn text(format: Format) -> Value {
    match (format, format.pattern()) {
        (Format::Any, _) => json!({ "type": "string" }),
        (Format::OneOf(values), _) => {
            json!({ "anyOf": [{ "enum": values }, { "type": "string", "pattern": VARIABLE }] })
        }
        (_, Some(pattern)) => patterned(pattern),
        (_, None) => json!({ "type": "string", "minLength": 1 }),
    }
}

fn patterned(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": format!("{pattern}|{VARIABLE}") })
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// A schema for its place in `$defs`: references into itself follow.
fn moved(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let kept = members
                .iter()
                .filter(|(name, _)| *name != "$schema" && *name != "$id");
            Value::Object(
                kept.map(|(name, value)| (name.clone(), reference(name, value)))
                    .collect(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(moved).collect()),
        other => other.clone(),
    }
}

fn reference(name: &str, value: &Value) -> Value {
    match value.as_str().and_then(|text| text.strip_prefix('#')) {
        Some(inside) if name == "$ref" => json!(format!("#/$defs/standard{inside}")),
        _ => moved(value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::super::tests::{SEVERAL, SMALLEST};
    use super::*;

    fn json_of(text: &str) -> Value {
        Value::Object(
            Config::parse(text, "f")
                .expect("a configuration that works")
                .root
                .json(),
        )
    }

    fn faults(schema: &Value, instance: &Value) -> Vec<String> {
        let validator = jsonschema::draft202012::new(schema).expect("a schema");
        validator
            .iter_errors(instance)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect()
    }

    #[test]
    fn it_is_a_schema_and_takes_the_examples() {
        let schema = schema(None);
        assert!(jsonschema::draft202012::meta::is_valid(&schema));
        for text in [SMALLEST, SEVERAL] {
            assert_eq!(faults(&schema, &json_of(text)), Vec::<String>::new());
        }
    }

    #[test]
    fn it_refuses_what_the_parser_refuses() {
        let bad = [
            json!({ "tempalte": "ecs:t" }),
            json!({ "environments": { "prod": { "acount": "1" } } }),
            json!({ "environments": { "prod": { "services": { "web": { "services": {} } } } } }),
            json!({ "environments": { "a b": {} } }),
            json!({ "account": "1" }),
            json!({ "account": 222222222222_i64 }),
            json!({ "template": "web" }),
            json!({ "cluster": "" }),
            json!({ "deploy": { "on-failure": "rolback" } }),
            json!({ "deploy": { "timeout": "15" } }),
            json!({ "deploy": { "fail-after": -1 } }),
            json!({ "limits": { "edits": 100_001 } }),
            json!({ "limits": { "memory": "64MB" } }),
            json!({ "limits": { "wall": 5 } }),
            json!({ "plugins": { "compiler": "winch" } }),
            json!({ "overlays": { "o": { "limits": { "stack": "1MiB" } } } }),
            json!({ "overlays": { "o": { "plugin": "otel" } } }),
            json!({ "overlays": { "o": { "grant": { "files": "x" } } } }),
            json!({ "overlays": { "o": { "grant": { "files": ["/x"] } } } }),
            json!({ "overlays": { "o": { "grant": { "images": ["nginx"] } } } }),
            json!({ "overlays": { "o": { "grant": { "parameters": ["ssm:/x"] } } } }),
            json!({ "policies": { "o": { "allow": [] } } }),
            json!({ "inputs": { "a": { "defualt": "x" } } }),
            json!({ "containers": { "app": "x" } }),
            json!({ "trust": { "plugins": { "acme": { "unsigned": true } } } }),
            json!({ "trust": { "plugins": { "ghcr.io/": { "max-level": "codex" } } } }),
            json!({ "trust": { "keys": { "a b": "x" } } }),
        ];
        for instance in bad {
            assert_ne!(
                faults(&schema(None), &instance),
                Vec::<String>::new(),
                "{instance}"
            );
        }
        let filled_later =
            json!({ "account": "${inputs.account}", "deploy": { "on-failure": "${inputs.x}" } });
        assert_eq!(faults(&schema(None), &filled_later), Vec::<String>::new());
    }

    #[test]
    fn the_built_in_plugin_says_what_containers_take() {
        let standard = json!({
            "$schema": "x",
            "type": "object",
            "properties": { "containers": { "additionalProperties": { "$ref": "#/$defs/container" } } },
            "$defs": { "container": { "properties": { "image": { "type": "string" } } } },
        });
        let schema = schema(Some(&standard));
        let image = |image: Value| json!({ "services": { "web": { "containers": { "app": { "image": image } } } } });
        assert_eq!(
            faults(&schema, &image(json!("app:1"))),
            Vec::<String>::new()
        );
        assert_eq!(
            faults(&schema, &image(json!(1))),
            ["/services/web/containers/app/image: 1 is not of type \"string\""]
        );
    }

    #[test]
    fn every_key_is_described() {
        fn undescribed(schema: &Value, path: &str, found: &mut Vec<String>) {
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                let path = format!("{path}/{name}");
                if property.get("$ref").is_none()
                    && property["description"].as_str().is_none_or(str::is_empty)
                {
                    found.push(path.clone());
                }
                undescribed(property, &path, found);
                undescribed(&property["additionalProperties"], &path, found);
            }
        }
        let (schema, mut found) = (schema(None), Vec::new());
        undescribed(&schema, "", &mut found);
        undescribed(&schema["$defs"]["settings"], "settings", &mut found);
        assert_eq!(found, Vec::<String>::new());
    }
}
