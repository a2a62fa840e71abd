//! Promise: findings keep their identity over the nights: new, ongoing, resolved; what could not be judged is neither; what somebody acknowledged is not
//! told again until it expires or changes.

mod support;

use support::{Ran, Workspace};

const JOB: &str = "name = \"shop\"\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n";

fn shop() -> Workspace {
    let work = Workspace::new();
    work.write("job.toml", JOB);
    work
}

/// A night with these orders on the platform, of which the ERP has these.
fn night(work: &Workspace, day: u32, platform: &[&str], erp: &[&str]) -> Ran {
    let rows = |ids: &[&str], row: fn(&str) -> String| ids.iter().map(|id| row(id)).collect::<String>();
    work.write(
        "in/platform_orders.csv",
        format!("store_id,platform_order_id,lifecycle,created_at\n{}", rows(platform, |id| format!("S,{id},ready,2026-02-20T12:00:00Z\n"))),
    );
    work.write(
        "in/local_orders.csv",
        format!(
            "local_row_id,store_id,platform_order_id_raw,lifecycle,order_created_at\n{}",
            rows(erp, |id| format!("R{id},S,{id},pending,2026-02-20T12:00:00Z\n"))
        ),
    );
    run(work, day)
}

fn run(work: &Workspace, day: u32) -> Ran {
    work.run(&["run", "job.toml", "--as-of", &format!("2026-03-{day:02}T02:00:00Z")])
}

/// Order, state, days since it was first seen, first told on, resolved on.
fn course(work: &Workspace) -> Vec<String> {
    let mut found: Vec<_> = work
        .report("shop", "findings")
        .iter()
        .filter(|f| f["kind"] == "count")
        .map(|f| format!("{} {} {} {} {}", f["order_ref"], f["state"], f["age_nights"], f["opened_on"], f["resolved_on"]).trim_end().to_owned())
        .collect();
    found.sort();
    found
}

fn headline(ran: &Ran) -> String {
    ran.stdout.lines().find(|line| line.starts_with("Findings")).unwrap_or_default().to_owned()
}

#[test]
fn new_ongoing_resolved() {
    let work = shop();
    let first = night(&work, 2, &["1", "2", "3"], &["1"]);
    assert_eq!(course(&work), ["2 open 0 2026-03-02", "3 open 0 2026-03-02"]);
    assert_eq!(headline(&first), "Findings: 2 act", "a first night has nothing to compare with");
    let second = night(&work, 3, &["1", "2", "3", "4"], &["1", "2"]);
    assert_eq!(course(&work), ["2 resolved 1 2026-03-02 2026-03-03", "3 open 1 2026-03-02", "4 open 0 2026-03-03"]);
    assert_eq!(headline(&second), "Findings: 2 act (1 new, 1 ongoing, oldest 1 night, 1 resolved since 2026-03-02)");
    assert!(work.run(&["findings", "--resolved"]).stdout.contains("[unexplained_platform_only, resolved after 1 night]"));
    // Told as resolved for one night, and new when it comes back.
    let third = night(&work, 4, &["1", "2", "3", "4"], &["1", "3", "4"]);
    assert_eq!(course(&work), ["2 open 0 2026-03-04", "3 resolved 2 2026-03-02 2026-03-04", "4 resolved 1 2026-03-03 2026-03-04"]);
    assert_eq!(headline(&third), "Findings: 1 act (1 new, 2 resolved since 2026-03-03)");
    assert_eq!(night(&work, 5, &["1"], &["1"]).code, 0);
    assert!(course(&work).iter().all(|line| line.starts_with("2 resolved")));
    night(&work, 6, &["1"], &["1"]);
    assert!(course(&work).is_empty());
}

#[test]
fn what_could_not_be_judged_is_neither_new_nor_resolved() {
    let work = shop();
    night(&work, 2, &["1", "2"], &["1"]);
    // The ERP's export is missing: nobody can say whether 2 has come, and that 1 is missing there proves nothing.
    std::fs::remove_file(work.path().join("in/local_orders.csv")).unwrap();
    work.write("in/platform_orders.csv", "store_id,platform_order_id,lifecycle,created_at\nS,1,ready,2026-02-20T12:00:00Z\nS,2,ready,2026-02-20T12:00:00Z\n");
    let ran = run(&work, 3);
    assert_eq!(course(&work), ["1 muted 0", "2 muted 1 2026-03-02"]);
    assert_eq!(headline(&ran), "Findings: 1 defect, 2 muted because they could not be judged tonight (1 new, 0 resolved since 2026-03-02)");
    // Everything is missing.
    std::fs::remove_file(work.path().join("in/platform_orders.csv")).unwrap();
    run(&work, 4);
    assert_eq!(course(&work), ["1 muted 1", "2 muted 2 2026-03-02"]);
    let ran = night(&work, 5, &["1", "2", "3"], &["1"]);
    assert_eq!(course(&work), ["2 open 3 2026-03-02", "3 open 0 2026-03-05"], "what was never told is gone without a word");
    assert!(headline(&ran).contains("(1 new, 1 ongoing, oldest 3 nights, "), "{}", headline(&ran));
}

#[test]
fn acknowledged_until_it_expires_or_changes() {
    let work = shop();
    let ran = night(&work, 2, &["1", "2", "3"], &["1"]);
    assert_eq!(ran.code, 1);
    let id = |order: &str| work.report("shop", "findings").iter().find(|f| f["order_ref"] == order).unwrap()["finding_id"].clone();
    let ack = |finding: &str, until: &str, because: &str| work.run(&["ack", finding, "--until", until, "--because", because, "--by", "Li"]);
    let mut told: Vec<String> =
        [ack("f0", "2026-03-04", "x"), ack(&id("2"), "2026-03-02", "x"), ack(&id("2"), "2026-03-04", " ")].map(|ran| ran.stderr).to_vec();
    told.push(ack(&id("2"), "2026-03-04", "the customer collects it").stdout);
    told.push(ack(&id("3"), "2026-03-31", "a test order").stdout);
    let written = std::fs::read_to_string(work.path().join("nightaudit-data/shop/acknowledgements.toml")).unwrap();
    told.push(written.clone());
    let third = night(&work, 3, &["1", "2", "3"], &["1"]);
    assert_eq!((third.code, course(&work).as_slice()), (0, ["2 acknowledged 1 2026-03-02".to_owned(), "3 acknowledged 1 2026-03-02".to_owned()].as_slice()));
    told.push(headline(&third));
    told.push(work.run(&["findings"]).stdout + &work.run(&["findings", "--acknowledged"]).stdout);
    // The one expires; the other says something else: the platform has cancelled the order that the ERP now has.
    night(&work, 5, &["1", "2", "3"], &["1"]);
    assert_eq!(course(&work), ["2 open 3 2026-03-02", "3 acknowledged 3 2026-03-02"]);
    told.push(work.run(&["findings"]).stdout);
    work.write("in/sync_log.csv", "sync_id,store_id,status,window_from,window_to\ny1,S,ok,2026-02-01T00:00:00Z,2026-02-19T00:00:00Z\n");
    night(&work, 6, &["1", "2", "3"], &["1"]);
    told.push(work.run(&["findings", "--order", "3"]).stdout);
    // People may write a day as TOML has it.
    work.write("nightaudit-data/shop/acknowledgements.toml", written.replace("\"2026-03-31\"", "2026-03-31").replace("value = ", "# value = "));
    night(&work, 6, &["1", "2", "3"], &["1"]);
    assert_eq!(course(&work), ["2 open 4 2026-03-02", "3 acknowledged 4 2026-03-02"]);
    // A slip in the file costs the acknowledgements of a night, not the night.
    work.write("nightaudit-data/shop/acknowledgements.toml", format!("{written}\n[[acknowledgement]]\nfinding = \"f1\"\nuntil = 2026-04-01\nbecause = \"\"\n"));
    let ran = night(&work, 7, &["1", "2", "3"], &["1"]);
    assert_eq!(ran.code, 3);
    told.push(ran.stdout.lines().filter(|line| line.starts_with("Source") || line.starts_with("Findings")).collect::<Vec<_>>().join("\n"));
    insta::assert_snapshot!(told.join("\n---\n"));
}
