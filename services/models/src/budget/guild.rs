//! Says what models in the cloud may cost a guild.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Budget, LARGEST};
use crate::{Providers, prices};

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
                .fact(format!("{} in 30 days", budget.words()))
                .text("After that no model in the cloud is asked. One whose price I do not know is not asked at all.")
                .small(format!("prices of {}, without what a cache saves", prices::AS_OF)),
            None => Card::ok("**Lifted** the limit of what the cloud costs"),
        }
    }
}
