//! Task definitions made from the model, and others that mean the same: for property tests.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::defaults::{DEFAULTS, EMPTY_OBJECTS, EMPTY_TEXTS, is_set};
use crate::task_definition::TaskDefinition;
use crate::task_definition::address::Address;
use crate::task_definition::model::{self, Node, Structure};

/// Any document that the model describes, without two elements of one key.
pub(super) fn any_definition() -> impl Strategy<Value = TaskDefinition> {
    structure(model::register(), &Address::root())
        .prop_map(|value| TaskDefinition::new(value).expect("invariant: an object"))
}

fn any_value(node: &'static Node, at: &Address) -> BoxedStrategy<Value> {
    match node {
        Node::Structure(inner) => structure(inner, at),
        Node::List(inner) => list(inner, at),
        Node::Map(inner) => {
            prop::collection::btree_map("[a-z/~]{1,3}", any_value(inner, &at.child("*")), 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect()))
                .boxed()
        }
        Node::String(_) if ["/cpu", "/memory"].contains(&at.to_string().as_str()) => {
            select(&["256", "1024", "1 vCPU", ".5 vcpu", "2 GB", "0.5GB", "much"][..])
                .prop_map(Value::from)
                .boxed()
        }
        Node::String([]) => "[a-z/]{0,3}".prop_map(Value::from).boxed(),
        Node::String(values) => select(*values).prop_map(Value::from).boxed(),
        Node::Integer | Node::Long => select(&[0, 1, 3, 5, 30, 300, 8080][..])
            .prop_map(Value::from)
            .boxed(),
        Node::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Node::Double | Node::Other => Just(json!(0.5)).boxed(),
    }
}

fn structure(structure: &'static Structure, at: &Address) -> BoxedStrategy<Value> {
    let members: Vec<_> = structure
        .members
        .iter()
        .map(|member| {
            let here = at.child(member.name.as_str());
            let often = if here.is_key_member() || here.tokens().len() == 1 {
                0.9
            } else {
                0.3
            };
            let value = prop::option::weighted(often, any_value(&member.node, &here));
            (Just(member.name.clone()), value)
        })
        .collect();
    members
        .prop_map(|members| {
            let there = members
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)));
            Value::Object(there.collect())
        })
        .boxed()
}

fn list(inner: &'static Node, at: &Address) -> BoxedStrategy<Value> {
    let key = at.keyed_list();
    prop::collection::vec(any_value(inner, &at.child("*")), 0..3)
        .prop_map(move |mut elements| {
            let mut seen = Vec::new();
            elements.retain(|element| match key.map(|key| key.of(element)) {
                None => true,
                Some(None) => false,
                Some(name) => {
                    !seen.contains(&name) && {
                        seen.push(name);
                        true
                    }
                }
            });
            Value::Array(elements)
        })
        .boxed()
}

/// The same document as ECS might give it back: other order, defaults filled in, other notations,
/// another family, stamps.
pub(super) fn as_described(definition: &TaskDefinition) -> TaskDefinition {
    let mut value = same(
        &Node::Structure(model::register().clone()),
        definition.value(),
        &Address::root(),
        "",
    );
    value["family"] = json!("another");
    let stamp = json!({ "key": "acetate:version", "value": "1" });
    match value["tags"].as_array_mut() {
        Some(tags) => tags.insert(0, stamp),
        None => value["tags"] = json!([stamp]),
    }
    TaskDefinition::new(value).expect("invariant: an object")
}

fn same(node: &Node, value: &Value, at: &Address, place: &str) -> Value {
    match (node, value) {
        (Node::Structure(structure), Value::Object(members)) => {
            filled(structure, members, at, place)
        }
        (Node::List(inner), Value::Array(list)) => {
            let below = |value| same(inner, value, &at.child("*"), &format!("{place}/*"));
            let unordered = at.keyed_list().is_some() || is_set(place);
            if unordered {
                list.iter().rev().map(below).collect()
            } else {
                list.iter().map(below).collect()
            }
        }
        (_, Value::Object(map)) => Value::Object(
            map.iter()
                .rev()
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
        ),
        (_, Value::String(text)) if place == "/cpu" && text == "1024" => json!("1VCPU"),
        (_, Value::String(text)) if place == "/memory" && text == "2 GB" => json!("2048"),
        _ => value.clone(),
    }
}

fn filled(structure: &Structure, members: &Map<String, Value>, at: &Address, place: &str) -> Value {
    let mut filled = Map::new();
    for (name, value) in members.iter().rev() {
        let here = format!("{place}/{name}");
        let value = structure.member(name).map_or(value.clone(), |m| {
            same(&m.node, value, &at.child(name.as_str()), &here)
        });
        filled.insert(name.clone(), value);
    }
    for member in structure
        .members
        .iter()
        .filter(|member| !members.contains_key(&member.name))
    {
        let here = format!("{place}/{}", member.name);
        let default = DEFAULTS
            .iter()
            .find(|(at, _)| *at == here)
            .map(|(_, default)| default.value());
        let nothing = match &member.node {
            Node::List(_) => Some(json!([])),
            _ if EMPTY_TEXTS.contains(&here.as_str()) => Some(json!("")),
            _ if EMPTY_OBJECTS.contains(&here.as_str()) => Some(json!({})),
            _ => Some(Value::Null),
        };
        filled.extend(
            default
                .or(nothing)
                .map(|value| (member.name.clone(), value)),
        );
    }
    Value::Object(filled)
}

/// The same document with one leaf changed to something that means something else, if there is a
/// leaf to change.
pub(super) fn changed(
    definition: &TaskDefinition,
    pick: usize,
) -> Option<(Address, TaskDefinition)> {
    use crate::task_definition::address::{leaves, set};
    let all = leaves(definition.value(), &Address::root());
    let able: Vec<_> = all
        .into_iter()
        .filter(|(at, value)| {
            let last = at.tokens().last().map_or("", String::as_str);
            !value.is_object()
                && !["family", "hostPort"].contains(&last)
                && at.keyed_list().is_none()
                && !at.tokens().is_empty()
        })
        .collect();
    let (at, value) = able.get(pick.checked_rem(able.len())?)?;
    let other = match value {
        Value::Bool(flag) => json!(!flag),
        Value::Number(number) => json!(number.as_i64().unwrap_or(7) + 1),
        Value::String(text) => json!(format!("{text}x")),
        Value::Array(list) => list.iter().cloned().chain([json!("x")]).collect(),
        Value::Null | Value::Object(_) => return None,
    };
    let mut document = definition.clone();
    set(document.value_mut(), at, other).ok()?;
    Some((at.clone(), document))
}
