//! What a plugin says of itself.

use acetate::plugin::inspect::inspect;
use acetate::plugin::{PluginSource, manifest as section, schema};
use serde_json::{Value, json};

/// A `plugin.toml`, alone and in a component, and the schema in it against some configurations.
pub fn manifest(bytes: &[u8]) {
    // As the sections of a component, whatever they are.
    let raw = [b"\0asm\x0d\0\x01\0".as_slice(), bytes].concat();
    let _ = section::read(&raw);
    let component = component(bytes);
    let inside = section::read(&component);
    let name = "fuzzed".to_owned();
    let inspected = inspect(PluginSource::Component {
        name,
        bytes: component,
    });
    assert_eq!(inspected.is_ok(), inside.is_ok(), "both read the same");
    let Ok(text) = std::str::from_utf8(bytes) else {
        assert!(inside.is_err(), "it is no text");
        return;
    };
    let alone = section::parse(text);
    assert_eq!(
        alone.as_ref().map(|manifest| format!("{manifest:?}")).ok(),
        inside
            .map(|manifest| format!("{:?}", manifest.expect("it is there")))
            .ok(),
        "the section changes nothing"
    );
    if let Ok(inspected) = inspected {
        let _ = (inspected.refusals(), inspected.disagreements());
    }
    let Ok(Some(rules)) = alone.map(|manifest| manifest.config_schema) else {
        return;
    };
    for config in [
        json!({}),
        json!({ "a": 1, "name": "x", "list": ["a", "b"], "deep": { "a": { "a": null } } }),
        json!([1, "a", []]),
        Value::Null,
        rules.root().to_value(),
    ] {
        let _ = schema::wanted_lookups(&rules, &config);
        if let Ok(complete) = schema::check(&rules, &config) {
            let again = schema::check(&rules, &complete);
            assert_eq!(again.as_ref(), Ok(&complete), "what is complete stays");
        }
    }
}

/// A component of nothing else.
fn component(manifest: &[u8]) -> Vec<u8> {
    let name = section::SECTION.as_bytes();
    let mut custom = vec![name.len() as u8];
    custom.extend(name);
    custom.extend(manifest);
    let mut component = b"\0asm\x0d\0\x01\0\0".to_vec();
    // LEB128 in five bytes.
    let length = custom.len();
    component.extend((0..5).map(|at| (length >> (7 * at) & 0x7f) as u8 | u8::from(at < 4) << 7));
    component.extend(custom);
    component
}
