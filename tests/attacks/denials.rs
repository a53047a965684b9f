//! Who says no, when, and what a no is worth beside a yes.

use super::scene::{Scene, approved, forged, is_open, ran, refused};
use crate::people::{Form, Person, Shown};

pub(super) async fn deny(card: &Shown, by: &Person) -> Form {
    card.try_press(by, "Deny").await.unwrap().form()
}

pub(super) async fn denied(card: &Shown) {
    card.until("Denied").await;
    assert!(card.text().contains("nothing was run"), "{}", card.text());
    assert_eq!(card.buttons(), [""; 0]);
}

pub(super) async fn yes_after_no(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    let press = forged(&approver, &card.message(), "Approve");
    deny(&card, &approver).await.submit(&[("Reason", "not today")]).await;
    denied(&card).await;
    scene.forge(&approver, &press, "it was answered with no").await;
    assert!(card.text().contains("Reason: `not today`"), "{}", card.text());
}

pub(super) async fn no_after_yes(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    let press = forged(&approver, &card.message(), "Deny");
    approved(&card, &approver).await;
    scene.forge(&approver, &press, "it was answered with yes before").await;
    ran(&card).await;
}

pub(super) async fn by_a_guest(scene: &mut Scene) {
    let (asker, guest) = (scene.operator().await, scene.guest().await);
    let card = scene.question(&asker).await;
    refused(&card, &guest, "Deny", "You may not").await;
    is_open(&card);
}

pub(super) async fn taken_back(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    let press = forged(&approver, &card.message(), "Approve");
    deny(&card, &asker).await.submit(&[]).await;
    card.until("Taken back").await;
    assert_eq!(card.buttons(), [""; 0]);
    scene.forge(&approver, &press, "it was answered with no").await;
}

pub(super) async fn form_overtaken(scene: &mut Scene) {
    let (asker, approver, denier) = (scene.operator().await, scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    let form = deny(&card, &denier).await;
    approved(&card, &approver).await;
    let answer = form.fill(&[("Reason", "too late")]).await;
    assert!(answer.is_private() && answer.text().contains("it was answered with yes before"), "{}", answer.text());
    ran(&card).await;
}

pub(super) async fn form_without_role(scene: &mut Scene) {
    let (asker, denier) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    let form = deny(&card, &denier).await;
    scene.admin.take(&denier, "Operators").await;
    let answer = form.fill(&[("Reason", "I was somebody")]).await;
    assert!(answer.is_private() && answer.text().contains("You may not"), "{}", answer.text());
    is_open(&card);
}

pub(super) async fn two_forms(scene: &mut Scene) {
    let (asker, one, other) = (scene.operator().await, scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    let (first, second) = (deny(&card, &one).await, deny(&card, &other).await);
    first.submit(&[("Reason", "the first")]).await;
    denied(&card).await;
    let answer = second.fill(&[("Reason", "the second")]).await;
    assert!(answer.is_private() && answer.text().contains("it was answered with no"), "{}", answer.text());
    assert!(card.text().contains("the first") && !card.text().contains("the second"), "{}", card.text());
}
