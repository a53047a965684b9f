//! A policy that changes under a question, or would lock everybody out.

use super::scene::{Scene, ended, is_open, refused};

pub(super) async fn rule_changed(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    // About something else entirely: what the policy said as a whole when somebody asked is what a yes counts under.
    let set = |need: &str| format!("/policy set need:{need} action:server.remove target:elsewhere");
    scene.admin.ask(&set("approve")).await.until("Policy set").await;
    card.press(&approver, "Approve").await;
    ended(&card, "policy was changed").await;
    scene.admin.ask(&set("default")).await.until("Rule taken away").await;
}

pub(super) async fn list_changed(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    scene.admin.ask("/policy commands add rule:frobnicate --all").await.until("Added").await;
    card.press(&approver, "Approve").await;
    ended(&card, "policy was changed").await;
    scene.admin.ask("/policy commands remove rule:frobnicate").await.until("Removed").await;
}

pub(super) async fn never_without_a_risk(scene: &mut Scene) {
    let asker = scene.operator().await;
    let refusal = scene.admin.ask("/policy set need:never action:server.run target:box").await;
    assert!(refusal.text().contains("must say of what risk"), "{}", refusal.text());
    is_open(&scene.question(&asker).await);
}

pub(super) async fn never_for_looking(scene: &mut Scene) {
    let asker = scene.operator().await;
    let set = |need: &str| format!("/policy set need:{need} action:server.run target:box risk:observe");
    scene.admin.ask(&set("never")).await.until("Policy set").await;
    is_open(&scene.question(&asker).await);
    scene.admin.ask(&set("default")).await.until("Rule taken away").await;
}

pub(super) async fn no_lock_out(scene: &mut Scene) {
    let (chief, other) = (scene.chief().await, scene.chief().await);
    scene.admin.ask("/policy set need:four-eyes").await.until("Policy set").await;

    let card = chief.ask("/policy set need:default").await;
    card.until("Approve?").await;
    refused(&card, &chief, "Approve", "two other people").await;
    card.press(&other, "Approve").await;
    card.until("1 of 2 said yes").await;
    is_open(&card);

    let card = scene.admin.ask("/policy set need:default").await;
    card.until("Really?").await;
    card.press(&scene.admin, "Confirm").await;
    card.until("Rule taken away").await;
}
