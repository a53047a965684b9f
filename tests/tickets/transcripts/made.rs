//! Transcripts are made of all that was said, also of what was missed, and posted once.

use std::time::Duration;

use reqwest::Method;
use sandbox::Options;
use serde_json::{Value, json};

use super::{PICTURE, closes, sends, until_made, until_posted, until_written, with_log, written};
use crate::{
    tickets::desk::{Desk, Opened},
    world::World,
};

on_both_worlds! {
    a_transcript_holds_what_was_said_edited_deleted_and_sent
    killed_at_any_moment_a_transcript_is_posted_once
    what_was_missed_is_read_back_when_the_transcript_is_made
}

async fn a_transcript_holds_what_was_said_edited_deleted_and_sent(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let log = with_log(&world, &desk).await;
    let Opened { thread, .. } = desk.opens(&desk.member, "Billing").await;
    desk.comes_in(&desk.helper, &thread).await;
    let first = desk.member.client.say(&thread, "my invoice says 0").await.unwrap();
    let gone = desk.member.client.say(&thread, "this was a mistake").await.unwrap();
    let files: [(&str, &str, &[u8]); 3] = [
        ("photo.png", "image/png", PICTURE),
        ("evil.png", "image/png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("log.txt", "text/plain", b"line one\nline two"),
    ];
    sends(&world, "member", &thread, "see <b>these</b>", &files).await;
    let path = format!("/channels/{thread}/messages/{}", first.id());
    until_written(&world, 1, "it is heard", |all| all.iter().any(|one| one.says.content == "my invoice says 0")).await;
    let edit = json!({ "content": "my invoice says 0 €, `<script>`" });
    desk.member.client.rest(Method::PATCH, &path, Some(&edit)).await.unwrap();
    let reaction = format!("{path}/reactions/%F0%9F%91%8D/@me");
    desk.helper.client.rest(Method::PUT, &reaction, None).await.unwrap();
    let path = format!("/channels/{thread}/messages/{}", gone.id());
    desk.member.client.rest(Method::DELETE, &path, None).await.unwrap();
    until_written(&world, 1, "all of it is known", |all| {
        let is_gone = all.iter().any(|one| one.deleted.is_some() && one.says.content == "this was a mistake");
        let is_edited = all.iter().any(|one| one.before.len() == 1 && one.reactions == [("👍".to_owned(), 1)]);
        is_gone && is_edited && all.iter().flat_map(|one| &one.files).filter(|file| file.kept.is_some()).count() == 3
    })
    .await;
    closes(&desk, 1).await;
    desk.until_locked(&thread, true).await;
    until_made(&world, 1, 1).await;
    // The thread is gone for good, and the transcript needs nothing of it.
    desk.admin.client.rest(Method::DELETE, &format!("/channels/{thread}"), None).await.unwrap();
    let files = until_posted(&world, &log, 2).await;
    let [(html_name, html), (json_name, told)] = &files[..] else { panic!("{files:?}") };
    assert_eq!((html_name.as_str(), json_name.as_str()), ("ticket-1-1.html", "ticket-1-1.json"));
    for held in [
        "my invoice says 0 €, <code>&#60;script&#62;</code>",
        "said before",
        "this was a mistake",
        "deleted 20",
        "see &#60;b&#62;these&#60;/b&#62;",
        "<img src=\"data:image/png;base64,iVBORw0KGgo",
        "download=\"evil.png\"",
        "it says image/png, and is not",
        "href=\"data:application/octet-stream;base64,bGluZSBvbmUKbGluZSB0d28=\"",
        "👍 1",
        "<strong>Ticket 1</strong>",
    ] {
        assert!(html.contains(held), "{held} is not in:\n{html}");
    }
    assert!(!html.contains("<script") && !html.contains("https://cdn.") && html.contains("default-src &#39;none&#39;"));
    let told: Value = serde_json::from_str(told).unwrap();
    let said =
        |text: &str| told["messages"].as_array().unwrap().iter().find(|one| one["says"]["content"] == text).cloned();
    assert_eq!(said("my invoice says 0 €, `<script>`").unwrap()["before"][0]["says"]["content"], "my invoice says 0");
    assert!(said("this was a mistake").unwrap()["deleted"].is_string());
    let files = said("see <b>these</b>").unwrap()["files"].clone();
    let kinds: Vec<&str> = files.as_array().unwrap().iter().map(|file| file["is"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["image/png", "application/octet-stream", "text/plain; charset=utf-8"]);
    world.end().await;
}

async fn killed_at_any_moment_a_transcript_is_posted_once(mut world: World) {
    let desk = Desk::with_billing(&world, "limit:9").await;
    let log = with_log(&world, &desk).await;
    for round in 0..4_usize {
        let asker = world.newcomer(&format!("asker-{round}"), &[]).await;
        let Opened { number, thread, .. } = desk.opens(&asker, "Billing").await;
        let said = asker.client.say(&thread, &format!("this is round {round}")).await.unwrap();
        until_written(&world, number, "it is heard", |all| all.iter().any(|one| one.message.to_string() == said.id()))
            .await;
        closes(&desk, number).await;
        tokio::time::sleep(Duration::from_millis(400 * round as u64)).await;
        world.kill_bot();
        world.sandbox.excuse_unacknowledged();
        world.start_bot().await;
        until_made(&world, number, 1).await;
        let files = until_posted(&world, &log, 2 * (round + 1)).await;
        assert!(files.iter().any(|(_, text)| text.contains(&format!("this is round {round}"))));
    }
    world.end().await;
}

async fn what_was_missed_is_read_back_when_the_transcript_is_made(mut world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let log = with_log(&world, &desk).await;
    let Opened { thread, .. } = desk.opens(&desk.member, "Billing").await;
    let heard = desk.member.client.say(&thread, "heard, and deleted later").await.unwrap();
    until_written(&world, 1, "it is heard", |all| all.iter().any(|one| one.says.content.starts_with("heard"))).await;
    assert!(world.stop_bot().await);
    for number in 0..130 {
        desk.member.client.say(&thread, &format!("missed {number}")).await.unwrap();
        world.sandbox.advance(Duration::from_secs(6));
    }
    let path = format!("/channels/{thread}/messages/{}", heard.id());
    desk.member.client.rest(Method::DELETE, &path, None).await.unwrap();
    world.start_bot().await;
    closes(&desk, 1).await;
    until_made(&world, 1, 1).await;
    let all = written(&world, 1).await;
    assert_eq!(all.iter().filter(|one| one.says.content.starts_with("missed")).count(), 130);
    assert!(all.iter().any(|one| one.says.content.starts_with("heard") && one.deleted.is_some()));
    let files = until_posted(&world, &log, 2).await;
    assert!(files[0].1.contains("missed 0<") && files[0].1.contains("missed 129<"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_discord_does_not_tell_is_said_to_be_missing() {
    let world = World::start_with(Options { disallowed_intents: 1 << 15, ..Options::default() }).await;
    let desk = Desk::with_billing(&world, "").await;
    let log = with_log(&world, &desk).await;
    let Opened { thread, .. } = desk.opens(&desk.member, "Billing").await;
    desk.member.client.say(&thread, "nobody hears me").await.unwrap();
    closes(&desk, 1).await;
    let files = until_posted(&world, &log, 2).await;
    assert!(files[0].1.contains("Message Content Intent") && files[0].1.contains("did not tell what it says"));
    world.end().await;
}
