//! What was said is forgotten: at somebody's wish, and once it is older than a guild wants.

use std::time::Duration;

use base::{Clock, Millis};

use super::{PICTURE, closes, posted, sends, until_made, until_posted, until_written, with_log, written};
use crate::{
    tickets::desk::{Desk, Opened},
    world::{SOON, World},
};

on_both_worlds! {
    what_somebody_said_is_forgotten_at_their_wish
    words_are_kept_no_longer_than_a_guild_wants
}

async fn what_somebody_said_is_forgotten_at_their_wish(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let log = with_log(&world, &desk).await;
    let form = desk.admin.slash("/ticket category questions category:Billing").await.form();
    form.fill(&[("Questions, a line each", "What is wrong?")]).await.until("Set").await;
    let form = desk.panel(&desk.member).await.try_press(&desk.member, "Billing").await.unwrap().form();
    let told = form.fill(&[("What is wrong?", "heliotrope trouble")]).await;
    told.until("is where you are answered").await;
    let Opened { thread, .. } = Opened::read(&desk.member, &told).await;
    desk.comes_in(&desk.helper, &thread).await;
    sends(&world, "member", &thread, "my name is vermilion", &[("photo.png", "image/png", PICTURE)]).await;
    desk.helper.client.say(&thread, "we look into it").await.unwrap();
    until_written(&world, 1, "it is heard", |all| all.iter().any(|one| one.says.content.starts_with("we look"))).await;
    closes(&desk, 1).await;
    until_made(&world, 1, 1).await;
    let before = until_posted(&world, &log, 2).await;
    assert!(before[0].1.contains("vermilion") && before[0].1.contains("heliotrope"));
    let refused = desk.member.ask("/ticket forget member:@member").await;
    assert!(refused.text().contains("You may not"), "{}", refused.text());
    let asked = desk.admin.ask("/ticket forget member:@member").await;
    asked.until("and the answers of 1 ticket are gone for good").await.press(&desk.admin, "Confirm").await;
    asked.until("Forgot").await;
    let text = asked.text();
    for said in
        ["1 message · 1 file · answers of 1 ticket", "One transcript is made anew", "What stands in Discord stays"]
    {
        assert!(text.contains(said), "{text}");
    }
    until_made(&world, 1, 2).await;
    let is_anew = async {
        loop {
            let files = posted(&world, &log).await;
            // One is taken away after the other.
            if files.len() == 2 && files.iter().all(|(_, text)| !text.contains("vermilion")) {
                return files;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let files = tokio::time::timeout(SOON, is_anew).await.expect("what was posted is taken away");
    for (name, text) in &files {
        assert!(text.contains("we look into it"), "{name}");
        for gone in ["vermilion", "heliotrope", "photo.png"] {
            assert!(!text.contains(gone), "{gone} is in {name}:\n{text}");
        }
    }
    for word in ["vermilion", "heliotrope"] {
        let found = desk.helper.ask(&format!("/ticket search words:{word}")).await;
        assert!(found.text().contains("0 tickets"), "{}", found.text());
    }
    let found = desk.helper.ask("/ticket search words:look").await;
    assert!(found.text().contains("1 ticket"), "{}", found.text());
    // What is still in Discord is not written down again.
    desk.helper.ask("/ticket reopen ticket:1").await.until("Reopened").await;
    closes(&desk, 1).await;
    until_made(&world, 1, 3).await;
    assert!(!written(&world, 1).await.iter().any(|one| one.says.content.contains("vermilion")));
    world.end().await;
}

async fn words_are_kept_no_longer_than_a_guild_wants(world: World) {
    let desk = Desk::with_billing(&world, "limit:5").await;
    let log = with_log(&world, &desk).await;
    let Opened { thread, .. } = desk.opens(&desk.member, "Billing").await;
    sends(&world, "member", &thread, "a passing word", &[("photo.png", "image/png", PICTURE)]).await;
    until_written(&world, 1, "it is heard", |all| all.iter().any(|one| one.says.content.contains("passing"))).await;
    closes(&desk, 1).await;
    until_made(&world, 1, 1).await;
    until_posted(&world, &log, 2).await;
    let asked = desk.admin.ask("/ticket settings retention:1h").await;
    asked.until("Really?").await.press(&desk.admin, "Confirm").await;
    asked.until("is forgotten 1 h after it was closed").await;
    assert!(!written(&world, 1).await.is_empty(), "its hour is not over");
    // An hour later, as another process on the same database sees it.
    let later = Millis(Clock::system().now().0 + 3_700_000);
    let store = world.store_at(Clock::manual(later)).await;
    let old = store.tickets_to_forget().await.unwrap();
    assert_eq!(old.len(), 1);
    assert!(store.forget_ticket(&old[0]).await.unwrap());
    assert!(store.tickets_to_forget().await.unwrap().is_empty());
    let row = store.ticket(world.guild(), 1).await.unwrap().unwrap();
    assert_eq!((row.course.title.as_str(), row.answers.len(), row.course.reason.as_deref()), ("forgotten", 0, None));
    assert!(store.ticket_messages(&row, 0, 10).await.unwrap().is_empty());
    store.close().await;
    let stats = desk.helper.ask("/ticket stats").await;
    assert!(stats.text().contains("1 closed"), "{}", stats.text());
    let shown = desk.helper.ask("/ticket transcript ticket:1").await;
    assert!(shown.text().contains("was forgotten"), "{}", shown.text());
    world.end().await;
}
