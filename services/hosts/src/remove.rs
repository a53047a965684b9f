//! Forgets a server, its pinned key and how to log in.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Hosts, trouble};

/// Remove a server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveServer {
    /// The server.
    pub server: ServerName,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Removed {
    server: String,
    /// Whether it keeps what files were before they were changed.
    keeps: bool,
}

impl Action for RemoveServer {
    const NAME: &'static str = "server.remove";
    const RISK: Risk = Risk::Destroy;
    type Service = Hosts;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Remove server {}, its pinned key and how to log in", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("remove server {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        Ok(hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, _: &Run) -> Result<Removed> {
        hosts.remove(&permit).await
    }
}

impl Hosts {
    async fn remove(&self, permit: &Permit<RemoveServer>) -> Result<Removed> {
        let server = self.find(permit.actor().guild, &permit.action().server)?;
        let keeps = self.store.has_file_versions(server.guild, &server.id).await?;
        if !self.store.remove_server(&server).await? {
            let behind = self.of(server.guild).into_iter().filter(|other| other.jump.as_ref() == Some(&server.id));
            let behind: Vec<String> = behind.map(|other| code(other.name)).collect();
            if !behind.is_empty() {
                let card = Card::failed(format!("**Could not remove** {}", code(&server.name)))
                    .text(format!("It is what {} is reached through. Nothing was removed.", behind.join(", ")))
                    .text("`/server jump` changes how a server is reached.");
                return Err(trouble::outside(card));
            }
        }
        self.terminals.end_on(&server);
        self.forget(&server);
        self.pool.drop_connection(&server.id).await;
        Ok(Removed { server: server.name, keeps })
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Removed** {}", code(&self.server)))
            .text("Its key and credential are deleted here. On the server nothing was changed.");
        if !self.keeps {
            return card;
        }
        card.text(format!(
            "What files were before I changed them stays there, in {} of whoever I logged in as.",
            code("~/.local/state/nebula-files")
        ))
    }
}
