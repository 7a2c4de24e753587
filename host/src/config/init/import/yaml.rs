//! YAML as JSON. Every scalar stays the text that was written: what is read here are names, and
//! an account such as `012345678901` is no number.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};
use serde_json::{Map, Value};

/// How deep lists and mappings may go.
const DEPTH: usize = 32;

/// Reads the first document. Aliases are refused: these configurations have no use for them.
///
/// # Errors
/// What is wrong, as a fragment with its line.
pub fn read(text: &str) -> Result<Value, String> {
    let mut events = Parser::new_from_str(text);
    loop {
        match next(&mut events)? {
            (Event::StreamEnd, _) => return Ok(Value::Null),
            (
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd,
                _,
            ) => {}
            (event, span) => return node(event, &span, &mut events, 0),
        }
    }
}

fn next<'a>(
    events: &mut impl Iterator<Item = Result<(Event<'a>, Span), ScanError>>,
) -> Result<(Event<'a>, Span), String> {
    match events.next() {
        Some(Ok(event)) => Ok(event),
        Some(Err(error)) => Err(format!("line {}: {}", error.marker().line(), error.info())),
        None => Err("ends too early".to_owned()),
    }
}

fn node<'a>(
    event: Event<'a>,
    span: &Span,
    events: &mut impl Iterator<Item = Result<(Event<'a>, Span), ScanError>>,
    depth: usize,
) -> Result<Value, String> {
    let at = |what: &str| format!("line {}: {what}", span.start.line());
    match event {
        _ if depth > DEPTH => Err(at("nested too deeply")),
        Event::Scalar(text, ScalarStyle::Plain, ..)
            if ["", "~", "null"].contains(&text.as_ref()) =>
        {
            Ok(Value::Null)
        }
        Event::Scalar(text, ..) => Ok(Value::from(text.as_ref())),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                match next(events)? {
                    (Event::SequenceEnd, _) => return Ok(Value::Array(items)),
                    (event, span) => items.push(node(event, &span, events, depth + 1)?),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut members = Map::new();
            loop {
                let (event, span) = next(events)?;
                if matches!(event, Event::MappingEnd) {
                    return Ok(Value::Object(members));
                }
                let name = node(event, &span, events, depth + 1)?;
                let (event, span) = next(events)?;
                let value = node(event, &span, events, depth + 1)?;
                members.insert(name.as_str().unwrap_or_default().to_owned(), value);
            }
        }
        Event::Alias(_) => Err(at("aliases cannot be read here")),
        _ => Err(at("unexpected end")),
    }
}
