//! What happens on Kick, shown where an account feeds overlays: told by signed events, each once, and ended with its source.

use base::{GuildId, UserId};
use serde_json::json;
use store::{overlays::Origin, streams::Source};
use streams::{Reply, What};

use super::scene::Scene;

on_both_databases! {
    what_happens_on_kick_is_told_where_an_account_feeds_overlays_and_nowhere_else
}

async fn what_happens_on_kick_is_told_where_an_account_feeds_overlays_and_nowhere_else(mut scene: Scene) {
    scene.clouds.kick.add_channel(3001, "ada");
    scene.connects(7, Source::Kick, "3001", &[]).await;
    let (one, two) = (GuildId(1), GuildId(2));
    for guild in [one, two] {
        assert!(scene.store.add_overlay_source(guild, UserId(7), (Origin::Kick, "3001"), 25).await.unwrap());
    }
    // Nobody makes somebody else's account a source.
    assert!(!scene.store.add_overlay_source(one, UserId(8), (Origin::Kick, "3001"), 25).await.unwrap());
    assert!(!scene.store.add_overlay_source(one, UserId(7), (Origin::Kick, "3002"), 25).await.unwrap());
    scene.streams.know_address("https://nebula.example");
    scene.look().await;
    assert_eq!(scene.clouds.kick.tells().len(), 6, "{:?}", scene.clouds.kick.tells());
    let of = |user: u64| json!({ "user_id": user, "username": "ada" });
    for (kind, message, body) in [
        ("channel.followed", "01A", json!({ "broadcaster": of(3001), "follower": { "username": "Bob" } })),
        (
            "channel.subscription.gifts",
            "01B",
            json!({ "broadcaster": of(3001), "gifter": { "is_anonymous": true, "username": null }, "giftees": [{}, {}] }),
        ),
        (
            "chat.message.sent",
            "01C",
            json!({ "broadcaster": of(3001), "message_id": "c-1", "content": "hi [emote:1:KEKW]",
                "sender": { "username": "<b>Bob", "identity": { "username_color": "#75FD46" } } }),
        ),
        ("channel.followed", "01D", json!({ "broadcaster": of(4), "follower": { "username": "Bob" } })),
    ] {
        let event = scene.clouds.kick.event(kind, message, &body);
        for _ in 0..3 {
            assert_eq!(scene.kick_says(&event).await, Reply::Taken);
        }
        let mut forged = event;
        forged.body.push(' ');
        assert_eq!(scene.kick_says(&forged).await, Reply::Refused);
    }
    scene.streams.hear_all().await.unwrap();
    let shown = scene.shown.all();
    let told: Vec<_> = shown.iter().map(|(guild, one)| (guild.0, one.what, one.name.as_str(), one.amount)).collect();
    assert_eq!(
        told,
        [
            (1, What::Follow, "Bob", 1),
            (2, What::Follow, "Bob", 1),
            (1, What::Gift, "Anonymous", 2),
            (2, What::Gift, "Anonymous", 2),
            (1, What::Chat, "<b>Bob", 1),
            (2, What::Chat, "<b>Bob", 1),
        ]
    );
    assert_eq!((shown[5].1.message.as_str(), shown[5].1.colour), ("hi KEKW", Some(0x75_fd46)));
    // One is enough that it is told of; with the last it ends.
    assert!(scene.store.remove_overlay_source(one, UserId(7), Origin::Kick).await.unwrap());
    scene.look().await;
    assert_eq!(scene.clouds.kick.tells().len(), 6);
    let account = scene.store.account(UserId(7), "kick").await.unwrap().unwrap();
    assert!(scene.store.remove_account(&account).await.unwrap());
    scene.look().await;
    assert!(scene.clouds.kick.tells().is_empty(), "{:?}", scene.clouds.kick.tells());
}
