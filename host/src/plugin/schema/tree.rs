//! A JSON Schema in the form that is kept beside compiled code: read without a parser, and without
//! a hash table for each of its objects. The build script makes the built-in plugin's with it.

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

/// A JSON value that is only looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tree {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it was written.
    Number(Box<str>),
    /// A text.
    String(Box<str>),
    /// An array.
    List(Vec<Tree>),
    /// An object's members, in their order.
    Map(Vec<(Box<str>, Tree)>),
}

/// Keywords that are for those who read a schema, and say nothing of a value.
const REMARKS: [&str; 4] = ["$comment", "description", "examples", "title"];
/// Keywords whose argument has names of its own, each with a schema.
const NAMED: [&str; 4] = ["$defs", "definitions", "patternProperties", "properties"];
/// Keywords whose argument is a schema, or a list of them.
const SCHEMAS: [&str; 6] = [
    "additionalProperties",
    "allOf",
    "anyOf",
    "items",
    "oneOf",
    "propertyNames",
];

impl Tree {
    /// The same schema without remarks. What is under a keyword that is not known stays as it is.
    #[must_use]
    pub fn without_remarks(self) -> Self {
        let each = |list: Vec<Self>| list.into_iter().map(Self::without_remarks).collect();
        match self {
            Self::List(list) => Self::List(each(list)),
            Self::Map(members) => {
                let kept = members
                    .into_iter()
                    .filter(|(name, _)| !REMARKS.contains(&&**name));
                Self::Map(kept.map(without_remarks_below).collect())
            }
            other => other,
        }
    }

    /// An object's member.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        let mut members = self.as_map()?.iter();
        members.find(|(of, _)| **of == *name).map(|(_, to)| to)
    }

    /// What an RFC 6901 pointer leads to.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Self> {
        if pointer.is_empty() {
            return Some(self);
        }
        let mut steps = pointer.strip_prefix('/')?.split('/');
        steps.try_fold(self, |at, step| {
            let name = step.replace("~1", "/").replace("~0", "~");
            match at {
                Self::List(list) => list.get(name.parse::<usize>().ok()?),
                other => other.get(&name),
            }
        })
    }

    /// The text, if it is one.
    #[must_use]
    pub const fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    #[must_use]
    pub const fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(list) => Some(list.as_slice()),
            _ => None,
        }
    }

    /// The members, if it is an object.
    #[must_use]
    pub const fn as_map(&self) -> Option<&[(Box<str>, Self)]> {
        match self {
            Self::Map(members) => Some(members.as_slice()),
            _ => None,
        }
    }

    /// The number, if it is a whole one of this type.
    #[must_use]
    pub fn as_whole<T: std::str::FromStr>(&self) -> Option<T> {
        match self {
            Self::Number(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The same as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(is) => Value::Bool(*is),
            Self::Number(text) => Value::Number(Number::from_string_unchecked(text.to_string())),
            Self::String(text) => Value::String(text.to_string()),
            Self::List(list) => list.iter().map(Self::to_value).collect(),
            Self::Map(members) => members
                .iter()
                .map(|(name, member)| (name.to_string(), member.to_value()))
                .collect(),
        }
    }
}

fn without_remarks_below((name, argument): (Box<str>, Tree)) -> (Box<str>, Tree) {
    let argument = match argument {
        Tree::Map(named) if NAMED.contains(&&*name) => {
            let each = named.into_iter();
            Tree::Map(
                each.map(|(n, schema)| (n, schema.without_remarks()))
                    .collect(),
            )
        }
        other if SCHEMAS.contains(&&*name) => other.without_remarks(),
        other => other,
    };
    (name, argument)
}

impl From<Value> for Tree {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(is) => Self::Bool(is),
            Value::Number(number) => Self::Number(number.to_string().into()),
            Value::String(text) => Self::String(text.into()),
            Value::Array(list) => Self::List(list.into_iter().map(Self::from).collect()),
            Value::Object(members) => Self::Map(
                members
                    .into_iter()
                    .map(|(name, member)| (name.into(), Self::from(member)))
                    .collect(),
            ),
        }
    }
}
