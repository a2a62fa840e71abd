//! Files of rows: Parquet both ways, CSV, TSV and JSONL in. The only room that knows polars and csv.
//! May not know what a column means: it hands over cells, `model` casts them.

pub mod jsonl;
pub mod parquet;
pub mod text;

use crate::failure::Outcome;
use crate::model::Value;

/// One row as a file has it: its cells by position in the header, and the number people know it by.
pub struct RawRow<'a> {
    /// The row's number in the file; a header is row 1.
    pub number: u64,
    /// The cells, one per column of the header; the reader takes them.
    pub cells: &'a mut Vec<Value>,
}

/// Takes every row of a file in order; `Err` for the row's own trouble is a reject, never the end of the file.
pub type OnRow<'a> = dyn FnMut(RawRow<'_>) -> Outcome<()> + 'a;

/// What is wrong with a row before anybody looked at its cells.
pub struct BadRow {
    /// The row's number in the file.
    pub number: u64,
    /// Why it cannot be read.
    pub why: String,
}

/// Takes every row that cannot be read.
pub type OnBadRow<'a> = dyn FnMut(BadRow) -> Outcome<()> + 'a;
