//! Ten thousand streams, told of by polls, events, presence and nobody, through crashes: none is lost, and none is made up.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use base::Millis;
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use store::streams::{Channel, Kind, Source};

use super::machine::{BEHIND, Course, Follows, Heard, Sighting};

const STREAMS: usize = 10_000;
/// Channels are looked at so often.
const LOOK: i64 = 60_000;
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;

/// A stream as it truly is.
#[derive(Debug, Clone)]
struct Truth {
    key: String,
    from: i64,
    to: i64,
    /// For so long it is not seen in the middle, though it goes on.
    flap: Option<(i64, i64)>,
}

impl Truth {
    fn is_seen_at(&self, at: i64) -> bool {
        let flaps = self.flap.is_some_and(|(from, to)| (from..to).contains(&at));
        (self.from..self.to).contains(&at) && !flaps
    }

    fn sighting(&self, at: i64) -> Sighting {
        Sighting {
            key: self.key.clone(),
            kind: Some(Kind::Live),
            title: format!("Title {}", at / (20 * MINUTE)),
            game: "Chess".to_owned(),
            tags: Vec::new(),
            picture: None,
            vod: None,
            viewers: Some(at % 97),
            started: Millis(self.from),
        }
    }
}

/// What the bot keeps in rows: what a crash leaves.
#[derive(Debug, Clone)]
struct Rows {
    course: Course,
    told: BTreeSet<String>,
    untold: BTreeSet<String>,
}

impl Rows {
    fn new() -> Self {
        let channel = Channel {
            id: "channel".to_owned(),
            source: Source::Twitch,
            platform_id: "1".to_owned(),
            login: "ada".to_owned(),
            name: "Ada".to_owned(),
            known: None,
            quiet: None,
            unknown: None,
            trouble: None,
            look_at: Millis(0),
        };
        Self { course: Course { channel, lives: Vec::new() }, told: BTreeSet::new(), untold: BTreeSet::new() }
    }

    /// Hears something; it is kept unless the process dies before.
    fn hear(&mut self, heard: Heard, now: i64, dies: bool) {
        let mut next = self.clone();
        next.course.hear(heard, Millis(now));
        let versions: BTreeMap<&String, i64> = self.course.lives.iter().map(|live| (&live.key, live.version)).collect();
        for live in &next.course.lives {
            if versions.get(&live.key) != Some(&live.version) {
                next.untold.insert(live.key.clone());
            }
        }
        if !dies {
            *self = next;
        }
    }

    /// Presence says only that something happens: the platform is asked, and what goes on stays what it was.
    fn stirs(&mut self, now: i64) -> bool {
        let before = self.course.lives.clone();
        let follows = self.course.hear(Heard::Stirred, Millis(now));
        let is_same =
            self.course.lives.iter().zip(&before).all(|(now, then)| now.key == then.key && now.seen == then.seen);
        follows.contains(&Follows::Look) && is_same && self.course.lives.len() == before.len()
    }

    /// Tells what is not told: a claim and its post are one.
    fn tell(&mut self, dies_after: usize) {
        let untold: Vec<String> = self.untold.iter().cloned().collect();
        for (done, key) in untold.into_iter().enumerate() {
            if done == dies_after {
                return;
            }
            let is_news = self.course.lives.iter().any(|live| live.key == key && live.news);
            if is_news {
                self.told.insert(key.clone());
            }
            // A crash between the two leaves it untold, and it is claimed already.
            if dies_after != usize::MAX && done + 1 == dies_after {
                return;
            }
            self.untold.remove(&key);
        }
    }
}

/// How long before it begins, how long it is, and after how much of it it is not seen for how long; in minutes.
type Span = (u16, u16, Option<(u16, u16)>);

/// A day of one channel: when its streams are, and what the world does meanwhile.
#[derive(Debug, Clone)]
struct Day {
    streams: Vec<Span>,
    /// For each look: how late the platform is, whether it answers, and whether the process dies before it is kept.
    looks: Vec<(u8, u8, u8)>,
    /// For each stream: how its events come: never, once, twice, late.
    events: Vec<(u8, u16)>,
    /// The process is dead in these spans, in minutes.
    down: Vec<(u16, u8)>,
    /// Somebody is seen to show it, or says so, at these minutes and seconds; true or not.
    presence: Vec<(u16, u8)>,
}

fn day() -> impl Strategy<Value = Day> {
    let stream = (6_u16..90, 4_u16..120, proptest::option::of((1_u16..40, 1_u16..5)));
    (
        proptest::collection::vec(stream, 10),
        proptest::collection::vec((any::<u8>(), any::<u8>(), any::<u8>()), 64),
        proptest::collection::vec((any::<u8>(), any::<u16>()), 10),
        proptest::collection::vec((0_u16..1_400, 1_u8..14), 0..6),
        proptest::collection::vec((0_u16..1_400, 0_u8..60), 0..40),
    )
        .prop_map(|(streams, looks, events, down, presence)| Day { streams, looks, events, down, presence })
}

fn truths(day: &Day) -> Vec<Truth> {
    let mut at = 5 * MINUTE;
    let one = |(number, (pause, length, flap)): (usize, &Span)| {
        let from = at + i64::from(*pause) * MINUTE;
        let to = from + i64::from(*length) * MINUTE;
        at = to;
        let flap =
            flap.map(|(after, span)| (from + i64::from(after) * MINUTE, from + i64::from(after + span) * MINUTE));
        let flap = flap.filter(|(_, back)| *back + MINUTE < to);
        Truth { key: format!("stream-{number}"), from, to, flap }
    };
    day.streams.iter().enumerate().map(one).collect()
}

fn live(day: &Day) -> Result<usize, TestCaseError> {
    let truths = truths(day);
    let end = truths.last().map_or(0, |last| last.to) + 30 * MINUTE;
    let is_down = |at: i64| {
        day.down.iter().any(|(from, span)| {
            let from = i64::from(*from) * MINUTE;
            (from..from + i64::from(*span) * MINUTE).contains(&at)
        })
    };
    let mut events: Vec<(i64, usize)> = Vec::new();
    for (number, (how, late)) in day.events.iter().enumerate().take(truths.len()) {
        let came = truths[number].from + i64::from(*late % 900) * SECOND;
        let copies = match how % 4 {
            0 => 0,
            1 | 2 => 1,
            _ => 3,
        };
        events.extend((0..copies).map(|copy| (came + copy * 7 * SECOND, number)));
    }
    events.sort_unstable();
    let (mut rows, mut look, mut at) = (Rows::new(), 0, 0);
    let mut events = events.into_iter().peekable();
    while at < end {
        for (minute, second) in &day.presence {
            let when = i64::from(*minute) * MINUTE + i64::from(*second) * SECOND;
            if (at - LOOK..at).contains(&when) && !is_down(when) {
                prop_assert!(rows.stirs(when), "presence began or ended something");
                let seen = truths.iter().filter(|one| one.is_seen_at(when)).map(|one| one.sighting(when)).collect();
                rows.hear(Heard::Live(seen), when, false);
                rows.tell(usize::MAX);
            }
        }
        while let Some((when, number)) = events.next_if(|(when, _)| *when <= at) {
            // Nobody answers while it is dead: the platform tries again, or not.
            if is_down(when) || when - truths[number].from > 10 * MINUTE {
                continue;
            }
            // Presence says only that something happens.
            let heard = if number % 3 == 2 { Heard::Stirred } else { Heard::Began(truths[number].sighting(when)) };
            rows.hear(heard, when.max(at - SECOND), false);
            rows.tell(usize::MAX);
        }
        if !is_down(at) {
            let (late, answers, dies) = day.looks[look % day.looks.len()];
            look += 1;
            let as_of = at - i64::from(late % 180) * SECOND;
            let heard = if answers % 7 == 0 {
                Heard::Unknown("it has trouble of its own".to_owned())
            } else {
                Heard::Live(truths.iter().filter(|one| one.is_seen_at(as_of)).map(|one| one.sighting(as_of)).collect())
            };
            rows.hear(heard, at, dies % 11 == 0);
            rows.tell(if dies % 13 == 0 { 1 } else { usize::MAX });
        }
        at += LOOK;
    }
    rows.tell(usize::MAX);
    for one in &truths {
        // Whoever could have seen it at two looks in a row, and was not told otherwise, was told.
        let mut seen = 0;
        let mut at = one.from + i64::try_from(BEHIND.as_millis()).unwrap_or_default();
        at += LOOK - at % LOOK;
        while at < one.to {
            seen += usize::from(!is_down(at) && one.is_seen_at(at) && one.is_seen_at(at - 3 * MINUTE));
            at += LOOK;
        }
        if seen >= 12 {
            prop_assert!(rows.told.contains(&one.key), "{one:?} was lost, seen {seen} times");
        }
    }
    let told = rows.told.len();
    prop_assert!(rows.told.iter().all(|key| truths.iter().any(|one| one.key == *key)));
    Ok(told)
}

#[test]
fn of_ten_thousand_streams_none_is_lost_through_polls_events_presence_and_crashes() {
    let days = STREAMS / 10;
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config { cases: u32::try_from(days).unwrap(), failure_persistence: None, ..Config::default() };
    let told = std::cell::Cell::new(0);
    let ended = TestRunner::new_with_rng(config, rng).run(&day(), |day| {
        told.set(told.get() + live(&day)?);
        Ok(())
    });
    ended.unwrap();
    assert!(told.get() > STREAMS * 9 / 10, "only {} of {STREAMS} were long enough to be told of", told.get());
}

#[test]
fn what_could_not_be_asked_ends_nothing_and_is_no_answer() {
    let mut rows = Rows::new();
    let one = Truth { key: "a".to_owned(), from: 0, to: 600 * MINUTE, flap: None };
    rows.hear(Heard::Live(vec![one.sighting(0)]), MINUTE, false);
    for minute in 2..48 * 60 {
        rows.hear(Heard::Unknown("nothing answers there".to_owned()), minute * MINUTE, false);
    }
    let live = &rows.course.lives[0];
    assert_eq!((live.gone, live.ended), (None, None));
    assert_eq!(rows.course.channel.unknown, Some(Millis(2 * MINUTE)));
    rows.hear(Heard::Live(Vec::new()), 48 * 60 * MINUTE, false);
    assert_eq!(rows.course.channel.unknown, None);
    assert_eq!(rows.course.lives[0].ended, None, "it may be a flap");
    rows.hear(Heard::Live(Vec::new()), (48 * 60 + 6) * MINUTE, false);
    assert_eq!(rows.course.lives[0].ended, Some(Millis(48 * 60 * MINUTE)));
}

#[test]
fn a_stream_that_was_live_before_we_looked_is_news_only_while_it_is_young() {
    let young = Duration::from_mins(14).as_millis();
    for (age, news) in [(i64::try_from(young).unwrap(), true), (16 * MINUTE, false)] {
        let mut rows = Rows::new();
        let one = Truth { key: "a".to_owned(), from: 0, to: 600 * MINUTE, flap: None };
        rows.hear(Heard::Live(vec![one.sighting(age)]), age, false);
        assert_eq!(rows.course.lives[0].news, news, "{age}");
    }
    // Whoever was looked at before it began was only missed: an outage is no reason to say nothing.
    let mut rows = Rows::new();
    let one = Truth { key: "a".to_owned(), from: 10 * MINUTE, to: 600 * MINUTE, flap: None };
    rows.hear(Heard::Live(Vec::new()), MINUTE, false);
    rows.hear(Heard::Unknown("nothing answers there".to_owned()), 5 * MINUTE, false);
    rows.hear(Heard::Live(vec![one.sighting(70 * MINUTE)]), 70 * MINUTE, false);
    assert!(rows.course.lives[0].news);
}

#[test]
fn a_late_event_of_a_stream_that_is_over_tells_nobody_and_brings_nothing_back() {
    let mut rows = Rows::new();
    let one = Truth { key: "a".to_owned(), from: 0, to: 2 * MINUTE, flap: None };
    rows.hear(Heard::Live(Vec::new()), 4 * MINUTE, false);
    rows.hear(Heard::Began(one.sighting(0)), 5 * MINUTE, false);
    assert!(rows.course.lives.is_empty());
    // The same of one that was seen, and ended.
    rows.hear(Heard::Live(vec![one.sighting(0)]), 5 * MINUTE, false);
    rows.hear(Heard::Live(Vec::new()), 6 * MINUTE, false);
    rows.hear(Heard::Began(one.sighting(0)), 8 * MINUTE, false);
    assert_eq!(rows.course.lives[0].gone, Some(Millis(6 * MINUTE)));
}

#[test]
fn an_event_is_believed_while_the_platform_still_says_otherwise() {
    let mut rows = Rows::new();
    let one = Truth { key: "a".to_owned(), from: 10 * MINUTE, to: 600 * MINUTE, flap: None };
    rows.hear(Heard::Live(Vec::new()), 9 * MINUTE, false);
    rows.hear(Heard::Began(one.sighting(0)), 10 * MINUTE, false);
    rows.hear(Heard::Live(Vec::new()), 11 * MINUTE, false);
    assert_eq!(rows.course.lives[0].gone, None, "it is only behind");
    rows.hear(Heard::Live(Vec::new()), 14 * MINUTE, false);
    assert_eq!(rows.course.lives[0].gone, Some(Millis(14 * MINUTE)));
}

#[test]
fn a_stream_that_comes_back_under_its_key_goes_on() {
    let mut rows = Rows::new();
    let one = Truth { key: "a".to_owned(), from: 0, to: 600 * MINUTE, flap: None };
    let seen = |at| Heard::Live(vec![one.sighting(at)]);
    rows.hear(seen(MINUTE), MINUTE, false);
    rows.hear(Heard::Live(Vec::new()), 2 * MINUTE, false);
    rows.hear(Heard::Live(Vec::new()), 10 * MINUTE, false);
    assert!(rows.course.lives[0].ended.is_some());
    rows.hear(seen(12 * MINUTE), 12 * MINUTE, false);
    assert_eq!((rows.course.lives[0].ended, rows.course.lives.len()), (None, 1));
}
