//! nightaudit: every night, what the selling platforms say against what the seller's ERP says, and a name for every difference.
//!
//! # Five sentences that decide everything
//! 1. Facts in Rust, judgements in SQL, words in data: Rust reads and normalises; whether a row is wrong is decided by a file below `sql/`.
//! 2. One direction, on disk: extract → load → link → attribute → check → report → publish; each stage reads only files that earlier stages left.
//! 3. Every difference has a name: it is split into units, each one named order with exactly one cause, and the causes sum to it.
//! 4. Nothing is silently fine: a missing, stale or truncated input makes a result not comparable, never clean and never zero.
//! 5. A check is a file, a job is a TOML, a mapping is a TOML; adding one changes nothing else.
//!
//! # Rooms, from the ground up
//! | layer | rooms | |
//! | --- | --- | --- |
//! | 0 | [`failure`] [`clock`] [`disk`] [`limits`] [`embedded`] [`model`] | one error type, the clock, files that are whole or not there, every ceiling, carried files, canonical vocabulary |
//! | 1 | [`settings`] [`job`] [`table`] | environment and salt, job files, files of rows in any form (the only room that knows polars, csv and calamine) |
//! | 2 | [`snapshot`] | immutable extracts with manifests |
//! | 3 | [`sources`] [`engine`] | where rows come from; DuckDB (the only room that knows it) |
//! | 4 | [`audit`] | load, link, attribute, check: drives `sql/` |
//! | 5 | [`report`] | CSV, Parquet, Markdown, the digest; the screens of `explain` and `order` in two languages |
//! | 6 | [`night`] [`simulator`] | one run, whole or not at all; shops that we understand completely |
//! | 7 | [`schedule`] | when nights are due: cron expressions, missed nights |
//! | 8 | [`cli`] | one file per command |
//!
//! A room uses only lower layers and its own folder (tests/tidy.rs reads the `crate::` paths).
//!
//! # What lies on disk
//! `<data>/<job>/snapshots/<source>/<stream>/<instant>-<n>/` has Parquet files beside `manifest.json`; `<data>/<job>/runs/<date>-<n>/` has
//! `run.json`, `audit.duckdb`, `reports/` and `rejects/`; `<data>/<job>/latest` points at the newest run. All of them are written as `.part-…`
//! and renamed when whole. Snapshots lie inside the job's folder, not beside it as first designed, so that two jobs may name a source alike;
//! a snapshot is a folder, because one file of an export gives several tables that are whole together or not at all.
//! `<data>/<job>/acknowledgements.toml` is people's; `<data>/<job>/schedule.json` remembers the last night that was done.
//!
//! # Three walkthroughs
//! *A row of an export*: `table::Rows` finds its form and hands over its cells → `sources::mapped::reader` finds its order and lines by the mapping → `Table::normalise`
//! casts, fills in defaults, cleans keys, or refuses → `snapshot::TableWriter` writes it, or the reject → `audit::load` → `platform_orders`.
//!
//! *A lost order*: `sql/models/20_nodes` numbers it and finds its days and buckets → `30_links` finds no row with its number → `40_groups` leaves its
//! group open → `50_units` has +1 in every scope it is counted in → the rule list `sql/causes/po` says which codes hold,
//! `60_attribution` takes the first, with what proves it → `70_counts` adds it up → `sql/sums`
//! recounts → `sql/findings` makes one finding of it.
//!
//! *A killed run*: the lock goes with the process; the next run sweeps `.part-…`, finds the snapshots of the same instant by their fingerprint,
//! and computes the rest again: the same bytes, because the run id stands in `run.json` and the table `runs` only.

// Input must never panic the program; tests may.
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod audit;
pub mod cli;
pub mod clock;
pub mod disk;
pub mod embedded;
pub mod engine;
pub mod failure;
pub mod job;
pub mod limits;
pub mod model;
pub mod night;
pub mod report;
pub mod schedule;
pub mod settings;
pub mod simulator;
pub mod snapshot;
pub mod sources;
pub mod table;
