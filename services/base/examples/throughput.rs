//! How fast the redactor is on one core: `cargo run --release -p base --example throughput`.
//!
//! Clean logs, base64, and text with many secrets; with 0, 10 and 1,000 known values. Prints the median of several runs.

#![expect(clippy::print_stdout, reason = "a table on standard output is what this program is for")]

#[path = "../tests/throughput/mod.rs"]
mod throughput;

fn main() {
    println!("| text | 0 known values | 10 | 1,000 |\n|---|---|---|---|");
    for row in throughput::rows() {
        let figures = row.megabytes_per_second.map(|figure| format!("{figure:.0} MB/s"));
        println!("| {} | {} |", row.text, figures.join(" | "));
    }
}
