//! Where the elements of long keyed lists stand, so that one of many is found without a look at
//! all the others.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::{Address, AddressError};
use crate::task_definition::keyed;

/// A list of fewer elements is looked through.
const LONG: usize = 32;

/// The long keyed lists of one document, as far as they were met. Whoever edits the document
/// otherwise than by [`Index::set`] and [`Index::remove`] needs a new one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index(BTreeMap<Vec<String>, Elements>);

/// The elements of one list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Elements {
    /// Each element's number, in the order of the list. Numbers only grow, so they are sorted;
    /// that of an element stays when another one goes.
    numbers: Vec<usize>,
    by_key: HashMap<String, Known>,
    next: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    number: usize,
    again: bool,
}

impl Elements {
    fn of(list: &[Value], key: keyed::Key) -> Self {
        let mut elements = Self::default();
        for element in list {
            elements.push(key.of(element));
        }
        elements
    }

    fn push(&mut self, key: Option<String>) {
        let number = self.next;
        self.next += 1;
        self.numbers.push(number);
        if let Some(key) = key {
            let known = Known {
                number,
                again: false,
            };
            let entry = self.by_key.entry(key);
            entry
                .and_modify(|known| known.again = true)
                .or_insert(known);
        }
    }
}

impl Index {
    /// Takes up the long lists on the way to a place.
    pub(super) fn meet(&mut self, document: &Value, at: &Address) {
        let mut value = document;
        for (depth, token) in at.tokens().iter().enumerate() {
            let list = &at.tokens()[..depth];
            let next = match value {
                Value::Object(members) => members.get(token),
                Value::Array(elements) => {
                    self.take_up(list, elements);
                    let found = self.find(elements, list, token);
                    found.ok().flatten().and_then(|index| elements.get(index))
                }
                _ => None,
            };
            let Some(next) = next else { return };
            value = next;
        }
    }

    fn take_up(&mut self, list: &[String], elements: &[Value]) {
        if elements.len() < LONG || self.0.contains_key(list) {
            return;
        }
        if let Some(key) = keyed::key_at(list) {
            self.0.insert(list.to_vec(), Elements::of(elements, key));
        }
    }

    /// The index of a keyed element.
    pub(super) fn find(
        &self,
        list: &[Value],
        at: &[String],
        token: &str,
    ) -> Result<Option<usize>, AddressError> {
        let place = || Address(at.to_vec());
        let key = keyed::key_at(at).ok_or_else(|| AddressError::IntoList(place().to_string()))?;
        let known = (list.len() >= LONG).then(|| self.0.get(at)).flatten();
        let (found, again) = match known.filter(|known| known.numbers.len() == list.len()) {
            Some(known) => match known.by_key.get(token) {
                Some(Known { number, again }) => (known.numbers.binary_search(number).ok(), *again),
                None => (None, false),
            },
            None => {
                let is = |index: &usize| key.of(&list[*index]).as_deref() == Some(token);
                let mut indexes = (0..list.len()).filter(is);
                (indexes.next(), indexes.next().is_some())
            }
        };
        match again {
            true => Err(AddressError::Ambiguous(place().child(token).to_string())),
            false => Ok(found),
        }
    }

    /// An element of this key was put at the end.
    pub(super) fn pushed(&mut self, at: &[String], token: &str, list: &[Value]) {
        match self.0.get_mut(at) {
            Some(elements) => elements.push(Some(token.to_owned())),
            None => self.take_up(at, list),
        }
    }

    /// The only element of this key was taken away.
    pub(super) fn removed(&mut self, at: &[String], token: &str, index: usize) {
        if let Some(elements) = self.0.get_mut(at) {
            elements.numbers.remove(index);
            elements.by_key.remove(token);
        }
    }

    /// All that was at and below a place is gone.
    pub(super) fn forget(&mut self, at: &Address) {
        let below = self.0.range(at.tokens().to_vec()..).map(|(list, _)| list);
        let below: Vec<_> = below
            .take_while(|list| list.starts_with(at.tokens()))
            .cloned()
            .collect();
        for list in below {
            self.0.remove(&list);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{get, remove, set};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// More than one list is long from the start, one of them with a name that stands there twice
    /// and an element without one.
    fn document() -> Value {
        let tags = (0..40).map(|n| json!({ "key": format!("t{n}"), "value": "x" }));
        let tags = tags.chain([json!({ "key": "t3" }), json!({ "value": "nameless" })]);
        let variables = (0..33).map(|n| json!({ "name": format!("v{n}"), "value": "x" }));
        json!({
            "tags": tags.collect::<Vec<_>>(),
            "containerDefinitions": [
                { "name": "app", "environment": variables.collect::<Vec<_>>() },
                { "name": "log" },
            ],
        })
    }

    #[test]
    fn a_long_list_is_found_in_without_a_look_at_all() {
        let (mut document, mut index) = (document(), Index::default());
        let at = Address::container("app").child("environment");
        for n in 0..100 {
            let variable = at.child(format!("n{n}")).child("value");
            index.set(&mut document, &variable, json!("y")).unwrap();
        }
        let elements = &index.0[at.tokens()];
        assert_eq!((elements.numbers.len(), elements.by_key.len()), (133, 133));
        index.remove(&mut document, &at).unwrap();
        assert_eq!(index.0.get(at.tokens()), None);
    }

    proptest! {
        /// Whatever was done before, an index says and does what a look at all says and does.
        #[test]
        fn an_index_changes_nothing(
            calls in proptest::collection::vec((0..4_usize, 0..3_usize, 0..60_usize), 0..120)
        ) {
            let (mut indexed, mut index) = (document(), Index::default());
            let mut plain = document();
            for (call, list, n) in calls {
                let app = Address::container("app");
                let at = match list {
                    0 => Address::root().child("tags").child(format!("t{n}")),
                    1 => app.child("environment").child(format!("v{n}")),
                    _ => app.clone(),
                };
                let value = at.child("value");
                match call {
                    0 | 1 if list < 2 => prop_assert_eq!(
                        index.set(&mut indexed, &value, json!(n)),
                        set(&mut plain, &value, json!(n))
                    ),
                    2 if list < 2 || n == 0 => prop_assert_eq!(
                        index.remove(&mut indexed, &at),
                        remove(&mut plain, &at)
                    ),
                    _ => {}
                }
                prop_assert_eq!(index.get(&indexed, &at), get(&plain, &at));
            }
            prop_assert_eq!(indexed.to_string(), plain.to_string());
        }
    }
}
