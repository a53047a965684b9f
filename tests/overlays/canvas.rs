//! A canvas: taken from a file, refused field by field, with values that are bound.

use serde_json::json;

use super::stage::{Page, follow, happens, made, opened};
use crate::world::World;

on_both_worlds! {
    a_canvas_is_taken_from_a_file_and_its_values_change_as_they_do
    a_canvas_that_is_open_is_told_of_overlays_that_are_made_and_removed
    pictures_and_sounds_are_what_their_bytes_say
}

/// A PNG of one pixel.
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xff\xff?\0\x05\xfe\x02\xfe\xa75\x81\x84\0\0\0\0IEND\xaeB`\x82";

/// Elements that were placeholders without data.
async fn a_canvas_is_taken_from_a_file_and_its_values_change_as_they_do(world: World) {
    let admin = world.admin().await;
    let canvas = made(&admin, "layout", "canvas").await;
    made(&admin, "subs", "goal").await;
    let file = world.path("layout.json");
    let edit = format!("/overlay edit overlay:layout layout:@{}", file.display());
    let wrong = json!({ "elements": [
        { "id": "a", "type": "text", "x": 120, "content": "{password}" },
        { "id": "b", "type": "image", "content": "https://evil.example/x.png" },
        { "id": "c", "type": "script", "style": { "fontColor": "red;background:url(//evil.example)" } },
    ] });
    std::fs::write(&file, wrong.to_string()).unwrap();
    assert_shown!(admin.ask(&edit).await.masked(), @r"
    ✕ **That will not work**
    That canvas is not taken:
    – `elements[0].content` holds {password}, and what is known is {goal}, {counter}, {timer}, {poll}, {now_playing}, {time}, {last_chat}, {last_follow}, {last_sub}, {last_gift}, {last_cheer}, {last_raid}, {last_donation}
    – `elements[0].x` is a number from 0 to 100
    – `elements[1].content` is `image` for the overlay's own picture, or a PNG, JPEG, GIF or WebP as `data:image/png;base64,…`: nothing is loaded from elsewhere
    – `elements[2].type` is `text`, `image`, `box` or `alert`
    – `elements[2].style.fontColor` is a colour such as `#5865f2`
    Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    std::fs::write(&file, "{ no").unwrap();
    let refused = admin.ask(&edit).await;
    assert!(refused.text().contains("cannot be read as JSON: line 1"), "{}", refused.text());

    let good = json!({ "elements": [
        { "id": "a", "type": "text", "x": 5, "y": 5, "content": "{goal} of 100 · {last_follow}" },
        { "id": "b", "type": "alert", "x": 30, "y": 30, "width": 700, "height": 300 },
    ] });
    std::fs::write(&file, good.to_string()).unwrap();
    let taken = admin.ask(&edit).await;
    assert!(taken.text().contains("2 elements") && taken.file().await.starts_with(b"\x89PNG"), "{}", taken.text());
    let mut page = Page::open(&canvas).await;
    assert_eq!(page.hello["bound"]["goal"], 0);
    admin.ask("/overlay add overlay:subs amount:3").await.until("Added").await;
    assert_eq!(page.hears("now").await["bound"]["goal"], 3);
    admin.ask("/overlay test overlay:layout what:raid").await.until("Shown").await;
    assert_eq!(page.shows().await["what"], "raid");
    happens(&world, [follow("Grace")]).await;
    assert_eq!(page.shows().await["name"], "Grace");
    assert_eq!(Page::open(&canvas).await.hello["bound"]["last_follow"], "Grace");
    let other = admin.ask(&edit.replace("overlay:layout", "overlay:subs")).await;
    assert!(other.text().contains("Only a canvas"), "{}", other.text());
    world.end().await;
}

/// A timer that was removed, and counted on.
async fn a_canvas_that_is_open_is_told_of_overlays_that_are_made_and_removed(world: World) {
    let admin = world.admin().await;
    let mut page = Page::open(&made(&admin, "layout", "canvas").await).await;
    assert!(page.hello["bound"]["timer"].is_null());
    made(&admin, "break", "timer").await;
    let now = page.hears("now").await;
    assert!(now["bound"]["timer"].is_object() && now["bound"]["timer:break"].is_object(), "{now}");
    let asked = admin.ask("/overlay remove overlay:break").await;
    asked.press(&admin, "Confirm").await;
    asked.until("Removed").await;
    let now = page.hears("now").await;
    assert!(now["bound"]["timer"].is_null() && now["bound"]["timer:break"].is_null(), "{now}");
    world.end().await;
}

async fn pictures_and_sounds_are_what_their_bytes_say(world: World) {
    let admin = world.admin().await;
    let (alerts, other) = (made(&admin, "alerts", "alerts").await, made(&admin, "other", "alerts").await);
    let mut page = Page::open(&alerts).await;
    let file = |name: &str, bytes: &[u8]| {
        let path = world.path(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let svg = file("a.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.harm=1'/>");
    for line in [
        format!("/overlay edit overlay:alerts picture:@{svg}"),
        format!("/overlay edit overlay:alerts sound:@{svg}"),
        format!("/overlay edit overlay:alerts sound:@{}", file("b.mp3", PIXEL)),
        format!("/overlay edit overlay:alerts picture:@{}", file("c.png", &[PIXEL, &vec![0; 1 << 20]].concat())),
    ] {
        let refused = admin.ask(&line).await.text();
        assert!(refused.contains("Nothing was changed"), "{line}: {refused}");
    }
    let sound = file("d.mp3", b"ID3\x04\0\0\0\0\0\0 a sound");
    let both = format!("/overlay edit overlay:alerts picture:@{} sound:@{sound}", file("e.png", PIXEL));
    admin.ask(&both).await.until("Changed").await;
    let settings = page.hears("now").await["settings"].clone();
    let hash = settings["image"].as_str().unwrap().to_owned();
    let served = reqwest::get(format!("{alerts}/file/{hash}")).await.unwrap();
    assert_eq!((served.status().as_u16(), &served.headers()["content-type"]), (200, &"image/png".parse().unwrap()));
    assert!(served.headers()["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert_eq!(served.bytes().await.unwrap(), PIXEL);
    let sound = settings["sound"].as_str().unwrap();
    let served = reqwest::get(format!("{alerts}/file/{sound}")).await.unwrap();
    assert_eq!(served.headers()["content-type"], "audio/mpeg");
    // Another overlay's key opens it not.
    assert_eq!(opened(&format!("{other}/file/{hash}")).await.0, 404);
    admin.ask("/overlay edit overlay:alerts without:picture").await.until("Changed").await;
    assert!(page.hears("now").await["settings"]["image"].is_null());
    // What was before can still be had back; what was before that is gone.
    assert_eq!(opened(&format!("{alerts}/file/{hash}")).await.0, 200);
    admin.ask("/overlay edit overlay:alerts without:sound").await.until("Changed").await;
    assert_eq!(opened(&format!("{alerts}/file/{hash}")).await.0, 404);
    world.end().await;
}
