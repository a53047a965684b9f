//! Prints the figures we promise, measured on this machine, beside those of two bots that do the same: `make bench`.
//!
//! Every figure is the median of several runs, and the bots take turns: what the machine does meanwhile hits all three.

#![expect(clippy::print_stdout, reason = "a table on standard output is what this program is for")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot measure has nothing better to do than to say why")]

mod audit;
mod bot;
mod ours;
mod person;
mod process;
mod rounds;
mod ssh;
mod table;

use clap::Parser;

/// What is measured, and for how long.
#[derive(Debug, Parser)]
struct Asked {
    /// Runs each figure is the median of.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Seconds of 200 interactions each, in every run.
    #[arg(long, default_value_t = 15)]
    seconds: u32,
    /// Events of each kind in every run.
    #[arg(long, default_value_t = 30_000)]
    events: u64,
    /// Leave out what only Nebula does.
    #[arg(long)]
    rivals_only: bool,
    /// Measure this and nothing else.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// `cargo bench` says this.
    #[arg(long, hide = true)]
    bench: bool,
    /// `cargo test` runs benches too, to see that they start.
    #[arg(long, hide = true)]
    test: bool,
}

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Part {
    /// The audit log.
    Audit,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let asked = Asked::parse();
    if asked.test {
        return;
    }
    if let Some(Part::Audit) = asked.only {
        return audit::print().await;
    }
    let rounds = rounds::all(&asked).await;
    table::print(&asked, &rounds);
    if !asked.rivals_only {
        ours::print().await;
        audit::print().await;
    }
}
