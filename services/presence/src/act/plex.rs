//! Where a guild's Plex is, and of whom it is asked there. Its token is typed into a form.

use base::{
    Action, Card, Error, GuildId, Permit, Report, Result, Risk, Run, Secret, card::code, redact::SHORTEST_SECRET,
};
use platforms::Failure;
use reqwest::Url;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Presence, act::refuse_secrets, wire, words};

/// A name on Plex is no longer.
const USER: usize = 100;

/// Say where this server's Plex is, and whose playing counts.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetPlex {
    /// Where it is, such as `http://10.0.0.7:32400`.
    pub url: String,
    /// Whose playing counts, as Plex calls them: nobody else's is read.
    pub user: String,
    /// What opens it. People type it into a form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
}

/// It is kept.
#[derive(Debug, Serialize)]
pub struct Kept {
    address: String,
    user: String,
    plays: Option<bool>,
    /// Why it does not answer now.
    trouble: Option<String>,
}

impl Action for SetPlex {
    const NAME: &'static str = "presence.plex";
    const RISK: Risk = Risk::Change;
    type Service = Presence;
    type Report = Kept;

    fn plan(&self) -> String {
        format!("Ask Plex at {} what {} plays", code(&self.url), code(&self.user))
    }

    fn refusal(&self) -> String {
        "say where Plex is".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, presence: &Presence, run: &Run) -> Result<Kept> {
        let (actor, asked) = (permit.actor(), permit.action());
        // Before anything else happens to it.
        let token = presence.take(actor.guild, asked.token.as_ref())?;
        refuse_secrets(run, &asked.url)?;
        refuse_secrets(run, &asked.user)?;
        let (url, user) = presence.refuse_wrong_plex(actor.guild, asked).await?;
        let found = presence.plex.playing((&url, presence.reach(actor.guild)), &user, &token).await;
        if let Err(Failure::Unauthorised | Failure::Refused { status: 401 | 403, .. }) = found {
            let card = Card::failed("**Plex** does not take the token").text("Nothing was kept.");
            return Err(Error::Outside(Box::new(card)));
        }
        let address = url.as_str().trim_end_matches('/').to_owned();
        presence.vault.set_plex(actor.guild, (&address, &user), &token, actor.user).await?;
        presence.stir();
        Ok(Kept {
            address,
            user,
            plays: found.as_ref().ok().map(Option::is_some),
            trouble: found.err().map(|failure| words::why(&failure, &presence.clock)),
        })
    }
}

impl Presence {
    /// Whether this could be kept, as far as is known without asking it: nobody types a token only to hear that it cannot. The answer is
    /// what is meant.
    pub async fn refuse_wrong_plex(&self, guild: GuildId, set: &SetPlex) -> Result<(Url, String)> {
        let url = wire::read(&set.url, self.reach(guild)).await?;
        let user = set.user.split_whitespace().collect::<Vec<_>>().join(" ");
        if user.is_empty() || user.chars().count() > USER {
            return Err(Error::Invalid(format!(
                "Plex's own name for somebody has 1 to {USER} characters. Nothing was kept."
            )));
        }
        Ok((url, user))
    }

    /// Learns what a person typed, before it is even looked at.
    fn take(&self, guild: GuildId, typed: Option<&Secret>) -> Result<Secret> {
        let typed = typed.map(|typed| typed.expose().trim()).unwrap_or_default();
        self.redactor.of(guild).learn(typed);
        if typed.len() < SHORTEST_SECRET || !typed.chars().all(|letter| letter.is_ascii_graphic()) {
            return Err(Error::Invalid(format!(
                "A token has at least {SHORTEST_SECRET} characters, and no blanks. Nothing was kept."
            )));
        }
        Ok(Secret::new(typed))
    }
}

impl Report for Kept {
    fn card(&self) -> Card {
        let title = format!("**Plex** is asked at {}", code(&self.address));
        let card = match (&self.trouble, self.plays) {
            (Some(trouble), _) => Card::attention(title).text(format!("Now it {trouble}.")),
            (None, Some(true)) => Card::ok(title).fact("something plays now"),
            (None, _) => Card::ok(title).fact("nothing plays now"),
        };
        card.text(format!(
            "Only what {} plays is read, and only what it is called. The token is sealed here and masked in everything I say.",
            code(&self.user)
        ))
        .text("Overlays of this server show it; `/presence share plex:true` lets my status say it.")
    }
}

/// Ask this server's Plex no more, and forget its token.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemovePlex {}

/// It is forgotten.
#[derive(Debug, Serialize)]
pub struct Removed {
    was_there: bool,
}

impl Action for RemovePlex {
    const NAME: &'static str = "presence.plex-remove";
    const RISK: Risk = Risk::Change;
    type Service = Presence;
    type Report = Removed;

    fn plan(&self) -> String {
        "Ask Plex no more, and forget its token".to_owned()
    }

    fn refusal(&self) -> String {
        "say where Plex is".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, presence: &Presence, _: &Run) -> Result<Removed> {
        let was_there = presence.store.remove_plex(permit.actor().guild).await?;
        presence.stir();
        Ok(Removed { was_there })
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        if self.was_there {
            Card::ok("**Plex** is asked no more")
                .text("Its token is forgotten here. Whoever made it takes it back at Plex.")
        } else {
            Card::quiet("**Plex** is not set here")
        }
    }
}
