//! A JSON Schema in the form that is kept beside compiled code: one text and one list of nodes, so
//! that reading it takes neither a parser nor memory for each of its parts. The build script makes
//! the built-in plugin's with it.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

/// A JSON value that is only looked at. What is looked at is a [`Part`] of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// All names, texts and numbers.
    text: String,
    /// The whole is the first; the parts of a node are beside one another.
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Node {
    kind: Kind,
    /// Of a member: its name, in the text.
    name: (u32, u32),
    /// Of a text or a number: where it is in the text; of a list or an object: its parts.
    of: (u32, u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Null,
    False,
    True,
    Number,
    String,
    List,
    Map,
}

/// Some place of a [`Tree`].
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    tree: &'a Tree,
    node: Node,
}

impl Tree {
    /// The whole.
    #[must_use]
    pub fn root(&self) -> Part<'_> {
        self.part(0)
    }

    fn part(&self, at: usize) -> Part<'_> {
        let node = self.nodes[at];
        Part { tree: self, node }
    }

    fn text_of(&mut self, text: &str) -> (u32, u32) {
        let from = self.text.len();
        self.text.push_str(text);
        numbers(from..self.text.len())
    }

    /// Puts the parts of the node at `at` behind all others, and so on below them.
    fn fill(&mut self, at: usize, value: &Value) {
        let named: Vec<(&str, &Value)> = match value {
            Value::Array(list) => list.iter().map(|element| ("", element)).collect(),
            Value::Object(members) => members.iter().map(|(n, m)| (n.as_str(), m)).collect(),
            _ => return,
        };
        let from = self.nodes.len();
        self.nodes[at].of = numbers(from..from + named.len());
        for (name, part) in &named {
            let name = self.text_of(name);
            let node = self.node(name, part);
            self.nodes.push(node);
        }
        for (nth, (_, part)) in named.iter().enumerate() {
            self.fill(from + nth, part);
        }
    }

    fn node(&mut self, name: (u32, u32), value: &Value) -> Node {
        let (kind, of) = match value {
            Value::Null => (Kind::Null, (0, 0)),
            Value::Bool(false) => (Kind::False, (0, 0)),
            Value::Bool(true) => (Kind::True, (0, 0)),
            Value::Number(number) => (Kind::Number, self.text_of(&number.to_string())),
            Value::String(text) => (Kind::String, self.text_of(text)),
            Value::Array(_) => (Kind::List, (0, 0)),
            Value::Object(_) => (Kind::Map, (0, 0)),
        };
        Node { kind, name, of }
    }
}

impl From<&Value> for Tree {
    fn from(value: &Value) -> Self {
        let (text, nodes) = (String::new(), Vec::new());
        let mut tree = Self { text, nodes };
        let root = tree.node((0, 0), value);
        tree.nodes.push(root);
        tree.fill(0, value);
        tree
    }
}

/// A manifest has a mebibyte at most.
fn numbers(range: Range<usize>) -> (u32, u32) {
    let number = |at| u32::try_from(at).expect("a manifest is smaller than 4 GiB");
    (number(range.start), number(range.end))
}

impl<'a> Part<'a> {
    fn text(self, (from, to): (u32, u32)) -> &'a str {
        &self.tree.text[from as usize..to as usize]
    }

    fn parts(self) -> impl Iterator<Item = Self> {
        let (from, to) = match self.node.kind {
            Kind::List | Kind::Map => self.node.of,
            _ => (0, 0),
        };
        (from as usize..to as usize).map(move |at| self.tree.part(at))
    }

    /// Whether it is an object.
    #[must_use]
    pub fn is_object(self) -> bool {
        self.node.kind == Kind::Map
    }

    /// Whether it is an array.
    #[must_use]
    pub fn is_array(self) -> bool {
        self.node.kind == Kind::List
    }

    /// An object's members, in their order; none of anything else.
    pub fn members(self) -> impl Iterator<Item = (&'a str, Self)> {
        let parts = self.is_object().then(|| self.parts());
        let named = move |part: Self| (self.text(part.node.name), part);
        parts.into_iter().flatten().map(named)
    }

    /// An array's elements; none of anything else.
    pub fn elements(self) -> impl Iterator<Item = Self> {
        let parts = self.is_array().then(|| self.parts());
        parts.into_iter().flatten()
    }

    /// An object's member.
    #[must_use]
    pub fn get(self, name: &str) -> Option<Self> {
        let mut members = self.members();
        members.find(|(of, _)| *of == name).map(|(_, part)| part)
    }

    /// What an RFC 6901 pointer leads to.
    #[must_use]
    pub fn pointer(self, pointer: &str) -> Option<Self> {
        if pointer.is_empty() {
            return Some(self);
        }
        let mut steps = pointer.strip_prefix('/')?.split('/');
        steps.try_fold(self, |at, step| {
            let name = step.replace("~1", "/").replace("~0", "~");
            match at.is_array() {
                // An index has no sign and no zeros before it.
                true if name.starts_with('+') || name.len() > 1 && name.starts_with('0') => None,
                true => at.elements().nth(name.parse().ok()?),
                false => at.get(&name),
            }
        })
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        (self.node.kind == Kind::String).then(|| self.text(self.node.of))
    }

    /// `true` or `false`, if it is one of them.
    #[must_use]
    pub const fn as_bool(self) -> Option<bool> {
        match self.node.kind {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => None,
        }
    }

    /// The number, if it is a whole one of this type.
    #[must_use]
    pub fn as_whole<T: std::str::FromStr>(self) -> Option<T> {
        let is_number = self.node.kind == Kind::Number;
        is_number.then(|| self.text(self.node.of).parse().ok())?
    }

    /// The same as JSON.
    #[must_use]
    pub fn to_value(self) -> Value {
        let text = || self.text(self.node.of).to_owned();
        let member = |(name, part): (&str, Self)| (name.to_owned(), part.to_value());
        match self.node.kind {
            Kind::Null => Value::Null,
            Kind::False => Value::Bool(false),
            Kind::True => Value::Bool(true),
            Kind::Number => Value::Number(Number::from_string_unchecked(text())),
            Kind::String => Value::String(text()),
            Kind::List => self.elements().map(Self::to_value).collect(),
            Kind::Map => self.members().map(member).collect(),
        }
    }
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

/// Takes the remarks out of a schema. What is under a keyword that is not known stays as it is.
pub fn strip_remarks(schema: &mut Value) {
    match schema {
        Value::Array(list) => list.iter_mut().for_each(strip_remarks),
        Value::Object(members) => {
            members.retain(|name, _| !REMARKS.contains(&name.as_str()));
            for (name, argument) in members {
                match argument {
                    Value::Object(named) if NAMED.contains(&name.as_str()) => {
                        named.values_mut().for_each(strip_remarks);
                    }
                    argument if SCHEMAS.contains(&name.as_str()) => strip_remarks(argument),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}
