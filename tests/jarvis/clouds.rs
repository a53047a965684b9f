//! Models in the cloud, on OpenAI's wire and on Anthropic's: nothing leaves the house before the guild says so, each answer says which
//! model spoke, and whatever the cloud says, people read a sentence and go on.

use std::{collections::BTreeMap, time::Duration};

use peers::{
    Sshd,
    models::{Say, Speaker},
};
use sandbox::Options;
use serde_json::{Value, json};

use super::{Thread, until_audited};
use crate::{
    people::{Person, mask},
    world::World,
};

const KEY: &str = "sk-cloud-0123456789abcdef";
const ANOTHER: &str = "sk-another-fedcba9876543210";

/// One of the wires, and how a question on it tells what came of calls.
struct Wire {
    kind: &'static str,
    model: &'static str,
    speaker: Speaker,
    /// The calls of the answer before, by the id it gave each; and what came of them, by the same.
    calls: fn(&Value) -> BTreeMap<String, Value>,
    results: fn(&Value) -> BTreeMap<String, String>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn open_ai() -> Wire {
    fn calls(question: &Value) -> BTreeMap<String, Value> {
        let messages = question["messages"].as_array().unwrap().iter().rev();
        let asked = messages.map(|message| &message["tool_calls"]).find(|calls| calls.is_array()).unwrap();
        let arguments = |call: &Value| serde_json::from_str(call["function"]["arguments"].as_str().unwrap()).unwrap();
        asked.as_array().unwrap().iter().map(|call| (text(&call["id"]), arguments(call))).collect()
    }
    fn results(question: &Value) -> BTreeMap<String, String> {
        let messages = question["messages"].as_array().unwrap().iter().rev();
        let told = messages.take_while(|message| message["role"] == "tool");
        told.map(|message| (text(&message["tool_call_id"]), text(&message["content"]))).collect()
    }
    let kind = "OpenAI, or as llama.cpp, vLLM, LM Studio and OpenRouter do";
    Wire { kind, model: "gpt-test", speaker: Speaker::open_ai(KEY), calls, results }
}

fn anthropic() -> Wire {
    fn blocks<'a>(message: &'a Value, kind: &'static str) -> impl Iterator<Item = &'a Value> {
        message["content"].as_array().unwrap().iter().filter(move |block| block["type"] == kind)
    }
    fn last(question: &Value) -> (&Value, &Value) {
        let messages = question["messages"].as_array().unwrap();
        (&messages[messages.len() - 2], &messages[messages.len() - 1])
    }
    fn calls(question: &Value) -> BTreeMap<String, Value> {
        blocks(last(question).0, "tool_use").map(|block| (text(&block["id"]), block["input"].clone())).collect()
    }
    fn results(question: &Value) -> BTreeMap<String, String> {
        let told = blocks(last(question).1, "tool_result");
        told.map(|block| (text(&block["tool_use_id"]), text(&block["content"]))).collect()
    }
    Wire { kind: "Anthropic", model: "claude-test", speaker: Speaker::anthropic(KEY), calls, results }
}

/// A guild that has chosen a model in the cloud, and said of nothing yet that it may leave the house.
async fn chosen(wire: &Wire) -> (World, Person) {
    let mut world = World::with_environment(Options::default(), &[]).await;
    world.never_show(KEY);
    world.never_show(ANOTHER);
    let admin = world.admin().await;
    let (kind, address) = (wire.kind, wire.speaker.url());
    let line = format!("/ai providers add name:sky kind:\"{kind}\" address:{address} place:cloud");
    admin.slash(&line).await.form().fill(&[("Key", KEY)]).await.until("Added").await;
    admin.ask(&format!("/ai use models:sky/{}", wire.model)).await.until("Chose").await;
    (world, admin)
}

/// As people read it, whichever of the wires it was.
fn plain(wire: &Wire, text: &str) -> String {
    let counts = regex::Regex::new(r"\d+( tokens of| for its tools| for what was said| kept for)").unwrap();
    counts.replace_all(&mask(text).replace(wire.model, "MODEL"), "N$1").into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_ais_wire_carries_a_conversation_and_whatever_goes_wrong_in_it() {
    carried(open_ai()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anthropics_wire_carries_a_conversation_and_whatever_goes_wrong_in_it() {
    carried(anthropic()).await;
}

async fn carried(wire: Wire) {
    let (world, admin) = chosen(&wire).await;
    let thread = nothing_leaves_the_house_unasked(&wire, &admin).await;
    is_answered_word_by_word(&wire, &thread).await;
    no_answer_is_a_sentence_and_the_conversation_goes_on(&wire, &thread).await;
    world.end().await;
}

async fn nothing_leaves_the_house_unasked(wire: &Wire, admin: &Person) -> Thread {
    let before = wire.speaker.asked().len();
    let thread = Thread::asked(admin, "are you there?").await;
    let answer = thread.sees("has no answer").await;
    assert_shown!(plain(wire, &answer.text()), @r"
    ✕ **Jarvis** has no answer
    -# No model in the cloud was asked: this guild lets nothing leave the house. An administrator changes that with `/ai cloud`.
    -# for <@…>
    ");
    assert_eq!(wire.speaker.asked().len(), before, "nothing was sent");
    admin.client.go("ops").unwrap();
    assert_shown!(admin.ask("/ai cloud policy:all").await.until("The cloud sees").await.masked(), @r"
    ✓ **The cloud sees** all
    before: nothing
    A model in the cloud sees all that is said here; secrets are masked before.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    thread
}

async fn is_answered_word_by_word(wire: &Wire, thread: &Thread) {
    wire.speaker.say_to(Some(2));
    wire.speaker.will(Say::Text("All of it is well.".into()));
    thread.says("and now?").await;
    let answer = thread.sees("All of").await;
    answer.until("works on it").await;
    wire.speaker.say_to(None);
    answer.until("All of it is well.").await.until(wire.model).await;
    assert_shown!(plain(wire, &answer.text()), @r"
    **Jarvis**
    All of it is well.
    -# `MODEL · sky, cloud` · for <@…>
    ");
}

async fn no_answer_is_a_sentence_and_the_conversation_goes_on(wire: &Wire, thread: &Thread) {
    let fails = async |question: &str, sentence: &str| {
        thread.says(question).await;
        let answer = thread.sees(sentence).await;
        answer.until("has no answer").await;
        plain(wire, &answer.text())
    };
    wire.speaker.will(Say::Refuse("I will not.".into()));
    assert_shown!(fails("do harm", "refuses to answer").await, @r"
    ✕ **Jarvis** has no answer
    I will not.
    -# MODEL · sky, cloud refuses to answer that.
    -# `MODEL · sky, cloud` · for <@…>
    ");
    wire.speaker.will(Say::Half("It is".into()));
    assert_shown!(fails("is it up?", "cannot be read").await, @r"
    ✕ **Jarvis** has no answer
    -# sky sent an answer that cannot be read: its answer broke off. Ask again.
    -# for <@…>
    ");

    // Where it says when to come back, it is asked again then, and not before.
    wire.speaker.will(Say::Status(429, Some(1), "rate_limit_error", "slow down".into()));
    wire.speaker.will(Say::Text("It was busy.".into()));
    thread.says("are you busy?").await;
    thread.sees("It was busy.").await;
    let [.., (refused, _), (answered, _)] = wire.speaker.moments()[..] else { panic!("it was asked twice") };
    assert!(answered.duration_since(refused) >= Duration::from_secs(1), "{:?}", answered.duration_since(refused));
    wire.speaker.will(Say::Status(429, Some(3_600), "rate_limit_error", "come back tomorrow".into()));
    assert_shown!(fails("and now?", "takes no more questions").await, @r"
    ✕ **Jarvis** has no answer
    -# sky takes no more questions for now. Ask again in a while.
    -# for <@…>
    ");

    wire.speaker.change_key(ANOTHER);
    assert_shown!(fails("who are you?", "refuses the key").await, @r"
    ✕ **Jarvis** has no answer
    -# sky refuses the key it was given. An administrator sets another with `/ai key`.
    -# for <@…>
    ");
    wire.speaker.change_key(KEY);
    wire.speaker.reads(300);
    assert_shown!(fails("what was the first thing I said?", "can read at once").await, @r"
    ✕ **Jarvis** has no answer
    -# That is more than `MODEL` can read at once: N tokens of 300 (about N for what was said and what it is told, N for its tools, N kept for the answer). Start a new conversation, or ask for less.
    -# for <@…>
    ");
    wire.speaker.reads(100_000);
    wire.speaker.will(Say::Text("Here again.".into()));
    thread.says("go on").await;
    thread.sees("Here again.").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_open_ais_wire_calls_at_once_is_done_at_once_and_told_by_its_id() {
    called(open_ai()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_anthropics_wire_calls_at_once_is_done_at_once_and_told_by_its_id() {
    called(anthropic()).await;
}

async fn called(wire: Wire) {
    let (mut world, admin) = chosen(&wire).await;
    admin.ask("/ai cloud policy:all").await.until("The cloud sees").await;
    // Neither answers before both are asked.
    let servers = [("box", world.with_server("box").await), ("nas", world.with_server("nas").await)];
    for (_, sshd) in &servers {
        sshd.pause();
    }
    let test = |(name, _): &(&str, Sshd)| ("server_test".to_owned(), json!({ "server": name }));
    wire.speaker.will(Say::Calls("I look.".into(), servers.iter().map(test).collect()));
    let thread = Thread::asked(&admin, "do both answer?").await;
    until_audited(&world, |rows| {
        servers.iter().all(|(name, _)| rows.contains(&format!("admin server.test {name}: started")))
    })
    .await;
    // Then something that changes it, which waits for a yes; what came of all of it is told.
    let note = ("server_note".to_owned(), json!({ "server": "box", "note": "it is well" }));
    wire.speaker.will(Say::Calls("I note it.".into(), vec![note]));
    wire.speaker.will(Say::Text("It is well, and noted.".into()));
    for (_, sshd) in &servers {
        sshd.go_on();
    }
    thread.sees("Approve?").await.press(&admin, "Approve").await;
    let answer = thread.sees("It is well, and noted.").await;
    answer.until(wire.model).await;
    assert_shown!(plain(&wire, &answer.text()), @r"
    **Jarvis**
    I look.
    -# ✓ `server_test` · logged in after TIME · `nebula-test@ADDRESS` · ref REFERENCE
    -# ✓ `server_test` · logged in after TIME · `nebula-test@ADDRESS` · ref REFERENCE
    I note it.
    -# ✓ `server_note` · `it is well` · ref REFERENCE
    It is well, and noted.
    What it did
    -# `MODEL · sky, cloud` · for <@…>
    ");

    let questions = wire.speaker.questions();
    assert_eq!(questions.len(), 3, "one for both: {questions:?}");
    let (calls, results) = ((wire.calls)(&questions[1]), (wire.results)(&questions[1]));
    assert_eq!(calls.keys().collect::<Vec<_>>(), results.keys().collect::<Vec<_>>());
    assert_eq!(calls.len(), 2, "{calls:?}");
    for (id, arguments) in &calls {
        let says = format!("\"server\":{}", arguments["server"]);
        assert!(results[id].contains(&says) && results[id].contains("<data-"), "{arguments}: {}", results[id]);
    }
    let (calls, results) = ((wire.calls)(&questions[2]), (wire.results)(&questions[2]));
    assert_eq!((calls.len(), calls.keys().collect::<Vec<_>>()), (1, results.keys().collect::<Vec<_>>()));
    world.end().await;
}
