//! The leaves of a document: what edits, claims and differences are counted in.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Address;

/// Every leaf at and below a place, in document order: strings, numbers, booleans, lists
/// without keys, empty objects and empty lists. The key of a keyed element is no leaf of its
/// own; an element with nothing but its key is one.
#[must_use]
pub fn leaves<'a>(value: &'a Value, at: &Address) -> Vec<(Address, &'a Value)> {
    let mut found = Vec::new();
    collect_leaves(value, at, &mut found);
    found
}

fn collect_leaves<'a>(value: &'a Value, at: &Address, found: &mut Vec<(Address, &'a Value)>) {
    let before = found.len();
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let place = at.child(name.as_str());
                if !place.is_key_member() {
                    collect_leaves(member, &place, found);
                }
            }
        }
        Value::Array(list) => {
            if let Some(key) = at.keyed_list() {
                for (index, element) in list.iter().enumerate() {
                    let name = key.of(element).unwrap_or_else(|| index.to_string());
                    collect_leaves(element, &at.child(name), found);
                }
            }
        }
        _ => {}
    }
    if found.len() == before {
        found.push((at.clone(), value));
    }
}

/// Elements of keyed lists that share their key with one before them.
#[must_use]
pub fn duplicates(document: &Value) -> Vec<Address> {
    let mut found = Vec::new();
    collect_duplicates(document, &Address::root(), &mut found);
    found
}

fn collect_duplicates(value: &Value, at: &Address, found: &mut Vec<Address>) {
    match value {
        Value::Object(members) => {
            let has_parts = |member: &Value| member.is_object() || member.is_array();
            for (name, member) in members.iter().filter(|(_, member)| has_parts(member)) {
                collect_duplicates(member, &at.child(name.as_str()), found);
            }
        }
        Value::Array(list) => {
            let Some(key) = at.keyed_list() else { return };
            let mut seen = BTreeSet::new();
            for element in list {
                let Some(name) = key.of(element) else {
                    continue;
                };
                let place = at.child(name.as_str());
                collect_duplicates(element, &place, found);
                if !seen.insert(name) {
                    found.push(place);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn leaf_texts(document: &Value) -> Vec<String> {
        leaves(document, &Address::root())
            .iter()
            .map(|(at, value)| format!("{at} {value}"))
            .collect()
    }

    #[test]
    fn leaves_stand_in_document_order_by_key() {
        let document = json!({
            "family": "web",
            "containerDefinitions": [{
                "name": "app",
                "image": "a:1",
                "command": ["run", "it"],
                "environment": [{ "name": "B", "value": "2" }, { "value": "1", "name": "A" }],
                "portMappings": [{ "containerPort": 80, "hostPort": 8080 }, { "containerPort": 53, "protocol": "udp" }],
                "dockerLabels": {},
                "secrets": [],
            }],
        });
        assert_eq!(
            leaf_texts(&document),
            [
                "/family \"web\"",
                "/containerDefinitions/app/image \"a:1\"",
                "/containerDefinitions/app/command [\"run\",\"it\"]",
                "/containerDefinitions/app/environment/B/value \"2\"",
                "/containerDefinitions/app/environment/A/value \"1\"",
                "/containerDefinitions/app/portMappings/80~1tcp/hostPort 8080",
                "/containerDefinitions/app/portMappings/53~1udp {\"containerPort\":53,\"protocol\":\"udp\"}",
                "/containerDefinitions/app/dockerLabels {}",
                "/containerDefinitions/app/secrets []",
            ]
        );
    }

    #[test]
    fn elements_of_one_key_are_found() {
        let document = json!({
            "containerDefinitions": [
                { "name": "app", "environment": [{ "name": "A" }, { "name": "A" }] },
                { "name": "app" },
            ],
            "tags": [{ "key": "a" }, { "key": "b" }],
        });
        let found: Vec<String> = duplicates(&document)
            .iter()
            .map(Address::to_string)
            .collect();
        assert_eq!(
            found,
            [
                "/containerDefinitions/app/environment/A",
                "/containerDefinitions/app"
            ]
        );
    }
}
