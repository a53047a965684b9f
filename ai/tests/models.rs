//! Who is asked, in which order, and what leaves the house.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

use std::sync::Arc;

use ai::{Answered, Asker, Asks, Chunk, Failure, Message, Models, Prompt};
use base::{Clock, GuildId, Redactor, RoleId, UserId};
use models::{
    Cloud, Providers, Settings, Shared,
    wire::{Patience, Wire},
};
use peers::models::{Say, Speaker};
use serde_json::json;
use store::{Store, Vault, model_providers::ModelProvider, model_usage::NewUsage};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const GUILD: GuildId = GuildId(7);
const KEY: &str = "sk-cloud-0123456789abcdef";

/// A house with an Ollama, and a cloud with Anthropic's wire.
struct House {
    models: Models,
    store: Store,
    home: Speaker,
    cloud: Speaker,
    _dir: tempfile::TempDir,
}

impl House {
    async fn build() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let url = format!("sqlite://{}", dir.path().join("nebula.db").display());
        let store = Store::open(&url, clock.clone()).await.unwrap();
        let vault = Arc::new(Vault::new(store.clone(), Some("a passphrase of a test".into())));
        let (home, cloud) = (Speaker::ollama(), Speaker::anthropic(KEY));
        let row = ModelProvider {
            id: String::new(),
            name: "cloud".into(),
            kind: "anthropic".into(),
            address: cloud.url(),
            secret: None,
            place: "cloud".into(),
            reads: None,
            is_on: true,
        };
        let key = base::Secret::new(KEY);
        vault.add_model_provider(GUILD, &row, Some(&key), UserId(1)).await.unwrap().unwrap();
        let shared = Shared::new(&Settings { ollama_url: Some(&home.url()), ..Settings::default() }).unwrap();
        let wire = Wire::new(Patience::default());
        let providers = Providers::new(store.clone(), vault, clock.clone(), Redactor::default(), wire, shared).await;
        let models = Models::new(Arc::new(providers), clock);
        models.know_hosts(Box::new(|_| Box::pin(async { vec!["web-1".to_owned(), "10.0.0.7".to_owned()] })));
        Self { models, store, home, cloud, _dir: dir }
    }

    async fn choose(&self, choices: &[(&str, &str)]) {
        let choices: Vec<_> = choices.iter().map(|(one, two)| ((*one).to_owned(), (*two).to_owned())).collect();
        self.store.set_model_choices(GUILD, &choices).await.unwrap();
    }

    async fn lets(&self, cloud: Cloud) {
        self.store.set_model_policy(GUILD, cloud.as_str(), UserId(1)).await.unwrap();
    }

    async fn ask(&self, text: &str) -> (Result<Answered, Failure>, String) {
        self.ask_as(&[], text).await
    }

    async fn wish(&self, model: &str) -> Result<Answered, Failure> {
        self.asked(&[], Some(model), Asks::default(), "hello").await.0
    }

    async fn ask_as(&self, roles: &[RoleId], text: &str) -> (Result<Answered, Failure>, String) {
        self.asked(roles, None, Asks::default(), text).await
    }

    async fn asked(
        &self,
        roles: &[RoleId],
        wish: Option<&str>,
        asks: Asks,
        text: &str,
    ) -> (Result<Answered, Failure>, String) {
        let who = Asker {
            guild: GUILD,
            user: UserId(1),
            roles: roles.to_vec(),
            conversation: Some("c".into()),
            people: vec!["alice".into()],
        };
        let messages = vec![Message::Person { text: text.to_owned(), images: Vec::new() }];
        let prompt = Prompt { system: "You help.".into(), messages, tools: Vec::new(), longest_answer: 100 };
        let (chunks, mut coming) = mpsc::channel(16);
        let cancel = CancellationToken::new();
        let asked = async {
            let line = self.models.line(&who, wish).await;
            let answered = match line {
                Ok(line) => self.models.ask(&who, line, asks, &prompt, &chunks, &cancel).await,
                Err(failure) => Err(failure),
            };
            drop(chunks);
            if let Ok(answered) = &answered {
                self.models.keep(&answered.used).await;
            }
            answered
        };
        let shown = async {
            let mut shown = String::new();
            while let Some(chunk) = coming.recv().await {
                if let Chunk::Text(text) = chunk {
                    shown.push_str(&text);
                }
            }
            shown
        };
        tokio::join!(asked, shown)
    }
}

const BOTH: [(&str, &str); 2] = [("cloud", "claude-test"), ("ollama", "qwen3:8b")];

#[tokio::test]
async fn local_first_really_is_local_first() {
    let house = House::build().await;
    house.choose(&BOTH).await;
    house.lets(Cloud::All).await;
    for _ in 0..3 {
        let answered = house.ask("hello").await.0.unwrap();
        assert_eq!((answered.provider.as_str(), answered.is_cloud), ("ollama", false));
    }
    assert_eq!((house.home.questions().len(), house.cloud.asked().len() - house.cloud.questions().len()), (3, 1));
    assert!(house.cloud.questions().is_empty(), "the original always asked the cloud");
}

#[tokio::test]
async fn nothing_leaves_the_house_unless_the_guild_lets_it() {
    let house = House::build().await;
    house.choose(&BOTH).await;
    house.home.will(Say::Status(404, None, "", "gone".into()));
    let failure = house.ask("hello").await.0.unwrap_err();
    assert!(failure.to_string().contains("lets nothing leave the house"), "{failure}");
    assert!(house.cloud.asked().is_empty(), "not even for its list");
    // Nor where a model in the cloud is the only one that was chosen.
    house.choose(&BOTH[..1]).await;
    assert!(matches!(house.ask("hello").await.0, Err(Failure::NoneLeft(_))));
    assert!(house.cloud.asked().is_empty());
    // Nor where it is let, but nobody named a model there.
    house.choose(&[]).await;
    house.lets(Cloud::All).await;
    house.home.will(Say::Status(404, None, "", "gone".into()));
    assert!(house.ask("hello").await.0.is_err());
    assert!(house.cloud.questions().is_empty());
}

#[tokio::test]
async fn the_next_one_is_asked_only_while_nothing_was_shown() {
    let house = House::build().await;
    house.choose(&BOTH).await;
    house.lets(Cloud::All).await;
    house.home.will(Say::Status(400, None, "", "no".into()));
    let (answered, shown) = house.ask("hello").await;
    let answered = answered.unwrap();
    assert_eq!((answered.model.as_str(), answered.is_cloud, shown.as_str()), ("claude-test", true, "Hello there."));

    house.home.will(Say::Half("It is".into()));
    let (answered, shown) = house.ask("hello").await;
    assert!(matches!(answered, Err(Failure::Garbled { .. })) && shown == "It is", "{answered:?} {shown}");
    assert_eq!(house.cloud.questions().len(), 1, "two models never speak in one answer");
    let used = house.store.model_usage(GUILD, base::Millis(0)).await.unwrap();
    let told: Vec<_> = used.iter().map(|used| (used.provider.as_str(), used.answers, used.failures)).collect();
    assert_eq!(told, [("cloud", 1, 0), ("ollama", 0, 2)]);
}

#[tokio::test]
async fn what_passes_is_waited_for_as_long_as_it_says() {
    let house = House::build().await;
    house.home.will(Say::Status(429, Some(1), "", "slow down".into())).will(Say::Nothing);
    let began = std::time::Instant::now();
    let answered = house.ask("hello").await.0.unwrap();
    assert_eq!(answered.reply.text, "Hello there.", "the third try");
    assert!(began.elapsed().as_millis() >= 1_000, "{:?}", began.elapsed());

    house.choose(&BOTH[..1]).await;
    house.lets(Cloud::All).await;
    house.cloud.will(Say::Status(429, Some(1), "rate_limit_error", "slow down".into()));
    let began = std::time::Instant::now();
    assert!(house.ask("hello").await.0.is_ok());
    assert!(began.elapsed().as_millis() >= 1_000, "{:?}", began.elapsed());
    // Nobody waits an hour.
    house.cloud.will(Say::Status(429, Some(3_600), "rate_limit_error", "slow down".into()));
    assert!(matches!(house.ask("hello").await.0, Err(Failure::Busy { .. })));
}

#[tokio::test]
async fn a_cloud_sees_stand_ins_and_the_answer_names_what_is_meant() {
    let house = House::build().await;
    house.choose(&BOTH[..1]).await;
    house.lets(Cloud::Redacted).await;
    let calls = vec![("server_check".to_owned(), json!({ "server": "server-1", "of": "person-1" }))];
    house.cloud.will(Say::Calls("I look at server-1 (ip-1).".into(), calls));
    let (answered, shown) = house.ask("alice asks: is web-1 at 10.0.0.7 up? mail a@b.io").await;
    let sent = house.cloud.questions()[0].to_string();
    for secret in ["alice", "web-1", "10.0.0.7", "a@b.io"] {
        assert!(!sent.contains(secret), "{secret} left the house: {sent}");
    }
    assert!(sent.contains("person-1 asks: is server-1 at server-2 up? mail email-1"), "{sent}");
    let reply = answered.unwrap().reply;
    assert_eq!(reply.text, "I look at web-1 (ip-1).");
    assert_eq!(shown, reply.text);
    assert_eq!(reply.calls[0].arguments, r#"{"of":"alice","server":"web-1"}"#);
}

#[tokio::test]
async fn who_used_up_their_tokens_waits_and_the_most_generous_role_counts() {
    let house = House::build().await;
    house.store.set_model_quota(GUILD, RoleId(GUILD.0), Some(5)).await.unwrap();
    assert!(house.ask("hello").await.0.is_ok());
    let failure = house.ask("hello").await.0.unwrap_err();
    assert!(matches!(&failure, Failure::NoneLeft(why) if why.contains("of your 5 tokens")), "{failure}");
    house.store.set_model_quota(GUILD, RoleId(2), Some(1_000_000)).await.unwrap();
    assert!(house.ask_as(&[RoleId(2)], "hello").await.0.is_ok());
}

#[tokio::test]
async fn a_cloud_costs_what_it_may_and_one_of_no_known_price_is_not_asked() {
    let house = House::build().await;
    house.lets(Cloud::All).await;
    house.choose(&BOTH[..1]).await;
    house.store.set_model_budget(GUILD, Some(1), UserId(1)).await.unwrap();
    let failure = house.ask("hello").await.0.unwrap_err().to_string();
    assert!(failure.contains("do not know its price"), "{failure}");
    house.store.add_model_usage(&used(None, "claude-haiku-4-5", 1_000_000)).await.unwrap();
    house.cloud.has("claude-haiku-4-5", 0, 0, &[]);
    house.choose(&[("cloud", "claude-haiku-4-5")]).await;
    let failure = house.ask("hello").await.0.unwrap_err().to_string();
    assert!(failure.contains("$1.00 of $1 spent in 30 days"), "{failure}");
    assert!(house.cloud.questions().is_empty(), "it was not asked");
    // What is asked at home costs nothing.
    house.choose(&BOTH).await;
    assert!(house.ask("hello").await.0.is_ok());
    house.store.set_model_budget(GUILD, None, UserId(1)).await.unwrap();
    house.choose(&BOTH[..1]).await;
    assert!(house.ask("hello").await.0.is_ok());
}

/// What somebody used of a model in the cloud.
fn used<'a>(conversation: Option<&'a str>, model: &'a str, prompt_tokens: u64) -> NewUsage<'a> {
    NewUsage {
        guild: GUILD,
        user: UserId(1),
        conversation,
        provider: "cloud",
        model,
        is_cloud: true,
        prompt_tokens,
        reply_tokens: 0,
        took_ms: 1,
        failure: None,
    }
}

#[tokio::test]
async fn a_person_spends_what_their_most_generous_role_may_and_what_runs_at_home_costs_nothing() {
    let house = House::build().await;
    house.lets(Cloud::All).await;
    house.cloud.has("claude-haiku-4-5", 0, 0, &[]);
    house.choose(&[("cloud", "claude-haiku-4-5")]).await;
    house.store.set_model_allowance(GUILD, RoleId(GUILD.0), Some(1)).await.unwrap();
    assert!(house.ask("hello").await.0.is_ok());
    house.store.add_model_usage(&used(None, "claude-haiku-4-5", 999_700)).await.unwrap();
    let failure = house.ask("hello").await.0.unwrap_err().to_string();
    assert!(failure.contains("is not asked for you") && failure.contains("may cost $0.01 more"), "{failure}");
    assert_eq!(house.cloud.questions().len(), 1, "it would have passed the limit, and was not asked");
    house.store.set_model_allowance(GUILD, RoleId(2), Some(2)).await.unwrap();
    assert!(house.ask_as(&[RoleId(2)], "hello").await.0.is_ok());
    house.choose(&[("ollama", "qwen3:8b"), ("cloud", "claude-haiku-4-5")]).await;
    assert_eq!(house.ask("hello").await.0.unwrap().provider, "ollama");
}

#[tokio::test]
async fn a_conversation_costs_what_is_usual_unless_the_guild_says_otherwise() {
    let house = House::build().await;
    house.lets(Cloud::All).await;
    house.choose(&BOTH[..1]).await;
    // What is only usual keeps nobody from a model whose price nobody knows.
    assert!(house.ask("hello").await.0.is_ok());
    house.cloud.has("claude-haiku-4-5", 0, 0, &[]);
    house.choose(&[("cloud", "claude-haiku-4-5"), ("cloud", "claude-test")]).await;
    house.store.add_model_usage(&used(Some("other"), "claude-haiku-4-5", 9_000_000)).await.unwrap();
    assert_eq!(house.ask("hello").await.0.unwrap().model, "claude-haiku-4-5");
    house.store.add_model_usage(&used(Some("c"), "claude-haiku-4-5", 5_000_000)).await.unwrap();
    assert_eq!(house.ask("hello").await.0.unwrap().model, "claude-test", "the next one is asked");
    house.store.set_conversation_budget(GUILD, Some(5), UserId(1)).await.unwrap();
    let failure = house.ask("hello").await.0.unwrap_err().to_string();
    assert!(failure.contains("$5.01 of $5 spent") && failure.contains("do not know its price"), "{failure}");
    house.store.set_conversation_budget(GUILD, None, UserId(1)).await.unwrap();
    assert_eq!(house.ask("hello").await.0.unwrap().model, "claude-haiku-4-5");
}

#[tokio::test]
async fn a_model_that_is_wished_for_answers_where_it_may_and_why_not_is_told_else() {
    let house = House::build().await;
    house.home.has("gemma3:4b", 0, 8_192, &["completion"]);
    house.choose(&BOTH[1..]).await;
    for (wish, spoke, why) in [
        ("gemma3:4b", "gemma3:4b", None),
        ("ollama/gemma3:4b", "gemma3:4b", None),
        ("claude-test", "qwen3:8b", Some("lets nothing leave it")),
        ("big", "qwen3:8b", Some("lets nothing leave it")),
    ] {
        let answered = house.wish(wish).await.unwrap();
        let told = answered.instead.as_deref();
        assert_eq!((answered.model.as_str(), told.is_some()), (spoke, why.is_some()), "{wish}: {told:?}");
        assert!(why.is_none_or(|why| told.is_some_and(|told| told.contains(why))), "{told:?}");
    }
    assert!(house.cloud.asked().is_empty(), "not even for its list");
    house.lets(Cloud::All).await;
    let answered = house.wish("claude-test").await.unwrap();
    assert!(answered.instead.is_some_and(|why| why.contains("`/ai use` names no model of `cloud`")));
    house.choose(&BOTH).await;
    assert_eq!(house.wish("claude-test").await.unwrap().model, "claude-test");
    assert!(house.wish("big").await.unwrap().instead.is_some_and(|why| why.contains("No provider that answers")));
    // What may be asked and does not answer is no reason for silence.
    house.cloud.will(Say::Status(400, None, "invalid_request_error", "no".into()));
    let answered = house.wish("claude-test").await.unwrap();
    assert_eq!((answered.model.as_str(), answered.instead.is_some()), ("qwen3:8b", true));
}

#[tokio::test]
async fn where_nobody_answers_it_is_said_who_was_asked() {
    let house = House::build().await;
    let (models, store) = (house.models, house.store);
    drop(house.home);
    drop(house.cloud);
    let who = Asker { guild: GUILD, user: UserId(1), roles: Vec::new(), conversation: None, people: Vec::new() };
    let (chunks, _coming) = mpsc::channel(16);
    let cancel = CancellationToken::new();
    let prompt = Prompt { longest_answer: 10, ..Prompt::default() };
    let line = async |who| models.line(who, None).await.unwrap();
    let failure = models.ask(&who, line(&who).await, Asks::default(), &prompt, &chunks, &cancel).await.unwrap_err();
    assert_eq!(failure.to_string(), "ollama does not answer: nothing answers at its address. Is it running?");
    let elsewhere = Asker { guild: GuildId(8), ..who.clone() };
    store.set_model_choices(GuildId(8), &[("cloud".into(), "claude-test".into())]).await.unwrap();
    let failure =
        models.ask(&elsewhere, line(&elsewhere).await, Asks::default(), &prompt, &chunks, &cancel).await.unwrap_err();
    assert!(
        failure.to_string().contains("There is no model to ask"),
        "another guild's providers are not its own: {failure}"
    );
}
