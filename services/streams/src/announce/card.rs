//! The face of an announcement: while its stream goes on, and once it is over.

use base::{Card, Millis, RoleId, card::Choice, measure};
use platforms::Platform;
use store::streams::{Channel, Kind, Live, Source};

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
    /// Who is pinged, and who can be by a button.
    pub mention: Option<RoleId>,
    /// What time it is.
    pub now: Millis,
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
    let mention = around.mention.map(|role| format!("<@&{role}>"));
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
    if around.mention.is_some() {
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
