//! Takes a rule away; one that every guild begins with is switched off.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Alerts, MOST, Named, Origin, RuleName};

/// Watch something no more.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveRule {
    /// The rule.
    pub name: RuleName,
}

/// It watches nothing any more.
#[derive(Debug, Serialize)]
pub struct Removed {
    name: String,
    origin: Origin,
    was_off: bool,
}

impl Action for RemoveRule {
    const NAME: &'static str = "alert.remove";
    const RISK: Risk = Risk::Change;
    type Service = Alerts;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Watch nothing by rule {} any more", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        "remove rules".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, alerts: &Alerts, _: &Run) -> Result<Removed> {
        alerts.remove(&permit).await
    }
}

impl Alerts {
    async fn remove(&self, permit: &Permit<RemoveRule>) -> Result<Removed> {
        let actor = permit.actor();
        let rule = self.rule(actor.guild, &permit.action().name).await?;
        if rule.origin == Origin::Own {
            self.store.remove_alert_rule(actor.guild, &rule.name).await?;
        } else if !rule.off {
            let off = Named { off: true, ..(*rule).clone() };
            self.store.set_alert_rule(&off.row(actor.user), MOST).await?;
        }
        self.forget_rules(actor.guild);
        Ok(Removed { name: rule.name.clone(), origin: rule.origin, was_off: rule.off })
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        let name = code(&self.name);
        match (self.origin, self.was_off) {
            (_, true) => Card::quiet(format!("**Off already** rule {name}")).text("Nothing was changed."),
            (Origin::Own, _) => {
                Card::ok(format!("**Removed** rule {name}")).text("What it had open is closed within seconds.")
            }
            _ => Card::ok(format!("**Switched off** rule {name}"))
                .text("What it had open is closed within seconds.")
                .text(format!("`/alert reset rule:{}` brings it back as it was at first.", self.name)),
        }
    }
}
