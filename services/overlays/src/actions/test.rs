//! Shows an example on every page of an overlay that is open.

use base::{
    Action, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::overlays::OverlayKind;

use super::OverlayName;
use crate::{Event, Happened, Overlays};

/// Show an example on every page of an overlay that is open.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TestOverlay {
    /// The overlay.
    pub overlay: OverlayName,
    /// An example of what; of a follow unless told, where alerts are shown.
    #[serde(default)]
    pub what: Option<Happened>,
}

/// It is shown.
#[derive(Debug, Serialize)]
pub struct Tested {
    overlay: OverlayName,
    what: Happened,
    pages: usize,
}

impl Action for TestOverlay {
    const NAME: &'static str = "overlay.test";
    const RISK: Risk = Risk::Change;
    type Service = Overlays;
    type Report = Tested;

    fn plan(&self) -> String {
        format!("Show an example on overlay `{}`", self.overlay)
    }

    fn refusal(&self) -> String {
        "test overlays".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.overlay.to_string())
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, _: &Run) -> Result<Tested> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        let overlay = overlays.find(guild, &asked.overlay).await?;
        let what = asked.what.unwrap_or(match overlay.kind {
            OverlayKind::Alerts | OverlayKind::Recent | OverlayKind::Canvas => Happened::Follow,
            OverlayKind::Chat => Happened::Chat,
            _ => Happened::Test,
        });
        overlays.show_in(&overlay, Event::example(what)).await?;
        Ok(Tested { overlay: asked.overlay.clone(), what, pages: overlays.rooms.pages(&overlay.id) })
    }
}

impl Report for Tested {
    fn card(&self) -> Card {
        let again = TestOverlay { overlay: self.overlay.clone(), what: Some(self.what) };
        if self.pages == 0 {
            return Card::attention(format!("**No page** of overlay `{}` is open", self.overlay))
                .text("Open its address in OBS, as a browser source, then test it again.")
                .choice(Choice::perform("Test again", &again, Lands::Here));
        }
        Card::ok(format!("**Shown** on overlay `{}`", self.overlay))
            .fact(format!("{} open", pages(self.pages)))
            .fact(format!("an example of a {}", self.what.as_str()))
            .choice(Choice::perform("Test again", &again, Lands::Here))
    }
}

/// A number of pages.
pub(super) fn pages(pages: usize) -> String {
    measure::count(u64::try_from(pages).unwrap_or(u64::MAX), "page", "pages")
}
