//! Servers that are not any more what they were when somebody asked.

use super::scene::{Scene, ended};
use crate::people::Shown;

async fn remove(scene: &Scene, server: &str) {
    let removal = scene.admin.ask(&format!("/server remove server:{server}")).await;
    removal.until("Really?").await;
    removal.press(&scene.admin, "Confirm").await;
    removal.until("Removed").await;
}

async fn is_not_what_it_was(card: &Shown) {
    ended(card, "is not what it was when this was asked").await;
}

pub(super) async fn removed(scene: &mut Scene) {
    let _sshd = scene.world.with_server("box-removed").await;
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question_on("box-removed", &asker).await;
    remove(scene, "box-removed").await;
    card.press(&approver, "Approve").await;
    is_not_what_it_was(&card).await;
}

pub(super) async fn replaced(scene: &mut Scene) {
    let _first = scene.world.with_server("box-replaced").await;
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question_on("box-replaced", &asker).await;
    remove(scene, "box-replaced").await;
    let _second = scene.world.with_server("box-replaced").await;
    card.press(&approver, "Approve").await;
    is_not_what_it_was(&card).await;
}

pub(super) async fn host_key_changed(scene: &mut Scene) {
    let mut sshd = scene.world.with_server("box-rekeyed").await;
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question_on("box-rekeyed", &asker).await;
    sshd.change_host_key();
    let admin = &scene.admin;
    // The first may still meet the connection that just died.
    admin.ask("/server run server:box-rekeyed command:true").await.until("✕").await;
    admin.ask("/server run server:box-rekeyed command:true").await.until("is blocked").await;
    let offer = admin.ask("/server test server:box-rekeyed").await;
    offer.until("another host key").await;
    offer.press(admin, "Pin the new key").await;
    offer.until("Pinned the new key").await;
    card.press(&approver, "Approve").await;
    is_not_what_it_was(&card).await;
}

pub(super) async fn untagged(scene: &mut Scene) {
    let _sshd = scene.world.with_server("tagged").await;
    scene.admin.ask("/server tag server:tagged tags:ours").await.until("Tagged").await;
    let asker = scene.holder("server.run", "tag:ours").await;
    let approver = scene.holder("server.run", "tagged").await;
    let card = scene.question_on("tagged", &asker).await;
    scene.admin.ask("/server tag server:tagged").await.until("Took every tag off").await;
    card.press(&approver, "Approve").await;
    ended(&card, "may not any more").await;
}
