//! Which of a member's own streams are told of here.

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Weight},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::streams::Source;

use super::{FollowMine, UnfollowMine, line, refusal, source};
use crate::Streams;

/// See which of your own streams are told of here.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowMine {}

/// They are these.
#[derive(Debug, Serialize)]
pub struct Shown {
    all: Vec<(Source, String, Stands)>,
    /// Why they may not have any told of.
    refused: Option<String>,
    place: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Stands {
    /// As theirs.
    Theirs,
    /// As the guild's.
    TheGuilds,
    Not,
    /// The account is to be connected again.
    Ended,
}

/// Where, in a plan.
pub(super) fn on(on: Option<Source>) -> String {
    on.map(|on| format!(" on {}", on.name())).unwrap_or_default()
}

impl Action for ShowMine {
    const NAME: &'static str = "stream.show-mine";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = Streams;
    type Report = Shown;

    fn plan(&self) -> String {
        "Show which of their own streams are announced".to_owned()
    }

    fn refusal(&self) -> String {
        "see which of their own streams are announced".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Streams, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, streams: &Streams, _: &Run) -> Result<Shown> {
        let actor = permit.actor();
        let settings = streams.settings(actor.guild).await?;
        let follows = streams.store.stream_follows(actor.guild).await?;
        let accounts = streams.store.accounts(actor.user).await?;
        let stands = |source: Source, subject: &str, ended: bool| {
            let found = follows.iter().find(|(_, channel)| channel.source == source && channel.platform_id == subject);
            match found {
                _ if ended => Stands::Ended,
                Some((follow, _)) if follow.is_theirs => Stands::Theirs,
                Some(_) => Stands::TheGuilds,
                None => Stands::Not,
            }
        };
        let all = accounts.into_iter().filter_map(|account| {
            let source = source(&account)?;
            let how = stands(source, &account.subject, account.ended.is_some());
            Some((source, account.name, how))
        });
        Ok(Shown { all: all.collect(), refused: refusal(&settings, actor), place: settings.channel })
    }
}

impl Report for Shown {
    fn card(&self) -> Card {
        let mut card = Card::plain("**Your own streams** here");
        if let Some(place) = self.place.filter(|_| self.refused.is_none()) {
            card = card.fact(format!("announced in <#{place}>"));
        }
        for (source, name, stands) in &self.all {
            let (glyph, said) = match stands {
                Stands::Theirs => ("✓", "announced"),
                Stands::TheGuilds => ("✓", "announced, and followed by the server itself"),
                Stands::Not => ("–", "not announced"),
                Stands::Ended => ("!", "to be connected again"),
            };
            card = card.row(format!("{glyph} {}  {said}", line(*source, name)), None);
        }
        if self.all.is_empty() {
            card = card.text("You have connected no account that you stream with: `/connect` connects one.");
        }
        if let Some(why) = &self.refused {
            return card.text(why);
        }
        if self.all.iter().any(|one| one.2 == Stands::Not) {
            let follow = Choice::perform("Follow", &FollowMine { on: None }, Lands::Aside);
            card = card.choice(follow.weigh(Weight::Primary));
        }
        if self.all.iter().any(|one| one.2 == Stands::Theirs) {
            card = card.choice(Choice::perform("Unfollow", &UnfollowMine { on: None }, Lands::Aside));
        }
        card
    }
}
