//! What models may cost and did, and who is asked, is kept on SQLite and on PostgreSQL alike.

use base::{Clock, GuildId, Millis, RoleId, UserId};
use store::{
    Store,
    conversations::{Below, NewConversation},
    model_limits::ConversationBudget,
    model_usage::{CloudUse, NewUsage},
};
use uuid::Uuid;

use crate::{
    crew::{CREW, OTHERS},
    fresh::Fresh,
};

const ANN: UserId = UserId(7);

on_both! {
    what_a_conversation_cost_counts_what_was_handed_on_and_nothing_of_another_one
    what_a_guild_says_of_a_shared_provider_holds_for_that_guild_alone
    what_may_be_spent_is_each_guilds_own_and_is_lifted_again
}

async fn begun(store: &Store, guild: GuildId, parent: Option<Uuid>) -> Uuid {
    let id = Clock::system().id();
    let new = NewConversation {
        id,
        guild,
        channel: 1,
        title: "t",
        mode: "ask",
        agent: None,
        by: ANN,
        body: "{}",
        below: parent.map(|parent| Below { parent, turn: 1, depth: 1, thread: None }),
    };
    store.begin_conversation(new).await.unwrap();
    id
}

async fn used(store: &Store, guild: GuildId, conversation: Uuid, is_cloud: bool) {
    let conversation = conversation.to_string();
    let used = NewUsage {
        guild,
        user: ANN,
        conversation: Some(&conversation),
        provider: "cloud",
        model: "m",
        is_cloud,
        prompt_tokens: 10,
        reply_tokens: 1,
        took_ms: 1,
        failure: None,
    };
    store.add_model_usage(&used).await.unwrap();
}

async fn what_a_conversation_cost_counts_what_was_handed_on_and_nothing_of_another_one(fresh: Fresh) {
    let store = fresh.store;
    let top = begun(&store, CREW, None).await;
    let below = begun(&store, CREW, Some(top)).await;
    let lowest = begun(&store, CREW, Some(below)).await;
    let other = begun(&store, CREW, None).await;
    for conversation in [top, below, lowest, other] {
        used(&store, CREW, conversation, true).await;
    }
    used(&store, CREW, top, false).await;
    used(&store, OTHERS, top, true).await;
    let all = |times: i64| vec![CloudUse { model: "m".into(), prompt_tokens: 10 * times, reply_tokens: times }];
    for conversation in [top, below, lowest] {
        assert_eq!(store.cloud_use_in(CREW, &conversation.to_string()).await.unwrap(), all(3), "wherever it is asked");
    }
    assert_eq!(store.cloud_use_in(CREW, &other.to_string()).await.unwrap(), all(1));
    assert_eq!(store.cloud_use_in(CREW, "none").await.unwrap(), []);
    assert_eq!(store.cloud_use_by(CREW, ANN, Millis(0)).await.unwrap(), all(4));
    assert_eq!(store.cloud_use_by(CREW, UserId(8), Millis(0)).await.unwrap(), []);
    assert_eq!(store.cloud_use_by(CREW, ANN, Millis(i64::MAX)).await.unwrap(), []);
}

async fn what_a_guild_says_of_a_shared_provider_holds_for_that_guild_alone(fresh: Fresh) {
    let store = fresh.store;
    store.set_shared_model_window(CREW, "ollama", Some(4_096)).await.unwrap();
    store.switch_shared_model_provider(CREW, "ollama", false).await.unwrap();
    store.switch_shared_model_provider(CREW, "openai", false).await.unwrap();
    store.set_shared_model_window(CREW, "openai", None).await.unwrap();
    let mut said = store.shared_model_providers(CREW).await.unwrap();
    said.sort_by(|one, other| one.kind.cmp(&other.kind));
    let told: Vec<_> = said.iter().map(|one| (one.kind.as_str(), one.is_on, one.reads)).collect();
    assert_eq!(told, [("ollama", false, Some(4_096)), ("openai", false, None)]);
    assert_eq!(store.shared_model_providers(OTHERS).await.unwrap(), []);
    store.switch_shared_model_provider(CREW, "ollama", true).await.unwrap();
    let said = store.shared_model_providers(CREW).await.unwrap();
    assert!(said.iter().any(|one| one.kind == "ollama" && one.is_on && one.reads == Some(4_096)));
}

async fn what_may_be_spent_is_each_guilds_own_and_is_lifted_again(fresh: Fresh) {
    let store = fresh.store;
    let limits =
        async |guild| (store.model_allowances(guild).await.unwrap(), store.conversation_budget(guild).await.unwrap());
    store.set_model_allowance(CREW, RoleId(3), Some(5)).await.unwrap();
    store.set_model_allowance(CREW, RoleId(3), Some(6)).await.unwrap();
    store.set_conversation_budget(CREW, Some(2), ANN).await.unwrap();
    assert_eq!(limits(CREW).await, (vec![(RoleId(3), 6)], Some(ConversationBudget { dollars: Some(2) })));
    assert_eq!(limits(OTHERS).await, (Vec::new(), None));
    store.set_model_allowance(CREW, RoleId(3), None).await.unwrap();
    store.set_conversation_budget(CREW, None, ANN).await.unwrap();
    assert_eq!(limits(CREW).await, (Vec::new(), Some(ConversationBudget { dollars: None })));
}
