use std::sync::Arc;

use base::{Clock, GuildId, Redactor, UserId};
use serde_json::{Value, json};
use store::{
    Store,
    overlays::{NewOverlay, Overlay, OverlayKind},
};

use super::What;
use crate::{Address, Event, Happened, Overlays, Watch, state::State};

const CREW: GuildId = GuildId(1);

async fn overlays(home: &std::path::Path) -> Arc<Overlays> {
    let clock = Clock::system();
    let url = format!("sqlite://{}", home.join("nebula.db").display());
    let store = Store::open(&url, clock.clone()).await.unwrap();
    Arc::new(Overlays::new(store, clock, Redactor::default()))
}

async fn made(overlays: &Overlays, name: &str, kind: OverlayKind, settings: &Value) -> Overlay {
    let (settings, state) = (settings.to_string(), State::first(kind).kept());
    let new = NewOverlay { name, kind, by: UserId(1), settings: &settings, state: &state, key_hash: name };
    let made = overlays.store.add_overlay(CREW, new, 9).await.unwrap().unwrap();
    overlays.came(&made).await;
    made
}

/// A canvas on which this stands.
async fn canvas(overlays: &Overlays, name: &str, text: &str) -> Overlay {
    let layout = json!([{ "type": "text", "content": text }]).to_string();
    let settings = json!({ "elements": crate::layout::read(&layout).unwrap().elements });
    made(overlays, name, OverlayKind::Canvas, &settings).await
}

/// What a page is told next of how it is.
async fn now(page: &mut Watch) -> Value {
    loop {
        let frame = String::from_utf8(page.next().await.unwrap().to_vec()).unwrap();
        if frame.contains("event: now") {
            return serde_json::from_str(frame.split_once("data: ").unwrap().1).unwrap();
        }
    }
}

#[tokio::test]
async fn what_is_said_in_a_chat_is_told_only_to_canvases_that_show_it() {
    let home = tempfile::tempdir().unwrap();
    let overlays = overlays(home.path()).await;
    let (with, without) =
        (canvas(&overlays, "with", "{last_chat}").await, canvas(&overlays, "without", "{last_follow}").await);
    let mut with = overlays.watch(&with, None).await.unwrap().unwrap();
    let mut without = overlays.watch(&without, None).await.unwrap().unwrap();
    let said = crate::Said { message: "m".to_owned(), author: "a".to_owned(), place: "p".to_owned() };
    overlays.show(CREW, Event::new(Happened::Chat, "Ada").saying("hello").taken_back_by(said)).await.unwrap();
    assert_eq!(now(&mut with).await["bound"]["last_chat"], "Ada: hello");
    overlays.take_back(CREW, "m", "gone").await.unwrap();
    assert_eq!(now(&mut with).await["bound"]["last_chat"], Value::Null);
    // What it is told first is what happened after all that.
    overlays.show(CREW, Event::new(Happened::Follow, "Grace")).await.unwrap();
    assert_eq!(now(&mut without).await["bound"]["last_follow"], "Grace");
    assert_eq!(now(&mut with).await["bound"]["last_follow"], "Grace");
}

#[tokio::test]
async fn an_overlay_that_is_made_during_a_track_says_what_plays_and_one_made_after_it_does_not() {
    let home = tempfile::tempdir().unwrap();
    let overlays = overlays(home.path()).await;
    overlays.play(CREW, Some(("Naima | live", "John Coltrane"))).await.unwrap();
    let words = async |name: &str| {
        let made = made(&overlays, name, OverlayKind::NowPlaying, &json!({})).await;
        let row = overlays.store.overlay_of_row(CREW, &made.id).await.unwrap().unwrap();
        serde_json::from_str::<Value>(&row.state).unwrap()["words"].clone()
    };
    assert_eq!(words("during").await, json!(["Naima ¦ live", "John Coltrane"]));
    overlays.play(CREW, None).await.unwrap();
    assert_eq!(words("after").await, Value::Null);
}

#[tokio::test]
async fn nothing_is_said_to_be_done_with_an_overlay_that_was_removed_meanwhile() {
    let home = tempfile::tempdir().unwrap();
    let overlays = overlays(home.path()).await;
    let goal = made(&overlays, "goal", OverlayKind::Goal, &json!({})).await;
    overlays.stands_at(&goal, 5).await.unwrap();
    assert!(overlays.show_in(&goal, Event::example(Happened::Test)).await.unwrap());
    assert!(overlays.store.remove_overlay(&goal).await.unwrap());
    let gone = "That overlay was removed just now. Nothing was changed.";
    assert_eq!(overlays.stands_at(&goal, 6).await.unwrap_err().to_string(), gone);
    for what in [Address::Page, Address::Donations] {
        assert_eq!(overlays.opens_by(&goal, what, "hash").await.unwrap_err().to_string(), gone);
    }
    assert!(!overlays.show_in(&goal, Event::example(Happened::Test)).await.unwrap());
    // Pages of what is gone are told nothing, and that is no mistake.
    overlays.changed(&goal, What::State).await.unwrap();
}
