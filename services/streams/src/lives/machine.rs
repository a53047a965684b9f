//! How a channel goes: what is live there, since when, and whether that is news. Pure.
//!
//! **Invariants:** a stream is known by one key, whoever tells of it. What could not be asked changes nothing of what is live. A source
//! that names no stream only hastens a look. A stream that comes back under its key is the same stream, and is news at most once. Who
//! does not know of what kind it is takes back nothing of what somebody said who does.

use std::{collections::BTreeSet, time::Duration};

use base::Millis;
use store::streams::{Channel, Kind, Live};

/// A stream that is not seen for this long has ended.
pub const GRACE: Duration = Duration::from_mins(5);
/// A platform may say for this long what was so before.
pub const BEHIND: Duration = Duration::from_mins(3);
/// A stream that was live before its channel was looked at is news while it is this young.
pub const YOUNG: Duration = Duration::from_mins(15);
/// A stream that was missed, though its channel was looked at before, is news while it is this young.
pub const MISSED: Duration = Duration::from_hours(2);
/// A stream that began, as its event says, longer ago than this is not begun by that event alone.
const EVENT: Duration = Duration::from_mins(12);

/// What is seen of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Its one key at its platform.
    pub key: String,
    /// What kind it is; none where whoever says so cannot know.
    pub kind: Option<Kind>,
    /// Its title; empty where nobody said.
    pub title: String,
    /// Its game or category; empty where nobody said.
    pub game: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Where a picture of it is.
    pub picture: Option<String>,
    /// Where it can be seen afterwards.
    pub vod: Option<String>,
    /// How many see it.
    pub viewers: Option<i64>,
    /// When it began.
    pub started: Millis,
}

/// What is heard of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Its platform says that this is live there, and nothing else.
    Live(Vec<Sighting>),
    /// Its platform could not be asked.
    Unknown(String),
    /// An event says that this began.
    Began(Sighting),
    /// Something happened there, and who says so names no stream.
    Stirred,
}

/// What follows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Follows {
    /// The stream of this key is new, or shows something else.
    Changed(String),
    /// The stream of this key ended.
    Ended(String),
    /// The channel is to be asked about now.
    Look,
}

/// A channel, and its streams: all that go on, and those that ended not long ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// The channel.
    pub channel: Channel,
    /// Its streams.
    pub lives: Vec<Live>,
}

impl Course {
    /// Hears something at this moment.
    pub fn hear(&mut self, heard: Heard, now: Millis) -> Vec<Follows> {
        let mut follows = match heard {
            Heard::Live(seen) => self.answered(seen, now),
            Heard::Unknown(why) => {
                self.channel.unknown.get_or_insert(now);
                self.channel.trouble = Some(why);
                // Nothing ends while nobody can say so.
                return Vec::new();
            }
            Heard::Began(seen) => self.began(&seen, now),
            Heard::Stirred => vec![Follows::Look],
        };
        follows.extend(self.end_what_is_gone(now));
        follows
    }

    /// Whether one of its streams goes on.
    pub fn is_live(&self) -> bool {
        self.lives.iter().any(|live| live.ended.is_none())
    }

    fn answered(&mut self, seen: Vec<Sighting>, now: Millis) -> Vec<Follows> {
        let mut follows = Vec::new();
        for live in &mut self.lives {
            if live.ended.is_some() || seen.iter().any(|one| one.key == live.key) {
                continue;
            }
            // What only an event told of may not be known there yet.
            let may_come = live.seen.is_none() && now.since(live.found) < BEHIND;
            if !may_come && live.gone.is_none() {
                live.gone = Some(now);
            }
        }
        if seen.is_empty() {
            self.channel.quiet = Some(now);
        }
        for one in seen {
            follows.extend(self.seen(one, now, true));
        }
        self.channel.known = Some(now);
        self.channel.unknown = None;
        self.channel.trouble = None;
        follows
    }

    fn began(&mut self, one: &Sighting, now: Millis) -> Vec<Follows> {
        let known = self.lives.iter_mut().find(|live| live.key == one.key);
        let is_known = known.is_some();
        // A look found it first, and could not say of what kind it is.
        if let Some((live, kind)) = known.zip(one.kind)
            && live.ended.is_none()
            && live.kind != kind
        {
            live.kind = kind;
            live.version += 1;
            return vec![Follows::Changed(one.key.clone()), Follows::Look];
        }
        // It comes late: the platform said since that nothing is live, and may no longer be behind.
        let is_over = self.channel.quiet.is_some_and(|quiet| quiet.since(one.started) > BEHIND);
        if is_known || is_over || now.since(one.started) > EVENT {
            return vec![Follows::Look];
        }
        self.seen(one.clone(), now, false)
    }

    fn seen(&mut self, one: Sighting, now: Millis, by_the_platform: bool) -> Vec<Follows> {
        let seen = by_the_platform.then_some(now);
        let Some(live) = self.lives.iter_mut().find(|live| live.key == one.key) else {
            let news = self.is_news(&one, now);
            self.lives.push(Live {
                id: String::new(),
                stream_channel: self.channel.id.clone(),
                source: self.channel.source,
                key: one.key.clone(),
                kind: one.kind.unwrap_or(Kind::Live),
                title: one.title,
                game: one.game,
                tags: one.tags,
                picture: one.picture,
                vod: one.vod,
                viewers: one.viewers,
                peak: one.viewers,
                started: one.started,
                found: now,
                seen,
                gone: None,
                ended: None,
                news,
                version: 1,
            });
            return vec![Follows::Changed(one.key)];
        };
        let before = shows(live);
        for (known, said) in [(&mut live.title, one.title), (&mut live.game, one.game)] {
            if !said.is_empty() {
                *known = said;
            }
        }
        live.kind = one.kind.unwrap_or(live.kind);
        live.tags = if one.tags.is_empty() { std::mem::take(&mut live.tags) } else { one.tags };
        live.picture = one.picture.or(live.picture.take());
        live.vod = one.vod.or(live.vod.take());
        live.viewers = one.viewers.or(live.viewers);
        live.peak = live.peak.max(live.viewers);
        live.seen = seen.or(live.seen);
        live.gone = None;
        live.ended = None;
        if before == shows(live) {
            return Vec::new();
        }
        live.version += 1;
        vec![Follows::Changed(one.key)]
    }

    /// Whether a stream that is found now is worth telling of.
    fn is_news(&self, one: &Sighting, now: Millis) -> bool {
        let age = now.since(one.started);
        // Whoever was looked at before it began was only missed.
        age <= if self.channel.quiet.is_some() { MISSED } else { YOUNG }
    }

    fn end_what_is_gone(&mut self, now: Millis) -> Vec<Follows> {
        let mut follows = Vec::new();
        for live in &mut self.lives {
            let Some(gone) = live.gone.filter(|gone| live.ended.is_none() && now.since(*gone) >= GRACE) else {
                continue;
            };
            live.ended = Some(gone);
            live.viewers = None;
            live.version += 1;
            follows.push(Follows::Ended(live.key.clone()));
        }
        follows
    }
}

/// What of a stream is shown, or decides who is told of it; tags in whatever order they come.
fn shows(live: &Live) -> (String, String, BTreeSet<String>, Kind, bool) {
    let tags = live.tags.iter().cloned().collect();
    (live.title.clone(), live.game.clone(), tags, live.kind, live.ended.is_some())
}
