//! What is to be left out, in a real browser: nothing is said of it, also not of what happened before.

use overlays::{Event, Happened};

use super::{
    browser::Browser,
    stage::{follow, happens, made},
};
use crate::world::World;

/// A stream on which “off” was written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_what_is_set_to_off_nothing_is_seen_by_a_page_that_was_away_nor_in_a_list() {
    let world = World::start().await;
    let admin = world.admin().await;
    let (alerts, recent) = (made(&admin, "alerts", "alerts").await, made(&admin, "recent", "recent events").await);
    let mut browser = Browser::opens(&world, "off", &[("alerts", &alerts), ("recent", &recent)]);
    browser.says("open").await;
    happens(&world, [Event::new(Happened::Raid, "one").of(5), follow("two")]).await;
    for overlay in ["alerts", "recent"] {
        let edit = admin.ask(&format!("/overlay edit overlay:{overlay}")).await;
        let more = &["What it says of cheers, raids and donations"];
        let form = edit.choose(&admin, "Change in a form…", more).await.form();
        form.submit(&[("A raid", "Off")]).await;
        edit.until("Changed").await;
    }
    browser.tell("off").await;
    browser.ends().await;
    world.end().await;
}
