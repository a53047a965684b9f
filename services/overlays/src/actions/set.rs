//! Has an overlay stand at something that is typed.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::overlays::{Overlay, OverlayKind};

use super::OverlayName;
use crate::{
    Event, Happened, Overlays, gone, refuse_secrets,
    show::{MOST, What},
};

/// Have an overlay stand at a value: a number, a time, lines, a track, a question, or a message in a chat box.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetOverlay {
    /// The overlay.
    pub overlay: OverlayName,
    /// What: `12`, `5m`, `Ada | plays on hard`, `Title | Artist`, `Which game? | This | That`.
    pub value: String,
}

/// It stands there.
#[derive(Debug, Serialize)]
pub struct Set {
    overlay: OverlayName,
    said: String,
}

impl Action for SetOverlay {
    const NAME: &'static str = "overlay.set";
    const RISK: Risk = Risk::Change;
    type Service = Overlays;
    type Report = Set;

    fn plan(&self) -> String {
        format!("Have overlay `{}` stand at {}", self.overlay, code(&self.value))
    }

    fn refusal(&self) -> String {
        "change what overlays stand at".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.overlay.to_string())
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, run: &Run) -> Result<Set> {
        let (actor, asked) = (permit.actor(), permit.action());
        refuse_secrets(run, &asked.value)?;
        let overlay = overlays.find(actor.guild, &asked.overlay).await?;
        let said = asked.value.trim().to_owned();
        match overlay.kind {
            OverlayKind::Goal | OverlayKind::Counter => {
                let number = said.parse::<i64>().ok().filter(|number| (-MOST..=MOST).contains(number));
                let number = number.ok_or_else(|| {
                    let said = code(&said);
                    Error::Invalid(format!("{said} is no number; one is written as `12`. Nothing was changed."))
                })?;
                overlays.stands_at(&overlay, number).await?;
            }
            OverlayKind::Chat => {
                let line = Event::new(Happened::Chat, &actor.name).saying(&said);
                if !overlays.show_in(&overlay, line).await? {
                    return Err(gone());
                }
            }
            kind => {
                overlays.change_state(&overlay, |state, _| state.set(kind, &said)).await?;
            }
        }
        Ok(Set { overlay: asked.overlay.clone(), said })
    }
}

impl Overlays {
    /// A goal or a counter stands at this number from now on.
    pub(crate) async fn stands_at(&self, overlay: &Overlay, number: i64) -> Result<()> {
        let changed = self.store.set_overlay_value(overlay, number).await?.ok_or_else(gone)?;
        self.changed(&changed, What::State).await
    }
}

impl Report for Set {
    fn card(&self) -> Card {
        Card::ok(format!("**Set** overlay `{}`", self.overlay)).fact(code(&self.said))
    }
}
