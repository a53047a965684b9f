//! Buttons that are not there: made up, of another card, of another guild, or of a card that is gone.

use reqwest::Method;
use sandbox::ForgedPress;

use super::{
    runs,
    scene::{Scene, approved, forged, is_open, ran},
};
use crate::people::Shown;

pub(super) async fn made_up(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    let press = forged(&approver, &card.message(), "Approve");
    for custom_id in ["approve", "", &"0".repeat(32), &press.custom_id[1..], "' or ''='", &"x".repeat(100)] {
        let press = ForgedPress { custom_id: custom_id.to_owned(), ..press.clone() };
        scene.forge(&approver, &press, "no longer in use").await;
    }
    is_open(&card);
}

pub(super) async fn anothers_card(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let harmless = scene.asks("box", "touch /dev/null", &asker).await;
    let card = scene.question(&asker).await;
    // Until the bot has noted where a card stands, which takes it a moment, it cannot know another.
    scene.world.noted_every_question().await;
    for label in ["Approve", "Deny"] {
        let press = forged(&approver, &card.message(), label);
        let press = ForgedPress { message: harmless.message().raw, ..press };
        scene.forge(&approver, &press, "no longer in use").await;
    }
    is_open(&card);
    is_open(&harmless);
}

pub(super) async fn replayed(scene: &mut Scene) {
    let (asker, approver, other) = (scene.operator().await, scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    let before = card.message();
    approved(&card, &approver).await;
    for person in [&approver, &other] {
        let press = forged(person, &before, "Approve");
        scene.forge(person, &press, "it was answered with yes before").await;
    }
    ran(&card).await;
}

/// A moderator's doing.
async fn delete(scene: &Scene, card: &Shown) {
    let message = card.message();
    let path = format!("/channels/{}/messages/{}", message.channel_id(), message.id());
    scene.admin.client.rest(Method::DELETE, &path, None).await.unwrap();
}

pub(super) async fn deleted(scene: &mut Scene) {
    let (asker, approver, guest) = (scene.operator().await, scene.operator().await, scene.guest().await);
    let card = scene.question(&asker).await;
    let before = card.message();
    delete(scene, &card).await;
    assert!(card.try_press(&approver, "Approve").await.is_err(), "Discord lets nobody press what is gone");
    let press = forged(&guest, &before, "Approve");
    scene.forge(&guest, &press, "You may not").await;
    let press = forged(&asker, &before, "Approve");
    scene.forge(&asker, &press, "Somebody else decides this").await;
}

pub(super) async fn deleted_meanwhile(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    let press = forged(&approver, &card.message(), "Approve");
    delete(scene, &card).await;
    scene.world.sandbox.forge_press(&press).expect("they are there");
    scene.world.until("it ran", |_| runs(&scene.file) > 0).await;
    scene.forge(&approver, &press, "it was answered with yes before").await;
}

pub(super) async fn another_guild(scene: &mut Scene) {
    let asker = scene.operator().await;
    let card = scene.question(&asker).await;
    let sandbox = &scene.world.sandbox;
    // The second guild has such a channel, the first has none.
    let channel = sandbox.channel_id("staff").unwrap();
    let owner = sandbox.owner_of(&channel).unwrap();
    let press = forged(&asker, &card.message(), "Approve");
    sandbox.forge_press(&ForgedPress { by: owner, channel: channel.clone(), ..press }).expect("the owner is there");
    let answered = |world: &crate::world::World| !world.sandbox.messages(&channel).is_empty();
    scene.world.until("the owner of another guild is answered", answered).await;
    let answers = scene.world.sandbox.messages(&channel);
    assert!(answers[0].to_string().contains("no longer in use"), "{answers:?}");
    is_open(&card);
}
