//! The XML that query APIs answer with, as JSON.

use serde_json::{Map, Value};
use xmlparser::{ElementEnd, Token, Tokenizer};

/// No answer is nested deeper.
const DEEPEST: usize = 64;

/// What is in the `…Result` element of an answer; null where it has none.
pub(super) fn result(body: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(body).map_err(|e| e.to_string())?;
    let Value::Object(members) = tree(text)? else {
        return Err("the answer is no XML of this API".to_owned());
    };
    let mut members = members.into_iter();
    Ok(members
        .find_map(|(name, value)| name.ends_with("Result").then_some(value))
        .unwrap_or_default())
}

/// An element that is open: its name, its children in their order, its text.
#[derive(Default)]
struct Open {
    name: String,
    children: Vec<(String, Value)>,
    text: String,
}

/// The content of the root element.
fn tree(text: &str) -> Result<Value, String> {
    let mut open: Vec<Open> = vec![Open::default()];
    for token in Tokenizer::from(text) {
        match token.map_err(|e| e.to_string())? {
            Token::ElementStart { local, .. } => {
                if open.len() > DEEPEST {
                    return Err("the answer is nested too deeply".to_owned());
                }
                open.push(Open {
                    name: local.to_string(),
                    ..Open::default()
                });
            }
            Token::ElementEnd { end, .. } => match end {
                ElementEnd::Open => {}
                ElementEnd::Empty => close(&mut open, None)?,
                ElementEnd::Close(_, local) => close(&mut open, Some(local.as_str()))?,
            },
            Token::Text { text } => last(&mut open)?.text.push_str(&unescaped(&text)?),
            Token::Cdata { text, .. } => last(&mut open)?.text.push_str(&text),
            _ => {}
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(document), true) => document
            .children
            .into_iter()
            .next()
            .map(|(_, root)| root)
            .ok_or_else(|| "the answer is empty".to_owned()),
        _ => Err("the answer ends in the middle".to_owned()),
    }
}

fn last(open: &mut [Open]) -> Result<&mut Open, String> {
    open.last_mut()
        .ok_or_else(|| "an element ends that did not start".to_owned())
}

fn close(open: &mut Vec<Open>, name: Option<&str>) -> Result<(), String> {
    let ended = open.pop().unwrap_or_default();
    if name.is_some_and(|name| name != ended.name) {
        return Err(format!("`{}` does not end", ended.name));
    }
    let value = value(ended.children, ended.text);
    last(open)?.children.push((ended.name, value));
    Ok(())
}

/// Text, a list of what is called `member`, or members by name.
fn value(children: Vec<(String, Value)>, text: String) -> Value {
    if children.is_empty() {
        return Value::String(text);
    }
    if children.iter().all(|(name, _)| name == "member") {
        return children.into_iter().map(|(_, value)| value).collect();
    }
    Value::Object(children.into_iter().collect::<Map<_, _>>())
}

fn unescaped(text: &str) -> Result<String, String> {
    let mut parts = text.split('&');
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let wrong = || {
            format!(
                "`&{}` is no character",
                part.chars().take(12).collect::<String>()
            )
        };
        let (name, rest) = part.split_once(';').ok_or_else(wrong)?;
        all.push(character(name).ok_or_else(wrong)?);
        all.push_str(rest);
    }
    Ok(all)
}

fn character(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn elements_are_members_and_lists_are_arrays() {
        let text = r#"<?xml version="1.0"?><GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <GetRoleResult><Role><RoleName>web &amp; &lt;app&gt; &#x41;&#66;</RoleName><Path>/</Path>
    <Tags><member><Key>a</Key><Value/></member><member><Key>b</Key><Value><![CDATA[1 & 2]]></Value></member></Tags>
    <Empty/></Role></GetRoleResult>
  <ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetRoleResponse>"#;
        let expected = json!({ "Role": {
            "RoleName": "web & <app> AB",
            "Path": "/",
            "Tags": [{ "Key": "a", "Value": "" }, { "Key": "b", "Value": "1 & 2" }],
            "Empty": "",
        }});
        assert_eq!(result(text.as_bytes()), Ok(expected));
        let nothing = "<TagRoleResponse><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></TagRoleResponse>";
        assert_eq!(result(nothing.as_bytes()), Ok(Value::Null));
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        let deep = "<a>".repeat(100_000);
        for bad in [
            "",
            "text",
            "<a><b></a></b>",
            "<a><Result>",
            "</a>",
            "<a><b>&nbsp;</b></a>",
            "<a><b>&#xD800;</b></a>",
            "<html>Service Unavailable</html>",
            "{}",
            &deep,
        ] {
            let start: String = bad.chars().take(20).collect();
            assert!(result(bad.as_bytes()).is_err(), "{start}");
        }
        assert!(result(&[0xff]).is_err());
    }
}
