//! The overlays of a guild.

use base::{Action, Card, Millis, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::overlays::OverlayKind;

use super::test::pages;
use crate::{Overlays, kind_name};

/// More would not be read on a phone.
const SHOWN: usize = 25;

/// List the overlays.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListOverlays {}

/// They are these.
#[derive(Debug, Serialize)]
pub struct Listed {
    overlays: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    kind: OverlayKind,
    pages: usize,
    has_page: bool,
    takes_donations: bool,
    made_by: u64,
    made_at: Millis,
}

impl Action for ListOverlays {
    const NAME: &'static str = "overlay.list";
    const RISK: Risk = Risk::Observe;
    type Service = Overlays;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the overlays".to_owned()
    }

    fn refusal(&self) -> String {
        "list overlays".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, _: &Run) -> Result<Listed> {
        let all = overlays.store.overlays(permit.actor().guild).await?;
        let line = |one: store::overlays::Overlay| Line {
            pages: overlays.rooms.pages(&one.id),
            has_page: one.key_hash.is_some(),
            takes_donations: one.hook_hash.is_some(),
            made_by: one.made_by.0,
            made_at: one.made_at,
            name: one.name,
            kind: one.kind,
        };
        Ok(Listed { overlays: all.into_iter().map(line).collect() })
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        if self.overlays.is_empty() {
            return Card::plain("**Overlays** none yet")
                .text("`/overlay create name:alerts kind:alerts` makes one, and shows its address for OBS.");
        }
        let open = self.overlays.iter().map(|line| line.pages).sum();
        let mut card = Card::plain(format!("**Overlays** {} · {} open", self.overlays.len(), pages(open)));
        for line in self.overlays.iter().take(SHOWN) {
            let glyph = match (line.has_page, line.pages) {
                (false, _) => "✕",
                (true, 0) => "–",
                (true, _) => "✓",
            };
            let state = if line.has_page { format!("{} open", pages(line.pages)) } else { "revoked".to_owned() };
            let told = if line.takes_donations { " · takes donations" } else { "" };
            card = card.text(format!(
                "{glyph} `{}`  {} · {state}{told} · <@{}>",
                line.name,
                kind_name(line.kind),
                line.made_by
            ));
        }
        if self.overlays.len() > SHOWN {
            card = card.text(format!("and {} more", self.overlays.len() - SHOWN));
        }
        card
    }
}
