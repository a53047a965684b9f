//! What happens while a page is cut off is shown once it is back, once and in order; what happened before it was opened is not.

use serde_json::json;

use super::stage::{Page, follow, happens, made, stays};
use crate::world::World;

on_both_worlds! {
    what_is_missed_while_the_bot_is_dead_is_shown_once_and_in_order
    how_an_overlay_looks_and_stands_outlives_the_process
    a_hundred_pages_are_told_the_same_in_the_same_order
}

async fn what_is_missed_while_the_bot_is_dead_is_shown_once_and_in_order(mut world: World) {
    stays(&mut world).await;
    let admin = world.admin().await;
    let address = made(&admin, "alerts", "alerts").await;
    happens(&world, [follow("before it was opened")]).await;
    let mut page = Page::open(&address).await;
    page.shows_nothing().await;
    happens(&world, [follow("seen")]).await;
    assert_eq!(page.shows().await["name"], "seen");
    let last = page.last.clone();
    world.kill_bot();
    page.ends().await;
    // What came in just before the power went is a row, and nobody was told of it.
    happens(&world, ["one", "two", "three"].map(follow)).await;
    world.start_bot().await;
    let mut page = Page::after(&address, Some(&last)).await;
    let mut shown = Vec::new();
    for _ in 0..3 {
        shown.push(page.shows().await["name"].clone());
    }
    assert_eq!(json!(shown), json!(["one", "two", "three"]));
    page.shows_nothing().await;
    // Back once more, there is nothing left to show; and another page begins now.
    let mut again = Page::after(&address, Some(&page.last)).await;
    again.shows_nothing().await;
    Page::open(&address).await.shows_nothing().await;
    // One that claims to have seen more than there was is told what comes.
    let mut ahead = Page::after(&address, Some("999999")).await;
    happens(&world, [follow("four")]).await;
    for page in [&mut page, &mut again, &mut ahead] {
        assert_eq!(page.shows().await["name"], "four");
    }
    for wrong in ["-5", "x", "99999999999999999999"] {
        Page::after(&address, Some(wrong)).await;
    }
    world.end().await;
}

/// Layouts that lived in memory and were gone after a restart.
async fn how_an_overlay_looks_and_stands_outlives_the_process(mut world: World) {
    stays(&mut world).await;
    let admin = world.admin().await;
    let address = made(&admin, "layout", "canvas").await;
    let counter = made(&admin, "deaths", "counter").await;
    let file = world.path("layout.json");
    let layout = json!([{ "id": "a", "type": "text", "content": "{counter:deaths} deaths", "x": 5, "y": 5 }]);
    std::fs::write(&file, layout.to_string()).unwrap();
    admin.ask(&format!("/overlay edit overlay:layout layout:@{}", file.display())).await.until("Changed").await;
    admin.ask("/overlay set overlay:deaths value:7").await.until("Set").await;
    world.kill_bot();
    world.start_bot().await;
    let page = Page::open(&address).await;
    assert_eq!(page.hello["settings"]["elements"][0]["content"], "{counter:deaths} deaths");
    assert_eq!(page.hello["bound"]["counter:deaths"], 7);
    assert_eq!(Page::open(&counter).await.hello["state"]["value"], 7);
    admin.ask("/overlay undo overlay:layout").await.until("Undone").await;
    world.end().await;
}

async fn a_hundred_pages_are_told_the_same_in_the_same_order(world: World) {
    let admin = world.admin().await;
    let address = made(&admin, "alerts", "alerts").await;
    let mut pages = Vec::new();
    for _ in 0..100 {
        pages.push(Page::open(&address).await);
    }
    let names: Vec<String> = (0..20).map(|number| format!("follower {number}")).collect();
    happens(&world, names.iter().map(|name| follow(name))).await;
    for page in &mut pages {
        for name in &names {
            assert_eq!(page.shows().await["name"], json!(name));
        }
    }
    drop(pages);
    // Who leaves is counted no more.
    let gone = async { while !admin.ask("/overlay test overlay:alerts").await.text().contains("No page") {} };
    tokio::time::timeout(crate::world::SOON, gone).await.expect("they are counted no more");
    world.end().await;
}
