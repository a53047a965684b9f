//! Servers are what was pinned, under a name of their guild alone.

use std::time::Duration;

use base::Redactor;
use store::servers::{Server, State};

use crate::{
    crew::{CREW, OTHERS, ask, offer},
    fresh::Fresh,
};

on_both! {
    a_server_goes_from_offered_to_ready_to_blocked_and_back
    a_name_is_taken_once_and_only_in_its_guild
    an_id_of_one_guild_finds_nothing_in_another
    tags_stay_with_a_server_and_go_with_another_in_its_place
}

async fn a_server_goes_from_offered_to_ready_to_blocked_and_back(fresh: Fresh) {
    let store = &fresh.store;
    let server = offer(&fresh, CREW, "box", "key-a").await.unwrap();
    assert_eq!((server.state, server.seen), (State::Offered, None));
    assert!(store.pin_server(&server, "key-b").await.unwrap().is_none(), "only the key that was shown can be pinned");

    let server = store.pin_server(&server, "key-a").await.unwrap().unwrap();
    assert_eq!(
        (server.state, server.host_key.as_deref(), server.offered_key.as_deref()),
        (State::Ready, Some("key-a"), None)
    );
    assert!(
        store.offer_key(&server, "key-a", &Redactor::default()).await.unwrap().is_none(),
        "the pinned key changes nothing"
    );

    let server = store.offer_key(&server, "key-b", &Redactor::default()).await.unwrap().unwrap();
    assert_eq!((server.state, server.host_key.as_deref()), (State::Blocked, Some("key-a")));
    let server = store.server_answered(&server).await.unwrap().unwrap();
    assert_eq!((server.state, server.offered_key.as_deref()), (State::Ready, None));
    assert_eq!(server.seen, Some(fresh.clock.now()));

    assert!(store.remove_server(&server).await.unwrap());
    assert!(!store.remove_server(&server).await.unwrap());
    assert!(store.servers().await.unwrap().is_empty());
}

async fn a_name_is_taken_once_and_only_in_its_guild(fresh: Fresh) {
    let first = offer(&fresh, CREW, "box", "key-a").await.unwrap();
    let again = offer(&fresh, CREW, "box", "key-b").await.expect("an offer is replaced by a newer one");
    assert_ne!(first.id, again.id);
    fresh.store.pin_server(&again, "key-b").await.unwrap().unwrap();
    assert!(offer(&fresh, CREW, "box", "key-c").await.is_none());
    assert!(offer(&fresh, OTHERS, "box", "key-c").await.is_some());
    assert_eq!(fresh.store.servers().await.unwrap().len(), 2);
}

async fn an_id_of_one_guild_finds_nothing_in_another(fresh: Fresh) {
    let store = &fresh.store;
    let mut server = offer(&fresh, CREW, "box", "key-a").await.unwrap();
    server.guild = OTHERS;
    assert!(store.pin_server(&server, "key-a").await.unwrap().is_none());
    assert!(store.offer_key(&server, "key-b", &Redactor::default()).await.unwrap().is_none());
    assert!(!store.remove_server(&server).await.unwrap());

    let (question, _) = ask(&fresh, "d", Duration::from_mins(1)).await;
    assert!(store.approval(OTHERS, question).await.unwrap().is_none());
    assert!(!store.grant_approval(OTHERS, question, "d", 0).await.unwrap());

    let key = store.keep_button(CREW, "{}", Duration::from_mins(1)).await.unwrap();
    assert!(store.button(OTHERS, &key).await.unwrap().is_none());
    assert!(store.button(CREW, &key).await.unwrap().is_some());
}

async fn tags_stay_with_a_server_and_go_with_another_in_its_place(fresh: Fresh) {
    let store = &fresh.store;
    let offered = offer(&fresh, CREW, "box", "key-a").await.unwrap();
    assert!(offered.tags.is_empty());
    let tags = ["prod".to_owned(), "web".to_owned()];
    let tagged = store.tag_server(&offered, &tags).await.unwrap().unwrap();
    assert_eq!(tagged.tags, tags);
    assert_eq!(store.pin_server(&tagged, "key-a").await.unwrap().unwrap().tags, tags);
    assert_eq!(store.servers().await.unwrap()[0].tags, tags);
    assert!(store.tag_server(&tagged, &[]).await.unwrap().unwrap().tags.is_empty());
    assert_eq!(store.policy_version(CREW).await.unwrap(), 2);
    let elsewhere = Server { guild: OTHERS, ..tagged };
    assert!(store.tag_server(&elsewhere, &tags).await.unwrap().is_none());

    let offered = offer(&fresh, CREW, "new", "key-a").await.unwrap();
    store.tag_server(&offered, &tags).await.unwrap().unwrap();
    let replaced = offer(&fresh, CREW, "new", "key-b").await.unwrap();
    assert!(replaced.tags.is_empty(), "another machine was tagged");
}
