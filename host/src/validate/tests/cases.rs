//! The table: a name, what must be found, and how to spoil the good document.
//!
//! Names that begin with `ec2 ` start from the document without Fargate, in network mode bridge;
//! those with `all ` are also laid over each other. An address without a slash in front begins
//! at a container.

use serde_json::{Value, json};

use crate::event::Severity;

mod between;
mod document;
mod fargate;

pub(super) type Case = (
    &'static str,
    Severity,
    &'static str,
    &'static str,
    fn(&mut Value),
);

fn app(document: &mut Value) -> &mut Value {
    &mut document["containerDefinitions"][0]
}

fn proxy(document: &mut Value) -> &mut Value {
    &mut document["containerDefinitions"][1]
}

fn add(list: &mut Value, element: Value) {
    match list.as_array_mut() {
        Some(list) => list.push(element),
        None => *list = json!([element]),
    }
}

fn drop(object: &mut Value, member: &str) {
    object.as_object_mut().unwrap().remove(member);
}

pub(super) fn all() -> impl Iterator<Item = &'static Case> {
    [document::CASES, between::CASES, fargate::CASES]
        .into_iter()
        .flatten()
}
