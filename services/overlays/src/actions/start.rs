//! Shows what can be hidden, has a timer run, or opens a poll anew.

use base::{
    Action, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OverlayName, StopOverlay};
use crate::{Overlays, span::seconds};

/// Start a timer or a countdown, show a lower third, or begin a poll anew.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StartOverlay {
    /// The overlay.
    pub overlay: OverlayName,
    /// Of a timer, from how long: `5m`; as it is set, unless told.
    #[serde(default)]
    pub from: Option<String>,
}

/// It is done.
#[derive(Debug, Serialize)]
pub struct Started {
    overlay: OverlayName,
}

impl Action for StartOverlay {
    const NAME: &'static str = "overlay.start";
    const RISK: Risk = Risk::Change;
    type Service = Overlays;
    type Report = Started;

    fn plan(&self) -> String {
        format!("Start overlay `{}`", self.overlay)
    }

    fn refusal(&self) -> String {
        "start overlays".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.overlay.to_string())
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, _: &Run) -> Result<Started> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        let overlay = overlays.find(guild, &asked.overlay).await?;
        let from = asked.from.as_deref().map(seconds).transpose()?;
        let now = overlays.clock.now();
        overlays.change_state(&overlay, |state, _| state.start(overlay.kind, from, now)).await?;
        Ok(Started { overlay: asked.overlay.clone() })
    }
}

impl Report for Started {
    fn card(&self) -> Card {
        let other = StopOverlay { overlay: self.overlay.clone() };
        Card::ok(format!("**Started** overlay `{}`", self.overlay)).choice(Choice::perform("Stop", &other, Lands::Here))
    }
}
