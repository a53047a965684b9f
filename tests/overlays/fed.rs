//! What happens on a streamer's own stream, from the platform's connection to the open page: once, in order, and as text.

use std::time::Duration;

use peers::clouds::Clouds;
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{Page, key, made};
use crate::{
    accounts::browser::{allows, connects},
    people::Person,
    world::World,
};

on_both_worlds! {
    follow_sub_gift_cheer_raid_and_chat_are_each_shown_once_and_in_order
    what_came_in_just_before_a_kill_is_shown_once_after_it
    who_took_back_what_they_gave_feeds_nothing_and_is_told_once
}

/// The bot beside platforms; an administrator whose own Twitch account feeds the overlays.
pub(super) async fn fed(world: &mut World) -> (Clouds, Person) {
    super::stage::stays(world).await;
    let clouds = world.with_clouds().await;
    let admin = world.admin().await;
    connects(world, &admin, "twitch").await;
    let refused = admin.ask("/overlay source add platform:Twitch").await;
    allows(world, &admin, &refused, "Twitch").await;
    admin.ask("/overlay source add platform:Twitch").await.until("feeds the overlays").await;
    (clouds, admin)
}

/// Where a page is opened in fact.
pub(super) async fn page(world: &World, admin: &Person, name: &str, kind: &str) -> String {
    format!("{}/o/{}", world.web(), key(&made(admin, name, kind).await))
}

/// It hears so many kinds of events.
pub(super) async fn hears(world: &World, clouds: &Clouds, kinds: usize) {
    world.until("it hears", |_| clouds.twitch.heard_by().len() == kinds).await;
}

/// Ends the story: nothing that was lent is anywhere.
pub(super) async fn end(mut world: World, clouds: &Clouds) {
    assert_eq!(clouds.twitch.was_told(), 0, "nothing is ever sent over a connection");
    for secret in clouds.secrets() {
        world.never_show(&secret);
    }
    world.end().await;
}

pub(super) fn of(mut event: Value) -> Value {
    event["broadcaster_user_id"] = json!("1001");
    event
}

/// All that may happen, in its order: what is told of it, and what is shown.
fn happenings() -> Vec<(&'static str, Value, Option<Value>)> {
    let hostile = "<img src=x onerror=alert(1)>\u{202e}";
    vec![
        (
            "channel.follow",
            of(json!({ "user_id": "7", "user_name": hostile, "followed_at": "2026-11-22T10:00:00Z" })),
            Some(json!(["follow", "<img src=x onerror=alert(1)>", 1, null])),
        ),
        (
            "channel.subscribe",
            of(json!({ "user_name": "Bob", "tier": "1000", "is_gift": false })),
            Some(json!(["sub", "Bob", 1, null])),
        ),
        // Whoever gave it is told of in its place.
        ("channel.subscribe", of(json!({ "user_name": "Eve", "tier": "1000", "is_gift": true })), None),
        (
            "channel.subscription.gift",
            of(json!({ "user_name": null, "is_anonymous": true, "total": 5, "tier": "1000" })),
            Some(json!(["gift", "Anonymous", 5, null])),
        ),
        (
            "channel.subscription.message",
            of(
                json!({ "user_name": "Cid", "cumulative_months": 14, "message": { "text": "<script>alert(1)</script>" } }),
            ),
            Some(json!(["sub", "Cid", 14, "<script>alert(1)</script>"])),
        ),
        (
            "channel.cheer",
            of(json!({ "user_name": "Dan", "is_anonymous": false, "bits": 250, "message": "Cheer250 well played" })),
            Some(json!(["cheer", "Dan", 250, "Cheer250 well played"])),
        ),
        (
            "channel.raid",
            json!({ "from_broadcaster_user_name": "Flo", "to_broadcaster_user_id": "1001", "viewers": 42 }),
            Some(json!(["raid", "Flo", 42, null])),
        ),
    ]
}

/// What a page shows, as far as it is to be seen.
fn seen(shown: &Value) -> Value {
    json!([shown["what"], shown["name"], shown["amount"], shown["message"]])
}

async fn follow_sub_gift_cheer_raid_and_chat_are_each_shown_once_and_in_order(mut world: World) {
    let (clouds, admin) = fed(&mut world).await;
    hears(&world, &clouds, 6).await;
    let mut alerts = Page::open(&page(&world, &admin, "alerts", "alerts").await).await;
    let mut recent = Page::open(&page(&world, &admin, "recent", "recent events").await).await;
    // The chat is heard once somebody shows it.
    let mut chat = Page::open(&page(&world, &admin, "said", "chat box").await).await;
    hears(&world, &clouds, 10).await;
    for (number, (kind, event, _)) in happenings().iter().enumerate() {
        // Twitch may tell twice.
        for _ in 0..2 {
            assert_eq!(clouds.twitch.happens(kind, "1001", &format!("message-{number}"), event), 1, "{kind}");
        }
    }
    // Somebody may follow, be told of, and be told of once more under another id.
    let follow = &happenings()[0].1;
    clouds.twitch.happens("channel.follow", "1001", "message-again", follow);
    for number in 0..20 {
        let event = of(json!({
            "chatter_user_name": format!("<b>viewer {number}"), "message_id": format!("chat-{number}"),
            "message": { "text": format!("hello {number}") }, "color": "#9146FF",
        }));
        clouds.twitch.happens("channel.chat.message", "1001", &format!("chat-message-{number}"), &event);
    }
    for (_, _, shown) in happenings() {
        let Some(shown) = shown else { continue };
        assert_eq!(seen(&alerts.shows().await), shown);
        assert_eq!(seen(&recent.shows().await), shown);
    }
    for number in 0..20 {
        let said = chat.shows().await;
        assert_eq!(
            (said["name"].as_str(), said["message"].as_str(), said["colour"].as_u64(), said["platform"].as_str()),
            (
                Some(format!("<b>viewer {number}").as_str()),
                Some(format!("hello {number}").as_str()),
                Some(0x91_46ff),
                Some("twitch")
            )
        );
    }
    alerts.shows_nothing().await;
    chat.shows_nothing().await;
    // Nothing more is heard once it feeds nothing.
    admin.ask("/overlay source remove platform:Twitch").await.until("no longer").await;
    world.until("nothing is heard", |_| clouds.twitch.standing() == 0).await;
    assert_eq!(clouds.twitch.happens("channel.follow", "1001", "too-late", follow), 0);
    end(world, &clouds).await;
}

async fn what_came_in_just_before_a_kill_is_shown_once_after_it(mut world: World) {
    let (clouds, admin) = fed(&mut world).await;
    hears(&world, &clouds, 6).await;
    let address = page(&world, &admin, "alerts", "alerts").await;
    let mut alerts = Page::open(&address).await;
    let (kind, event, _) = &happenings()[5];
    clouds.twitch.happens(kind, "1001", "first", event);
    assert_eq!(alerts.shows().await["what"], "cheer");
    let last = alerts.last.clone();
    for number in 0..5 {
        clouds.twitch.happens(kind, "1001", &format!("message-{number}"), event);
    }
    let store = world.store().await;
    let kept = async {
        while store.deliveries_known().await.unwrap() < 6 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, kept).await.expect("they are kept");
    store.close().await;
    world.kill_bot();
    world.start_bot().await;
    let mut alerts = Page::after(&address, Some(&last)).await;
    for _ in 0..5 {
        assert_eq!(alerts.shows().await["what"], "cheer");
    }
    alerts.shows_nothing().await;
    // It hears again, by itself.
    hears(&world, &clouds, 6).await;
    clouds.twitch.happens(kind, "1001", "after", event);
    assert_eq!(alerts.shows().await["what"], "cheer");
    end(world, &clouds).await;
}

async fn who_took_back_what_they_gave_feeds_nothing_and_is_told_once(mut world: World) {
    let (clouds, admin) = fed(&mut world).await;
    hears(&world, &clouds, 6).await;
    let shown = admin.ask("/connections").await;
    let bot = shown.message().raw["author"]["id"].as_str().unwrap().to_owned();
    let body = json!({ "recipient_id": bot });
    let channel = admin.client.rest(Method::POST, "/users/@me/channels", Some(&body)).await.unwrap();
    let channel = channel["id"].as_str().unwrap().to_owned();
    clouds.twitch.revokes("1001");
    assert_shown!(admin.sees_in(&channel, "Connect Twitch again").await.masked(), @r"
    ! **Connect Twitch again**
    You took back at Twitch what you gave me. Until you connect `Ada` again, I do nothing there for you.
    `/connect twitch` does that, in any server that I am in.
    ");
    world.until("nothing is heard", |_| clouds.twitch.standing() == 0).await;
    admin.ask("/overlay source list").await.until("to be connected again").await;
    // Who connects it again goes on as before.
    connects(&world, &admin, "twitch").await;
    hears(&world, &clouds, 6).await;
    let told = world.sandbox.messages(&channel).iter().filter(|one| one.to_string().contains("again**")).count();
    assert_eq!(told, 1);
    end(world, &clouds).await;
}
