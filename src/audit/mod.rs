//! Judges a night: loads snapshots into the run's database, links, attributes, checks. Drives `sql/`, decides nothing itself.
//! Each stage reads only what earlier stages left, so that each can be run again alone.

mod checks;
mod damage;
mod load;
mod rules;
mod zones;

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use crate::embedded;
use crate::engine::{Engine, literal};
use crate::failure::{Failure, Kind, Outcome};
use crate::model::rows::Cause;
use crate::model::{Row, Tables, Value};

pub use checks::{Check, CheckRun};
pub use damage::standing_for;
pub use load::{Tonight, inputs_hash, load};
pub use rules::Rules;

/// Links both sides and groups what belongs together (rule book 5, steps 0 to 2).
pub fn link(engine: &Engine) -> Outcome<()> {
    for (path, sql) in embedded::sql_files("models") {
        if path.starts_with("models/32") {
            damage::find(engine)?;
        }
        if path.starts_with("models/4") {
            group(engine)?;
        }
        if path.as_str() < "models/5" {
            engine.run(&path, sql)?;
        }
    }
    Ok(())
}

/// Attributes every unit to one cause, counts and recounts (rule book 5, steps 3 to 5).
pub fn attribute(engine: &Engine, rules: &Rules) -> Outcome<()> {
    load_causes(engine, &rules.causes)?;
    for (path, sql) in embedded::sql_files("models") {
        if path.starts_with("models/6") {
            for (path, sql) in embedded::sql_files("causes") {
                engine.run(&path, sql)?;
            }
            rules.find_own_causes(engine)?;
        }
        if path.as_str() >= "models/5" {
            engine.run(&path, sql)?;
        }
    }
    sums(engine)
}

/// Runs the checks and writes the findings of everything. The checks that ran.
pub fn check(engine: &Engine, rules: &Rules) -> Outcome<Vec<CheckRun>> {
    engine.run("the table of findings", "create or replace table work.finding_rows (kind varchar, store_id varchar, marketplace varchar, bucket varchar, day date, code varchar, class varchar, evidence_class varchar, sign integer, units integer, order_ref varchar, platform_order_id varchar, local_row_id varchar, sku varchar, message varchar, evidence varchar, also_applies varchar[], action_code varchar, finding_key varchar)")?;
    let (last, first): (Vec<_>, Vec<_>) = embedded::sql_files("findings").into_iter().partition(|(path, _)| path.starts_with("findings/9"));
    for (path, sql) in first {
        engine.run(&path, sql)?;
    }
    let runs: Vec<CheckRun> = rules.checks.iter().map(|check| check.run(engine)).collect::<Outcome<_>>()?;
    engine.run(
        "the table of check runs",
        "create or replace table work.check_runs (code varchar, title varchar, advice varchar, requires varchar[], n_rows bigint, skipped varchar)",
    )?;
    for (check, run) in rules.checks.iter().zip(&runs) {
        let skipped = run.skipped.as_deref().map_or("null".to_owned(), literal);
        let requires = check.requires.iter().map(|table| literal(table)).collect::<Vec<_>>().join(", ");
        let [code, title, advice] = [&check.code, &check.title, &check.advice].map(|text| literal(text));
        engine.run("the check runs", &format!("insert into work.check_runs values ({code}, {title}, {advice}, [{requires}], {}, {skipped})", run.rows))?;
    }
    for (path, sql) in last {
        engine.run(&path, sql)?;
    }
    Ok(runs)
}

/// Judges an empty night by these rules: what is wrong with a rule's query shows before the first real one.
pub fn rehearse(rules: &Rules, scratch: &Path) -> Outcome<()> {
    let engine = Engine::open(&scratch.join("rehearsal.duckdb"), scratch)?;
    create_tables(&engine)?;
    engine.attach_previous(None, Tables::all()?)?;
    link(&engine)?;
    attribute(&engine, rules)?;
    rules.checks.iter().try_for_each(|check| check.columns(&engine).map(|_| ()))
}

/// The causes as `sql/causes/causes.toml` has them.
pub fn catalogue() -> Outcome<Vec<Cause>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct One {
        block: String,
        code: String,
        rank: i32,
        class: String,
        class_if: Option<String>,
        evidence: String,
        fields: Vec<String>,
        title: String,
        title_zh: String,
        advice: String,
        advice_zh: String,
        steps: Vec<String>,
        steps_zh: Vec<String>,
        source: String,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct All {
        cause: Vec<One>,
    }
    let all: All = toml::from_str(embedded::sql_file("causes/causes.toml"))
        .map_err(|e| Failure::new(Kind::Broken, "sql/causes/causes.toml does not parse").facts(e.to_string()))?;
    let cause = |c: One| Cause {
        block: c.block,
        code: c.code,
        rank: c.rank,
        class: c.class,
        class_if: c.class_if,
        evidence_class: c.evidence,
        fields: c.fields,
        title: c.title,
        title_zh: c.title_zh,
        advice: c.advice,
        advice_zh: c.advice_zh,
        steps: c.steps,
        steps_zh: c.steps_zh,
        source: c.source,
    };
    Ok(all.cause.into_iter().map(cause).collect())
}

fn load_causes(engine: &Engine, causes: &[Cause]) -> Outcome<()> {
    engine.run("the table of causes", "delete from causes")?;
    let written = |value: Value| match value {
        Value::Text(text) => literal(&text),
        Value::Int(n) => n.to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(|item| literal(item)).collect::<Vec<_>>().join(", ")),
        _ => "null".to_owned(),
    };
    let rows: Vec<_> =
        causes.iter().cloned().map(|cause| format!("({})", cause.into_values().into_iter().map(written).collect::<Vec<_>>().join(", "))).collect();
    engine.run("the causes", &format!("insert into causes values {}", rows.join(",\n")))
}

/// The sum checks of step 5 that a single run can make; what does not hold stands in work.broken_sums.
fn sums(engine: &Engine) -> Outcome<()> {
    engine.run(
        "the table of broken sums",
        "create or replace table work.broken_sums (check_no varchar, store_id varchar, metric varchar, scope varchar, day date, what varchar)",
    )?;
    for (path, sql) in embedded::sql_files("sums") {
        let number = path.trim_start_matches("sums/").chars().next().unwrap_or('?');
        engine.run(
            &path,
            &format!("insert into work.broken_sums select '{number}', store_id, metric, scope, day, what from ({})", sql.trim_end().trim_end_matches(';')),
        )?;
    }
    engine.run(
        "to mark broken sums",
        "update count_checks set sums_ok = false from work.broken_sums as b where b.store_id = count_checks.store_id and b.metric = count_checks.metric and (b.scope = 'all' or (b.scope = count_checks.scope and b.day is not distinct from count_checks.day))",
    )?;
    Ok(())
}

/// Union-find over the edges: each base that is merged with others gets the root of its group, the smallest order, else the first row.
fn group(engine: &Engine) -> Outcome<()> {
    let mut parents: HashMap<i64, i64> = HashMap::new();
    for row in engine.query("select a, b from work.edges")?.rows {
        let [Value::Int(a), Value::Int(b)] = row.as_slice() else { continue };
        let (a, b) = (root(&mut parents, *a), root(&mut parents, *b));
        // Orders are positive, rows negative: the smallest order wins, else the row with the smallest number.
        let rank = |base: i64| (base < 0, base.unsigned_abs());
        let (winner, other) = if rank(a) <= rank(b) { (a, b) } else { (b, a) };
        parents.insert(other, winner);
    }
    let mut merged: Vec<_> = parents.keys().copied().collect();
    merged.sort_unstable();
    let rows: Vec<_> = merged.into_iter().map(|base| format!("({base}, {})", root(&mut parents, base))).collect();
    engine.run("the table of groups", "create or replace table work.merged_bases (base bigint, root bigint)")?;
    for chunk in rows.chunks(10_000) {
        engine.run("the groups", &format!("insert into work.merged_bases values {}", chunk.join(", ")))?;
    }
    Ok(())
}

fn root(parents: &mut HashMap<i64, i64>, base: i64) -> i64 {
    let mut top = base;
    while let Some(parent) = parents.get(&top).copied().filter(|parent| *parent != top) {
        top = parent;
    }
    // Path compression: every base on the way points at the root.
    let mut next = base;
    while next != top {
        next = parents.insert(next, top).unwrap_or(top);
    }
    parents.entry(top).or_insert(top);
    top
}

/// Makes every table of the schema, and the schema `work` for what lies between them.
pub fn create_tables(engine: &Engine) -> Outcome<()> {
    for table in Tables::all()? {
        engine.run(&format!("the table `{}`", table.name), table.ddl)?;
    }
    engine.run("the schema of what lies between", "create schema work")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number that somebody broke after it was counted does not get away: `sums_ok` is false and the reason stands there.
    #[test]
    fn broken_sums_are_found() {
        let job = crate::job::Job::parse("name = 'j'\n[[source]]\nkind = 'canonical'\npath = 'in'", Path::new(".")).unwrap();
        let rules = Rules::of(&job).unwrap();
        let broken_by = |tampering: &str| -> Vec<String> {
            let folder = tempfile::tempdir().unwrap();
            let engine = Engine::open(&folder.path().join("audit.duckdb"), folder.path()).unwrap();
            create_tables(&engine).unwrap();
            engine.attach_previous(None, Tables::all().unwrap()).unwrap();
            let given = "insert into night values ('2026-03-10', '2026-03-10', null, '2026-03-09', false, false);
                insert into inputs select 's', 'f', t, null, 'DONE', true, null, null, null, 0, 0, 0, 0, [], [], [], '' from (values ('platform_orders'), ('local_orders')) as x (t);
                insert into zone_spans values ('UTC', '0001-01-01', '9999-12-31', 0);
                insert into platform_orders by name select 'S' as store_id, id as platform_order_id, id as order_key, 'shipped' as lifecycle,
                  timestamp '2026-03-09' as created_at, timestamp '2026-03-09' as updated_at, timestamp '2026-03-09' as shipped_at from (values ('1'), ('2')) as x (id);
                insert into local_orders by name select 'R' as local_row_id, 'S' as store_id, '1' as platform_order_id_raw, '1' as order_key, 'pending' as lifecycle,
                  'ok' as submit_status, timestamp '2026-03-09' as order_created_at, timestamp '2026-03-10' as snapshot_at;";
            engine.run("the given rows", given).unwrap();
            link(&engine).unwrap();
            attribute(&engine, &rules).unwrap();
            engine.run("tampering", tampering).unwrap();
            sums(&engine).unwrap();
            let found = engine.query("select distinct check_no from work.broken_sums order by 1").unwrap().rows;
            let marked = engine.count("select count(*) from count_checks where not sums_ok").unwrap();
            assert_eq!(found.is_empty(), marked == 0, "{tampering}");
            found.into_iter().filter_map(|row| row.first()?.text().map(str::to_owned)).collect()
        };
        assert_eq!(broken_by(""), Vec::<String>::new());
        assert_eq!(broken_by("delete from attribution_units where metric = 'shipped' and scope = 'all'"), ["1", "2"]);
        assert_eq!(broken_by("insert into attribution_units select * from attribution_units where metric = 'placed' and scope = 'all'"), ["1", "2"]);
        assert_eq!(broken_by("update count_checks set n_platform = 7, diff = 7 - n_local where metric = 'placed' and scope = 'day'"), ["1", "3"]);
        assert_eq!(broken_by("update count_checks set n_local_comparable = n_local where metric = 'unshipped'"), ["7"]);
        assert_eq!(
            broken_by(
                "update work.unit_causes set block = 'GR', code = 'wrong_store_binding', metric = 'placed' where metric = 'shipped' and scope = 'all' and r is not null"
            ),
            ["4"]
        );
    }
}
