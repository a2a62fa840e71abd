//! DuckDB: runs SQL on one run's file. The only room that knows duckdb.
//! May not contain a judgement: those are files below `sql/`.

use std::path::{Path, PathBuf};

use duckdb::types::{Value as DuckValue, ValueRef};
use duckdb::{AccessMode, Config, Connection};
use serde::de::DeserializeOwned;
use serde_json::Map;

use crate::failure::{Failure, Kind, Outcome};
use crate::limits::{ENGINE_BYTES_PER_ROW, ENGINE_MEMORY};
use crate::model::{Row, Table, Value, value};

/// A run's database.
pub struct Engine {
    connection: Connection,
}

/// The answer to a query.
pub struct Answer {
    /// Column names.
    pub columns: Vec<String>,
    /// Rows of values.
    pub rows: Vec<Vec<Value>>,
}

fn refused(what: &str, error: &duckdb::Error) -> Failure {
    Failure::new(Kind::Engine, format!("DuckDB refused {what}")).facts(error.to_string())
}

/// A text as an SQL literal.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A path as an SQL literal.
fn quoted(path: &Path) -> String {
    literal(&path.display().to_string())
}

impl Engine {
    /// Opens or makes a database to work in; it spills to `scratch`.
    pub fn open(path: &Path, scratch: &Path) -> Outcome<Self> {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let config = Config::default()
            .enable_autoload_extension(false)
            .and_then(|c| c.max_memory(ENGINE_MEMORY))
            .and_then(|c| c.threads(i64::try_from(threads).unwrap_or(1)))
            .and_then(|c| c.with("temp_directory", scratch.display().to_string()))
            .map_err(|e| refused("its settings", &e))?;
        let connection = Connection::open_with_flags(path, config).map_err(|e| refused(&format!("the file `{}`", path.display()), &e))?;
        Ok(Self { connection })
    }

    /// Opens a published run's database; nobody can change it through this.
    pub fn read_only(path: &Path) -> Outcome<Self> {
        let config =
            Config::default().access_mode(AccessMode::ReadOnly).and_then(|c| c.enable_autoload_extension(false)).map_err(|e| refused("its settings", &e))?;
        let connection = Connection::open_with_flags(path, config).map_err(|e| refused(&format!("the file `{}`", path.display()), &e))?;
        Ok(Self { connection })
    }

    /// Runs statements; `what` names them in a failure.
    pub fn run(&self, what: &str, sql: &str) -> Outcome<()> {
        self.connection.execute_batch(sql).map_err(|e| refused(what, &e))
    }

    /// Makes room for so many orders and rows, where the first gigabyte does not do; never more than half of the machine's memory.
    pub fn make_room(&self, rows: u64) -> Outcome<()> {
        let wanted = rows.saturating_mul(ENGINE_BYTES_PER_ROW);
        let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| text.lines().next()?.split_whitespace().nth(1)?.parse::<u64>().ok());
        let allowed = machine.map_or(wanted, |kilobytes| wanted.min(kilobytes * 1024 / 2));
        if allowed <= 1 << 30 {
            return Ok(());
        }
        self.run("a larger memory limit", &format!("set memory_limit = '{}MB'", allowed / 1_000_000))
    }

    /// Attaches an earlier run's file as `previous`, or an empty copy of the schema on the first night.
    pub fn attach_previous(&self, path: Option<&Path>, tables: &[Table]) -> Outcome<()> {
        if let Some(path) = path {
            self.run("the previous run", &format!("attach {} as previous (read_only)", quoted(path)))?;
            let columns = |database: &str| {
                format!("select table_name, column_name, data_type from duckdb_columns() where database_name = {database} and schema_name = 'main'")
            };
            let other = format!(
                "from ({}) as ours anti join ({}) as theirs using (table_name, column_name, data_type)",
                columns("current_database()"),
                columns("'previous'")
            );
            if self.count(&format!("select count(*) {other}"))? == 0 {
                return Ok(());
            }
            self.run("the previous run", "detach previous")?;
            return Err(Failure::new(Kind::Engine, "the earlier run was written by another version").facts(format!("`{}`", path.display())));
        }
        let mut sql = "attach ':memory:' as previous;\n".to_owned();
        for table in tables {
            sql.push_str(&table.ddl.replacen("create table ", "create table previous.", 1));
        }
        self.run("an empty previous run", &sql)
    }

    /// Fills a table from Parquet files with the same column names; the number of rows it has then.
    pub fn load(&self, table: &Table, files: &[PathBuf]) -> Outcome<u64> {
        if !files.is_empty() {
            let list: Vec<_> = files.iter().map(|path| quoted(path)).collect();
            let sql = format!("insert into {} by name select * from read_parquet([{}], union_by_name = true)", table.name, list.join(", "));
            self.run(&format!("the rows of `{}`", table.name), &sql)?;
        }
        self.count(&format!("select count(*) from {}", table.name))
    }

    /// The one whole number a query answers.
    pub fn count(&self, sql: &str) -> Outcome<u64> {
        self.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|n| u64::try_from(n).unwrap_or(0)).map_err(|e| refused(sql, &e))
    }

    /// The answer to a query, held in memory: for small ones.
    pub fn query(&self, sql: &str) -> Outcome<Answer> {
        let failed = |e: duckdb::Error| refused(&format!("the query `{sql}`"), &e);
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let mut found = statement.query([]).map_err(failed)?;
        let columns: Vec<String> = found.as_ref().map(duckdb::Statement::column_names).unwrap_or_default();
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(failed)? {
            let cells = (0..columns.len()).map(|i| row.get_ref(i).map(value_of)).collect::<Result<_, _>>().map_err(failed)?;
            rows.push(cells);
        }
        Ok(Answer { columns, rows })
    }

    /// Typed rows of a canonical table; `rest` is what stands behind `from <table>`.
    pub fn rows<R: Row>(&self, rest: &str) -> Outcome<Vec<R>> {
        let columns: Vec<_> = R::COLUMNS.iter().map(|(name, ..)| format!("\"{name}\"")).collect();
        let answer = self.query(&format!("select {} from {} {rest}", columns.join(", "), R::TABLE))?;
        answer
            .rows
            .into_iter()
            .map(|row| {
                R::from_values(row).ok_or_else(|| Failure::new(Kind::Broken, format!("`{}` holds a value of another type than its schema says", R::TABLE)))
            })
            .collect()
    }

    /// The rows of a query as objects of a type, by column names: for small answers.
    pub fn objects<T: DeserializeOwned>(&self, sql: &str) -> Outcome<Vec<T>> {
        let Answer { columns, rows } = self.query(sql)?;
        let object = |row: Vec<Value>| {
            let fields: Map<_, _> = columns.iter().cloned().zip(row.iter().map(Value::json)).collect();
            serde_json::from_value(fields.into())
                .map_err(|e| Failure::new(Kind::Broken, format!("the query `{sql}` does not answer what it should")).facts(e.to_string()))
        };
        rows.into_iter().map(object).collect()
    }

    /// Writes the answer to a query into a file: `format csv, header` or `format parquet`.
    pub fn copy(&self, query: &str, path: &Path, options: &str) -> Outcome<()> {
        self.run(&format!("to write `{}`", path.display()), &format!("copy ({query}) to {} ({options})", quoted(path)))
    }

    /// Writes everything to the file and closes it.
    pub fn close(self) -> Outcome<()> {
        self.run("a checkpoint", "checkpoint")?;
        self.connection.close().map_err(|(_, e)| refused("to close", &e))
    }
}

fn value_of(cell: ValueRef<'_>) -> Value {
    match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Boolean(yes) => Value::Bool(yes),
        ValueRef::TinyInt(n) => Value::Int(n.into()),
        ValueRef::SmallInt(n) => Value::Int(n.into()),
        ValueRef::Int(n) => Value::Int(n.into()),
        ValueRef::BigInt(n) => Value::Int(n),
        ValueRef::HugeInt(n) => i64::try_from(n).map_or(Value::Null, Value::Int),
        ValueRef::Timestamp(unit, n) => Value::Instant(unit.to_micros(n)),
        ValueRef::Date32(days) => Value::Date(days),
        ValueRef::Decimal(n) => value::decimal(&n.to_string()).and_then(value::money).unwrap_or_default(),
        ValueRef::Text(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::List(..) => match DuckValue::from(cell) {
            DuckValue::List(items) => Value::List(
                items
                    .into_iter()
                    .filter_map(|item| match item {
                        DuckValue::Text(text) => Some(text),
                        _ => None,
                    })
                    .collect(),
            ),
            _ => Value::Null,
        },
        other => Value::Text(format!("{other:?}")),
    }
}
