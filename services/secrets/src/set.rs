//! Keeps a new secret under a name.

use base::{Action, Card, Permit, Report, Result, Risk, Run, Secret, SecretName, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Secrets, service};

/// Keep a secret under a name.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetSecret {
    /// What to call it.
    pub name: SecretName,
    /// Its value. People type it into a form.
    pub value: Option<Secret>,
}

/// It is kept.
#[derive(Debug, Serialize)]
pub struct Kept {
    name: String,
}

impl Action for SetSecret {
    const NAME: &'static str = "secret.set";
    const RISK: Risk = Risk::Change;
    type Service = Secrets;
    type Report = Kept;

    fn plan(&self) -> String {
        format!("Set secret {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("set secret {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, secrets: &Secrets, _: &Run) -> Result<Kept> {
        secrets.set(&permit).await
    }
}

impl Secrets {
    async fn set(&self, permit: &Permit<SetSecret>) -> Result<Kept> {
        let (set, actor) = (permit.action(), permit.actor());
        let value = self.take(actor.guild, set.value.as_ref())?;
        let Some(named) = self.vault.name(actor.guild, set.name.as_str(), &value, actor.user).await? else {
            return Err(service::taken(set.name.as_str()));
        };
        self.remember(&named);
        Ok(Kept { name: named.name })
    }
}

impl Report for Kept {
    fn card(&self) -> Card {
        Card::ok(format!("**Set** secret {}", code(&self.name)))
            .text("Its value is sealed here and masked in everything I say.")
            .text(format!("`/server add` takes it as `secret:{}`, in place of a form.", self.name))
    }
}
