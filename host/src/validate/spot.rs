//! A value together with its address: what the rules walk over.

use serde_json::Value;

use crate::task_definition::TaskDefinition;
use crate::task_definition::address::Address;

/// A value and where it stands.
#[derive(Clone)]
pub(crate) struct Spot<'a> {
    /// As diagnostics carry it.
    pub(crate) at: Address,
    /// What stands there; never null.
    pub(crate) value: &'a Value,
}

impl<'a> Spot<'a> {
    /// The member of this name; a null is an absence.
    pub(crate) fn get(&self, name: &str) -> Option<Spot<'a>> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        Some(Spot {
            at: self.place(name),
            value,
        })
    }

    /// The string at a member, if it is one.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.value.get(name)?.as_str()
    }

    /// The whole number at a member, if it is one.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.value.get(name)?.as_i64()
    }

    /// The boolean at a member, if it is one.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.value.get(name)?.as_bool()
    }

    /// The elements of the list at a member; none where there is no list.
    pub(crate) fn items(&self, name: &str) -> Vec<Spot<'a>> {
        let Some(list) = self.value.get(name).and_then(Value::as_array) else {
            return Vec::new();
        };
        let place = self.place(name);
        list.iter()
            .enumerate()
            .map(|(index, value)| Spot {
                at: element(&place, index, value),
                value,
            })
            .collect()
    }

    /// The strings of the list at a member.
    pub(crate) fn texts(&self, name: &str) -> Vec<&'a str> {
        let list = self.value.get(name).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// The address of a member, whether or not it is there.
    pub(crate) fn place(&self, name: &str) -> Address {
        self.at.child(name)
    }

    /// What it is called; empty where it has no name.
    pub(crate) fn name(&self) -> &'a str {
        self.text("name").unwrap_or_default()
    }
}

/// The address of an element: by its key where the list has keys, else by its index, so that a
/// person finds it.
pub(crate) fn element(list: &Address, index: usize, value: &Value) -> Address {
    let key = list.keyed_list().and_then(|key| key.of(value));
    list.child(key.unwrap_or_else(|| index.to_string()))
}

/// The whole document, with what many rules ask of it.
pub(crate) struct Document<'a> {
    pub(crate) root: Spot<'a>,
    /// Container definitions, in document order.
    pub(crate) containers: Vec<Spot<'a>>,
    /// Whether it is to run on Fargate, be it among others.
    pub(crate) fargate: bool,
    /// The network mode; ECS's default for Linux where none is given.
    pub(crate) network_mode: &'a str,
}

impl<'a> Document<'a> {
    pub(crate) fn new(definition: &'a TaskDefinition) -> Self {
        let root = Spot {
            at: Address::root(),
            value: definition.value(),
        };
        Self {
            containers: root.items("containerDefinitions"),
            fargate: root.texts("requiresCompatibilities").contains(&"FARGATE"),
            network_mode: root.text("networkMode").unwrap_or("bridge"),
            root,
        }
    }

    /// The container definition of this name.
    pub(crate) fn container(&self, name: &str) -> Option<&Spot<'a>> {
        self.containers
            .iter()
            .find(|container| container.name() == name)
    }
}
