//! Ends an address of an overlay.

use base::{
    Action, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Address, OverlayName, RotateOverlay, test::pages};
use crate::Overlays;

/// End an address of an overlay: it opens nothing any more.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RevokeOverlay {
    /// The overlay.
    pub overlay: OverlayName,
    /// Which address; its page's unless told.
    #[serde(default)]
    pub what: Address,
}

/// It is ended.
#[derive(Debug, Serialize)]
pub struct Revoked {
    overlay: OverlayName,
    what: Address,
    pages: usize,
}

impl Action for RevokeOverlay {
    const NAME: &'static str = "overlay.revoke";
    const RISK: Risk = Risk::Change;
    type Service = Overlays;
    type Report = Revoked;

    fn plan(&self) -> String {
        format!("End the address of overlay `{}`", self.overlay)
    }

    fn refusal(&self) -> String {
        "end addresses of overlays".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.overlay.to_string())
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, _: &Run) -> Result<Revoked> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        let overlay = overlays.find(guild, &asked.overlay).await?;
        let pages = overlays.rooms.pages(&overlay.id);
        match asked.what {
            Address::Page => {
                overlays.store.set_overlay_key(&overlay, None).await?;
                overlays.end(&overlay);
            }
            Address::Donations => {
                overlays.store.set_overlay_hook(&overlay, None).await?;
            }
        }
        Ok(Revoked { overlay: asked.overlay.clone(), what: asked.what, pages })
    }
}

impl Report for Revoked {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Revoked** the address of overlay `{}`", self.overlay));
        let card = match self.what {
            Address::Page => card.text(format!("It opens nothing any more; {} closed.", pages(self.pages))),
            Address::Donations => card.text("Donations that are told there are refused from now on."),
        };
        let again = RotateOverlay { overlay: self.overlay.clone(), what: self.what };
        card.choice(Choice::perform("New address", &again, Lands::Aside))
    }
}
