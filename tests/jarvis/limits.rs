//! Who is asked: as the guild says at this moment, as an agent wishes, and for no more than it may cost.

use peers::models::{Say, Speaker};
use store::model_usage::NewUsage;

use super::{Thread, with_model};
use crate::{
    people::{Person, mask},
    world::World,
};

on_both_worlds! {
    a_question_that_would_cost_more_than_it_may_is_not_asked_and_it_is_said_who_gives_more
    a_provider_that_is_taken_out_is_asked_nothing_and_one_that_is_put_back_is_asked_at_once
}

const KEY: &str = "sk-cloud-0123456789abcdef";
const MODEL: &str = "claude-haiku-4-5";

/// A cloud whose price is known, and may be asked.
async fn with_cloud(world: &mut World) -> (Speaker, Person) {
    let cloud = Speaker::anthropic(KEY);
    cloud.has(MODEL, 0, 0, &[]);
    world.never_show(KEY);
    let guild = world.guild().to_string();
    world.set_environment("NEBULA_LOCAL_GUILDS", &guild);
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let admin = world.admin().await;
    let add = format!("/ai providers add name:claude kind:Anthropic address:{} place:cloud", cloud.url());
    admin.slash(&add).await.form().fill(&[("Key", KEY)]).await.until("Added").await;
    admin.ask("/ai cloud policy:all").await.until("sees all").await;
    (cloud, admin)
}

/// What a question costs grows with the tools there are.
fn amounts(text: &str) -> String {
    regex::Regex::new(r"\$\d+\.\d\d").unwrap().replace_all(text, "$$AMOUNT").into_owned()
}

/// Five dollars more are spent in a conversation.
async fn spends_five(world: &World, by: &Person, thread: &Thread) {
    let (store, guild) = (world.store().await, world.guild());
    let conversation = store.conversation_in(guild, thread.id.parse().unwrap()).await.unwrap().unwrap();
    let used = NewUsage {
        guild,
        user: base::UserId(by.id().parse().unwrap()),
        conversation: Some(&conversation.id.to_string()),
        provider: "claude",
        model: MODEL,
        is_cloud: true,
        prompt_tokens: 5_000_000,
        reply_tokens: 0,
        took_ms: 1,
        failure: None,
    };
    store.add_model_usage(&used).await.unwrap();
    store.close().await;
}

async fn a_question_that_would_cost_more_than_it_may_is_not_asked_and_it_is_said_who_gives_more(mut world: World) {
    let (cloud, admin) = with_cloud(&mut world).await;
    admin.ask(&format!("/ai use models:claude/{MODEL}")).await.until("Chose").await;
    cloud.will(Say::Text("One.".into()));
    let thread = Thread::asked(&admin, "count").await;
    thread.sees("One.").await.until("for <@").await;
    let so_far = cloud.questions().len();

    // A conversation costs five dollars where nobody says otherwise.
    spends_five(&world, &admin, &thread).await;
    thread.says("go on").await;
    let told = thread.sees("in this conversation").await;
    assert_shown!(amounts(&mask(&told.text())), @r"
    ✕ **Jarvis** has no answer
    -# `claude-haiku-4-5` is not asked in this conversation: $AMOUNT of $5 spent, and this question may cost $AMOUNT more. Begin another one with `/jarvis ask`; an administrator gives more with `/ai budget conversation`.
    -# for <@…>
    ");
    assert_eq!(cloud.questions().len(), so_far, "it was not asked");
    admin.ask("/ai budget conversation dollars:7").await.until("Limited").await;
    cloud.will(Say::Text("Two.".into()));
    thread.says("go on now").await;
    thread.sees("Two.").await.until("for <@").await;

    // Each person has their own, as their most generous role says; the guild has one for all.
    let limited = admin.ask("/ai budget role role:@everyone dollars:5").await;
    assert_shown!(limited.until("Limited").await.masked(), @r"
    ✓ **Limited** what everybody may spend
    $5 in 30 days each
    Of somebody's roles the most generous counts. Who has none with a limit has none.
    -# prices of October 2026, without what a cache saves · ref REFERENCE · by <@…> · <t:…:R>
    ");
    thread.says("and now?").await;
    thread.sees("is not asked for you").await.until("/ai budget role").await;
    admin.ask("/ai budget role role:@everyone").await.until("Lifted").await;
    admin.ask("/ai budget guild dollars:5").await.until("Limited").await;
    thread.says("or now?").await;
    thread.sees("`/ai budget guild`").await;
    assert_eq!(cloud.questions().len(), so_far + 1, "none of them was asked");
    admin.ask("/ai budget role role:@everyone dollars:20").await.until("Limited").await;
    admin.client.go("ops").unwrap();
    let status = admin.ask("/ai status").await;
    status.until("The cloud: $5").await.until("You: $5").await.until("A conversation may cost $7.").await;
    world.end().await;
}

async fn a_provider_that_is_taken_out_is_asked_nothing_and_one_that_is_put_back_is_asked_at_once(mut world: World) {
    let model = with_model(&mut world).await;
    let (admin, member) = (world.admin().await, world.member().await);
    let refused = member.ask("/ai providers off name:ollama").await;
    assert!(refused.is_private() && refused.text().contains("ai.provider-off"), "{}", refused.text());
    let out = admin.ask("/ai providers off name:ollama").await;
    assert_shown!(out.until("Took out").await.masked(), @r"
    ✓ **Took out** `ollama`
    It is asked nothing, and keeps its key. `/ai providers on` puts it back.
    No model is asked now. `/ai use` chooses some.
    Put it back
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/ai status").await.until("out of the order").await.until("No model is asked").await;
    let thread = Thread::asked(&admin, "anybody?").await;
    thread.sees("There is no model to ask").await.until("for <@").await;
    assert!(model.questions().is_empty(), "{:?}", model.questions());

    admin.client.go("ops").unwrap();
    out.press(&admin, "Put it back").await;
    assert_shown!(out.until("Put back").await.masked(), @r"
    ✓ **Put back** `ollama`
    Asked in this order: `ollama/qwen3:8b`
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    model.will(Say::Text("Here again.".into()));
    thread.says("and now?").await;
    thread.sees("Here again.").await.until("for <@").await;

    // What its models read is told with the next question.
    admin.client.go("ops").unwrap();
    assert_shown!(admin.ask("/ai providers window name:ollama tokens:12288").await.until("Set").await.masked(), @r"
    ✓ **Set** what `ollama` reads
    12,288 tokens
    A model that reads less is given what it can read. It counts from the next question on.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/ai providers list").await.until("reads 12288 tokens").await;
    model.will(Say::Text("Less.".into()));
    thread.says("how much do you read?").await;
    thread.sees("Less.").await.until("for <@").await;
    assert_eq!(model.questions().pop().unwrap()["options"]["num_ctx"], 12_288);
    world.end().await;
}

/// An agent that wants a model.
fn with_agent(world: &mut World, wants: &str) {
    let folder = world.path("wishful");
    let agent = folder.join("workspace/agents/wishful");
    std::fs::create_dir_all(&agent).unwrap();
    std::fs::write(agent.join("config.yaml"), format!("name: wishful\nmodel: {wants}\n")).unwrap();
    std::fs::write(agent.join("prompt.md"), "You count.").unwrap();
    world.set_environment("NEBULA_WORKSPACE", folder.to_str().unwrap());
    let guild = world.guild().to_string();
    world.set_environment("NEBULA_WORKSPACE_GUILDS", &guild);
}

async fn asked_of_it(admin: &Person) -> Thread {
    admin.client.go("ops").unwrap();
    let asked = admin.ask("/agent run name:wishful question:\"count\"").await;
    asked.until("Asked Jarvis").await;
    Thread::of(admin, &asked.text())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_speaks_with_the_model_that_it_wants_where_that_may_be_asked_and_else_it_is_said() {
    let mut world = World::start().await;
    with_agent(&mut world, MODEL);
    let home = with_model(&mut world).await;
    let (cloud, admin) = with_cloud(&mut world).await;
    // Nobody put the cloud into the order.
    home.will(Say::Text("One at home.".into()));
    let told = asked_of_it(&admin).await.sees("One at home.").await;
    told.until("for <@").await;
    assert_shown!(mask(&told.text()), @r"
    **Jarvis**
    -# Agent `wishful` wants the model `claude-haiku-4-5`; `qwen3:8b · ollama, local` spoke instead.
    -# It is in the cloud, and `/ai use` names no model of `claude`.
    One at home.
    -# `qwen3:8b · ollama, local` · for <@…>
    ");
    assert!(cloud.questions().is_empty(), "{:?}", cloud.questions());

    admin.client.go("ops").unwrap();
    admin.ask("/ai use models:ollama/qwen3:8b, claude/claude-test").await.until("Chose").await;
    cloud.will(Say::Text("One elsewhere.".into()));
    let told = asked_of_it(&admin).await.sees("One elsewhere.").await;
    told.until("for <@").await;
    assert_shown!(mask(&told.text()), @r"
    **Jarvis**
    One elsewhere.
    -# `claude-haiku-4-5 · claude, cloud` · for <@…>
    ");
    assert_eq!(cloud.questions()[0]["model"], MODEL);
    // Whoever does not wish asks the house's first.
    home.will(Say::Text("Here.".into()));
    admin.client.go("ops").unwrap();
    Thread::asked(&admin, "who?").await.sees("Here.").await;

    // Where it does not answer, another one does, and says so.
    cloud.will(Say::Status(400, None, "invalid_request_error", "no".into()));
    home.will(Say::Text("Two at home.".into()));
    let told = asked_of_it(&admin).await.sees("Two at home.").await;
    told.until("spoke instead").await;
    world.end().await;
}
