//! Has a guild follow a channel, or otherwise follow it in another way: what is not said stays as it is.

use base::{
    Action, Card, Error, GuildId, Permit, Report, Result, Risk, Run, UserId,
    card::{Choice, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::streams::{Filters, Followed as Kept, NewFollow, Source};

use super::{FOLLOWS, refuse_secrets};
use crate::{
    Streams,
    announce::template,
    resolve::read,
    words::{is_none, list, plain},
};

/// What a follow no longer has of its own: the server's stands in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WithoutOwn {
    /// Where it is told of.
    Channel,
    /// The member whose channel it is.
    Member,
    /// What is said on top.
    Template,
    /// Which streams are told of.
    Filters,
}

impl WithoutOwn {
    /// As a sentence has it.
    fn name(self) -> &'static str {
        match self {
            Self::Channel => "a channel",
            Self::Member => "a member",
            Self::Template => "words",
            Self::Filters => "filters",
        }
    }
}

/// Follow a channel: this server is told when it goes live. Followed again, what is named changes and the rest stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct FollowStream {
    /// Its name, or its address.
    pub name: String,
    /// Where it is, where that is only a name; Twitch unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Source>,
    /// The id of the channel where it is told of; the server's unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<u64>,
    /// The id of the member whose channel it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<u64>,
    /// What is said on top; or `none` for what the server says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Only these games or categories, with commas between them; or `none` for every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub games: Option<String>,
    /// Only titles with one of these words, `*` for any letters; or `none` for every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// Only streams with one of these tags; or `none` for every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// What it no longer has of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<WithoutOwn>,
}

/// It is followed.
#[derive(Debug, Serialize)]
pub struct Followed {
    name: String,
    platform: Source,
    address: String,
    place: Option<u64>,
    is_asked: bool,
    was: Was,
    /// What it has of its own, or what of that is otherwise now.
    own: Vec<String>,
}

/// How it was followed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Was {
    Not,
    Followed,
    /// As a member's own.
    Theirs,
}

/// What is asked for, read.
struct Asked {
    channel: Option<u64>,
    member: Option<UserId>,
    /// As it was typed.
    template: Option<String>,
    games: Option<Vec<String>>,
    words: Option<Vec<String>>,
    tags: Option<Vec<String>>,
    without: Option<WithoutOwn>,
    /// What filters of its own begin with.
    base: Filters,
}

impl Asked {
    /// How it is followed once that is done.
    fn of(self, mut own: NewFollow) -> NewFollow {
        own.channel = self.channel.or(own.channel);
        own.member = self.member.or(own.member);
        if let Some(typed) = self.template {
            own.template = (!is_none(&typed)).then_some(typed);
        }
        // Filters of its own stand in place of the server's, of which the rest stays.
        if self.games.is_some() || self.words.is_some() || self.tags.is_some() {
            let base = own.filters.take().unwrap_or(self.base);
            own.filters = Some(Filters {
                games: self.games.unwrap_or(base.games),
                words: self.words.unwrap_or(base.words),
                tags: self.tags.unwrap_or(base.tags),
                ..base
            });
        }
        match self.without {
            Some(WithoutOwn::Channel) => own.channel = None,
            Some(WithoutOwn::Member) => own.member = None,
            Some(WithoutOwn::Template) => own.template = None,
            Some(WithoutOwn::Filters) => own.filters = None,
            None => {}
        }
        own
    }
}

impl Streams {
    async fn asked(&self, guild: GuildId, asked: &FollowStream) -> Result<Asked> {
        let template = asked.template.as_deref().map(|typed| typed.trim().to_owned());
        if let Some(typed) = &template {
            template::check(typed)?;
        }
        let lists = [&asked.games, &asked.words, &asked.tags];
        let [games, words, tags] = lists.map(|typed| typed.as_deref().map(list).transpose());
        let (channel, member, without) = (asked.channel, asked.member.map(UserId), asked.without);
        let base = self.settings(guild).await?.filters;
        Ok(Asked { channel, member, template, games: games?, words: words?, tags: tags?, without, base })
    }
}

impl Action for FollowStream {
    const NAME: &'static str = "stream.follow";
    const RISK: Risk = Risk::Change;
    type Service = Streams;
    type Report = Followed;

    fn plan(&self) -> String {
        let own = |what: &str, typed: &Option<String>| typed.as_ref().map(|typed| format!("{what} {}", code(typed)));
        let named = [
            self.channel.map(|channel| format!("in <#{channel}>")),
            self.member.map(|member| format!("as <@{member}>'s")),
            own("in the words", &self.template),
            own("games", &self.games),
            own("titles with", &self.words),
            own("tags", &self.tags),
            self.without.map(|what| format!("without {} of its own", what.name())),
        ];
        let told = format!("Follow {}, and tell of it when it goes live", code(&self.name));
        std::iter::once(told).chain(named.into_iter().flatten()).collect::<Vec<_>>().join(", ")
    }

    fn refusal(&self) -> String {
        "follow channels".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, streams: &Streams, run: &Run) -> Result<Followed> {
        let (actor, asked) = (permit.actor(), permit.action());
        let typed = [
            Some(&asked.name),
            asked.template.as_ref(),
            asked.games.as_ref(),
            asked.words.as_ref(),
            asked.tags.as_ref(),
        ];
        for text in typed.into_iter().flatten() {
            refuse_secrets(run, text)?;
        }
        streams.refuse_elsewhere(actor.guild, asked.channel).await?;
        let change = streams.asked(actor.guild, asked).await?;
        let found = streams.resolve(&read(&asked.name, asked.platform)?).await?;
        let channel = streams.store.stream_channel_of(&found).await?;
        let limits = (actor.user, FOLLOWS);
        let followed = streams.store.follow_stream(actor.guild, &channel, |own| change.of(own), limits).await?;
        let Some(Kept { before, now }) = followed else {
            return Err(Error::Busy(format!(
                "{FOLLOWS} channels are followed here, the most I keep. Nothing was changed."
            )));
        };
        let is_asked = match channel.source {
            Source::YouTube => streams.platforms.youtube.has_key(),
            _ => true,
        };
        let was = match &before {
            None => Was::Not,
            Some(before) if before.is_theirs => Was::Theirs,
            Some(_) => Was::Followed,
        };
        let settings = streams.settings(actor.guild).await?;
        Ok(Followed {
            address: template::home(&channel),
            name: channel.name,
            platform: channel.source,
            place: now.channel.or(settings.channel),
            is_asked,
            was,
            own: differs(&before.map(|before| before.own).unwrap_or_default(), &now),
        })
    }
}

/// What is otherwise now, a line each.
fn differs(before: &NewFollow, now: &NewFollow) -> Vec<String> {
    let mut lines = Vec::new();
    if before.channel != now.channel {
        lines.push(match now.channel {
            Some(channel) => format!("announced in <#{channel}>, a channel of its own"),
            None => "announced where all are".to_owned(),
        });
    }
    if before.member != now.member {
        lines.push(match now.member {
            Some(member) => format!("the channel of <@{member}>"),
            None => "no member's channel any more".to_owned(),
        });
    }
    if before.template != now.template {
        lines.push(match &now.template {
            Some(template) => format!("says {}", code(template)),
            None => "says what all announcements say".to_owned(),
        });
    }
    match &now.filters {
        filters if *filters == before.filters => {}
        None => lines.push("filtered as all are".to_owned()),
        Some(filters) => {
            let was = before.filters.clone().unwrap_or_default();
            let lists = [
                ("games", &filters.games, was.games),
                ("titles with", &filters.words, was.words),
                ("tags", &filters.tags, was.tags),
            ];
            if lists.iter().all(|(_, of, _)| of.is_empty()) {
                lines.push("every game, title and tag".to_owned());
                return lines;
            }
            for (what, of, was) in lists {
                match (of.is_empty(), *of == was) {
                    (_, true) => {}
                    (true, false) => lines.push(format!("no longer only some {}", what.trim_end_matches(" with"))),
                    (false, false) => {
                        let all: Vec<String> = of.iter().map(code).collect();
                        lines.push(format!("only {what} {}", all.join(", ")));
                    }
                }
            }
        }
    }
    lines
}

impl Report for Followed {
    fn card(&self) -> Card {
        let (name, at) = (plain(&self.name, 80), self.platform.name());
        let mut card = match self.was {
            Was::Not => Card::ok(format!("**Following** {name} on {at}")),
            Was::Followed if self.own.is_empty() => Card::quiet(format!("**Followed already** {name} on {at}")),
            Was::Followed | Was::Theirs => Card::ok(format!("**Changed** how {name} on {at} is followed")),
        };
        card = card.choice(Choice::open("Channel", &self.address));
        card = match self.place {
            Some(channel) => card.fact(format!("announced in <#{channel}>")),
            None => card.text("! There is no channel yet: `/stream setup channel:` says where streams are announced."),
        };
        if self.was == Was::Theirs {
            card = card.row("– followed by the server itself from now on", None);
        }
        for line in &self.own {
            card = card.row(format!("– {line}"), None);
        }
        match self.was {
            Was::Not => {}
            Was::Followed if self.own.is_empty() => card = card.text("Nothing was changed."),
            Was::Followed | Was::Theirs => card = card.text("The rest stays as it was."),
        }
        if self.is_asked {
            return card;
        }
        card.text("! Whoever runs me has not set `YOUTUBE_API_KEY`: I see its videos, and cannot ask which are live.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_approves_reads_all_that_following_changes() {
        let name = "ada".to_owned();
        let bare = FollowStream { name: name.clone(), ..FollowStream::default() };
        assert_eq!(bare.plan(), "Follow `ada`, and tell of it when it goes live");
        let named = FollowStream {
            channel: Some(1),
            games: Some("Chess".to_owned()),
            without: Some(WithoutOwn::Filters),
            ..bare
        };
        assert_eq!(
            named.plan(),
            "Follow `ada`, and tell of it when it goes live, in <#1>, games `Chess`, without filters of its own"
        );
    }
}
