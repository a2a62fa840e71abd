//! Every ceiling of the program with its reason.
//! May not hold anything that a job should decide.

/// Rows that go through memory at once: a row group of DuckDB, so that loading a snapshot need not cut and merge groups (measured: half the time of 65,536).
pub const BATCH_ROWS: usize = 122_880;

/// Largest CSV record in bytes: a missing closing quote would otherwise read the rest of the file into one cell.
pub const CSV_RECORD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Largest export that is unpacked: more is an archive bomb, or should be asked for in shorter windows.
pub const UNPACKED_BYTES_MAX: u64 = 16 << 30;

/// Largest spreadsheet: XLS and ODS are read whole, and unpack to some twenty times their size.
pub const SHEET_BYTES_MAX: u64 = 64 << 20;

/// Columns of a spreadsheet: what XLSX allows; beyond it lie only damaged files.
pub const SHEET_COLUMNS_MAX: u32 = 16_384;

/// Bytes that decide about a file's encoding.
pub const SNIFFED_BYTES: u64 = 1 << 20;

/// Rows of an unknown export that a first mapping is guessed from.
pub const DRAFT_ROWS_MAX: u64 = 10_000;

/// Words of a status column that a first mapping lists: more is no status.
pub const DRAFT_WORDS_MAX: usize = 40;

/// Rows and mappings that `map` shows of each kind.
pub const MAP_ROWS_SHOWN: usize = 5;

/// Largest line of a JSONL file in bytes, for the same reason.
pub const JSON_LINE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Characters of a refused cell that are kept in `load_rejects`: enough to recognise it.
pub const REJECT_TEXT_CHARS_MAX: usize = 80;

/// Characters of a status word or column name in a finding.
pub const WORD_CHARS_MAX: usize = 60;

/// Memory DuckDB may use before it spills to the run's own folder; with our own buffers a run of a million orders stays under 1.5 GB.
pub const ENGINE_MEMORY: &str = "1GB";

/// Memory that DuckDB may use for each order and local row beyond that: lists of causes, numbers and links cannot be spilled (measured: ten million against ten
/// million do not fit into 1 GB).
pub const ENGINE_BYTES_PER_ROW: u64 = 200;

/// Lines of each part of the terminal digest: one screen holds about 40.
pub const DIGEST_ROWS_MAX: usize = 12;

/// Orders or SKUs that one line of the digest names: as many as fit behind the words.
pub const DIGEST_NAMES_MAX: usize = 4;

/// Orders that one line of a bridge names on the screen; reports/attribution_units has them all.
pub const BRIDGE_NAMES_MAX: usize = 10;

/// Groups that `order` tells in full: a short number may fit many.
pub const ORDERS_FOUND_MAX: usize = 5;

/// Freshness that a gate demands of an input, in hours: one day and two hours of grace (rule book 5, step 0).
pub const FRESH_HOURS: u32 = 26;

/// A page of a Parquet file, packed or not: writers make pages of a megabyte, and a damaged file may claim any size.
pub const PARQUET_PAGE_BYTES_MAX: usize = 256 << 20;

/// Free room that a data folder should have: a night that ends in a full disk publishes nothing.
pub const DISK_FREE_BYTES_MIN: u64 = 2 << 30;

/// Nights of runs and snapshots that are kept when the job does not say: a quarter, the longest look back that platforms' own lists offer most sellers.
pub const KEEP_NIGHTS: u32 = 92;
