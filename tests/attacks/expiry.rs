//! A question whose time is up, with a bot that was killed in between.

use std::time::Duration;

use super::{
    runs,
    scene::{Scene, forged, is_open},
};
use crate::world::World;

/// The shortest a question can stay open is a minute.
const LONGER: Duration = Duration::from_secs(100);

on_both_worlds! {
    a_question_expires_although_its_bot_was_killed_and_no_press_revives_it
}

async fn a_question_expires_although_its_bot_was_killed_and_no_press_revives_it(world: World) {
    let mut scene = Scene::set(world).await;
    let file = scene.next(0);
    let rule = "/policy set need:approve action:server.run target:box expires:1m";
    scene.admin.ask(rule).await.until("questions stay open 1 min").await;
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    let press = forged(&approver, &card.message(), "Approve");
    scene.world.noted_every_question().await;
    scene.world.kill_bot();
    scene.world.start_bot().await;
    is_open(&card);

    card.until_within("Expired", LONGER).await;
    assert!(card.text().contains("nothing was run"), "{}", card.text());
    assert_eq!(card.buttons(), [""; 0]);
    scene.forge(&approver, &press, "nobody answered in time").await;

    assert_eq!(runs(&file), 0);
    let (world, _home) = scene.over();
    world.end().await;
    assert_eq!(runs(&file), 0);
}
