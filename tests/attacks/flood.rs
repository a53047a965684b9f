//! A thousand presses, a hundred of them at any moment.

use std::time::{Duration, Instant};

use super::{
    runs,
    scene::{Scene, forged, ran},
};
use crate::world::World;

/// Discord takes a follow-up a second; a card that waited for all of them would be minutes late.
const LATE: Duration = Duration::from_secs(5);
const PEOPLE: usize = 10;
const PRESSES_EACH: usize = 100;
/// As many are not acknowledged yet at any moment.
const AT_ONCE: usize = 100;

on_both_worlds! {
    a_thousand_presses_by_ten_people_run_it_once
}

async fn a_thousand_presses_by_ten_people_run_it_once(world: World) {
    let mut scene = Scene::set(world).await;
    let file = scene.next(0);
    let asker = scene.operator().await;
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        people.push(scene.operator().await);
    }
    let card = scene.question(&asker).await;
    let shown = card.message();
    let presses: Vec<_> = people.iter().map(|person| forged(person, &shown, "Approve")).collect();

    let sandbox = &scene.world.sandbox;
    let acknowledged_before = sandbox.acknowledgements().len();
    for (made, press) in (0..PRESSES_EACH).flat_map(|_| &presses).enumerate() {
        // They pressed while the button was there; that it is gone by the time the bot hears of it is what is tried here.
        sandbox.forge_press(press).unwrap();
        let acknowledged = |world: &World| world.sandbox.acknowledgements().len() - acknowledged_before;
        scene.world.until("it keeps up", |world| made < acknowledged(world) + AT_ONCE).await;
    }
    ran(&card).await;
    let all = PEOPLE * PRESSES_EACH;
    scene
        .world
        .until("all are acknowledged", |world| world.sandbox.acknowledgements().len() >= acknowledged_before + all)
        .await;

    assert_eq!(runs(&file), 1);
    // Everybody else's cards are as quick as before; the refusals of the thousand are still on their way.
    let before = Instant::now();
    scene.admin.ask("/server run server:box command:id").await.until("exit 0 after").await;
    assert!(before.elapsed() < LATE, "everybody's cards are late: {:?}", before.elapsed());
    let (world, _home) = scene.over();
    world.end().await;
    assert_eq!(runs(&file), 1);
}
