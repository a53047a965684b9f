//! The outbox keeps what it promises, on both databases.

use std::time::Duration;

use base::{Card, GuildId, Redactor, RoleId, redact::Clean};
use store::{
    Store,
    outbox::{
        NewPost, Pings, Standing, Urgency,
        line::{Head, Line},
    },
};

use crate::fresh::Fresh;

const CREW: GuildId = GuildId(1);
const OTHERS: GuildId = GuildId(2);
const OPS: u64 = 10;
const LOG: u64 = 11;

on_both! {
    what_is_asked_for_twice_is_posted_once
    a_line_keeps_its_order_and_the_most_urgent_speeds_it_up
    a_post_ends_once_and_lets_go_of_its_file
    a_post_of_one_guild_is_unknown_in_another
    whoever_waits_hears_of_the_arrival
    what_ended_long_ago_is_forgotten
    what_cannot_be_read_any_more_does_not_hold_the_line
}

fn clean(card: Card) -> Clean<Card> {
    card.redacted(&Redactor::default())
}

fn new<'a>(key: &'a str, card: &'a Clean<Card>) -> NewPost<'a> {
    NewPost { guild: CREW, channel: OPS, key, urgency: Urgency::Result, card, answers: None, pings: Pings::default() }
}

async fn head(store: &Store, channel: u64) -> Option<Head> {
    store.head_of(Line { guild: CREW, channel }).await.unwrap()
}

async fn what_is_asked_for_twice_is_posted_once(fresh: Fresh) {
    let store = &fresh.store;
    let (one, two) = (clean(Card::ok("**First**").file("a.log", b"lines".to_vec())), clean(Card::ok("**Second**")));
    let pings = Pings { roles: vec![RoleId(7)], ..Pings::default() };
    let first = store.post(NewPost { pings: pings.clone(), answers: Some(5), ..new("k", &one) }).await.unwrap();
    let mut again = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, card) = (store.clone(), two.clone());
        again.spawn(async move { store.post(new("k", &card)).await });
    }
    assert!(again.join_all().await.into_iter().all(|posted| posted.unwrap() == first));
    assert_eq!((first.channel, &first.standing), (OPS, &Standing::Waiting));

    let kept = head(store, OPS).await.unwrap();
    assert_eq!((kept.card.title.as_str(), kept.answers, &kept.pings), ("**First**", Some(5), &pings));
    let file = kept.card.file.clone().unwrap();
    assert_eq!((file.name.as_str(), file.bytes.as_slice()), ("a.log", b"lines".as_slice()));
    store.post_stands(&kept, 99).await.unwrap();
    assert!(head(store, OPS).await.is_none());
    // Also after it has arrived.
    assert_eq!(store.post(new("k", &two)).await.unwrap().standing, Standing::Posted(99));
    assert!(head(store, OPS).await.is_none());
}

async fn a_line_keeps_its_order_and_the_most_urgent_speeds_it_up(fresh: Fresh) {
    let store = &fresh.store;
    let card = clean(Card::plain("**x**"));
    for number in 0..30 {
        // Another process on the same database, in between.
        let other = Store::open(&fresh.url, fresh.clock.clone()).await.unwrap();
        let store = if number % 10 == 0 { &other } else { store };
        store.post(new(&format!("k{number}"), &clean(Card::plain(format!("**{number}**"))))).await.unwrap();
        other.close().await;
    }
    store.post(NewPost { channel: LOG, urgency: Urgency::Background, ..new("log", &card) }).await.unwrap();
    let lines = store.lines().await.unwrap();
    assert_eq!(lines.iter().map(|line| line.channel).collect::<Vec<_>>(), [OPS, LOG]);
    assert_eq!(head(store, OPS).await.unwrap().urgency, Urgency::Result);
    store.post(NewPost { urgency: Urgency::Urgent, ..new("incident", &card) }).await.unwrap();
    for number in 0..30 {
        let next = head(store, OPS).await.unwrap();
        assert_eq!((next.card.title, next.urgency), (format!("**{number}**"), Urgency::Urgent));
        let next = head(store, OPS).await.unwrap();
        store.post_stands(&next, 100 + number).await.unwrap();
    }
    assert_eq!(head(store, OPS).await.unwrap().card.title, "**x**");
}

async fn a_post_ends_once_and_lets_go_of_its_file(fresh: Fresh) {
    let store = &fresh.store;
    store.post(new("k", &clean(Card::ok("**t**").file("a.log", vec![1; 1_000])))).await.unwrap();
    let kept = head(store, OPS).await.unwrap();
    assert_eq!(kept.tried, None);
    store.try_post(&kept).await.unwrap();
    let since = fresh.clock.now();
    fresh.clock.advance(Duration::from_secs(9));
    store.try_post(&kept).await.unwrap();
    assert_eq!(head(store, OPS).await.unwrap().tried, Some(since), "the first that nobody knows of counts");
    store.post_is_not_there(&kept).await.unwrap();
    assert_eq!(head(store, OPS).await.unwrap().tried, None);

    assert!(store.post_stands(&kept, 42).await.unwrap());
    assert!(!store.post_stands(&kept, 43).await.unwrap());
    assert!(!store.refuse_post(CREW, &kept.id, "too late").await.unwrap());
    let ended = store.post_of(CREW, "k").await.unwrap().unwrap();
    assert_eq!(ended.standing, Standing::Posted(42));

    store.post(new("other", &clean(Card::ok("**t**")))).await.unwrap();
    let other = head(store, OPS).await.unwrap();
    assert!(store.refuse_post(CREW, &other.id, "Missing Access").await.unwrap());
    let refused = store.post_of(CREW, "other").await.unwrap().unwrap();
    assert_eq!(refused.standing, Standing::Refused("Missing Access".to_owned()));
    assert!(store.lines().await.unwrap().is_empty());
}

async fn a_post_of_one_guild_is_unknown_in_another(fresh: Fresh) {
    let store = &fresh.store;
    let card = clean(Card::plain("**t**"));
    store.post(new("k", &card)).await.unwrap();
    assert_eq!(store.post_of(OTHERS, "k").await.unwrap(), None);
    let kept = head(store, OPS).await.unwrap();
    assert!(store.head_of(Line { guild: OTHERS, channel: OPS }).await.unwrap().is_none());
    assert!(!store.refuse_post(OTHERS, &kept.id, "no").await.unwrap());
    let mut stolen = kept.clone();
    stolen.line.guild = OTHERS;
    assert!(!store.post_stands(&stolen, 1).await.unwrap());
    // The same key in another guild is another post.
    let theirs = store.post(NewPost { guild: OTHERS, channel: 77, ..new("k", &card) }).await.unwrap();
    assert_ne!(theirs.id, kept.id);
}

async fn whoever_waits_hears_of_the_arrival(fresh: Fresh) {
    let store = &fresh.store;
    assert_eq!(store.arrival(CREW, "nothing").await.unwrap(), None);
    store.post(new("k", &clean(Card::plain("**t**")))).await.unwrap();
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.arrival(CREW, "k").await }
    });
    let kept = head(store, OPS).await.unwrap();
    // Another process posts it: this one notices by its tick.
    let other = Store::open(&fresh.url, fresh.clock.clone()).await.unwrap();
    other.post_stands(&kept, 8).await.unwrap();
    let arrived = tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap().unwrap().unwrap().unwrap();
    assert_eq!(arrived.standing, Standing::Posted(8));
}

async fn what_ended_long_ago_is_forgotten(fresh: Fresh) {
    let store = &fresh.store;
    let card = clean(Card::plain("**t**"));
    for key in ["posted", "waiting"] {
        store.post(new(key, &card)).await.unwrap();
    }
    store.post_stands(&head(store, OPS).await.unwrap(), 1).await.unwrap();
    store.forget_posts().await.unwrap();
    assert!(store.post_of(CREW, "posted").await.unwrap().is_some());
    fresh.clock.advance(Duration::from_hours(31 * 24));
    store.forget_posts().await.unwrap();
    assert!(store.post_of(CREW, "posted").await.unwrap().is_none());
    assert!(store.post_of(CREW, "waiting").await.unwrap().is_some(), "what has not arrived is never forgotten");
}

async fn what_cannot_be_read_any_more_does_not_hold_the_line(fresh: Fresh) {
    use sqlx::{AnyConnection, Connection, Executor};
    let store = &fresh.store;
    for key in ["broken", "whole"] {
        store.post(new(key, &clean(Card::plain(format!("**{key}**"))))).await.unwrap();
    }
    let mut connection = AnyConnection::connect(&fresh.url).await.unwrap();
    connection.execute("update outbox set card = '{' where post_key = 'broken'").await.unwrap();
    assert_eq!(head(store, OPS).await.unwrap().card.title, "**whole**");
    let broken = store.post_of(CREW, "broken").await.unwrap().unwrap();
    assert!(matches!(broken.standing, Standing::Refused(_)));
}
