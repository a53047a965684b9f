//! What must arrive once arrives once, in order, whatever happens on the way.

use std::{collections::HashMap, time::Duration};

use base::{Card, Clock, GuildId, Redactor};
use reqwest::Method;
use sandbox::{Fault, Scope, client::message_text};
use serde_json::{Value, json};
use store::{
    Store,
    outbox::{NewPost, Pings, Posted, Standing, Urgency, line::Line},
};

use crate::world::World;

const POST: &str = "POST /channels/*/messages";
/// Longest wait until everything has arrived: Discord takes five in five seconds in one channel.
const ALL: Duration = Duration::from_mins(5);

on_both_worlds! {
    a_thousand_posts_arrive_once_each_and_in_order_though_answers_are_lost
    posts_arrive_once_each_through_failures_and_kills
    a_post_that_is_refused_holds_nothing
    what_was_posted_before_a_kill_is_found_again_long_after
}

/// A guild's outbox, and channels of its own.
struct Scene {
    world: World,
    store: Store,
    guild: GuildId,
    channels: Vec<u64>,
}

impl Scene {
    async fn set(world: World, channels: usize) -> Self {
        let admin = world.admin().await;
        let guild = world.sandbox.guild_id();
        let mut made = Vec::new();
        for number in 0..channels {
            let body = json!({ "name": format!("posts-{number}"), "type": 0 });
            let channel =
                admin.client.rest(Method::POST, &format!("/guilds/{guild}/channels"), Some(&body)).await.unwrap();
            made.push(channel["id"].as_str().unwrap().parse().unwrap());
        }
        let store = world.store().await;
        Self { guild: GuildId(guild.parse().unwrap()), world, store, channels: made }
    }

    async fn post(&self, channel: u64, number: usize) -> Posted {
        let card = Card::plain(format!("**Post {number}**")).text("of many").redacted(&Redactor::default());
        let key = format!("{channel} {number}");
        let urgency = if number.is_multiple_of(2) { Urgency::Urgent } else { Urgency::Background };
        let (guild, pings) = (self.guild, Pings::default());
        let post = NewPost { guild, channel, key: &key, urgency, card: &card, answers: None, pings };
        self.store.post(post).await.unwrap()
    }

    /// Everything asked for in every channel, in turn.
    async fn post_everywhere(&self, each: usize) {
        for number in 0..each {
            for channel in &self.channels {
                self.post(*channel, number).await;
            }
        }
    }

    fn seen(&self, channel: u64) -> Vec<Value> {
        self.world.sandbox.messages(&channel.to_string())
    }

    /// Waits until so many stand, twice or not.
    async fn until_there_are(&self, all: usize) {
        let count = |channel: &u64| self.world.sandbox.count_messages(&channel.to_string());
        let there = || self.channels.iter().map(count).sum::<usize>();
        let waited = tokio::time::timeout(ALL, async {
            while there() < all {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        assert!(waited.await.is_ok(), "only {} of {all} arrived:\n{}", there(), self.world.log());
    }

    /// Waits until a post has ended, however.
    async fn arrived(&self, channel: u64, number: usize) -> Standing {
        let key = format!("{channel} {number}");
        let arrival = self.store.arrival(self.guild, &key);
        tokio::time::timeout(ALL, arrival).await.expect("it ends").unwrap().unwrap().standing
    }

    /// Every post stands once, in the order it was asked for, and its row knows as which message.
    async fn all_stand_once(&self, each: usize) {
        for channel in &self.channels {
            let mut rows = HashMap::new();
            for number in 0..each {
                let standing = self.arrived(*channel, number).await;
                let Standing::Posted(message) = standing else { panic!("{standing:?}") };
                rows.insert(message, number);
            }
            let seen = self.seen(*channel);
            let noted = |message: &Value| rows.get(&message["id"].as_str().unwrap().parse::<u64>().unwrap()).copied();
            let order: Vec<_> = seen.iter().map(noted).collect();
            assert_eq!(order, (0..each).map(Some).collect::<Vec<_>>());
            for (number, message) in seen.iter().enumerate() {
                let text = message_text(message);
                assert!(
                    text.contains(&format!("Post {number}\n")) || text.contains(&format!("Post {number}**")),
                    "{text}"
                );
            }
        }
    }

    async fn end(self) {
        self.store.close().await;
        self.world.end().await;
    }
}

async fn a_thousand_posts_arrive_once_each_and_in_order_though_answers_are_lost(world: World) {
    let scene = Scene::set(world, 50).await;
    scene.world.sandbox.inject(Fault::lost_answer().times(100_000).by_chance(0.3, 7).on(POST)).unwrap();
    scene.post_everywhere(20).await;
    // Asked again, nothing is posted again.
    for channel in &scene.channels {
        scene.post(*channel, 0).await;
    }
    scene.until_there_are(1_000).await;
    scene.all_stand_once(20).await;
    assert_eq!(scene.world.sandbox.invalid_requests(), 0, "no limit was met");
    scene.end().await;
}

async fn posts_arrive_once_each_through_failures_and_kills(world: World) {
    let mut scene = Scene::set(world, 12).await;
    let on = |fault: Fault, chance, seed| fault.times(100_000).by_chance(chance, seed).on(POST);
    for fault in [
        on(Fault::server_error(502), 0.1, 1),
        on(Fault::server_error(500), 0.1, 2),
        on(Fault::rate_limited(0.2, Scope::User), 0.05, 3),
        on(Fault::lost_answer(), 0.2, 4),
    ] {
        scene.world.sandbox.inject(fault).unwrap();
    }
    scene.post_everywhere(8).await;
    for killed_at in [10, 30, 60] {
        scene.until_there_are(killed_at).await;
        scene.world.kill_bot();
        scene.world.start_bot().await;
    }
    scene.until_there_are(12 * 8).await;
    scene.all_stand_once(8).await;
    scene.end().await;
}

async fn a_post_that_is_refused_holds_nothing(world: World) {
    let scene = Scene::set(world, 2).await;
    let (closed, open) = (scene.channels[0], scene.channels[1]);
    let admin = scene.world.admin().await;
    let may_send = async |deny: &str| {
        let bot = scene.world.sandbox.application_id();
        let body = json!({ "type": 1, "allow": "0", "deny": deny });
        let path = format!("/channels/{closed}/permissions/{bot}");
        admin.client.rest(Method::PUT, &path, Some(&body)).await.unwrap();
    };
    may_send("2048").await;
    for channel in [closed, open, 1] {
        scene.post(channel, 0).await;
    }
    let standing = async |channel, number| scene.arrived(channel, number).await;
    assert!(matches!(standing(closed, 0).await, Standing::Refused(why) if why.contains("Permission")));
    assert!(matches!(standing(1, 0).await, Standing::Refused(why) if why.contains("Unknown Channel")));
    assert!(matches!(standing(open, 0).await, Standing::Posted(_)));
    may_send("0").await;
    scene.post(closed, 1).await;
    assert!(matches!(standing(closed, 1).await, Standing::Posted(_)));
    assert_eq!(scene.seen(closed).len(), 1);
    scene.end().await;
}

async fn what_was_posted_before_a_kill_is_found_again_long_after(world: World) {
    let mut scene = Scene::set(world, 1).await;
    let channel = scene.channels[0];
    let sandbox = &scene.world.sandbox;
    // It arrives, nobody hears that it did, and then nothing arrives any more.
    sandbox.inject(Fault::lost_answer().on(POST)).unwrap();
    sandbox.inject(Fault::server_error(503).times(100_000).on(POST)).unwrap();
    scene.post(channel, 0).await;
    scene.until_there_are(1).await;
    scene.world.kill_bot();
    scene.world.sandbox.heal();
    let admin = scene.world.admin().await;
    for number in 0..150 {
        admin.client.say(&channel.to_string(), &format!("something else {number}")).await.unwrap();
    }

    // Ten minutes later: Discord has forgotten the nonce, and the row says since when it may stand there.
    scene.world.sandbox.advance(Duration::from_mins(10));
    let line = Line { guild: scene.guild, channel };
    let head = scene.store.head_of(line).await.unwrap().unwrap();
    assert!(head.tried.is_some());
    scene.store.post_is_not_there(&head).await.unwrap();
    let clock = Clock::system();
    let earlier = Clock::manual(base::Millis(clock.now().0 - 600_000));
    let before = scene.world.store_at(earlier).await;
    before.try_post(&head).await.unwrap();
    before.close().await;
    scene.world.start_bot().await;
    scene.post(channel, 1).await;
    scene.until_there_are(152).await;
    scene.arrived(channel, 1).await;

    let posts: Vec<String> =
        scene.seen(channel).iter().map(message_text).filter(|text| text.contains("of many")).collect();
    assert_eq!(posts.len(), 2, "{posts:?}");
    let first = scene.store.post_of(scene.guild, &format!("{channel} 0")).await.unwrap().unwrap();
    let stands = scene.seen(channel)[0]["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(first.standing, Standing::Posted(stands));
    scene.end().await;
}
