//! Ends a terminal, and what runs in it.

use std::time::Duration;

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Hosts;

use super::session::Why;

/// Its processes get a moment to put their things in order, and are killed then.
const WITHIN: Duration = Duration::from_secs(15);

/// End a terminal.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EndTerminal {
    /// The server it is on.
    pub server: ServerName,
    /// The terminal.
    pub terminal: String,
}

/// It is over.
#[derive(Debug, Serialize)]
pub struct TerminalEnded {
    server: String,
    how: String,
}

impl Action for EndTerminal {
    const NAME: &'static str = "server.end_terminal";
    const RISK: Risk = Risk::Change;
    type Service = Hosts;
    type Report = TerminalEnded;

    fn plan(&self) -> String {
        format!("End a terminal on {}, and what runs in it", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("end somebody else's terminal on {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        let own = hosts.terminals.is_of(actor, &self.terminal);
        Ok(Assessment { own, ..hosts.assess(actor.guild, &self.server, Self::RISK) })
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, _: &Run) -> Result<TerminalEnded> {
        let (action, actor) = (permit.action(), permit.actor());
        let session = hosts.terminals.named(actor.guild, &action.terminal, &action.server)?;
        if !session.is_over() {
            session.end(Why::Person(actor.user));
        }
        // What was not seen to end is said on its card.
        let _ = tokio::time::timeout(WITHIN, session.over()).await;
        Ok(TerminalEnded { server: action.server.to_string(), how: session.how() })
    }
}

impl Report for TerminalEnded {
    fn card(&self) -> Card {
        Card::quiet(format!("**Ended a terminal** on {}", code(&self.server))).fact(&self.how)
    }
}
