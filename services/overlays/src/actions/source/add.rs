//! Has one's own account feed a guild's overlays.

use base::{
    Action, Card, Error, Permit, Report, Result, Risk, Run,
    actor::Asker,
    card::{Choice, Lands, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::overlays::Origin;

use super::{ListOverlaySources, RemoveOverlaySource, SOURCES, brings};
use crate::{Overlays, Reach};

/// Have your own account feed this server's overlays: what happens on your stream, or what you listen to.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddOverlaySource {
    /// Where the account is.
    pub platform: Origin,
}

/// It feeds them.
#[derive(Debug, Serialize)]
pub struct Added {
    platform: Origin,
    name: String,
    /// Whether what it tells of reaches us.
    is_heard: bool,
}

impl Action for AddOverlaySource {
    const NAME: &'static str = "overlay.source-add";
    const RISK: Risk = Risk::Change;
    type Service = Overlays;
    type Report = Added;

    fn plan(&self) -> String {
        format!("Have their own {} account feed the overlays", self.platform.name())
    }

    fn refusal(&self) -> String {
        "have accounts feed overlays".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, _: &Run) -> Result<Added> {
        let (actor, platform) = (permit.actor(), permit.action().platform);
        // Everybody who watches sees what comes of it.
        if actor.way.asker() != Asker::Person || actor.agent.is_some() {
            return Err(Error::Invalid(
                "An account feeds overlays by its person's own hands, with `/overlay source add`. Nothing was changed."
                    .to_owned(),
            ));
        }
        let accounts = overlays.accounts.get();
        let accounts = accounts.ok_or_else(|| Error::Busy("Nobody can be asked about accounts now.".to_owned()))?;
        let own = accounts.feeding(actor.user, platform).await?;
        if !overlays.store.add_overlay_source(actor.guild, actor.user, (platform, &own.subject), SOURCES).await? {
            return Err(Error::Busy(format!(
                "{SOURCES} accounts feed the overlays here, the most I take, or yours was disconnected just now. Nothing was changed."
            )));
        }
        overlays.fed.send_replace(());
        let is_secure = |address: &str| address.starts_with("https://");
        let is_reached = matches!(overlays.address.get(), Some((at, Reach::Everybody)) if is_secure(at));
        Ok(Added { platform, name: own.name, is_heard: platform != Origin::Kick || is_reached })
    }
}

impl Report for Added {
    fn card(&self) -> Card {
        let at = self.platform.name();
        let card = Card::ok(format!("**{at}** feeds the overlays"))
            .fact(code(&self.name))
            .text(format!("Everybody who watches sees {}.", brings(self.platform)))
            .choice(Choice::perform("Sources", &ListOverlaySources {}, Lands::Here))
            .choice(Choice::perform(
                "Remove",
                &RemoveOverlaySource { platform: self.platform, member: None },
                Lands::Here,
            ));
        if self.is_heard {
            return card;
        }
        card.text(format!(
            "! {at} tells only who has a public address: whoever runs me sets `NEBULA_WEB_URL`, with HTTPS."
        ))
    }
}
