//! What bad answers get: a clear sentence, and the conversation goes on.

use peers::models::Say;

use super::{Thread, with_model};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_model_sends_people_get_a_sentence_and_are_answered_next_time() {
    let mut world = World::start().await;
    let model = with_model(&mut world).await;
    let admin = world.admin().await;
    model.will(Say::Text("Ready.".into()));
    let thread = Thread::asked(&admin, "are you there?").await;
    thread.sees("Ready.").await;
    let cases: [(&str, Vec<Say>, [&str; 2]); 6] = [
        ("nothing", vec![Say::Nothing, Say::Nothing, Say::Nothing], ["it is empty", "for <@"]),
        ("refuse", vec![Say::Refuse("I will not.".into())], ["refuses to answer", "for <@"]),
        (
            "unknown",
            vec![
                Say::Calls(String::new(), vec![("rm_rf".into(), serde_json::json!({}))]),
                Say::Calls(String::new(), vec![("rm_rf".into(), serde_json::json!({}))]),
                Say::Calls(String::new(), vec![("rm_rf".into(), serde_json::json!({}))]),
            ],
            ["`rm_rf`", "Given up"],
        ),
        (
            "broken",
            vec![
                Say::BrokenCall("server_list".into(), "{\"a\":".into()),
                Say::BrokenCall("server_list".into(), "[]".into()),
                Say::BrokenCall("server_list".into(), "{\"nonsense\":1}".into()),
            ],
            ["`server_list`", "Given up"],
        ),
        ("many", vec![Say::ManyCalls(1_000); 3], ["too much at once", "for <@"]),
        ("status", vec![Say::Status(401, None, "authentication_error", "no".into())], ["key", "for <@"]),
    ];
    for (question, says, [first, then]) in cases {
        for say in says {
            model.will(say);
        }
        thread.says(question).await;
        thread.sees(first).await.until(then).await;
        model.will(Say::Text(format!("After {question}.")));
        thread.says("go on").await;
        thread.sees(&format!("After {question}.")).await;
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_no_model_every_command_works_and_the_assistant_says_what_to_do() {
    let world = World::start().await;
    let admin = world.admin().await;
    let thread = Thread::asked(&admin, "anybody?").await;
    thread.sees("has no answer").await.until("/ai").await;
    admin.ask("/server list").await.until("**Servers**").await;
    world.end().await;
}
