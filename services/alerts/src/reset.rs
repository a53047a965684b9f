//! Brings back a rule as every guild begins with it.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Alerts, DEFAULTS, Named, RuleName, rule::GAP, words};

/// Bring back a rule as it was at first.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ResetRule {
    /// The rule.
    pub name: RuleName,
}

/// It is as at first.
#[derive(Debug, Serialize)]
pub struct Reset {
    name: String,
    rule: String,
    changed: bool,
}

impl Action for ResetRule {
    const NAME: &'static str = "alert.reset";
    const RISK: Risk = Risk::Change;
    type Service = Alerts;
    type Report = Reset;

    fn plan(&self) -> String {
        format!("Bring back rule {} as it was at first", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        "set rules".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, alerts: &Alerts, _: &Run) -> Result<Reset> {
        alerts.reset(&permit).await
    }
}

impl Alerts {
    async fn reset(&self, permit: &Permit<ResetRule>) -> Result<Reset> {
        let (name, guild) = (permit.action().name.as_str(), permit.actor().guild);
        let Some(default) = DEFAULTS.iter().find(|default| default.name == name) else {
            let all: Vec<String> = DEFAULTS.iter().map(|default| code(default.name)).collect();
            return Err(Error::Invalid(format!(
                "{} is no rule that every guild begins with: those are {}. Nothing was changed.",
                code(name),
                all.join(", ")
            )));
        };
        let changed = self.store.remove_alert_rule(guild, name).await?;
        self.forget_rules(guild);
        Ok(Reset { name: name.to_owned(), rule: words::rule(&Named::of(guild, default, GAP)), changed })
    }
}

impl Report for Reset {
    fn card(&self) -> Card {
        let name = code(&self.name);
        let card = if self.changed {
            Card::ok(format!("**Brought back** rule {name}"))
        } else {
            Card::quiet(format!("**Nothing to do**: rule {name} is as it was at first"))
        };
        card.fact(self.rule.clone()).fact("all servers")
    }
}
