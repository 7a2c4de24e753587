//! Places as users write them in acetate.toml: `env:app:LOG_LEVEL`, `image:app`, `json:/cpu`.
//!
//! A place is short for an address. In a pattern, `*` stands for any text, and a pattern always
//! matches the whole place.

use crate::task_definition::address::Address;

/// The short name of a place, as `override` and `allow` take it. What has no short name is
/// `json:` and the address.
#[must_use]
pub fn of(address: &Address) -> String {
    let tokens: Vec<&str> = address.tokens().iter().map(String::as_str).collect();
    match tokens.as_slice() {
        ["tags", name, ..] => format!("tags:{name}"),
        ["containerDefinitions", container] => format!("sidecar:{container}"),
        ["containerDefinitions", container, "image"] => format!("image:{container}"),
        ["containerDefinitions", container, "healthCheck", ..] => {
            format!("health-check:{container}")
        }
        ["containerDefinitions", container, "environment", name, ..] => {
            format!("env:{container}:{name}")
        }
        ["containerDefinitions", container, "secrets", name, ..] => {
            format!("secrets:{container}:{name}")
        }
        ["containerDefinitions", container, "dockerLabels", name] => {
            format!("labels:{container}:{name}")
        }
        _ => format!("json:{address}"),
    }
}

/// Whether a pattern of acetate.toml names this place. A `json:` pattern also names all below.
#[must_use]
pub fn names(pattern: &str, address: &Address) -> bool {
    let Some(pointer) = pattern.strip_prefix("json:") else {
        return matches(pattern, &of(address));
    };
    let mut place = Some(address.clone());
    while let Some(at) = place {
        if matches(pointer, &at.to_string()) {
            return true;
        }
        place = at.parent();
    }
    false
}

/// Whether text is what a pattern says, from its first to its last letter; `*` stands for any
/// text, also for none.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let Some(last) = pattern.contains('*').then(|| parts.next_back()).flatten() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn every_kind_of_place_has_its_name() {
        for (address, place) in [
            ("/containerDefinitions/app", "sidecar:app"),
            ("/containerDefinitions/app/image", "image:app"),
            ("/containerDefinitions/app/environment/A/value", "env:app:A"),
            ("/containerDefinitions/app/environment/A", "env:app:A"),
            (
                "/containerDefinitions/app/secrets/A/valueFrom",
                "secrets:app:A",
            ),
            (
                "/containerDefinitions/app/dockerLabels/com.acme",
                "labels:app:com.acme",
            ),
            (
                "/containerDefinitions/app/healthCheck/retries",
                "health-check:app",
            ),
            (
                "/containerDefinitions/app/cpu",
                "json:/containerDefinitions/app/cpu",
            ),
            ("/tags/team/value", "tags:team"),
            ("/cpu", "json:/cpu"),
        ] {
            assert_eq!(of(&at(address)), place);
            assert!(names(place, &at(address)), "{place}");
        }
    }

    #[test]
    fn a_json_place_names_all_below() {
        assert!(names("json:/volumes", &at("/volumes/data/host/sourcePath")));
        assert!(names(
            "json:/containerDefinitions/*/ulimits",
            &at("/containerDefinitions/app/ulimits/core/hardLimit")
        ));
        assert!(!names("json:/volumes", &at("/volumesX")));
    }

    #[test]
    fn patterns_are_anchored() {
        for (pattern, text, expected) in [
            ("env:app:A", "env:app:A", true),
            ("env:app:A", "env:app:AB", false),
            ("env:app:A", "xenv:app:A", false),
            ("env:app:OTEL_*", "env:app:OTEL_", true),
            ("env:*:A", "env:app:A", true),
            ("env:*:A", "env:app:B", false),
            ("*", "", true),
            ("a*a", "a", false),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a**", "a", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
