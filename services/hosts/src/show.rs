//! One server and what is known of it.

use base::{
    Action, Actor, Assessment, Card, Millis, Permit, Report, Result, Risk, Run, ServerName,
    card::{Choice, Lands, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::servers::{Server, State};

use crate::{CheckServer, Hosts, service::stored_key, tag};

/// Show a server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowServer {
    /// The server.
    pub server: ServerName,
}

/// What is known of it.
#[derive(Debug, Serialize)]
pub struct Shown {
    server: ServerName,
    address: String,
    user: String,
    /// The named secret it logs in with, if it has none of its own.
    secret: Option<String>,
    /// The server it is reached through.
    jump: Option<String>,
    state: State,
    fingerprint: Option<String>,
    note: String,
    tags: Vec<String>,
    added_by: String,
    added_at: i64,
    seen_at: Option<i64>,
}

impl Action for ShowServer {
    const NAME: &'static str = "server.show";
    const RISK: Risk = Risk::Observe;
    type Service = Hosts;
    type Report = Shown;

    fn plan(&self) -> String {
        format!("Show server {}", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("look at server {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        Ok(hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, _: &Run) -> Result<Shown> {
        let server = hosts.find(permit.actor().guild, &permit.action().server)?;
        let secret = hosts.store.named_secret_of(server.guild, &server.secret).await?;
        let jump = hosts.jump_of(&server).map(|jump| jump.name);
        Ok(Shown { jump, ..Shown::of(permit.action().server.clone(), server, secret.map(|secret| secret.name)) })
    }
}

impl Shown {
    fn of(name: ServerName, server: Server, secret: Option<String>) -> Self {
        Self {
            server: name,
            address: format!("{}:{}", server.host, server.port),
            user: server.user,
            secret,
            jump: None,
            state: server.state,
            fingerprint: server.host_key.and_then(|key| stored_key(&key).ok()).map(|key| key.fingerprint()),
            note: server.note,
            tags: server.tags,
            added_by: server.added_by,
            added_at: server.added.0,
            seen_at: server.seen.map(|seen| seen.0),
        }
    }
}

impl Report for Shown {
    fn card(&self) -> Card {
        let name = code(self.server.as_str());
        let mut card = match self.state {
            State::Ready => Card::plain(format!("**Server** {name}")),
            State::Offered => Card::attention(format!("**Server** {name} waits for its key to be pinned")),
            State::Blocked => Card::failed(format!("**Server** {name} is blocked: its host key changed")),
        };
        card = card.fact(format!("{} at {}", code(&self.user), code(&self.address)));
        if let Some(seen) = self.seen_at {
            card = card.fact(format!("seen {}", Millis(seen).relative()));
        }
        if let Some(secret) = &self.secret {
            card = card.text(format!("logs in with secret {}", code(secret)));
        }
        if let Some(jump) = &self.jump {
            card = card.text(format!("reached through {}", code(jump)));
        }
        if !self.note.is_empty() {
            card = card.text(format!("note  {}", code(&self.note)));
        }
        if !self.tags.is_empty() {
            card = card.text(format!("tags  {}", tag::drawn(&self.tags)));
        }
        if let Some(fingerprint) = &self.fingerprint {
            card = card.text(format!("host key  {}", code(fingerprint)));
        }
        card.text(format!("added by <@{}> {}", self.added_by, Millis(self.added_at).relative()))
            .choice(Choice::perform("Test", &CheckServer { server: self.server.clone() }, Lands::Below))
    }
}
