//! Overlays: from the command to what OBS shows; cut off in the middle, told what is hostile, and opened by who should not.

pub(crate) mod browser;
mod canvas;
mod chat;
mod days;
mod documented;
mod donations;
mod fed;
mod heard;
mod hidden;
mod keys;
mod layouts;
mod many;
mod missed;
pub(crate) mod moving;
mod off;
mod seen;
mod sources;
pub(crate) mod stage;
mod tested;

use serde_json::json;

use self::stage::{Page, address, key, made, opened};
use crate::world::World;

on_both_worlds! {
    an_overlay_is_made_edited_tested_and_undone
    what_an_overlay_stands_at_is_told_to_its_page_at_once
    every_command_of_overlays_is_refused_to_whoever_holds_nothing
}

async fn an_overlay_is_made_edited_tested_and_undone(world: World) {
    let admin = world.admin().await;
    assert_shown!(admin.ask("/overlay list").await.masked(), @r"
    **Overlays** none yet
    `/overlay create name:alerts kind:alerts` makes one, and shows its address for OBS.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let told = admin.ask("/overlay create name:alerts kind:alerts").await;
    assert!(told.is_private());
    let page = address(&told);
    assert_shown!(told.masked().replace(&key(&page), "KEY"), @r"
    ✓ **Made** overlay `alerts`
    alerts
    The address for OBS, as a browser source. It is shown once, to you alone; who has it sees the overlay.
    ```
    http://ADDRESS/o/KEY
    ```
    It works on the machine the bot runs on only: `NEBULA_WEB_URL` is not set.
    Edit
    Test
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let twice = admin.ask("/overlay create name:alerts kind:goal").await;
    assert!(twice.text().contains("Nothing was made"), "{}", twice.text());

    // Nobody looks yet; then one page does, and shows it.
    let nobody = admin.ask("/overlay test overlay:alerts").await;
    assert!(nobody.text().contains("No page"), "{}", nobody.text());
    let mut obs = Page::open(&page).await;
    assert_eq!(obs.hello["kind"], "alerts");
    assert_shown!(admin.ask("/overlay test overlay:alerts what:cheer").await.masked(), @r"
    ✓ **Shown** on overlay `alerts`
    1 page open · an example of a cheer
    Test again
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let shown = obs.shows().await;
    assert_eq!((&shown["what"], &shown["amount"]), (&json!("cheer"), &json!(250)));

    // It is changed by menus and forms, and the page that is open is told.
    let edit = admin.ask("/overlay edit overlay:alerts").await;
    assert!(edit.is_private() && edit.file().await.starts_with(b"\x89PNG"));
    assert!(edit.text().contains("How alerts come and go"), "{}", edit.text());
    edit.choose(&admin, "How alerts come and go", &["How alerts come and go: zoom"]).await;
    edit.until("Changed").await;
    let now = obs.hears("now").await;
    assert_eq!((&now["settings"]["animation"], &now["settings"]["duration"]), (&json!("zoom"), &json!(6)));
    let form = edit.choose(&admin, "Change in a form…", &["How it goes"]).await.form();
    let wrong = form.fill(&[("How long an alert is seen, in seconds", "90")]).await;
    wrong.until("a number from 2 to 30").await;
    assert!(wrong.text().contains("Nothing was changed"), "{}", wrong.text());
    let edit = admin.ask("/overlay edit overlay:alerts").await;
    let form = edit.choose(&admin, "Change in a form…", &["Colours and size"]).await.form();
    form.submit(&[("Accent", "#EB459E"), ("Size, in %", "120")]).await;
    edit.until("Changed").await;
    let now = obs.hears("now").await;
    assert_eq!((&now["settings"]["accent"], &now["settings"]["size"]), (&json!("#eb459e"), &json!(120)));
    let undone = admin.ask("/overlay undo overlay:alerts").await;
    undone.until("Undone").await;
    let now = obs.hears("now").await;
    assert_eq!((&now["settings"]["accent"], &now["settings"]["animation"]), (&json!("#5865f2"), &json!("zoom")));
    // Undone twice, it is as it was.
    admin.ask("/overlay undo overlay:alerts").await.until("Undone").await;
    assert_eq!(obs.hears("now").await["settings"]["accent"], "#eb459e");

    let preview = admin.ask("/overlay preview overlay:alerts").await;
    assert!(preview.file().await.starts_with(b"\x89PNG"));
    assert_shown!(preview.masked(), @r"
    **Overlay** `alerts`
    alerts · 1 page open
    The overlay alerts as it looks now
    Edit
    Test
    -# ref REFERENCE · by <@…> · <t:…:R>
    overlay.png
    ");
    assert_eq!(admin.offered("/overlay preview overlay:al").await, ["alerts"]);
    let asked = admin.ask("/overlay remove overlay:alerts").await;
    asked.press(&admin, "Confirm").await;
    asked.until("Removed").await;
    obs.ends().await;
    assert_eq!(opened(&page).await.0, 404);
    world.end().await;
}

async fn what_an_overlay_stands_at_is_told_to_its_page_at_once(world: World) {
    let admin = world.admin().await;
    let mut goal = Page::open(&made(&admin, "subs", "goal").await).await;
    admin.ask("/overlay set overlay:subs value:40").await.until("Set").await;
    assert_eq!(goal.hears("now").await["state"]["value"], 40);
    let added = admin.ask("/overlay add overlay:subs amount:2").await;
    assert!(added.text().contains("stands at 42"), "{}", added.text());
    assert_eq!(goal.hears("now").await["state"]["value"], 42);
    added.press(&admin, "−1").await;
    added.until("stands at 41").await;
    assert_eq!(goal.hears("now").await["state"]["value"], 41);
    let wrong = admin.ask("/overlay set overlay:subs value:many").await;
    assert!(wrong.text().contains("is no number"), "{}", wrong.text());

    let mut timer = Page::open(&made(&admin, "break", "timer").await).await;
    let started = admin.ask("/overlay start overlay:break from:5m").await;
    let now = timer.hears("now").await;
    assert!(now["state"]["since"].is_i64() && now["state"]["seconds"] == 300, "{now}");
    started.press(&admin, "Stop").await;
    started.until("Stopped").await;
    let now = timer.hears("now").await;
    assert!(now["state"]["since"].is_null() && now["state"]["ran"].as_i64() > Some(0), "{now}");

    let mut poll = Page::open(&made(&admin, "vote", "poll").await).await;
    admin.ask("/overlay set overlay:vote value:\"Which game? | This | That | Neither\"").await.until("Set").await;
    assert_eq!(poll.hears("now").await["state"]["words"], json!(["Which game?", "This", "That", "Neither"]));
    admin.ask("/overlay add overlay:vote answer:3 amount:5").await.until("Added").await;
    assert_eq!(poll.hears("now").await["state"]["votes"], json!([0, 0, 5]));
    let wrong = admin.ask("/overlay add overlay:vote answer:4").await;
    assert!(wrong.text().contains("1 to 3"), "{}", wrong.text());
    let unsaid = admin.ask("/overlay add overlay:vote").await;
    assert!(unsaid.text().contains("Say which answer"), "{}", unsaid.text());

    let mut third = Page::open(&made(&admin, "who", "lower third").await).await;
    admin.ask("/overlay set overlay:who value:\"Ada | plays on hard\"").await.until("Set").await;
    assert_eq!(third.hears("now").await["state"]["words"], json!(["Ada", "plays on hard"]));
    admin.ask("/overlay stop overlay:who").await.until("Stopped").await;
    assert_eq!(third.hears("now").await["state"]["shown"], false);

    let mut chat = Page::open(&made(&admin, "said", "chat box").await).await;
    admin.ask("/overlay set overlay:said value:\"Hello everybody\"").await.until("Set").await;
    let said = chat.shows().await;
    assert_eq!((&said["name"], &said["message"]), (&json!("admin"), &json!("Hello everybody")));

    let mut plays = Page::open(&made(&admin, "track", "now playing").await).await;
    admin.ask("/overlay set overlay:track value:\"Clair de lune | Debussy\"").await.until("Set").await;
    assert_eq!(plays.hears("now").await["state"]["words"], json!(["Clair de lune", "Debussy"]));
    let nothing = admin.ask("/overlay start overlay:subs").await;
    assert!(nothing.text().contains("nothing that could be started"), "{}", nothing.text());
    let listed = admin.ask("/overlay list").await;
    assert!(listed.text().contains("6 · 6 pages open"), "{}", listed.text());
    world.end().await;
}

async fn every_command_of_overlays_is_refused_to_whoever_holds_nothing(world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    made(&admin, "mine", "counter").await;
    for line in [
        "/overlay create name:theirs kind:goal",
        "/overlay list",
        "/overlay edit overlay:mine",
        "/overlay layout overlay:mine",
        "/overlay undo overlay:mine",
        "/overlay preview overlay:mine",
        "/overlay test overlay:mine",
        "/overlay set overlay:mine value:5",
        "/overlay add overlay:mine",
        "/overlay start overlay:mine",
        "/overlay stop overlay:mine",
        "/overlay rotate overlay:mine",
        "/overlay revoke overlay:mine",
        "/overlay remove overlay:mine",
        "/overlay source add platform:Twitch",
        "/overlay source list",
        "/overlay source remove platform:Twitch",
    ] {
        let refused = member.ask(line).await;
        assert!(refused.is_private() && refused.text().contains("You may not"), "{line}: {}", refused.text());
    }
    assert!(member.offered("/overlay preview overlay:").await.is_empty());
    let store = world.store().await;
    let mine = store.overlay(world.guild(), "mine").await.unwrap().unwrap();
    assert_eq!((mine.value, mine.version, mine.last_event), (0, 1, 0));
    assert_eq!(store.overlays(world.guild()).await.unwrap().len(), 1);
    store.close().await;
    world.end().await;
}
