//! Roles, and people, that come and go between the request and the press.

use reqwest::Method;

use super::scene::{Scene, approved, ended, forged, is_open, refused};
use crate::{
    people::{Person, Shown},
    world::SOON,
};

pub(super) async fn approver_loses_role(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    scene.admin.take(&approver, "Operators").await;
    refused(&card, &approver, "Approve", "You may not").await;
    is_open(&card);
}

pub(super) async fn asker_loses_role(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    scene.admin.take(&asker, "Operators").await;
    card.press(&approver, "Approve").await;
    ended(&card, "may not any more").await;
    // That it comes back later changes nothing: it is asked again.
    let press = forged(&approver, &before(&card), "Approve");
    scene.admin.give(&asker, "Operators").await;
    scene.forge(&approver, &press, "may not any more").await;
}

/// The card as it was when it was still a question.
fn before(card: &Shown) -> sandbox::client::Message {
    card.versions_seen().into_iter().find(|version| !version.buttons().is_empty()).expect("it was one")
}

pub(super) async fn role_deleted(scene: &mut Scene) {
    let guild = scene.world.sandbox.guild_id();
    let roles = format!("/guilds/{guild}/roles");
    let role = serde_json::json!({ "name": "Nightshift" });
    scene.admin.client.rest(Method::POST, &roles, Some(&role)).await.unwrap();
    let role = scene.world.sandbox.role_id("Nightshift").unwrap();
    // It is chosen once it is on the screen.
    let is_there =
        |state: &sandbox::client::State| state.roles().iter().find(|one| one["id"] == role.as_str()).map(drop);
    scene.admin.client.wait_for("the new role", SOON, is_there).await.unwrap();
    scene.admin.ask(&format!("/grant role role:<@&{role}> allow:server.run on:box")).await.until("Granted").await;
    let (asker, approver) = (scene.guest().await, scene.operator().await);
    scene.admin.give(&asker, "Nightshift").await;
    let card = scene.question(&asker).await;
    scene.admin.client.rest(Method::DELETE, &format!("{roles}/{role}"), None).await.unwrap();
    card.press(&approver, "Approve").await;
    ended(&card, "may not any more").await;
}

pub(super) async fn asker_leaves(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await.seen_by(&approver).await;
    scene.admin.kick(&asker).await;
    card.press(&approver, "Approve").await;
    ended(&card, "is no longer in this guild").await;
}

pub(super) async fn approver_gets_role(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.guest().await);
    let card = scene.question(&asker).await;
    refused(&card, &approver, "Approve", "You may not").await;
    scene.admin.give(&approver, "Operators").await;
    approved(&card, &approver).await;
}

async fn confirmation(scene: &Scene, chief: &Person) -> Shown {
    let line = format!("/server run server:box command:rm -f /nowhere-at-all && {}", scene.command());
    let card = chief.ask(&line).await;
    card.until("Really?").await;
    card
}

pub(super) async fn chief_no_longer(scene: &mut Scene) {
    let chief = scene.chief().await;
    let card = confirmation(scene, &chief).await;
    scene.admin.take(&chief, "Chiefs").await;
    refused(&card, &chief, "Confirm", "You may not").await;
    assert_eq!(card.buttons(), ["Confirm", "Leave it"]);
}

pub(super) async fn chief_now_an_operator(scene: &mut Scene) {
    let chief = scene.chief().await;
    let card = confirmation(scene, &chief).await;
    scene.admin.give(&chief, "Operators").await;
    scene.admin.take(&chief, "Chiefs").await;
    card.press(&chief, "Confirm").await;
    ended(&card, "It takes more than it did").await;
}
