//! Says what models in the cloud may cost a guild, and what they did.
//!
//! **Invariant:** where there is a budget, a model whose price is not known is not asked: nobody could say when it is spent.

use std::time::Duration;

use base::{Action, Card, Error, GuildId, Millis, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Providers, prices};

/// What is spent is counted over this.
const PERIOD: Duration = Duration::from_hours(30 * 24);
/// Nobody spends more.
const LARGEST: i64 = 1_000_000;

/// Say what models in the cloud may cost this guild in 30 days.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetBudget {
    /// In whole dollars; without a number, as much as they cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dollars: Option<i64>,
}

/// It is said.
#[derive(Debug, Serialize)]
pub struct Budgeted {
    budget: Option<Budget>,
}

/// What a guild may spend, and did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Budget {
    /// Dollars in 30 days.
    pub of: i64,
    /// What was spent in the last 30 days, in dollars, at most.
    pub spent: f64,
}

impl Budget {
    /// Whether nothing is left.
    #[expect(clippy::cast_precision_loss, reason = "a budget is a small number")]
    pub fn is_spent(&self) -> bool {
        self.spent >= self.of as f64
    }

    /// As a person reads it.
    pub fn words(&self) -> String {
        // Nothing is not less than nothing.
        let cents = (self.spent * 100.0 - 1e-9).ceil() + 0.0;
        format!("${:.2} of ${} spent in 30 days", cents / 100.0, self.of)
    }
}

impl Providers {
    /// What a guild may spend on models in the cloud, and did; none where nobody set a limit.
    pub async fn budget(&self, guild: GuildId) -> Result<Option<Budget>> {
        let Some(of) = self.store.model_budget(guild).await? else { return Ok(None) };
        let since = Millis(self.clock.now().0 - i64::try_from(PERIOD.as_millis()).unwrap_or_default());
        let used = self.store.model_usage(guild, since).await?;
        // What was used before there was a budget may have no price: nobody knows it, so it counts for nothing.
        let cost = |one: &store::model_usage::Used| prices::cost(&one.model, one.prompt_tokens, one.reply_tokens);
        let spent = used.iter().filter(|one| one.is_cloud != 0).filter_map(cost).sum();
        Ok(Some(Budget { of, spent }))
    }

    /// Why a model in the cloud is not asked although the guild lets it be; none where it may.
    pub async fn too_dear(&self, guild: GuildId, model: &str) -> Result<Option<String>> {
        let Some(budget) = self.budget(guild).await? else { return Ok(None) };
        if budget.is_spent() {
            return Ok(Some(format!(
                "No model in the cloud is asked: {}. An administrator gives more with `/ai budget`.",
                budget.words()
            )));
        }
        if prices::cost(model, 0, 0).is_none() {
            return Ok(Some(format!(
                "{} is not asked: this guild has a budget, and I do not know its price.",
                code(model)
            )));
        }
        Ok(None)
    }
}

impl Action for SetBudget {
    const NAME: &'static str = "ai.budget";
    const RISK: Risk = Risk::Change;
    type Service = Providers;
    type Report = Budgeted;

    fn plan(&self) -> String {
        match self.dollars {
            Some(dollars) => format!("Let models in the cloud cost ${dollars} in 30 days"),
            None => "Let models in the cloud cost what they do".to_owned(),
        }
    }

    fn refusal(&self) -> String {
        "say what models in the cloud may cost".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Budgeted> {
        let (actor, dollars) = (permit.actor(), permit.action().dollars);
        if dollars.is_some_and(|dollars| !(0..=LARGEST).contains(&dollars)) {
            return Err(Error::Invalid(format!(
                "A budget is a number of dollars from 0 to {LARGEST}. Nothing was changed."
            )));
        }
        providers.store.set_model_budget(actor.guild, dollars, actor.user).await?;
        Ok(Budgeted { budget: providers.budget(actor.guild).await? })
    }
}

impl Report for Budgeted {
    fn card(&self) -> Card {
        match &self.budget {
            Some(budget) => Card::ok("**Limited** what the cloud costs")
                .fact(budget.words())
                .text("After that no model in the cloud is asked. One whose price I do not know is not asked at all.")
                .small(format!("prices of {}, without what a cache saves", prices::AS_OF)),
            None => Card::ok("**Lifted** the limit of what the cloud costs"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_is_told_in_whole_cents_and_never_too_little() {
        let told = |spent| Budget { of: 20, spent }.words();
        assert_eq!(told(0.0), "$0.00 of $20 spent in 30 days");
        assert_eq!(told(0.001), "$0.01 of $20 spent in 30 days");
        assert_eq!(told(1.1), "$1.10 of $20 spent in 30 days");
        assert!(Budget { of: 0, spent: 0.0 }.is_spent() && !Budget { of: 1, spent: 0.99 }.is_spent());
    }
}
