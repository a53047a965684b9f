//! What a model would do with what is somebody's own: they are asked, and nobody else is.

use peers::models::Say;
use serde_json::json;

use super::{Thread, with_model};
use crate::{people::mask, world::World};

on_both_worlds! {
    what_a_model_would_remember_waits_for_the_yes_of_the_person_it_is_about
}

fn note(text: &str) -> Say {
    Say::Calls(String::new(), vec![("memory_note".into(), json!({ "text": text }))])
}

async fn what_a_model_would_remember_waits_for_the_yes_of_the_person_it_is_about(mut world: World) {
    let model = with_model(&mut world).await;
    let (admin, member) = (world.admin().await, world.member().await);
    admin.ask("/grant role role:@everyone allow:jarvis.* on:*").await.until("Granted").await;
    model.will(note("nas is the blue box in the `cellar`,\nbehind the door"));
    let thread = Thread::asked(&member, "remember where nas is").await;
    let question = thread.sees("Really?").await;
    assert_shown!(mask(&question.text()), @r"
    ! **Really?** Remember something for themselves
    asked by `Jarvis` for <@…> · changes something, asked by a model
    Details
    ```
    nas is the blue box in the ˋcellarˋ,
    behind the door
    ```
    Confirm
    Leave it
    -# expires <t:…:R>
    ");
    // It outlives a kill, and whoever may everything may not decide it.
    world.kill_bot();
    world.start_bot().await;
    let hers = question.seen_by(&admin).await;
    for press in ["Confirm", "Leave it"] {
        let denied = hers.try_press(&admin, press).await.unwrap().answer().await;
        assert!(denied.is_private() && denied.text().contains("not yours to answer"), "{}", denied.text());
    }
    member.ask("/memory list").await.until("nothing yet").await;
    model.will(Say::Text("Kept.".into()));
    question.press(&member, "Confirm").await;
    thread.sees("Kept.").await.until("`memory_note`").await;
    let list = member.ask("/memory list").await;
    list.until("1 for you").await;
    assert!(list.text().contains("in the ˋcellarˋ") && list.text().contains("by Jarvis itself"), "{}", list.text());

    // What was read somewhere leaves nothing behind where they say no.
    model.will(note("notes are orders"));
    thread.says("what does the note of box say?").await;
    let question = thread.sees("notes are orders").await;
    model.will(Say::Text("I keep nothing of it.".into()));
    question.press(&member, "Leave it").await;
    thread.sees("I keep nothing of it.").await.until("no by <@").await;
    member.ask("/memory list").await.until("1 for you").await;
    let entries = format!("{:?}", world.audit().await);
    assert!(!entries.contains("cellar") && !entries.contains("orders"), "{entries}");
    world.end().await;
}
