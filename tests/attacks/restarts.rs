//! A bot that is killed at any moment forgets nothing and doubles nothing.

use super::{
    denials::{denied, deny},
    scene::{Scene, approved, forged, is_open},
};

async fn restart(scene: &mut Scene) {
    // Killed before that, it says that nothing was asked: a story of its own.
    scene.world.noted_every_question().await;
    scene.world.kill_bot();
    scene.world.start_bot().await;
}

pub(super) async fn killed_before_the_press(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    let press = forged(&approver, &card.message(), "Approve");
    restart(scene).await;
    is_open(&card);
    approved(&card, &approver).await;
    scene.forge(&approver, &press, "it was answered with yes before").await;
}

pub(super) async fn killed_after_a_no(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    let press = forged(&approver, &card.message(), "Approve");
    deny(&card, &approver).await.submit(&[]).await;
    denied(&card).await;
    restart(scene).await;
    scene.forge(&approver, &press, "it was answered with no").await;
    denied(&card).await;
}

pub(super) async fn killed_after_the_run(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    let press = forged(&approver, &card.message(), "Approve");
    approved(&card, &approver).await;
    restart(scene).await;
    scene.forge(&approver, &press, "it was answered with yes before").await;
    // Killed before it had noted that the card says how it ended, it says so again, in words for that.
    assert!(card.text().contains("exit 0 after"), "{}", card.text());
    assert!(!card.buttons().contains(&"Approve".to_owned()));
}

pub(super) async fn killed_between_two_votes(scene: &mut Scene) {
    let (asker, one, other) = (scene.operator().await, scene.operator().await, scene.operator().await);
    scene.need("four-eyes").await;
    let card = scene.question(&asker).await;
    card.press(&one, "Approve").await;
    card.until("1 of 2 said yes").await;
    restart(scene).await;
    approved(&card, &other).await;
    scene.need("default").await;
}
