//! Asks a real model the evaluation set and prints how it did: `make eval PROVIDER=ollama MODEL=qwen3:8b`.
//!
//! Where its provider is, and the key, come from the environment, as for the bot itself: `OLLAMA_URL`, `OPENAI_API_KEY` with
//! `OPENAI_BASE_URL`, `ANTHROPIC_API_KEY`.

#![expect(clippy::print_stdout, reason = "a table on standard output is what this program is for")]
#![expect(clippy::print_stderr, reason = "the bot's log where something breaks")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot measure has nothing better to do than to say why")]

#[path = "../tests/people.rs"]
#[expect(dead_code, reason = "stories use more of it")]
mod people;
#[path = "../tests/evals/set/mod.rs"]
#[expect(dead_code, unused_imports, reason = "stories use more of it")]
mod set;
#[path = "../tests/world.rs"]
#[expect(dead_code, reason = "stories use more of it")]
mod world;

use std::time::Duration;

use clap::Parser;
use set::{Crew, all, missing, play};

/// What says where models are, and opens them.
const PASSED_ON: [&str; 4] = ["OLLAMA_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY"];

/// Whose model is asked.
#[derive(Debug, Parser)]
struct Asked {
    /// The provider, as `/ai providers list` calls it.
    #[arg(long, default_value = "ollama")]
    provider: String,
    /// The model.
    #[arg(long)]
    model: String,
    /// Only scenarios whose subject or name holds this.
    #[arg(long)]
    only: Option<String>,
    /// Seconds that an answer may take.
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// How many of a hundred must pass.
    #[arg(long, default_value_t = 0)]
    reach: usize,
    /// `cargo bench` says this.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() {
    let asked = Asked::parse();
    let environment: Vec<(String, String)> = PASSED_ON
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), std::env::var_os(name)?.into_string().ok()?)))
        .collect();
    let crew = Crew::gather(&environment, peers::Docker::shared()).await;
    let admin = &crew.people["admin"];
    admin.ask("/ai cloud policy:all").await.until("The cloud sees").await;
    let chosen = admin.ask(&format!("/ai use models:{}/{}", asked.provider, asked.model)).await;
    chosen.until("ref").await;
    assert!(chosen.text().contains("Chose"), "{}", chosen.text());

    println!("| subject | scenario | | rounds | tokens | s |\n|---|---|---|---|---|---|");
    let (mut passed, mut played) = (0, 0);
    let store = crew.world.store().await;
    for (subject, scenario) in all() {
        let is_meant = asked.only.as_ref().is_none_or(|only| subject == only || scenario.name.contains(only.as_str()));
        if !is_meant || !scenario.needs.iter().all(|need| crew.has.contains(&need.as_str())) {
            continue;
        }
        let scenario = scenario.in_world(&crew.names);
        let seen = play(&crew, &store, &scenario, Duration::from_secs(asked.seconds)).await;
        let missing = missing(&scenario, &seen, &crew.secrets);
        let verdict = if missing.is_empty() { "passed".to_owned() } else { missing.join("; ").replace('|', "/") };
        played += 1;
        passed += usize::from(missing.is_empty());
        let took = seen.took.as_secs_f32();
        println!("| {subject} | {} | {verdict} | {} | {} | {took:.1} |", scenario.name, seen.rounds, seen.tokens);
    }
    store.close().await;
    println!("\n{passed} of {played} passed with {}/{}.", asked.provider, asked.model);
    crew.part().await;
    let reached = passed * 100 >= asked.reach * played;
    assert!(reached, "{passed} of {played} is less than {} of 100", asked.reach);
}
