//! What feeds a guild's overlays.

use base::{
    Action, Card, Millis, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::overlays::{Origin, OverlaySource};

use super::RemoveOverlaySource;
use crate::Overlays;

/// More would not be read on a phone.
const SHOWN: usize = 10;

/// List the accounts that feed the overlays.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListOverlaySources {}

/// They are these.
#[derive(Debug, Serialize)]
pub struct Sources {
    sources: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    platform: Origin,
    name: String,
    member: u64,
    ended: bool,
    since: Millis,
}

impl Action for ListOverlaySources {
    const NAME: &'static str = "overlay.source-list";
    const RISK: Risk = Risk::Observe;
    type Service = Overlays;
    type Report = Sources;

    fn plan(&self) -> String {
        "List the accounts that feed the overlays".to_owned()
    }

    fn refusal(&self) -> String {
        "list what feeds overlays".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, _: &Run) -> Result<Sources> {
        let all = overlays.store.overlay_sources(permit.actor().guild).await?;
        let line = |one: OverlaySource| Line {
            platform: one.platform,
            name: one.name,
            member: one.user.0,
            ended: one.ended,
            since: one.since,
        };
        Ok(Sources { sources: all.into_iter().map(line).collect() })
    }
}

impl Report for Sources {
    fn card(&self) -> Card {
        if self.sources.is_empty() {
            return Card::plain("**Sources** none yet")
                .text("`/overlay source add platform:Twitch` has your own account feed the overlays.");
        }
        let mut card = Card::plain(format!("**Sources** {}", self.sources.len()));
        for line in self.sources.iter().take(SHOWN) {
            let (glyph, state) = if line.ended {
                ("!", "to be connected again".to_owned())
            } else {
                ("✓", format!("since {}", line.since.relative()))
            };
            let (at, name) = (line.platform.name(), code(&line.name));
            let remove = RemoveOverlaySource { platform: line.platform, member: Some(line.member) };
            card = card.row(
                format!("{glyph} {at}  {name}  {state} · <@{}>", line.member),
                Some(Choice::perform("Remove", &remove, Lands::Here)),
            );
        }
        if self.sources.len() > SHOWN {
            card = card.text(format!("and {} more", self.sources.len() - SHOWN));
        }
        card
    }
}
