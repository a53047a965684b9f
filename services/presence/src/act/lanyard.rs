//! Members lend what they listen to, and take it back: their own word, and nobody else's.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Presence, wire::Listens, words};

/// Members of one guild who lend it: each is asked about, over and over.
const MEMBERS: i64 = 10;

/// Let the bot's status show what you listen to, as Lanyard tells it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LendLanyard {}

/// They lent it.
#[derive(Debug, Serialize)]
pub struct Lent {
    is_shared: bool,
    /// Why nothing is known of them now.
    trouble: Option<String>,
}

impl Action for LendLanyard {
    const NAME: &'static str = "presence.lanyard-on";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Presence;
    type Report = Lent;

    fn plan(&self) -> String {
        "Let the bot's status show what they listen to".to_owned()
    }

    fn refusal(&self) -> String {
        "lend what you listen to".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Presence, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, presence: &Presence, _: &Run) -> Result<Lent> {
        let actor = permit.actor();
        if !presence.store.lend_lanyard(actor.guild, actor.user, MEMBERS).await? {
            return Err(Error::Busy(format!(
                "{MEMBERS} members of this server lend what they listen to already, and no more fit. Nothing was changed."
            )));
        }
        presence.stir();
        let share = presence.store.presence_share(actor.guild).await?;
        let trouble = match presence.lanyard.listens(actor.user).await {
            Ok(Listens::To(_)) => None,
            Ok(Listens::Unknown) => Some(
                "It does not know you: it tells only of who is in its own Discord server, https://discord.gg/lanyard"
                    .to_owned(),
            ),
            Err(failure) => Some(format!("It {}", words::why(&failure, &presence.clock))),
        };
        Ok(Lent { is_shared: share.lanyard && presence.may_show(actor.guild).await?, trouble })
    }
}

impl Report for Lent {
    fn card(&self) -> Card {
        let title = "**Lent**: Lanyard may be asked what you listen to";
        let mut card = if self.trouble.is_some() { Card::attention(title) } else { Card::ok(title) };
        if let Some(trouble) = &self.trouble {
            card = card.text(format!("{trouble}."));
        }
        card = if self.is_shared {
            card.text("While you listen, my status may say so, in every server. Nothing else of you is read.")
        } else {
            card.text("This server does not share that in my status, so nothing is asked until its administrators do.")
        };
        card.text("`/presence lanyard off` takes it back, and it is gone at once.")
    }
}

/// Take back that the bot's status shows what you listen to.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TakeLanyard {}

/// They took it back.
#[derive(Debug, Serialize)]
pub struct Taken {
    was_lent: bool,
}

impl Action for TakeLanyard {
    const NAME: &'static str = "presence.lanyard-off";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Presence;
    type Report = Taken;

    fn plan(&self) -> String {
        "Take back that the bot's status shows what they listen to".to_owned()
    }

    fn refusal(&self) -> String {
        "take back what you lent".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Presence, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, presence: &Presence, _: &Run) -> Result<Taken> {
        let was_lent = presence.store.take_lanyard(permit.actor().user).await?;
        presence.stir();
        Ok(Taken { was_lent })
    }
}

impl Report for Taken {
    fn card(&self) -> Card {
        if self.was_lent {
            Card::ok("**Taken back**: nobody asks what you listen to")
                .text("That counts in every server, and it is gone at once.")
        } else {
            Card::quiet("**Not lent**: nobody asked what you listen to")
        }
    }
}
