//! Overlays in a real browser: cut off and back, told what is hostile, and each kind as it looks.

use overlays::{Event, Happened};
use serde_json::json;
use store::overlays::OverlayKind;

use super::{
    browser::Browser,
    stage::{follow, happens, made, stays},
};
use crate::world::World;

/// What members write to do harm, a line each.
const CORPUS: &str = include_str!("../data/transcripts.txt");
/// Overlays that froze until somebody refreshed them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_is_back_in_view_and_three_missed_alerts_are_seen_once() {
    let mut world = World::start().await;
    stays(&mut world).await;
    let admin = world.admin().await;
    let address = made(&admin, "alerts", "alerts").await;
    let edit = admin.ask("/overlay edit overlay:alerts").await;
    let form = edit.choose(&admin, "Change in a form…", &["How it goes"]).await.form();
    form.submit(&[("How long an alert is seen, in seconds", "2")]).await;
    edit.until("Changed").await;
    let mut browser = Browser::opens(&world, "missed", &[("alerts", &address)]);
    browser.says("open").await;
    world.kill_bot();
    browser.tell("killed").await;
    browser.says("cut off").await;
    happens(&world, ["one", "two", "three"].map(follow)).await;
    world.start_bot().await;
    browser.tell("back").await;
    browser.says("again").await;
    world.kill_bot();
    browser.tell("killed").await;
    browser.says("cut off").await;
    world.start_bot().await;
    browser.tell("back").await;
    browser.says("one more").await;
    happens(&world, [follow("four")]).await;
    browser.ends().await;
    world.end().await;
}

/// Names and messages that were markup.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_others_write_no_script_of_theirs_runs_on_any_overlay() {
    let world = World::start().await;
    let admin = world.admin().await;
    let mut pages = Vec::new();
    for kind in ["alerts", "chat box", "recent events", "canvas", "now playing", "poll", "lower third"] {
        let name = kind.replace(' ', "-");
        pages.push((name.clone(), made(&admin, &name, kind).await));
    }
    let file = world.path("layout.json");
    let hostile = "<img src=x onerror=window.harm=1>";
    let layout = json!([
        { "id": "a", "type": "text", "content": format!("{hostile} {{last_follow}}"), "x": 5, "y": 5, "width": 900, "height": 200 },
        { "id": "b", "type": "alert", "x": 30, "y": 30 },
    ]);
    std::fs::write(&file, layout.to_string()).unwrap();
    admin.ask(&format!("/overlay edit overlay:canvas layout:@{}", file.display())).await.until("Changed").await;
    for (name, value) in [
        ("now-playing", format!("{hostile} | </title><script>window.harm=1</script>")),
        ("poll", format!("{hostile} | <svg onload=window.harm=1> | javascript:window.harm=1")),
        ("lower-third", format!("{hostile} | {hostile}")),
    ] {
        admin.ask(&format!("/overlay set overlay:{name} value:\"{value}\"")).await.until("Set").await;
    }
    let pages: Vec<(&str, &str)> = pages.iter().map(|(name, url)| (name.as_str(), url.as_str())).collect();
    let mut browser = Browser::opens(&world, "hostile", &pages);
    browser.says("open").await;
    let lines: Vec<&str> = CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).collect();
    assert!(lines.len() > 60, "{}", lines.len());
    let events = lines.iter().flat_map(|line| {
        let said = |what| Event::new(what, *line).saying(*line).on(*line).in_currency(*line);
        [said(Happened::Chat), said(Happened::Follow), said(Happened::Donation)]
    });
    happens(&world, events).await;
    browser.tell("said").await;
    browser.ends().await;
    world.end().await;
}

/// Pages that asked again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_told_and_never_asks() {
    let world = World::start().await;
    let admin = world.admin().await;
    let address = made(&admin, "alerts", "alerts").await;
    let mut browser = Browser::opens(&world, "told", &[("alerts", &address)]);
    browser.says("open").await;
    happens(&world, [follow("Ada")]).await;
    browser.tell("said").await;
    browser.ends().await;
    world.end().await;
}

/// `SCREENSHOTS=dir` keeps a picture of each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_of_overlay_shows_what_it_is_for() {
    let world = World::start().await;
    let admin = world.admin().await;
    let mut pages = Vec::new();
    for kind in OverlayKind::ALL.map(overlays::kind_name) {
        let name = kind.replace(' ', "-");
        pages.push((name.clone(), made(&admin, &name, kind).await));
    }
    let form = async |overlay: &str, section: &str, fields: &[(&str, &str)]| {
        let edit = admin.ask(&format!("/overlay edit overlay:{overlay}")).await;
        let form = edit.choose(&admin, "Change in a form…", &[section]).await.form();
        form.submit(fields).await;
        edit.until("Changed").await;
    };
    form("goal", "What it says", &[("What it is", "Road to 100 subs"), ("What is counted, such as € or subs", "subs")])
        .await;
    form("counter", "What it says", &[("What is counted", "Deaths")]).await;
    form("timer", "What it says", &[("Above it", "Back in")]).await;
    form("poll", "Colours and size", &[("Accent", "#eb459e")]).await;
    form("lower-third", "Colours and size", &[("Accent", "#f0b232")]).await;
    let file = world.path("layout.json");
    let layout = json!([
        { "id": "bar", "type": "box", "x": 0, "y": 88, "width": 1920, "height": 130,
          "style": { "backgroundColor": "#111318", "opacity": 0.82 } },
        { "id": "edge", "type": "box", "x": 0, "y": 88, "width": 1920, "height": 6, "style": { "backgroundColor": "#3ba55d" } },
        { "id": "goal", "type": "text", "x": 3, "y": 90.5, "width": 800, "height": 80, "content": "{goal:goal} subs · {counter:counter} deaths",
          "style": { "fontSize": 46 } },
        { "id": "last", "type": "text", "x": 58, "y": 90.5, "width": 760, "height": 80, "content": "Latest: {last_follow}",
          "style": { "fontSize": 46, "fontColor": "#9be7b0" } },
        { "id": "clock", "type": "text", "x": 88.5, "y": 4, "width": 190, "height": 70, "content": "{time}",
          "style": { "fontSize": 44, "backgroundColor": "#111318", "borderRadius": 16 } },
        { "id": "alerts", "type": "alert", "x": 25, "y": 22, "width": 960, "height": 360 },
    ]);
    std::fs::write(&file, layout.to_string()).unwrap();
    admin.ask(&format!("/overlay edit overlay:canvas layout:@{}", file.display())).await.until("Changed").await;
    for line in [
        "/overlay set overlay:goal value:63",
        "/overlay set overlay:counter value:17",
        "/overlay start overlay:timer from:5m",
        "/overlay start overlay:starting-soon from:10m",
        "/overlay set overlay:now-playing value:\"Clair de lune | Claude Debussy\"",
        "/overlay set overlay:poll value:\"Which game is next? | Celeste | Hades | Outer Wilds\"",
        "/overlay add overlay:poll answer:1 amount:12",
        "/overlay add overlay:poll answer:2 amount:31",
        "/overlay add overlay:poll answer:3 amount:22",
        "/overlay set overlay:lower-third value:\"Ada Lovelace | speedruns the Analytical Engine\"",
    ] {
        let done = admin.ask(line).await.text();
        assert!(done.starts_with('✓'), "{line}: {done}");
    }
    let shown: Vec<(&str, &str)> = pages.iter().map(|(name, url)| (name.as_str(), url.as_str())).collect();
    let mut browser = Browser::opens(&world, "kinds", &shown);
    browser.says("open").await;
    let chat = |name: &str, text: &str, colour| Event::new(Happened::Chat, name).saying(text).coloured(colour);
    happens(
        &world,
        [
            Event::new(Happened::Sub, "Grace").of(3).saying("Three months, and still here every evening"),
            follow("Linus"),
            Event::new(Happened::Raid, "Margaret").of(42),
            Event::new(Happened::Donation, "Alan").of(1_250).in_currency("€").saying("For the new chair"),
            Event::new(Happened::Gift, "Barbara").of(5),
            chat("ada", "Hello everybody, what did I miss?", 0x8f_a8ff),
            chat("grace_h", "only the best run of the year", 0xff_9ecb),
            chat("linus", "gg", 0x7b_e0ad),
            chat("margaret", "That landing was far too close", 0xff_c46b),
        ],
    )
    .await;
    // A number of ours that changes has canvases look anew, also for who followed last.
    admin.ask("/overlay add overlay:goal").await.until("Added").await;
    browser.tell("said").await;
    browser.ends().await;
    world.end().await;
}
