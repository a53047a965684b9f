//! Says how many tokens each of a role may use in a day.

use base::{Action, Card, Error, Permit, Report, Result, Risk, RoleId, Run, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Providers;

/// Nobody uses more in a day.
const LARGEST: i64 = 1_000_000_000;

/// Say how many tokens each of a role may use in a day.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetQuota {
    /// The role's number.
    pub role: u64,
    /// How many; without a number, as many as they like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<i64>,
}

/// It is said.
#[derive(Debug, Serialize)]
pub struct Limited {
    everybody: bool,
    role: u64,
    tokens: Option<i64>,
    others: usize,
}

impl Action for SetQuota {
    const NAME: &'static str = "ai.quota";
    const RISK: Risk = Risk::Change;
    type Service = Providers;
    type Report = Limited;

    fn plan(&self) -> String {
        match self.tokens {
            Some(tokens) => format!("Give each of <@&{}> {tokens} tokens a day", self.role),
            None => format!("Give each of <@&{}> as many tokens as they like", self.role),
        }
    }

    fn refusal(&self) -> String {
        "say how many tokens a role may use".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Limited> {
        let (SetQuota { role, tokens }, guild) = (permit.action(), permit.actor().guild);
        if tokens.is_some_and(|tokens| !(0..=LARGEST).contains(&tokens)) {
            return Err(Error::Invalid(format!(
                "A day's tokens are a number from 0 to {LARGEST}. Nothing was changed."
            )));
        }
        providers.store.set_model_quota(guild, RoleId(*role), *tokens).await?;
        let all = providers.store.model_quotas(guild).await?;
        let others = all.iter().filter(|(one, _)| one.0 != *role).count();
        Ok(Limited { everybody: *role == guild.0, role: *role, tokens: *tokens, others })
    }
}

impl Report for Limited {
    fn card(&self) -> Card {
        let who = if self.everybody { "everybody".to_owned() } else { format!("<@&{}>", self.role) };
        let card = match self.tokens {
            Some(tokens) => {
                let tokens = measure::count(u64::try_from(tokens).unwrap_or_default(), "token", "tokens");
                Card::ok(format!("**Limited** {who}")).fact(format!("{tokens} a day each"))
            }
            None => Card::ok(format!("**Lifted** the limit of {who}")),
        };
        let card = if self.others == 0 { card } else { card.fact(format!("{} limited besides", self.others)) };
        card.text("Of somebody's roles the most generous counts. Who has none with a limit has none.")
    }
}
