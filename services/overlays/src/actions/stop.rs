//! Hides what can be hidden, or has a timer stand still.

use base::{
    Action, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OverlayName, StartOverlay};
use crate::Overlays;

/// Stop a timer, or hide a countdown, a lower third or a poll.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StopOverlay {
    /// The overlay.
    pub overlay: OverlayName,
}

/// It is done.
#[derive(Debug, Serialize)]
pub struct Stopped {
    overlay: OverlayName,
}

impl Action for StopOverlay {
    const NAME: &'static str = "overlay.stop";
    const RISK: Risk = Risk::Change;
    type Service = Overlays;
    type Report = Stopped;

    fn plan(&self) -> String {
        format!("Stop overlay `{}`", self.overlay)
    }

    fn refusal(&self) -> String {
        "stop overlays".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.overlay.to_string())
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, _: &Run) -> Result<Stopped> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        let overlay = overlays.find(guild, &asked.overlay).await?;
        let now = overlays.clock.now();
        overlays.change_state(&overlay, |state, _| state.stop(overlay.kind, now)).await?;
        Ok(Stopped { overlay: asked.overlay.clone() })
    }
}

impl Report for Stopped {
    fn card(&self) -> Card {
        let other = StartOverlay { overlay: self.overlay.clone(), from: None };
        Card::ok(format!("**Stopped** overlay `{}`", self.overlay)).choice(Choice::perform(
            "Start",
            &other,
            Lands::Here,
        ))
    }
}
