//! The servers of a guild at a glance, and those it might use.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Servers, own::Named};

/// List the MCP servers that are used here.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListServers {}

/// They are listed.
#[derive(Debug, Serialize)]
pub struct Listed {
    servers: Vec<Line>,
    /// Those that whoever runs the bot named and that are not used yet.
    others: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    what: String,
    has_token: bool,
    looks: usize,
    changed: usize,
}

impl Action for ListServers {
    const NAME: &'static str = "mcp.list";
    const RISK: Risk = Risk::Observe;
    type Service = Servers;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the MCP servers".to_owned()
    }

    fn refusal(&self) -> String {
        "list the MCP servers".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, servers: &Servers, _: &Run) -> Result<Listed> {
        let guild = permit.actor().guild;
        let (rows, looks) = (servers.store.mcp_servers(guild).await?, servers.store.mcp_looks(guild).await?);
        let others = servers.own_names(guild).into_iter().filter(|name| rows.iter().all(|row| row.name != *name));
        let others = others.collect();
        let lines = rows.into_iter().map(|row| {
            let own = || looks.iter().filter(|look| look.server_id == row.id);
            Line {
                looks: own().filter(|look| look.holds()).count(),
                changed: own().filter(|look| !look.holds()).count(),
                what: servers.what(guild, &row),
                has_token: row.secret.is_some(),
                name: row.name,
            }
        });
        Ok(Listed { servers: lines.collect(), others })
    }
}

impl Servers {
    /// Where a server is, as people read it. Where the owner's are is the owner's business.
    pub(crate) fn what(&self, guild: base::GuildId, row: &store::mcp::McpServer) -> String {
        match (&row.address, self.own(guild, &row.name)) {
            (Some(address), _) => format!("at {}", code(address)),
            (None, Some(Named::Program(_))) => "a program in a sandbox".to_owned(),
            (None, Some(Named::At(_))) => "named by whoever runs me".to_owned(),
            (None, None) => "no longer named by whoever runs me".to_owned(),
        }
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let others: Vec<String> = self.others.iter().map(code).collect();
        let others = (!others.is_empty())
            .then(|| format!("Whoever runs me also named {}: `/mcp add` uses one.", others.join(", ")));
        if self.servers.is_empty() {
            let how = others.unwrap_or_else(|| "`/mcp add` uses one: its tools become Jarvis's.".to_owned());
            return Card::plain("**MCP servers** none yet").text(how);
        }
        let card = Card::plain(format!("**MCP servers** {}", self.servers.len()));
        let card = self.servers.iter().fold(card, |card, line| card.row(line.text(), None));
        others.into_iter().fold(card, Card::text)
    }
}

impl Line {
    fn text(&self) -> String {
        let token = if self.has_token { " · with a token" } else { "" };
        let looks = match self.looks {
            0 => String::new(),
            1 => " · 1 tool only looks".to_owned(),
            many => format!(" · {many} tools only look"),
        };
        let changed = if self.changed == 0 { "" } else { " · some changed since that was said" };
        format!("{}  {}{token}{looks}{changed}", code(&self.name), self.what)
    }
}
