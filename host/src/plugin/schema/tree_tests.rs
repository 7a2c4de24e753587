//! The form in which a schema is kept.

use serde_json::json;

use super::{Part, Tree, strip_remarks};

#[test]
fn a_schema_is_the_same_in_both_forms() {
    let schema = json!({ "a/b": [null, true, 1.50, "x"], "~": { "": -3 } });
    let tree = Tree::from(&schema);
    let tree = tree.root();
    assert_eq!(tree.to_value(), schema);
    for pointer in [
        "", "/a~1b", "/a~1b/2", "/~0/", "/a~1b/4", "/a~1b/02", "/a~1b/+2", "/b", "a",
    ] {
        let found = tree.pointer(pointer).map(Part::to_value);
        assert_eq!(found.as_ref(), schema.pointer(pointer), "{pointer}");
    }
}

#[test]
fn remarks_go_and_what_has_their_names_stays() {
    let thing = json!({ "type": "string", "description": "a thing", "title": "Thing" });
    let bare = json!({ "type": "string" });
    let mut schema = json!({
        "description": "all",
        "properties": { "description": thing, "title": thing },
        "additionalProperties": { "anyOf": [thing, { "items": thing }] },
        "$defs": { "examples": thing },
        "default": { "description": "of a value" },
        "enum": [{ "title": "a value" }],
        "x-mine": { "description": "whose it is" },
    });
    let kept = json!({
        "properties": { "description": bare, "title": bare },
        "additionalProperties": { "anyOf": [bare, { "items": bare }] },
        "$defs": { "examples": bare },
        "default": { "description": "of a value" },
        "enum": [{ "title": "a value" }],
        "x-mine": { "description": "whose it is" },
    });
    strip_remarks(&mut schema);
    assert_eq!(schema, kept);
}
