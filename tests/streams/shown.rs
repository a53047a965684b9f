//! What is shown besides: an example that pings nobody, what was used of a quota, and viewers of what only goes on.

use std::time::Duration;

use base::{Clock, Millis};
use sandbox::client::message_text;
use serde_json::json;

use super::{
    scene::{Clouds, now},
    seen::{beside, live, pings, role, says},
};
use crate::world::World;

on_both_worlds! {
    an_example_is_marked_as_one_and_pings_nobody
    what_is_used_of_the_quota_is_what_was_asked_for
    what_does_not_change_is_drawn_again_with_its_viewers_after_five_minutes
}

async fn announced_in_live(world: &World, options: &str) {
    let admin = world.admin().await;
    let wanted = admin.ask(&format!("/stream setup channel:#live {options}")).await;
    wanted.press(&admin, "Keep").await;
    wanted.until("are announced like this").await;
}

async fn an_example_is_marked_as_one_and_pings_nobody(mut world: World) {
    let _clouds = beside(&mut world).await;
    let admin = world.admin().await;
    role(&world, "Fans").await;
    announced_in_live(&world, "mention:@Fans template:\"{user} plays {game}\"").await;
    admin.ask("/stream follow name:twitch.tv/ada").await.until("Following").await;
    let tested = admin.ask("/stream test name:twitch.tv/ada").await;
    assert!(tested.is_private());
    assert_shown!(tested.masked(), @r"
    ✓ **Sent** an example of Ada to <#…>
    It pings nobody.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let example = says(&world, "is live on Twitch").await;
    assert_shown!(crate::people::mask(&message_text(&example)), @r"
    **Ada** is live on Twitch
    since <t:…:R> · 1,234 watching · Just Chatting
    <@…> Ada plays Just Chatting
    **An example, and no stream**
    Watch
    Notify me
    -# a test · nobody is live, and nobody is pinged
    ");
    assert_eq!(example["mention_roles"], json!([]));
    assert_eq!(pings(&world, "POST", "An example").await, json!({ "parse": [], "roles": [], "users": [] }));
    world.end().await;
}

async fn what_is_used_of_the_quota_is_what_was_asked_for(mut world: World) {
    let clouds = beside(&mut world).await;
    let admin = world.admin().await;
    announced_in_live(&world, "").await;
    assert!(admin.ask("/stream quota").await.text().contains("0 of 2,500 units today · 0 channels"));
    for (id, handle) in [("UCaaaaaaaaaaaaaaaaaaaaaa", "ada"), ("UCbbbbbbbbbbbbbbbbbbbbbb", "bob")] {
        clouds.youtube.add_channel(id, handle, handle);
        admin.ask(&format!("/stream follow name:@{handle}")).await.until("Following").await;
    }
    clouds.youtube.publish("UCaaaaaaaaaaaaaaaaaaaaaa", "video-1", "Hello", Some(now()));
    clouds.youtube.go_live("video-1", now());
    says(&world, "is live on YouTube").await;
    let asked = async {
        loop {
            let before = clouds.youtube.used();
            let answer = admin.ask("/stream quota").await;
            if clouds.youtube.used() == before {
                return (before, answer);
            }
        }
    };
    let (used, answer) = tokio::time::timeout(crate::world::SOON, asked).await.unwrap();
    assert!(used >= 3, "two handles, and a video at least");
    assert!(answer.text().contains(&format!("{used} of 2,500 units today · 2 channels")), "{used}: {}", answer.text());
    world.end().await;
}

/// An announcement was drawn last so long ago.
async fn drawn_before(world: &World, key: &str, by: Duration) {
    let then = Millis(now() - i64::try_from(by.as_millis()).unwrap());
    let store = world.store_at(Clock::manual(then)).await;
    let all = store.told_behind(Millis(i64::MAX), 100).await.unwrap();
    let (told, stream) = all.into_iter().find(|(told, _)| told.key == key && told.message.is_some()).unwrap();
    store.told_is_drawn(&told, &stream).await.unwrap();
    store.close().await;
}

/// Streams that go on, each announced in #live, which so many watch by now without anything being drawn for that.
async fn watched(world: &World, clouds: &Clouds, streams: usize, viewers: i64) {
    let admin = world.admin().await;
    announced_in_live(world, "").await;
    for stream in 1..=streams {
        let (id, name) = (stream.to_string(), format!("Kate{stream}"));
        clouds.twitch.add_channel(&id, &name.to_lowercase(), &name);
        admin.ask(&format!("/stream follow name:twitch.tv/{name}")).await.until("Following").await;
        clouds.twitch.go_live(&id, &format!("stream-{stream}"), "Hello", "Chess", now());
        says(world, &format!("**{name}** is live")).await;
    }
    let store = world.store().await;
    let stand = async {
        while store.told_behind(Millis(0), 100).await.unwrap().iter().any(|(told, _)| told.message.is_none()) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, stand).await.expect("all of them stand");
    for stream in 1..=streams {
        clouds.twitch.watch(&stream.to_string(), viewers);
    }
    let known = async {
        loop {
            let all = store.streams_going_on(world.guild()).await.unwrap();
            if all.len() == streams && all.iter().all(|one| one.viewers == Some(viewers)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, known).await.expect("so many watch");
    store.close().await;
    assert!(live(world).iter().all(|one| message_text(one).contains("· 7 watching")), "nothing else changed");
}

/// How many announcements say this.
fn saying(world: &World, text: &str) -> usize {
    live(world).iter().filter(|one| message_text(one).contains(text)).count()
}

async fn what_does_not_change_is_drawn_again_with_its_viewers_after_five_minutes(mut world: World) {
    let clouds = beside(&mut world).await;
    watched(&world, &clouds, 2, 4_321).await;
    drawn_before(&world, "stream-2", Duration::from_mins(4)).await;
    drawn_before(&world, "stream-1", Duration::from_mins(6)).await;
    world.until("the one is drawn again", |world| saying(world, "4,321 watching") > 0).await;
    let drawn: Vec<String> = live(&world).iter().map(message_text).collect();
    assert_eq!(saying(&world, "4,321 watching"), 1, "the other is not yet: {drawn:?}");
    assert!(drawn.iter().any(|text| text.contains("Kate1") && text.contains("4,321 watching")), "{drawn:?}");
    world.end().await;
}

/// Discord takes three edits of such messages at once in a channel, and then none for a while: what waits for that holds up no news.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_on_for_over_an_hour_is_drawn_as_discord_takes_it_and_holds_up_no_news() {
    let mut world = World::start().await;
    let clouds = beside(&mut world).await;
    watched(&world, &clouds, 4, 999).await;
    world.sandbox.advance(Duration::from_mins(61));
    for stream in 1..=4 {
        drawn_before(&world, &format!("stream-{stream}"), Duration::from_mins(6)).await;
    }
    world.until("as many as it takes are drawn", |world| saying(world, "999 watching") == 3).await;
    let refused = |world: &World| world.sandbox.requests().iter().filter(|sent| sent.status == 429).count();
    world.until("it takes no more", |world| refused(world) > 0).await;
    clouds.twitch.add_channel("9", "bob", "Bob");
    world.admin().await.ask("/stream follow name:twitch.tv/bob").await.until("Following").await;
    clouds.twitch.go_live("9", "stream-9", "Hello", "Chess", now());
    says(&world, "**Bob** is live").await;
    assert_eq!(saying(&world, "999 watching"), 3, "news came first");
    world.sandbox.advance(Duration::from_secs(20));
    world.until("the last is drawn, too", |world| saying(world, "999 watching") == 4).await;
    assert_eq!(refused(&world), 1, "it is not tried over and over");
    world.end().await;
}
