//! The face of an announcement: while its stream goes on, and once it is over.

use base::{Card, GuildId, Millis, RoleId, card::Choice, measure};
use platforms::Platform;
use store::streams::{Channel, Kind, Live, Settings, Source};

use super::template::{address, home};
use crate::{NotifyMe, words::plain};

/// More of a title is not shown.
const TITLE: usize = 200;
const NAME: usize = 80;

/// What stands around a stream in a guild.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// What is said on top.
    pub words: &'a str,
    /// Who is pinged.
    pub mention: Option<Mention>,
    /// Whether a button gives the role that is pinged for streams, also where nobody is this time.
    pub given: bool,
    /// What time it is.
    pub now: Millis,
}

/// Who is pinged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mention {
    /// Everybody.
    Everyone,
    /// Whoever holds this role.
    Role(RoleId),
}

impl Mention {
    /// Who holds a role of a guild.
    pub fn of(guild: GuildId, role: RoleId) -> Self {
        if role.0 == guild.0 { Self::Everyone } else { Self::Role(role) }
    }

    /// As it stands in a text.
    pub fn shown(self) -> String {
        match self {
            Self::Everyone => "@everyone".to_owned(),
            Self::Role(role) => format!("<@&{role}>"),
        }
    }
}

/// Whether a button gives the role that is pinged in a guild.
pub fn is_given(settings: &Settings) -> bool {
    settings.mention.is_some() && settings.mention_given
}

fn platform(source: Source) -> Platform {
    match source {
        Source::Twitch => Platform::Twitch,
        Source::YouTube => Platform::YouTube,
        Source::Kick => Platform::Kick,
    }
}

/// Draws it.
pub fn draw(channel: &Channel, live: &Live, around: Around<'_>) -> Card {
    let (name, at) = (plain(&channel.name, NAME), channel.source.name());
    let what = match live.kind {
        Kind::Live => "live",
        Kind::Rerun => "showing a rerun",
        Kind::Premiere => "showing a premiere",
    };
    let mut card = match live.ended {
        None => Card::plain(format!("**{name}** is {what} on {at}")).coloured(Some(platform(channel.source).colour())),
        Some(_) => Card::quiet(format!("**{name}** was {what} on {at}")),
    };
    match live.ended {
        None => {
            card = card.fact(format!("since {}", live.started.relative()));
            if let Some(count) = live.viewers {
                card = card.fact(format!("{} watching", thousands(count)));
            }
        }
        Some(ended) => {
            card = card.fact(format!("for {}", measure::age(ended.since(live.started))));
            if let Some(count) = live.peak {
                card = card.fact(format!("{} watching at most", thousands(count)));
            }
        }
    }
    if !live.game.is_empty() {
        card = card.fact(plain(&live.game, NAME));
    }
    let mention = around.mention.map(Mention::shown);
    let words: Vec<String> =
        mention.into_iter().chain((!around.words.is_empty()).then(|| around.words.to_owned())).collect();
    if !words.is_empty() {
        card = card.text(words.join(" "));
    }
    if !live.title.is_empty() {
        card = card.text(format!("**{}**", plain(&live.title, TITLE)));
    }
    match (live.ended, &live.vod) {
        (None, _) => {
            if let Some(picture) = &live.picture {
                // Discord keeps a picture by its address, and would show the first for ever.
                let picture = format!("{picture}?t={}", around.now.0 / 300_000);
                card = card.image(picture, format!("What {} shows", channel.name));
            }
            card = card.choice(Choice::open("Watch", &address(channel, live)));
        }
        (Some(_), Some(vod)) => card = card.choice(Choice::open("Watch again", vod)),
        (Some(_), None) => card = card.choice(Choice::open("Channel", &home(channel))),
    }
    if around.given {
        card = card.lasting().choice(Choice::perform("Notify me", &NotifyMe {}, base::card::Lands::Aside));
    }
    card
}

/// A number as people read it: `12,345`.
fn thousands(count: i64) -> String {
    let digits = count.max(0).to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}
