//! Trying an overlay out: what is said to be shown is seen.

use serde_json::json;

use super::stage::{Page, made};
use crate::world::World;

on_both_worlds! {
    an_example_that_nobody_could_see_is_not_said_to_be_shown
}

async fn an_example_that_nobody_could_see_is_not_said_to_be_shown(world: World) {
    let admin = world.admin().await;
    let mut canvas = Page::open(&made(&admin, "layout", "canvas").await).await;
    assert_shown!(admin.ask("/overlay test overlay:layout what:raid").await.masked(), @r"
    ✓ **Shown** on overlay `layout`
    1 page open · the word “Test”, for 3 s
    No place for alerts on it is visible.
    Test again
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(canvas.shows().await["what"], "test");
    admin.ask("/overlay test overlay:layout").await.until("the word “Test”").await;
    assert_eq!(canvas.shows().await["what"], "test");
    let file = world.path("layout.json");
    let lays = async |visible: bool| {
        let layout = json!([{ "type": "alert", "visible": visible }]);
        std::fs::write(&file, layout.to_string()).unwrap();
        admin.ask(&format!("/overlay edit overlay:layout layout:@{}", file.display())).await.until("Changed").await;
    };
    lays(false).await;
    admin.ask("/overlay test overlay:layout what:raid").await.until("No place for alerts").await;
    assert_eq!(canvas.shows().await["what"], "test");
    lays(true).await;
    admin.ask("/overlay test overlay:layout what:raid").await.until("an example of a raid").await;
    assert_eq!(canvas.shows().await["what"], "raid");

    let mut goal = Page::open(&made(&admin, "goal", "goal").await).await;
    let told = admin.ask("/overlay test overlay:goal what:raid").await;
    told.until("An overlay of kind goal shows no example of a raid.").await;
    assert_eq!(goal.shows().await["what"], "test");

    // What is left out is not tried out, and what comes first then is another.
    let mut recent = Page::open(&made(&admin, "recent", "recent events").await).await;
    let edit = admin.ask("/overlay edit overlay:recent").await;
    let form = edit.choose(&admin, "Change in a form…", &["What it says"]).await.form();
    form.submit(&[("A follow", "off")]).await;
    edit.until("Changed").await;
    let settings = recent.hears("now").await["settings"].clone();
    assert_eq!((&settings["follow"], &settings["sub"]), (&json!(""), &json!("{name} subscribed")));
    admin.ask("/overlay test overlay:recent what:follow").await.until("What it says of a follow is `off`.").await;
    assert_eq!(recent.shows().await["what"], "test");
    admin.ask("/overlay test overlay:recent").await.until("an example of a sub").await;
    assert_eq!(recent.shows().await["what"], "sub");
    world.end().await;
}
