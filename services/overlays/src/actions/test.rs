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
use crate::{Event, Happened, Overlays, Settings, gone, kind_name};

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
    /// Why something else was shown than what was asked for.
    why: Option<String>,
    pages: usize,
    #[serde(skip)]
    again: TestOverlay,
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
        let settings = Settings::of(&overlay);
        let is_seen = |what: Happened| missing(overlay.kind, &settings, what).is_none();
        let first = || Happened::ALERTS.into_iter().chain([Happened::Chat]).find(|what| is_seen(*what));
        let why = asked.what.and_then(|what| missing(overlay.kind, &settings, what));
        let what = match asked.what {
            // What is not seen would be said to be shown: each page says instead that it is tried out.
            Some(_) if why.is_some() => Happened::Test,
            Some(what) => what,
            None => first().unwrap_or(Happened::Test),
        };
        if !overlays.show_in(&overlay, Event::example(what)).await? {
            return Err(gone());
        }
        let pages = overlays.rooms.pages(&overlay.id);
        Ok(Tested { overlay: asked.overlay.clone(), what, why, pages, again: asked.clone() })
    }
}

/// Why nothing would be seen of this on an overlay; none where it is.
fn missing(kind: OverlayKind, settings: &Settings, what: Happened) -> Option<String> {
    let word = what.as_str();
    match kind {
        _ if what == Happened::Test => None,
        OverlayKind::Chat if what == Happened::Chat => None,
        OverlayKind::Alerts | OverlayKind::Recent | OverlayKind::Canvas if what.is_alert() => {
            if settings.leaves_out(kind, what) {
                return Some(format!("What it says of a {word} is `off`."));
            }
            let has_place = kind != OverlayKind::Canvas || settings.has_place();
            (!has_place).then(|| "No place for alerts on it is visible.".to_owned())
        }
        kind => Some(format!("An overlay of kind {} shows no example of a {word}.", kind_name(kind))),
    }
}

impl Report for Tested {
    fn card(&self) -> Card {
        let again = || Choice::perform("Test again", &self.again, Lands::Here);
        let why = self.why.iter().cloned();
        if self.pages == 0 {
            let card = Card::attention(format!("**No page** of overlay `{}` is open", self.overlay))
                .text("Open its address in OBS, as a browser source, then test it again.");
            return why.fold(card, Card::text).choice(again());
        }
        let shown = match self.what {
            Happened::Test => "the word “Test”, for 3 s".to_owned(),
            what => format!("an example of a {}", what.as_str()),
        };
        let card = Card::ok(format!("**Shown** on overlay `{}`", self.overlay))
            .fact(format!("{} open", pages(self.pages)))
            .fact(shown);
        why.fold(card, Card::text).choice(again())
    }
}

/// A number of pages.
pub(super) fn pages(pages: usize) -> String {
    measure::count(u64::try_from(pages).unwrap_or(u64::MAX), "page", "pages")
}
