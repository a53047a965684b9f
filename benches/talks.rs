//! The assistant with a model that takes no time: what is left is what Nebula itself takes.

use peers::models::{Say, Speaker};
use sandbox::Options;
use serde_json::json;

use crate::{ours::row, people::Person, world::World};

/// Rounds of one question, each a call and its answer.
const ROUNDS: usize = 10;
/// Questions of so many rounds, and others that are answered at once.
const QUESTIONS: usize = 10;
/// Conversations that nobody says anything in any more.
const IDLE: usize = 200;

/// Prints a table.
pub(crate) async fn print() {
    println!("\n| the assistant | p50 | p99 | most |\n|---|---|---|---|");
    turns().await;
    idle().await;
}

async fn world() -> (World, Speaker) {
    // What is measured is this machine, not what Discord allows.
    let mut world = World::start_with(Options { without_rate_limits: true, ..Options::default() }).await;
    let model = Speaker::ollama();
    world.set_environment("OLLAMA_URL", &model.url());
    assert!(world.stop_bot().await);
    world.set("NEBULA_LOG", "info");
    world.start_bot().await;
    (world, model)
}

async fn turns() {
    let (world, model) = world().await;
    let admin = world.admin().await;
    let (mut between, mut seen) = (Vec::new(), Vec::new());
    for number in 0..QUESTIONS {
        let before = model.moments().len();
        for _ in 0..ROUNDS {
            model.will(Say::Calls(String::new(), vec![("server_list".to_owned(), json!({}))]));
        }
        model.will(Say::Text(format!("Answer {number}.")));
        let thread = asked(&admin, "which servers are there?").await;
        admin.sees_in(&thread, &format!("Answer {number}.")).await.until("local").await;
        let moments = model.moments();
        between.extend(moments[before..].windows(2).map(|two| two[1].0 - two[0].1.expect("it said all of it")));
        model.will(Say::Silence(format!("Beginning {number}")));
        let asks = model.moments().len();
        admin.client.say(&thread, "and now?").await.unwrap();
        let begins = admin.sees_in(&thread, &format!("Beginning {number}")).await;
        seen.push(model.moments()[asks].0.elapsed());
        begins.press(&admin, "Stop").await;
        begins.until("was stopped").await;
    }
    row("from a model's call, through `server.list`, to its next question (≤ 5 ms)", between);
    row("from a model's first word to a person's eyes (≤ 300 ms)", seen);
    world.end().await;
}

async fn idle() {
    let (world, model) = world().await;
    let admin = world.admin().await;
    // What the first one makes it keep is not of the conversations.
    asked_and_answered(&admin, &model, 0).await;
    let before = world.memory();
    for number in 1..=IDLE {
        asked_and_answered(&admin, &model, number).await;
    }
    let (now, each) = (world.memory(), world.memory().saturating_sub(before) / IDLE as u64);
    println!("| memory with {IDLE} idle conversations | {} MiB | {} KiB each | |", now >> 20, each >> 10);
    world.end().await;
}

async fn asked_and_answered(admin: &Person, model: &Speaker, number: usize) {
    model.will(Say::Text(format!("Answer {number}.")));
    let thread = asked(admin, "who are you?").await;
    admin.sees_in(&thread, &format!("Answer {number}.")).await.until("local").await;
}

async fn asked(admin: &Person, question: &str) -> String {
    let asked = admin.ask(&format!("/jarvis ask question:\"{question}\"")).await.until("<#").await.text();
    let (_, rest) = asked.split_once("<#").unwrap();
    rest.split_once('>').unwrap().0.to_owned()
}
