//! Shows an overlay as it looks now, drawn.

use base::{
    Action, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Weight},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::overlays::OverlayKind;

use super::{EditOverlay, OverlayName, TestOverlay, test::pages};
use crate::{Overlays, kind_name, preview};

/// Show an overlay as it looks now.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PreviewOverlay {
    /// The overlay.
    pub overlay: OverlayName,
}

/// It looks so.
#[derive(Debug, Serialize)]
pub struct Previewed {
    overlay: OverlayName,
    kind: OverlayKind,
    pages: usize,
    value: i64,
    has_page: bool,
    alt: String,
    #[serde(skip)]
    png: Vec<u8>,
}

impl Action for PreviewOverlay {
    const NAME: &'static str = "overlay.preview";
    const RISK: Risk = Risk::Observe;
    type Service = Overlays;
    type Report = Previewed;

    fn plan(&self) -> String {
        format!("Show how overlay `{}` looks", self.overlay)
    }

    fn refusal(&self) -> String {
        "look at overlays".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.overlay.to_string())
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, run: &Run) -> Result<Previewed> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        let overlay = overlays.find(guild, &asked.overlay).await?;
        let (png, alt) = preview::png(&overlay, run.redactor().clone()).await?;
        Ok(Previewed {
            overlay: asked.overlay.clone(),
            kind: overlay.kind,
            pages: overlays.rooms.pages(&overlay.id),
            value: overlay.value,
            has_page: overlay.key_hash.is_some(),
            alt,
            png,
        })
    }
}

impl Report for Previewed {
    fn card(&self) -> Card {
        let mut card = Card::plain(format!("**Overlay** `{}`", self.overlay)).fact(kind_name(self.kind));
        if matches!(self.kind, OverlayKind::Goal | OverlayKind::Counter) {
            card = card.fact(format!("stands at {}", self.value));
        }
        let open =
            if self.has_page { format!("{} open", pages(self.pages)) } else { "its address was revoked".to_owned() };
        let (overlay, lands) = (self.overlay.clone(), Lands::Aside);
        card.fact(open)
            .picture("overlay.png", self.png.clone(), &self.alt)
            .choice(Choice::perform("Edit", &EditOverlay::of(overlay.clone()), lands).weigh(Weight::Primary))
            .choice(Choice::perform("Test", &TestOverlay { overlay, what: None }, lands))
    }
}
