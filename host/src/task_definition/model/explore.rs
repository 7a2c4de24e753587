//! A deserialiser that has no document: it visits every member that the SDK would read and
//! writes down what it was asked for.
//!
//! Required members show themselves too. Before an optional member the SDK's generated code asks
//! [`ShapeDeserializer::is_null`]; before a required one it does not, since its builder has
//! nowhere to keep an absence. Two corrections: the members of an operation's input are always
//! asked (there the SDK fills in what is required, which [`filled_in`] looks for), and a number
//! that the model gives a zero for a default is not asked either ([`ZERO_BY_DEFAULT`]).

use std::cell::Cell;

use aws_smithy_schema::Schema;
use aws_smithy_schema::serde::{SerdeError, SerializableStruct, ShapeDeserializer};
use aws_smithy_types::{BigDecimal, BigInteger, Blob, DateTime, Document};

use super::enums;
use super::{Member, Node, Structure};

mod empty;
mod written;

/// Optional numbers that the SDK keeps as plain numbers, zero when absent.
const ZERO_BY_DEFAULT: &[&str] = &["ContainerDefinition$cpu"];

/// The tree that `deserialize`, the SDK's function for an operation's input, reads.
pub(super) fn structure<T: SerializableStruct>(
    deserialize: fn(&mut dyn ShapeDeserializer) -> Result<T, SerdeError>,
) -> Result<Structure, SerdeError> {
    let (_, mut structure) = drive(deserialize, &|_| String::new())?;
    let filled = filled_in(deserialize)?;
    for member in &mut structure.members {
        member.required |= filled.contains(&member.name);
    }
    Ok(structure)
}

/// Runs `deserialize` over the explorer, which answers each string with what `answer` says for
/// its place (`Shape$member`).
pub(super) fn drive<T>(
    deserialize: fn(&mut dyn ShapeDeserializer) -> Result<T, SerdeError>,
    answer: &dyn Fn(&str) -> String,
) -> Result<(T, Structure), SerdeError> {
    let mut explorer = Explorer {
        answer,
        place: String::new(),
        asked: Cell::new(false),
        node: Node::Other,
    };
    let input = deserialize(&mut explorer)?;
    match explorer.node {
        Node::Structure(structure) => Ok((input, structure)),
        other => Err(SerdeError::custom(format!(
            "an operation's input is a structure, not {other:?}"
        ))),
    }
}

/// The members that the SDK fills in when a document has none at all.
fn filled_in<T: SerializableStruct>(
    deserialize: fn(&mut dyn ShapeDeserializer) -> Result<T, SerdeError>,
) -> Result<Vec<String>, SerdeError> {
    let mut written = written::Names::default();
    deserialize(&mut empty::Empty)?.serialize_members(&mut written)?;
    Ok(written.0)
}

type EachMember<'a> =
    &'a mut dyn FnMut(&Schema<'_>, &mut dyn ShapeDeserializer) -> Result<(), SerdeError>;
type EachElement<'a> = &'a mut dyn FnMut(&mut dyn ShapeDeserializer) -> Result<(), SerdeError>;
type EachEntry<'a> =
    &'a mut dyn FnMut(String, &mut dyn ShapeDeserializer) -> Result<(), SerdeError>;

struct Explorer<'a> {
    answer: &'a dyn Fn(&str) -> String,
    /// `Shape$member` of the nearest member above.
    place: String,
    /// Whether the SDK asked for null here.
    asked: Cell<bool>,
    /// What the SDK read here.
    node: Node,
}

impl<'a> Explorer<'a> {
    fn at(&self, place: String) -> Explorer<'a> {
        Explorer {
            answer: self.answer,
            place,
            asked: Cell::new(false),
            node: Node::Other,
        }
    }
}

/// The scalar reads: each writes down its node and answers with a value that every builder takes.
macro_rules! scalars {
    ($($read:ident: $type:ty = $node:expr, $value:expr;)*) => {$(
        fn $read(&mut self, _: &Schema<'_>) -> Result<$type, SerdeError> {
            self.node = $node;
            Ok($value)
        }
    )*};
}

impl ShapeDeserializer for Explorer<'_> {
    fn read_struct(&mut self, schema: &Schema<'_>, each: EachMember<'_>) -> Result<(), SerdeError> {
        let name = schema
            .original_name()
            .unwrap_or(schema.shape_id().shape_name())
            .to_owned();
        let mut members = Vec::new();
        for member in schema.members() {
            let member_name = member.member_name().unwrap_or_default().to_owned();
            let mut inner = self.at(format!("{name}${member_name}"));
            // A union holds one member: the SDK refuses to read a second in one go, and none of
            // them is required. What the others hold is not explored and not checked.
            if !schema.is_union() || members.is_empty() {
                each(member, &mut inner)?;
            }
            let plain = inner.asked.get() || schema.is_union();
            let required = !plain && !ZERO_BY_DEFAULT.contains(&inner.place.as_str());
            members.push(Member {
                name: member_name,
                required,
                node: inner.node,
            });
        }
        self.node = Node::Structure(Structure { name, members });
        Ok(())
    }

    fn read_list(&mut self, _: &Schema<'_>, each: EachElement<'_>) -> Result<(), SerdeError> {
        let mut inner = self.at(self.place.clone());
        each(&mut inner)?;
        self.node = Node::List(Box::new(inner.node));
        Ok(())
    }

    fn read_map(&mut self, _: &Schema<'_>, each: EachEntry<'_>) -> Result<(), SerdeError> {
        let mut inner = self.at(self.place.clone());
        each(String::new(), &mut inner)?;
        self.node = Node::Map(Box::new(inner.node));
        Ok(())
    }

    fn read_string(&mut self, _: &Schema<'_>) -> Result<String, SerdeError> {
        self.node = Node::String(enums::values(&self.place));
        Ok((self.answer)(&self.place))
    }

    scalars! {
        read_boolean: bool = Node::Boolean, false;
        read_byte: i8 = Node::Integer, 0;
        read_short: i16 = Node::Integer, 0;
        read_integer: i32 = Node::Integer, 0;
        read_long: i64 = Node::Long, 0;
        read_float: f32 = Node::Double, 0.0;
        read_double: f64 = Node::Double, 0.0;
        read_big_integer: BigInteger = Node::Other, BigInteger::default();
        read_big_decimal: BigDecimal = Node::Other, BigDecimal::default();
        read_blob: Blob = Node::Other, Blob::new(Vec::new());
        read_timestamp: DateTime = Node::Other, DateTime::from_secs(0);
        read_document: Document = Node::Other, Document::Null;
    }

    fn is_null(&self) -> bool {
        self.asked.set(true);
        false
    }

    fn container_size(&self) -> Option<usize> {
        None
    }
}
