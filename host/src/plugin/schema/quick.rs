//! A quick yes. Building a full validator takes as long as all the rest of a run, and nearly every
//! configuration is right, by keywords that are few and simple.

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::{DEEPEST, Part};

/// Whether `value` is valid by `schema` for certain. `false` says nothing: there may be a fault, or
/// a keyword that is not known here.
pub(super) fn is_certain(schema: Part<'_>, value: &Value) -> bool {
    Quick { root: schema }.is_valid(schema, value, 0)
}

struct Quick<'a> {
    root: Part<'a>,
}

impl<'a> Quick<'a> {
    fn is_valid(&self, schema: Part<'a>, value: &Value, depth: usize) -> bool {
        match schema.as_bool() {
            Some(all) => all,
            None if depth < DEEPEST && schema.is_object() => schema
                .members()
                .all(|(keyword, argument)| self.is_met(schema, keyword, argument, value, depth)),
            None => false,
        }
    }

    /// Whether one keyword is known and met. Those that speak of another type are met.
    fn is_met(
        &self,
        schema: Part<'a>,
        keyword: &str,
        argument: Part<'a>,
        value: &Value,
        depth: usize,
    ) -> bool {
        let is_valid = |part: Part<'a>, value: &Value| self.is_valid(part, value, depth + 1);
        match keyword {
            "$comment" | "$defs" | "default" | "description" | "examples" | "title" => true,
            "type" => {
                is_of_type(argument, value)
                    || argument.elements().any(|name| is_of_type(name, value))
            }
            "const" => argument.to_value() == *value,
            "enum" => argument.elements().any(|one| one.to_value() == *value),
            "anyOf" => argument.elements().any(|part| is_valid(part, value)),
            "$ref" => self
                .referred(argument)
                .is_some_and(|to| is_valid(to, value)),
            "properties" | "additionalProperties" | "propertyNames" | "required" => value
                .as_object()
                .is_none_or(|members| are_met(schema, keyword, argument, members, is_valid)),
            "items" => value
                .as_array()
                .is_none_or(|list| list.iter().all(|element| is_valid(argument, element))),
            "minItems" => value
                .as_array()
                .is_none_or(|list| at_least(list.len(), argument)),
            "minLength" | "maxLength" | "pattern" => value
                .as_str()
                .is_none_or(|text| is_text(keyword, argument, text)),
            "minimum" | "maximum" => !value.is_number() || is_within(keyword, argument, value),
            _ => keyword.starts_with("x-"),
        }
    }

    /// What a reference within the schema means.
    fn referred(&self, to: Part<'a>) -> Option<Part<'a>> {
        self.root.pointer(to.as_str()?.strip_prefix('#')?)
    }
}

fn is_of_type(name: Part<'_>, value: &Value) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("number") => value.is_number(),
        // 1.0 is one too: not certain.
        Some("integer") => value.is_i64(),
        _ => false,
    }
}

/// Keywords of an object.
fn are_met<'a>(
    schema: Part<'a>,
    keyword: &str,
    argument: Part<'a>,
    members: &Map<String, Value>,
    is_valid: impl Fn(Part<'a>, &Value) -> bool,
) -> bool {
    let own = schema.get("properties");
    match keyword {
        "properties" if argument.is_object() => members.iter().all(|(name, value)| {
            let schema = argument.get(name);
            schema.is_none_or(|schema| is_valid(schema, value))
        }),
        "properties" => false,
        "additionalProperties" => members
            .iter()
            .filter(|(name, _)| own.is_none_or(|own| own.get(name).is_none()))
            .all(|(_, value)| is_valid(argument, value)),
        "propertyNames" => members
            .keys()
            .all(|name| is_valid(argument, &Value::from(name.as_str()))),
        _ => {
            let mut names = argument.elements().map(Part::as_str);
            argument.is_array()
                && names.all(|name| name.is_some_and(|name| members.contains_key(name)))
        }
    }
}

fn is_text(keyword: &str, argument: Part<'_>, text: &str) -> bool {
    match keyword {
        "minLength" => at_least(text.chars().count(), argument),
        "maxLength" => argument
            .as_whole()
            .is_some_and(|most: usize| text.chars().count() <= most),
        _ => argument
            .as_str()
            .is_some_and(|pattern| matches(pattern, text)),
    }
}

fn at_least(count: usize, argument: Part<'_>) -> bool {
    argument
        .as_whole()
        .is_some_and(|least: usize| count >= least)
}

fn is_within(keyword: &str, argument: Part<'_>, value: &Value) -> bool {
    let pair = value.as_i64().zip(argument.as_whole());
    pair.is_some_and(|(value, bound): (i64, i64)| match keyword {
        "minimum" => value >= bound,
        _ => value <= bound,
    })
}

/// Whether a pattern that means the same here as in JavaScript is found in a text of one line.
fn matches(pattern: &str, text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || " ^$.,:/_-()[]|*+?".contains(c);
    let differs = ["(?", "[[", "--", "]]", "[]", "[^"];
    pattern.chars().all(plain)
        && !differs.iter().any(|part| pattern.contains(part))
        && !text.contains(|c: char| c.is_control() || c == '\u{2028}' || c == '\u{2029}')
        && Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::Tree;

    fn standard() -> Tree {
        let manifest = crate::plugin::manifest::read(crate::plugin::load::STANDARD);
        manifest.unwrap().unwrap().config_schema.unwrap()
    }

    #[test]
    fn the_built_in_plugin_is_configured_without_the_full_validator() {
        let schema = standard();
        assert!(jsonschema::draft202012::meta::is_valid(
            &schema.root().to_value()
        ));
        for config in [
            json!({}),
            json!({ "tags": { "a": "b", "n": 1, "t": true } }),
            json!({ "containers": { "app, worker": {
                "image": "app:1",
                "env": { "LOG_LEVEL": "info" },
                "secrets": { "URL": "secretsmanager:db#url", "KEY": "ssm:/key" },
                "cpu": 256, "memory": "512",
                "health-check": { "command": "true" },
                "ports": [8080, "8125/udp", { "port": 80, "protocol": "tcp" }],
            } } }),
            json!({ "sidecars": { "log-router": { "preset": "firelens", "for": ["app"] } } }),
        ] {
            assert!(is_certain(schema.root(), &config), "{config}");
        }
        for config in [
            json!({ "containers": { "app": { "imge": "app:1" } } }),
            json!({ "containers": { "app": { "secrets": { "A": "vault:a" } } } }),
            json!({ "containers": { "app": { "health-check": true } } }),
            json!({ "containers": { "": {} } }),
            json!({ "tags": { "a": null } }),
        ] {
            assert!(!is_certain(schema.root(), &config), "{config}");
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-3_i64..4).prop_map(Value::from),
            Just(json!(1.0)),
            Just(json!(1e30)),
            "[a-c:\r]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::hash_map("[a-c]", inner, 0..3)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn keywords() -> impl Strategy<Value = (&'static str, Value)> {
        let types = prop::sample::subsequence(
            vec!["object", "array", "string", "boolean", "number", "integer"],
            1..4,
        );
        prop_oneof![
            types.prop_map(|types| ("type", json!(types))),
            values().prop_map(|value| ("const", value)),
            prop::collection::vec(values(), 1..3).prop_map(|values| ("enum", json!(values))),
            (0_u64..3).prop_map(|least| ("minLength", json!(least))),
            (0_u64..3).prop_map(|most| ("maxLength", json!(most))),
            (0_u64..3).prop_map(|least| ("minItems", json!(least))),
            (-2_i64..3).prop_map(|least| ("minimum", json!(least))),
            (-2_i64..3).prop_map(|most| ("maximum", json!(most))),
            prop::sample::select(vec!["^a", "^(a|b:).$", "^[a-b]*$", "c+"])
                .prop_map(|pattern| ("pattern", json!(pattern))),
            prop::sample::subsequence(vec!["a", "b", "c"], 0..3)
                .prop_map(|names| ("required", json!(names))),
            Just(("$ref", json!("#/$defs/other"))),
            Just(("not", json!({ "type": "string" }))),
            Just(("maxProperties", json!(1))),
            Just(("x-mark", json!(1))),
        ]
    }

    fn schemas() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            prop::collection::vec(keywords(), 0..4).prop_map(object_of),
        ];
        leaf.prop_recursive(3, 16, 3, |inner| {
            let below = prop_oneof![
                prop::collection::hash_map("[a-c]", inner.clone(), 0..3)
                    .prop_map(|members| ("properties", json!(members))),
                inner
                    .clone()
                    .prop_map(|schema| ("additionalProperties", schema)),
                inner.clone().prop_map(|schema| ("propertyNames", schema)),
                inner.clone().prop_map(|schema| ("items", schema)),
                prop::collection::vec(inner, 1..3).prop_map(|schemas| ("anyOf", json!(schemas))),
            ];
            prop::collection::vec(prop_oneof![below, keywords()], 0..4).prop_map(object_of)
        })
    }

    fn object_of(members: Vec<(&'static str, Value)>) -> Value {
        members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect::<Map<_, _>>()
            .into()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn what_is_certain_is_valid(schema in schemas(), other in schemas(), value in values()) {
            let schema = json!({ "allOf": [schema], "$defs": { "other": other } });
            // The part that is looked at quickly, with the whole to refer to.
            let tree = Tree::from(&schema);
            let part = tree.root().pointer("/allOf/0").unwrap();
            let quick = Quick { root: tree.root() }.is_valid(part, &value, 0);
            if quick {
                let validator = jsonschema::draft202012::new(&schema).unwrap();
                prop_assert!(validator.is_valid(&value), "{schema} {value}");
            }
        }
    }
}
