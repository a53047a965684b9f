//! Gives a secret another value, for everything that uses it.

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, Secret, SecretName, card::code, measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Secrets;

/// Give a secret another value.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RotateSecret {
    /// The secret.
    pub name: SecretName,
    /// Its new value. People type it into a form.
    pub value: Option<Secret>,
}

/// It has another value.
#[derive(Debug, Serialize)]
pub struct Rotated {
    name: String,
    versions: i64,
    servers: Vec<String>,
}

impl Action for RotateSecret {
    const NAME: &'static str = "secret.rotate";
    const RISK: Risk = Risk::Change;
    type Service = Secrets;
    type Report = Rotated;

    fn plan(&self) -> String {
        format!("Rotate secret {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("rotate secret {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    /// A yes counts for this very secret and value, not for a later one of that name.
    async fn assess(&self, secrets: &Secrets, actor: &Actor) -> Result<Assessment> {
        secrets.assess(actor.guild, &self.name, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, secrets: &Secrets, _: &Run) -> Result<Rotated> {
        secrets.rotate(&permit).await
    }
}

impl Secrets {
    async fn rotate(&self, permit: &Permit<RotateSecret>) -> Result<Rotated> {
        let (rotate, actor) = (permit.action(), permit.actor());
        let value = self.take(actor.guild, rotate.value.as_ref())?;
        let named = self.find(actor.guild, &rotate.name).await?;
        let Some(named) = self.vault.rotate(&named, &value, actor.user).await? else {
            let sentence =
                format!("Somebody else changed {} in this very moment. Nothing was saved.", code(&named.name));
            return Err(Error::Busy(sentence));
        };
        self.users.changed(actor.guild, &named.secret).await;
        Ok(Rotated { servers: self.uses(&named).await?, name: named.name, versions: named.versions })
    }
}

impl Report for Rotated {
    fn card(&self) -> Card {
        let mut card = Card::ok(format!("**Rotated** secret {}", code(&self.name)))
            .fact(format!("value {}", self.versions))
            .text("The value before stays sealed and masked until the next rotation.");
        if !self.servers.is_empty() {
            let number = u64::try_from(self.servers.len()).unwrap_or(u64::MAX);
            card = card.fact(format!("used by {}", measure::count(number, "server", "servers")));
            card = card
                .text("The next login uses the new value; what runs goes on. `/server test` tells whether it works.");
        }
        card
    }
}
