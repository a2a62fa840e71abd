//! Adds the run path: the binary finds `libduckdb` beside itself, in `../lib`, or where the build put it.
//! May not download or compile anything: that is `scripts/libduckdb.sh`.

fn main() {
    println!("cargo::rerun-if-env-changed=DUCKDB_LIB_DIR");
    // A new file in a carried folder is carried by the next build.
    for folder in ["build.rs", "fixtures/demo", "jobs", "sql"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    if std::env::var_os("CARGO_FEATURE_BUNDLED").is_some() {
        return;
    }
    println!("cargo::rustc-link-arg=-Wl,-rpath,$ORIGIN");
    println!("cargo::rustc-link-arg=-Wl,-rpath,$ORIGIN/../lib");
    if let Some(folder) = std::env::var_os("DUCKDB_LIB_DIR") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", folder.to_string_lossy());
    }
}
