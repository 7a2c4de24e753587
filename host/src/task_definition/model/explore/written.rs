//! A serialiser that keeps only the names of the members it is given.

use aws_smithy_schema::Schema;
use aws_smithy_schema::serde::{SerdeError, SerializableStruct, ShapeSerializer};
use aws_smithy_types::{BigDecimal, BigInteger, Blob, DateTime, Document};

/// Names of the members written, in order.
#[derive(Default)]
pub(super) struct Names(pub(super) Vec<String>);

impl Names {
    fn keep(&mut self, schema: &Schema<'_>) -> Result<(), SerdeError> {
        self.0.extend(schema.member_name().map(str::to_owned));
        Ok(())
    }
}

type Write<'a> = &'a dyn Fn(&mut dyn ShapeSerializer) -> Result<(), SerdeError>;

macro_rules! keep {
    ($($write:ident: $type:ty;)*) => {$(
        fn $write(&mut self, schema: &Schema<'_>, _: $type) -> Result<(), SerdeError> {
            self.keep(schema)
        }
    )*};
}

impl ShapeSerializer for Names {
    keep! {
        write_struct: &dyn SerializableStruct; write_list: Write<'_>; write_map: Write<'_>;
        write_boolean: bool; write_byte: i8; write_short: i16; write_integer: i32;
        write_long: i64; write_float: f32; write_double: f64; write_big_integer: &BigInteger;
        write_big_decimal: &BigDecimal; write_string: &str; write_blob: Blob;
        write_timestamp: &DateTime; write_document: &Document;
    }

    fn write_null(&mut self, schema: &Schema<'_>) -> Result<(), SerdeError> {
        self.keep(schema)
    }
}
