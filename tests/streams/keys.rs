//! The key by which Kick signs: learnt anew when it changes, and asked for by one at a time while it is not to be had.

use std::time::Duration;

use futures::future::join_all;
use peers::clouds::{Fault, kick::Event};
use store::streams::Source;
use streams::Reply;

use super::scene::Scene;

on_both_databases! {
    a_key_that_changes_is_learnt_and_the_one_before_signs_nothing_any_more
    while_the_key_is_not_to_be_had_whoever_forges_has_it_asked_for_twice_a_minute
    an_answer_that_hangs_holds_up_nobody_who_is_signed_by_the_key_that_is_known
}

const KEY: &str = "/api/public/v1/public-key";

/// A Kick that tells of Bob.
async fn told(scene: &mut Scene) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.kick.add_channel(2, "bob");
    scene.follow(guild, Source::Kick, "2", "Bob").await;
    scene.clouds.kick.go_live(2, "Hello", "Chess", scene.at());
}

fn asked(scene: &Scene) -> usize {
    scene.clouds.kick.asked(KEY).len()
}

fn forged(scene: &Scene, message: &str) -> Event {
    let mut event = scene.clouds.kick.status(2, message);
    event.body.push(' ');
    event
}

async fn a_key_that_changes_is_learnt_and_the_one_before_signs_nothing_any_more(mut scene: Scene) {
    told(&mut scene).await;
    assert_eq!(scene.kick_says(&scene.clouds.kick.status(2, "01A")).await, Reply::Taken);
    scene.pass(Duration::from_mins(6));
    let before = scene.clouds.kick.status(2, "01B");
    scene.clouds.kick.changes_key();
    assert_eq!(scene.kick_says(&scene.clouds.kick.status(2, "01C")).await, Reply::Taken);
    assert_eq!(scene.kick_says(&before).await, Reply::Refused);
    assert_eq!(asked(&scene), 2);
    for number in 0..100 {
        assert_eq!(scene.kick_says(&forged(&scene, &format!("01D{number}"))).await, Reply::Refused);
    }
    assert_eq!(asked(&scene), 2, "whoever forges has nothing asked");
    assert_eq!(scene.store.deliveries_known().await.unwrap(), 2);
}

async fn while_the_key_is_not_to_be_had_whoever_forges_has_it_asked_for_twice_a_minute(mut scene: Scene) {
    told(&mut scene).await;
    scene.clouds.kick.break_next(KEY, 1_000, Fault::Status(503, Vec::new()));
    let event = scene.clouds.kick.status(2, "01A");
    let all: Vec<Event> = (0..50).map(|number| forged(&scene, &format!("01B{number}"))).collect();
    let replies = join_all(all.iter().map(|event| scene.kick_says(event))).await;
    assert!(replies.iter().all(|reply| *reply == Reply::Later), "{replies:?}");
    assert_eq!(scene.kick_says(&event).await, Reply::Later);
    assert_eq!(asked(&scene), 1);
    scene.pass(Duration::from_secs(29));
    assert_eq!((scene.kick_says(&all[0]).await, asked(&scene)), (Reply::Later, 1));
    scene.pass(Duration::from_secs(1));
    assert_eq!((scene.kick_says(&all[0]).await, asked(&scene)), (Reply::Later, 2));
    scene.clouds.kick.mend();
    scene.pass(Duration::from_secs(31));
    assert_eq!((scene.kick_says(&event).await, asked(&scene)), (Reply::Taken, 3));
    // A day later it is to be asked for anew, and is not to be had: the one that is known counts on.
    scene.pass(Duration::from_hours(25));
    scene.clouds.kick.break_next(KEY, 1_000, Fault::Cut);
    for message in ["01D", "01E"] {
        assert_eq!(scene.kick_says(&scene.clouds.kick.status(2, message)).await, Reply::Taken);
    }
    assert_eq!(asked(&scene), 4);
    // Whether another one signed it nobody can say: it is not refused.
    assert_eq!(scene.kick_says(&forged(&scene, "01F")).await, Reply::Later);
}

async fn an_answer_that_hangs_holds_up_nobody_who_is_signed_by_the_key_that_is_known(mut scene: Scene) {
    told(&mut scene).await;
    assert_eq!(scene.kick_says(&scene.clouds.kick.status(2, "01A")).await, Reply::Taken);
    scene.pass(Duration::from_mins(6));
    scene.clouds.kick.break_next(KEY, 1, Fault::AnswerLate(Duration::from_secs(2)));
    let (good, bad) = (scene.clouds.kick.status(2, "01B"), forged(&scene, "01C"));
    // Whoever forges hangs up, and comes again.
    for _ in 0..3 {
        let hung_up = tokio::time::timeout(Duration::from_millis(100), scene.kick_says(&bad)).await;
        assert!(hung_up.is_err());
    }
    let reply = tokio::time::timeout(Duration::from_secs(1), scene.kick_says(&good)).await;
    assert_eq!(reply, Ok(Reply::Taken));
    assert_eq!(scene.kick_says(&bad).await, Reply::Refused);
    assert_eq!(asked(&scene), 2, "that they hung up began nothing anew");
}
