//! Has a guild follow a channel.

use base::{
    Action, Card, Error, Permit, Report, Result, Risk, Run, UserId,
    card::{Choice, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::streams::{Filters, NewFollow, Source};

use super::{FOLLOWS, refuse_secrets};
use crate::{
    Streams,
    announce::template,
    resolve::read,
    words::{list, plain},
};

/// Follow a channel: this server is told when it goes live.
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
    /// What is said on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Only these games or categories, with commas between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub games: Option<String>,
    /// Only titles with one of these words, `*` for any letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// Only streams with one of these tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
}

/// It is followed.
#[derive(Debug, Serialize)]
pub struct Followed {
    name: String,
    platform: Source,
    address: String,
    place: Option<u64>,
    is_asked: bool,
}

impl Action for FollowStream {
    const NAME: &'static str = "stream.follow";
    const RISK: Risk = Risk::Change;
    type Service = Streams;
    type Report = Followed;

    fn plan(&self) -> String {
        format!("Follow {}, and tell of it when it goes live", code(&self.name))
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
        if let Some(template) = &asked.template {
            template::check(template)?;
        }
        let settings = streams.settings(actor.guild).await?;
        let lists = [&asked.games, &asked.words, &asked.tags];
        let [games, words, tags] = lists.map(|typed| typed.as_deref().map(list).transpose());
        let (games, words, tags) = (games?, words?, tags?);
        // Filters of its own stand in place of the server's, of which the rest stays.
        let has_own = games.is_some() || words.is_some() || tags.is_some();
        let base = settings.filters.clone();
        let filters = has_own.then(|| Filters {
            games: games.unwrap_or(base.games),
            words: words.unwrap_or(base.words),
            tags: tags.unwrap_or(base.tags),
            ..base
        });
        let found = streams.resolve(&read(&asked.name, asked.platform)?).await?;
        let channel = streams.store.stream_channel_of(&found).await?;
        let new = NewFollow {
            channel: asked.channel,
            template: asked.template.clone(),
            filters,
            member: asked.member.map(UserId),
        };
        if !streams.store.follow_stream(actor.guild, &channel, &new, (actor.user, FOLLOWS)).await? {
            return Err(Error::Busy(format!(
                "{FOLLOWS} channels are followed here, the most I keep. Nothing was changed."
            )));
        }
        let is_asked = match channel.source {
            Source::YouTube => streams.platforms.youtube.has_key(),
            _ => true,
        };
        Ok(Followed {
            address: template::home(&channel),
            name: channel.name,
            platform: channel.source,
            place: asked.channel.or(settings.channel),
            is_asked,
        })
    }
}

impl Report for Followed {
    fn card(&self) -> Card {
        let (name, at) = (plain(&self.name, 80), self.platform.name());
        let card = Card::ok(format!("**Following** {name} on {at}")).choice(Choice::open("Channel", &self.address));
        let card = match self.place {
            Some(channel) => card.fact(format!("told in <#{channel}>")),
            None => card.text("! There is no channel yet: `/stream setup channel:` says where streams are told of."),
        };
        if self.is_asked {
            return card;
        }
        card.text("! Whoever runs me has not set `YOUTUBE_API_KEY`: I see its videos, and cannot ask which are live.")
    }
}
