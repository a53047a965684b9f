//! What is subscribed to over a connection, what was not to be had, and what is asked for next. Pure.
//!
//! **Invariants:** what is wanted no longer makes room before anything new is asked for. Where Twitch has no room for one more of other
//! people's channels, no other of them is tried until there may be some. What was not to be had is remembered from one connection to the
//! next: none is opened over which nothing may be asked for.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use platforms::twitch::topic::Topic;
use tokio::time::Instant;

use crate::watch::ONLINE;

/// Where there was no room for other people's channels, it is looked for again after this.
const FULL: Duration = Duration::from_mins(2);
/// What Twitch ended by itself is asked for again after this: who let us hear it may do so still.
const REVOKED: Duration = Duration::from_secs(30);

/// What is done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// This is asked for.
    For(Topic),
    /// This is asked for no longer; it stands under this name where that is known.
    NoLonger(Topic, Option<String>),
}

/// What became of asking for something, or of asking for it no longer.
#[derive(Debug)]
pub(super) enum Came {
    /// It stands, under this name where that is known.
    Stands(Topic, Option<String>),
    /// It does not, until it is asked for again.
    Waits(Topic, Instant),
    /// There is no room for it. One's own takes none, and is asked for again then.
    Full(Topic, Instant),
    /// It is gone.
    Gone(Topic),
    /// The account is good for nothing any more.
    Over,
}

/// What is subscribed to over a connection.
#[derive(Debug)]
pub(super) struct Held {
    /// Whose connection it is.
    subject: String,
    /// With Twitch's name of it.
    stands: BTreeMap<Topic, Option<String>>,
    /// What was not to be had, and when it is asked for again.
    waits: BTreeMap<Topic, Instant>,
    /// Until when no more of other people's channels is tried.
    full: Option<Instant>,
    /// Whether whoever runs the bot was told so.
    is_told: bool,
}

impl Held {
    /// Nothing, over the connection of who has this id there.
    pub(super) fn of(subject: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            stands: BTreeMap::new(),
            waits: BTreeMap::new(),
            full: None,
            is_told: false,
        }
    }

    /// The next thing to be done; none where there is nothing, or what there is waits.
    pub(super) fn next(&mut self, wanted: &BTreeSet<Topic>, now: Instant) -> Option<Next> {
        self.waits.retain(|topic, at| *at > now && (wanted.contains(topic) || self.stands.contains_key(topic)));
        self.full = self.full.filter(|until| *until > now);
        let unwanted = self.stands.iter().filter(|(topic, _)| !wanted.contains(topic));
        if let Some((topic, theirs)) = unwanted.into_iter().find(|(topic, _)| !self.waits.contains_key(*topic)) {
            return Some(Next::NoLonger(topic.clone(), theirs.clone()));
        }
        let missing = wanted.iter().filter(|topic| !self.stands.contains_key(*topic) && self.rests(topic).is_none());
        missing.min_by(|one, other| self.matters(one).cmp(&self.matters(other))).cloned().map(Next::For)
    }

    /// One's own first; of each other channel that it begins, and then that it ends: half of what fits would say nothing of any.
    fn matters<'a>(&self, topic: &'a Topic) -> (bool, &'a str, bool) {
        (topic.channel != self.subject, &topic.channel, topic.kind != ONLINE)
    }

    /// Until when nothing of what is wanted may be asked for; none where something may.
    pub(super) fn nothing_until(&mut self, wanted: &BTreeSet<Topic>, now: Instant) -> Option<Instant> {
        if wanted.is_empty() || self.next(wanted, now).is_some() {
            return None;
        }
        wanted.iter().filter_map(|topic| self.rests(topic)).min()
    }

    /// Until when something that is missing is not asked for.
    fn rests(&self, topic: &Topic) -> Option<Instant> {
        let full = self.full.filter(|_| topic.channel != self.subject);
        self.waits.get(topic).copied().max(full)
    }

    /// When something that waits is asked for again.
    pub(super) fn later(&self) -> Option<Instant> {
        self.waits.values().copied().chain(self.full).min()
    }

    /// Notes what became of asking. The answer is whether the account is still good.
    pub(super) fn hears(&mut self, came: Came, now: Instant) -> bool {
        match came {
            Came::Stands(topic, theirs) => {
                self.waits.remove(&topic);
                self.stands.insert(topic, theirs);
            }
            Came::Full(topic, _) if topic.channel != self.subject => {
                if !std::mem::replace(&mut self.is_told, true) {
                    tracing::warn!(
                        "Twitch has no room for more channels over somebody's connection: they are asked about"
                    );
                }
                self.full = Some(now + FULL);
            }
            Came::Waits(topic, at) | Came::Full(topic, at) => {
                self.waits.insert(topic, at);
            }
            Came::Gone(topic) => {
                self.stands.remove(&topic);
                // There may be room for another one.
                self.full = None;
            }
            Came::Over => return false,
        }
        true
    }

    /// Twitch ended by itself what stands under this name.
    pub(super) fn revoked(&mut self, theirs: &str, now: Instant) {
        let is_it = |known: &Option<String>| known.as_deref() == Some(theirs);
        let its: Vec<Topic> =
            self.stands.iter().filter(|(_, known)| is_it(known)).map(|(topic, _)| topic.clone()).collect();
        for topic in its {
            self.stands.remove(&topic);
            self.waits.insert(topic, now + REVOKED);
        }
    }

    /// The connection goes on elsewhere, and what stands goes along. What was just asked for was asked under the name of the one before.
    pub(super) fn moved(&mut self) {
        self.waits.clear();
    }

    /// The connection is over, and what stood with it.
    pub(super) fn closed(&mut self) {
        self.stands.clear();
    }

    /// The channels of which it is told that they begin.
    pub(super) fn channels(&self) -> BTreeSet<String> {
        let begins = self.stands.keys().filter(|topic| topic.kind == ONLINE);
        begins.map(|topic| topic.channel.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(channel: &str) -> Topic {
        Topic { kind: ONLINE, channel: channel.to_owned() }
    }

    fn wanted(channels: &[&str]) -> BTreeSet<Topic> {
        channels.iter().map(|channel| topic(channel)).collect()
    }

    /// All that is asked for, as long as this becomes of it.
    fn asked(held: &mut Held, wanted: &BTreeSet<Topic>, now: Instant, came: impl Fn(&Topic) -> Came) -> Vec<String> {
        let mut asked = Vec::new();
        while let Some(next) = held.next(wanted, now) {
            let came = match next {
                Next::For(topic) => {
                    asked.push(format!("+{}", topic.channel));
                    came(&topic)
                }
                Next::NoLonger(topic, _) => {
                    asked.push(format!("-{}", topic.channel));
                    Came::Gone(topic)
                }
            };
            assert!(held.hears(came, now) && asked.len() < 100, "{asked:?}");
        }
        asked
    }

    #[tokio::test]
    async fn where_there_is_no_room_one_is_tried_and_ones_own_is_not_held_up() {
        let (mut held, now) = (Held::of("9"), Instant::now());
        let all = wanted(&["1", "2", "3", "4", "9"]);
        let room = |topic: &Topic| match topic.channel.as_str() {
            "1" | "9" => Came::Stands(topic.clone(), None),
            _ => Came::Full(topic.clone(), now),
        };
        assert_eq!(asked(&mut held, &all, now, room), ["+9", "+1", "+2"]);
        assert_eq!(held.channels(), BTreeSet::from(["1".to_owned(), "9".to_owned()]));
        assert!(asked(&mut held, &all, now + FULL / 2, room).is_empty());
        assert_eq!(asked(&mut held, &all, now + FULL, room), ["+2"], "one again, once there may be room");
        // What is wanted no longer makes room first.
        let all = wanted(&["2", "3", "9"]);
        let stands = |topic: &Topic| Came::Stands(topic.clone(), None);
        assert_eq!(asked(&mut held, &all, now + FULL, stands), ["-1", "+2", "+3"]);
    }

    #[tokio::test]
    async fn a_connection_over_which_nothing_may_be_asked_for_is_not_opened() {
        let (mut held, now) = (Held::of("9"), Instant::now());
        let (all, later) = (wanted(&["1", "9"]), now + Duration::from_mins(10));
        assert_eq!(held.nothing_until(&all, now), None);
        asked(&mut held, &all, now, |topic| Came::Waits(topic.clone(), later));
        held.closed();
        assert_eq!(held.nothing_until(&all, now), Some(later));
        assert_eq!(held.nothing_until(&wanted(&["1", "2", "9"]), now), None, "something new may be asked for");
        assert_eq!(held.nothing_until(&all, later), None);
    }
}
