//! Has another address open an overlay; the one before opens nothing from then on.

use base::{Action, Card, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::overlays::Overlay;

use super::{
    Address, OverlayName,
    address::{Opened, takes},
};
use crate::{Overlays, gone};

/// Give an overlay another address; the one before opens nothing any more.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RotateOverlay {
    /// The overlay.
    pub overlay: OverlayName,
    /// Which address; its page's unless told.
    #[serde(default)]
    pub what: Address,
}

/// It has another.
#[derive(Debug, Serialize)]
pub struct Rotated {
    overlay: OverlayName,
    #[serde(skip)]
    opened: Opened,
}

impl Action for RotateOverlay {
    const NAME: &'static str = "overlay.rotate";
    const RISK: Risk = Risk::Change;
    type Service = Overlays;
    type Report = Rotated;

    fn plan(&self) -> String {
        format!("Give overlay `{}` another address", self.overlay)
    }

    fn refusal(&self) -> String {
        "give overlays another address".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.overlay.to_string())
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, _: &Run) -> Result<Rotated> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        let overlay = overlays.find(guild, &asked.overlay).await?;
        takes(&overlay, asked.what)?;
        let (hash, opened) = overlays.opened(&permit, asked.what).await?;
        overlays.opens_by(&overlay, asked.what, &hash).await?;
        Ok(Rotated { overlay: asked.overlay.clone(), opened })
    }
}

impl Overlays {
    /// Another key opens an overlay from now on, known by its hash; pages that the one before opened see nothing more.
    pub(crate) async fn opens_by(&self, overlay: &Overlay, what: Address, hash: &str) -> Result<()> {
        let is_there = match what {
            Address::Page => self.store.set_overlay_key(overlay, Some(hash)).await?,
            Address::Donations => self.store.set_overlay_hook(overlay, Some(hash)).await?,
        };
        if !is_there {
            return Err(gone());
        }
        if what == Address::Page {
            self.end(overlay);
        }
        Ok(())
    }
}

impl Report for Rotated {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Rotated** the address of overlay `{}`", self.overlay));
        self.opened.on(card.fact("the one before opens nothing any more"))
    }
}
