//! Has a guild use a server no more.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ServerName, Servers};

/// Use an MCP server no more; its token and what was said of its tools are gone.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveServer {
    /// The server.
    pub name: ServerName,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Removed {
    name: String,
    had_token: bool,
}

impl Action for RemoveServer {
    const NAME: &'static str = "mcp.remove";
    const RISK: Risk = Risk::Destroy;
    type Service = Servers;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Use the MCP server {} no more, and forget its token", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("remove the MCP server {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, servers: &Servers, _: &Run) -> Result<Removed> {
        let guild = permit.actor().guild;
        let row = servers.row(guild, &permit.action().name).await?;
        servers.store.remove_mcp_server(guild, &row.id).await?;
        servers.hang_up(&row.id);
        Ok(Removed { name: row.name, had_token: row.secret.is_some() })
    }
}

impl Servers {
    /// Whether a guild uses it: nobody confirms what will be refused.
    pub async fn exists(&self, guild: base::GuildId, name: &ServerName) -> Result<()> {
        self.row(guild, name).await.map(drop)
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        let token = if self.had_token { "Its token is gone, and its" } else { "Its" };
        Card::ok(format!("**Removed** {}", code(&self.name))).text(format!("{token} tools are Jarvis's no more."))
    }
}
