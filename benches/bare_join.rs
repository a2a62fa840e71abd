//! The yardstick of `make bench`: DuckDB's bare full outer join of the platform's orders with the ERP's rows, as it stands in any shell.
//! Prints one JSON object; may not do anything that an audit does.

use std::path::Path;
use std::time::Instant;

use nightaudit::engine::Engine;

fn main() {
    let files: Vec<_> = std::env::args().skip(1).filter(|file| file.ends_with(".parquet")).collect();
    let [platform, local] = files.as_slice() else { return };
    let folder = std::env::current_dir().unwrap();
    let engine = Engine::open(Path::new("join.duckdb"), &folder).unwrap();
    let join = format!(
        "from read_parquet('{platform}') as p full outer join read_parquet('{local}') as l on l.store_id = p.store_id and l.platform_order_id_raw = p.platform_order_id"
    );
    let started = Instant::now();
    let rows = engine.count(&format!("select count(*) {join}")).unwrap();
    let count_seconds = started.elapsed().as_secs_f64();
    let started = Instant::now();
    engine.copy(&format!("select p.*, l.* {join}"), &folder.join("join.parquet"), "format parquet").unwrap();
    let parquet_seconds = started.elapsed().as_secs_f64();
    println!("{{\"rows\": {rows}, \"count_seconds\": {count_seconds}, \"parquet_seconds\": {parquet_seconds}}}");
}
