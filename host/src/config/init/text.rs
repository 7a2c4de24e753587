//! Writes TOML as people do: plain keys, a section a table, short tables in one line.

use serde_json::{Map, Value};

/// Tables with more members than this get a section of their own.
const IN_ONE_LINE: usize = 2;

/// A section with this header; without one, only the keys.
pub fn section(path: &[&str], content: &Map<String, Value>) -> String {
    let (tables, plain): (Vec<_>, Vec<_>) = content.iter().partition(|(_, value)| is_long(value));
    let mut text = String::new();
    if !path.is_empty() && (!plain.is_empty() || tables.is_empty()) {
        let header: Vec<String> = path.iter().map(|name| key(name)).collect();
        text += &format!("\n[{}]\n", header.join("."));
    }
    for (name, value) in plain {
        text += &format!("{} = {}\n", key(name), inline(value));
    }
    for (name, value) in tables {
        let below: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
        text += &section(&below, value.as_object().unwrap_or(&Map::new()));
    }
    text
}

fn is_long(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|members| members.len() > IN_ONE_LINE)
}

/// A key, quoted where it has to be.
pub fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// A value in one line. Null, which TOML has not, is left out of arrays and tables.
pub fn inline(value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let items: Vec<String> = items
                .iter()
                .filter(|item| !item.is_null())
                .map(inline)
                .collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, value)| !value.is_null());
            let members: Vec<String> = kept
                .map(|(name, value)| format!("{} = {}", key(name), inline(value)))
                .collect();
            format!("{{ {} }}", members.join(", "))
        }
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '\n' => quoted += "\\n",
            '\r' => quoted += "\\r",
            '\t' => quoted += "\\t",
            c if c.is_control() => quoted += &format!("\\u{:04X}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn sections() {
        let content = json!({
            "image": "a:1", "command": ["sh", "-c", "x\ty"], "health-check": false,
            "labels": { "com.acme": "1" },
            "env": { "A": "1", "B": "\"2\"", "c d": "3" },
        });
        let expected = "\n[containers.app]\nimage = \"a:1\"\ncommand = [\"sh\", \"-c\", \"x\\ty\"]\nhealth-check = false\nlabels = { \"com.acme\" = \"1\" }\n\n[containers.app.env]\nA = \"1\"\nB = \"\\\"2\\\"\"\n\"c d\" = \"3\"\n";
        assert_eq!(
            section(
                &["containers", "app"],
                content.as_object().expect("an object")
            ),
            expected
        );
    }

    proptest! {
        #[test]
        fn toml_reads_what_was_written(name in "\\PC*|[\\x00-\\x7f]*", text in "\\PC*|[\\x00-\\xff]*") {
            let content = json!({ name.clone(): text.clone() });
            let written = section(&[], content.as_object().expect("an object"));
            let read: toml::Table = written.parse().expect("TOML");
            prop_assert_eq!(read[&name].as_str(), Some(text.as_str()));
        }
    }
}
