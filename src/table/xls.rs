//! The old container of XLS: looked through before anybody else's reader trusts it.
//! May not know what a cell says.

use std::io::{Cursor, Read, Write};

use crate::limits::SHEET_BYTES_MAX;

/// Records of a sheet that begin with a row and a column: blank, number, text, truth, shared text, formula, short number.
const CELLS: [u16; 8] = [0x0201, 0x0203, 0x0204, 0x0205, 0x00fd, 0x0006, 0x0406, 0x027e];
/// Columns that an XLS sheet has.
const COLUMNS: u16 = 256;

/// The workbook alone in a container of our own making; why not, where it is damaged: a chain of sectors that bites its tail, or a cell in a column that
/// no sheet has, makes readers ask for more memory than there is, which ends the process.
pub fn sound(whole: Vec<u8>) -> Result<Vec<u8>, String> {
    let refused = |e: std::io::Error| e.to_string();
    let mut container = cfb::CompoundFile::open(Cursor::new(whole)).map_err(refused)?;
    let name = ["/Workbook", "/Book"].into_iter().find(|name| container.is_stream(name)).ok_or("there is no workbook in it")?;
    let mut book = Vec::new();
    container.open_stream(name).map_err(refused)?.take(SHEET_BYTES_MAX).read_to_end(&mut book).map_err(refused)?;
    if let Some(column) = beyond_the_last_column(&book) {
        return Err(format!("a cell stands in column {column}"));
    }
    let mut fresh = cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new())).map_err(refused)?;
    fresh.create_stream(name).and_then(|mut stream| stream.write_all(&book)).map_err(refused)?;
    Ok(fresh.into_inner().into_inner())
}

/// The column of the first cell that cannot be.
fn beyond_the_last_column(book: &[u8]) -> Option<u16> {
    let word = |at: usize| Some(u16::from_le_bytes([*book.get(at)?, *book.get(at + 1)?]));
    let mut at = 0;
    while let (Some(kind), Some(length)) = (word(at), word(at + 2)) {
        let column = word(at + 6).filter(|column| CELLS.contains(&kind) && length >= 4 && *column >= COLUMNS);
        if column.is_some() {
            return column;
        }
        at += 4 + usize::from(length);
    }
    None
}
