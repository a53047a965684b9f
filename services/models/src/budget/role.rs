//! Says what each of a role may spend.

use base::{Action, Card, Error, Permit, Report, Result, Risk, RoleId, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::LARGEST;
use crate::{Providers, prices};

/// Say what models in the cloud may cost for each of a role in 30 days.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetAllowance {
    /// The role's number.
    pub role: u64,
    /// In whole dollars; without a number, as much as they cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dollars: Option<i64>,
}

/// It is said.
#[derive(Debug, Serialize)]
pub struct Allowed {
    everybody: bool,
    role: u64,
    dollars: Option<i64>,
    others: usize,
}

impl Action for SetAllowance {
    const NAME: &'static str = "ai.allowance";
    const RISK: Risk = Risk::Change;
    type Service = Providers;
    type Report = Allowed;

    fn plan(&self) -> String {
        match self.dollars {
            Some(dollars) => {
                format!("Let models in the cloud cost ${dollars} in 30 days for each of <@&{}>", self.role)
            }
            None => format!("Let models in the cloud cost what they do for each of <@&{}>", self.role),
        }
    }

    fn refusal(&self) -> String {
        "say what a role may spend".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Allowed> {
        let (SetAllowance { role, dollars }, guild) = (permit.action(), permit.actor().guild);
        if dollars.is_some_and(|dollars| !(0..=LARGEST).contains(&dollars)) {
            return Err(Error::Invalid(format!(
                "What somebody may spend is a number of dollars from 0 to {LARGEST}. Nothing was changed."
            )));
        }
        providers.store.set_model_allowance(guild, RoleId(*role), *dollars).await?;
        let all = providers.store.model_allowances(guild).await?;
        let others = all.iter().filter(|(one, _)| one.0 != *role).count();
        Ok(Allowed { everybody: *role == guild.0, role: *role, dollars: *dollars, others })
    }
}

impl Report for Allowed {
    fn card(&self) -> Card {
        let who = if self.everybody { "everybody".to_owned() } else { format!("<@&{}>", self.role) };
        let card = match self.dollars {
            Some(dollars) => Card::ok(format!("**Limited** what {who} may spend"))
                .fact(format!("${dollars} in 30 days each"))
                .small(format!("prices of {}, without what a cache saves", prices::AS_OF)),
            None => Card::ok(format!("**Lifted** the limit of what {who} may spend")),
        };
        let card = if self.others == 0 { card } else { card.fact(format!("{} limited besides", self.others)) };
        card.text("Of somebody's roles the most generous counts. Who has none with a limit has none.")
    }
}
