//! Transcripts are read by whoever may, and nothing in them runs.

use reqwest::StatusCode;
use sandbox::Options;

use super::{
    PICTURE,
    browser::{Browser, address, with_login},
    sends, until_written,
};
use crate::{
    tickets::{
        desk::{Desk, Opened},
        hostile,
    },
    world::World,
};

on_both_worlds! {
    a_transcript_is_read_by_staff_and_whose_it_is_and_by_nobody_else
}

async fn a_transcript_is_read_by_staff_and_whose_it_is_and_by_nobody_else(mut world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let Opened { thread, .. } = desk.opens(&desk.member, "Billing").await;
    sends(&world, "member", &thread, "only for staff", &[("photo.png", "image/png", PICTURE)]).await;
    until_written(&world, 1, "it is heard", |all| {
        all.iter().any(|one| one.files.iter().any(|file| file.kept.is_some()))
    })
    .await;
    // Where nobody can log in, staff are given the file.
    let shown = desk.helper.ask("/ticket transcript ticket:1").await;
    let text = shown.text();
    assert!(text.contains("All of it is in the file") && text.contains("DISCORD_CLIENT_SECRET"), "{text}");
    assert!(String::from_utf8(shown.file().await).unwrap().contains("only for staff"));
    let refused = desk.member.ask("/ticket transcript ticket:1").await;
    assert!(refused.text().contains("You may not"), "{}", refused.text());
    with_login(&mut world).await;
    let (shown, path) = address(&desk.helper, 1).await;

    let mut browser = Browser::new(&world);
    assert_eq!(browser.get("/transcript/00000000000000000000000000000000").await.status(), StatusCode::NOT_FOUND);
    let back = browser.logs_in(&desk.helper, &path).await;
    let page = browser.get(&path).await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; img-src 'self'") && !policy.contains("script"), "{policy}");
    assert_eq!((page.status(), page.headers()["cache-control"].to_str().unwrap()), (StatusCode::OK, "no-store"));
    let page = page.text().await.unwrap();
    assert!(page.contains("only for staff") && !page.contains("<script"), "{page}");
    let picture = page.split("<img src=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let file = browser.get(&picture).await;
    assert_eq!(
        (file.headers()["content-type"].to_str().unwrap(), file.headers()["x-content-type-options"].to_str().unwrap()),
        ("image/png", "nosniff")
    );
    assert_eq!(file.bytes().await.unwrap(), PICTURE);
    // What was begun is ended once, and by the browser that began it.
    assert_eq!(browser.get(&back).await.status(), StatusCode::BAD_REQUEST);
    let begin = format!("/oauth/discord/begin?to={}", path.rsplit('/').next().unwrap());
    let stolen = Browser::new(&world).asks_discord(&desk.helper, &begin).await;
    assert_eq!(Browser::new(&world).get(&stolen).await.status(), StatusCode::BAD_REQUEST);

    let outsider = world.newcomer("outsider", &[]).await;
    for (person, sees) in [(&desk.member, true), (&outsider, false), (&desk.admin, true)] {
        let mut browser = Browser::new(&world);
        browser.logs_in(person, &path).await;
        let (page, file) = (browser.get(&path).await, browser.get(&picture).await);
        let expected = if sees { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!((page.status(), file.status()), (expected, expected));
        assert_eq!(page.text().await.unwrap().contains("only for staff"), sees);
    }
    let mut browser = Browser::new(&world);
    browser.logs_in(&desk.helper, &path).await;
    // What they may is asked for at each page.
    desk.admin.take(&desk.helper, "Helpers").await;
    assert_eq!(browser.get(&path).await.status(), StatusCode::FORBIDDEN);
    desk.admin.give(&desk.helper, "Helpers").await;
    assert_eq!(browser.get(&path).await.status(), StatusCode::OK);
    shown.press(&desk.helper, "Revoke").await;
    shown.until("1 address ended").await;
    assert_eq!(browser.get(&path).await.status(), StatusCode::NOT_FOUND);
    let read = world
        .audited()
        .await
        .into_iter()
        .filter(|row| row.contains("ticket.transcript-read") && row.ends_with(": done"));
    assert!(read.count() >= 4);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_members_write_or_send_runs_in_a_transcript() {
    let mut world = World::start_with(Options { without_rate_limits: true, ..Options::default() }).await;
    hostile::story(&mut world).await;
    world.end().await;
}
