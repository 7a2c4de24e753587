//! What checking a configuration would take. A schema comes from a plugin, and is worked through
//! before any limit on the plugin counts: one that goes round in circles, or doubles at each
//! step, is found here instead.

use serde_json::Value;

use super::Part;

/// Pairs of a schema and a value that a check may look at; the built-in plugin's needs hundreds.
const MOST: usize = 100_000;
/// Steps in one another.
const DEEPEST: usize = 100;

/// Whether the value can be checked in a moment.
///
/// # Errors
/// Why not, in words.
pub(super) fn is_affordable(root: Part<'_>, value: &Value) -> Result<(), String> {
    let mut patterns = (0, 0);
    count_patterns(root, &mut patterns);
    if patterns.0 > PATTERNS || patterns.1 > PATTERN_BYTES {
        return Err(format!(
            "it has more than {PATTERNS} patterns, or more than {PATTERN_BYTES} bytes of them"
        ));
    }
    Cost { root, left: MOST }.visit(root, value, 0)
}

/// Patterns of a whole schema, and their bytes together: each is made into an automaton, which may
/// take a millisecond and more.
const PATTERNS: usize = 200;
const PATTERN_BYTES: usize = 16 << 10;

/// Counts whatever may be a pattern, used or not: all of a schema is made ready at once.
fn count_patterns(schema: Part<'_>, counted: &mut (usize, usize)) {
    for (name, member) in schema.members() {
        if let ("pattern", Some(pattern)) = (name, member.as_str()) {
            *counted = (counted.0 + 1, counted.1 + pattern.len());
        }
        if name == "patternProperties" {
            for (pattern, _) in member.members() {
                *counted = (counted.0 + 1, counted.1 + pattern.len());
            }
        }
        count_patterns(member, counted);
    }
    for element in schema.elements() {
        count_patterns(element, counted);
    }
}

struct Cost<'a> {
    root: Part<'a>,
    left: usize,
}

impl<'a> Cost<'a> {
    fn visit(&mut self, schema: Part<'a>, value: &Value, depth: usize) -> Result<(), String> {
        if !schema.is_object() {
            return Ok(());
        }
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || depth > DEEPEST {
            return Err("it goes round in circles, or takes too long to check".to_owned());
        }
        for (keyword, argument) in schema.members() {
            match keyword {
                "$ref" => self.visit(self.referred(argument)?, value, depth + 1)?,
                "$dynamicRef" | "$recursiveRef" | "$id" | "$anchor" | "$dynamicAnchor" => {
                    return Err(format!("`{keyword}` is not taken: only `$ref` to `#/…` is"));
                }
                "allOf" | "anyOf" | "oneOf" => {
                    for part in argument.elements() {
                        self.visit(part, value, depth + 1)?;
                    }
                }
                "not" | "if" | "then" | "else" => self.visit(argument, value, depth + 1)?,
                "dependentSchemas" => {
                    for (_, part) in argument.members() {
                        self.visit(part, value, depth + 1)?;
                    }
                }
                _ => self.below(keyword, argument, value, depth + 1)?,
            }
        }
        Ok(())
    }

    /// Keywords that speak of what is in the value: each of their schemas with each of its parts.
    fn below(
        &mut self,
        keyword: &str,
        argument: Part<'a>,
        value: &Value,
        depth: usize,
    ) -> Result<(), String> {
        let parts: Vec<&Value> = match value {
            Value::Object(members) => members.values().collect(),
            Value::Array(list) => list.iter().collect(),
            _ => return Ok(()),
        };
        match keyword {
            "properties" => {
                for (name, schema) in argument.members() {
                    if let Some(member) = value.get(name) {
                        self.visit(schema, member, depth)?;
                    }
                }
            }
            "patternProperties" => {
                for (_, schema) in argument.members() {
                    self.each(schema, &parts, depth)?;
                }
            }
            "additionalProperties"
            | "unevaluatedProperties"
            | "items"
            | "additionalItems"
            | "unevaluatedItems"
            | "contains"
            | "propertyNames" => {
                self.each(argument, &parts, depth)?;
                for schema in argument.elements() {
                    self.each(schema, &parts, depth)?;
                }
            }
            "prefixItems" => {
                for schema in argument.elements() {
                    self.each(schema, &parts, depth)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn each(&mut self, schema: Part<'a>, parts: &[&Value], depth: usize) -> Result<(), String> {
        parts
            .iter()
            .try_for_each(|part| self.visit(schema, part, depth))
    }

    fn referred(&self, to: Part<'a>) -> Result<Part<'a>, String> {
        let to = to.as_str().unwrap_or_default();
        let within = to.strip_prefix('#');
        within
            .and_then(|pointer| self.root.pointer(pointer))
            .ok_or_else(|| format!("`$ref` leads to `{to}`, which is not in it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, json};

    use super::super::Tree;

    #[test]
    fn what_grows_without_an_end_is_found() {
        let doubling = |next: &str| json!({ "allOf": [{ "$ref": next }, { "$ref": next }] });
        let steps: Map<String, Value> = (0..60)
            .map(|n| (format!("s{n}"), doubling(&format!("#/$defs/s{}", n + 1))))
            .chain([("s60".to_owned(), json!({}))])
            .collect();
        for schema in [
            json!({ "$ref": "#" }),
            json!({ "anyOf": [{ "not": { "$ref": "#" } }] }),
            json!({ "$ref": "#/$defs/s0", "$defs": steps }),
            json!({ "$ref": "https://example.com/schema.json" }),
            json!({ "$dynamicRef": "#" }),
        ] {
            assert!(
                is_affordable(Tree::from(&schema).root(), &json!({})).is_err(),
                "{schema}"
            );
        }
    }

    #[test]
    fn schemas_that_follow_the_value_down_are_fine() {
        let tree = json!({
            "properties": { "again": { "$ref": "#" } },
            "additionalProperties": { "anyOf": [{ "type": "string" }, { "type": "number" }] },
        });
        let value = json!({ "again": { "again": { "a": 1 } }, "b": "x" });
        assert_eq!(is_affordable(Tree::from(&tree).root(), &value), Ok(()));
    }
}
