//! A real llama.cpp server on a tiny real model, behind OpenAI's wire and behind Ollama's. What it can say is little: asked plainly it
//! says "the server is up and ok.", and with tools and nothing yet of what came of them it calls one that it was shown.

use peers::models::{Llama, Shim};
use sandbox::Options;

use super::{Thread, asked_of, with_agents};
use crate::{people::mask, world::World};

const SAYS: &str = "the server is up and ok.";
/// One who has nothing to call, and one who has one thing.
const AGENTS: [(&str, &str); 2] = [("speaker", "tools: []"), ("lister", "tools: [server.list]")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_model_behind_open_ais_wire_answers_and_calls_a_tool_as_whoever_asked() {
    let llama = Llama::start();
    let mut world = World::with_environment(Options::default(), &[]).await;
    with_agents(&mut world, &AGENTS);
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let kind = "OpenAI, or as llama.cpp, vLLM, LM Studio and OpenRouter do";
    let add = format!("/ai providers add name:house kind:\"{kind}\" address:{} place:local", llama.url());
    let admin = world.admin().await;
    admin.slash(&add).await.form().fill(&[]).await.until("Added").await;
    admin.ask(&format!("/ai use models:house/{}", Llama::MODEL)).await.until("Chose").await;
    answers_and_calls(world, &format!("{} · house, local", Llama::MODEL)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_model_behind_ollamas_wire_answers_and_calls_a_tool_as_whoever_asked() {
    let llama = Llama::start();
    let shim = llama.as_ollama();
    let environment = [("OLLAMA_URL".to_owned(), shim.url().to_owned())];
    let mut world = World::with_environment(Options::default(), &environment).await;
    with_agents(&mut world, &AGENTS);
    assert!(world.stop_bot().await);
    world.start_bot().await;
    answers_and_calls(world, &format!("{} · ollama, local", Shim::MODEL)).await;
}

async fn answers_and_calls(mut world: World, model: &str) {
    let _sshd = world.with_server("box").await;
    let (admin, member) = (world.admin().await, world.member().await);
    for allow in ["jarvis.*", "server.list"] {
        admin.ask(&format!("/grant role role:@everyone allow:{allow} on:*")).await.until("Granted").await;
    }
    let plain = |text: &str| mask(text).replace(model, "MODEL");
    let answered = async |thread: &Thread| {
        let answer = thread.sees(SAYS).await;
        answer.until(model).await;
        plain(&answer.text())
    };
    let thread = asked_of("speaker", &member, "is it up?").await;
    assert_shown!(answered(&thread).await, @r"
    **Jarvis**
     the server is up and ok.
    -# `MODEL` · for <@…>
    ");

    // It is shown one thing to call, calls it, and answers once it has read what came of it.
    let thread = asked_of("lister", &member, "which servers are there?").await;
    assert_shown!(answered(&thread).await, @r"
    **Jarvis**
    -# ✓ `server_list` · Servers 1 ready · ref REFERENCE
    the server is up and ok.
    What it did
    -# `MODEL` · for <@…>
    ");
    let called: Vec<String> = world.audited().await.into_iter().filter(|row| row.contains("server.list")).collect();
    assert_eq!(called, ["member server.list : done"], "as whoever asked, once");
    thread.sees(SAYS).await.press(&member, "What it did").await;
    let did = thread.sees("**What Jarvis did**").await.text();
    assert!(did.contains("`server_list` `{}`") && did.contains("\"name\":\"box\""), "{did}");
    world.end().await;
}
