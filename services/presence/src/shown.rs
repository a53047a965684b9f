//! What the status says: a pure choice of what there is.
//!
//! **Invariant:** a text is masked by whose it is, before it is cut.

use base::{GuildId, Redactor, card::is_hidden};
use serde::{Deserialize, Serialize};

use crate::{
    feeds::{Media, Track},
    stated::{Source, Status},
};

/// Discord's own limit for what a status says, as it counts.
pub const LONGEST: usize = 128;

/// How the status is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// How the bot looks.
    pub status: Status,
    /// What it says; none where it says nothing.
    pub activity: Option<Activity>,
}

/// What a status says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// What stands before it.
    pub kind: Kind,
    /// It.
    pub text: String,
    /// Where a stream is seen.
    pub url: Option<String>,
}

/// What stands before what a status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// "Streaming …"
    Streaming,
    /// "Watching …"
    Watching,
    /// "Listening to …"
    Listening,
    /// Nothing.
    Words,
}

impl Activity {
    /// As people read it under the bot's name.
    pub fn read(&self) -> String {
        let before = match self.kind {
            Kind::Streaming => "Streaming ",
            Kind::Watching => "Watching ",
            Kind::Listening => "Listening to ",
            Kind::Words => "",
        };
        format!("{before}{}", self.text)
    }
}

/// What a part of the status is of: it is there for as long as nobody takes that back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Of {
    /// Streams that a guild follows.
    Streams(GuildId),
    /// A guild's Plex, as it was set then.
    Plex(GuildId, String),
    /// What a member lent then.
    Lanyard(GuildId, String),
    /// The words that were set.
    Words(GuildId),
}

impl Of {
    pub(crate) fn guild(&self) -> GuildId {
        match self {
            Self::Streams(guild) | Self::Plex(guild, _) | Self::Lanyard(guild, _) | Self::Words(guild) => *guild,
        }
    }
}

/// Somebody who is live, for whoever shares that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Airing {
    /// The channel's row.
    pub(crate) channel: String,
    /// What it is called.
    pub(crate) name: String,
    /// What its platform is called.
    pub(crate) platform: &'static str,
    /// Where it is seen, where a status may lead there.
    pub(crate) url: Option<String>,
    /// Who follows it and shares that.
    pub(crate) guild: GuildId,
}

/// What there is to be said, and of whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct There {
    pub(crate) airing: Vec<Airing>,
    pub(crate) plex: Vec<(Of, Track)>,
    pub(crate) lanyard: Vec<(Of, Track)>,
    pub(crate) words: Option<(Of, String)>,
}

/// What is said: of whom, and where it was taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) activity: Activity,
    pub(crate) of: Vec<Of>,
    pub(crate) source: Source,
}

/// The first of these sources that has something to say.
pub(crate) fn choose(sources: &[Source], there: &There, redactor: &Redactor) -> Option<Chosen> {
    sources.iter().find_map(|source| {
        let (activity, of) = match source {
            Source::Streams => streams(&there.airing, redactor)?,
            Source::Plex => track(there.plex.first()?, redactor)?,
            Source::Lanyard => track(there.lanyard.first()?, redactor)?,
            Source::Text => {
                let (of, words) = there.words.as_ref()?;
                (Activity { kind: Kind::Words, text: said(words, of.guild(), redactor)?, url: None }, vec![of.clone()])
            }
        };
        Some(Chosen { activity, of, source: *source })
    })
}

/// One is named, with its address; several are counted. A channel that several guilds follow is one.
fn streams(airing: &[Airing], redactor: &Redactor) -> Option<(Activity, Vec<Of>)> {
    let mut channels: Vec<&str> = airing.iter().map(|one| one.channel.as_str()).collect();
    channels.sort_unstable();
    channels.dedup();
    let mut of: Vec<Of> = Vec::new();
    for one in airing.iter().map(|one| Of::Streams(one.guild)) {
        if !of.contains(&one) {
            of.push(one);
        }
    }
    if channels.len() > 1 {
        let text = format!("{} streams", channels.len());
        return Some((Activity { kind: Kind::Watching, text, url: None }, of));
    }
    let one = airing.first()?;
    let text = said(&format!("{} on {}", one.name, one.platform), one.guild, redactor)?;
    let kind = if one.url.is_some() { Kind::Streaming } else { Kind::Watching };
    // Whoever else follows it has no part in it: it is taken back with whoever it was said for.
    Some((Activity { kind, text, url: one.url.clone() }, vec![Of::Streams(one.guild)]))
}

fn track((of, track): &(Of, Track), redactor: &Redactor) -> Option<(Activity, Vec<Of>)> {
    let kind = if track.media == Media::Heard { Kind::Listening } else { Kind::Watching };
    let text = if track.by.is_empty() { track.title.clone() } else { format!("{} · {}", track.title, track.by) };
    Some((Activity { kind, text: said(&text, of.guild(), redactor)?, url: None }, vec![of.clone()]))
}

/// A text on one line with nothing hidden in it, as long as a status takes; none where nothing is left.
fn said(text: &str, guild: GuildId, redactor: &Redactor) -> Option<String> {
    let masked = redactor.of(guild).mask(text).into_owned();
    let plain: String = masked.chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter }).collect();
    let plain: String = plain.chars().filter(|letter| !is_hidden(*letter) && !letter.is_control()).collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = cut(&line, LONGEST);
    (!text.is_empty()).then_some(text)
}

/// As much of it as fits, counted as Discord counts.
fn cut(text: &str, most: usize) -> String {
    let length = |text: &str| text.chars().map(char::len_utf16).sum::<usize>();
    if length(text) <= most {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut room = most - 1;
    for letter in text.chars() {
        let Some(left) = room.checked_sub(letter.len_utf16()) else { break };
        room = left;
        cut.push(letter);
    }
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn airing(channel: &str, guild: u64) -> Airing {
        let url = Some(format!("https://www.twitch.tv/{channel}"));
        Airing { channel: channel.to_owned(), name: channel.to_owned(), platform: "Twitch", url, guild: GuildId(guild) }
    }

    fn heard(title: &str, by: &str) -> Track {
        Track { title: title.to_owned(), by: by.to_owned(), media: Media::Heard }
    }

    fn reads(sources: &[Source], there: &There) -> Option<String> {
        choose(sources, there, &Redactor::default()).map(|chosen| chosen.activity.read())
    }

    #[test]
    fn one_stream_is_named_with_its_address_and_several_are_counted_once_each() {
        let mut there = There { airing: vec![airing("ada", 1), airing("ada", 2)], ..There::default() };
        let one = choose(&[Source::Streams], &there, &Redactor::default()).unwrap();
        assert_eq!(one.activity.read(), "Streaming ada on Twitch");
        assert_eq!(one.activity.url.as_deref(), Some("https://www.twitch.tv/ada"));
        there.airing.push(airing("grace", 2));
        let two = choose(&[Source::Streams], &there, &Redactor::default()).unwrap();
        assert_eq!((two.activity.read().as_str(), two.activity.url), ("Watching 2 streams", None));
        assert_eq!(two.of, [Of::Streams(GuildId(1)), Of::Streams(GuildId(2))]);
        // A status leads to Twitch and YouTube only.
        let elsewhere = Airing { url: None, platform: "Kick", ..airing("kay", 1) };
        let there = There { airing: vec![elsewhere], ..There::default() };
        assert_eq!(reads(&[Source::Streams], &there).as_deref(), Some("Watching kay on Kick"));
    }

    #[test]
    fn the_first_source_that_has_something_to_say_is_heard() {
        use Source::{Lanyard, Plex, Streams, Text};

        let (plex, lanyard) = (Of::Plex(GuildId(1), "p".to_owned()), Of::Lanyard(GuildId(1), "l".to_owned()));
        let there = There {
            plex: vec![(plex, Track { media: Media::Seen, ..heard("Dune", "2021") })],
            lanyard: vec![(lanyard, heard("Clair de lune", "Debussy"))],
            words: Some((Of::Words(GuildId(1)), "Here for you".to_owned())),
            ..There::default()
        };
        assert_eq!(reads(&[Streams, Plex, Lanyard, Text], &there).as_deref(), Some("Watching Dune · 2021"));
        assert_eq!(reads(&[Lanyard, Plex], &there).as_deref(), Some("Listening to Clair de lune · Debussy"));
        assert_eq!(reads(&[Streams, Text], &there).as_deref(), Some("Here for you"));
        assert_eq!(reads(&[Streams], &there), None);
        assert_eq!(reads(&[], &there), None);
    }

    #[test]
    fn what_comes_from_outside_is_masked_then_laid_on_one_line_then_cut() {
        let redactor = Redactor::default();
        redactor.of(GuildId(1)).learn("canary-of-a-token");
        let there = |title: &str| There {
            plex: vec![(Of::Plex(GuildId(1), "p".to_owned()), heard(title, ""))],
            ..There::default()
        };
        let text = |title: &str| choose(&[Source::Plex], &there(title), &redactor).map(|chosen| chosen.activity.text);
        assert_eq!(text("a\n\u{202e}b \u{200b} c").as_deref(), Some("a b c"));
        // It would no longer be recognised once it was cut.
        let long = format!("{}canary-of-a-token", "x".repeat(LONGEST - 6));
        assert!(!text(&long).unwrap().contains("canary"), "{:?}", text(&long));
        let cut = text(&"🦀".repeat(LONGEST)).unwrap();
        assert!(cut.encode_utf16().count() <= LONGEST && cut.ends_with('…'));
        assert_eq!(text("\u{200b}"), None);
    }
}
