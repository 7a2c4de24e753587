//! `host/docs/reference.md` says what the tables of the program say.
//!
//! `BLESS=1 cargo test -p acetate --test it reference` writes it anew.

use std::fmt::Write as _;

use acetate::config::limits::{FIXED, Limit, TABLE};

use serde_json::Value;

use crate::support::root;

const HEAD: &str = "\
# Reference: limits, levels, grants

Made from the tables of the program; a test holds the two together. After a change there,
`BLESS=1 cargo test -p acetate --test it reference` writes this page anew.
";

const LIMITS: &str = "
## Limits

Each limit is on by default, and named in the error that ends a plugin's run. `[limits]` in
acetate.toml sets them for the plugins of `[overlays]` and `[policies]`, and `limits = { … }` in an
entry for that one; the built-in plugin keeps the defaults. No configuration passes the bound in
the column *at most*. A size is written as `\"100B\"`, `\"512KiB\"`, `\"64MiB\"` or `\"1GiB\"`, a time as
`\"90s\"`, `\"15m\"` or `\"1h30m\"`, everything else as an integer.

`acetate plugin run --stats` prints what a plugin used of each.

| limit | default | at most | what it counts |
| --- | --- | --- | --- |
";

const FIXED_LIMITS: &str = "
These hold for every plugin alike, the built-in one included, and are not to be set:

| limit | allowed | what it counts |
| --- | --- | --- |
";

fn limits() -> String {
    let written = |limit: &Limit, amount| format!("`{}`", limit.written(amount));
    let mut text = LIMITS.to_owned();
    for limit in TABLE {
        let (default, most) = (written(limit, limit.default), written(limit, limit.most));
        let _ = writeln!(
            text,
            "| `{}` | {default} | {most} | {} |",
            limit.name, limit.about
        );
    }
    text += FIXED_LIMITS;
    for limit in FIXED {
        let allowed = written(limit, limit.default);
        let _ = writeln!(text, "| `{}` | {allowed} | {} |", limit.name, limit.about);
    }
    text
}

const GRANTS: &str = "
## Grants

What the plugin of an entry may look up: nothing, until `grant` in its entry says so by capability.
Each takes a list of patterns, in which `*` stands for any text, or `true` for all of it. What a
plugin's manifest does not ask for stays refused. `acetate plugin inspect` tells what it asks for,
and why.

| capability | what is granted |
| --- | --- |
";

/// From the schema of acetate.toml, which is made from the table of its keys.
fn grants() -> String {
    let schema = acetate::config::schema(None);
    let entry = "/$defs/settings/properties/overlays/additionalProperties";
    let grants = schema.pointer(&format!("{entry}/properties/grant/properties"));
    let mut text = GRANTS.to_owned();
    for (name, grant) in grants.and_then(Value::as_object).expect("grants are keys") {
        let about = grant["description"]
            .as_str()
            .expect("every key is described");
        let _ = writeln!(text, "| `{name}` | {about} |");
    }
    text
}

#[test]
fn the_reference_is_made_from_the_tables() {
    let page = root().join("host/docs/reference.md");
    let made = format!("{HEAD}{}{}", limits(), grants());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&page, made).expect("it can be written");
        return;
    }
    let kept = std::fs::read_to_string(&page).expect("it is there");
    let hint = "`BLESS=1 cargo test -p acetate --test it reference` writes it anew";
    assert!(
        kept == made,
        "host/docs/reference.md is not what the tables say: {hint}"
    );
}
