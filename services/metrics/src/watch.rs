//! Whether a server is looked at by itself.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::PoisonError;

use crate::Metrics;

/// Look at a server by itself, or no longer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct WatchServer {
    /// The server.
    pub server: ServerName,
    /// Whether it is looked at.
    pub watch: Watch,
}

/// Whether a server is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// Every half minute.
    On,
    /// Never by itself.
    Off,
}

/// How it is now.
#[derive(Debug, Serialize)]
pub struct Watched {
    #[serde(flatten)]
    asked: WatchServer,
    changed: bool,
}

impl Action for WatchServer {
    const NAME: &'static str = "metrics.watch";
    const RISK: Risk = Risk::Change;
    type Service = Metrics;
    type Report = Watched;

    fn plan(&self) -> String {
        let server = code(self.server.as_str());
        match self.watch {
            Watch::On => format!("Look at {server} every half minute"),
            Watch::Off => format!("Look at {server} no longer"),
        }
    }

    fn refusal(&self) -> String {
        format!("say whether {} is looked at", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, metrics: &Metrics, actor: &Actor) -> Result<Assessment> {
        Ok(metrics.hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    async fn exists(&self, metrics: &Metrics, actor: &Actor) -> Result<()> {
        metrics.hosts.find(actor.guild, &self.server).map(drop)
    }

    async fn run(permit: Permit<Self>, metrics: &Metrics, _: &Run) -> Result<Watched> {
        metrics.watch(&permit).await
    }
}

impl Metrics {
    async fn watch(&self, permit: &Permit<WatchServer>) -> Result<Watched> {
        let (asked, actor) = (permit.action().clone(), permit.actor());
        let server = self.hosts.find(actor.guild, &asked.server)?;
        let changed = match asked.watch {
            Watch::On => self.store.watch_server(actor.guild, &server.id).await?,
            Watch::Off => self.store.unwatch_server(actor.guild, &server.id, actor.user).await?,
        };
        let mut off = self.off.write().unwrap_or_else(PoisonError::into_inner);
        match asked.watch {
            Watch::On => off.remove(&server.id),
            Watch::Off => off.insert(server.id),
        };
        Ok(Watched { asked, changed })
    }
}

impl Report for Watched {
    fn card(&self) -> Card {
        let server = code(self.asked.server.as_str());
        match (self.asked.watch, self.changed) {
            (Watch::On, true) => {
                Card::ok(format!("**Watching** {server}")).text("The first look comes within seconds.")
            }
            (Watch::On, false) => Card::ok(format!("**Watching** {server}")).text("It was watched before."),
            (Watch::Off, true) => Card::ok(format!("**Not watching** {server}")).text("What was seen of it stays."),
            (Watch::Off, false) => Card::ok(format!("**Not watching** {server}")).text("It was not watched before."),
        }
    }
}
