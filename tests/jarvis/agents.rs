//! Agents: what one hands to another, and what becomes of it through kills and stops.

use std::time::{Duration, Instant};

use peers::models::Say;
use serde_json::json;

use super::{Thread, asked_of, with_agents, with_model};
use crate::{people::mask, world::World};

on_both_worlds! {
    a_task_is_handed_on_over_a_kill_and_its_answer_comes_back_as_material
}

/// An agent whose work is done when a note says so.
const KEEPER: &str = "tools: [server.note, server.show]
verify:
  - says: the note says rack 4
    action: server.show
    with: {server: box}
    expect: {note: rack 4}
  - nothing else was changed
followups:
  - {id: tell, description: Tell the others, prompt: Write two lines for the others.}
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_held_against_what_was_seen_and_what_does_not_hold_is_mended_or_said() {
    let mut world = World::start().await;
    with_agents(&mut world, &[("keeper", KEEPER)]);
    let model = with_model(&mut world).await;
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let judged = |says: &str| Say::Text(says.into());
    model.will(Say::Text("It is noted.".into()));
    model.will(judged("1: yes E1 - nothing was done"));
    let note = json!({ "server": "box", "note": "rack 4" });
    model.will(Say::Calls(String::new(), vec![("server_note".into(), note)]));
    model.will(Say::Text("Now it is noted.".into()));
    model.will(judged("1: yes E2 - one note was set"));
    let asked = admin.ask("/agent run name:keeper question:\"note that box is in rack 4\"").await;
    asked.until("Asked Jarvis").await;
    let thread = Thread::of(&admin, &asked.text());
    thread.sees("Approve?").await.press(&admin, "Approve").await;
    let answer = thread.sees("Now it is noted.").await;
    answer.until("Tell the others").await;
    assert_shown!(mask(&answer.text()), @r"
    **Jarvis**
    It is noted.
    -# ✕ `the note says rack 4` · note nothing, expected `rack 4` · ref REFERENCE
    -# ✓ `nothing else was changed` · judged by the model: nothing was done
    -# ✓ `server_note` · `rack 4` · ref REFERENCE
    Now it is noted.
    -# ✓ `the note says rack 4` · note `rack 4` · ref REFERENCE
    -# ✓ `nothing else was changed` · judged by the model: one note was set · ref REFERENCE
    What it did
    Tell the others
    -# `qwen3:8b · ollama, local` · for <@…>
    ");
    // Of what the answer claims the judge is told that it is to be judged, and what was seen.
    let told = model.questions()[1].to_string();
    assert!(told.contains("the answer that is judged") && told.contains("expected `rack 4`"), "{told}");
    assert!(model.questions()[2].to_string().contains("This does not hold"), "{}", model.questions()[2]);
    model.will(Say::Text("Dear all, box is in rack 4.".into()));
    model.will(judged("1: yes E1 - nothing was done"));
    answer.press(&admin, "Tell the others").await;
    thread.sees("Dear all").await.until("Tell the others").await;

    // What is stated when it is asked counts, too; what a model cannot make true is said.
    for _ in 0..3 {
        model.will(Say::Text("It is on the site.".into()));
        model.will(judged("1: no - nothing shows it\n2: yes E1"));
    }
    let line = "/agent run name:keeper question:\"put it on the site\" until:\"it is on the site\"";
    admin.client.go("ops").unwrap();
    let asked = admin.ask(line).await;
    asked.until("Asked Jarvis").await;
    let answer = Thread::of(&admin, &asked.text()).sees("is not done").await;
    assert_shown!(mask(&answer.text()), @r"
    ! **Jarvis** is not done: 1 of 3 conditions is not met
    It is on the site.
    -# ✕ `it is on the site` · judged by the model: nothing shows it
    -# ✓ `the note says rack 4` · note `rack 4` · ref REFERENCE
    -# ✓ `nothing else was changed` · judged by the model: it gives no reason
    It is on the site.
    -# ✕ `it is on the site` · judged by the model: nothing shows it
    -# ✓ `the note says rack 4` · note `rack 4` · ref REFERENCE
    -# ✓ `nothing else was changed` · judged by the model: it gives no reason
    It is on the site.
    -# ✕ `it is on the site` · judged by the model: nothing shows it
    -# ✓ `the note says rack 4` · note `rack 4` · ref REFERENCE
    -# ✓ `nothing else was changed` · judged by the model: it gives no reason
    -# `qwen3:8b · ollama, local` · for <@…>
    ");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_with_how_it_is_looked_at_is_looked_at_by_the_bot_and_not_judged_by_a_model() {
    let mut world = World::start().await;
    with_agents(&mut world, &[("clerk", "")]);
    let model = with_model(&mut world).await;
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let run = |until: &str| format!("/agent run name:clerk question:\"is box there?\" until:\"{until}\"");
    admin.ask(&run("it is; {says: x")).await.until("Nothing was asked").await;
    admin.ask(&run("{action: server.*}")).await.until("is no action").await;

    model.will(Say::Text("It is there.".into()));
    let until = "{says: box is known, action: server.show, with: {server: box}}; \
                 {says: it is noted; here, action: server.note, with: {server: box, note: x}}";
    let asked = admin.ask(&run(until)).await;
    asked.until("Asked Jarvis").await;
    let answer = Thread::of(&admin, &asked.text()).sees("is not done").await;
    assert_shown!(mask(&answer.text()), @r"
    ! **Jarvis** is not done: 1 of 2 conditions is not met
    It is there.
    -# ✓ `box is known` · done · ref REFERENCE
    -# ✕ `it is noted; here` · not looked at: it changes something, and whoever checks only looks
    -# `qwen3:8b · ollama, local` · for <@…>
    ");
    assert_eq!(model.questions().len(), 1, "no model was asked whether it holds: {:?}", model.questions());
    world.end().await;
}

fn handed(agent: &str, task: &str) -> Say {
    Say::Calls(String::new(), vec![("delegate".into(), json!({ "agent": agent, "task": task }))])
}

async fn a_task_is_handed_on_over_a_kill_and_its_answer_comes_back_as_material(mut world: World) {
    let model = with_model(&mut world).await;
    let admin = world.admin().await;
    model.will(handed("devops", "Look at the disks."));
    model.will(Say::Silence("Half".into()));
    let thread = asked_of("jarvis", &admin, "is all well?").await;
    let answer = thread.sees("agent `devops` works on it").await;
    world.until("the other agent is asked", |_| model.questions().len() == 2).await;
    world.kill_bot();
    model.will(Say::Text("All is well.".into()));
    model.will(Say::Text("1: yes E1 - looked at\n2: yes E1 - looked at".into()));
    model.will(Say::Text("It says: All is well.".into()));
    world.start_bot().await;
    answer.until("It says: All is well.").await.until("What it did").await;
    assert_shown!(mask(&answer.text()), @r"
    **Jarvis**
    -# ✓ `delegate` · `devops` · 0 calls · ref REFERENCE
    It says: All is well.
    What it did
    -# `qwen3:8b · ollama, local` · for <@…>
    ");
    let questions = model.questions();
    let (below, last) = (questions[2].to_string(), questions.last().unwrap().to_string());
    assert!(below.contains("Look at the disks.") && !below.contains("is all well?"), "{below}");
    assert!(!below.contains("server_run"), "it may call no more than whoever handed it on: {below}");
    assert!(last.contains("<data-") && last.contains("All is well."), "{last}");
    answer.press(&admin, "What it did").await;
    let did = thread.sees("**What Jarvis did**").await;
    assert!(did.buttons().contains(&"What devops did".to_owned()), "{:?}", did.buttons());
    let begun = world.audited().await.into_iter().filter(|row| row.contains("jarvis.delegate")).count();
    assert_eq!(begun, 1, "{:?}", world.audited().await);
    assert!(!admin.ask("/jarvis list").await.text().contains("Look at the disks"), "it is a part of another one");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_stops_whom_work_was_handed_to_within_two_seconds() {
    let mut world = World::start().await;
    let model = with_model(&mut world).await;
    let admin = world.admin().await;
    model.will(handed("devops", "Think for ever."));
    model.will(Say::Silence("I think".into()));
    let thread = asked_of("jarvis", &admin, "think").await;
    let answer = thread.sees("agent `devops` works on it").await;
    world.until("the other agent is asked", |_| model.questions().len() == 2).await;
    let pressed = Instant::now();
    answer.press(&admin, "Stop").await;
    world.until("nobody listens to the model", |_| model.gone() == 1).await;
    assert!(pressed.elapsed() < Duration::from_secs(2), "{:?}", pressed.elapsed());
    answer.until("was stopped").await;
    assert_shown!(mask(&answer.text()), @r"
    – **Jarvis** was stopped
    -# – `delegate` · told to stop
    -# Stopped by <@…>.
    What it did
    -# `qwen3:8b · ollama, local` · for <@…>
    ");
    world.end().await;
}

/// Each may hand work to the next.
const CHAIN: [(&str, &str); 5] = [
    ("first", "sub_agents: [second]"),
    ("second", "sub_agents: [third]"),
    ("third", "sub_agents: [fourth]"),
    ("fourth", "sub_agents: [fifth]"),
    ("fifth", ""),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_is_handed_on_three_times_and_not_a_fourth() {
    let mut world = World::start().await;
    with_agents(&mut world, &CHAIN);
    let model = with_model(&mut world).await;
    let admin = world.admin().await;
    for (agent, task) in [("second", "Task two."), ("third", "Task three."), ("fourth", "Task four.")] {
        model.will(handed(agent, task));
    }
    // Whoever stands there is offered nobody, and gets nobody by asking.
    model.will(handed("fifth", "Task five."));
    for says in ["I do it myself.", "The fourth did it.", "The third knows.", "All of it is done."] {
        model.will(Say::Text(says.into()));
    }
    let thread = asked_of("first", &admin, "do all of it").await;
    let answer = thread.sees("All of it is done.").await;
    answer.until("What it did").await;
    assert_shown!(mask(&answer.text()), @r"
    **Jarvis**
    -# ✓ `delegate` · `second` · 1 call · ref REFERENCE
    All of it is done.
    What it did
    -# `qwen3:8b · ollama, local` · for <@…>
    ");
    let questions = model.questions();
    assert_eq!(questions.len(), 8, "{questions:?}");
    let offers = |at: usize| questions[at]["tools"].to_string().contains("\"delegate\"");
    assert_eq!([offers(0), offers(1), offers(2), offers(3)], [true, true, true, false]);
    let refused = questions[4]["messages"].as_array().unwrap().last().unwrap()["content"].to_string();
    assert!(
        refused.contains("There is no tool `delegate`") && !questions[4].to_string().contains("Task two."),
        "{refused}"
    );
    for (at, says) in [(5, "I do it myself."), (6, "The fourth did it."), (7, "The third knows.")] {
        assert!(
            questions[at].to_string().contains(says),
            "each answer reaches whoever asked for it: {}",
            questions[at]
        );
    }
    let begun = world.audited().await.into_iter().filter(|row| row.contains("jarvis.delegate")).collect::<Vec<_>>();
    assert_eq!(begun.len(), 3, "{begun:?}");
    world.end().await;
}
