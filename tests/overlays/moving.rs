//! How smoothly overlays move while much happens on a stream, in a real browser.

use overlays::{Event, Happened};
use serde::Deserialize;

use super::{
    browser::Browser,
    stage::{follow, happens, made},
};
use crate::world::World;

/// How one page of 1920 × 1080 moved.
#[derive(Debug, Deserialize)]
pub(crate) struct Moved {
    pub(crate) name: String,
    /// Pictures drawn a second.
    pub(crate) frames: f64,
    /// Of a hundred pictures, the second longest on screen, in milliseconds.
    pub(crate) longest: f64,
    /// Of the time, how much its scripts, styles and layout take: 1 is all of it.
    pub(crate) busy: f64,
    /// What its animations change.
    pub(crate) animated: Vec<String>,
}

/// Opens what moves most, has something happen so many times, four times a second, and looks how it goes.
pub(crate) async fn move_all(world: &World, times: usize) -> Vec<Moved> {
    let admin = world.admin().await;
    let mut pages = Vec::new();
    for kind in ["alerts", "chat box", "recent events", "counter", "now playing", "lower third", "canvas"] {
        let name = kind.replace(' ', "-");
        pages.push((name.clone(), made(&admin, &name, kind).await));
    }
    let file = world.path("layout.json");
    let layout = serde_json::json!([
        { "id": "bar", "type": "box", "x": 0, "y": 88, "width": 1920, "height": 130 },
        { "id": "last", "type": "text", "x": 3, "y": 90, "width": 900, "height": 80, "content": "{last_follow} {time}" },
        { "id": "alerts", "type": "alert", "x": 25, "y": 22, "width": 960, "height": 360 },
    ]);
    std::fs::write(&file, layout.to_string()).unwrap();
    admin.ask(&format!("/overlay edit overlay:canvas layout:@{}", file.display())).await.until("Changed").await;
    admin.ask("/overlay set overlay:now-playing value:\"Clair de lune | Debussy\"").await.until("Set").await;
    admin.ask("/overlay set overlay:lower-third value:\"Ada | live\"").await.until("Set").await;
    let pages: Vec<(&str, &str)> = pages.iter().map(|(name, url)| (name.as_str(), url.as_str())).collect();
    let mut browser = Browser::opens(world, "moving", &pages);
    browser.tell(&times.to_string()).await;
    let (mut moved, mut is_shown) = (Vec::new(), true);
    loop {
        let said = browser.hear().await;
        if let Some(of) = said.strip_prefix("more ") {
            let chat = |text: &str| Event::new(Happened::Chat, "ada").saying(text);
            happens(world, [follow("Grace"), chat("gg"), chat("That landing was far too close"), chat("again!")]).await;
            match of {
                "counter" => drop(admin.ask("/overlay add overlay:counter").await),
                "lower-third" => {
                    let what = if is_shown { "stop" } else { "start" };
                    is_shown = !is_shown;
                    drop(admin.ask(&format!("/overlay {what} overlay:lower-third")).await);
                }
                _ => {}
            }
        } else if let Some(told) = said.strip_prefix("moved ") {
            moved.push(serde_json::from_str(told).unwrap());
        } else {
            assert_eq!(said, "over", "{}", said.replace(" ⏎ ", "\n"));
            break;
        }
    }
    browser.ends().await;
    moved
}

/// What changes where something stands is laid out again for each picture; what is moved or faded is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_moves_on_an_overlay_is_moved_or_faded_and_never_laid_out_anew() {
    let world = World::start().await;
    let all = move_all(&world, 5).await;
    assert_eq!(all.len(), 7);
    for page in &all {
        let other: Vec<_> =
            page.animated.iter().filter(|name| !["transform", "opacity"].contains(&name.as_str())).collect();
        assert!(other.is_empty() && page.frames > 0.0 && page.longest > 0.0 && page.busy > 0.0, "{page:?}");
    }
    let still: Vec<_> = all.iter().filter(|page| page.animated.is_empty()).map(|page| page.name.as_str()).collect();
    assert_eq!(still, [""; 0], "each of them moves");
    world.end().await;
}
