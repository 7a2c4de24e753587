//! The task definition: one JSON document from the bytes AWS sent to the bytes AWS receives.
//!
//! Invariant: members that this build has never heard of, member order and number formats
//! survive. That is why the document is a [`serde_json::Value`] and never an SDK struct.

pub mod address;
pub mod amount;
pub mod keyed;
pub mod model;
pub mod parse;
pub mod position;
pub mod strip;

use serde_json::Value;

/// A task definition in the shape that
/// [RegisterTaskDefinition](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html)
/// takes: always a JSON object, `tags` included, nothing of Describe's own members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDefinition(Value);

impl TaskDefinition {
    /// Wraps a JSON object; `None` for anything else.
    #[must_use]
    pub fn new(value: Value) -> Option<Self> {
        value.is_object().then_some(Self(value))
    }

    /// The document.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// The document, to be edited in place.
    pub fn value_mut(&mut self) -> &mut Value {
        &mut self.0
    }

    /// The document, given away.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.0
    }

    /// The family it names, if it names one.
    #[must_use]
    pub fn family(&self) -> Option<&str> {
        self.0.get("family")?.as_str()
    }

    /// Its container definitions, in document order.
    #[must_use]
    pub fn containers(&self) -> &[Value] {
        self.0
            .get("containerDefinitions")
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// The container definition of this name.
    #[must_use]
    pub fn container(&self, name: &str) -> Option<&Value> {
        self.containers()
            .iter()
            .find(|c| c.get("name").and_then(Value::as_str) == Some(name))
    }

    /// The bytes that AWS receives: compact JSON in document order.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_string().into_bytes()
    }
}
