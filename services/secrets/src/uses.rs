//! Where a secret is used: what a rotation reaches, and what keeps it from being removed.

use base::{Action, Card, Millis, Permit, Report, Result, Risk, Run, SecretName, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Secrets, service::names};

/// Servers named on the card.
const SHOWN: usize = 60;

/// Tell where a secret is used.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SecretUses {
    /// The secret.
    pub name: SecretName,
}

/// Where it is used.
#[derive(Debug, Serialize)]
pub struct Used {
    name: String,
    versions: i64,
    changed_at: i64,
    servers: Vec<String>,
    /// The servers whose management controller it opens.
    controllers: Vec<String>,
}

impl Action for SecretUses {
    const NAME: &'static str = "secret.uses";
    const RISK: Risk = Risk::Observe;
    type Service = Secrets;
    type Report = Used;

    fn plan(&self) -> String {
        format!("Tell where secret {} is used", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("see where secret {} is used", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, secrets: &Secrets, _: &Run) -> Result<Used> {
        let named = secrets.find(permit.actor().guild, &permit.action().name).await?;
        let servers = secrets.uses(&named).await?;
        let controllers = secrets.controllers(&named).await?;
        let changed_at = named.rotated.unwrap_or(named.set).0;
        Ok(Used { name: named.name, versions: named.versions, changed_at, servers, controllers })
    }
}

impl Report for Used {
    fn card(&self) -> Card {
        let mut all = [self.servers.as_slice(), self.controllers.as_slice()].concat();
        all.sort();
        all.dedup();
        let number = u64::try_from(all.len()).unwrap_or(u64::MAX);
        let card = Card::plain(format!("**Secret** {}", code(&self.name)))
            .fact(match number {
                0 => "unused".to_owned(),
                _ => format!("used by {}", measure::count(number, "server", "servers")),
            })
            .fact(format!("value {} since {}", self.versions, Millis(self.changed_at).relative()));
        if number == 0 {
            return card
                .text(format!("`/server add` takes it as `secret:{}`; `/secret remove` forgets it.", self.name));
        }
        let said = [("to log in to", &self.servers), ("to open the management controller of", &self.controllers)];
        let said = said.into_iter().filter(|(_, servers)| !servers.is_empty());
        said.fold(card, |card, (what, servers)| card.text(format!("{what} {}", names(servers, SHOWN))))
    }
}
