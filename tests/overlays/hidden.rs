//! A place for alerts that is hidden or taken out while they play, in a real browser.

use serde_json::json;

use super::{
    browser::Browser,
    heard::tone,
    stage::{follow, happens, made},
};
use crate::world::World;

/// Alerts that nobody saw, and whose sound went on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_whose_place_is_hidden_or_taken_out_fall_silent_and_go_on_once_there_is_one_again() {
    let world = World::start().await;
    let admin = world.admin().await;
    let address = made(&admin, "canvas", "canvas").await;
    let (file, sound) = (world.path("layout.json"), world.path("tone.wav"));
    std::fs::write(&sound, tone(200)).unwrap();
    let lays = async |text: &str, place: Option<(&str, bool)>| {
        let text = json!({ "id": "text", "type": "text", "content": text, "x": 5, "y": 5 });
        let place = place.map(|(id, visible)| {
            json!({ "id": id, "type": "alert", "visible": visible, "x": 20, "y": 20, "width": 900, "height": 300 })
        });
        let layout: Vec<_> = [text].into_iter().chain(place).collect();
        std::fs::write(&file, json!(layout).to_string()).unwrap();
        admin.ask(&format!("/overlay edit overlay:canvas layout:@{}", file.display())).await.until("Changed").await;
    };
    lays("at first", Some(("area", true))).await;
    admin.ask(&format!("/overlay edit overlay:canvas sound:@{}", sound.display())).await.until("Changed").await;
    let edit = admin.ask("/overlay edit overlay:canvas").await;
    let form = edit.choose(&admin, "Change in a form…", &["How it goes"]).await.form();
    form.submit(&[("How long an alert is seen, in seconds", "30")]).await;
    edit.until("Changed").await;
    let mut browser = Browser::opens(&world, "hidden", &[("canvas", &address)]);
    browser.says("open").await;
    happens(&world, ["one", "two"].map(follow)).await;
    browser.tell("said").await;
    for (text, place) in [
        ("hidden", Some(("area", false))),
        ("back", Some(("area", true))),
        ("taken out", None),
        ("called something else", Some(("another", true))),
    ] {
        browser.says(text).await;
        lays(text, place).await;
        browser.tell("changed").await;
    }
    browser.ends().await;
    world.end().await;
}
