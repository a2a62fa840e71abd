//! `nightaudit generate`: canonical files of any size, for benchmarks.

use std::path::PathBuf;

use super::print;
use crate::failure::Outcome;
use crate::simulator::{self, Size};

/// Options of `generate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Orders on the platform
    #[arg(long, default_value_t = 10_000)]
    orders: u64,
    /// Stores they are spread over
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    stores: u64,
    /// Decides which orders differ, and how
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the files go
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Write CSV instead of Parquet
    #[arg(long)]
    csv: bool,
}

/// Writes the files.
pub fn execute(args: &Args) -> Outcome<u8> {
    simulator::write(Size { orders: args.orders, stores: args.stores, seed: args.seed }, &args.out, args.csv)?;
    print(&format!("{}\n", args.out.display()))?;
    Ok(0)
}
