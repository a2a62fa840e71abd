//! One small export in every form that sellers send: text, spreadsheets, archives.
//! May not know what the program makes of it.

use std::io::Write;

/// A local export with words of several languages, a quoted line break and a long number.
pub const HEADER: [&str; 5] = ["Row", "Order", "State", "Placed", "Tracking"];
pub const ROWS: [[&str; 5]; 3] = [
    ["R1", "576932018345678901", "wartend", "2026-03-09 08:00:00", "Größe"],
    ["R2", "00123", "versandt", "2026-03-09 09:00:00", ""],
    ["R3", "AB-3", "wartend", "2026-03-09 10:00:00", "x, y"],
];

pub fn text(separator: char) -> String {
    let line =
        |cells: &[&str; 5]| cells.map(|cell| if cell.contains(separator) { format!("\"{cell}\"") } else { cell.to_owned() }).join(&separator.to_string());
    std::iter::once(&HEADER).chain(&ROWS).map(|cells| line(cells) + "\r\n").collect()
}

pub fn packed_zip(name: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(content).unwrap();
    archive.finish().unwrap().into_inner()
}

pub fn packed_gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub fn utf16(text: &str, big: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

pub fn encoded(text: &str, encoding: &'static encoding_rs::Encoding) -> Vec<u8> {
    let (bytes, _, damaged) = encoding.encode(text);
    assert!(!damaged);
    bytes.into_owned()
}

/// A workbook: a hidden sheet first, then the rows below a title that ends in row 12; numbers and dates as a spreadsheet holds them.
pub fn workbook() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().set_name("setup").unwrap().set_hidden(true).write(0, 0, "not this one").unwrap();
    let sheet = book.add_worksheet().set_name("orders").unwrap().set_active(true);
    sheet.write(0, 0, "Orders of March").unwrap();
    sheet.write(11, 0, "exported by somebody").unwrap();
    for (column, name) in HEADER.iter().enumerate() {
        sheet.write(12, u16::try_from(column).unwrap(), *name).unwrap();
    }
    let date = rust_xlsxwriter::Format::new().set_num_format("dd.mm.yyyy hh:mm");
    for (i, [row, order, state, placed, tracking]) in ROWS.iter().enumerate() {
        let at = 13 + u32::try_from(i).unwrap();
        let placed = rust_xlsxwriter::ExcelDateTime::parse_from_str(&placed.replace(' ', "T")).unwrap();
        sheet.write(at, 0, *row).unwrap().write(at, 1, *order).unwrap().write(at, 2, *state).unwrap().write(at, 4, *tracking).unwrap();
        sheet.write_with_format(at, 3, &placed, &date).unwrap();
    }
    book.save_to_buffer().unwrap()
}

/// The smallest ODS: one table in content.xml.
pub fn ods() -> Vec<u8> {
    let cell = |text: &str| format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>");
    let rows: String = std::iter::once(&HEADER).chain(&ROWS).map(|cells| format!("<table:table-row>{}</table:table-row>", cells.map(cell).concat())).collect();
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet><table:table table:name=\"orders\">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    );
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet".to_owned()),
        (
            "META-INF/manifest.xml",
            "<?xml version=\"1.0\"?><manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>".to_owned(),
        ),
        ("content.xml", content),
    ] {
        archive.start_file(name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A moment as spreadsheets count: days since the end of 1899.
fn serial(placed: &str) -> f64 {
    let at = chrono::NaiveDateTime::parse_from_str(placed, "%Y-%m-%d %H:%M:%S").unwrap();
    let days = at.date() - chrono::NaiveDate::from_ymd_opt(1899, 12, 30).unwrap();
    f64::from(i32::try_from(days.num_days()).unwrap()) + f64::from(chrono::Timelike::num_seconds_from_midnight(&at)) / 86_400.0
}

/// The smallest XLS (BIFF8): one sheet of texts, and dates as numbers with a format.
pub fn xls() -> Vec<u8> {
    let record = |kind: u16, data: &[u8]| [&kind.to_le_bytes()[..], &u16::try_from(data.len()).unwrap().to_le_bytes(), data].concat();
    let begin = |kind: u16| record(0x0809, &[&[0, 6][..], &kind.to_le_bytes(), &[0; 12]].concat());
    let format = |number: u16| record(0x00e0, &[&[0, 0][..], &number.to_le_bytes(), &[0; 16]].concat());
    let end = record(0x000a, &[]);
    let place = |row: usize, column: usize, format: u16| {
        [row, column].map(|n| u16::try_from(n).unwrap()).into_iter().chain([format]).flat_map(u16::to_le_bytes).collect::<Vec<_>>()
    };
    let text = |row: usize, column: usize, text: &str| {
        let length = u16::try_from(text.encode_utf16().count()).unwrap();
        record(0x0204, &[&place(row, column, 0)[..], &length.to_le_bytes(), &[1], &utf16(text, false)].concat())
    };
    let mut sheet = begin(0x10);
    for (row, cells) in std::iter::once(&HEADER).chain(&ROWS).enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            let is_date = row > 0 && column == 3;
            sheet.extend(if is_date { record(0x0203, &[&place(row, column, 1)[..], &serial(cell).to_le_bytes()].concat()) } else { text(row, column, cell) });
        }
    }
    sheet.extend(&end);
    let name = b"\x06\x00orders";
    let head = [begin(0x05), record(0x0042, &1200_u16.to_le_bytes()), format(0), format(22)].concat();
    let sheet_at = u32::try_from(head.len() + 4 + 6 + name.len() + end.len()).unwrap();
    let bound = record(0x0085, &[&sheet_at.to_le_bytes()[..], &[0, 0], name].concat());
    let mut file = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
    file.create_stream("Workbook").unwrap().write_all(&[head, bound, end, sheet].concat()).unwrap();
    file.into_inner().into_inner()
}

/// The smallest XLSB: one sheet of texts, and dates as numbers with a format.
pub fn xlsb() -> Vec<u8> {
    fn short(mut n: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while n > 0x7f {
            bytes.push(u8::try_from(n & 0x7f).unwrap() | 0x80);
            n >>= 7;
        }
        bytes.push(u8::try_from(n).unwrap());
        bytes
    }
    let record = |kind: usize, data: &[u8]| [short(kind), short(data.len()), data.to_vec()].concat();
    let number = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    let wide = |text: &str| [&number(text.encode_utf16().count())[..], &utf16(text, false)].concat();
    let sheet_of = [&[0; 4][..], &number(1), &wide("rId1"), &wide("orders")].concat();
    let workbook =
        [record(0x83, &[]), record(0x99, &[0; 12]), record(0x8f, &[]), record(0x9c, &sheet_of), record(0x90, &[]), record(0x9d, &[0; 26]), record(0x84, &[])]
            .concat();
    let format = |number: u16| record(0x2f, &[&[0, 0][..], &number.to_le_bytes(), &[0; 12]].concat());
    let styles = [record(0x0269, &number(2)), format(0), format(22)].concat();
    let mut sheet =
        [record(0x81, &[]), record(0x94, &[number(0), number(ROWS.len()), number(0), number(HEADER.len() - 1)].concat()), record(0x91, &[])].concat();
    for (row, cells) in std::iter::once(&HEADER).chain(&ROWS).enumerate() {
        sheet.extend(record(0x00, &[&number(row)[..], &[0; 13]].concat()));
        for (column, cell) in cells.iter().enumerate() {
            let is_date = row > 0 && column == 3;
            let place = [number(column), number(usize::from(is_date))].concat();
            sheet.extend(if is_date { record(0x05, &[&place[..], &serial(cell).to_le_bytes()].concat()) } else { record(0x06, &[place, wide(cell)].concat()) });
        }
    }
    sheet.extend([record(0x92, &[]), record(0x82, &[])].concat());
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let rels = b"<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.bin\"/></Relationships>".to_vec();
    let types = b"<?xml version=\"1.0\"?><Types/>".to_vec();
    for (name, bytes) in [
        ("[Content_Types].xml", types),
        ("xl/workbook.bin", workbook),
        ("xl/_rels/workbook.bin.rels", rels),
        ("xl/styles.bin", styles),
        ("xl/worksheets/sheet1.bin", sheet),
    ] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
