//! Says of a tool that it only looks, exactly as it is now; or takes that back.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ServerName, Servers};

/// How much a tool can hurt, as an administrator says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It leaves everything as it was: it asks nobody.
    Observe,
    /// It may change something: it asks for a yes.
    Change,
}

/// Say whether a tool of an MCP server only looks; until then it asks for a yes each time.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetRisk {
    /// The server.
    pub server: ServerName,
    /// The tool.
    pub tool: String,
    /// What it does at most: `observe` or `change`.
    pub risk: Level,
}

/// It counts.
#[derive(Debug, Serialize)]
pub struct Set {
    server: String,
    tool: String,
    risk: Level,
    /// In its server's words.
    says: String,
}

impl Action for SetRisk {
    const NAME: &'static str = "mcp.risk";
    const RISK: Risk = Risk::Change;
    type Service = Servers;
    type Report = Set;

    fn plan(&self) -> String {
        let (tool, server) = (code(&self.tool), code(self.server.as_str()));
        match self.risk {
            Level::Observe => format!("Let {tool} of {server} be used without a yes, as it is now"),
            Level::Change => format!("Have {tool} of {server} ask for a yes"),
        }
    }

    fn refusal(&self) -> String {
        format!("say how much the tools of {} can hurt", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(format!("{}/{}", self.server, self.tool))
    }

    async fn run(permit: Permit<Self>, servers: &Servers, _: &Run) -> Result<Set> {
        let (set, actor) = (permit.action(), permit.actor());
        let row = servers.row(actor.guild, &set.server).await?;
        let gone = || {
            Error::Invalid(format!(
                "{} has no tool called {}: `/mcp tools` lists those it has. Nothing was changed.",
                code(&row.name),
                code(&set.tool)
            ))
        };
        let mut says = String::new();
        let kept = match set.risk {
            Level::Observe => {
                let found = servers.tools(actor.guild, &row).await;
                let (tools, _) = found.map_err(|trouble| trouble.error(&row.name, "Nothing was changed."))?;
                let tool = tools.named(&set.tool).ok_or_else(gone)?;
                says.clone_from(&tool.description);
                servers.store.lower_mcp_tool(actor.guild, &row.id, &tool.name, &tool.digest, actor.user).await?
            }
            // It need not be there for that.
            Level::Change => servers.store.raise_mcp_tool(actor.guild, &row.id, &set.tool).await?,
        };
        if !kept && set.risk == Level::Observe {
            return Err(Error::Busy("Somebody removed that server just now. Nothing was changed.".to_owned()));
        }
        Ok(Set { server: row.name, tool: set.tool.clone(), risk: set.risk, says })
    }
}

impl Report for Set {
    fn card(&self) -> Card {
        let what = format!("{} of {}", code(&self.tool), code(&self.server));
        match self.risk {
            Level::Observe => {
                let says = if self.says.is_empty() { "nothing".to_owned() } else { code(&self.says) };
                Card::ok(format!("**Trusted** {what} to only look"))
                    .text("It asks nobody any more, as long as its server says the same of it.")
                    .text(format!("It says of it now: {says}"))
            }
            Level::Change => Card::ok(format!("**Asks** for a yes: {what}")).text("It does so each time it is used."),
        }
    }
}
