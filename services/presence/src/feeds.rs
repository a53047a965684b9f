//! Everybody who is asked what plays, and what they said last.
//!
//! **Invariant:** who is not wanted is forgotten: what they said an hour ago is nothing to begin with.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use base::{Millis, UserId, card::is_hidden};
use store::presence::{Lanyard, Plex};

use crate::heard::{Heard, Silence};

/// Something that plays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// What it is called.
    pub title: String,
    /// By whom, or of what; empty where that is not known.
    pub by: String,
    /// Whether one looks or listens.
    pub(crate) media: Media,
}

impl Track {
    /// Whether there is anything to be seen of what it is called.
    pub(crate) fn is_seen(&self) -> bool {
        self.title.chars().any(|letter| !letter.is_whitespace() && !letter.is_control() && !is_hidden(letter))
    }
}

/// Whether one looks or listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    Seen,
    Heard,
}

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Whom {
    /// A guild's Plex, as it was set then.
    Plex(Plex),
    /// Lanyard, about somebody. Lent in several guilds, it is one question.
    Lanyard(UserId),
    /// Spotify, in somebody's name. A source of several guilds is one question.
    Spotify(UserId),
}

impl Whom {
    pub(crate) fn lanyard(lent: &Lanyard) -> Self {
        Self::Lanyard(lent.user)
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Feeds(HashMap<Whom, Heard<Track>>);

impl Feeds {
    /// These are wanted and nobody else; those are to be asked now, and when next.
    pub(crate) fn due(&mut self, wanted: Vec<(Whom, Duration)>, now: Millis) -> Vec<(Whom, Duration)> {
        let all: HashSet<&Whom> = wanted.iter().map(|(whom, _)| whom).collect();
        self.0.retain(|whom, _| all.contains(whom));
        // Whoever is wanted twice is asked as often as the more curious wants.
        let mut every: Vec<(Whom, Duration)> = Vec::new();
        for (whom, span) in wanted {
            match every.iter_mut().find(|(known, _)| *known == whom) {
                Some((_, known)) => *known = (*known).min(span),
                None => every.push((whom, span)),
            }
        }
        every.retain(|(whom, _)| self.0.entry(whom.clone()).or_default().is_due(now));
        every
    }

    /// Somebody answered, or did not. Who was forgotten meanwhile is not heard.
    pub(crate) fn hear(&mut self, whom: &Whom, said: Result<Option<Track>, Silence>, now: Millis, every: Duration) {
        if let Some(heard) = self.0.get_mut(whom) {
            heard.hear(said, now, every);
        }
    }

    /// What somebody says now.
    pub(crate) fn says(&self, whom: &Whom, now: Millis) -> Option<Track> {
        self.0.get(whom)?.says(now).cloned()
    }

    /// Since when somebody does not answer, and why.
    pub(crate) fn trouble(&self, whom: &Whom) -> Option<(Millis, String)> {
        self.0.get(whom)?.trouble().map(|(since, why)| (since, why.to_owned()))
    }

    /// Whether somebody does not answer for something that will not pass by itself.
    pub(crate) fn lasts(&self, whom: &Whom) -> bool {
        self.0.get(whom).is_some_and(Heard::lasts)
    }

    /// Whether somebody is asked at all.
    pub(crate) fn is_asked(&self, whom: &Whom) -> bool {
        self.0.contains_key(whom)
    }

    /// Whether somebody has answered, or will not.
    pub(crate) fn is_known(&self, whom: &Whom) -> bool {
        self.0.get(whom).is_some_and(|heard| heard.is_known() || heard.trouble().is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(8);

    fn song() -> Track {
        Track { title: "a song".to_owned(), by: String::new(), media: Media::Heard }
    }

    #[test]
    fn a_title_of_which_nothing_is_seen_is_none() {
        let called = |title: &str| Track { title: title.to_owned(), ..song() }.is_seen();
        assert!(called("a") && !called("") && !called(" \u{200b}\u{202e}\n"));
    }

    #[test]
    fn whoever_is_wanted_twice_is_asked_once_and_who_is_not_wanted_is_forgotten() {
        let (mut feeds, ada) = (Feeds::default(), Whom::Spotify(UserId(1)));
        let twice = vec![(ada.clone(), EVERY * 2), (ada.clone(), EVERY)];
        assert_eq!(feeds.due(twice.clone(), Millis(0)), [(ada.clone(), EVERY)]);
        feeds.hear(&ada, Ok(Some(song())), Millis(0), EVERY);
        assert!(feeds.due(twice, Millis(7_999)).is_empty());
        assert_eq!(feeds.says(&ada, Millis(7_999)), Some(song()));
        feeds.due(Vec::new(), Millis(8_000));
        assert_eq!(feeds.says(&ada, Millis(8_000)), None);
        // An answer that was on its way meanwhile is nobody's.
        feeds.hear(&ada, Ok(Some(song())), Millis(8_000), EVERY);
        assert!(!feeds.is_asked(&ada));
    }
}
