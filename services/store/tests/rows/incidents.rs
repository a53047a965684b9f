//! What the database guarantees of incidents, on SQLite and on PostgreSQL alike.

use std::time::Duration;

use base::{Card, Error, GuildId, Millis, Redactor, RoleId};
use store::{
    incidents::{Change, Changed, Decided, NewLine, State},
    outbox::{Pings, Standing},
};

use crate::fresh::Fresh;

const CREW: GuildId = GuildId(1);
const OTHERS: GuildId = GuildId(2);

impl Fresh {
    /// Opens one, with a line; the answer is its number.
    async fn open(&self, guild: GuildId) -> i64 {
        let open = |held: store::incidents::Held| {
            let number = held.last_number + 1;
            Ok((Decided { changed: vec![changed(None, number, State::Open)], ..Decided::default() }, number))
        };
        self.store.decide_incidents(guild, Millis(0), None, open).await.unwrap()
    }
}

fn changed(id: Option<String>, number: i64, state: State) -> Changed {
    let line = NewLine { at: Millis(1), text: "opened".to_owned(), ping: Some("crew".to_owned()) };
    Changed {
        id,
        number,
        state,
        level: 2,
        subject: "web".to_owned(),
        opened: Millis(1),
        ended: None,
        due: Some(Millis(5)),
        body: "{}".to_owned(),
        lines: vec![line],
    }
}

on_both! {
    what_many_decide_at_once_is_decided_one_after_the_other
    what_is_refused_leaves_nothing_behind
    a_guild_sees_nothing_of_another
    a_message_and_its_lines_are_asked_for_once
    settings_that_several_people_change_at_once_are_all_as_each_of_them_said
}

async fn what_many_decide_at_once_is_decided_one_after_the_other(fresh: Fresh) {
    let opening = (0..20).map(|_| fresh.open(CREW));
    let mut numbers = futures::future::join_all(opening).await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    // What was heard is not heard again.
    for (seen, expected) in [(7, 0), (5, 7), (9, 7)] {
        let hear = |held: store::incidents::Held| Ok((Decided { seen: Some(seen), ..Decided::default() }, held.seen));
        assert_eq!(fresh.store.decide_incidents(CREW, Millis(0), None, hear).await.unwrap(), expected);
    }
}

async fn what_is_refused_leaves_nothing_behind(fresh: Fresh) {
    let refuse = |_| Err::<(Decided, ()), _>(Error::Busy("no".to_owned()));
    assert!(fresh.store.decide_incidents(CREW, Millis(0), None, refuse).await.is_err());
    assert_eq!(fresh.open(CREW).await, 1);
    assert_eq!(fresh.store.incidents(CREW, Millis(0), 10).await.unwrap().len(), 1);
}

async fn a_guild_sees_nothing_of_another(fresh: Fresh) {
    let number = fresh.open(CREW).await;
    let ours = fresh.store.incident(CREW, number).await.unwrap().unwrap();
    assert!(fresh.store.incident(OTHERS, number).await.unwrap().is_none());
    assert!(fresh.store.incident_lines(OTHERS, &ours.id, 10).await.unwrap().is_empty());
    assert!(fresh.store.incidents(OTHERS, Millis(0), 10).await.unwrap().is_empty());
    let steal = |held: store::incidents::Held| {
        assert!(held.incidents.is_empty() && held.last_number == 0);
        let mine = changed(Some(ours.id.clone()), 1, State::Resolved);
        Ok((Decided { changed: vec![Changed { lines: Vec::new(), ..mine }], ..Decided::default() }, ()))
    };
    fresh.store.decide_incidents(OTHERS, Millis(0), Some(number), steal).await.unwrap();
    assert_eq!(fresh.store.incident(CREW, number).await.unwrap().unwrap().state, State::Open);
    assert_eq!(fresh.store.incidents_due(Millis(5)).await.unwrap(), [CREW]);
    assert!(fresh.store.incidents_due(Millis(4)).await.unwrap().is_empty());
}

async fn a_message_and_its_lines_are_asked_for_once(fresh: Fresh) {
    let (store, number) = (&fresh.store, fresh.open(CREW).await);
    let shown = store.incidents_behind().await.unwrap().remove(0);
    let clean = || Card::plain("it").redacted(&Redactor::default());
    let line = store.unposted_lines(&shown).await.unwrap();
    assert_eq!(line[0].ping.as_deref(), Some("crew"));
    for _ in 0..3 {
        store.post_incident(&shown, 7, &clean(), Pings::default()).await.unwrap();
    }
    let now = store.incident(CREW, number).await.unwrap().unwrap();
    let key = now.post_key.clone().unwrap();
    assert_eq!(store.post_of(CREW, &key).await.unwrap().unwrap().standing, Standing::Waiting);
    let lines = store.unposted_lines(&now).await.unwrap();
    assert_eq!(lines[0].ping, None, "whoever it pings was pinged with the message");
    store.incident_stands(&now, 9).await.unwrap();
    store.incident_has_thread(&now, 9).await.unwrap();
    let now = store.incident(CREW, number).await.unwrap().unwrap();
    assert!(!store.incident_is_shown(&now).await.unwrap(), "a line is left");
    for _ in 0..3 {
        store.post_lines(&now, &lines, &clean(), Pings::default()).await.unwrap();
    }
    assert_eq!(store.lines().await.unwrap().len(), 2, "one message in the channel and one in the thread");
    assert!(store.incident_is_shown(&now).await.unwrap());
    assert!(store.incidents_behind().await.unwrap().is_empty());
    // Taken away: another is asked for, under another key, and who was at the first one changes nothing any more.
    store.incident_is_gone(&now, "taken away", Duration::ZERO).await.unwrap();
    store.incident_stands(&now, 11).await.unwrap();
    let again = store.incident(CREW, number).await.unwrap().unwrap();
    assert_eq!((again.place, again.post_key.clone(), again.tries), (None, None, 1));
}

async fn settings_that_several_people_change_at_once_are_all_as_each_of_them_said(fresh: Fresh) {
    let none = Change::default;
    let changes = [
        Change { crew: Some(Some(RoleId(7))), ..none() },
        Change { escalation: Some(Some(RoleId(8))), ..none() },
        Change { escalate_after: Some(None), ..none() },
        Change { calm: Some(Duration::from_secs(77)), ..none() },
        Change { quiet: Some(Some((60, 120))), ..none() },
        Change { zone: Some("Europe/Rome".to_owned()), ..none() },
    ];
    let all = changes.iter().map(|change| fresh.store.change_incident_rules(CREW, change));
    assert!(futures::future::join_all(all).await.iter().all(Result::is_ok));
    let rules = fresh.store.incident_rules(CREW).await.unwrap();
    assert_eq!((rules.crew, rules.escalation, rules.escalate_after), (Some(RoleId(7)), Some(RoleId(8)), None));
    assert_eq!((rules.calm.as_secs(), rules.quiet, rules.zone.as_str()), (77, Some((60, 120)), "Europe/Rome"));
    let back = Change { crew: Some(None), quiet: Some(None), ..none() };
    let rules = fresh.store.change_incident_rules(CREW, &back).await.unwrap();
    assert_eq!((rules.crew, rules.quiet, rules.escalation), (None, None, Some(RoleId(8))));
    assert_ne!(
        fresh.store.incident_rules(OTHERS).await.unwrap().escalation,
        Some(RoleId(8)),
        "another guild's are its own"
    );
}
