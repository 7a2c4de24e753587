//! What may not go from Describe to Register, and nothing else.
//!
//! Never an environment value, a label, a command or a log option: an empty string there is
//! somebody's meaning.

use serde_json::{Map, Value};

/// Members that only Describe has.
const DESCRIBED_ONLY: &[&str] = &[
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "deregisteredAt",
    "deleteRequestedAt",
    "registeredBy",
];

/// Members that Register refuses as an empty string, which some tools leave behind.
const EMPTY_REFUSED: &[&str] = &[
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "pidMode",
    "ipcMode",
    "cpu",
    "memory",
];

/// Prefix of the tags that only acetate writes.
pub const STAMP_PREFIX: &str = "acetate:";

/// Takes off: the Describe-only members; null members, wherever they are; empty strings at the
/// roles, the modes, `cpu` and `memory` of the task; tags that AWS reserves; an empty tag list.
pub fn strip(document: &mut Map<String, Value>) {
    document.retain(|name, value| {
        let described = DESCRIBED_ONLY.contains(&name.as_str());
        let refused = EMPTY_REFUSED.contains(&name.as_str()) && value.as_str() == Some("");
        !described && !refused
    });
    without_nulls(document);
    retain_tags(document, |key| !is_reserved(key));
}

/// Takes off acetate's own stamps.
pub fn strip_stamps(document: &mut Map<String, Value>) {
    retain_tags(document, |key| !key.starts_with(STAMP_PREFIX));
}

/// AWS reserves `aws:`, in upper and lower case.
fn is_reserved(key: &str) -> bool {
    key.get(..4)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
}

/// Keeps the tags whose key passes, and no empty list of tags.
fn retain_tags(document: &mut Map<String, Value>, keep: impl Fn(&str) -> bool) {
    let Some(Value::Array(tags)) = document.get_mut("tags") else {
        return;
    };
    tags.retain(|tag| tag.get("key").and_then(Value::as_str).is_none_or(&keep));
    if tags.is_empty() {
        document.shift_remove("tags");
    }
}

fn without_nulls(members: &mut Map<String, Value>) {
    members.retain(|_, value| !value.is_null());
    members.values_mut().for_each(without_nulls_below);
}

fn without_nulls_below(value: &mut Value) {
    match value {
        Value::Object(members) => without_nulls(members),
        Value::Array(list) => list.iter_mut().for_each(without_nulls_below),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stripped(mut document: Value) -> Value {
        strip(document.as_object_mut().unwrap());
        document
    }

    #[test]
    fn what_register_refuses_goes() {
        let described = json!({
            "taskDefinitionArn": "arn", "family": "web", "revision": 3, "status": "ACTIVE", "taskRoleArn": "",
            "requiresAttributes": [], "compatibilities": [], "registeredAt": 1.5, "deregisteredAt": 2,
            "deleteRequestedAt": 3, "registeredBy": "arn", "executionRoleArn": "", "networkMode": "",
            "pidMode": "", "ipcMode": "", "cpu": "", "memory": "", "proxyConfiguration": null,
            "containerDefinitions": [{ "name": "app", "healthCheck": null }], "tags": [],
        });
        let register = json!({ "family": "web", "containerDefinitions": [{ "name": "app" }] });
        assert_eq!(stripped(described).to_string(), register.to_string());
    }

    #[test]
    fn what_somebody_meant_stays() {
        let document = json!({
            "family": "web",
            "containerDefinitions": [{
                "name": "app", "image": "", "cpu": 0, "command": ["", "x"], "revision": 1, "status": "kept",
                "environment": [{ "name": "EMPTY", "value": "" }], "secrets": [],
                "dockerLabels": { "a": "" }, "tags": [],
                "logConfiguration": { "options": { "o": "", "memory": "" } },
            }],
            "volumes": [], "futureTop": "",
        });
        assert_eq!(stripped(document.clone()).to_string(), document.to_string());
    }

    #[test]
    fn reserved_tags_go_and_stamps_are_another_matter() {
        let tag = |key: &str| json!({ "key": key, "value": "v" });
        let mut document = stripped(
            json!({ "tags": [tag("aws:a"), tag("AWS:b"), tag("aws"), tag("acetate:source")] }),
        );
        assert_eq!(
            document,
            json!({ "tags": [tag("aws"), tag("acetate:source")] })
        );
        strip_stamps(document.as_object_mut().unwrap());
        assert_eq!(document, json!({ "tags": [tag("aws")] }));
        assert_eq!(stripped(json!({ "tags": [tag("aws:a")] })), json!({}));
    }
}
