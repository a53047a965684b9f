//! Does a server answer, with the right key, and let us in?

use std::time::Duration;

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::servers::{Server, State};

use crate::{
    Hosts,
    service::{PROBE_DEADLINE, address, stored_key},
    ssh, trouble,
};

/// Test the connection to a server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CheckServer {
    /// The server.
    pub server: ServerName,
}

/// How it answered.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tested {
    /// It let us in.
    Works {
        /// The server's name.
        server: String,
        /// Who logged in, and where.
        login: String,
        /// How long it took, in milliseconds.
        login_ms: u64,
    },
    /// A key waits for a decision.
    Asks {
        /// The row, with the key that answers now.
        #[serde(skip)]
        row: Box<Server>,
    },
}

impl Action for CheckServer {
    const NAME: &'static str = "server.test";
    const RISK: Risk = Risk::Observe;
    type Service = Hosts;
    type Report = Tested;

    fn plan(&self) -> String {
        format!("Test the connection to {}", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("test server {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        Ok(hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    async fn exists(&self, hosts: &Hosts, actor: &Actor) -> Result<()> {
        hosts.find(actor.guild, &self.server).map(drop)
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, _: &Run) -> Result<Tested> {
        hosts.test(&permit).await
    }
}

impl Hosts {
    async fn test(&self, permit: &Permit<CheckServer>) -> Result<Tested> {
        let server = self.find(permit.actor().guild, &permit.action().server)?;
        if server.state != State::Ready {
            let key = match ssh::probe(&address(&server)?, PROBE_DEADLINE).await {
                Ok(key) => key,
                Err(error) => return Err(self.failed(&server, error).await),
            };
            // A blocked server whose pinned key answers again goes on to the login; any other key is a question.
            if let Some(row) = self.store.offer_key(&server, &key.to_string(), &self.redactor).await? {
                self.remember(&row);
                return Ok(Tested::Asks { row: Box::new(row) });
            }
        }
        let Some(pinned) = &server.host_key else { return Err(trouble::not_pinned(&server)) };
        let target = self.target(&server, stored_key(pinned)?).await?;
        // A warm connection proves nothing about the next one; what runs on it goes on to its end.
        self.pool.drop_connection(&server.id).await;
        match self.pool.check(&server.id, &target).await {
            Ok(login) => {
                self.answered(&server).await?;
                Ok(Tested::Works {
                    login: format!("{}@{}:{}", server.user, server.host, server.port),
                    server: server.name,
                    login_ms: u64::try_from(login.as_millis()).unwrap_or(u64::MAX),
                })
            }
            Err(error) => {
                let refused = self.failed(&server, error).await;
                // Blocked just now: whoever tests gets the decision at once.
                match self.find(permit.actor().guild, &permit.action().server) {
                    Ok(row) if row.state == State::Blocked => Ok(Tested::Asks { row: Box::new(row) }),
                    _ => Err(refused),
                }
            }
        }
    }
}

impl Report for Tested {
    fn card(&self) -> Card {
        match self {
            Self::Works { server, login, login_ms } => Card::ok(format!("**{} answers**", code(server)))
                .fact(format!("logged in after {}", measure::span(Duration::from_millis(*login_ms))))
                .fact(code(login)),
            Self::Asks { row } if row.host_key.is_some() => {
                let card = Card::attention(format!("**{} answers with another host key**", code(&row.name)))
                    .text("It stays blocked until you pin the new key. Do that only if you know why it changed.");
                trouble::offer(card, row, "Pin the new key")
            }
            Self::Asks { row } => {
                let card = Card::attention(format!("**Is this {}?** Pin its host key to add it", code(&row.name)));
                trouble::offer(card, row, "Pin this key")
            }
        }
    }
}
