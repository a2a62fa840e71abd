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
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
