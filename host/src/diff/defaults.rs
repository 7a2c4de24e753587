//! What says nothing: the values that ECS takes where a member is left out, and the lists whose
//! order it does not keep. Each line is said in
//! [RegisterTaskDefinition](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html)
//! or seen in what DescribeTaskDefinition returns.

use serde_json::Value;

/// A default, in the form that a constant can have.
pub(super) enum Plain {
    Flag(bool),
    Number(i64),
    Text(&'static str),
}

impl Plain {
    fn is(&self, value: &Value) -> bool {
        match self {
            Self::Flag(flag) => value.as_bool() == Some(*flag),
            Self::Number(number) => value.as_i64() == Some(*number),
            Self::Text(text) => value.as_str() == Some(*text),
        }
    }

    /// The default as a document has it.
    #[cfg(test)]
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Flag(flag) => Value::from(*flag),
            Self::Number(number) => Value::from(*number),
            Self::Text(text) => Value::from(*text),
        }
    }
}

/// Whether `value` at this place of the model says the same as nothing at all.
pub(super) fn says_nothing(place: &str, value: &Value) -> bool {
    let empty_list = value.as_array().is_some_and(Vec::is_empty);
    let empty_text = value.as_str() == Some("") && EMPTY_TEXTS.contains(&place);
    let empty_object = value.as_object().is_some_and(serde_json::Map::is_empty);
    empty_list
        || empty_text
        || empty_object && EMPTY_OBJECTS.contains(&place)
        || DEFAULTS
            .iter()
            .any(|(at, default)| *at == place && default.is(value))
}

/// Whether the order of this list, which has no keys, means nothing.
pub(super) fn is_set(place: &str) -> bool {
    SETS.contains(&place)
}

pub(super) const DEFAULTS: &[(&str, Plain)] = &[
    ("/containerDefinitions/*/cpu", Plain::Number(0)),
    ("/containerDefinitions/*/essential", Plain::Flag(true)),
    ("/containerDefinitions/*/privileged", Plain::Flag(false)),
    ("/containerDefinitions/*/interactive", Plain::Flag(false)),
    ("/containerDefinitions/*/pseudoTerminal", Plain::Flag(false)),
    (
        "/containerDefinitions/*/disableNetworking",
        Plain::Flag(false),
    ),
    (
        "/containerDefinitions/*/readonlyRootFilesystem",
        Plain::Flag(false),
    ),
    (
        "/containerDefinitions/*/versionConsistency",
        Plain::Text("enabled"),
    ),
    (
        "/containerDefinitions/*/portMappings/*/protocol",
        Plain::Text("tcp"),
    ),
    (
        "/containerDefinitions/*/mountPoints/*/readOnly",
        Plain::Flag(false),
    ),
    (
        "/containerDefinitions/*/volumesFrom/*/readOnly",
        Plain::Flag(false),
    ),
    (
        "/containerDefinitions/*/healthCheck/interval",
        Plain::Number(30),
    ),
    (
        "/containerDefinitions/*/healthCheck/timeout",
        Plain::Number(5),
    ),
    (
        "/containerDefinitions/*/healthCheck/retries",
        Plain::Number(3),
    ),
    (
        "/containerDefinitions/*/healthCheck/startPeriod",
        Plain::Number(0),
    ),
    (
        "/containerDefinitions/*/restartPolicy/restartAttemptPeriod",
        Plain::Number(300),
    ),
    (
        "/containerDefinitions/*/linuxParameters/initProcessEnabled",
        Plain::Flag(false),
    ),
    ("/enableFaultInjection", Plain::Flag(false)),
    ("/proxyConfiguration/type", Plain::Text("APPMESH")),
    ("/volumes/*/configuredAtLaunch", Plain::Flag(false)),
    (
        "/volumes/*/efsVolumeConfiguration/rootDirectory",
        Plain::Text("/"),
    ),
    (
        "/volumes/*/efsVolumeConfiguration/transitEncryption",
        Plain::Text("DISABLED"),
    ),
    (
        "/volumes/*/efsVolumeConfiguration/authorizationConfig/iam",
        Plain::Text("DISABLED"),
    ),
    (
        "/volumes/*/s3filesVolumeConfiguration/rootDirectory",
        Plain::Text("/"),
    ),
];

/// Empty strings that Describe returns where nothing was registered.
pub(super) const EMPTY_TEXTS: &[&str] = &[
    "/taskRoleArn",
    "/executionRoleArn",
    "/networkMode",
    "/pidMode",
    "/ipcMode",
    "/cpu",
    "/memory",
];

/// Objects that say nothing when they are empty. Any other object says something by being there.
pub(super) const EMPTY_OBJECTS: &[&str] = &[
    "/containerDefinitions/*/dockerLabels",
    "/containerDefinitions/*/logConfiguration/options",
    "/containerDefinitions/*/firelensConfiguration/options",
    "/containerDefinitions/*/linuxParameters",
    "/containerDefinitions/*/linuxParameters/capabilities",
    "/runtimePlatform",
    "/volumes/*/host",
    "/volumes/*/dockerVolumeConfiguration/driverOpts",
    "/volumes/*/dockerVolumeConfiguration/labels",
    "/volumes/*/efsVolumeConfiguration/authorizationConfig",
];

/// Lists without keys in which order means nothing.
pub(super) const SETS: &[&str] = &[
    "/requiresCompatibilities",
    "/placementConstraints",
    "/containerDefinitions/*/links",
    "/containerDefinitions/*/credentialSpecs",
    "/containerDefinitions/*/dockerSecurityOptions",
    "/containerDefinitions/*/restartPolicy/ignoredExitCodes",
    "/containerDefinitions/*/linuxParameters/capabilities/add",
    "/containerDefinitions/*/linuxParameters/capabilities/drop",
    "/containerDefinitions/*/linuxParameters/devices/*/permissions",
    "/containerDefinitions/*/linuxParameters/tmpfs/*/mountOptions",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task_definition::model::{Node, schema_places};

    #[test]
    fn every_line_names_a_place_of_the_model_with_a_value_of_its_kind() {
        let node = |place: &str| {
            schema_places()
                .find(|known| known.address == place)
                .map(|known| known.node)
        };
        for (place, default) in DEFAULTS {
            let fits = match (node(place), default) {
                (Some(Node::Boolean), Plain::Flag(_)) => true,
                (Some(Node::Integer), Plain::Number(_)) => true,
                (Some(Node::String(known)), Plain::Text(text)) => {
                    known.is_empty() || known.contains(text)
                }
                _ => false,
            };
            assert!(fits, "{place}: {:?}", node(place));
        }
        for place in SETS {
            assert!(matches!(node(place), Some(Node::List(_))), "{place}");
        }
        for place in EMPTY_TEXTS {
            assert!(matches!(node(place), Some(Node::String(_))), "{place}");
        }
        for place in EMPTY_OBJECTS {
            let object = matches!(node(place), Some(Node::Structure(_) | Node::Map(_)));
            assert!(object, "{place}");
        }
    }
}
