//! `host/docs/reference.md` says what the tables of the program say.
//!
//! `BLESS=1 cargo test -p acetate --test it reference` writes it anew.

use std::fmt::Write as _;

use acetate::config::limits::{FIXED, Limit, TABLE};
use acetate::overlay::level::RULES;
use acetate::overlay::loading::NAMES;
use acetate::overlay::rule::{FORMS, Rule};

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

const LEVELS: &str = "
## Levels

Whoever may edit a place of level *code* decides what runs, or what it can reach, and *influence*
is over how it behaves. A plugin edits nothing but what the lines of its `allow` name; the built-in
one edits what the user's own lines say. `*` stands for any text within a part of a line.

| a line of `allow` | level | lets a plugin edit |
| --- | --- | --- |
";

const PLACES: &str = "
Each place has a level. `**` is the place before it and all below; what is not listed, a member
that this acetate has never heard of for one, is of level code.

| level | places |
| --- | --- |
";

const LOADING: &str = "
Variables of these names load code or redirect traffic, plain or secret, in any case. They are of
level code, and no `*` in a line of `allow` names them: each needs a line with exactly its name. So
does a name with anything in it but letters, digits, `_`, `.` and `-`.

| what reads them | names |
| --- | --- |
";

fn levels() -> String {
    let list = |texts: &[&str]| {
        let quoted = texts.iter().map(|text| format!("`{text}`"));
        quoted.collect::<Vec<_>>().join(", ")
    };
    let mut text = LEVELS.to_owned();
    for (form, about) in FORMS {
        let level = form.parse::<Rule>().map(|rule| rule.level().to_string());
        let level = level.unwrap_or_else(|_| "that of the place".to_owned());
        let _ = writeln!(text, "| `{form}` | {level} | {about} |");
    }
    text += PLACES;
    for (level, places) in RULES {
        let _ = writeln!(text, "| {level} | {} |", list(places));
    }
    text += LOADING;
    for (reader, names) in NAMES {
        let _ = writeln!(text, "| {reader} | {} |", list(names));
    }
    text
}

#[test]
fn the_reference_is_made_from_the_tables() {
    let page = root().join("host/docs/reference.md");
    let made = format!("{HEAD}{}{}{}", limits(), levels(), grants());
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
