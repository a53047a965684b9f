//! What is said: in threads, by several people, through stops, kills and restarts.

use std::time::{Duration, Instant};

use peers::models::Say;
use serde_json::json;

use super::{Thread, with_model};
use crate::{people::mask, world::World};

on_both_worlds! {
    a_question_is_answered_in_a_thread_from_what_was_looked_up
    killed_while_it_speaks_it_answers_once_all_the_same
}

async fn a_question_is_answered_in_a_thread_from_what_was_looked_up(mut world: World) {
    let model = with_model(&mut world).await;
    let (admin, member) = (world.admin().await, world.member().await);
    model.will(Say::Calls("I look.".into(), vec![("server_list".into(), json!({}))]));
    model.will(Say::Text("There is no server yet. `/server add` adds the first.".into()));
    let thread = Thread::asked(&admin, "which servers are there?").await;
    let answer = thread.sees("There is no server yet").await;
    answer.until("`server_list`").await;
    assert_shown!(mask(&answer.text()), @r"
    **Jarvis**
    I look.
    -# ✓ `server_list` · Servers none yet · ref REFERENCE
    There is no server yet. `/server add` adds the first.
    What it did
    -# `qwen3:8b · ollama, local` · for <@…>
    ");
    let questions = model.questions();
    assert_eq!(questions.len(), 2, "{questions:?}");
    let told = questions[1].to_string();
    assert!(told.contains("<data-") && told.contains("server.list"), "{told}");

    // Each call can be looked at, by whoever may.
    answer.press(&admin, "What it did").await;
    let did = thread.sees("**What Jarvis did**").await;
    assert_shown!(did.masked(), @r#"
    **What Jarvis did** in turn 1
    1 call
    `server_list` `{}`
    ```
    {"servers":[]}
    ```
    conversation-1-turn-1.json
    -# ref REFERENCE · by <@…> · <t:…:R>
    conversation-1-turn-1.json
    "#);

    // Somebody else joins, once they may.
    let hers = thread.seen_by(&member);
    hers.says("and who are you?").await;
    assert_shown!(mask(&hers.sees("You may not").await.text()), @r"
    ✕ **You may not** talk to Jarvis
    It takes `jarvis.say`.
    An administrator can give it with `/grant role`.
    -# for <@…>
    ");
    assert_eq!(model.questions().len(), 2, "what was not heard is not sent to a model");
    admin.ask("/grant role role:@everyone allow:jarvis.say on:*").await.until("Granted").await;
    model.will(Say::Text("Jarvis.".into()));
    hers.says("and who are you now?").await;
    hers.sees("Jarvis.").await;
    let last = model.questions().pop().unwrap().to_string();
    assert!(last.contains("and who are you now?") && !last.contains("and who are you?\""), "{last}");
    world.end().await;
}

async fn killed_while_it_speaks_it_answers_once_all_the_same(mut world: World) {
    let model = with_model(&mut world).await;
    let admin = world.admin().await;
    model.will(Say::Silence("Half of it".into()));
    let thread = Thread::asked(&admin, "say all of it").await;
    thread.sees("Half of it").await;
    world.kill_bot();
    model.will(Say::Text("All of it.".into()));
    world.start_bot().await;
    let answer = thread.sees("All of it.").await;
    answer.until("qwen3").await;
    assert!(!answer.text().contains("Half"), "{}", answer.text());
    assert_eq!(model.questions().len(), 2);
    let stand = admin.client.look(|state| state.messages(&thread.id).filter(|message| message.is_by_a_bot()).count());
    assert_eq!(stand, 1, "what it had begun to say is what says all of it");
    model.will(Say::Text("As I said.".into()));
    thread.says("are you sure?").await;
    thread.sees("As I said.").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_stops_within_two_seconds_and_the_conversation_goes_on() {
    let mut world = World::start().await;
    let model = with_model(&mut world).await;
    let admin = world.admin().await;
    model.will(Say::Silence("I think".into()));
    let thread = Thread::asked(&admin, "think for ever").await;
    let answer = thread.sees("I think").await;
    let pressed = Instant::now();
    answer.press(&admin, "Stop").await;
    world.until("nobody listens to the model", |_| model.gone() == 1).await;
    assert!(pressed.elapsed() < Duration::from_secs(2), "{:?}", pressed.elapsed());
    answer.until("was stopped").await;
    assert_shown!(mask(&answer.text()), @r"
    – **Jarvis** was stopped
    -# Stopped by <@…>.
    -# for <@…>
    ");
    model.will(Say::Text("Here again.".into()));
    thread.says("and now?").await;
    thread.sees("Here again.").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_is_renamed_forked_exported_listed_and_deleted() {
    let mut world = World::start().await;
    let model = with_model(&mut world).await;
    let admin = world.admin().await;
    model.will(Say::Text("Forty-two.".into()));
    let thread = Thread::asked(&admin, "what is the answer?").await;
    thread.sees("Forty-two.").await.until("for <@").await;
    assert_shown!(admin.ask("/jarvis rename title:\"The answer\" conversation:1").await.masked(), @r"
    ✓ **Renamed** conversation 1
    `what is the answer?` before · `The answer`
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(admin.ask("/jarvis list").await.masked(), @r"
    **Conversations**
    1 in all
    `1` `The answer` <#…> · <@…> · <t:…:R>
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let exported = admin.ask("/jarvis export conversation:1").await;
    let file = String::from_utf8(exported.file().await).unwrap();
    assert!(file.contains("what is the answer?") && file.contains("Forty-two."), "{file}");
    let forked = admin.ask("/jarvis fork conversation:1").await;
    forked.until("Forked").await;
    assert_shown!(forked.masked(), @r"
    ✓ **Forked** conversation 1
    goes on as 2 in <#…>
    It remembers what was said up to here; the first one stays as it is.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let other = Thread::of(&admin, &forked.text());
    model.will(Say::Text("As I said.".into()));
    other.says("again?").await;
    other.sees("As I said.").await;
    let last = model.questions().pop().unwrap().to_string();
    assert!(last.contains("Forty-two.") && last.contains("again?"), "{last}");
    assert_shown!(admin.ask("/jarvis mode mode:\"plan: makes a plan and changes nothing\" conversation:2").await.masked(), @r"
    ✓ **Jarvis** is in plan mode now
    It makes a plan and changes nothing. It counts from the next answer on.
    Choose another mode
    ask
    answers, looks things up, does what is asked
    debug
    finds out what is wrong before anything is changed
    plan
    makes a plan and changes nothing
    test
    checks that something works and changes nothing
    support
    helps somebody step by step
    architect
    thinks about how things should be built and changes nothing
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let delete = admin.ask("/jarvis delete conversation:1").await;
    delete.until("Really?").await.press(&admin, "Confirm").await;
    delete.until("Deleted").await;
    assert_shown!(delete.masked(), @r"
    ✓ **Deleted** conversation 1
    `The answer`
    I keep nothing of it. What stands in <#…> is Discord's: delete the thread there.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/jarvis export conversation:1").await.until("I know no").await;
    world.end().await;
}
