//! Promise: bad input never stops the good input beside it and never passes silently: every row is used, refused with its reason, or skipped on purpose.

mod support;

use support::{NIGHT, Ran, Workspace, read_csv};

const HEADER: &str = "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Cancelled at,Id,Tags,Source,Vendor\n";

/// A job with one Shopify export and nothing on the other side.
fn shopify(content: &[u8]) -> (Workspace, Ran) {
    let work = Workspace::new();
    work.write(
        "job.toml",
        "name = \"shop\"\n[[store]]\nid = \"US\"\n[[source]]\nkind = \"mapped\"\nmapping = \"shopify_orders\"\npath = \"orders*.csv\"\nstore = \"US\"\n",
    );
    work.write("orders.csv", content);
    let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
    (work, ran)
}

fn order(name: &str, created: &str, qty: &str) -> String {
    format!("{name},b@example.com,paid,{created},unfulfilled,,USD,10.00,{created},{qty},Tea,5.00,TEA,,{},\"a, b\",web,V\n", name.trim_start_matches('#'))
}

fn rejects(work: &Workspace) -> Vec<String> {
    let path = work.path().join("nightaudit-data/shop/latest/rejects/load_rejects.csv");
    if !path.exists() {
        return Vec::new();
    }
    read_csv(&path).into_iter().map(|r| format!("{} row {} {}: {} [{}]", r["file_id"], r["source_row"], r["field"], r["reason"], r["raw_text"])).collect()
}

fn rows(work: &Workspace, sql: &str) -> Vec<String> {
    support::query(work, "shop", sql)
}

#[test]
fn bad_rows_are_refused_one_by_one() {
    let day = "2026-03-09 08:00:00 -0400";
    let mut file = HEADER.to_owned();
    file += &order("#1", day, "1");
    file += &order("#2", "soon", "1");
    // A further row of the refused order, a line of a good order that is bad itself, a ragged row, a short one, a blank one.
    file += "#2,b@example.com,,,,,,,soon,1,Tea,5.00,TEA\n";
    file += &order("#3", day, "1");
    file += "#3,b@example.com,,,,,,,soon,many,Tea,5.00,TEA\n";
    file += &order("#4", day, "1").replace(",V\n", ",V,and more\n");
    file += "#5,b@example.com,paid\n";
    file += ",,,,\n";
    let (work, ran) = shopify(file.as_bytes());
    insta::assert_snapshot!(rejects(&work).join("\n"));
    assert_eq!(rows(&work, "select platform_order_id from platform_orders order by 1"), ["1", "3"]);
    assert_eq!(
        rows(
            &work,
            "select file_rows || ' = ' || (file_rows - rejected_rows - skipped_rows) || ' + ' || rejected_rows || ' + ' || skipped_rows from inputs where table_name = 'platform_orders'"
        ),
        ["8 = 2 + 5 + 1"]
    );
    assert!(ran.stdout.contains("Rejected: 5 rows"), "{}", ran.stdout);
}

#[test]
fn encodings_line_breaks_and_headers() {
    let day = "2026-03-09 08:00:00 -0400";
    // Byte order mark, CRLF, other spellings and order of columns, a column twice, one nobody knows, a quoted line break, an id with a TAB.
    let file = format!(
        "\u{feff}Id,NAME,financial-status,Created at,Fulfillment Status,Canceled at,Lineitem SKU,Lineitem Quantity,Total,Total,Moon phase,Notes\r\n\"5769320183450001\t\",#1,paid,{day},,,TEA,2,9.90,1.00,full,\"one\r\ntwo\"\r\n"
    );
    let (work, ran) = shopify(file.as_bytes());
    let select = "select platform_order_id || ' ' || platform_order_no || ' ' || lifecycle || ' ' || order_total || ' ' || created_at from platform_orders";
    assert_eq!(rows(&work, select), ["5769320183450001 #1 ready 9.9000 2026-03-09 12:00:00"]);
    assert_eq!(rows(&work, "select sku_raw || ' ' || qty from platform_order_lines"), ["TEA 2"]);
    assert!(ran.stdout.contains("Columns nobody reads: Moon phase"), "{}", ran.stdout);
    let notes = work.run(&["show", "--format", "json"]).stdout;
    assert!(notes.contains("the column `Total` is there twice, the first was read"), "{notes}");
}

#[test]
fn unknown_words_and_shops_become_findings() {
    let work = Workspace::new();
    work.write("job.toml", "name = \"shop\"\n[[store]]\nid = \"US\"\nerp_names = [\"Shop US\"]\n[[source]]\nkind = \"mapped\"\nmapping = \"dianxiaomi_orders\"\npath = \"dxm.csv\"\n");
    work.write(
        "dxm.csv",
        "包裹号,订单号,订单状态,店铺账号,下单时间,SKU,产品数量\n\
         P1,#1,待审核,shop us ,2026-03-09 20:00:00,A,1\nP2,#2,等月亮,Shop US,2026-03-09 20:00:00,A,1\nP3,#3,等月亮,Shop US,2026-03-09 20:00:00,A,1\nP4,#4,待审核,Der \"Laden\",2026-03-09 20:00:00,A,1\n",
    );
    let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
    assert_eq!(ran.code, 3, "no platform side: {}", ran.stderr);
    let health: Vec<_> = work.report("shop", "findings").into_iter().filter(|f| f["code"].ends_with("unmapped")).map(|f| f["message"].clone()).collect();
    insta::assert_snapshot!(health.join("\n"));
    assert_eq!(
        rows(&work, "select store_id || ' ' || lifecycle from local_orders order by local_row_id"),
        ["US pending_review", "US unknown", "US unknown", "Der \"Laden\" pending_review"]
    );
}

#[test]
fn a_source_that_fails_does_not_stop_the_others() {
    let work = Workspace::new();
    work.write(
        "job.toml",
        "name = \"shop\"\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n[[source]]\nkind = \"mapped\"\nmapping = \"shopify_orders\"\npath = \"orders.csv\"\nstore = \"US\"\n",
    );
    work.write("orders.csv", b"PK\x03\x04 a spreadsheet");
    work.write("in/local_orders.csv", "local_row_id,store_id,platform_order_id_raw,lifecycle,order_created_at\nR1,US,1,pending,2026-03-09T00:00:00Z\n");
    let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
    assert_eq!(ran.code, 3);
    insta::assert_snapshot!(format!("{}\n---\n{}", ran.stdout, ran.stderr));
}

#[test]
fn canonical_files_come_in_three_formats() {
    let orders = |format: &str| -> Vec<String> {
        let work = Workspace::new();
        work.write("job.toml", "name = \"shop\"\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n");
        let csv = "store_id,platform_order_id,lifecycle,created_at,tags,order_total,is_test\nS,00123,ready,2026-03-09T00:00:00Z,\"[\"\"a\"\",\"\"b\"\"]\",12.5,false\nS,576932018345678901,teleported,2026-03-09 01:00:00,,,\n";
        let jsonl = "{\"store_id\":\"S\",\"platform_order_id\":\"00123\",\"lifecycle\":\"ready\",\"created_at\":\"2026-03-09T00:00:00Z\",\"tags\":[\"a\",\"b\"],\"order_total\":12.5,\"is_test\":false}\n\n{\"store_id\":\"S\",\"platform_order_id\":576932018345678901,\"lifecycle\":\"teleported\",\"created_at\":\"2026-03-09T01:00:00Z\"}\n";
        match format {
            "csv" => work.write("in/platform_orders.csv", csv),
            "tsv" => work.write(
                "in/platform_orders.tsv",
                csv.replace(",\"[\"\"a\"\",\"\"b\"\"]\",", "\u{1}").replace(',', "\t").replace('\u{1}', "\t\"[\"\"a\"\",\"\"b\"\"]\"\t"),
            ),
            "jsonl" => work.write("in/platform_orders.jsonl", jsonl),
            _ => {
                // Somebody else's Parquet: numbers as numbers, instants as instants.
                let path = work.path().join("in/platform_orders.parquet");
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                let sql = format!(
                    "copy (select 'S' as store_id, '00123' as platform_order_id, 'ready' as lifecycle, timestamp '2026-03-09 00:00:00' as created_at, ['a', 'b'] as tags, cast(12.5 as decimal(10,2)) as order_total, false as is_test \
                     union all select 'S', '576932018345678901', 'teleported', timestamp '2026-03-09 01:00:00', null, null, null) to '{}' (format parquet)",
                    path.display()
                );
                duckdb::Connection::open_in_memory().unwrap().execute_batch(&sql).unwrap();
            }
        }
        let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
        assert_eq!(ran.code, 3, "no local side: {}", ran.stderr);
        rows(
            &work,
            "select concat_ws(' ', platform_order_id, order_key, lifecycle, coalesce(raw_status, '-'), created_at, updated_at, to_json(tags), order_total, is_test, order_type, source_row) from platform_orders order by created_at",
        )
    };
    let expected = orders("csv");
    insta::assert_snapshot!(expected.join("\n"), @r#"
    00123 00123 ready - 2026-03-09 00:00:00 2026-03-09 00:00:00 ["a","b"] 12.5000 false standard 2
    576932018345678901 576932018345678901 unknown teleported 2026-03-09 01:00:00 2026-03-09 01:00:00 standard 3
    "#);
    for format in ["tsv", "jsonl", "parquet"] {
        let found: Vec<_> = orders(format);
        let without_row = |rows: &[String]| rows.iter().map(|r| r.rsplit_once(' ').unwrap().0.to_owned()).collect::<Vec<_>>();
        assert_eq!(without_row(&found), without_row(&expected), "{format}");
    }
}

#[test]
fn the_newest_version_of_a_row_counts() {
    let work = Workspace::new();
    work.write("job.toml", "name = \"shop\"\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n");
    work.write(
        "in/platform_orders.csv",
        "store_id,platform_order_id,lifecycle,created_at,updated_at\nS,1,shipped,2026-03-08,2026-03-09\nS,1,ready,2026-03-08,2026-03-08\nS,2,ready,2026-03-08,\n",
    );
    let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
    assert!(ran.stdout.contains("Rows that a newer version of the same key replaced: 1 of platform_orders"), "{}", ran.stdout);
    assert_eq!(rows(&work, "select platform_order_id || ' ' || lifecycle from platform_orders order by 1"), ["1 shipped", "2 ready"]);
}

#[test]
fn a_file_of_which_nothing_is_usable_is_no_empty_shop() {
    let work = Workspace::new();
    work.write("job.toml", "name = \"shop\"\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n");
    work.write("in/platform_orders.csv", "store_id,platform_order_id,lifecycle,created_at\nS,1,ready,soon\nS,2,ready,later\n");
    work.write("in/local_orders.csv", "local_row_id,store_id,platform_order_id_raw,lifecycle,order_created_at\nR1,S,1,pending,2026-03-09\n");
    let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
    assert_eq!(ran.code, 3);
    assert!(ran.stdout.contains("none of 2 rows could be used") && ran.stdout.contains("n/a"), "{}", ran.stdout);
    // One good row: the shop is judged, and the bad one is a defect by name.
    work.write("in/platform_orders.csv", "store_id,platform_order_id,lifecycle,created_at\nS,1,ready,2026-03-09\nS,2,ready,later\n");
    let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.contains("1 row of platform_orders.csv could not be used and count nowhere; the first is row 3: platform_orders.created_at is not a date"),
        "{}",
        ran.stdout
    );
}

#[test]
fn wrong_canonical_files_say_what_to_do() {
    let failure = |name: &str, content: &[u8]| {
        let work = Workspace::new();
        work.write("job.toml", "name = \"shop\"\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n");
        work.write(&format!("in/{name}"), content);
        let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
        assert_eq!(ran.code, 3);
        ran.stderr.lines().find(|line| line.contains("ERROR")).unwrap_or_default().to_owned()
    };
    insta::assert_snapshot!(
        [
            failure("notes.txt", b"hello"),
            failure("platform_orders.csv", b""),
            failure("platform_orders.csv", b"order,date\n1,2\n"),
            failure("platform_orders.parquet", b"not parquet"),
            failure("platform_orders.csv", b"\xff\xfes\0t\0"),
            failure("platform_orders.csv", b"\x1f\x8b\x08\0\0\0\0\0"),
            failure(
                "platform_orders.csv",
                b"store_id,platform_order_id,created_at,sales_channel\nS,1,2026-03-09,\"web\nS,2,2026-03-09,web\nS,3,2026-03-09,web\n"
            ),
        ]
        .join("\n")
    );
}
