//! How each kind of provider is spoken to: real servers where there are any, and servers that misbehave.

use std::time::Duration;

use ai::{
    Call, Chunk, Failure, Image, Message, Prompt, Reply, Stopped, Tool,
    providers::{self, Asked},
};
use base::{Clock, Secret};
use models::{
    Kind, Place, Provider,
    wire::{Patience, Wire},
};
use peers::models::{Llama, Say, Shim, Speaker};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const KEY: &str = "sk-test-0123456789abcdef";

fn wire() -> Wire {
    wire_with(Duration::from_secs(20))
}

/// One that waits no longer than this for the next piece.
fn wire_with(between: Duration) -> Wire {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Wire::new(Patience { between, ..Patience::default() })
}

fn provider(kind: Kind, url: &str, key: Option<&str>) -> Provider {
    Provider {
        id: kind.as_str().to_owned(),
        name: kind.as_str().to_owned(),
        kind,
        address: url.parse().expect("a web address"),
        key: key.map(Secret::new),
        place: Place::Local,
        window: None,
        is_shared: true,
        is_on: true,
    }
}

fn prompt(text: &str) -> Prompt {
    let messages = vec![Message::Person { text: text.to_owned(), images: Vec::new() }];
    Prompt { system: "You help.".to_owned(), messages, tools: Vec::new(), longest_answer: 200 }
}

fn tool() -> Tool {
    let properties = json!({ "container": { "type": "string" } });
    let schema = json!({ "type": "object", "properties": properties, "required": ["container"] });
    Tool { name: "container_restart".into(), description: "Restart a container.".into(), schema }
}

/// Asks, and gathers what comes meanwhile.
async fn ask(provider: Provider, model: &str, prompt: &Prompt) -> (Result<Reply, Failure>, Vec<Chunk>) {
    ask_over(wire(), provider, model, prompt).await
}

async fn ask_over(
    wire: Wire,
    provider: Provider,
    model: &str,
    prompt: &Prompt,
) -> (Result<Reply, Failure>, Vec<Chunk>) {
    let speaks = providers::of(provider, wire, Clock::system());
    let (chunks, mut coming) = mpsc::channel(16);
    let cancel = CancellationToken::new();
    let asked = async {
        let reply = speaks.ask(Asked { model, window: 8_192, prompt, chunks: &chunks, cancel: &cancel }).await;
        drop(chunks);
        reply
    };
    let gathered = async {
        let mut all = Vec::new();
        while let Some(chunk) = coming.recv().await {
            all.push(chunk);
        }
        all
    };
    tokio::join!(asked, gathered)
}

/// Every kind with a script, and the name of a model there.
fn scripted() -> [(Speaker, Kind, Option<&'static str>, &'static str); 3] {
    [
        (Speaker::ollama(), Kind::Ollama, None, "qwen3:8b"),
        (Speaker::open_ai(KEY), Kind::OpenAi, Some(KEY), "gpt-test"),
        (Speaker::anthropic(KEY), Kind::Anthropic, Some(KEY), "claude-test"),
    ]
}

/// What becomes of this answer, from each of them.
async fn from_each(say: Say) -> Vec<(Result<Reply, Failure>, Vec<Chunk>)> {
    let mut all = Vec::new();
    for (speaker, kind, key, model) in scripted() {
        speaker.will(say.clone());
        let asked = Prompt { tools: vec![tool()], ..prompt("Is web up?") };
        all.push(ask(provider(kind, &speaker.url(), key), model, &asked).await);
    }
    all
}

async fn fails_with(say: Say, is_right: impl Fn(&Failure) -> bool) {
    for (reply, _) in from_each(say.clone()).await {
        let failure = reply.expect_err("it is no answer");
        assert!(is_right(&failure), "{say:?}: {failure:?}");
        assert!(!failure.to_string().contains(KEY), "{failure}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_llama_answers_in_pieces_and_calls_a_tool() {
    let llama = Llama::start();
    let shim = llama.as_ollama();
    for (kind, url, model) in
        [(Kind::OpenAi, llama.url(), Llama::MODEL), (Kind::Ollama, shim.url().to_owned(), Shim::MODEL)]
    {
        let here = provider(kind, &url, None);
        let (reply, chunks) = ask(here.clone(), model, &prompt("hello")).await;
        let reply = reply.unwrap();
        assert_eq!(reply.text.trim(), "the server is up and ok.", "{kind:?}");
        assert_eq!(reply.stopped, Stopped::End);
        assert!(reply.usage.prompt_tokens > 5 && reply.usage.reply_tokens > 3, "{:?}", reply.usage);
        assert!(chunks.len() > 3, "it came in pieces: {chunks:?}");

        let asked = Prompt { tools: vec![tool()], ..prompt("restart web") };
        let (reply, _) = ask(here.clone(), model, &asked).await;
        let reply = reply.unwrap();
        assert_eq!(reply.stopped, Stopped::Calls);
        let call = &reply.calls[0];
        let arguments: serde_json::Value = serde_json::from_str(&call.arguments).unwrap();
        assert!(
            call.name == "container_restart" && arguments["container"].is_string() && !call.id.is_empty(),
            "{call:?}"
        );

        // What came of it goes back, and it answers.
        let said = Message::Model { text: String::new(), calls: reply.calls.clone() };
        let result =
            Message::Tool { call: call.id.clone(), name: call.name.clone(), text: "restarted".into(), failed: false };
        let mut again = asked.clone();
        again.messages.extend([said, result]);
        let (reply, _) = ask(here.clone(), model, &again).await;
        assert_eq!(reply.unwrap().text.trim(), "the server is up and ok.");

        let found = providers::of(here, wire(), Clock::system()).models().await.unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        if kind == Kind::OpenAi {
            assert!(found[0].window.is_some_and(|window| window >= 4_096), "llama.cpp says what it was started with");
        }
    }
}

#[tokio::test]
async fn each_of_them_answers_in_pieces_and_says_what_it_took() {
    for (reply, chunks) in from_each(Say::Text("It is up.".into())).await {
        let reply = reply.unwrap();
        assert_eq!((reply.text.as_str(), reply.stopped), ("It is up.", Stopped::End));
        assert_eq!(reply.usage.reply_tokens, 7);
        assert!(reply.usage.prompt_tokens > 0);
        assert_eq!(chunks, ["It ", "is ", "up."].map(|word| Chunk::Text(word.into())));
    }
}

#[tokio::test]
async fn each_of_them_calls_tools_several_at_once() {
    let calls = vec![
        ("container_restart".to_owned(), json!({ "container": "wéb \"1\"" })),
        ("container_list".to_owned(), json!({})),
    ];
    for (reply, _) in from_each(Say::Calls("I look.".into(), calls)).await {
        let reply = reply.unwrap();
        assert_eq!((reply.text.as_str(), reply.stopped), ("I look.", Stopped::Calls));
        let arguments: serde_json::Value = serde_json::from_str(&reply.calls[0].arguments).unwrap();
        assert_eq!(arguments, json!({ "container": "wéb \"1\"" }));
        assert_eq!((reply.calls[1].name.as_str(), reply.calls[1].arguments.as_str()), ("container_list", "{}"));
        assert!(reply.calls[0].id != reply.calls[1].id && reply.calls.iter().all(|call| !call.id.is_empty()));
    }
}

#[tokio::test]
async fn arguments_that_are_no_object_are_handed_on_as_they_are_and_never_become_none() {
    for (reply, _) in from_each(Say::BrokenCall("container_restart".into(), "{\"container\": web".into())).await {
        assert_eq!(reply.unwrap().calls[0].arguments, "{\"container\": web");
    }
    // Told back to it, they are still there to be read.
    for (speaker, kind, key, model) in scripted() {
        let broken = Call { id: "toolu_1".into(), name: "x".into(), arguments: "{\"container\": web".into() };
        let mut asked = prompt("restart web");
        asked.messages.push(Message::Model { text: String::new(), calls: vec![broken] });
        let text = "The arguments are no JSON.".to_owned();
        asked.messages.push(Message::Tool { call: "toolu_1".into(), name: "x".into(), text, failed: true });
        ask(provider(kind, &speaker.url(), key), model, &asked).await.0.unwrap();
        assert!(speaker.questions()[0].to_string().contains("container"), "{kind:?}");
    }
}

#[tokio::test]
async fn what_is_no_whole_answer_is_none() {
    let garbled = |failure: &Failure| matches!(failure, Failure::Garbled { .. });
    for say in [
        Say::Half("It is".into()),
        Say::Garbage("It is".into()),
        Say::Because("It is up.".into(), "tired"),
        Say::Nothing,
        Say::ManyCalls(1_000),
        Say::LongArguments(10_000_000),
        Say::LongLine(3_000_000),
    ] {
        fails_with(say, garbled).await;
    }
}

#[tokio::test]
async fn silence_in_the_middle_of_an_answer_ends_it() {
    for (speaker, kind, key, model) in scripted() {
        speaker.will(Say::Silence("It is".into()));
        let (here, between) = (provider(kind, &speaker.url(), key), Duration::from_millis(300));
        let (reply, chunks) = ask_over(wire_with(between), here, model, &prompt("Is web up?")).await;
        assert!(matches!(reply, Err(Failure::TimedOut { after, .. }) if after == between), "{reply:?}");
        assert!(!chunks.is_empty());
    }
}

#[tokio::test]
async fn a_refusal_is_an_answer() {
    for (reply, _) in from_each(Say::Refuse("I will not.".into())).await {
        let reply = reply.unwrap();
        assert_eq!((reply.text.as_str(), reply.stopped), ("I will not.", Stopped::Refused));
    }
}

#[tokio::test]
async fn every_no_has_a_name() {
    let overloaded = || Say::Status(529, None, "overloaded_error", "Overloaded".into());
    fails_with(overloaded(), |failure| matches!(failure, Failure::Busy { after: None, .. })).await;
    let slower = Say::Status(429, Some(7), "rate_limit_error", "slow down".into());
    fails_with(
        slower,
        |failure| matches!(failure, Failure::Busy { after: Some(after), .. } if *after == Duration::from_secs(7)),
    )
    .await;
    let long = Say::Status(400, None, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum".into());
    fails_with(long, |failure| matches!(failure, Failure::TooLong { .. })).await;
    let broke = Say::Status(500, None, "api_error", "x\u{202e}".repeat(5_000));
    fails_with(broke, |failure| matches!(failure, Failure::Broke { why, .. } if why.len() <= 200)).await;
    let meanwhile = Say::Break("It is".into(), "api_error", "out of memory".into());
    fails_with(meanwhile, |failure| matches!(failure, Failure::Broke { why, .. } if why == "out of memory")).await;

    for (speaker, kind, key, _) in scripted() {
        let here = provider(kind, &speaker.url(), key);
        let (reply, _) = ask(here, "no-such-model", &prompt("hello")).await;
        assert!(matches!(&reply, Err(Failure::NoModel { model, .. }) if model == "no-such-model"), "{reply:?}");
        if kind != Kind::Ollama {
            let (reply, _) = ask(provider(kind, &speaker.url(), Some("sk-wrong-key-000")), "m", &prompt("hello")).await;
            let failure = reply.unwrap_err();
            assert!(matches!(failure, Failure::Key { .. }) && !failure.to_string().contains("sk-wrong"), "{failure}");
        }
    }
    let nobody = provider(Kind::Ollama, "http://127.0.0.1:1", None);
    assert!(matches!(ask(nobody, "m", &prompt("hello")).await.0, Err(Failure::Unreachable { .. })));
}

#[tokio::test]
async fn a_model_without_tools_says_so() {
    let speaker = Speaker::ollama();
    speaker.has("gemma:2b", 1, 8_192, &["completion"]);
    let asked = Prompt { tools: vec![tool()], ..prompt("restart web") };
    let (reply, _) = ask(provider(Kind::Ollama, &speaker.url(), None), "gemma:2b", &asked).await;
    assert!(matches!(reply, Err(Failure::Cannot { what: "tools", .. })), "{reply:?}");
}

#[tokio::test]
async fn the_front_of_a_prompt_is_never_silently_cut() {
    // What cannot fit is not even sent.
    for (speaker, kind, key, model) in scripted() {
        let (reply, _) = ask(provider(kind, &speaker.url(), key), model, &prompt(&"word ".repeat(8_000))).await;
        assert!(matches!(reply, Err(Failure::TooLong { window: 8_192, .. })), "{reply:?}");
        assert!(speaker.questions().is_empty());
        // What seemed to fit, and of which the model read half, was not answered.
        speaker.will(Say::Read(300, "All is well.".into()));
        let (reply, _) = ask(provider(kind, &speaker.url(), key), model, &prompt(&"word ".repeat(1_000))).await;
        assert!(matches!(reply, Err(Failure::TooLong { .. })), "{kind:?}: {reply:?}");
        if kind == Kind::Ollama {
            let options = &speaker.questions()[0]["options"];
            assert_eq!(options["num_ctx"], 8_192, "it is always told how much there is");
        }
    }
}

#[tokio::test]
async fn who_is_stopped_is_no_longer_asked() {
    for (speaker, kind, key, model) in scripted() {
        speaker.will(Say::Silence("It is".into()));
        let speaks = providers::of(provider(kind, &speaker.url(), key), wire(), Clock::system());
        let (chunks, mut coming) = mpsc::channel(16);
        let (cancel, asked) = (CancellationToken::new(), prompt("Is web up?"));
        let answered = speaks.ask(Asked { model, window: 8_192, prompt: &asked, chunks: &chunks, cancel: &cancel });
        let stop = async {
            coming.recv().await.unwrap();
            cancel.cancel();
        };
        assert_eq!(tokio::join!(answered, stop).0, Err(Failure::Cancelled));
        let gone = async {
            while speaker.gone() == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), gone).await.expect("the connection closes");
    }
}

#[tokio::test]
async fn pictures_are_shown_as_each_of_them_takes_them() {
    for (speaker, kind, key, model) in scripted() {
        let image = Image { media_type: "image/png".into(), base64: "aGVsbG8=".into() };
        let mut asked = prompt("What is this?");
        asked.messages = vec![Message::Person { text: "What is this?".into(), images: vec![image] }];
        ask(provider(kind, &speaker.url(), key), model, &asked).await.0.unwrap();
        let message = speaker.questions()[0]["messages"].as_array().unwrap().last().unwrap().clone();
        let shown = match kind {
            Kind::Ollama => message["images"][0].clone(),
            Kind::OpenAi => message["content"][1]["image_url"]["url"].clone(),
            Kind::Anthropic => message["content"][0]["source"]["data"].clone(),
        };
        let wanted = if kind == Kind::OpenAi { "data:image/png;base64,aGVsbG8=" } else { "aGVsbG8=" };
        assert_eq!(shown, wanted, "{message}");
    }
}

#[tokio::test]
async fn what_stays_the_same_is_marked_to_be_cached() {
    let speaker = Speaker::anthropic(KEY);
    let asked = Prompt { tools: vec![tool()], ..prompt("hello") };
    ask(provider(Kind::Anthropic, &speaker.url(), Some(KEY)), "claude-test", &asked).await.0.unwrap();
    let question = &speaker.questions()[0];
    for marked in [&question["system"][0], &question["tools"][0], &question["messages"][0]["content"][0]] {
        assert_eq!(marked["cache_control"]["type"], "ephemeral", "{question}");
    }
}
