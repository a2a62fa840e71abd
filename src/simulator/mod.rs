//! Makes shops that we understand completely, for benchmarks and tests.
//! May not be used by an audit of real data.

mod orders;

pub use orders::{Size, write};
