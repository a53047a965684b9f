//! A server as it is now.

use std::time::Duration;

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ServerName, Servers};

/// Show how an MCP server is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowServer {
    /// The server.
    pub name: ServerName,
}

/// How it is.
#[derive(Debug, Serialize)]
pub struct Shown {
    name: String,
    what: String,
    has_token: bool,
    /// What it calls itself: its words.
    called: Option<String>,
    tools: usize,
    looks: usize,
    changed: Vec<String>,
    left_out: Vec<String>,
    took_ms: u64,
    trouble: Option<String>,
}

impl Action for ShowServer {
    const NAME: &'static str = "mcp.show";
    const RISK: Risk = Risk::Observe;
    type Service = Servers;
    type Report = Shown;

    fn plan(&self) -> String {
        format!("Show the MCP server {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("look at the MCP server {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, servers: &Servers, _: &Run) -> Result<Shown> {
        let guild = permit.actor().guild;
        let row = servers.row(guild, &permit.action().name).await?;
        let began = servers.clock.now();
        let found = servers.tools(guild, &row).await;
        let took = servers.clock.now().since(began);
        let called = match &found {
            Ok(_) => servers.link(guild, &row).await.ok().map(|link| link.called()),
            Err(_) => None,
        };
        let trouble = found.as_ref().err().map(ToString::to_string);
        let (tools, looks) = found.unwrap_or_default();
        Ok(Shown {
            what: servers.what(guild, &row),
            has_token: row.secret.is_some(),
            called: called.filter(|called| !called.is_empty()),
            tools: tools.all.len(),
            looks: looks.iter().filter(|look| look.holds()).count(),
            changed: looks.iter().filter(|look| !look.holds()).map(|look| look.tool.clone()).collect(),
            left_out: tools.left_out.clone(),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            name: row.name,
            trouble,
        })
    }
}

impl Report for Shown {
    fn card(&self) -> Card {
        let (title, token) = (code(&self.name), if self.has_token { " · with a token" } else { "" });
        if let Some(trouble) = &self.trouble {
            return Card::attention(format!("**{title}** cannot be used now"))
                .fact(format!("{}{token}", self.what))
                .text(format!("Why: {trouble}. Its tools are not offered meanwhile."));
        }
        let mut card = Card::ok(format!("**{title}** answers"))
            .fact(format!("took {}", measure::span(Duration::from_millis(self.took_ms))))
            .fact(measure::count(self.tools as u64, "tool", "tools"));
        if self.looks > 0 {
            card = card.fact(format!("{} only look", self.looks));
        }
        let called = self.called.as_ref().map(|called| format!(" · calls itself {}", code(called)));
        card = card.text(format!("{}{token}{}", self.what, called.unwrap_or_default()));
        if !self.changed.is_empty() {
            let changed: Vec<String> = self.changed.iter().map(code).collect();
            card = card.text(format!(
                "Not what they were when they were said to only look, and asked about again: {}.",
                changed.join(", ")
            ));
        }
        self.left_out.iter().fold(card, Card::text)
    }
}
