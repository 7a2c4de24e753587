//! The published table of keyed lists: lists whose elements go by a key and never by an index.
//!
//! ECS keeps many maps as lists of objects. An address names an element of such a list by its
//! key, so that it means the same place in two documents that order the list differently. Every
//! list that is not in this table is one value.

use serde_json::Value;

/// How an element of a keyed list is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// By the text of this member, such as `name`.
    Member(&'static str),
    /// By port and protocol: `80/tcp`, or `8080-8090/udp` for a range. The protocol is `tcp`
    /// where it is left out, as ECS has it.
    Port,
}

/// The keyed lists, each with its key. `*` stands for one element's key.
pub const TABLE: &[(&str, Key)] = &[
    ("/containerDefinitions", Key::Member("name")),
    (
        "/containerDefinitions/*/dependsOn",
        Key::Member("containerName"),
    ),
    ("/containerDefinitions/*/environment", Key::Member("name")),
    (
        "/containerDefinitions/*/environmentFiles",
        Key::Member("value"),
    ),
    (
        "/containerDefinitions/*/extraHosts",
        Key::Member("hostname"),
    ),
    (
        "/containerDefinitions/*/linuxParameters/devices",
        Key::Member("hostPath"),
    ),
    (
        "/containerDefinitions/*/linuxParameters/tmpfs",
        Key::Member("containerPath"),
    ),
    (
        "/containerDefinitions/*/logConfiguration/secretOptions",
        Key::Member("name"),
    ),
    (
        "/containerDefinitions/*/mountPoints",
        Key::Member("containerPath"),
    ),
    ("/containerDefinitions/*/portMappings", Key::Port),
    (
        "/containerDefinitions/*/resourceRequirements",
        Key::Member("type"),
    ),
    ("/containerDefinitions/*/secrets", Key::Member("name")),
    (
        "/containerDefinitions/*/systemControls",
        Key::Member("namespace"),
    ),
    ("/containerDefinitions/*/ulimits", Key::Member("name")),
    (
        "/containerDefinitions/*/volumesFrom",
        Key::Member("sourceContainer"),
    ),
    ("/inferenceAccelerators", Key::Member("deviceName")),
    ("/proxyConfiguration/properties", Key::Member("name")),
    ("/tags", Key::Member("key")),
    ("/volumes", Key::Member("name")),
];

/// The key of the list at this place, if it is a keyed list.
#[must_use]
pub fn key_at(tokens: &[String]) -> Option<Key> {
    TABLE
        .iter()
        .find(|(list, _)| matches(list, tokens))
        .map(|(_, key)| *key)
}

/// The same, by a place of the model: `*` stands for every element and every key.
#[must_use]
pub fn key_of(place: &str) -> Option<Key> {
    TABLE
        .iter()
        .find(|(list, _)| *list == place)
        .map(|(_, key)| *key)
}

fn matches(list: &str, tokens: &[String]) -> bool {
    // The last token tells nearly all places apart, and every place of a document is asked about.
    if tokens
        .last()
        .is_none_or(|last| !list.ends_with(last.as_str()))
    {
        return false;
    }
    let mut pattern = list.split('/').skip(1);
    tokens.iter().all(|token| {
        pattern
            .next()
            .is_some_and(|part| part == "*" || part == token)
    }) && pattern.next().is_none()
}

impl Key {
    /// The key of one element; `None` where the element has none and cannot be addressed.
    #[must_use]
    pub fn of(self, element: &Value) -> Option<String> {
        match self {
            Self::Member(member) => element.get(member)?.as_str().map(str::to_owned),
            Self::Port => {
                let port = match element.get("containerPortRange").and_then(Value::as_str) {
                    Some(range) => range.to_owned(),
                    None => element.get("containerPort")?.as_u64()?.to_string(),
                };
                let protocol = element
                    .get("protocol")
                    .and_then(Value::as_str)
                    .unwrap_or("tcp");
                Some(format!("{port}/{protocol}"))
            }
        }
    }

    /// Whether an element's key is made of this member.
    #[must_use]
    pub fn is_made_of(self, member: &str) -> bool {
        match self {
            Self::Member(name) => name == member,
            Self::Port => matches!(member, "containerPort" | "containerPortRange" | "protocol"),
        }
    }

    /// An element that has this key and nothing else; `None` for text that is no such key.
    #[must_use]
    pub fn element(self, key: &str) -> Option<Value> {
        match self {
            Self::Member(member) => Some(serde_json::json!({ member: key })),
            Self::Port => {
                let (port, protocol) = key.split_once('/')?;
                if protocol.is_empty() {
                    return None;
                }
                match port.parse::<u16>() {
                    // A number has one form: the element would not go by any other.
                    Ok(number) => (number.to_string() == port).then(
                        || serde_json::json!({ "containerPort": number, "protocol": protocol }),
                    ),
                    Err(_) => is_range(port).then(
                        || serde_json::json!({ "containerPortRange": port, "protocol": protocol }),
                    ),
                }
            }
        }
    }

    /// What the key is, for messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member(member) => member,
            Self::Port => "containerPort/protocol",
        }
    }
}

fn is_range(text: &str) -> bool {
    text.split_once('-')
        .is_some_and(|(first, last)| first.parse::<u16>().is_ok() && last.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tokens(text: &str) -> Vec<String> {
        text.split('/').skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn only_the_lists_of_the_table_are_keyed() {
        for (at, keyed) in [
            ("/containerDefinitions", true),
            ("/containerDefinitions/app", false),
            ("/containerDefinitions/app/environment", true),
            ("/containerDefinitions/app/command", false),
            ("/containerDefinitions/app/dockerLabels/environment", false),
            (
                "/containerDefinitions/app/logConfiguration/secretOptions",
                true,
            ),
            ("/requiresCompatibilities", false),
            ("/placementConstraints", false),
        ] {
            assert_eq!(key_at(&tokens(at)).is_some(), keyed, "{at}");
        }
    }

    #[test]
    fn a_port_goes_by_number_and_protocol() {
        for (element, key) in [
            (json!({ "containerPort": 80 }), Some("80/tcp")),
            (
                json!({ "containerPort": 53, "protocol": "udp" }),
                Some("53/udp"),
            ),
            (
                json!({ "containerPortRange": "8080-8090" }),
                Some("8080-8090/tcp"),
            ),
            (json!({ "hostPort": 80 }), None),
        ] {
            assert_eq!(Key::Port.of(&element).as_deref(), key, "{element}");
        }
    }

    #[test]
    fn an_element_made_of_a_key_has_that_key() {
        for key in ["80/tcp", "8080-8090/udp"] {
            let element = Key::Port.element(key).unwrap();
            assert_eq!(Key::Port.of(&element).as_deref(), Some(key));
        }
        for text in ["80", "80/", "web/tcp", "1-x/tcp", "080/tcp", "+80/tcp"] {
            assert_eq!(Key::Port.element(text), None, "{text}");
        }
    }
}
