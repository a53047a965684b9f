//! Lets something of a guild be in the status, which everybody sees in every server; or no more.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Presence;

/// Let something of this server be in the bot's status, which is seen in every server; or no more.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SharePresence {
    /// Who is live of those this server follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub streams: Option<bool>,
    /// What plays on this server's Plex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plex: Option<bool>,
    /// What members listen to who lent that themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lanyard: Option<bool>,
}

/// This is shared.
#[derive(Debug, Serialize)]
pub struct Shared {
    streams: bool,
    plex: bool,
    lanyard: bool,
}

impl SharePresence {
    fn words(&self) -> Vec<String> {
        let all = [("streams", self.streams), ("Plex", self.plex), ("members' music", self.lanyard)];
        let said =
            |(name, is): (&str, Option<bool>)| is.map(|is| if is { name.to_owned() } else { format!("no {name}") });
        all.into_iter().filter_map(said).collect()
    }
}

impl Action for SharePresence {
    const NAME: &'static str = "presence.share";
    const RISK: Risk = Risk::Change;
    type Service = Presence;
    type Report = Shared;

    fn plan(&self) -> String {
        format!("Let the bot's status, which every server sees, show of this one: {}", self.words().join(", "))
    }

    fn refusal(&self) -> String {
        "say what of this server my status may show".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, presence: &Presence, _: &Run) -> Result<Shared> {
        let (actor, asked) = (permit.actor(), permit.action());
        let what = [asked.streams, asked.plex, asked.lanyard];
        if what.iter().all(Option::is_none) {
            return Err(Error::Invalid(
                "Say what: `streams`, `plex` or `lanyard`. `/presence show` says what is shared. Nothing was changed."
                    .to_owned(),
            ));
        }
        // What is shared no more is so anywhere.
        if what.contains(&Some(true)) {
            presence.refuse_others(actor.guild)?;
        }
        let share = presence.store.share_presence(actor.guild, what, actor.user).await?;
        presence.stir();
        Ok(Shared { streams: share.streams, plex: share.plex, lanyard: share.lanyard })
    }
}

impl Report for Shared {
    fn card(&self) -> Card {
        let all = [
            (self.streams, "who is live"),
            (self.plex, "what plays on Plex"),
            (self.lanyard, "what members listen to who lent it"),
        ];
        let shared: Vec<&str> = all.into_iter().filter(|(is, _)| *is).map(|(_, name)| name).collect();
        if shared.is_empty() {
            return Card::ok("**Shared**: nothing of this server is in my status");
        }
        Card::ok("**Shared** with every server I am in").fact(shared.join(" · ")).text(
            "Whoever sees me sees it. `/presence share streams:false plex:false lanyard:false` takes it back, and it is gone at once.",
        )
    }
}
