//! Overlays that are open for days, in a real browser: nothing that was to be seen is lost by newer pages, other layouts or dead connections.

use serde_json::json;

use super::{
    browser::Browser,
    stage::{follow, happens, made, stays},
};
use crate::{people::Person, world::World};

/// Alerts that are over soon.
async fn brief(admin: &Person, name: &str) {
    let edit = admin.ask(&format!("/overlay edit overlay:{name}")).await;
    let form = edit.choose(admin, "Change in a form…", &["How it goes"]).await.form();
    form.submit(&[("How long an alert is seen, in seconds", "2")]).await;
    edit.until("Changed").await;
}

/// Pages that loaded themselves anew, and forgot what waited.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_that_wait_while_the_pages_become_newer_are_all_seen_once_and_in_order() {
    let mut world = World::start().await;
    stays(&mut world).await;
    let admin = world.admin().await;
    let address = made(&admin, "alerts", "alerts").await;
    brief(&admin, "alerts").await;
    let mut browser = Browser::opens(&world, "renewed", &[("alerts", &address)]);
    browser.says("open").await;
    happens(&world, ["one", "two", "three"].map(follow)).await;
    browser.tell("said").await;
    browser.says("one is seen").await;
    world.kill_bot();
    browser.tell("killed").await;
    browser.says("others are missed").await;
    happens(&world, [follow("four")]).await;
    world.start_bot().await;
    browser.tell("back").await;
    browser.ends().await;
    world.end().await;
}

/// Edits that emptied the queue.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_that_wait_while_a_canvas_is_edited_are_all_seen_once_and_in_order() {
    let world = World::start().await;
    let admin = world.admin().await;
    let address = made(&admin, "canvas", "canvas").await;
    let file = world.path("layout.json");
    let lays = async |text: &str, area: &str, x: i64| {
        let layout = json!([
            { "id": area, "type": "alert", "x": x, "y": 20, "width": 900, "height": 300 },
            { "id": "text", "type": "text", "content": text, "x": 5, "y": 5 },
        ]);
        std::fs::write(&file, layout.to_string()).unwrap();
        admin.ask(&format!("/overlay edit overlay:canvas layout:@{}", file.display())).await.until("Changed").await;
    };
    lays("at first", "area", 5).await;
    let mut browser = Browser::opens(&world, "edited", &[("canvas", &address)]);
    browser.says("open").await;
    happens(&world, ["one", "two", "three"].map(follow)).await;
    browser.tell("said").await;
    for (text, area, x) in [("moved", "area", 10), ("renamed", "another", 20)] {
        browser.says(text).await;
        lays(text, area, x).await;
        browser.tell("changed").await;
    }
    browser.ends().await;
    world.end().await;
}

/// Overlays that froze until somebody refreshed them: nobody closes what a network forgot.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_over_which_nothing_comes_any_more_is_given_up_and_what_was_lost_is_seen_once() {
    let world = World::start().await;
    let admin = world.admin().await;
    let address = made(&admin, "alerts", "alerts").await;
    brief(&admin, "alerts").await;
    let mut browser = Browser::opens(&world, "silent", &[("alerts", &address)]);
    browser.says("open").await;
    happens(&world, [follow("zero")]).await;
    browser.tell("said").await;
    browser.says("silent").await;
    happens(&world, ["one", "two", "three"].map(follow)).await;
    browser.tell("lost").await;
    browser.says("again").await;
    happens(&world, [follow("four")]).await;
    browser.ends().await;
    world.end().await;
}
