//! "What may I do here?", which everybody may ask.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Access, Held};

/// More would not be read on a phone.
const SHOWN: usize = 20;

/// Show what you may do here.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowMine {}

/// What they may do.
#[derive(Debug, Serialize)]
pub struct Mine {
    everything: bool,
    /// Action, target, and whether it is everybody's.
    held: Vec<(String, String)>,
}

impl Action for ShowMine {
    const NAME: &'static str = "grant.mine";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = Access;
    type Report = Mine;

    fn plan(&self) -> String {
        "Show what they may do here".to_owned()
    }

    fn refusal(&self) -> String {
        "see what you may do".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Access, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, access: &Access, _: &Run) -> Result<Mine> {
        let held = Held::by(permit.actor(), &access.store).await?;
        let mut grants: Vec<_> = held.grants.into_iter().map(|grant| (grant.action, grant.target)).collect();
        grants.sort();
        grants.dedup();
        Ok(Mine { everything: held.everything, held: grants })
    }
}

impl Report for Mine {
    fn card(&self) -> Card {
        if self.everything {
            return Card::plain("**You may** do everything here")
                .text("You are an administrator of this guild. `/policy show` says what still asks for a yes.");
        }
        if self.held.is_empty() {
            return Card::plain("**You may** do nothing here yet")
                .text("An administrator can change that with `/grant role` or `/grant person`.");
        }
        let mut card = Card::plain("**You may** do this here");
        for (action, target) in self.held.iter().take(SHOWN) {
            card = card.row(format!("{} on {}", code(action), code(target)), None);
        }
        match self.held.len().saturating_sub(SHOWN) {
            0 => card,
            more => card.text(format!("and {more} more")),
        }
        .text("What does more than look may ask for somebody's yes first.")
    }
}
