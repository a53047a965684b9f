//! Gives an overlay back how it looked before its last change.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OverlayName, edit::Edited};
use crate::{Overlays, busy, show::What};

/// Give an overlay back how it looked before its last change.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UndoOverlay {
    /// The overlay.
    pub overlay: OverlayName,
}

/// It looks as before.
#[derive(Debug, Serialize)]
pub struct Undone {
    #[serde(flatten)]
    edited: Edited,
}

impl Action for UndoOverlay {
    const NAME: &'static str = "overlay.undo";
    const RISK: Risk = Risk::Change;
    type Service = Overlays;
    type Report = Undone;

    fn plan(&self) -> String {
        format!("Undo the last change of overlay `{}`", self.overlay)
    }

    fn refusal(&self) -> String {
        "change overlays".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.overlay.to_string())
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, run: &Run) -> Result<Undone> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        let overlay = overlays.find(guild, &asked.overlay).await?;
        if overlay.previous.is_none() {
            return Err(Error::Busy("Nothing was changed of it yet, so there is nothing to undo.".to_owned()));
        }
        let Some(changed) = overlays.store.undo_overlay_settings(&overlay).await? else { return Err(busy()) };
        overlays.changed(&changed, What::Everything).await?;
        let edited = Edited::of(asked.overlay.clone(), &changed, run.redactor().clone(), "Undone").await?;
        Ok(Undone { edited })
    }
}

impl Report for Undone {
    fn card(&self) -> Card {
        self.edited.card()
    }
}
