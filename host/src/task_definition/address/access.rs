//! Reading and writing one place of a document.

use serde_json::{Map, Value};

use super::index::Index;
use super::{Address, AddressError, is_key_member};
use crate::task_definition::keyed;

/// An address that somebody wrote about this document. A number where a key is due is taken for
/// an index, and refused, unless an element goes by that very name.
///
/// # Errors
/// The text is no address, or it has an index into a keyed list.
pub fn parse(document: &Value, text: &str) -> Result<Address, AddressError> {
    Index::default().parse(document, text)
}

/// What is at a place; `Ok(None)` when nothing is.
///
/// # Errors
/// The address leads into a list that has no keys, or to one of several elements of one key.
pub fn get<'a>(document: &'a Value, address: &Address) -> Result<Option<&'a Value>, AddressError> {
    Index::default().get(document, address)
}

/// Puts a value at a place and gives back what was there. Missing objects, keyed lists and
/// keyed elements on the way are made; new members and elements go to the end. An object put at
/// a keyed element gets its key.
///
/// # Errors
/// See [`AddressError`]; the document is then as it was.
pub fn set(
    document: &mut Value,
    address: &Address,
    new: Value,
) -> Result<Option<Value>, AddressError> {
    Index::default().set(document, address, new)
}

/// Takes away what is at a place, with all below it, and gives it back; `Ok(None)` when nothing
/// was there. A list that becomes empty stays as an empty list.
///
/// # Errors
/// The address leads into a list that has no keys, to one of several elements of one key, or is
/// the whole document or the key of an element.
pub fn remove(document: &mut Value, address: &Address) -> Result<Option<Value>, AddressError> {
    Index::default().remove(document, address)
}

/// The plain RFC 6901 pointer, with indexes, of what is at a place in this document.
#[must_use]
pub fn to_pointer(document: &Value, address: &Address) -> Option<String> {
    let mut value = document;
    let (mut pointer, index) = (Address::root(), Index::default());
    for (depth, token) in address.0.iter().enumerate() {
        match value {
            Value::Object(members) => {
                value = members.get(token)?;
                pointer.0.push(token.clone());
            }
            Value::Array(list) => {
                let at = index.find(list, &address.0[..depth], token).ok()??;
                value = list.get(at)?;
                pointer.0.push(at.to_string());
            }
            _ => return None,
        }
    }
    Some(pointer.to_string())
}

/// The same as the functions of this module, for one document that is edited often.
impl Index {
    /// See [`parse`].
    ///
    /// # Errors
    /// Those of [`parse`].
    pub fn parse(&self, document: &Value, text: &str) -> Result<Address, AddressError> {
        let address: Address = text.parse()?;
        for (depth, token) in address.0.iter().enumerate() {
            let (list, number) = (
                &address.0[..depth],
                token.bytes().all(|b| b.is_ascii_digit()),
            );
            let Some(key) = keyed::key_at(list).filter(|_| number) else {
                continue;
            };
            let element = Address(address.0[..=depth].to_vec());
            if self.get(document, &element)?.is_none() {
                let list = Address(list.to_vec()).to_string();
                return Err(AddressError::Index {
                    list,
                    key: key.name(),
                    index: token.clone(),
                });
            }
        }
        Ok(address)
    }

    /// See [`get`].
    ///
    /// # Errors
    /// Those of [`get`].
    pub fn get<'a>(
        &self,
        document: &'a Value,
        address: &Address,
    ) -> Result<Option<&'a Value>, AddressError> {
        let mut value = document;
        for (depth, token) in address.0.iter().enumerate() {
            let found = match value {
                Value::Object(members) => members.get(token),
                Value::Array(list) => self
                    .find(list, &address.0[..depth], token)?
                    .map(|index| &list[index]),
                _ => None,
            };
            match found {
                Some(next) => value = next,
                None => return Ok(None),
            }
        }
        Ok(Some(value))
    }

    /// See [`set`].
    ///
    /// # Errors
    /// Those of [`set`].
    pub fn set(
        &mut self,
        document: &mut Value,
        address: &Address,
        new: Value,
    ) -> Result<Option<Value>, AddressError> {
        self.meet(document, address);
        self.check_path(document, address)?;
        let mut place = document;
        let mut was_there = true;
        for (depth, token) in address.0.iter().enumerate() {
            let list = &address.0[..depth];
            if place.is_null() {
                *place = if keyed::key_at(list).is_some() {
                    Value::Array(Vec::new())
                } else {
                    Value::Object(Map::new())
                };
            }
            place = match place {
                Value::Object(members) => {
                    was_there = members.contains_key(token);
                    members.entry(token.clone()).or_insert(Value::Null)
                }
                Value::Array(elements) => {
                    let at = match self.find(elements, list, token)? {
                        Some(at) => at,
                        None => {
                            was_there = false;
                            elements.push(new_element(list, token)?);
                            self.pushed(list, token, elements);
                            elements.len() - 1
                        }
                    };
                    &mut elements[at]
                }
                _ => return Err(AddressError::IntoValue(Address(list.to_vec()).to_string())),
            };
        }
        let new = with_key(address, new)?;
        let old = std::mem::replace(place, new);
        if old.is_object() || old.is_array() {
            self.forget(address);
        }
        Ok(was_there.then_some(old))
    }

    /// See [`remove`].
    ///
    /// # Errors
    /// Those of [`remove`].
    pub fn remove(
        &mut self,
        document: &mut Value,
        address: &Address,
    ) -> Result<Option<Value>, AddressError> {
        self.meet(document, address);
        self.check_remove(document, address)?;
        let (last, holders) = address
            .0
            .split_last()
            .expect("check_remove refuses the root");
        let mut value = document;
        for (depth, token) in holders.iter().enumerate() {
            let next = match value {
                Value::Object(members) => members.get_mut(token),
                Value::Array(list) => match self.find(list, &address.0[..depth], token)? {
                    Some(at) => list.get_mut(at),
                    None => None,
                },
                _ => None,
            };
            match next {
                Some(next) => value = next,
                None => return Ok(None),
            }
        }
        let gone = match value {
            // `shift_remove`: the members after it keep their order.
            Value::Object(members) => members.shift_remove(last),
            Value::Array(list) => self.find(list, holders, last)?.map(|at| {
                self.removed(holders, last, at);
                list.remove(at)
            }),
            _ => None,
        };
        if gone.is_some() {
            self.forget(address);
        }
        Ok(gone)
    }

    /// Refuses what [`Index::set`] could not do, and touches nothing.
    ///
    /// # Errors
    /// Those of [`set`].
    pub fn check_set(
        &self,
        document: &Value,
        address: &Address,
        new: &Value,
    ) -> Result<(), AddressError> {
        self.check_path(document, address)?;
        with_key(address, new.clone()).map(|_| ())
    }

    /// Refuses what [`Index::remove`] could not do, and touches nothing.
    ///
    /// # Errors
    /// Those of [`remove`].
    pub fn check_remove(&self, document: &Value, address: &Address) -> Result<(), AddressError> {
        if address.is_key_member() || address.0.is_empty() {
            return Err(AddressError::KeyMember(address.to_string()));
        }
        self.get(document, address).map(|_| ())
    }

    fn check_path(&self, document: &Value, address: &Address) -> Result<(), AddressError> {
        if address.is_key_member() || address.0.is_empty() {
            return Err(AddressError::KeyMember(address.to_string()));
        }
        let mut value = Some(document);
        for (depth, token) in address.0.iter().enumerate() {
            let holder = &address.0[..depth];
            // A key is a text or a number, also of an element that is not there yet.
            if is_key_member(holder) {
                return Err(AddressError::IntoValue(
                    Address(holder.to_vec()).to_string(),
                ));
            }
            let key = keyed::key_at(holder);
            value = match value {
                Some(Value::Object(members)) => members.get(token),
                Some(Value::Array(list)) => self.find(list, holder, token)?.map(|at| &list[at]),
                None | Some(Value::Null) => None,
                Some(_) => {
                    return Err(AddressError::IntoValue(
                        Address(holder.to_vec()).to_string(),
                    ));
                }
            };
            if value.is_none() && key.is_some() {
                new_element(holder, token)?;
            }
        }
        Ok(())
    }

    /// Whether a list that has a place in the document has an element of this key.
    #[must_use]
    pub fn has(&self, list: &[Value], at: &Address, key: &str) -> bool {
        !matches!(self.find(list, at.tokens(), key), Ok(None))
    }
}

fn new_element(list: &[String], token: &str) -> Result<Value, AddressError> {
    let place = || Address(list.to_vec()).to_string();
    let key = keyed::key_at(list).ok_or_else(|| AddressError::IntoList(place()))?;
    key.element(token)
        .filter(|_| !token.is_empty())
        .ok_or_else(|| AddressError::BadKey {
            list: place(),
            key: key.name(),
            text: token.to_owned(),
        })
}

/// An object at a keyed element starts with its key.
fn with_key(address: &Address, new: Value) -> Result<Value, AddressError> {
    let (token, list) = address
        .0
        .split_last()
        .expect("the root was refused by check_path");
    let Some(key) = keyed::key_at(list) else {
        return Ok(new);
    };
    let (mut element, given) = match (new_element(list, token)?, new) {
        (Value::Object(element), Value::Object(given)) => (element, given),
        _ => return Err(AddressError::KeyMember(address.to_string())),
    };
    for (name, value) in given {
        let same = element.get(&name).is_none_or(|own| *own == value);
        if key.is_made_of(&name) && !same {
            return Err(AddressError::KeyMember(address.child(name).to_string()));
        }
        element.insert(name, value);
    }
    Ok(Value::Object(element))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn at(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn document() -> Value {
        json!({
            "family": "web",
            "containerDefinitions": [
                { "name": "db", "image": "db:1" },
                { "name": "app", "environment": [{ "name": "A", "value": "1" }, { "name": "B", "value": "2" }],
                  "command": ["run"] },
            ],
        })
    }

    #[test]
    fn elements_are_read_by_key() {
        let document = document();
        for (text, value) in [
            (
                "/containerDefinitions/app/environment/B/value",
                Some(json!("2")),
            ),
            ("/containerDefinitions/app/environment/C/value", None),
            ("/containerDefinitions/web/image", None),
            ("/family/x", None),
            ("/containerDefinitions/app/command", Some(json!(["run"]))),
        ] {
            assert_eq!(get(&document, &at(text)), Ok(value.as_ref()), "{text}");
        }
        assert!(matches!(
            get(&document, &at("/containerDefinitions/app/command/0")),
            Err(AddressError::IntoList(_))
        ));
    }

    #[test]
    fn a_written_index_is_refused_unless_it_is_a_name() {
        let mut document = document();
        let text = "/containerDefinitions/0/image";
        assert_eq!(
            parse(&document, text).unwrap_err().to_string(),
            "elements of `/containerDefinitions` go by their `name`, never by an index such as `0`"
        );
        set(&mut document, &at("/containerDefinitions/0"), json!({})).unwrap();
        assert_eq!(parse(&document, text), Ok(at(text)));
    }

    #[test]
    fn set_makes_what_is_missing_and_keeps_order() {
        let mut document = document();
        assert_eq!(
            set(
                &mut document,
                &at("/containerDefinitions/db/environment/X/value"),
                json!("x")
            ),
            Ok(None)
        );
        assert_eq!(
            set(
                &mut document,
                &at("/containerDefinitions/app/environment/A/value"),
                json!("9")
            ),
            Ok(Some(json!("1")))
        );
        assert_eq!(
            set(
                &mut document,
                &at("/volumes/tmp/host/sourcePath"),
                json!("/tmp")
            ),
            Ok(None)
        );
        assert_eq!(document.to_string(), json!({
            "family": "web",
            "containerDefinitions": [
                { "name": "db", "image": "db:1", "environment": [{ "name": "X", "value": "x" }] },
                { "name": "app", "environment": [{ "name": "A", "value": "9" }, { "name": "B", "value": "2" }],
                  "command": ["run"] },
            ],
            "volumes": [{ "name": "tmp", "host": { "sourcePath": "/tmp" } }],
        }).to_string());
    }

    #[test]
    fn what_cannot_be_set_changes_nothing() {
        let before = document();
        for text in [
            "",
            "/family/x",
            "/containerDefinitions/app/name",
            "/containerDefinitions/app/command/0",
            "/containerDefinitions/app/portMappings/web/hostPort",
            "/containerDefinitions/app/environment/A/value/deeper",
            "/containerDefinitions/new/name/deeper",
            "/containerDefinitions/app/portMappings/80~1tcp/protocol/deeper",
        ] {
            let mut document = before.clone();
            assert!(set(&mut document, &at(text), json!("x")).is_err(), "{text}");
            assert_eq!(document, before, "{text}");
        }
        let mut document = before.clone();
        let renamed = json!({ "name": "other" });
        assert!(set(&mut document, &at("/containerDefinitions/app"), renamed).is_err());
        assert_eq!(document, before);
    }

    #[test]
    fn remove_takes_all_below_and_only_that() {
        let mut document = document();
        let gone = remove(
            &mut document,
            &at("/containerDefinitions/app/environment/A"),
        );
        assert_eq!(gone, Ok(Some(json!({ "name": "A", "value": "1" }))));
        assert_eq!(
            remove(&mut document, &at("/containerDefinitions/none/image")),
            Ok(None)
        );
        assert_eq!(
            remove(&mut document, &at("/family")),
            Ok(Some(json!("web")))
        );
        assert!(remove(&mut document, &at("/containerDefinitions/app/name")).is_err());
        assert_eq!(
            document["containerDefinitions"][1]["environment"],
            json!([{ "name": "B", "value": "2" }])
        );
    }

    #[test]
    fn two_elements_of_one_key_are_not_guessed_between() {
        let document =
            json!({ "tags": [{ "key": "a", "value": "1" }, { "key": "a", "value": "2" }] });
        assert_eq!(
            get(&document, &at("/tags/a")),
            Err(AddressError::Ambiguous("/tags/a".into()))
        );
    }

    #[test]
    fn pointers_have_indexes() {
        let document = document();
        let pointer = to_pointer(
            &document,
            &at("/containerDefinitions/app/environment/B/value"),
        );
        assert_eq!(
            pointer.as_deref(),
            Some("/containerDefinitions/1/environment/1/value")
        );
        assert_eq!(
            to_pointer(&document, &at("/containerDefinitions/web")),
            None
        );
    }

    proptest! {
        #[test]
        fn what_was_set_is_read_and_can_be_taken_back(name in "[^\\x00]{1,12}", value in ".{0,12}") {
            let before = document();
            let mut document = before.clone();
            let place = Address::container("db").child("dockerLabels").child(name.as_str());
            let again: Address = place.to_string().parse().unwrap();
            prop_assert_eq!(&again, &place);
            set(&mut document, &again, json!(value.clone())).unwrap();
            prop_assert_eq!(get(&document, &place).unwrap(), Some(&json!(value)));
            remove(&mut document, &place.parent().unwrap()).unwrap();
            prop_assert_eq!(document, before);
        }
    }
}
