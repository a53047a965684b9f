//! Prints the figures we promise, measured on this machine, beside those of two bots that do the same: `make bench`.
//!
//! Every figure is the median of several runs, and the bots take turns: what the machine does meanwhile hits all three.

#![expect(clippy::print_stdout, reason = "a table on standard output is what this program is for")]
#![expect(clippy::print_stderr, reason = "a seed is printed, and the bot's log where a tale fails")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot measure has nothing better to do than to say why")]

mod audit;
mod bot;
#[path = "../tests/overlays/browser.rs"]
mod browser;
mod crew;
mod decision;
mod desk;
mod events;
#[path = "../tests/streams/forged.rs"]
#[expect(dead_code, reason = "stories use more of it")]
mod forged;
mod jobs;
mod kills;
#[path = "../tests/lent.rs"]
mod lent;
mod machines;
#[path = "../tests/overlays/moving.rs"]
#[expect(dead_code, reason = "a story judges the rest of it")]
mod moving;
mod ours;
mod overlays;
#[path = "../tests/people.rs"]
#[expect(dead_code, reason = "stories use more of it")]
mod people;
mod perform;
mod person;
mod presses;
mod process;
mod rounds;
#[path = "../tests/streams/scene.rs"]
#[expect(dead_code, reason = "stories use more of it")]
mod scene;
mod sealed;
#[path = "../tests/tickets/seeded.rs"]
mod seeded;
mod ssh;
#[path = "../tests/overlays/stage.rs"]
#[expect(dead_code, reason = "stories use more of it")]
mod stage;
mod streams;
mod table;
#[path = "../tests/kills/tale/mod.rs"]
mod tale;
mod talks;
mod tickets;
mod transcripts;
#[path = "../tests/world.rs"]
#[expect(dead_code, reason = "stories use more of it")]
mod world;

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
    /// Times the bot is killed.
    #[arg(long, default_value_t = 1_000)]
    kills: usize,
    /// Durable runs at full speed.
    #[arg(long, default_value_t = 100_000)]
    jobs: u64,
    /// Measure this and nothing else.
    #[arg(long)]
    only: Option<Only>,
    /// `cargo bench` says this.
    #[arg(long, hide = true)]
    bench: bool,
    /// `cargo test` runs benches too, to see that they start.
    #[arg(long, hide = true)]
    test: bool,
}

/// A part of the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Only {
    /// The bots of three libraries beside each other.
    Rivals,
    /// What only Nebula does.
    Ours,
    /// The audit log.
    Audit,
    /// Durable runs.
    Jobs,
    /// From an event to who waits for it.
    Events,
    /// Killed again and again.
    Kills,
    /// A hundred machines, and a large file.
    Machines,
    /// Many servers, logs and terminals through Discord's door.
    Crew,
    /// The assistant, with a model that takes no time.
    Talks,
    /// A hundred thousand tickets.
    Tickets,
    /// Tickets where a thousand are open.
    Presses,
    /// A long ticket's transcript.
    Transcripts,
    /// Pages over a stream.
    Overlays,
    /// From a signed event to the announcement.
    Streams,
    /// How fast secrets are masked.
    Redactor,
    /// How fast secrets are sealed anew.
    Rotation,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let asked = Asked::parse();
    if asked.test {
        return;
    }
    let wanted = |part| asked.only.is_none_or(|only| only == part);
    if wanted(Only::Rivals) {
        let rounds = rounds::all(&asked).await;
        table::print(&asked, &rounds);
    }
    if wanted(Only::Ours) {
        ours::print().await;
    }
    if wanted(Only::Redactor) {
        sealed::print_redactor();
    }
    if wanted(Only::Rotation) {
        sealed::print_rotation().await;
    }
    if wanted(Only::Jobs) {
        jobs::print(asked.jobs).await;
    }
    if wanted(Only::Audit) {
        audit::print().await;
    }
    if wanted(Only::Events) {
        events::print().await;
    }
    if wanted(Only::Machines) {
        machines::print().await;
    }
    if wanted(Only::Crew) {
        crew::print().await;
    }
    if wanted(Only::Talks) {
        talks::print().await;
    }
    if wanted(Only::Tickets) {
        tickets::print().await;
    }
    if wanted(Only::Presses) {
        presses::print().await;
    }
    if wanted(Only::Transcripts) {
        transcripts::print().await;
    }
    if wanted(Only::Overlays) {
        overlays::print().await;
    }
    if wanted(Only::Streams) {
        streams::print().await;
    }
    if wanted(Only::Kills) {
        kills::print(asked.kills).await;
    }
}
