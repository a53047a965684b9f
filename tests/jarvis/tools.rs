//! What it does: with the rights of who asked, after the yes that the policy wants, once.

use peers::models::Say;
use serde_json::json;

use super::{Thread, with_model};
use crate::{people::mask, world::World};

on_both_worlds! {
    a_change_waits_for_a_yes_and_is_done_once_through_kills
}

async fn a_change_waits_for_a_yes_and_is_done_once_through_kills(mut world: World) {
    let model = with_model(&mut world).await;
    let _sshd = world.with_server("box").await;
    let (admin, member) = (world.admin().await, world.member().await);
    let note = json!({ "server": "box", "note": "rack 4" });
    model.will(Say::Calls(String::new(), vec![("server_note".into(), note.clone())]));
    let thread = Thread::asked(&admin, "note that box is in rack 4").await;
    let question = thread.sees("Approve?").await;
    assert_shown!(mask(&question.text()), @r"
    ! **Approve?** Note of `box`: `rack 4`
    asked by `Jarvis` for <@…> · changes something, asked by a model
    Details
    Approve
    Deny
    -# a person who may do `server.note` on `box` · plan HASH · expires <t:…:R>
    ");
    // Nothing was done, and a kill asks nobody twice.
    world.kill_bot();
    world.start_bot().await;
    question
        .seen_by(&member)
        .await
        .try_press(&member, "Approve")
        .await
        .unwrap()
        .answer()
        .await
        .until("You may not")
        .await;
    model.will(Say::Text("Noted: rack 4.".into()));
    question.press(&admin, "Approve").await;
    let answer = thread.sees("Noted: rack 4.").await;
    answer.until("`server_note`").await;
    assert_shown!(mask(&answer.text()), @r"
    **Jarvis**
    -# ✓ `server_note` · `rack 4` · ref REFERENCE
    Noted: rack 4.
    What it did
    -# `qwen3:8b · ollama, local` · for <@…>
    ");
    admin.ask("/server show server:box").await.until("rack 4").await;
    let noted = world.audited().await.into_iter().filter(|row| row == "admin server.note box: done").count();
    assert_eq!(noted, 1, "{:?}", world.audited().await);

    // A no goes back to the model, with its reason.
    model.will(Say::Calls(String::new(), vec![("server_note".into(), json!({ "server": "box", "note": "rack 5" }))]));
    thread.says("no, rack 5").await;
    let question = thread.sees("Note of `box`: `rack 5`").await;
    model.will(Say::Text("It stays in rack 4.".into()));
    let form = question.try_press(&admin, "Deny").await.unwrap().form();
    form.submit(&[("Reason", "it did not move")]).await;
    let answer = thread.sees("It stays in rack 4.").await;
    answer.until("no by <@").await;
    let told = model.questions().pop().unwrap().to_string();
    assert!(told.contains("said no") && told.contains("it did not move"), "{told}");
    admin.ask("/server show server:box").await.until("rack 4").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_gets_the_diagnosis_and_no_more_rights_than_they_have() {
    let mut world = World::start().await;
    let model = with_model(&mut world).await;
    let _sshd = world.with_server("box").await;
    let (admin, member) = (world.admin().await, world.member().await);
    admin.ask("/grant role role:@everyone allow:jarvis.* on:*").await.until("Granted").await;
    admin.ask("/grant role role:@everyone allow:server.list on:*").await.until("Granted").await;
    // What they do not hold is not offered; a model that calls it all the same is told what it takes.
    model.will(Say::Calls(String::new(), vec![("server_note".into(), json!({ "server": "box", "note": "mine" }))]));
    model.will(Say::Calls(String::new(), vec![("server_list".into(), json!({}))]));
    model.will(Say::Text("`box` is there. Changing its note takes `server.note`.".into()));
    let thread = Thread::asked(&member, "put a note on box").await;
    let answer = thread.sees("Changing its note takes").await;
    answer.until("`server_list`").await;
    assert_shown!(mask(&answer.text()), @r"
    **Jarvis**
    -# ✕ `server_note` · takes `server.note`
    -# ✓ `server_list` · Servers 1 ready · ref REFERENCE
    `box` is there. Changing its note takes `server.note`.
    What it did
    -# `qwen3:8b · ollama, local` · for <@…>
    ");
    let questions = model.questions();
    let tools = questions[0]["tools"].to_string();
    assert!(tools.contains("server_list") && !tools.contains("server_note"), "{tools}");
    assert!(world.audited().await.iter().all(|row| !row.contains("server.note")));
    world.end().await;
}
