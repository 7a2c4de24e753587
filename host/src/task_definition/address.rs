//! Addresses: the one way to name a place in a task definition.
//!
//! An address is an [RFC 6901](https://www.rfc-editor.org/rfc/rfc6901) pointer in which the
//! elements of keyed lists (see [`keyed`]) go by their key:
//! `/containerDefinitions/app/environment/LOG_LEVEL/value`. An index into a keyed list is
//! refused. Any other list is one value, and no address leads into it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::keyed::{self, Key};

mod access;
mod index;
mod leaves;

pub use access::{get, parse, remove, set, to_pointer};
pub use index::Index;
pub use leaves::{duplicates, leaves};

/// No JSON that is read here has more levels: the parser gives up before.
const DEEPEST: usize = 128;

/// A place in a task definition, whether something is there or not.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Address(Vec<String>);

/// Why an address does not lead anywhere in this document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not an RFC 6901 pointer.
    #[error("`{0}` is not an address: it does not start with `/`")]
    NoSlash(String),
    /// `~` that is not part of `~0` or `~1`.
    #[error("`{0}` is not an address: `~` is written `~0`, and `/` inside a name `~1`")]
    BadEscape(String),
    /// More steps than any document has levels.
    #[error("the address has more than {DEEPEST} steps, and no document is so deep")]
    TooDeep,
    /// A number where the key of an element is due.
    #[error("elements of `{list}` go by their `{key}`, never by an index such as `{index}`")]
    Index {
        /// The keyed list.
        list: String,
        /// What its elements go by.
        key: &'static str,
        /// What was written.
        index: String,
    },
    /// Text that cannot be a key of that list.
    #[error("`{text}` is no `{key}`, which elements of `{list}` go by")]
    BadKey {
        /// The keyed list.
        list: String,
        /// What its elements go by.
        key: &'static str,
        /// What was written.
        text: String,
    },
    /// The address leads into a list that has no keys.
    #[error("`{0}` is one value: no address leads into that list")]
    IntoList(String),
    /// The address leads into a string, number or boolean.
    #[error("`{0}` is a value and has no members")]
    IntoValue(String),
    /// Two elements of a keyed list have the key.
    #[error("`{0}` stands there more than once")]
    Ambiguous(String),
    /// The key of an element cannot be changed.
    #[error("`{0}` is what the element goes by: it cannot be changed")]
    KeyMember(String),
}

impl Address {
    /// The whole document.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// The container definition of this name.
    #[must_use]
    pub fn container(name: &str) -> Self {
        Self::root().child("containerDefinitions").child(name)
    }

    /// The member or keyed element of this name below this place.
    #[must_use]
    pub fn child(&self, token: impl Into<String>) -> Self {
        let mut tokens = self.0.clone();
        tokens.push(token.into());
        Self(tokens)
    }

    /// The place that holds this one; `None` for the whole document.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    /// Member names and keys from the root down, not escaped.
    #[must_use]
    pub fn tokens(&self) -> &[String] {
        &self.0
    }

    /// Whether this place is the other one or lies below it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Whether this is the key of a keyed element, such as a container's `name`.
    #[must_use]
    pub fn is_key_member(&self) -> bool {
        is_key_member(&self.0)
    }

    /// The key of the elements, if this is the place of a keyed list.
    #[must_use]
    pub fn keyed_list(&self) -> Option<Key> {
        keyed::key_at(&self.0)
    }
}

fn is_key_member(tokens: &[String]) -> bool {
    let Some((member, element)) = tokens.split_last() else {
        return false;
    };
    let Some((_, list)) = element.split_last() else {
        return false;
    };
    keyed::key_at(list).is_some_and(|key| key.is_made_of(member))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|token| write!(f, "/{}", token.replace('~', "~0").replace('/', "~1")))
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.is_empty() {
            return Ok(Self::root());
        }
        let rest = text
            .strip_prefix('/')
            .ok_or_else(|| AddressError::NoSlash(text.to_owned()))?;
        if rest.split('/').nth(DEEPEST).is_some() {
            return Err(AddressError::TooDeep);
        }
        rest.split('/')
            .map(|token| unescape(token).ok_or_else(|| AddressError::BadEscape(text.to_owned())))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn unescape(token: &str) -> Option<String> {
    let valid = token
        .split('~')
        .skip(1)
        .all(|rest| rest.starts_with(['0', '1']));
    valid.then(|| unescaped(token))
}

/// A token of an [RFC 6901](https://www.rfc-editor.org/rfc/rfc6901#section-4) pointer as the name that
/// it stands for.
#[must_use]
pub fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for text in [
            "",
            "/",
            "/a/b",
            "/containerDefinitions/app/mountPoints/~1var~1log/readOnly",
            "/a~0b",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        let mount: Address = "/mountPoints/~1var~1log".parse().unwrap();
        assert_eq!(mount.tokens(), ["mountPoints", "/var/log"]);
    }

    #[test]
    fn what_is_no_pointer_is_refused() {
        for text in ["a", "a/b", "/a~2", "/a~"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_is_not_deeper_than_any_document() {
        assert!("/a".repeat(DEEPEST).parse::<Address>().is_ok());
        let deeper = "/a".repeat(DEEPEST + 1).parse::<Address>();
        assert_eq!(deeper, Err(AddressError::TooDeep));
    }

    #[test]
    fn a_place_is_within_itself_and_its_ancestors() {
        let app = Address::container("app");
        let image = app.child("image");
        assert!(
            image.is_within(&app) && image.is_within(&image) && image.is_within(&Address::root())
        );
        assert!(!app.is_within(&image) && !Address::container("apple").is_within(&app));
    }

    #[test]
    fn the_key_of_an_element_is_told_from_other_members() {
        for (text, is_key) in [
            ("/containerDefinitions/app/name", true),
            (
                "/containerDefinitions/app/portMappings/80~1tcp/protocol",
                true,
            ),
            ("/containerDefinitions/app/portMappings/80~1tcp/name", false),
            ("/containerDefinitions/app/dockerLabels/name", false),
            ("/name", false),
        ] {
            assert_eq!(
                text.parse::<Address>().unwrap().is_key_member(),
                is_key,
                "{text}"
            );
        }
    }
}
