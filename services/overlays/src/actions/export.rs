//! A canvas as a file: what stands on it, to keep, to change, or to put on another one.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::overlays::OverlayKind;

use super::OverlayName;
use crate::{Overlays, Settings, layout};

/// Export what stands on a canvas as a file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ExportLayout {
    /// The canvas.
    pub overlay: OverlayName,
}

/// The file.
#[derive(Debug, Serialize)]
pub struct Exported {
    overlay: OverlayName,
    aspect: String,
    elements: usize,
    #[serde(skip)]
    file: String,
}

impl Action for ExportLayout {
    const NAME: &'static str = "overlay.layout";
    const RISK: Risk = Risk::Observe;
    type Service = Overlays;
    type Report = Exported;

    fn plan(&self) -> String {
        format!("Export what stands on canvas `{}`", self.overlay)
    }

    fn refusal(&self) -> String {
        "export canvases".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.overlay.to_string())
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, _: &Run) -> Result<Exported> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        let overlay = overlays.find(guild, &asked.overlay).await?;
        if overlay.kind != OverlayKind::Canvas {
            return Err(Error::Invalid("Only a canvas has a layout.".to_owned()));
        }
        let settings = Settings::of(&overlay);
        let aspect = settings.text(overlay.kind, "aspect");
        let file = layout::written(&aspect, &settings.elements);
        Ok(Exported { overlay: asked.overlay.clone(), aspect, elements: settings.elements.len(), file })
    }
}

impl Report for Exported {
    fn card(&self) -> Card {
        let count = measure::count(u64::try_from(self.elements).unwrap_or_default(), "element", "elements");
        Card::plain(format!("**Layout** of overlay `{}`", self.overlay))
            .fact(self.aspect.clone())
            .fact(count)
            .text("`/overlay edit layout:` takes it back, here or on another canvas.")
            .file(format!("{}.json", self.overlay), self.file.clone().into_bytes())
    }
}
