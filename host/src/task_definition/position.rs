//! Where things stand in the text of a document, and what a parsed document no longer shows:
//! lines for messages, members written twice, the form of numbers with an exponent.

use std::collections::HashSet;

use serde_json::{Number, Value};

use super::address::{self, Address};

/// The line, from 1, on which a place of this document stands: where the name of a member
/// begins, or an element of a list. `place` is an RFC 6901 pointer with indexes, or an address
/// with keys. `None` where the text is no JSON or has no such place.
#[must_use]
pub fn line_of(text: &[u8], place: &str) -> Option<usize> {
    let document: Value = serde_json::from_slice(text).ok()?;
    let place: Address = place.parse().ok()?;
    let pointer: Address = match document.pointer(&place.to_string()) {
        Some(_) => place,
        None => address::to_pointer(&document, &place)?.parse().ok()?,
    };
    let mut line = pointer.tokens().is_empty().then_some(1);
    walk(text, &mut |seen| {
        if seen.place == pointer.tokens() {
            line.get_or_insert_with(|| line_at(text, seen.start));
        }
    });
    line
}

/// A member that an object has more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twice {
    /// Its place, with keys where its list has them.
    pub address: String,
    /// The line of the later one, from 1.
    pub line: usize,
}

/// Members that stand in one object more than once. The text must be JSON, and `document` what
/// it says.
#[must_use]
pub fn written_twice(text: &[u8], document: &Value) -> Vec<Twice> {
    let mut found = Vec::new();
    walk(text, &mut |seen| {
        if seen.again {
            let address = address_of(document, seen.place).to_string();
            found.push(Twice {
                address,
                line: line_at(text, seen.start),
            });
        }
    });
    found
}

/// The address, with keys, of a place that goes by indexes. Elements without a key keep their
/// index.
#[must_use]
pub fn address_of(document: &Value, pointer: &[String]) -> Address {
    let (mut address, mut value) = (Address::root(), Some(document));
    for token in pointer {
        let element = match value {
            Some(Value::Array(list)) => token.parse().ok().and_then(|i: usize| list.get(i)),
            Some(Value::Object(members)) => members.get(token),
            _ => None,
        };
        let key = address
            .keyed_list()
            .filter(|_| value.is_some_and(Value::is_array));
        let name = key.zip(element).and_then(|(key, element)| key.of(element));
        address = address.child(name.unwrap_or_else(|| token.clone()));
        value = element;
    }
    address
}

/// JSON text into a document that keeps the form of every number. `serde_json` keeps all but one
/// form: it writes `1E3` as `1e+3`.
///
/// # Errors
/// The text is no JSON.
pub fn read(text: &[u8]) -> Result<Value, serde_json::Error> {
    let mut document: Value = serde_json::from_slice(text)?;
    let digit_and_e = |pair: &[u8]| pair[0].is_ascii_digit() && matches!(pair[1], b'e' | b'E');
    if !text.windows(2).any(digit_and_e) {
        // Nearly every document, and no walk through it.
        return Ok(document);
    }
    let mut literals: Vec<(Address, String)> = Vec::new();
    walk(text, &mut |seen| {
        if let Some(literal) = with_exponent(&text[seen.value..]) {
            literals.push((
                seen.place
                    .iter()
                    .fold(Address::root(), |at, token| at.child(token.as_str())),
                literal,
            ));
        }
    });
    for (place, literal) in literals {
        if let Some(value @ Value::Number(_)) = document.pointer_mut(&place.to_string()) {
            *value = Value::Number(Number::from_string_unchecked(literal));
        }
    }
    Ok(document)
}

/// The number with an exponent that this text starts with, as it is written.
fn with_exponent(text: &[u8]) -> Option<String> {
    let end = text
        .iter()
        .position(|b| !matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    let literal = &text[..end.unwrap_or(text.len())];
    let exponent = literal.iter().any(|b| matches!(b, b'e' | b'E'));
    exponent.then(|| String::from_utf8_lossy(literal).into_owned())
}

fn line_at(text: &[u8], offset: usize) -> usize {
    1 + text[..offset].iter().filter(|byte| **byte == b'\n').count()
}

/// A member or an element on the way.
struct Seen<'a> {
    /// Where it is, by indexes.
    place: &'a [String],
    /// Offset at which its name, or the element, starts.
    start: usize,
    /// Offset at which its value starts.
    value: usize,
    /// Its object had a member of that name before.
    again: bool,
}

/// Calls `visit` for every member and element of a JSON text. Text that is no JSON ends the walk.
fn walk(text: &[u8], visit: &mut dyn FnMut(Seen<'_>)) {
    let mut walker = Walker {
        text,
        at: 0,
        place: Vec::new(),
        visit,
    };
    let _ = walker.value();
}

struct Walker<'a> {
    text: &'a [u8],
    at: usize,
    place: Vec<String>,
    visit: &'a mut dyn FnMut(Seen<'_>),
}

impl Walker<'_> {
    fn value(&mut self) -> Option<()> {
        match self.peek()? {
            b'{' => self.object(),
            b'[' => self.array(),
            b'"' => self.string().map(|_| ()),
            _ => {
                let end =
                    |byte: &u8| matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace();
                let rest = &self.text[self.at..];
                let length = rest.iter().position(end).unwrap_or(rest.len());
                self.at += length;
                // Nothing at all is no value, and would not get the walk on.
                (length > 0).then_some(())
            }
        }
    }

    fn object(&mut self) -> Option<()> {
        let mut names = HashSet::new();
        self.at += 1;
        while self.peek()? != b'}' {
            let start = self.at;
            let name = self.string()?;
            self.take(b':')?;
            let again = !names.insert(name.clone());
            self.child(name, start, again)?;
        }
        self.take(b'}')
    }

    fn array(&mut self) -> Option<()> {
        self.at += 1;
        let mut index = 0;
        while self.peek()? != b']' {
            let start = self.at;
            self.child(index.to_string(), start, false)?;
            index += 1;
        }
        self.take(b']')
    }

    fn child(&mut self, token: String, start: usize, again: bool) -> Option<()> {
        self.peek()?;
        self.place.push(token);
        (self.visit)(Seen {
            place: &self.place,
            start,
            value: self.at,
            again,
        });
        self.value()?;
        self.place.pop();
        if self.peek()? == b',' {
            self.at += 1;
        }
        Some(())
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.take(b'"')?;
        while *self.text.get(self.at)? != b'"' {
            self.at += if self.text[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        serde_json::from_slice(&self.text[start..self.at]).ok()
    }

    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        let found = self.peek()? == byte;
        self.at += usize::from(found);
        found.then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
  "family": "a\"}",
  "containerDefinitions": [
    { "name": "app", "essential": true,
      "environment": [
        { "name": "A", "value": "" },
        { "name": "B",
          "value": "1" } ] },
    { "name": "log",
      "cpu": 1.0, "cpu": 2 }
  ]
}"#;

    #[test]
    fn lines_by_pointer_and_by_address() {
        for (place, line) in [
            ("", Some(1)),
            ("/family", Some(2)),
            ("/containerDefinitions", Some(3)),
            ("/containerDefinitions/0/environment/1/value", Some(8)),
            ("/containerDefinitions/app/environment/B/value", Some(8)),
            ("/containerDefinitions/1", Some(9)),
            ("/containerDefinitions/log/cpu", Some(10)),
            ("/containerDefinitions/none", None),
        ] {
            assert_eq!(line_of(TEXT.as_bytes(), place), line, "{place}");
        }
    }

    #[test]
    fn what_stands_twice_is_found() {
        let document = serde_json::from_str(TEXT).unwrap();
        let twice = written_twice(TEXT.as_bytes(), &document);
        let address = "/containerDefinitions/log/cpu".to_owned();
        assert_eq!(twice, [Twice { address, line: 10 }]);
    }

    #[test]
    fn numbers_keep_their_form() {
        let text = r#"{"a":[1e3,1E-3,{"e":-1.0E+2}],"b":1.50,"c":-0,"1e3":"1e3","e":true}"#;
        assert_eq!(read(text.as_bytes()).unwrap().to_string(), text);
    }

    #[test]
    fn no_text_brings_the_walk_down() {
        for text in [
            "", "{", "{\"a", "{\"a\":", "[1,", "nonsense", "{\"a\\", "{1:2}", "[}",
        ] {
            walk(text.as_bytes(), &mut |_| {});
            assert!(read(text.as_bytes()).is_err());
            assert_eq!(line_of(text.as_bytes(), "/a"), None, "{text}");
        }
    }
}
