//! A thousand presses at once.

use std::time::{Duration, Instant};

use super::{
    runs,
    scene::{Scene, ran},
};
use crate::world::{Person, World};

const PEOPLE: usize = 10;
const PRESSES_EACH: usize = 100;
/// On a machine of two cores, with a bot that was not built for speed.
const WITHIN: Duration = Duration::from_secs(30);

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
    let before = card.message();
    let presses: Vec<_> = people.iter().map(|person| scene.forged(person, &before, "Approve")).collect();

    let sandbox = &scene.world.sandbox;
    let (began, acknowledged_before) = (Instant::now(), sandbox.acknowledgements().len());
    // They pressed while the button was there; that it is gone by the time the bot hears of it is what is tried here.
    let all = presses.iter().zip(&people).flat_map(|each| std::iter::repeat_n(each, PRESSES_EACH));
    let made: Vec<_> = all.map(|(press, person)| (person, sandbox.forge_press(press).unwrap())).collect();
    ran(&card).await;
    let ran_after = began.elapsed();

    // Whoever did not run it is told so, alone.
    let told =
        |(person, interaction): &(&Person, String)| person.client.look(|state| state.answer(interaction).is_some());
    let others = PEOPLE * PRESSES_EACH - 1;
    scene.world.until("all others are told", |_| made.iter().filter(|press| told(press)).count() == others).await;
    let took = began.elapsed();
    let acknowledged = sandbox.acknowledgements().split_off(acknowledged_before);
    eprintln!(
        "it ran after {ran_after:?}; all were told after {took:?}; acknowledged by {:?}",
        acknowledged.iter().max()
    );
    assert_eq!(acknowledged.len(), PEOPLE * PRESSES_EACH);
    assert!(took < WITHIN, "it took {took:?}");

    assert_eq!(runs(&file), 1);
    let (world, _home) = scene.over();
    world.end().await;
    assert_eq!(runs(&file), 1);
}
