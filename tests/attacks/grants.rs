//! Grants that are taken back, and people who would give themselves more than they hold.

use super::scene::{Scene, ended, is_open, refused};

const HELD: &str = "server.run on box";

pub(super) async fn askers_revoked(scene: &mut Scene) {
    let (asker, approver) = (scene.holder("server.run", "box").await, scene.operator().await);
    let card = scene.question(&asker).await;
    scene.revoke(&asker, HELD).await;
    card.press(&approver, "Approve").await;
    ended(&card, "may not any more").await;
}

pub(super) async fn approvers_revoked(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.holder("server.run", "box").await);
    let card = scene.question(&asker).await;
    scene.revoke(&approver, HELD).await;
    refused(&card, &approver, "Approve", "You may not").await;
    is_open(&card);
}

pub(super) async fn giving_what_one_lacks(scene: &mut Scene) {
    let giver = scene.holder("grant.*", "*").await;
    for (allow, on) in [("server.run", "box"), ("server.*", "*"), ("*", "*"), ("grant.*", "tag:any")] {
        let line = format!("/grant person person:<@{}> allow:{allow} on:\"{on}\"", giver.id());
        let refusal = giver.ask(&line).await;
        if allow == "grant.*" {
            // That they hold already, on all.
            refusal.until("Granted").await;
            continue;
        }
        assert!(refusal.text().contains("you do not hold it yourself"), "{line}: {}", refusal.text());
    }
    let refusal = giver.ask(&format!("/server run server:box command:{}", scene.command())).await;
    assert!(refusal.is_private() && refusal.text().contains("You may not"), "{}", refusal.text());
}

pub(super) async fn giving_oneself_more(scene: &mut Scene) {
    let giver = scene.holder("server.show", "box").await;
    let line = format!("/grant person person:<@{}> allow:grant.give on:\"*\"", giver.id());
    scene.admin.ask(&line).await.until("Granted").await;
    // More of what they hold on one server is still more.
    for (allow, on) in [("server.show", "*"), ("server.*", "box"), ("server.show", "box*")] {
        let line = format!("/grant person person:<@{}> allow:{allow} on:\"{on}\"", giver.id());
        let refusal = giver.ask(&line).await;
        assert!(refusal.text().contains("you do not hold it yourself"), "{line}: {}", refusal.text());
    }
    let asker = scene.operator().await;
    let card = scene.question(&asker).await;
    refused(&card, &giver, "Approve", "You may not").await;
    is_open(&card);
}

pub(super) async fn everybodys(scene: &mut Scene) {
    let everyone = scene.world.sandbox.guild_id();
    let line = format!("/grant role role:<@&{everyone}> allow:server.list on:\"*\"");
    scene.admin.ask(&line).await.until("Granted").await;
    let (guest, asker) = (scene.guest().await, scene.operator().await);
    guest.ask("/server list").await.until("Servers").await;
    let refusal = guest.ask(&format!("/server run server:box command:{}", scene.command())).await;
    assert!(refusal.is_private() && refusal.text().contains("You may not"), "{}", refusal.text());
    let card = scene.question(&asker).await;
    refused(&card, &guest, "Approve", "You may not").await;
    scene.admin.ask("/grant revoke grant:\"@everyone server.list on *\"").await.until("Took back").await;
    assert!(guest.ask("/server list").await.text().contains("You may not"));
}
