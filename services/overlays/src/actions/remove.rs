//! Removes an overlay, with its addresses and all that is kept of it.

use base::{Action, Card, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::OverlayName;
use crate::Overlays;

/// Remove an overlay, with its addresses.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveOverlay {
    /// The overlay.
    pub overlay: OverlayName,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Removed {
    overlay: OverlayName,
}

impl Action for RemoveOverlay {
    const NAME: &'static str = "overlay.remove";
    const RISK: Risk = Risk::Destroy;
    type Service = Overlays;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Remove overlay `{}`", self.overlay)
    }

    fn refusal(&self) -> String {
        "remove overlays".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.overlay.to_string())
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, _: &Run) -> Result<Removed> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        let overlay = overlays.find(guild, &asked.overlay).await?;
        overlays.store.remove_overlay(&overlay).await?;
        overlays.end(&overlay);
        overlays.went(&overlay).await;
        Ok(Removed { overlay: asked.overlay.clone() })
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        Card::ok(format!("**Removed** overlay `{}`", self.overlay)).text("Its address opens nothing any more.")
    }
}
