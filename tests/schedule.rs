//! Promise: every night of a schedule is run exactly once, whatever happens to the clocks and to us; a failing job never stops another one.

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use nightaudit::job::Job;
use nightaudit::schedule::{Ended, Planner, turn};
use support::Workspace;

fn job(zone: &str, schedule: &str) -> Job {
    let text = format!("name = \"nightly\"\ntimezone = \"{zone}\"\nschedule = \"{schedule}\"\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n");
    Job::parse(&text, std::path::Path::new(".")).unwrap()
}

/// A year of nights on a clock of ours: steps of seconds to days, kills in the middle of a run, after it and before it is remembered, restarts.
fn year(zone: &str, schedule: &str, seed: u64) -> BTreeMap<NaiveDateTime, DateTime<Utc>> {
    let data = tempfile::tempdir().unwrap();
    let job = job(zone, schedule);
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let end: DateTime<Utc> = "2027-01-01T12:00:00Z".parse().unwrap();
    let mut published: BTreeMap<DateTime<Utc>, NaiveDateTime> = BTreeMap::new();
    let mut last = None;
    while now < end {
        // A restart: nothing is remembered but what lies on disk.
        let planner = Planner::of(&job, data.path()).unwrap();
        let before = published.clone();
        let ended = turn(&planner, now, &|at| before.contains_key(&at), &mut |due| {
            assert!(due.at <= now, "{zone}: {due:?} was run at {now}");
            assert!(last.is_none_or(|last| last < due.at), "{zone}: {due:?} was run after {last:?}");
            // The last day is quiet.
            let quiet = now > end - TimeDelta::days(1);
            match rng.u8(..10) {
                _ if quiet => {}
                0 => return Ended::Stopped,
                1 => return Ended::Later,
                _ => {}
            }
            assert!(published.insert(due.at, due.civil).is_none(), "{zone}: {due:?} was run twice");
            last = Some(due.at);
            // Killed after it was published, before that was remembered.
            if !quiet && rng.u8(..10) == 0 { Ended::Stopped } else { Ended::Over }
        });
        ended.unwrap();
        now += match rng.u8(..20) {
            0 if now < end - TimeDelta::days(10) => TimeDelta::days(rng.i64(1..9)),
            1..=9 => TimeDelta::minutes(rng.i64(1..90)),
            _ => TimeDelta::hours(rng.i64(1..9)),
        };
    }
    published.into_iter().map(|(at, civil)| (civil, at)).collect()
}

#[test]
fn a_year_of_nights_in_four_zones() {
    for (zone, schedule, at) in [
        ("America/New_York", "30 2 * * *", (2, 30)),
        ("America/New_York", "30 1 * * *", (1, 30)),
        ("Asia/Shanghai", "0 2 * * *", (2, 0)),
        ("Europe/London", "30 1 * * *", (1, 30)),
        ("America/Sao_Paulo", "0 0 * * *", (0, 0)),
    ] {
        for seed in 0..5 {
            let found = year(zone, schedule, seed);
            let first = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
            let expected: Vec<_> = first.iter_days().take_while(|day| day.year() == 2026).map(|day| day.and_hms_opt(at.0, at.1, 0).unwrap()).collect();
            let nights: Vec<_> = found.keys().copied().filter(|night| night.date() >= first && night.year() == 2026).collect();
            let missing: Vec<_> = expected.iter().filter(|night| !nights.contains(night)).collect();
            assert!(nights == expected, "{zone} {schedule} seed {seed}: {} nights, missing {missing:?}", nights.len());
        }
    }
}

#[test]
fn changed_clocks_skip_and_double_no_night() {
    for (zone, schedule, night, at) in [
        // The clocks go forward at 2:00: 2:30 does not come, 3:30 is run instead.
        ("America/New_York", "30 2 * * *", "2026-03-08T02:30:00", "2026-03-08T07:30:00Z"),
        ("Europe/London", "30 1 * * *", "2026-03-29T01:30:00", "2026-03-29T01:30:00Z"),
        // The clocks go back: the first of two counts.
        ("America/New_York", "30 1 * * *", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z"),
        ("Europe/London", "30 1 * * *", "2026-10-25T01:30:00", "2026-10-25T00:30:00Z"),
        // Brazil no longer changes its clocks.
        ("America/Sao_Paulo", "0 0 * * *", "2026-10-18T00:00:00", "2026-10-18T03:00:00Z"),
        ("Asia/Shanghai", "0 2 * * *", "2026-03-08T02:00:00", "2026-03-07T18:00:00Z"),
    ] {
        let at: DateTime<Utc> = at.parse().unwrap();
        assert_eq!(year(zone, schedule, 0).get(&night.parse().unwrap()), Some(&at), "{zone} {schedule}");
    }
}

#[test]
fn the_program_catches_up_goes_on_and_stops() {
    let work = Workspace::new();
    let yearly = |name: &str, path: &str| {
        format!("name = \"{name}\"\nkeep_nights = 4000\nschedule = \"0 2 1 1 *\"\n[[source]]\nkind = \"canonical\"\npath = \"{path}\"\n")
    };
    work.write("bad.toml", yearly("bad", "nowhere"));
    work.write("good.toml", yearly("good", "in"));
    work.write("in/platform_orders.csv", "store_id,platform_order_id,lifecycle,created_at\nS,1,ready,2022-12-01\n");
    work.write("in/local_orders.csv", "local_row_id,store_id,platform_order_id_raw,lifecycle,order_created_at\nR1,S,1,pending,2022-12-01\n");
    for name in ["bad", "good"] {
        work.write(&format!("nightaudit-data/{name}/schedule.json"), "{\"done\": \"2023-06-01T02:00:00\"}");
    }
    // The bad job's settings break after the start: its nights fail, and nothing else does.
    let mut running = work.command(&["schedule", "bad.toml", "good.toml", "--log", "json"]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let years = Utc::now().year() - 2023;
    let mut lines = BufReader::new(running.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut seen = Vec::new();
    while seen.iter().filter(|line: &&String| line.contains("\"job\":\"good\"") && line.contains("night done")).count() < usize::try_from(years).unwrap() {
        seen.push(lines.next().unwrap_or_else(|| panic!("it ended: {seen:#?}")));
    }
    let kill = std::process::Command::new("kill").args(["-TERM", &running.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(running.wait().unwrap().code(), Some(0));
    let mut runs: Vec<_> =
        std::fs::read_dir(work.path().join("nightaudit-data/good/runs")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    runs.sort();
    assert_eq!(runs, (2024..=Utc::now().year()).map(|year| format!("{year}-01-01-1")).collect::<Vec<_>>());
    assert!(seen.iter().any(|line| line.contains("no canonical file in")), "the bad job says why: {seen:#?}");
    let ran = work.run(&["schedule", "good.toml", "nowhere.toml"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}
