//! Promise: a job adds causes and checks of its own without a rebuild; what is wrong with one is said before the night begins.

mod support;

use support::{NIGHT, Workspace};

const JOB: &str = "name = \"shop\"\nrules = [\"rules\"]\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n";

const VIP: &str = "-- block: PO
-- before: sync_lag
-- class: benign
-- evidence: P
-- title: a VIP order, packed by hand outside the ERP
-- title_zh: VIP 订单,在 ERP 之外手工打包
-- advice: nothing to do
-- advice_zh: 无需处理
select store_id, platform_order_id from platform_orders where list_contains(tags, 'vip')
";

const SAMPLE: &str = "-- block: LO
-- class: benign
-- evidence: I
-- title: a sample for a blogger
-- advice: nothing to do
select local_row_id from local_orders where starts_with(platform_order_id_raw, 'SAMPLE-');
";

const CHECK: &str = "-- title: an order above the insured value
-- class: act
-- kind: order
-- evidence: P
-- requires: platform_orders
-- key: store_id, platform_order_id
-- message: order {platform_order_id} is worth {order_total}, more than the insurance covers
-- advice: insure the parcel
select store_id, platform_order_id, order_total from platform_orders where order_total > 1000
";

fn shop() -> Workspace {
    let work = Workspace::new();
    work.write("job.toml", JOB);
    work.write("in/sync_log.csv", "sync_id,store_id,status,window_from,window_to\ny1,S,ok,2026-02-01T00:00:00Z,2026-03-09T12:00:00Z\n");
    work.write(
        "in/platform_orders.csv",
        "store_id,platform_order_id,lifecycle,created_at,is_test,tags,order_total\n\
         S,1,ready,2026-03-09T18:00:00Z,,\"[\"\"vip\"\"]\",\n\
         S,2,ready,2026-03-09T18:00:00Z,,,1500\n\
         S,3,ready,2026-03-09T18:00:00Z,true,\"[\"\"vip\"\"]\",\n",
    );
    work.write(
        "in/local_orders.csv",
        "local_row_id,store_id,platform_order_id_raw,lifecycle,order_created_at,origin\n\
         R1,S,SAMPLE-1,pending,2026-03-09T00:00:00Z,\nR2,S,SAMPLE-2,pending,2026-03-09T00:00:00Z,manual\nR3,S,9,pending,2026-03-09T00:00:00Z,\n",
    );
    work
}

#[test]
fn a_job_adds_causes_and_checks_of_its_own() {
    let work = shop();
    work.write("rules/causes/vip_order.sql", VIP);
    work.write("rules/causes/blogger_sample.sql", SAMPLE);
    work.write("rules/checks/orders/uninsured.sql", CHECK);
    assert_eq!(work.run(&["run", "job.toml", "--as-of", NIGHT]).code, 1);
    let told: Vec<_> = work
        .report("shop", "attribution_units")
        .into_iter()
        .filter(|u| u["metric"] == "unshipped")
        .map(|u| format!("{} {} {} {} {}", u["order_ref"], u["code"], u["class"], u["rule_no"], u["also_applies"]))
        .collect();
    // Right before the cause it names, after those that come earlier; without a place of its own right before unexplained.
    assert_eq!(
        told,
        [
            "1 vip_order benign 30 [\"sync_lag\"]",
            "2 sync_lag wait 30 []",
            "3 test_order benign 1 [\"vip_order\",\"sync_lag\"]",
            "SAMPLE-1 blogger_sample benign 12 []",
            "SAMPLE-2 manual_local_order benign 1 [\"blogger_sample\"]",
            "9 unexplained_local_only act 12 []"
        ]
    );
    assert!(work.report("shop", "count_checks").iter().all(|c| c["sums_ok"] == "true"));
    let check: Vec<_> = work.report("shop", "findings").into_iter().filter(|f| f["code"] == "uninsured").map(|f| f["message"].clone()).collect();
    assert_eq!(check, ["order 2 is worth 1500.00, more than the insurance covers"]);
    let screens = [
        work.run(&["explain", "S"]).stdout,
        work.run(&["explain", "S", "--lang", "zh"]).stdout,
        work.run(&["show"]).stdout,
        work.run(&["causes", "vip_order", "--job", "job.toml"]).stdout,
        work.run(&["doctor", "job.toml"]).stdout,
    ]
    .concat();
    for said in ["a VIP order, packed by hand", "在 ERP 之外手工打包", "insure the parcel", "94 causes and 7 checks"] {
        assert!(screens.contains(said), "`{said}`: {screens}");
    }
}

#[test]
fn a_changed_rule_is_another_configuration() {
    let work = shop();
    work.write("rules/causes/vip_order.sql", VIP);
    let hash = || {
        work.run(&["run", "job.toml", "--as-of", NIGHT]);
        let run: serde_json::Value = serde_json::from_str(&work.run(&["show", "--format", "json"]).stdout).unwrap();
        run["config_hash"].as_str().unwrap().to_owned()
    };
    let before = hash();
    assert_eq!(hash(), before);
    work.write("rules/causes/vip_order.sql", VIP.replace("'vip'", "'VIP'"));
    assert_ne!(hash(), before);
}

#[test]
fn wrong_rules_say_what_is_wrong() {
    let work = shop();
    let mut said = vec![work.run(&["run", "job.toml", "--as-of", NIGHT]).stderr];
    for (name, text) in [
        ("vip_order", VIP.replace("from platform_orders", "from platform_order")),
        ("vip_order", VIP.split("select").next().unwrap().to_owned()),
        ("vip_order", VIP.replace("PO", "GR")),
        ("vip_order", VIP.replace("sync_lag", "sync_leg")),
        ("vip_order", VIP.replace("benign", "harmless")),
        ("vip_order", VIP.replace("-- title: ", "-- titel: ")),
        ("vip_order", VIP.replace("-- advice: nothing to do\n", "")),
        ("sync_lag", VIP.to_owned()),
        ("vip_order", VIP.replace("store_id, platform_order_id", "platform_order_id")),
    ] {
        let path = format!("rules/causes/{name}.sql");
        work.write(&path, text);
        let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert_eq!(work.run(&["doctor", "job.toml"]).code, 2, "doctor finds it before the night: {}", ran.stderr);
        said.push(ran.stderr.lines().filter(|line| !line.contains("INFO")).collect::<Vec<_>>().join("\n"));
        std::fs::remove_file(work.path().join(path)).unwrap();
    }
    insta::assert_snapshot!(said.join("\n---\n"));
    assert!(!work.path().join("nightaudit-data/shop/latest").exists());
}
