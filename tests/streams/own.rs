//! What was a member's own ends only by an answer, and what guilds' logs are told of streams is told once.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use base::{Error, GuildId, Result, RoleId, Secret, UserId};
use futures::future::{BoxFuture, FutureExt};
use store::{
    Vault,
    accounts::{NewAccount, Tokens},
    events::Kind,
    streams::{Joined, NewChannel, Source},
};
use streams::{Members, RoleFacts};

use super::scene::Scene;
use crate::lent::connected;

on_both_databases! {
    nobodys_own_stream_ends_because_nobody_could_be_asked
    an_own_stream_is_followed_only_with_the_account_that_it_is_of
    a_guilds_log_is_told_once_that_a_stream_begins_and_ends
    what_a_platform_says_was_taken_back_ends_a_members_own_stream_and_is_told_once
}

const ADA: UserId = UserId(77);

/// What Discord says of a member: nothing, until the story says otherwise.
#[derive(Default)]
pub(super) struct Said(pub(super) Mutex<Option<Vec<RoleId>>>);

impl Members for Said {
    fn roles(&self, _: GuildId, _: UserId) -> BoxFuture<'_, Result<Option<Vec<RoleId>>>> {
        let said = self.0.lock().unwrap().clone();
        async move { said.map(Some).ok_or_else(|| Error::Busy("Discord does not answer.".to_owned())) }.boxed()
    }

    fn role(&self, _: GuildId, _: RoleId) -> BoxFuture<'_, Result<Option<RoleFacts>>> {
        async { Ok(None) }.boxed()
    }

    fn give(&self, _: GuildId, _: UserId, _: RoleId) -> BoxFuture<'_, Result<bool>> {
        async { Ok(false) }.boxed()
    }

    fn take(&self, _: GuildId, _: UserId, _: RoleId) -> BoxFuture<'_, Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn may_mention(&self, _: GuildId, _: Option<u64>) -> BoxFuture<'_, Result<bool>> {
        async { Ok(false) }.boxed()
    }

    fn name(&self, _: GuildId) -> BoxFuture<'_, Result<String>> {
        async { Ok("Crew".to_owned()) }.boxed()
    }

    fn is_text(&self, _: GuildId, _: u64) -> BoxFuture<'_, Result<bool>> {
        async { Ok(true) }.boxed()
    }
}

/// Somebody has an account on Twitch.
async fn has_account(scene: &Scene, user: UserId, subject: &str) {
    let vault = Vault::new(scene.store.clone(), Some("a passphrase of a story".into()));
    let now = scene.clock.now();
    let new = NewAccount {
        user,
        guild: GuildId(1),
        platform: "twitch",
        subject,
        login: "ada",
        name: "Ada",
        scopes: &[],
        expires: None,
        due: now.plus(Duration::from_hours(24)),
    };
    let tokens = Tokens { access: Secret::new("lent-token-of-ada"), refresh: None };
    connected(&scene.store, &vault, &new, &tokens).await;
}

fn channel(id: &str) -> NewChannel {
    NewChannel { source: Source::Twitch, platform_id: id.to_owned(), login: "ada".to_owned(), name: "Ada".to_owned() }
}

async fn joins(scene: &Scene, guild: GuildId, user: UserId, id: &str) -> Joined {
    let channel = scene.store.stream_channel_of(&channel(id)).await.unwrap();
    let next = scene.clock.now().plus(Duration::from_mins(10));
    scene.store.follow_own_stream(guild, &channel, user, (500, next)).await.unwrap()
}

async fn nobodys_own_stream_ends_because_nobody_could_be_asked(mut scene: Scene) {
    let guild = scene.guild(1, |set| (set.members_own, set.members_role) = (true, Some(RoleId(5)))).await;
    let said = Arc::new(Said::default());
    scene.streams.know_members(Arc::clone(&said) as Arc<dyn Members>);
    has_account(&scene, ADA, "1").await;
    assert_eq!(joins(&scene, guild, ADA, "1").await, Joined::Now);
    let is_followed = async |scene: &Scene| !scene.store.stream_follows(guild).await.unwrap().is_empty();
    // Neither Discord nor Twitch says anything for two days.
    scene.clouds.twitch.break_next("/", 1_000_000, peers::clouds::Fault::Cut);
    for _ in 0..48 {
        scene.pass(Duration::from_hours(1));
        scene.look().await;
        scene.streams.prove().await.unwrap();
        assert!(is_followed(&scene).await);
    }
    *said.0.lock().unwrap() = Some(vec![RoleId(5)]);
    scene.pass(Duration::from_hours(1));
    scene.streams.prove().await.unwrap();
    assert!(is_followed(&scene).await);
    *said.0.lock().unwrap() = Some(Vec::new());
    scene.streams.prove().await.unwrap();
    assert!(is_followed(&scene).await, "it was asked about a moment ago");
    scene.pass(Duration::from_mins(10));
    scene.streams.prove().await.unwrap();
    assert!(!is_followed(&scene).await);
    let endings = scene.store.own_endings(10).await.unwrap();
    assert_eq!(endings.len(), 1);
    assert_eq!(endings[0].why, "They no longer hold the role that it takes.");
}

async fn an_own_stream_is_followed_only_with_the_account_that_it_is_of(scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    has_account(&scene, ADA, "1").await;
    assert_eq!(joins(&scene, guild, ADA, "1").await, Joined::Moved, "the guild does not let members");
    let guild = scene.guild(1, |set| set.members_own = true).await;
    assert_eq!(joins(&scene, guild, ADA, "2").await, Joined::Moved, "that is not their account");
    assert_eq!(joins(&scene, guild, UserId(78), "1").await, Joined::Moved, "nor is it theirs");
    assert_eq!(joins(&scene, guild, ADA, "1").await, Joined::Now);
    assert_eq!(joins(&scene, guild, ADA, "1").await, Joined::Already);
    // Another account in its place is another channel: what was followed is theirs no longer.
    has_account(&scene, ADA, "9").await;
    scene.streams.prove().await.unwrap();
    assert!(scene.store.stream_follows(guild).await.unwrap().is_empty());
    // Whoever connects the first one now has it, and nobody else.
    has_account(&scene, UserId(78), "1").await;
    assert_eq!(joins(&scene, guild, ADA, "1").await, Joined::Moved);
    assert_eq!(joins(&scene, guild, UserId(78), "1").await, Joined::Now);
    // Where a guild follows as many as it may, nobody joins.
    let other = scene.guild(2, |set| set.members_own = true).await;
    let channel = scene.store.stream_channel_of(&channel("9")).await.unwrap();
    let joined = scene.store.follow_own_stream(other, &channel, ADA, (0, scene.clock.now())).await.unwrap();
    assert_eq!(joined, Joined::Full);
}

async fn a_guilds_log_is_told_once_that_a_stream_begins_and_ends(mut scene: Scene) {
    let (one, two) = (scene.guild(1, |_| {}).await, scene.guild(2, |_| {}).await);
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    for guild in [one, two] {
        scene.follow(guild, Source::Twitch, "1", "Ada").await;
    }
    scene.look().await;
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    for minute in 0..30 {
        match minute {
            // It is told in another channel from now on, and flaps.
            5 => drop(scene.guild(1, |set| set.channel = Some(99)).await),
            7 | 14 => scene.clouds.twitch.go_off("1"),
            9 => scene.clouds.twitch.go_live("1", "stream-1", "Again", "Go", scene.at() - 540_000),
            _ => {}
        }
        scene.minutes(1).await;
        scene.restart();
    }
    for guild in [one, two] {
        let events = scene.store.events_of(guild, 0, i64::MAX, 100).await.unwrap();
        let told: Vec<_> = events.iter().map(|event| (event.kind, event.subject.as_deref())).collect();
        let named = Some("Ada on Twitch");
        assert_eq!(told, [(Kind::StreamBegan, named), (Kind::StreamEnded, named)], "{guild}");
    }
}

async fn what_a_platform_says_was_taken_back_ends_a_members_own_stream_and_is_told_once(mut scene: Scene) {
    let guild = scene.guild(1, |set| set.members_own = true).await;
    scene.clouds.twitch.person("1", "ada", "Ada");
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    scene.connects(ADA.0, Source::Twitch, "1", &[]).await;
    assert_eq!(joins(&scene, guild, ADA, "1").await, Joined::Now);
    scene.hears();
    scene.until("it is heard", |scene| scene.clouds.twitch.heard_by().len() == 2).await;
    scene.streams.prove().await.unwrap();
    assert_eq!(scene.store.stream_follows(guild).await.unwrap().len(), 1);
    // Twitch tells of both kinds that it tells of them no longer.
    scene.clouds.twitch.revokes("1");
    scene.comes(2).await;
    scene.streams.prove().await.unwrap();
    assert!(scene.store.stream_follows(guild).await.unwrap().is_empty());
    let untold = scene.store.accounts_untold().await.unwrap();
    assert_eq!(untold.len(), 1);
    assert_eq!(untold[0].ended.as_deref(), Some("You took back at Twitch what you gave me."));
    let endings = scene.store.own_endings(10).await.unwrap();
    assert_eq!(endings.len(), 1);
    assert_eq!(endings[0].why, "The account on Twitch is connected no longer.");
    scene.store.own_ending_is_told(&endings[0]).await.unwrap();
    // However often it is looked at after that, and by whom.
    for _ in 0..3 {
        scene.restart();
        scene.minutes(2).await;
        scene.streams.prove().await.unwrap();
    }
    assert!(scene.store.own_endings(10).await.unwrap().is_empty());
    let events = scene.store.events_of(guild, 0, i64::MAX, 100).await.unwrap();
    assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), [Kind::StreamUnproven]);
}
