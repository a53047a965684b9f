//! What is typed about a category, read whole before anything is changed.

mod add;
mod edit;
mod list;
mod questions;
mod remove;
mod role;

use std::time::Duration;

use base::{Error, GuildId, Result, RoleId, card::code};
use schedules::when::Zone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::{After, CategoryChange, Place, Priority};

use crate::{ChannelKind, Tickets, opening::hours, words};

pub use add::AddTicketCategory;
pub use edit::EditTicketCategory;
pub use list::ListTicketCategories;
pub use questions::AskInCategory;
pub use remove::RemoveTicketCategory;
pub use role::{Given, SetTicketRole};

/// A name is a button's label.
pub(crate) const NAME: usize = 40;
/// A line of a menu.
pub(crate) const DESCRIPTION: usize = 100;
/// A custom emoji is written `<a:name:id>`, with a name of 32 letters.
const EMOJI: usize = 60;
const COOLDOWN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(30 * 24));
const TARGET: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(90 * 24));
const ASKED: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(30 * 24));
/// Open at once, of one member.
const MOST: i64 = 25;

/// How a category goes. What is not said stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rules {
    /// An emoji before its name; or `none`.
    #[serde(default)]
    pub emoji: Option<String>,
    /// What it is for, in a line.
    #[serde(default)]
    pub description: Option<String>,
    /// What its tickets are at first.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// Between two tickets of one member, such as `10m`; or `none`.
    #[serde(default)]
    pub cooldown: Option<String>,
    /// How many a member may have open at once.
    #[serde(default)]
    pub limit: Option<i64>,
    /// Hours in which it is open, such as `9:00-17:30`; or `always`.
    #[serde(default)]
    pub hours: Option<String>,
    /// The time zone of those hours, such as `Europe/Rome`.
    #[serde(default)]
    pub zone: Option<String>,
    /// Until staff should answer first, such as `1h`; or `none`.
    #[serde(default)]
    pub answer: Option<String>,
    /// Until it should be solved, such as `2d`; or `none`.
    #[serde(default)]
    pub solve: Option<String>,
    /// So long the member is asked before a ticket is closed, such as `1d`; or `none`.
    #[serde(default)]
    pub confirm: Option<String>,
    /// So long the member may say nothing before they are warned, and as long again before it closes, such as `3d`; or `none`.
    #[serde(default)]
    pub idle: Option<String>,
    /// So long after a missed target somebody is pinged, and after the second those who come last are called: such as `10m 1h`. `never`
    /// in place of either; or `default`.
    #[serde(default)]
    pub late: Option<String>,
    /// The id of the role whose holders come last.
    #[serde(default)]
    pub escalate_to: Option<u64>,
    /// What its tickets live in: private threads under its panel, or channels of their own.
    #[serde(default)]
    pub place: Option<Place>,
    /// The id of the category of Discord's under which its channels are made.
    #[serde(default)]
    pub under: Option<u64>,
    /// The id of the forum whose posts open tickets of it; or 0 for none.
    #[serde(default)]
    pub forum: Option<u64>,
}

impl Rules {
    pub(crate) fn change(&self) -> Result<CategoryChange> {
        let says = |typed: &str, words: &[&str]| words.contains(&typed.trim().to_lowercase().as_str());
        let span = |typed: &Option<String>, what, bounds| {
            typed.as_deref().map(|typed| words::span(typed, what, bounds)).transpose()
        };
        let hours = |typed: &String| {
            if says(typed, &["always", "none", "off"]) { Ok(None) } else { hours::read(typed).map(Some) }
        };
        let emoji = |typed: &String| if says(typed, &["none", "off"]) { Ok(None) } else { emoji(typed).map(Some) };
        let late = self.late.as_deref().map(late).transpose()?;
        if let Some(limit) = self.limit.filter(|limit| !(1..=MOST).contains(limit)) {
            let sentence = format!("{limit} is no limit: it is 1 at least and {MOST} at most. Nothing was changed.");
            return Err(Error::Invalid(sentence));
        }
        Ok(CategoryChange {
            emoji: self.emoji.as_ref().map(emoji).transpose()?,
            description: self.description.as_deref().map(|text| words::line(text, DESCRIPTION)).transpose()?,
            priority: self.priority,
            cooldown: span(&self.cooldown, "A cooldown", COOLDOWN)?,
            most_open: self.limit,
            hours: self.hours.as_ref().map(hours).transpose()?,
            zone: self.zone.as_ref().map(|zone| zone.parse::<Zone>()).transpose()?.map(|zone| zone.as_str().to_owned()),
            answer_within: span(&self.answer, "The first answer's target", TARGET)?,
            solve_within: span(&self.solve, "The solution's target", TARGET)?,
            ask_for: span(&self.confirm, "The time for the member to say otherwise", ASKED)?,
            idle_for: span(&self.idle, "The time for the member to say something", ASKED)?,
            ping_after: late.map(|(ping, _)| ping),
            escalate_after: late.map(|(_, escalate)| escalate),
            escalate_to: self.escalate_to.map(RoleId),
            // Whoever says where channels are made wants channels.
            place: self.place.or(self.under.map(|_| Place::Channel)),
            under: self.under.map(|under| Some(under).filter(|under| *under != 0)),
            forum: self.forum.map(|forum| Some(forum).filter(|forum| *forum != 0)),
        })
    }

    /// Refuses places that are none.
    pub(crate) async fn check_places(&self, tickets: &Tickets, guild: GuildId) -> Result<()> {
        let kinds = [(self.under, ChannelKind::Folder, "category"), (self.forum, ChannelKind::Forum, "forum")];
        for (channel, wanted, what) in kinds {
            let Some(channel) = channel.filter(|channel| *channel != 0) else { continue };
            let kind = match tickets.members.get() {
                Some(members) => members.channel(guild, channel).await?,
                None => None,
            };
            if kind != Some(wanted) {
                let sentence = format!("<#{channel}> is no {what} of this server that I see. Nothing was changed.");
                return Err(Error::Busy(sentence));
            }
        }
        Ok(())
    }

    /// Everything that people typed.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &String> {
        [&self.emoji, &self.description].into_iter().flatten()
    }
}

/// What follows a missed target, as it is typed: two spans after it, the second the longer one.
fn late(typed: &str) -> Result<(After, After)> {
    let wrong = || {
        let typed = code(typed);
        Error::Invalid(format!(
            "{typed} is not when somebody is pinged and when those who come last are called. It is written as `10m 1h`, `10m never` or `default`. Nothing was changed."
        ))
    };
    let after = |word: &str| {
        let span = words::span(word, "What follows a missed target", TARGET)?;
        Ok::<After, Error>(span.map_or(After::Never, After::Span))
    };
    match typed.split_whitespace().collect::<Vec<_>>()[..] {
        ["default"] => Ok((After::Share, After::Share)),
        [ping, escalate] => match (after(ping)?, after(escalate)?) {
            (After::Span(ping), After::Span(escalate)) if ping >= escalate => Err(wrong()),
            both => Ok(both),
        },
        _ => Err(wrong()),
    }
}

/// One emoji, or a custom one as Discord writes it: no words, and no mention.
pub(crate) fn emoji(typed: &str) -> Result<String> {
    let typed = typed.trim();
    let inner = typed.strip_prefix("<a:").or_else(|| typed.strip_prefix("<:")).and_then(|rest| rest.strip_suffix('>'));
    let is_custom = inner.and_then(|inner| inner.split_once(':')).is_some_and(|(name, id)| {
        let is_name = !name.is_empty() && name.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'_');
        is_name && !id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit())
    });
    let is_sign = !typed.is_empty()
        && typed.chars().count() <= 10
        && typed.chars().all(|letter| !letter.is_ascii() && !letter.is_alphanumeric());
    if typed.len() <= EMOJI && (is_custom || is_sign) {
        return Ok(typed.to_owned());
    }
    Err(Error::Invalid(format!("{} is no emoji. Nothing was changed.", code(typed))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_stays_and_what_cannot_be_is_refused_whole() {
        let text = |text: &str| Some(text.to_owned());
        let rules = Rules {
            emoji: text("none"),
            cooldown: text("10m"),
            hours: text("9-17:30"),
            zone: text("europe/rome"),
            answer: text("none"),
            ..Rules::default()
        };
        let expected = CategoryChange {
            emoji: Some(None),
            cooldown: Some(Some(Duration::from_mins(10))),
            hours: Some(Some((540, 1_050))),
            zone: text("Europe/Rome"),
            answer_within: Some(None),
            ..CategoryChange::default()
        };
        assert_eq!(rules.change().unwrap(), expected);
        for wrong in [
            Rules { emoji: text("bug"), ..Rules::default() },
            Rules { emoji: text("<@&1>"), ..Rules::default() },
            Rules { cooldown: text("soon"), ..Rules::default() },
            Rules { solve: text("91d"), ..Rules::default() },
            Rules { hours: text("night"), ..Rules::default() },
            Rules { zone: text("Nowhere/Land"), ..Rules::default() },
            Rules { limit: Some(0), ..Rules::default() },
            Rules { late: text("10m"), ..Rules::default() },
            Rules { late: text("1h 10m"), ..Rules::default() },
            Rules { late: text("soon later"), ..Rules::default() },
        ] {
            assert!(wrong.change().is_err(), "{wrong:?}");
        }
        assert_eq!(late("10m never").unwrap(), (After::Span(Duration::from_mins(10)), After::Never));
        assert_eq!(late("default").unwrap(), (After::Share, After::Share));
        for fine in ["🐛", "❤️", "<:bug:123>", "<a:bug_2:123>"] {
            assert!(emoji(fine).is_ok(), "{fine}");
        }
    }
}
