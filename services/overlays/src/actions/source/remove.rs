//! Has an account feed a guild's overlays no longer: its person's, or whoever may.

use base::{
    Action, Card, Error, Permit, Report, Result, Risk, Run, UserId,
    card::{Choice, Lands},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::overlays::Origin;

use super::ListOverlaySources;
use crate::Overlays;

/// Have an account feed this server's overlays no longer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveOverlaySource {
    /// Where the account is.
    pub platform: Origin,
    /// The id of the member whose account it is; whoever asks unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<u64>,
}

/// It feeds them no longer.
#[derive(Debug, Serialize)]
pub struct Removed {
    platform: Origin,
    member: u64,
}

impl Action for RemoveOverlaySource {
    const NAME: &'static str = "overlay.source-remove";
    const RISK: Risk = Risk::Change;
    type Service = Overlays;
    type Report = Removed;

    fn plan(&self) -> String {
        let whose = self.member.map_or_else(|| "Their own".to_owned(), |member| format!("<@{member}>'s"));
        format!("{whose} {} account feeds the overlays no longer", self.platform.name())
    }

    fn refusal(&self) -> String {
        "end what feeds overlays".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, _: &Run) -> Result<Removed> {
        let (actor, asked) = (permit.actor(), permit.action());
        let member = asked.member.map_or(actor.user, UserId);
        if !overlays.store.remove_overlay_source(actor.guild, member, asked.platform).await? {
            let at = asked.platform.name();
            return Err(Error::Invalid(format!(
                "No {at} account of <@{member}> feeds the overlays here. `/overlay source list` shows what does. Nothing was changed."
            )));
        }
        overlays.fed.send_replace(());
        Ok(Removed { platform: asked.platform, member: member.0 })
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        let title = format!("**{}** of <@{}> feeds the overlays no longer", self.platform.name(), self.member);
        Card::ok(title).choice(Choice::perform("Sources", &ListOverlaySources {}, Lands::Here))
    }
}
