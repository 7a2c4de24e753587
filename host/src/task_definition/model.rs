//! What RegisterTaskDefinition takes, told by the SDK itself and never by a table of ours.
//!
//! The SDK generates its deserialisers from AWS's model. `explore` drives the one of
//! `RegisterTaskDefinitionInput` through every member once and writes down what it was asked for:
//! that is the tree here. What the schemas do not tell, the values of enums, is in `enums`.
//!
//! Invariant: members that are not in this tree are kept and warned about, never dropped; the
//! tree judges, it does not shape the document.

mod enums;
mod explore;

use std::sync::LazyLock;

use aws_sdk_ecs::operation::register_task_definition::RegisterTaskDefinitionInput;

/// One place of the model and what may stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// An object with known members.
    Structure(Structure),
    /// An array; the node is that of every element.
    List(Box<Node>),
    /// An object with free keys; the node is that of every value.
    Map(Box<Node>),
    /// A string. The values that the SDK knows, where the place is an enum; empty for free text.
    String(&'static [&'static str]),
    /// A whole number of 32 bits.
    Integer,
    /// A whole number of 64 bits.
    Long,
    /// A number with a fraction.
    Double,
    /// `true` or `false`.
    Boolean,
    /// Something that no member of a task definition is today (timestamp, blob, document); any
    /// value is let through.
    Other,
}

/// An object with known members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    /// The shape's name in AWS's model, such as `ContainerDefinition`.
    pub name: String,
    /// Members in the order of AWS's model.
    pub members: Vec<Member>,
}

impl Structure {
    /// The member of this name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

/// One member of a [`Structure`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name on the wire.
    pub name: String,
    /// Whether AWS's model marks it as required.
    pub required: bool,
    /// What may stand there.
    pub node: Node,
}

/// A place of the model, as [`schema_places`] gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<'a> {
    /// An address in which `*` stands for every element of a list and every key of a map:
    /// `/containerDefinitions/*/environment/*/value`.
    pub address: String,
    /// What may stand there.
    pub node: &'a Node,
    /// Whether AWS's model marks the member as required; false for elements and map values.
    pub required: bool,
}

/// The whole of
/// [RegisterTaskDefinition](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html),
/// as this build's SDK knows it.
#[must_use]
pub fn register() -> &'static Structure {
    static MODEL: LazyLock<Structure> = LazyLock::new(|| {
        explore::structure(RegisterTaskDefinitionInput::deserialize)
            .expect("invariant: the SDK reads what its own schemas announce")
    });
    &MODEL
}

/// Every place of the model, in its order, parents before children.
pub fn schema_places() -> impl Iterator<Item = Place<'static>> {
    let mut places = Vec::new();
    below(register(), "", &mut places);
    places.into_iter()
}

fn below(structure: &'static Structure, address: &str, places: &mut Vec<Place<'static>>) {
    for member in &structure.members {
        place(
            &member.node,
            format!("{address}/{}", member.name),
            member.required,
            places,
        );
    }
}

fn place(node: &'static Node, address: String, required: bool, places: &mut Vec<Place<'static>>) {
    places.push(Place {
        address: address.clone(),
        node,
        required,
    });
    match node {
        Node::Structure(structure) => below(structure, &address, places),
        Node::List(inner) | Node::Map(inner) => place(inner, format!("{address}/*"), false, places),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(address: &str) -> Place<'static> {
        schema_places()
            .find(|place| place.address == address)
            .unwrap_or_else(|| panic!("no {address}"))
    }

    #[test]
    fn the_tree_has_the_shape_of_a_task_definition() {
        assert!(schema_places().count() > 120, "{}", schema_places().count());
        assert_eq!(
            node("/containerDefinitions/*/environment/*/value").node,
            &Node::String(&[])
        );
        assert_eq!(
            node("/containerDefinitions/*/dockerLabels/*").node,
            &Node::String(&[])
        );
        assert_eq!(node("/containerDefinitions/*/cpu").node, &Node::Integer);
        assert_eq!(
            node("/containerDefinitions/*/essential").node,
            &Node::Boolean
        );
        assert_eq!(
            node("/networkMode").node,
            &Node::String(&["awsvpc", "bridge", "host", "none"]),
            "an enum carries the SDK's values"
        );
        let Node::List(element) = node("/requiresCompatibilities").node else {
            panic!("a list")
        };
        assert!(matches!(**element, Node::String(values) if values.contains(&"FARGATE")));
    }

    /// Whoever moves the SDK sees here which required members come or go.
    #[test]
    fn required_members_are_those_of_the_sdk() {
        let required: Vec<String> = schema_places()
            .filter(|place| place.required)
            .map(|place| place.address)
            .collect();
        for address in [
            "/family",
            "/containerDefinitions",
            "/containerDefinitions/*/secrets/*/valueFrom",
            "/containerDefinitions/*/dependsOn/*/condition",
            "/containerDefinitions/*/healthCheck/command",
            "/containerDefinitions/*/ulimits/*/softLimit",
            "/containerDefinitions/*/restartPolicy/enabled",
            "/ephemeralStorage/sizeInGiB",
            "/proxyConfiguration/containerName",
        ] {
            assert!(
                required.iter().any(|a| a == address),
                "{address} is required: {required:#?}"
            );
        }
        for address in [
            "/taskRoleArn",
            "/containerDefinitions/*/cpu",
            "/containerDefinitions/*/name",
            "/containerDefinitions/*/environment/*/value",
            "/volumes/*/configuredAtLaunch",
        ] {
            assert!(
                !required.iter().any(|a| a == address),
                "{address} is optional"
            );
        }
    }
}
