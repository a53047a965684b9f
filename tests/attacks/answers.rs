//! Who answers, and how often.

use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::{
    runs,
    scene::{OPEN, RAN, Scene, approved, is_open, ran, refused},
};
use crate::people::Person;

pub(super) async fn anothers_yes(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    assert_eq!(runs(&scene.file), 0);
    approved(&card, &approver).await;
    let small = format!("by <@{}> · approved by <@{}>", asker.id(), approver.id());
    assert!(card.text().contains(&small), "{}", card.text());
}

pub(super) async fn ones_own(scene: &mut Scene) {
    let asker = scene.operator().await;
    let card = scene.question(&asker).await;
    refused(&card, &asker, "Approve", "Somebody else decides this").await;
    is_open(&card);
}

pub(super) async fn ones_own_again_and_again(scene: &mut Scene) {
    let asker = scene.operator().await;
    let card = scene.question(&asker).await;
    join_all((0..10).map(|_| refused(&card, &asker, "Approve", "Somebody else decides this"))).await;
    is_open(&card);
}

pub(super) async fn by_a_guest(scene: &mut Scene) {
    let (asker, guest) = (scene.operator().await, scene.guest().await);
    let card = scene.question(&asker).await;
    refused(&card, &guest, "Approve", "It takes `server.run` on `box`").await;
    is_open(&card);
}

pub(super) async fn holding_it_elsewhere(scene: &mut Scene) {
    let (asker, other) = (scene.operator().await, scene.holder("server.run", "db-*").await);
    let card = scene.question(&asker).await;
    refused(&card, &other, "Approve", "Your grants cover `db-*`").await;
    is_open(&card);
}

pub(super) async fn holding_something_else(scene: &mut Scene) {
    let (asker, other) = (scene.operator().await, scene.holder("server.show", "box").await);
    let card = scene.question(&asker).await;
    refused(&card, &other, "Approve", "It takes `server.run` on `box`").await;
    is_open(&card);
}

pub(super) async fn twice_by_one(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    scene.press_at_once(&card, "Approve", &[&approver; 5]);
    ran(&card).await;
}

pub(super) async fn two_at_once(scene: &mut Scene) {
    let (asker, one, other) = (scene.operator().await, scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    scene.press_at_once(&card, "Approve", &[&one, &other]);
    ran(&card).await;
}

pub(super) async fn in_words(scene: &mut Scene) {
    says(scene, "yes", false).await;
}

pub(super) async fn as_a_reply(scene: &mut Scene) {
    says(scene, "approve", true).await;
}

pub(super) async fn forbidding_words(scene: &mut Scene) {
    says(scene, "do NOT run that", true).await;
}

async fn says(scene: &mut Scene, words: &str, as_a_reply: bool) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    let message = card.message();
    let mut said = json!({ "content": words });
    if as_a_reply {
        said["message_reference"] = json!({ "message_id": message.id() });
    }
    let path = format!("/channels/{}/messages", message.channel_id());
    for person in [&asker, &approver, &scene.admin] {
        person.client.rest(Method::POST, &path, Some(&said)).await.unwrap();
    }
    still_denies(&card, &approver).await;
}

pub(super) async fn as_a_reaction(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    let message = card.message();
    let path = format!("/channels/{}/messages/{}/reactions/✅/@me", message.channel_id(), message.id());
    for person in [&asker, &approver, &scene.admin] {
        person.client.rest(Method::PUT, &path, None).await.unwrap();
    }
    still_denies(&card, &approver).await;
}

/// What was no answer left the question open: it can still be denied, and whatever was said before has been heard by then.
async fn still_denies(card: &crate::people::Shown, by: &Person) {
    is_open(card);
    let form = card.try_press(by, "Deny").await.unwrap().form();
    form.submit(&[]).await;
    card.until("Denied").await;
    assert_eq!(card.buttons(), [""; 0]);
}

pub(super) async fn details_for_a_guest(scene: &mut Scene) {
    let (asker, guest) = (scene.operator().await, scene.guest().await);
    let card = scene.question(&asker).await;
    let refusal = card.try_press(&guest, "Details").await.unwrap().answer().await;
    assert!(refusal.is_private() && refusal.text().contains("You may not"), "{}", refusal.text());
    assert!(!refusal.text().contains("echo"), "{}", refusal.text());
    let details = card.try_press(&asker, "Details").await.unwrap().answer().await;
    assert!(details.is_private() && details.text().contains(&scene.command()), "{}", details.text());
    is_open(&card);
}

pub(super) async fn anothers_confirmation(scene: &mut Scene) {
    let chief = scene.chief().await;
    let line = format!("/server run server:box command:rm -f /nowhere-at-all && {}", scene.command());
    let card = chief.ask(&line).await;
    card.until("Really?").await;
    for label in ["Confirm", "Leave it"] {
        refused(&card, &scene.admin, label, "This is not yours to answer").await;
    }
    assert_eq!(card.buttons(), ["Confirm", "Leave it"]);
}

pub(super) async fn too_many_questions(scene: &mut Scene) {
    let asker = scene.operator().await;
    for _ in 0..25 {
        scene.question(&asker).await;
    }
    let refusal = asker.ask(&format!("/server run server:box command:{}", scene.command())).await;
    assert!(refusal.is_private() && refusal.text().contains("25 questions open already"), "{}", refusal.text());
    // It is one person's limit: somebody else is still heard.
    let other = scene.operator().await;
    scene.question(&other).await;
}

pub(super) async fn run_again(scene: &mut Scene) {
    let (asker, approver, guest) = (scene.operator().await, scene.operator().await, scene.guest().await);
    let card = scene.question(&asker).await;
    approved(&card, &approver).await;
    refused(&card, &guest, "Run again", "You may not").await;
    let again = card.try_press(&asker, "Run again").await.unwrap().answer().await;
    again.until("Approve?").await;
    assert_eq!(again.buttons(), OPEN);
    refused(&again, &asker, "Approve", "Somebody else decides this").await;
    // A yes to the first is none to the second.
    assert_eq!(card.buttons(), RAN);
}

pub(super) async fn cancel(scene: &mut Scene) {
    let (asker, approver, guest) = (scene.operator().await, scene.operator().await, scene.guest().await);
    let line = format!("{}; sleep 600.5", scene.command());
    let card = scene.asks("box", &line, &asker).await;
    card.press(&approver, "Approve").await;
    card.until("running").await;
    scene.world.until("it runs", |_| runs(&scene.file) == 1).await;
    refused(&card, &guest, "Cancel", "You may not").await;
    refused(&card, &approver, "Cancel", "It takes `job.cancel`").await;
    card.press(&asker, "Cancel").await;
    card.until("cancelled after").await;
    assert_eq!(card.buttons(), RAN);
    assert!(scene.sshd.processes("sleep 600.5").is_empty());
}

pub(super) async fn run_again_without_role(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    approved(&card, &approver).await;
    for person in [&asker, &approver] {
        scene.admin.take(person, "Operators").await;
        refused(&card, person, "Run again", "You may not").await;
    }
}

pub(super) async fn identical(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let (one, other) = (scene.question(&asker).await, scene.question(&asker).await);
    approved(&one, &approver).await;
    is_open(&other);
    refused(&other, &asker, "Approve", "Somebody else decides this").await;
}

pub(super) async fn two_who_asked_the_same(scene: &mut Scene) {
    let (asker, other) = (scene.operator().await, scene.operator().await);
    let (own, others) = (scene.question(&asker).await, scene.question(&other).await);
    for (card, asked) in [(&own, &asker), (&others, &other)] {
        refused(card, asked, "Approve", "Somebody else decides this").await;
    }
    approved(&own, &other).await;
    approved(&others, &asker).await;
}
