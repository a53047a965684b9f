//! Forgets a secret that nothing uses.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, SecretName, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Secrets, service};

/// Remove a secret that nothing uses.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveSecret {
    /// The secret.
    pub name: SecretName,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Removed {
    name: String,
}

impl Action for RemoveSecret {
    const NAME: &'static str = "secret.remove";
    const RISK: Risk = Risk::Destroy;
    type Service = Secrets;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Remove secret {} and its value", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("remove secret {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    /// A yes counts for this very secret and value, not for a later one of that name.
    async fn assess(&self, secrets: &Secrets, actor: &Actor) -> Result<Assessment> {
        secrets.assess(actor.guild, &self.name, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, secrets: &Secrets, _: &Run) -> Result<Removed> {
        secrets.remove(&permit).await
    }
}

impl Secrets {
    async fn remove(&self, permit: &Permit<RemoveSecret>) -> Result<Removed> {
        let named = self.find(permit.actor().guild, &permit.action().name).await?;
        let controllers = self.controllers(&named).await?;
        // Those that log in with it the database itself protects.
        if !controllers.is_empty() || !self.store.remove_named_secret(&named).await? {
            return Err(service::in_use(&named.name, &self.uses(&named).await?, &controllers));
        }
        self.forget(&named);
        Ok(Removed { name: named.name })
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        Card::ok(format!("**Removed** secret {}", code(&self.name)))
            .text("Its value is deleted here. Where it opens something, it still does.")
    }
}
