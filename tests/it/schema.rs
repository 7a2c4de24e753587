//! `acetate schema`.

use crate::support::World;

#[test]
fn it_is_on_stdout_and_nothing_else_is() {
    let done = World::new().run(&["schema"]);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    let schema: serde_json::Value = serde_json::from_str(&done.stdout).expect("JSON");
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let good = serde_json::json!({ "template": "ecs:web-template", "family": "web", "containers": { "app": { "image": "a:1" } } });
    assert!(validator.is_valid(&good));
    for place in ["", "/containers/app"] {
        let mut bad = good.clone();
        bad.pointer_mut(place).expect("it is there")["imaeg"] = "x".into();
        assert!(!validator.is_valid(&bad), "{place}");
    }
}
