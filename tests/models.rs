//! `/ai` and `/model`, as people use them.

use peers::models::Speaker;
use store::model_usage::NewUsage;

use crate::{
    people::Shown,
    world::{SOON, World},
};

const KEY: &str = "sk-cloud-0123456789abcdef";

on_both_worlds! {
    a_provider_is_added_chosen_keyed_and_removed_and_its_key_is_never_shown
    what_was_used_is_told_by_model_and_person_and_drawn
}

/// The bot begins anew with this Ollama in its environment.
async fn with_ollama(world: &mut World, ollama: &Speaker) {
    assert!(world.stop_bot().await);
    world.set_environment("OLLAMA_URL", &ollama.url());
    let guild = world.guild().to_string();
    world.set_environment("NEBULA_LOCAL_GUILDS", &guild);
    world.start_bot().await;
}

/// As people read it, without where on loopback it is.
fn plain(shown: &Shown) -> String {
    let port = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    let took = regex::Regex::new(r"· \d+ ms").unwrap();
    took.replace_all(&port.replace_all(&shown.masked(), "HERE"), "· TIME").into_owned()
}

async fn a_provider_is_added_chosen_keyed_and_removed_and_its_key_is_never_shown(mut world: World) {
    let (home, cloud) = (Speaker::ollama(), Speaker::anthropic(KEY));
    let (wrong, admin) = ("sk-wrong-9876543210fedcba", world.admin().await);
    world.never_show(KEY);
    world.never_show(wrong);
    let mut seen = vec![plain(admin.ask("/ai status").await.until("Models").await)];
    with_ollama(&mut world, &home).await;
    let admin = world.admin().await;
    seen.push(plain(admin.ask("/ai status").await.until("Models").await));

    let add = format!("/ai providers add name:claude kind:Anthropic address:{} place:cloud", cloud.url());
    let form = admin.slash(&add).await.form();
    seen.push(plain(form.fill(&[("Key", wrong)]).await.until("refuses the key").await));
    let form = admin.slash(&add).await.form();
    seen.push(plain(form.fill(&[("Key", KEY)]).await.until("Added").await));
    seen.push(plain(&admin.ask(&add).await));
    let asked = cloud.asked().len();
    seen.push(plain(admin.ask("/ai status").await.until("not asked").await));
    assert_eq!(cloud.asked().len(), asked, "where nothing leaves the house, not even a question after its models does");

    seen.push(plain(admin.ask("/ai use models:claude/no-such-model").await.until("not seen there").await));
    seen.push(plain(admin.ask("/ai cloud policy:redacted").await.until("The cloud sees").await));
    seen.push(plain(&admin.ask("/ai use models:claude/no-such-model").await));
    assert_eq!(admin.offered("/ai use models:claude/claude-test,qw").await, ["claude/claude-test, ollama/qwen3:8b"]);
    seen.push(plain(admin.ask("/ai use models:claude/claude-test, ollama/qwen3:8b").await.until("Chose").await));
    seen.push(plain(admin.ask("/ai status").await.until("Asked in this order").await));
    seen.push(plain(admin.ask("/ai quota role:@everyone tokens:20000").await.until("Limited").await));
    seen.push(plain(admin.ask("/ai providers list").await.until("Providers").await));

    // Another key, proven before the old one goes.
    let form = admin.slash("/ai key name:claude").await.form();
    seen.push(plain(form.fill(&[("Key", wrong)]).await.until("refuses the key").await));
    let form = admin.slash("/ai key name:claude").await.form();
    seen.push(plain(form.fill(&[("Key", KEY)]).await.until("Gave").await));
    seen.push(plain(&admin.ask("/ai key name:ollama").await));
    // It is masked in whatever is said from now on, also after a restart.
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let admin = world.admin().await;
    assert!(!admin.ask(&format!("/ai use models:{KEY}/x")).await.text().contains(KEY));

    // What is nobody's business is nobody's.
    let member = world.member().await;
    seen.push(plain(&member.ask("/ai cloud policy:all").await));
    assert!(member.offered("/ai key name:").await.is_empty());

    let question = admin.ask("/ai providers remove name:claude").await;
    question.until("Really?").await.press(&admin, "Confirm").await;
    seen.push(plain(question.until("Removed").await));
    seen.push(plain(admin.ask("/ai status").await.until("Models").await));
    insta::allow_duplicates! { insta::assert_snapshot!("providers", seen.join("\n\n")) }
    world.end().await;
}

async fn what_was_used_is_told_by_model_and_person_and_drawn(world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    admin.ask("/ai usage").await.until("No model was asked").await;
    let store = world.store().await;
    let of = |person: &crate::people::Person| base::UserId(person.id().parse().unwrap());
    for (user, provider, model, is_cloud, failure) in [
        (of(&admin), "ollama", "qwen3:8b", false, None),
        (of(&admin), "ollama", "qwen3:8b", false, Some("timed_out")),
        (of(&member), "anthropic", "claude-sonnet-4-5", true, None),
        (of(&member), "openrouter", "some/model", true, None),
    ] {
        let (prompt_tokens, reply_tokens) = if failure.is_some() { (0, 0) } else { (120_000, 3_000) };
        let used = NewUsage {
            guild: world.guild(),
            user,
            conversation: None,
            provider,
            model,
            is_cloud,
            prompt_tokens,
            reply_tokens,
            took_ms: 2_500,
            failure,
        };
        store.add_model_usage(&used).await.unwrap();
    }
    store.close().await;
    let shown = admin.ask("/ai usage period:7 days").await;
    let text = plain(shown.until("Usage").await);
    insta::allow_duplicates! { insta::assert_snapshot!("usage", text) }
    assert!(shown.file().await.starts_with(b"\x89PNG"));
    assert_shown!(plain(admin.ask("/ai budget guild dollars:1").await.until("Limited").await), @r"
    ✓ **Limited** what the cloud costs
    $0.41 of $1 spent in 30 days
    After that no model in the cloud is asked. One whose price I do not know is not asked at all.
    -# prices of October 2026, without what a cache saves · ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(plain(admin.ask("/ai budget guild").await.until("Lifted").await), @r"
    ✓ **Lifted** the limit of what the cloud costs
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_is_fetched_with_a_bar_cancelled_for_real_and_removed() {
    let (ollama, mut world) = (Speaker::ollama(), World::start().await);
    with_ollama(&mut world, &ollama).await;
    let admin = world.admin().await;
    ollama.may_pull("gemma3:4b", 3_300_000_000);
    ollama.pull_to(Some(1_700_000_000));
    let pulling = admin.ask("/model pull name:gemma3:4b").await;
    let live = pulling.until_within("50 %", SOON).await.text();
    assert!(live.contains("1.6 GB of 3.3 GB") && live.contains("/s") && live.contains("left"), "{live}");
    pulling.press(&admin, "Cancel").await;
    pulling.until("Stopped fetching").await;
    world.until("Ollama saw that nobody waits", |_| ollama.pulls_cancelled() == 1).await;
    assert_eq!(ollama.models(), ["qwen3:8b"]);

    // Killed in the middle of it, it is gone on with.
    let pulling = admin.ask("/model pull name:gemma3:4b").await;
    pulling.until_within("50 %", SOON).await;
    world.kill_bot();
    ollama.pull_to(None);
    world.start_bot().await;
    let admin = world.admin().await;
    let mut seen = vec![plain(admin.sees("Fetched").await.until("after").await)];
    seen.push(plain(&admin.ask("/model pull name:no-such:1b").await));
    seen.push(plain(admin.ask("/model list").await.until("Models").await));
    seen.push(plain(admin.ask("/model show name:gemma3:4b provider:ollama").await.until("Model").await));
    assert_eq!(admin.offered("/model remove name:gem").await, ["gemma3:4b"]);
    let question = admin.ask("/model remove name:gemma3:4b").await;
    question.until("Really?").await.press(&admin, "Confirm").await;
    seen.push(plain(question.until("Removed").await));
    assert_eq!(ollama.models(), ["qwen3:8b"]);
    seen.push(plain(&admin.ask("/model show name:gemma3:4b").await));
    insta::assert_snapshot!("models", seen.join("\n\n"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_every_model_down_every_other_command_still_works() {
    let (ollama, mut world) = (Speaker::ollama(), World::start().await);
    with_ollama(&mut world, &ollama).await;
    drop(ollama);
    let admin = world.admin().await;
    let mut seen = Vec::new();
    for (line, until) in [
        ("/ai status", "0 of 1 answer"),
        ("/model list", "Could not"),
        ("/model pull name:qwen3:8b", "Could not"),
        ("/model remove name:qwen3:8b", "Really?"),
    ] {
        seen.push(plain(admin.ask(line).await.until(until).await));
    }
    for (line, until) in
        [("/server list", "none yet"), ("/secret list", "none yet"), ("/whoami", "everything"), ("/job list", "Jobs")]
    {
        admin.ask(line).await.until(until).await;
    }
    assert!(admin.offered("/model show name:q").await.is_empty());
    insta::assert_snapshot!("models_down", seen.join("\n\n"));
    world.end().await;
}
