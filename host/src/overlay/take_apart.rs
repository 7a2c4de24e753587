//! Taking JSON apart into leaf edits, before anything is checked or recorded.

use serde_json::Value;

use crate::edit::{Failure, Step};
use crate::task_definition::address::Address;

/// Places that one call may set: more than any task definition has.
const MOST: usize = 10_000;

/// The value of a JSON text.
pub(super) fn parse(text: &str, at: &Address) -> Result<Value, Failure> {
    serde_json::from_str(text)
        .map_err(|error| Failure::new("invalid", format!("the value is not JSON: {error}")).at(at))
}

/// One step for each leaf of the value. An object is merged member by member; an empty one asks
/// for an object to be there. Null and keyed lists are refused.
pub(super) fn steps(value: &Value, at: &Address) -> Result<Vec<Step>, Failure> {
    let mut steps = Vec::new();
    collect(value, at, &mut steps)?;
    Ok(steps)
}

fn collect(value: &Value, at: &Address, steps: &mut Vec<Step>) -> Result<(), Failure> {
    refuse_null(value, at)?;
    if steps.len() >= MOST {
        let message = format!("one call may set {MOST} places at most");
        return Err(Failure::new("too-large", message).at(at));
    }
    match value {
        Value::Object(members) => {
            let before = steps.len();
            for (name, member) in members {
                let place = at.child(name.as_str());
                if !is_own_key(&place, member)? {
                    collect(member, &place, steps)?;
                }
            }
            if steps.len() == before {
                steps.push(Step::set(at.clone(), Value::Object(serde_json::Map::new())));
            }
        }
        Value::Array(_) => {
            if let Some(key) = at.keyed_list() {
                let message = format!(
                    "`{at}` is a list whose elements go by their `{}`",
                    key.name()
                );
                return Err(Failure::new("invalid", message)
                    .at(at)
                    .hint("set each element at its own address, or use the call made for it"));
            }
            steps.push(Step::set(at.clone(), value.clone()));
        }
        _ => steps.push(Step::set(at.clone(), value.clone())),
    }
    Ok(())
}

fn refuse_null(value: &Value, at: &Address) -> Result<(), Failure> {
    match value {
        Value::Null => Err(
            Failure::new("invalid", "null is no value in a task definition")
                .at(at)
                .hint("call `remove` to take a place away"),
        ),
        // Lists without keys are one value, whatever is in them. Objects are looked at in turn.
        Value::Array(list) => list.iter().try_for_each(|element| match element {
            Value::Object(members) => members
                .values()
                .try_for_each(|member| refuse_null(member, at)),
            other => refuse_null(other, at),
        }),
        _ => Ok(()),
    }
}

/// Whether this is the key of the element that it stands in, and says the same.
fn is_own_key(place: &Address, value: &Value) -> Result<bool, Failure> {
    if !place.is_key_member() {
        return Ok(false);
    }
    let element = place.parent().expect("a key stands in an element");
    let same = element.tokens().split_last().is_some_and(|(token, list)| {
        let key = crate::task_definition::keyed::key_at(list);
        let made = key.and_then(|key| key.element(token));
        let member = place.tokens().last();
        made.zip(member)
            .is_some_and(|(made, member)| made.get(member) == Some(value))
    });
    if same {
        return Ok(true);
    }
    Err(Failure::new(
        "invalid",
        format!("`{place}` is what the element goes by: it cannot be changed"),
    )
    .at(place))
}
