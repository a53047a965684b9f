//! Makes an overlay, and the address at which OBS opens it.

use base::{
    Action, Card, Error, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Weight},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::overlays::{NewOverlay, OverlayKind};

use super::{Address, EditOverlay, OverlayName, TestOverlay, address::Opened};
use crate::{OVERLAYS, Overlays, Settings, kind_name, state::State};

/// Make an overlay. Its address is shown once.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CreateOverlay {
    /// What it is called.
    pub name: OverlayName,
    /// What it shows.
    pub kind: OverlayKind,
}

/// It is made.
#[derive(Debug, Serialize)]
pub struct Created {
    overlay: OverlayName,
    kind: OverlayKind,
    /// In no report: whoever reads it there was not given it.
    #[serde(skip)]
    opened: Opened,
}

impl Action for CreateOverlay {
    const NAME: &'static str = "overlay.create";
    const RISK: Risk = Risk::Change;
    type Service = Overlays;
    type Report = Created;

    fn plan(&self) -> String {
        format!("Make an overlay `{}`: {}", self.name, kind_name(self.kind))
    }

    fn refusal(&self) -> String {
        "make overlays".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, _: &Run) -> Result<Created> {
        let (actor, asked) = (permit.actor(), permit.action());
        let (key_hash, opened) = overlays.opened(&permit, Address::Page).await?;
        let (settings, state) = (Settings::default().kept(), State::first(asked.kind).kept());
        let new = NewOverlay {
            name: asked.name.as_str(),
            kind: asked.kind,
            by: actor.user,
            settings: &settings,
            state: &state,
            key_hash: &key_hash,
        };
        if let Some(made) = overlays.store.add_overlay(actor.guild, new, OVERLAYS).await? {
            overlays.came(&made).await;
            return Ok(Created { overlay: asked.name.clone(), kind: asked.kind, opened });
        }
        Err(Error::Busy(format!(
            "There is an overlay `{}` already, or there are {OVERLAYS}, the most I keep. Nothing was made.",
            asked.name
        )))
    }
}

impl Report for Created {
    fn card(&self) -> Card {
        let (overlay, lands) = (self.overlay.clone(), Lands::Aside);
        let edit = EditOverlay::of(overlay.clone());
        let card = Card::ok(format!("**Made** overlay `{}`", self.overlay)).fact(kind_name(self.kind));
        self.opened
            .on(card)
            .choice(Choice::perform("Edit", &edit, lands).weigh(Weight::Primary))
            .choice(Choice::perform("Test", &TestOverlay { overlay, what: None }, lands))
    }
}
