//! Calls in any order: nothing of level code changes.

use super::*;
use proptest::prelude::*;

proptest! {
    /// Whatever is called in whatever order: what changed is at places below level code, or
    /// the one sidecar with an image of its repository.
    #[test]
    fn nothing_of_level_code_changes(
        calls in proptest::collection::vec((0..12_usize, "(app|proxy|otel|evil)", "(A|PATH|LD_X|OTEL_A|x/y|~|\\*)", "(acme/otel:1|evil|/web/s|/other)"), 0..16)
    ) {
        let mut draft = draft(&["labels:*:*", "tags:*", "env:*:*", "secrets:*:*", "sidecar:otel=acme/otel", "sidecar:proxy=acme/otel"]);
        for (call, container, name, value) in calls {
            let at = Address::container(&container);
            let _ = match call {
                0 => draft.set_env(&container, &name, &value),
                1 => draft.unset_env(&container, &name),
                2 => draft.set_secret(&container, &name, &value),
                3 => draft.unset_secret(&container, &name),
                4 => draft.add_container(&container, &json!({ "image": value }).to_string()),
                5 => draft.remove_container(&container),
                6 => draft.set_image(&container, &value),
                7 => draft.set_json(&at.child("environment").child(name).to_string(), &json!({ "value": value }).to_string()),
                8 => draft.set_json(&at.to_string(), &json!({ name: value, "image": "evil" }).to_string()),
                9 => draft.remove(&at.child("environment").child(name).to_string()),
                10 => draft.set_label(&container, &name, &value),
                _ => draft.set_tag(&name, &value),
            };
        }
        let before = template();
        for container in ["app", "proxy"] {
            for member in ["image", "command", "healthCheck", "name"] {
                let place = Address::container(container).child(member);
                prop_assert_eq!(address::get(draft.document(), &place), address::get(before.value(), &place));
            }
        }
        let leaves = address::leaves(draft.document(), &Address::root());
        for (leaf, value) in leaves {
            let same = address::get(before.value(), &leaf) == Ok(Some(value));
            let own = leaf.is_within(&Address::container("otel"));
            let image = own && leaf.tokens().last().is_some_and(|last| last == "image");
            let empty = own && leaf.tokens().len() == 2 || value.as_array().is_some_and(Vec::is_empty);
            prop_assert!(same || empty || (image && value == "acme/otel:1") || level::of(&leaf) < Level::Code, "{} {}", leaf, value);
        }
        for (leaf, value) in address::leaves(before.value(), &Address::root()) {
            let same = address::get(draft.document(), &leaf) == Ok(Some(value));
            prop_assert!(same || level::of(&leaf) < Level::Code, "{} {}", leaf, value);
        }
    }
}
