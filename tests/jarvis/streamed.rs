//! A long answer on a bad day: Discord refuses every third edit or so, and what stands is whole at each moment.

use std::collections::BTreeMap;

use peers::models::Say;
use sandbox::{Fault, Scope, client::State};
use serde_json::Value;

use super::{Thread, with_model};
use crate::world::World;

/// The answer says so many things …
const STEPS: usize = 5;
/// … with so many lines of code each.
const LINES: usize = 60;
/// The same requests are refused each time.
const SEED: u64 = 7;
/// No message is edited more often than once in this, in milliseconds.
const PACE: u64 = 1_200;
/// A component that is text.
const TEXT: u64 = 10;

fn line(step: usize, line: usize) -> String {
    format!("echo step-{step} line-{line}.")
}

/// Its words, and how many of them there are at the end of each step.
fn answer() -> (String, Vec<usize>) {
    let (mut text, mut ends) = (String::new(), Vec::new());
    for step in 1..=STEPS {
        let lines: Vec<String> = (1..=LINES).map(|at| line(step, at)).collect();
        let code = lines.join("\n");
        text.extend([
            "Do step ",
            step.to_string().as_str(),
            " like this:\n```sh\n",
            code.as_str(),
            "\n```\nand look at it. ",
        ]);
        ends.push(text.split_inclusive(' ').count());
    }
    (text, ends)
}

/// The texts on a message, each by itself.
fn texts(raw: &Value) -> Vec<String> {
    let mut texts = Vec::new();
    let mut open: Vec<&Value> = vec![&raw["components"]];
    while let Some(next) = open.pop() {
        match next {
            Value::Array(all) => open.extend(all.iter().rev()),
            Value::Object(one) if one.get("type").is_some_and(|kind| *kind == TEXT) => {
                texts.extend(one["content"].as_str().map(str::to_owned));
            }
            Value::Object(one) => open.extend(one.get("components")),
            _ => {}
        }
    }
    texts
}

/// The lines of code of a text. Each must stand in code that is opened and closed.
fn code(text: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split("```").collect();
    assert!(parts.len() % 2 == 1, "code is opened and not closed: {text}");
    let plain: String = parts.iter().step_by(2).copied().collect();
    assert!(!plain.contains("echo"), "code stands outside of code: {text}");
    let code = parts.iter().skip(1).step_by(2);
    code.flat_map(|part| part.lines().filter(|line| line.starts_with("echo")).map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_answer_arrives_whole_and_in_order_while_every_third_edit_is_refused() {
    let mut world = World::start().await;
    let model = with_model(&mut world).await;
    let admin = world.admin().await;
    let refused = Fault::rate_limited(0.3, Scope::User).on("PATCH /channels/*/messages/*");
    world.sandbox.inject(refused.times(100_000).by_chance(0.3, SEED)).unwrap();

    let (text, ends) = answer();
    model.say_to(Some(4));
    model.will(Say::Text(text));
    let thread = Thread::asked(&admin, "how is it set up?").await;
    thread.sees("Do step 1").await.until("works on it").await;
    for (at, end) in ends.iter().enumerate() {
        model.say_to(Some(*end));
        thread.sees(&line(at + 1, LINES)).await;
    }
    model.say_to(None);
    thread.sees("for <@").await;

    // What stands is all of it, in its order.
    let stands: Vec<String> = admin.client.look(|state: &State| {
        let messages = state.messages(&thread.id).filter(|message| message.is_by_a_bot());
        messages.flat_map(|message| texts(&message.raw)).flat_map(|text| code(&text)).collect()
    });
    let wanted: Vec<String> = (1..=STEPS).flat_map(|step| (1..=LINES).map(move |at| line(step, at))).collect();
    assert_eq!(stands, wanted);
    // And whatever anybody saw meanwhile was whole as far as it went.
    let seen: Vec<Value> = admin.client.look(|state: &State| {
        let of_the_thread = state.seen().iter().filter(|seen| seen.first().channel_id() == thread.id);
        of_the_thread.flat_map(|seen| &seen.versions).map(|version| version.raw.clone()).collect()
    });
    seen.iter().flat_map(texts).for_each(|text| drop(code(&text)));

    let mut edits: BTreeMap<String, Vec<(u64, u16)>> = BTreeMap::new();
    for request in world.sandbox.requests() {
        if request.method == "PATCH" && request.path.contains(&format!("/{}/messages/", thread.id)) {
            edits.entry(request.path).or_default().push((request.at, request.status));
        }
    }
    let all: Vec<u16> = edits.values().flatten().map(|(_, status)| *status).collect();
    assert!(all.contains(&429) && all.contains(&200), "{edits:?}");
    assert!(edits.len() > 1, "it is several messages: {edits:?}");
    for (message, tried) in &edits {
        assert!(tried.windows(2).all(|two| two[1].0 - two[0].0 >= PACE), "{message}: {tried:?}");
    }
    world.end().await;
}
