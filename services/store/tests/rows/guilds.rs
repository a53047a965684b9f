//! What a guild has of its own: commands, its welcome, what it holds to be harmless.

use std::time::Duration;

use base::UserId;
use store::harmless::Change;

use crate::{
    crew::{CREW, OTHERS},
    fresh::Fresh,
};

on_both! {
    two_hundred_new_commands_a_day_are_counted_in_each_guild
    a_guild_is_welcomed_once_for_each_time_it_is_joined
    a_change_of_the_harmless_commands_is_made_once_and_raises_the_version
}

async fn two_hundred_new_commands_a_day_are_counted_in_each_guild(fresh: Fresh) {
    let Fresh { store, clock, .. } = &fresh;
    assert_eq!(store.claim_creations(CREW, 150, 200).await.unwrap(), 150);
    clock.advance(Duration::from_hours(1));
    assert_eq!(store.claim_creations(CREW, 100, 200).await.unwrap(), 50, "as many as still fit");
    assert_eq!(store.claim_creations(CREW, 1, 200).await.unwrap(), 0);
    assert_eq!(store.claim_creations(OTHERS, 1, 200).await.unwrap(), 1, "another guild's are its own");
    let again = store.creations_again(CREW).await.unwrap().unwrap();
    assert_eq!(again, clock.now().plus(Duration::from_hours(23)));
    clock.advance(Duration::from_hours(23));
    assert_eq!(store.claim_creations(CREW, 200, 200).await.unwrap(), 150, "the first have stopped counting");

    store.keep_command_digest(CREW, "one").await.unwrap();
    store.keep_command_digest(CREW, "two").await.unwrap();
    assert_eq!(store.command_digest(CREW).await.unwrap().as_deref(), Some("two"));
    assert_eq!(store.command_digest(OTHERS).await.unwrap(), None);
    store.forget_command_digest(CREW).await.unwrap();
    assert_eq!(store.command_digest(CREW).await.unwrap(), None);
}

async fn a_guild_is_welcomed_once_for_each_time_it_is_joined(fresh: Fresh) {
    let Fresh { store, clock, .. } = &fresh;
    let joined = clock.now();
    store.set_ops_channel(CREW, Some(9)).await.unwrap();
    let claims = (0..20).map(|_| store.claim_welcome(CREW, joined));
    let claimed = futures::future::join_all(claims).await.into_iter().filter(|claim| *claim.as_ref().unwrap()).count();
    assert_eq!(claimed, 1, "however many processes hear of it");
    clock.advance(Duration::from_hours(1));
    assert!(!store.claim_welcome(CREW, joined).await.unwrap(), "a restart tells of it again");
    assert!(store.claim_welcome(CREW, clock.now()).await.unwrap(), "it was thrown out and let in again");
    assert!(store.claim_welcome(OTHERS, joined).await.unwrap());
    assert_eq!(store.guild_settings(CREW).await.unwrap().ops_channel, Some(9), "the rest stays");
    assert_eq!(store.guild_settings(OTHERS).await.unwrap().ops_channel, None);
}

async fn a_change_of_the_harmless_commands_is_made_once_and_raises_the_version(fresh: Fresh) {
    let store = &fresh.store;
    assert_eq!(store.policy_version(CREW).await.unwrap(), 0);
    assert!(store.change_harmless(CREW, UserId(1), "uptime -p", Change::Removed).await.unwrap());
    assert!(store.change_harmless(CREW, UserId(2), "restic snapshots", Change::Added).await.unwrap());
    assert!(!store.change_harmless(CREW, UserId(3), "restic snapshots", Change::Added).await.unwrap());
    assert_eq!(store.policy_version(CREW).await.unwrap(), 2, "what changed nothing raises nothing");

    let changes = store.harmless_changes(CREW).await.unwrap();
    let told: Vec<_> = changes.iter().map(|it| (it.rule.as_str(), it.change, it.by.as_str(), it.at)).collect();
    let now = fresh.clock.now();
    assert_eq!(told, [("restic snapshots", Change::Added, "2", now), ("uptime -p", Change::Removed, "1", now)]);

    assert!(store.harmless_changes(OTHERS).await.unwrap().is_empty());
    assert!(!store.undo_harmless(OTHERS, "uptime -p", Change::Removed).await.unwrap());
    assert!(!store.undo_harmless(CREW, "uptime -p", Change::Added).await.unwrap());
    assert!(store.undo_harmless(CREW, "uptime -p", Change::Removed).await.unwrap());
    assert!(!store.undo_harmless(CREW, "uptime -p", Change::Removed).await.unwrap());
    assert_eq!((store.policy_version(CREW).await.unwrap(), store.policy_version(OTHERS).await.unwrap()), (3, 0));
    assert_eq!(store.harmless_changes(CREW).await.unwrap().len(), 1);
}
