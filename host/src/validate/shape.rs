//! Members, types and values, against the SDK's model.

use serde_json::Value;

use super::findings::Findings;
use super::spot::{Document, Spot, element};
use crate::config::nearest::nearest;
use crate::task_definition::address::Address;
use crate::task_definition::model::{self, Node, Structure};

pub(super) fn check(document: &Document<'_>, findings: &mut Findings) {
    members(model::register(), &document.root, findings);
}

fn members(structure: &Structure, spot: &Spot<'_>, findings: &mut Findings) {
    let Some(object) = spot.value.as_object() else {
        return wrong(spot, "an object", findings);
    };
    for (name, value) in object {
        let here = Spot {
            at: spot.place(name),
            value,
        };
        match structure.member(name) {
            None => unknown_member(structure, name, &here.at, findings),
            Some(_) if value.is_null() => {
                findings
                    .warning(
                        "null-member",
                        &here.at,
                        format!("`{name}` is null, which says nothing"),
                    )
                    .hint("leave the member out");
            }
            Some(member) => node(&member.node, &here, findings),
        }
    }
    for member in structure.members.iter().filter(|member| member.required) {
        if object.get(&member.name).is_none_or(Value::is_null) {
            let message = format!("`{}` is required and missing", member.name);
            findings.error("missing-member", &spot.place(&member.name), message);
        }
    }
}

fn unknown_member(structure: &Structure, name: &str, at: &Address, findings: &mut Findings) {
    let message = format!("`{name}` is not a member that this version knows; it is kept as it is");
    let found = findings.warning("unknown-member", at, message);
    let known = structure.members.iter().map(|member| member.name.as_str());
    if let Some(near) = nearest(name, known) {
        found.hint(format!("is `{near}` meant?"));
    }
}

fn node(node: &Node, spot: &Spot<'_>, findings: &mut Findings) {
    match node {
        Node::Structure(structure) => members(structure, spot, findings),
        Node::List(inner) => list(inner, spot, findings),
        Node::Map(inner) => map(inner, spot, findings),
        Node::String(values) => string(values, spot, findings),
        Node::Integer => integer(spot, i64::from(i32::MIN), i64::from(i32::MAX), findings),
        Node::Long => integer(spot, i64::MIN, i64::MAX, findings),
        Node::Double if !spot.value.is_number() => wrong(spot, "a number", findings),
        Node::Boolean if !spot.value.is_boolean() => wrong(spot, "true or false", findings),
        Node::Double | Node::Boolean | Node::Other => {}
    }
}

fn list(inner: &Node, spot: &Spot<'_>, findings: &mut Findings) {
    let Some(elements) = spot.value.as_array() else {
        return wrong(spot, "a list", findings);
    };
    for (index, value) in elements.iter().enumerate() {
        let at = element(&spot.at, index, value);
        node(inner, &Spot { at, value }, findings);
    }
}

fn map(inner: &Node, spot: &Spot<'_>, findings: &mut Findings) {
    let Some(object) = spot.value.as_object() else {
        return wrong(spot, "an object", findings);
    };
    for (key, value) in object {
        node(
            inner,
            &Spot {
                at: spot.place(key),
                value,
            },
            findings,
        );
    }
}

fn string(values: &[&'static str], spot: &Spot<'_>, findings: &mut Findings) {
    let Some(text) = spot.value.as_str() else {
        return wrong(spot, "a string", findings);
    };
    if values.is_empty() || values.contains(&text) {
        return;
    }
    // AWS adds values before the SDK knows them: ECS has the last word.
    let message = format!("`{text}` is not a value that this version knows");
    let hint = match nearest(text, values.iter().copied()) {
        Some(near) => format!("is `{near}` meant? known are {}", quoted(values)),
        None => format!("known are {}", quoted(values)),
    };
    findings
        .warning("unknown-value", &spot.at, message)
        .hint(hint);
}

fn integer(spot: &Spot<'_>, least: i64, most: i64, findings: &mut Findings) {
    match spot.value.as_i64() {
        Some(number) if (least..=most).contains(&number) => {}
        Some(number) => {
            let message = format!("`{number}` is out of range, from {least} to {most}");
            findings.error("wrong-type", &spot.at, message);
        }
        None => wrong(spot, "a whole number", findings),
    }
}

/// Says the kind and never the value: it may be a secret in the wrong place.
fn wrong(spot: &Spot<'_>, expected: &str, findings: &mut Findings) {
    let found = match spot.value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    let found = if found == "a number" && expected == "a whole number" {
        "a number with a fraction"
    } else {
        found
    };
    findings.error(
        "wrong-type",
        &spot.at,
        format!("must be {expected}, is {found}"),
    );
}

pub(super) fn quoted(values: &[&str]) -> String {
    values
        .iter()
        .map(|value| format!("`{value}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
