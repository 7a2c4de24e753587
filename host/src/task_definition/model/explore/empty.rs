//! A deserialiser of a document with nothing in it.

use aws_smithy_schema::Schema;
use aws_smithy_schema::serde::{SerdeError, ShapeDeserializer};
use aws_smithy_types::{BigDecimal, BigInteger, Blob, DateTime, Document};

use super::{EachElement, EachEntry, EachMember};

/// A document with nothing in it.
pub(super) struct Empty;

macro_rules! nothing {
    ($($read:ident: $type:ty;)*) => {$(
        fn $read(&mut self, _: &Schema<'_>) -> Result<$type, SerdeError> {
            Err(SerdeError::custom("an empty document has no values"))
        }
    )*};
}

impl ShapeDeserializer for Empty {
    fn read_struct(&mut self, _: &Schema<'_>, _: EachMember<'_>) -> Result<(), SerdeError> {
        Ok(())
    }
    fn read_list(&mut self, _: &Schema<'_>, _: EachElement<'_>) -> Result<(), SerdeError> {
        Ok(())
    }
    fn read_map(&mut self, _: &Schema<'_>, _: EachEntry<'_>) -> Result<(), SerdeError> {
        Ok(())
    }
    nothing! {
        read_string: String; read_boolean: bool; read_byte: i8; read_short: i16;
        read_integer: i32; read_long: i64; read_float: f32; read_double: f64;
        read_big_integer: BigInteger; read_big_decimal: BigDecimal; read_blob: Blob;
        read_timestamp: DateTime; read_document: Document;
    }
    fn is_null(&self) -> bool {
        false
    }
    fn container_size(&self) -> Option<usize> {
        None
    }
}
