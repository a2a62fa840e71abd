//! The yardstick of reading in `make bench`: polars reads a CSV with every column as text, on one thread; also writes the file that both read.
//! May not do anything that an extract does.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

use polars::prelude::{CsvReadOptions, SerReader};

/// The header of Shopify's order export, 79 columns.
const HEADER: &str = "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,Payment Terms Name,Next Payment Due At,Payment References";

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write", path, rows] => write(path, rows.parse().unwrap()),
        ["read", path] => read(path),
        // `cargo bench` and `cargo test --benches` start it without a file.
        _ => {}
    }
}

/// Orders of two rows each: the order's cells stand on the first.
fn write(path: &str, rows: u64) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    writeln!(file, "{HEADER}").unwrap();
    let mut row = String::new();
    for n in 0..rows {
        let (order, sku) = (n / 2, n % 997);
        let address = "\"12 Long Street, Flat 3\"";
        row.clear();
        let created = format!("2026-02-{:02} {:02}:{:02}:{:02} -0500", order % 28 + 1, order % 24, order % 60, order % 59);
        if n % 2 == 0 {
            let to = format!("A. Buyer,{address},{address},,,Springfield,'90210,CA,US,+1 555 0100");
            write!(row, "#{order},buyer{order}@example.com,paid,{created},fulfilled,{created},no,USD,20.00,5.00,0.00,25.00,,0.00,Standard,{created},2,\"Tea, green\",10.00,,TEA-{sku},true,true,fulfilled,{to},{to},,,,Card,ref-{order},0.00,Vendor,0.00,,,,{},\"a, b\",Low,web,0.00,VAT,0.00,,,,,,,,,,,,,,,,,", 5_769_000_000_000_u64 + order).unwrap();
        } else {
            write!(row, "#{order},buyer{order}@example.com,,,,,,,,,,,,,,{created},1,Cup,5.00,,CUP-{sku},true,true,fulfilled,,,,,,,,,,,,,,,,,,,,,,,,,,,Vendor,,,,,,,,,0.00,,,,,,,,,,,,,,,,,,,").unwrap();
        }
        writeln!(file, "{row}").unwrap();
    }
}

fn read(path: &str) {
    let started = Instant::now();
    let options = CsvReadOptions::default().with_infer_schema_length(Some(0)).with_n_threads(Some(1));
    let frame = options.try_into_reader_with_file_path(Some(path.into())).unwrap().finish().unwrap();
    println!("{{\"rows\": {}, \"columns\": {}, \"seconds\": {}}}", frame.height(), frame.width(), started.elapsed().as_secs_f64());
}
