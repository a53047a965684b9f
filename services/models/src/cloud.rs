//! Says what of a guild may leave the house.

use base::{Action, Card, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cloud, Providers};

/// Say what a model in the cloud may see of this guild.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetCloud {
    /// `nothing`, `redacted` or `all`.
    pub policy: Cloud,
}

/// It is said.
#[derive(Debug, Serialize)]
pub struct Said {
    policy: Cloud,
    before: Cloud,
}

impl Action for SetCloud {
    const NAME: &'static str = "ai.cloud";
    const RISK: Risk = Risk::Change;
    type Service = Providers;
    type Report = Said;

    fn plan(&self) -> String {
        format!("Let models in the cloud see {}", self.policy.as_str())
    }

    fn refusal(&self) -> String {
        "say what a model in the cloud may see".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Said> {
        let (guild, policy) = (permit.actor().guild, permit.action().policy);
        let before = providers.cloud(guild).await?;
        providers.store.set_model_policy(guild, policy.as_str(), permit.actor().user).await?;
        Ok(Said { policy, before })
    }
}

impl Report for Said {
    fn card(&self) -> Card {
        let title = format!("**The cloud sees** {}", self.policy.as_str());
        let card = if self.policy == self.before { Card::quiet(title) } else { Card::ok(title) };
        card.fact(format!("before: {}", self.before.as_str())).text(self.policy.words())
    }
}
