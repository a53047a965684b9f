//! What a guild follows, and how each stands.

use base::{Action, Card, Millis, Permit, Report, Result, Risk, Run, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::streams::Source;

use crate::{Streams, announce::template::home, words::plain};

/// Lines on a card.
const LINES: usize = 25;

/// List the channels that are followed, and who is live.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListStreams {}

/// They are these.
#[derive(Debug, Serialize)]
pub struct Listed {
    channels: Vec<One>,
    /// How many of how many on Twitch it tells of by itself, where that is not all.
    told: Option<(usize, usize)>,
}

#[derive(Debug, Serialize)]
struct One {
    name: String,
    platform: &'static str,
    address: String,
    place: Option<u64>,
    member: Option<u64>,
    /// Whether that member follows it themselves.
    is_theirs: bool,
    /// Since when.
    live: Option<Millis>,
    unknown: Option<(Millis, String)>,
    is_known: bool,
}

impl Action for ListStreams {
    const NAME: &'static str = "stream.list";
    const RISK: Risk = Risk::Observe;
    type Service = Streams;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the channels that are followed".to_owned()
    }

    fn refusal(&self) -> String {
        "list what is followed".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, streams: &Streams, _: &Run) -> Result<Listed> {
        let guild = permit.actor().guild;
        let settings = streams.settings(guild).await?;
        let live = streams.store.streams_going_on(guild).await?;
        let follows = streams.store.stream_follows(guild).await?;
        let twitch = || follows.iter().filter(|(_, channel)| channel.source == Source::Twitch);
        // Who has an address is told there.
        let is_reached = streams.is_reached();
        let told = streams.told_of(twitch().map(|(_, channel)| channel.platform_id.as_str())).filter(|_| !is_reached);
        let told = told.map(|told| (told, twitch().count())).filter(|(told, all)| told < all);
        let all = follows.into_iter().map(|(follow, channel)| One {
            live: live.iter().find(|one| one.stream_channel == channel.id).map(|one| one.started),
            unknown: channel.unknown.zip(channel.trouble.clone()),
            is_known: channel.known.is_some(),
            address: home(&channel),
            name: channel.name,
            platform: channel.source.name(),
            place: follow.own.channel.or(settings.channel),
            member: follow.own.member.map(|member| member.0),
            is_theirs: follow.is_theirs,
        });
        let mut channels: Vec<One> = all.collect();
        channels.sort_by_key(|one| (one.live.is_none(), one.unknown.is_none()));
        Ok(Listed { channels, told })
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let count =
            |all: usize, one: &str, many: &str| measure::count(u64::try_from(all).unwrap_or_default(), one, many);
        let going_on = self.channels.iter().filter(|one| one.live.is_some()).count();
        let mut card = Card::plain(format!("**Streams** {}", count(self.channels.len(), "channel", "channels")));
        if self.channels.is_empty() {
            return card.text("None is followed yet: `/stream follow` follows one.");
        }
        card = card.fact(format!("{going_on} live"));
        for one in self.channels.iter().take(LINES) {
            let glyph = if one.live.is_some() {
                "✓"
            } else if one.unknown.is_some() {
                "!"
            } else {
                "–"
            };
            let mut parts = vec![format!("{glyph} [{}](<{}>) on {}", plain(&one.name, 60), one.address, one.platform)];
            match (&one.live, &one.unknown) {
                (Some(since), _) => parts.push(format!("live since {}", since.relative())),
                (None, Some(_)) => {}
                (None, None) if one.is_known => parts.push("not live".to_owned()),
                (None, None) => parts.push("not asked about yet".to_owned()),
            }
            if let Some((since, why)) = &one.unknown {
                parts.push(format!("unknown since {}: {}", since.relative(), plain(why, 120)));
            }
            parts.push(one.place.map_or("announced nowhere".to_owned(), |place| format!("announced in <#{place}>")));
            if let Some(member) = one.member {
                parts.push(format!("<@{member}>{}", if one.is_theirs { "'s own" } else { "" }));
            }
            card = card.row(parts.join(" · "), None);
        }
        if self.channels.len() > LINES {
            card = card.text(format!("and {} more", self.channels.len() - LINES));
        }
        if let Some((told, all)) = self.told {
            card = card.text(format!(
                "Twitch tells me by itself of {told} of the {all} channels there, as many as members' accounts have room for. I ask about the others."
            ));
        }
        card
    }
}
