//! Canvases in a real browser: every shape, every value; and their files, which come back as they were.

use base::{Clock, Redactor};
use overlays::{Event, Happened, Overlays, Said};
use serde_json::{Value, json};

use super::{
    browser::Browser,
    stage::{Page, happens, made},
};
use crate::{people::Person, world::World};

on_both_worlds! {
    a_canvas_comes_back_as_a_file_that_makes_the_same_one
}

/// Has a canvas be what a file says.
async fn lays(world: &World, admin: &Person, overlay: &str, layout: &Value) {
    let file = world.path("layout.json");
    std::fs::write(&file, layout.to_string()).unwrap();
    admin.ask(&format!("/overlay edit overlay:{overlay} layout:@{}", file.display())).await.until("Changed").await;
}

async fn a_canvas_comes_back_as_a_file_that_makes_the_same_one(world: World) {
    let admin = world.admin().await;
    let (one, two) = (made(&admin, "one", "canvas").await, made(&admin, "two", "canvas").await);
    made(&admin, "subs", "goal").await;
    let layout = json!({ "aspect": "9:16", "elements": [
        { "id": "a", "type": "text", "x": 5.25, "y": 5, "content": "{goal:subs} \"of\" 100 🦀", "visible": false },
        { "id": "b", "type": "image", "x": 30, "y": 30, "content": "image", "style": { "opacity": 0.1 } },
        { "id": "c", "type": "alert", "x": 30, "y": 60, "width": 700 },
    ] });
    lays(&world, &admin, "one", &layout).await;
    let told = admin.ask("/overlay layout overlay:one").await;
    assert!(told.is_private());
    assert_shown!(told.masked(), @r"
    **Layout** of overlay `one`
    9:16 · 3 elements
    `/overlay edit layout:` takes it back, here or on another canvas.
    one.json
    -# ref REFERENCE · by <@…> · <t:…:R>
    one.json
    ");
    let file = told.file().await;
    let kept: Value = serde_json::from_slice(&file).unwrap();
    assert_eq!((&kept["aspect"], &kept["elements"][0]["style"]["fontSize"]), (&json!("9:16"), &json!(32)));
    lays(&world, &admin, "two", &kept).await;
    let settings = Page::open(&one).await.hello["settings"].clone();
    let mut page = Page::open(&two).await;
    assert_eq!(page.hello["settings"], settings);
    assert_eq!((&settings["aspect"], settings["elements"].as_array().unwrap().len()), (&json!("9:16"), 3));
    assert_eq!(admin.ask("/overlay layout overlay:two").await.file().await, file);
    // A file that says no shape leaves it as it is; one that says another is undone with all of it.
    lays(&world, &admin, "two", &json!([{ "type": "box" }])).await;
    assert_eq!(page.hears("now").await["settings"]["aspect"], "9:16");
    lays(&world, &admin, "two", &json!({ "aspect": "1:1", "elements": [] })).await;
    assert_eq!(page.hears("now").await["settings"]["aspect"], "1:1");
    admin.ask("/overlay undo overlay:two").await.until("Undone").await;
    assert_eq!(page.hears("now").await["settings"]["aspect"], "9:16");
    let wrong = world.path("wrong.json");
    std::fs::write(&wrong, r#"{"aspect":"2:1","elements":[]}"#).unwrap();
    let refused = admin.ask(&format!("/overlay edit overlay:two layout:@{}", wrong.display())).await;
    refused.until("`aspect` is one of 16:9, 4:3, 1:1, 9:16").await;
    let other = admin.ask("/overlay layout overlay:subs").await;
    other.until("Only a canvas has a layout").await;
    world.end().await;
}

/// A file's own shape, which nobody looked at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canvas_has_the_shape_its_file_says_in_a_window_of_any_shape() {
    let world = World::start().await;
    let admin = world.admin().await;
    let address = made(&admin, "canvas", "canvas").await;
    let mut browser = Browser::opens(&world, "shapes", &[("canvas", &address)]);
    browser.says("open").await;
    for (aspect, size) in [("4:3", "1440:1080"), ("1:1", "1080:1080"), ("9:16", "1080:1920"), ("16:9", "1920:1080")] {
        let layout = json!({ "aspect": aspect, "elements": [
            { "type": "text", "content": size },
            { "type": "box", "x": 25, "y": 50, "width": 540, "height": 270, "style": { "backgroundColor": "#3ba55d" } },
        ] });
        lays(&world, &admin, "canvas", &layout).await;
        browser.tell(size).await;
        browser.says("it is").await;
    }
    browser.tell("over").await;
    browser.ends().await;
    world.end().await;
}

/// Placeholders without data.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_of_a_canvas_show_what_plays_runs_is_asked_and_was_said_last() {
    let world = World::start().await;
    let admin = world.admin().await;
    let address = made(&admin, "canvas", "canvas").await;
    for (name, kind) in
        [("break", "timer"), ("track", "now playing"), ("vote", "poll"), ("subs", "goal"), ("deaths", "counter")]
    {
        made(&admin, name, kind).await;
    }
    let texts = ["{timer:break}", "{now_playing}", "{poll}", "{last_chat}", "{goal:subs} · {counter}"];
    let texts = texts.iter().enumerate().map(|(at, text)| json!({ "type": "text", "y": at * 10, "content": text }));
    lays(&world, &admin, "canvas", &json!(texts.collect::<Vec<_>>())).await;
    let mut browser = Browser::opens(&world, "values", &[("canvas", &address)]);
    browser.says("open").await;
    let mut reads = async |texts: [&str; 5]| {
        browser.tell(&json!(texts).to_string()).await;
        browser.says("it reads so").await;
    };
    reads(["5:00", "–", "What is next? This 0 · That 0", "–", "0 · 0"]).await;
    for line in [
        "/overlay set overlay:track value:\"Clair de lune | Debussy\"",
        "/overlay set overlay:vote value:\"Which game? | Celeste | Hades\"",
        "/overlay add overlay:vote answer:2 amount:31",
        "/overlay set overlay:subs value:63",
        "/overlay add overlay:deaths",
        "/overlay set overlay:break value:10m",
    ] {
        assert!(admin.ask(line).await.text().starts_with('✓'), "{line}");
    }
    let chat = |message: &str, text: &str| {
        let said = Said { message: message.to_owned(), author: "author".to_owned(), place: "place".to_owned() };
        Event::new(Happened::Chat, "Ada").saying(text).known_by(message).taken_back_by(said)
    };
    happens(&world, [chat("m-1", "hello {timer}"), chat("m-2", "<b>again")]).await;
    let (track, vote) = ("Clair de lune – Debussy", "Which game? Celeste 0 · Hades 31");
    reads(["10:00", track, vote, "Ada: <b>again", "63 · 1"]).await;
    // What was taken back is not the last any more; what is hidden is not shown here, either.
    let store = world.store().await;
    let other = Overlays::new(store.clone(), Clock::system(), Redactor::default());
    other.take_back(world.guild(), "m-2", "gone").await.unwrap();
    store.close().await;
    admin.ask("/overlay stop overlay:vote").await.until("Stopped").await;
    reads(["10:00", track, "–", "Ada: hello {timer}", "63 · 1"]).await;
    admin.ask("/overlay stop overlay:track").await.until("Stopped").await;
    reads(["10:00", "–", "–", "Ada: hello {timer}", "63 · 1"]).await;
    browser.tell("over").await;
    browser.says("start").await;
    admin.ask("/overlay start overlay:break from:5m").await.until("Started").await;
    browser.tell("started").await;
    browser.ends().await;
    world.end().await;
}
