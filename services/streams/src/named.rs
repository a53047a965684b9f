//! Which of the channels that a guild follows is meant: by what it was followed with, by its name, or by what stands for it alone.
//!
//! **Invariant:** what fits several names none of them.

use std::collections::{BTreeSet, HashMap};

use base::{Card, Error, GuildId, Result, card::code};
use platforms::youtube::videos::is_channel;
use store::streams::{Channel, Follow, Source};

use crate::{
    Streams,
    announce::template::home,
    resolve::{Named, read},
    words::plain,
};

/// Names and texts are no longer: Discord's own limit of what is chosen from.
const LENGTH: usize = 100;
/// More of a name is not shown there.
const NAME: usize = 50;
/// Of several that fit, so many are shown.
const SEVERAL: usize = 10;

/// A channel that is followed, to be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// As people read it: `Ada · Twitch`.
    pub label: String,
    /// What stands for it and for no other that is followed: its address, or its row where another has that, too.
    pub value: String,
}

/// What stands for each of these.
pub fn offered(all: &[(Follow, Channel)]) -> Vec<Offered> {
    let mut called: HashMap<(Source, String), usize> = HashMap::new();
    let mut labels: HashMap<String, usize> = HashMap::new();
    for (_, channel) in all {
        *labels.entry(label(channel)).or_default() += 1;
        for name in BTreeSet::from([channel.login.to_lowercase(), channel.platform_id.to_lowercase()]) {
            *called.entry((channel.source, name)).or_default() += 1;
        }
    }
    let is_its_own = |address: &str, channel: &Channel| {
        let is_it = |named: Named| {
            is_called(channel, &named) && called.get(&(named.source, named.name.to_lowercase())) == Some(&1)
        };
        address.chars().count() <= LENGTH && read(address, None).is_ok_and(is_it)
    };
    let one = |(_, channel): &(Follow, Channel)| {
        let (mut label, address) = (label(channel), address(channel));
        let is_alone = is_its_own(&address, channel);
        if labels.get(&label).is_some_and(|count| *count > 1) {
            let known_as = if is_alone { &channel.login } else { &channel.platform_id };
            label = format!("{label} · {known_as}");
        }
        let value = if is_alone { address } else { channel.id.clone() };
        Offered { label: label.chars().take(LENGTH).collect(), value }
    };
    all.iter().map(one).collect()
}

fn label(channel: &Channel) -> String {
    format!("{} · {}", channel.name.chars().take(NAME).collect::<String>(), channel.source.name())
}

/// Where it is, as people type it.
fn address(channel: &Channel) -> String {
    let home = home(channel);
    let short = home.trim_start_matches("https://").trim_start_matches("www.");
    short.to_owned()
}

fn is_called(channel: &Channel, named: &Named) -> bool {
    let is_it = |its: &String| its.to_lowercase() == named.name.to_lowercase();
    named.source == channel.source && [&channel.login, &channel.platform_id].into_iter().any(is_it)
}

/// The platform's own name that is typed, where it says which platform that is.
fn where_it_is(typed: &str) -> Option<Named> {
    let says = typed.contains('/') || typed.starts_with('@') || is_channel(typed);
    read(typed, None).ok().filter(|_| says)
}

/// Those that are called so, at whatever platform.
fn called<'a>(all: &'a [(Follow, Channel)], typed: &str) -> Vec<&'a (Follow, Channel)> {
    let wanted = typed.to_lowercase();
    let bare = wanted.trim_start_matches('@');
    let is_it = |channel: &Channel| {
        channel.login.to_lowercase().trim_start_matches('@') == bare
            || [channel.name.to_lowercase(), label(channel).to_lowercase()].contains(&wanted)
    };
    all.iter().filter(|(_, channel)| is_it(channel)).collect()
}

impl Streams {
    /// The channel that is meant, of those that a guild follows.
    ///
    /// # Errors
    /// Where none is, or several could be: then they are named.
    pub(crate) async fn followed(&self, guild: GuildId, typed: &str) -> Result<(Follow, Channel)> {
        let typed = typed.trim();
        let all = self.store.stream_follows(guild).await?;
        if let Some(one) = all.iter().find(|(_, channel)| channel.id == typed) {
            return Ok(one.clone());
        }
        if let Some(named) = where_it_is(typed) {
            let there: Vec<_> = all.iter().filter(|(_, channel)| is_called(channel, &named)).collect();
            if !there.is_empty() {
                return one_of(&all, &there, typed);
            }
            if let Some(one) = self.known_elsewhere(&all, &named).await? {
                return Ok(one);
            }
        }
        one_of(&all, &called(&all, typed), typed)
    }

    /// A handle may have been followed under another one, or by its channel's id: whose it is says YouTube.
    async fn known_elsewhere(&self, all: &[(Follow, Channel)], named: &Named) -> Result<Option<(Follow, Channel)>> {
        let is_there = all.iter().any(|(_, channel)| channel.source == Source::YouTube);
        if named.source != Source::YouTube || is_channel(&named.name) || !is_there {
            return Ok(None);
        }
        let whose = match self.resolve(named).await {
            Ok(whose) => whose,
            // There is nobody of that handle.
            Err(Error::Invalid(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let is_it = |channel: &Channel| channel.source == whose.source && channel.platform_id == whose.platform_id;
        Ok(all.iter().find(|(_, channel)| is_it(channel)).cloned())
    }
}

fn one_of(all: &[(Follow, Channel)], found: &[&(Follow, Channel)], typed: &str) -> Result<(Follow, Channel)> {
    let typed = code(typed);
    match found {
        [one] => Ok((*one).clone()),
        [] => Err(Error::Invalid(format!(
            "No channel called {typed} is followed here. `/stream list` shows them all. Nothing was changed."
        ))),
        several => {
            let mut card = Card::failed(format!("**{} channels** are called {typed}", several.len()));
            let values = offered(all);
            for (_, channel) in several.iter().take(SEVERAL) {
                let at = all.iter().position(|(_, one)| one.id == channel.id);
                let value = at.and_then(|at| values.get(at)).map_or(channel.id.as_str(), |one| one.value.as_str());
                let (name, place) = (plain(&channel.name, NAME), channel.source.name());
                card = card.row(format!("– {name} on {place}  {}", code(value)), None);
            }
            Err(Error::Outside(Box::new(card.text("Name one as it stands there. Nothing was changed."))))
        }
    }
}

#[cfg(test)]
mod tests {
    use base::{Millis, UserId};
    use store::streams::NewFollow;

    use super::*;

    fn follows(all: &[(Source, &str, &str, &str)]) -> Vec<(Follow, Channel)> {
        let one = |(at, (source, id, login, name)): (usize, &(Source, &str, &str, &str))| {
            let channel = Channel {
                id: format!("row-{at}"),
                source: *source,
                platform_id: (*id).to_owned(),
                login: (*login).to_owned(),
                name: (*name).to_owned(),
                known: None,
                quiet: None,
                unknown: None,
                trouble: None,
                look_at: Millis(0),
            };
            let follow = Follow {
                id: format!("follow-{at}"),
                guild: GuildId(1),
                stream_channel: channel.id.clone(),
                own: NewFollow::default(),
                is_theirs: false,
                added_by: UserId(1),
                added: Millis(0),
            };
            (follow, channel)
        };
        all.iter().enumerate().map(one).collect()
    }

    #[test]
    fn what_is_offered_stands_for_one_channel_and_fits() {
        let long = "a".repeat(90);
        let all = follows(&[
            (Source::Twitch, "1", "ada", "Ada"),
            (Source::YouTube, "UCaaaaaaaaaaaaaaaaaaaaaa", "@ada", "Ada"),
            (Source::Kick, "2", "ada", "Ada"),
            // Ada gave this name away, and nobody heard of it yet.
            (Source::Twitch, "3", "bob", "Bob"),
            (Source::Twitch, "4", "bob", "Bob"),
            (Source::YouTube, "UCbbbbbbbbbbbbbbbbbbbbbb", "UCbbbbbbbbbbbbbbbbbbbbbb", &long),
        ]);
        let offered = offered(&all);
        let shown: Vec<(&str, &str)> = offered.iter().map(|one| (one.label.as_str(), one.value.as_str())).collect();
        let cut = format!("{} · YouTube", "a".repeat(50));
        assert_eq!(
            shown,
            [
                ("Ada · Twitch", "twitch.tv/ada"),
                ("Ada · YouTube", "youtube.com/channel/UCaaaaaaaaaaaaaaaaaaaaaa"),
                ("Ada · Kick", "kick.com/ada"),
                ("Bob · Twitch · 3", "row-3"),
                ("Bob · Twitch · 4", "row-4"),
                (&cut, "youtube.com/channel/UCbbbbbbbbbbbbbbbbbbbbbb"),
            ]
        );
        assert!(offered.iter().all(|one| one.label.chars().count() <= 100 && one.value.chars().count() <= 100));
        assert_eq!(called(&all, "ADA").len(), 3);
        assert_eq!(called(&all, "ada · kick")[0].1.id, "row-2");
    }
}
