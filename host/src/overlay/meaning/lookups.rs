//! What a grant means.

use serde_json::Value;

use super::Meaning;
use crate::config::nearest::listed;

/// What a capability lets a plugin do.
fn of(capability: &str) -> &'static str {
    match capability {
        "parameters" => "sees names, ARNs and kinds of parameters",
        "parameter-values" => "reads plain values of parameters",
        "secret-names" => "sees names and ARNs of secrets",
        "secret-keys" => "sees the names of JSON keys in secrets",
        "images" => "looks up digests of images",
        "files" => "reads files of the project",
        _ => "looks up",
    }
}

/// A capability that nobody granted yet.
pub(super) fn asked(capability: &str) -> Meaning {
    Meaning {
        line: capability.to_owned(),
        level: None,
        says: format!("{}: those that `grant` names", of(capability)),
    }
}

/// Each capability that was granted. What may be looked up by name may be a secret of a container
/// that the entry may edit: `receivers`, in words.
pub(super) fn grants(grant: &Value, receivers: &[String]) -> Vec<Meaning> {
    let given = grant.as_object().into_iter().flatten();
    let meaning = |(capability, given): (&String, &Value)| {
        let what = of(capability);
        let which = match given {
            Value::Bool(true) => "any".to_owned(),
            Value::Array(list) if !list.is_empty() => listed(list.iter().filter_map(Value::as_str)),
            _ => return None,
        };
        let handed = match capability.as_str() {
            "parameters" | "secret-names" if !receivers.is_empty() => {
                format!("; it may hand their values to {}", receivers.join(", "))
            }
            _ => String::new(),
        };
        let says = format!("{what}: {which}{handed}");
        let line = capability.clone();
        Some(Meaning {
            line,
            level: None,
            says,
        })
    };
    given.filter_map(meaning).collect()
}
