//! The normal form: two documents that mean the same are the same text in it.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::defaults;
use crate::task_definition::TaskDefinition;
use crate::task_definition::amount::{cpu_units, memory_mib};
use crate::task_definition::keyed::key_of;
use crate::task_definition::model::{self, Node, Structure};

/// Prefixes of tags that are not the document's own: our stamps, and what AWS keeps for itself.
const FOREIGN_TAGS: &[&str] = &["acetate:", "aws:", "ecs:"];

/// `definition` in normal form: members sorted, keyed and set-like lists sorted, defaults that ECS
/// fills in left out, cpu in units and memory in MiB; without family, stamps and AWS's own tags.
/// Its text may be hashed: documents that mean the same have the same text.
///
/// What the model does not know is kept as it is, but for the order of members. The result is for
/// comparing only and must never be registered.
#[must_use]
pub fn normalise(definition: &TaskDefinition) -> Value {
    let mut document = definition.value().clone();
    apart(&mut document);
    ports(&mut document);
    structure(model::register(), &document, &mut String::new())
}

/// Takes off what a comparison leaves apart.
fn apart(document: &mut Value) {
    let Some(root) = document.as_object_mut() else {
        return;
    };
    root.shift_remove("family");
    if let Some(tags) = root.get_mut("tags").and_then(Value::as_array_mut) {
        tags.retain(|tag| {
            let key = tag.get("key").and_then(Value::as_str).unwrap_or_default();
            !FOREIGN_TAGS.iter().any(|prefix| key.starts_with(prefix))
        });
    }
    let fargate = root
        .get("requiresCompatibilities")
        .and_then(Value::as_array);
    let fargate = fargate.is_some_and(|list| list.iter().any(|item| item == "FARGATE"));
    if !fargate && root.get("networkMode").is_some_and(|mode| mode == "bridge") {
        root.shift_remove("networkMode");
    }
}

/// Host ports that ECS would choose the same: the container's own where both share one network,
/// and zero, which asks for any.
fn ports(document: &mut Value) {
    let mode = document.get("networkMode").and_then(Value::as_str);
    let shared = matches!(mode, Some("awsvpc" | "host"));
    let containers = document
        .get_mut("containerDefinitions")
        .and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten() {
        let mappings = container
            .get_mut("portMappings")
            .and_then(Value::as_array_mut);
        for mapping in mappings
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
        {
            let host = mapping.get("hostPort").and_then(Value::as_i64);
            let own = mapping.get("containerPort").and_then(Value::as_i64);
            if host == Some(0) || shared && host.is_some() && host == own {
                mapping.shift_remove("hostPort");
            }
        }
    }
}

/// Makes something of what is one step down; `place` is where the walk is in the model, with `*`
/// for every element and every key.
fn below<T>(place: &mut String, step: &str, make: impl FnOnce(&mut String) -> T) -> T {
    let here = place.len();
    place.push('/');
    place.push_str(step);
    let made = make(place);
    place.truncate(here);
    made
}

fn node(model: &Node, value: &Value, place: &mut String) -> Value {
    match (model, value) {
        (Node::Structure(inner), Value::Object(_)) => structure(inner, value, place),
        (Node::List(inner), Value::Array(list)) => elements(inner, list, place),
        (Node::Map(inner), Value::Object(map)) => below(place, "*", |place| {
            sorted(
                map.iter()
                    .map(|(key, value)| (key, node(inner, value, place))),
            )
        }),
        (Node::String(_), Value::String(text)) => Value::from(notation(text, place)),
        (Node::Integer | Node::Long, Value::Number(number)) => {
            number.as_i64().map_or_else(|| value.clone(), Value::from)
        }
        _ => sorted_below(value),
    }
}

fn structure(model: &Structure, value: &Value, place: &mut String) -> Value {
    let members = value.as_object().into_iter().flatten();
    sorted(members.filter_map(|(name, value)| {
        let Some(known) = model.member(name) else {
            return Some((name, sorted_below(value)));
        };
        if value.is_null() {
            return None;
        }
        below(place, name, |place| {
            let value = node(&known.node, value, place);
            (!defaults::says_nothing(place, &value)).then_some((name, value))
        })
    }))
}

fn elements(inner: &Node, list: &[Value], place: &mut String) -> Value {
    let key = key_of(place);
    let is_set = defaults::is_set(place);
    let told = list.iter().filter(|value| !is_lost(value, place));
    let told: Vec<&Value> = told.collect();
    let mut found: Vec<(Option<String>, Value)> = below(place, "*", |place| {
        let each = told.into_iter();
        each.map(|value| {
            let name = key.and_then(|key| key.of(value));
            (name, node(inner, value, place))
        })
        .collect()
    });
    if key.is_some() || is_set {
        found.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| by_text(x, y)));
    }
    found.into_iter().map(|(_, value)| value).collect()
}

/// An environment variable without value: ECS takes it and forgets it.
fn is_lost(element: &Value, list: &str) -> bool {
    list == "/containerDefinitions/*/environment" && element.get("value").is_none_or(Value::is_null)
}

fn by_text(a: &Value, b: &Value) -> Ordering {
    a.to_string().cmp(&b.to_string())
}

fn notation(text: &str, place: &str) -> String {
    let amount = match place {
        "/cpu" => cpu_units(text),
        "/memory" => memory_mib(text),
        _ => None,
    };
    amount.map_or_else(|| text.to_owned(), |amount| amount.to_string())
}

/// An object with its members in the order of their names.
fn sorted<'a>(members: impl Iterator<Item = (&'a String, Value)>) -> Value {
    let mut members: Vec<(&String, Value)> = members.collect();
    members.sort_by_key(|(name, _)| *name);
    let members: Map<String, Value> = members
        .into_iter()
        .map(|(name, value)| (name.clone(), value))
        .collect();
    members.into()
}

/// What no model describes: only the order of members means nothing there.
fn sorted_below(value: &Value) -> Value {
    match value {
        Value::Object(members) => sorted(
            members
                .iter()
                .map(|(name, value)| (name, sorted_below(value))),
        ),
        Value::Array(list) => list.iter().map(sorted_below).collect(),
        other => other.clone(),
    }
}
