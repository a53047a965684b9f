//! Switches on that services come up with their server, or off, or shows which would.

use base::{Action, Card, Permit, Report, Result, Risk, Run, UserId, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Maps;

/// Names on a card.
const NAMES: usize = 12;

/// Have services come up by themselves when their server comes back, as the map says, in your name; or no more.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetAutostart {
    /// Whether they do.
    pub on: bool,
}

/// They do, or not.
#[derive(Debug, Serialize)]
pub struct Set {
    on: bool,
    services: Vec<String>,
    #[serde(skip)]
    by: UserId,
}

impl Action for SetAutostart {
    const NAME: &'static str = "service.autostart";
    const RISK: Risk = Risk::Change;
    type Service = Maps;
    type Report = Set;

    fn plan(&self) -> String {
        if self.on {
            "Have services with `autostart` come up when their server comes back".to_owned()
        } else {
            "Have no service come up by itself any more".to_owned()
        }
    }

    fn refusal(&self) -> String {
        "have services come up by themselves".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, maps: &Maps, _: &Run) -> Result<Set> {
        let (on, actor) = (permit.action().on, permit.actor());
        let stands = maps.stands(actor.guild).await?;
        maps.store.set_service_autostart(actor.guild, on.then_some(actor.user)).await?;
        let services = stands.map.services.iter().filter(|service| service.autostart);
        Ok(Set { on, services: services.map(|service| service.name.clone()).collect(), by: actor.user })
    }
}

impl Report for Set {
    fn card(&self) -> Card {
        if !self.on {
            return Card::ok("**Switched off**: no service comes up by itself");
        }
        let (one, many) = ("service comes up with its server", "services come up with their servers");
        let count = measure::count(self.services.len() as u64, one, many);
        let mut names: Vec<String> = self.services.iter().take(NAMES).map(code).collect();
        if self.services.len() > NAMES {
            names.push(format!("and {} more", self.services.len() - NAMES));
        }
        let card = Card::ok(format!("**Switched on**: {count}"));
        let card = if names.is_empty() {
            card.text("The map says `autostart: true` of none yet.")
        } else {
            card.text(names.join(" "))
        };
        card.text(format!(
            "Once for each time it comes back, after what it needs, as <@{}>; what this guild's policy asks of automations is asked \
             in the ops channel.",
            self.by
        ))
    }
}
