//! What moderators take back of a chat is gone: from pages that are open, from those that come later, and from what is kept.

use peers::clouds::Clouds;
use serde_json::{Value, json};

use super::{
    browser::Browser,
    fed::{end, fed, hears, of, page},
    stage::Page,
};
use crate::world::World;

on_both_worlds! {
    what_moderators_took_back_is_shown_to_no_page_any_more_whenever_it_comes
}

/// Somebody writes something.
fn says(clouds: &Clouds, (id, name): (&str, &str), message: &str, text: &str) {
    let event = of(json!({
        "chatter_user_id": id, "chatter_user_name": name, "message_id": message, "message": { "text": text },
    }));
    let told = format!("{message} of {text}");
    assert_eq!(clouds.twitch.happens("channel.chat.message", "1001", &told, &event), 1);
}

/// Moderators take something back.
fn take_back(clouds: &Clouds, kind: &str, told: &str, event: Value) {
    assert_eq!(clouds.twitch.happens(&format!("channel.chat.{kind}"), "1001", told, &of(event)), 1, "{kind}");
}

const BOB: (&str, &str) = ("7", "Bob");
const EVE: (&str, &str) = ("8", "Eve");

async fn what_moderators_took_back_is_shown_to_no_page_any_more_whenever_it_comes(mut world: World) {
    let (clouds, admin) = fed(&mut world).await;
    let address = page(&world, &admin, "said", "chat box").await;
    let mut chat = Page::open(&address).await;
    hears(&world, &clouds, 10).await;
    says(&clouds, BOB, "m-1", "one");
    says(&clouds, EVE, "m-2", "two");
    for text in ["one", "two"] {
        assert_eq!(chat.shows().await["message"], text);
    }
    admin.ask("/overlay set overlay:said value:\"Be kind\"").await.until("Set").await;
    let ours = chat.shows().await;
    assert_eq!((&ours["message"], &ours["said"]), (&json!("Be kind"), &Value::Null));
    // A message, told of twice, and one that comes only after it was taken back.
    for _ in 0..2 {
        take_back(&clouds, "message_delete", "gone-1", json!({ "message_id": "m-1", "target_user_id": "7" }));
    }
    let gone = chat.shows().await;
    assert_eq!((&gone["what"], &gone["word"]), (&json!("gone"), &json!("chat twitch 1001 m-1")));
    take_back(&clouds, "message_delete", "gone-2", json!({ "message_id": "m-3", "target_user_id": "7" }));
    assert_eq!(chat.shows().await["what"], "gone");
    says(&clouds, BOB, "m-3", "late");
    says(&clouds, BOB, "m-4", "three");
    assert_eq!(chat.shows().await["message"], "three");
    let left = async |count: usize| {
        let mut again = Page::after(&address, Some("0")).await;
        let mut messages = Vec::new();
        for _ in 0..count {
            let shown = again.shows().await;
            messages.extend(shown["message"].as_str().map(str::to_owned));
        }
        again.shows_nothing().await;
        messages
    };
    assert_eq!(left(5).await, ["two", "Be kind", "three"]);
    // All that somebody wrote, and then everything; what was typed here stays.
    take_back(&clouds, "clear_user_messages", "gone-3", json!({ "target_user_id": "8" }));
    assert_eq!(chat.shows().await["what"], "gone");
    assert_eq!(left(5).await, ["Be kind", "three"]);
    take_back(&clouds, "clear", "gone-4", json!({}));
    assert_eq!(chat.shows().await["what"], "gone");
    assert_eq!(left(5).await, ["Be kind"]);
    says(&clouds, BOB, "m-5", "four");
    assert_eq!(chat.shows().await["message"], "four");
    let store = world.store().await;
    let said = store.overlay(world.guild(), "said").await.unwrap().unwrap();
    let kept = store.overlay_events(world.guild(), &said.id, -1).await.unwrap();
    let kept = kept
        .iter()
        .filter_map(|one| serde_json::from_str::<Value>(&one.event).ok()?["message"].as_str().map(str::to_owned));
    assert_eq!(kept.collect::<Vec<_>>(), ["Be kind", "four"]);
    store.close().await;
    end(world, &clouds).await;
}

/// A line that moderators took back, and viewers went on reading.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_moderators_took_back_is_gone_from_a_page_within_the_second() {
    let mut world = World::start().await;
    let (clouds, admin) = fed(&mut world).await;
    let address = page(&world, &admin, "said", "chat box").await;
    hears(&world, &clouds, 10).await;
    let mut browser = Browser::opens(&world, "gone", &[("said", &address)]);
    browser.says("open").await;
    let mut shows = async |lines: &[&str], within: u32| {
        browser.tell(&json!({ "lines": lines, "within": within }).to_string()).await;
        browser.says("it is").await;
    };
    for (who, message) in [(BOB, "one"), (EVE, "two"), (BOB, "three"), (EVE, "four"), (BOB, "five")] {
        says(&clouds, who, &format!("m-{message}"), message);
    }
    shows(&["one", "two", "three", "four", "five"], 20_000).await;
    take_back(&clouds, "message_delete", "gone-1", json!({ "message_id": "m-two", "target_user_id": "8" }));
    shows(&["one", "three", "four", "five"], 1_000).await;
    take_back(&clouds, "clear_user_messages", "gone-2", json!({ "target_user_id": "7" }));
    shows(&["four"], 1_000).await;
    says(&clouds, BOB, "m-six", "six");
    shows(&["four", "six"], 20_000).await;
    take_back(&clouds, "clear", "gone-3", json!({}));
    shows(&[], 1_000).await;
    browser.tell("over").await;
    browser.ends().await;
    end(world, &clouds).await;
}
