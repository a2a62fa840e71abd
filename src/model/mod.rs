//! The canonical vocabulary: values, keys, tables and their row types (rule book, section 4).
//! May not do I/O and may not judge: it knows what a value is, never whether it is right.

pub mod keys;
pub mod period;
pub mod rows;
pub mod schema;
pub mod value;

pub use period::Period;
pub use rows::Row;
pub use schema::{Column, Table, Tables};
pub use value::{Kind, Value};

/// Bytes as lower-case hexadecimal digits, as checksums are written.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(n.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
