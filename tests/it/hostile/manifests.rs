//! Manifests that mean harm: what a plugin says of itself is read before any limit on the plugin
//! counts, and brings nothing down.

use super::*;
use crate::support::component::{component_of, with_manifest};

fn plugin(rest: &str) -> Vec<u8> {
    let component = component_of(
        r#"(module
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
            (func (export "acetate:plugin/overlay@0.1.0#apply") (result i32) i32.const 0))"#,
        "overlay-plugin",
    );
    let head = "name = 'x'\nversion = '1.0.0'\nkind = 'overlay'\ninterface = '0.1.0'\n";
    with_manifest(component, &format!("{head}{rest}"))
}

/// Schemas that go round in circles, double at each step, or cost much to check.
#[test]
fn schemas_that_explode_end_in_an_error_in_time() {
    let alternatives: Vec<Value> = (0..20).map(|_| json!({ "$ref": "#/$defs/a" })).collect();
    let nested = "[".repeat(100_000);
    for (name, schema) in [
        ("itself", r##"{"$ref":"#"}"##.to_owned()),
        ("itself, among all", r##"{"allOf":[{"$ref":"#"}]}"##.to_owned()),
        (
            "two circles",
            r##"{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}"##.to_owned(),
        ),
        (
            "a doubling circle",
            json!({ "anyOf": alternatives, "$defs": { "a": { "anyOf": alternatives } } }).to_string(),
        ),
        (
            "defaults that double",
            r##"{"default":{},"properties":{"a":{"$ref":"#","default":{}},"b":{"$ref":"#","default":{}}},"required":["c"]}"##
                .to_owned(),
        ),
        (
            "a pattern that backtracks",
            r#"{"properties":{"t":{"pattern":"^(?=a)((a+)+)+$"}},"minProperties":0}"#.to_owned(),
        ),
        (
            "a pattern of a billion states",
            r#"{"properties":{"t":{"pattern":"(\\w{1000}){1000}"}},"minProperties":0}"#.to_owned(),
        ),
        ("from elsewhere", r#"{"$ref":"http://127.0.0.1:9/schema.json"}"#.to_owned()),
        ("a file", r#"{"$ref":"file:///etc/passwd"}"#.to_owned()),
        ("no multiple", r#"{"properties":{"n":{"multipleOf":1e-320}},"minProperties":0}"#.to_owned()),
        ("deep", nested),
    ] {
        let practice = Practice::new(&plugin(&format!("schema = '{schema}'\n")));
        let text = format!("{}b", "a".repeat(60));
        let ended = practice.run(&json!({ "t": text, "n": 3 }), "", &["render"]);
        let code = ended.ran.code.unwrap_or_else(|| panic!("{name}: {}", ended.ran));
        tell(&format!("schema: {name}"), &format!("exit code {code}"), &ended);
        assert!(code <= 1, "{name}: {}", ended.ran);
        assert!(ended.took < SOON, "{name}: {:?}", ended.took);
        assert!(ended.peak < MEMORY, "{name}: {}", ended.peak);
    }
}

#[test]
fn manifests_that_are_none_are_told() {
    let nested = format!("x = {}", "[".repeat(50_000));
    let book = format!("# {}", "x".repeat(2 << 20));
    for (name, rest) in [
        ("nested", nested.as_str()),
        ("a book", book.as_str()),
        ("not UTF-8", "description = '\u{0}'"),
        ("twice", "name = 'y'"),
        ("the wrong type", "capabilities = 3"),
    ] {
        let told = load(plugin(rest)).map(|_| ()).expect_err(name);
        assert!(
            told.starts_with("the manifest of plugin `p`: "),
            "{name}: {told}"
        );
    }
}

#[test]
fn a_configuration_that_fails_its_schema_is_told_before_the_plugin_runs() {
    let schema = "[config]\ntype = 'object'\nproperties.a = { type = 'integer' }\n";
    let practice = Practice::new(&plugin(schema));
    let words = "\"x\" is not of type \"integer\" (key `overlays.bad.config.a`)";
    practice.refuses("not the schema's", &json!({ "a": "x" }), 1, words);
}
