//! Reads as much of HCL as the example holds: attributes, blocks, lists, objects, `jsonencode`
//! and references. A reference is the string `${reference}`.

use serde_json::{Map, Value};

/// The resource of this type and name.
pub fn resource(text: &str, kind: &str, name: &str) -> Map<String, Value> {
    let head = format!("resource \"{kind}\" \"{name}\" ");
    let (_, body) = text
        .split_once(&head)
        .unwrap_or_else(|| panic!("no {head}"));
    match value(&mut &*body) {
        Value::Object(members) => members,
        other => panic!("a resource is a block, not {other}"),
    }
}

/// Goes over white space, commas and comments.
fn skip(rest: &mut &str) {
    loop {
        *rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        match rest.strip_prefix('#') {
            Some(comment) => *rest = comment.split_once('\n').expect("a comment ends").1,
            None => return,
        }
    }
}

fn take(rest: &mut &str, token: char) -> bool {
    skip(rest);
    let taken = rest.strip_prefix(token);
    *rest = taken.unwrap_or(rest);
    taken.is_some()
}

fn value(rest: &mut &str) -> Value {
    if take(rest, '[') {
        let mut list = Vec::new();
        while !take(rest, ']') {
            list.push(value(rest));
        }
        return Value::from(list);
    }
    if take(rest, '{') {
        let mut members = Map::new();
        while !take(rest, '}') {
            let name = word(rest);
            // An attribute has a sign, a block inside has none.
            take(rest, '=');
            let inner = value(rest);
            members.insert(name, inner);
        }
        return Value::Object(members);
    }
    let quoted = rest.starts_with('"');
    let word = word(rest);
    match serde_json::from_str(&word) {
        _ if quoted => Value::from(word),
        Ok(literal) => literal,
        Err(_) if word == "jsonencode" => {
            assert!(take(rest, '('), "jsonencode is called");
            let inner = value(rest);
            assert!(take(rest, ')'), "the call ends");
            inner
        }
        Err(_) => Value::from(format!("${{{word}}}")),
    }
}

/// A name, a number, a reference, or a string without its quotes.
fn word(rest: &mut &str) -> String {
    skip(rest);
    if let Some(inner) = rest.strip_prefix('"') {
        let (text, after) = inner.split_once('"').expect("a string ends");
        assert!(
            !text.contains(['\\', '$']),
            "no escapes in the example: {text}"
        );
        *rest = after;
        return text.to_owned();
    }
    let end = rest
        .find(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)))
        .unwrap_or(rest.len());
    assert!(end > 0, "a word at {rest}");
    let (text, after) = rest.split_at(end);
    *rest = after;
    text.to_owned()
}
