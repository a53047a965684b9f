//! Has a guild tell of a member's own stream.

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::streams::{Joined, Source};

use super::{UnfollowMine, channel_of, line, prove, refusal};
use crate::{Streams, act::FOLLOWS};

/// Have your own stream told of here, for as long as your account there is connected.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct FollowMine {
    /// Where you stream; everywhere you have connected an account, unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Source>,
}

/// What became of it at each platform.
#[derive(Debug, Serialize)]
pub struct Mine {
    all: Vec<(Source, String, Became)>,
    place: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Became {
    Followed,
    FollowedBefore,
    TheGuilds,
}

impl Action for FollowMine {
    const NAME: &'static str = "stream.follow-mine";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Streams;
    type Report = Mine;

    fn plan(&self) -> String {
        format!("Tell of their own stream{}", super::show::on(self.on))
    }

    fn refusal(&self) -> String {
        "have their own streams announced".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Streams, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, streams: &Streams, _: &Run) -> Result<Mine> {
        let (actor, guild) = (permit.actor(), permit.actor().guild);
        let settings = streams.settings(guild).await?;
        if let Some(why) = refusal(&settings, actor) {
            return Err(Error::Busy(format!("{why} Nothing was changed.")));
        }
        // What was somebody else's until now is theirs no longer.
        streams.end_unproven().await?;
        let mut all = Vec::new();
        for (source, account) in streams.accounts_of(actor, permit.action().on).await? {
            let channel = streams.store.stream_channel_of(&channel_of(&account, source)).await?;
            let limits = (FOLLOWS, streams.clock.now().plus(prove::EVERY));
            let became = match streams.store.follow_own_stream(guild, &channel, actor.user, limits).await? {
                Joined::Now => Became::Followed,
                Joined::Already => Became::FollowedBefore,
                Joined::TheGuilds => Became::TheGuilds,
                Joined::Full => {
                    return Err(Error::Busy(format!(
                        "{FOLLOWS} channels are followed here, the most I keep. {} is not one of them.",
                        line(source, &account.name)
                    )));
                }
                Joined::Moved => {
                    return Err(Error::Busy("Something changed in the same moment. Try again.".to_owned()));
                }
            };
            all.push((source, channel.name, became));
        }
        streams.changed.send_replace(());
        Ok(Mine { all, place: settings.channel })
    }
}

impl Report for Mine {
    fn card(&self) -> Card {
        let is_theirs = |became: &Became| *became != Became::TheGuilds;
        let mut card = if self.all.iter().any(|(_, _, became)| is_theirs(became)) {
            Card::ok("**Following** your own stream")
        } else {
            Card::quiet("**Followed** already")
        };
        card = match self.place {
            Some(place) => card.fact(format!("announced in <#{place}>")),
            None => card.text("! There is no channel yet where streams are announced. An administrator sets one."),
        };
        for (source, name, became) in &self.all {
            let (glyph, said) = match became {
                Became::Followed => ("✓", ""),
                Became::FollowedBefore => ("✓", "  it was before"),
                Became::TheGuilds => ("–", "  the server follows it already"),
            };
            card = card.row(format!("{glyph} {}{said}", line(*source, name)), None);
        }
        if !self.all.iter().any(|(_, _, became)| is_theirs(became)) {
            return card;
        }
        card.text("It ends when you disconnect the account, leave, or say so.").choice(Choice::perform(
            "Unfollow",
            &UnfollowMine { on: None },
            Lands::Aside,
        ))
    }
}
