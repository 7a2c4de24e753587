//! The configuration as written: TOML values that know their line, column and full key.

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use super::problem::{Findings, Place};

/// How deep tables and arrays may go; far above any use, far below the end of the stack.
const DEPTH: usize = 64;

/// One value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What was written.
    pub data: Data,
    /// Where it was written.
    pub place: Place,
}

/// A TOML value.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// A string.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A float.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A date or a time, which no key takes.
    Date,
    /// An array.
    List(Vec<Node>),
    /// A table.
    Table(Table),
}

impl Data {
    /// What it is, for "expected …, found …".
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Boolean(_) => "a boolean",
            Self::Date => "a date",
            Self::List(_) => "an array",
            Self::Table(_) => "a table",
        }
    }
}

impl Node {
    /// The string, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub fn boolean(&self) -> Option<bool> {
        match self.data {
            Data::Boolean(value) => Some(value),
            _ => None,
        }
    }

    /// The integer, if it is one.
    pub fn integer(&self) -> Option<i64> {
        match self.data {
            Data::Integer(value) => Some(value),
            _ => None,
        }
    }

    /// The elements, if it is an array; nothing otherwise.
    pub fn list(&self) -> &[Node] {
        match &self.data {
            Data::List(nodes) => nodes,
            _ => &[],
        }
    }

    /// The strings of an array of strings.
    pub fn texts(&self) -> Vec<String> {
        self.list()
            .iter()
            .filter_map(Node::text)
            .map(str::to_owned)
            .collect()
    }

    /// The table, if it is one.
    pub fn table(&self) -> Option<&Table> {
        match &self.data {
            Data::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The same as JSON. Dates and floats that JSON cannot say were refused before (see `check`).
    pub fn json(&self) -> Value {
        match &self.data {
            Data::Text(text) => Value::from(text.as_str()),
            Data::Integer(value) => Value::from(*value),
            Data::Float(value) => Value::from(*value),
            Data::Boolean(value) => Value::from(*value),
            Data::Date => Value::Null,
            Data::List(nodes) => Value::Array(nodes.iter().map(Node::json).collect()),
            Data::Table(table) => Value::Object(table.json()),
        }
    }

    /// Calls `visit` with every string in it and where it stands.
    pub fn each_text(&self, visit: &mut dyn FnMut(&str, &Place)) {
        match &self.data {
            Data::Text(text) => visit(text, &self.place),
            Data::List(nodes) => nodes.iter().for_each(|node| node.each_text(visit)),
            Data::Table(table) => table.each_text(visit),
            Data::Integer(_) | Data::Float(_) | Data::Boolean(_) | Data::Date => {}
        }
    }
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The key.
    pub name: String,
    /// Where the key stands.
    pub place: Place,
    /// The value.
    pub value: Node,
}

/// A table in the order in which it was written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Its keys; no two have the same name.
    pub fields: Vec<Field>,
}

impl Table {
    /// The value of this key.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.fields
            .iter()
            .find(|field| field.name == name)
            .map(|field| &field.value)
    }

    /// The value of this key where it is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }

    /// The value of this key where it is a table.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.get(name)?.table()
    }

    /// The keys and tables of the table of tables at this key.
    pub fn tables(&self, name: &str) -> impl Iterator<Item = (&Field, &Table)> {
        let fields = self.table(name).map_or(&[][..], |table| &table.fields);
        fields
            .iter()
            .filter_map(|field| Some((field, field.value.table()?)))
    }

    /// The same as a JSON object.
    pub fn json(&self) -> Map<String, Value> {
        self.fields
            .iter()
            .map(|field| (field.name.clone(), field.value.json()))
            .collect()
    }

    /// Calls `visit` with every string in it and where it stands.
    pub fn each_text(&self, visit: &mut dyn FnMut(&str, &Place)) {
        for field in &self.fields {
            field.value.each_text(visit);
        }
    }
}

/// Reads TOML 1.1. Syntax errors, all of them, go to `findings`; the table is then not to be used.
pub fn read(text: &str, findings: &mut Findings) -> Table {
    const TOO_DEEP: &str = "key is nested too deeply";
    let lines = Lines::new(text);
    if let Some(offset) = too_deep(text) {
        findings.add(&lines.place(offset, ""), TOO_DEEP, None);
        return Table::default();
    }
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        // The parser gives up at a key with many dots, and says neither which nor where.
        let (at, message) = match (error.span(), dotted(text)) {
            (Some(span), _) => (Some(span.start), error.message()),
            (None, Some(offset)) => (Some(offset), TOO_DEEP),
            (None, None) => (None, error.message()),
        };
        let place = at.map_or_else(Place::default, |at| lines.place(at, ""));
        findings.add(&place, message, None);
    }
    if findings.is_empty() {
        Reader { lines, findings }.table(root.get_ref(), "", 0)
    } else {
        Table::default()
    }
}

/// The offset of the first line with more dots than [`DEPTH`], whatever else is in it.
fn dotted(text: &str) -> Option<usize> {
    let mut next = 0;
    text.split_inclusive('\n').find_map(|line| {
        let start = next;
        next += line.len();
        (line.matches('.').count() > DEPTH).then_some(start)
    })
}

/// The offset of the first key with far more dots than [`DEPTH`]: each is a table inside a table,
/// and the parser does not stop at all of them. Strings that look like it do not occur.
fn too_deep(text: &str) -> Option<usize> {
    let (mut start, mut dots) = (0, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'.' if dots == 1000 => return Some(start),
            b'.' => dots += 1,
            b'-' | b'_' | b'"' | b'\'' | b' ' | b'\t' => {}
            _ if byte.is_ascii_alphanumeric() => {}
            _ => (start, dots) = (at + 1, 0),
        }
    }
    None
}

/// Where lines begin, to tell line and column of a byte offset.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(after).collect(),
        }
    }

    fn place(&self, offset: usize, key: &str) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts[line - 1];
        let column = self
            .text
            .get(start..offset)
            .map_or(0, |before| before.chars().count())
            + 1;
        Place {
            line: Some(line),
            column: Some(column),
            key: key.to_owned(),
        }
    }
}

struct Reader<'a, 'f> {
    lines: Lines<'a>,
    findings: &'f mut Findings,
}

impl Reader<'_, '_> {
    fn table(&mut self, table: &DeTable<'_>, path: &str, depth: usize) -> Table {
        let mut written: Vec<_> = table.iter().collect();
        written.sort_by_key(|(name, _)| name.span().start);
        let fields = written
            .into_iter()
            .map(|(name, value)| self.field(name, value, path, depth));
        Table {
            fields: fields.collect(),
        }
    }

    fn field(
        &mut self,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        path: &str,
        depth: usize,
    ) -> Field {
        let path = join(path, name.get_ref());
        let place = self.lines.place(name.span().start, &path);
        Field {
            name: name.get_ref().to_string(),
            value: self.node(value, &path, depth + 1),
            place,
        }
    }

    fn node(&mut self, value: &Spanned<DeValue<'_>>, path: &str, depth: usize) -> Node {
        let place = self.lines.place(value.span().start, path);
        if depth > DEPTH {
            self.findings
                .add(&place, "value is nested too deeply", None);
            return Node {
                data: Data::Boolean(false),
                place,
            };
        }
        let data = match value.get_ref() {
            DeValue::String(text) => Data::Text(text.to_string()),
            DeValue::Boolean(value) => Data::Boolean(*value),
            DeValue::Integer(number) => self.integer(number, &place),
            DeValue::Float(number) => Data::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Datetime(_) => Data::Date,
            DeValue::Array(items) => Data::List(self.list(items, path, depth)),
            DeValue::Table(table) => Data::Table(self.table(table, path, depth)),
        };
        Node { data, place }
    }

    fn list(&mut self, items: &DeArray<'_>, path: &str, depth: usize) -> Vec<Node> {
        items
            .iter()
            .map(|item| self.node(item, path, depth + 1))
            .collect()
    }

    fn integer(&mut self, number: &DeInteger<'_>, place: &Place) -> Data {
        match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(value) => Data::Integer(value),
            Err(_) => {
                self.findings.add(place, "integer is too large", None);
                Data::Integer(0)
            }
        }
    }
}

/// The dotted key of `name` below `path`, quoted where TOML needs it.
pub fn join(path: &str, name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let name = match name {
        _ if !name.is_empty() && name.chars().all(bare) => name.to_owned(),
        _ => format!("{name:?}"),
    };
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
    }
}
