//! What a server offers, and what each of it takes to be used.

use base::{
    Action, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ServerName, Servers, tool};

/// So many fit a card.
const SHOWN: usize = 10;
/// So much of what a server says of a tool fits a line.
const SAYS: usize = 90;

/// List the tools of an MCP server, and which of them only look.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListTools {
    /// The server.
    pub server: ServerName,
    /// So many of the first ones are left out.
    #[serde(default)]
    pub skip: usize,
}

/// They are listed.
#[derive(Debug, Serialize)]
pub struct Listed {
    server: String,
    tools: Vec<Line>,
    left_out: Vec<String>,
    #[serde(skip)]
    asked: ListTools,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    /// In its server's words.
    says: String,
    looks: bool,
    /// It was said to only look, and is not what it was then.
    changed: bool,
}

impl Action for ListTools {
    const NAME: &'static str = "mcp.tools";
    const RISK: Risk = Risk::Observe;
    type Service = Servers;
    type Report = Listed;

    fn plan(&self) -> String {
        format!("List the tools of the MCP server {}", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("list the tools of the MCP server {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn run(permit: Permit<Self>, servers: &Servers, _: &Run) -> Result<Listed> {
        let (asked, guild) = (permit.action(), permit.actor().guild);
        let row = servers.row(guild, &asked.server).await?;
        let found = servers.tools(guild, &row).await;
        let (tools, looks) =
            found.map_err(|trouble| trouble.error(&row.name, "None of its tools is used meanwhile."))?;
        let lines = tools.all.iter().map(|tool| {
            let look = looks.iter().find(|look| look.tool == tool.name);
            let looks = look.is_some_and(|look| look.lowered == tool.digest);
            Line {
                name: tool.name.clone(),
                says: tool::line(&tool.description, SAYS),
                looks,
                changed: look.is_some() && !looks,
            }
        });
        let (tools, left_out) = (lines.collect(), tools.left_out.clone());
        Ok(Listed { server: row.name, tools, left_out, asked: asked.clone() })
    }
}

impl Listed {
    fn page(&self, label: &str, skip: usize) -> Choice {
        Choice::perform(label, &ListTools { skip, ..self.asked.clone() }, Lands::Here)
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let many = self.tools.len();
        if many == 0 {
            let card = Card::plain(format!("**Tools** of {}: none", code(&self.server)));
            return self.left_out.iter().fold(card, Card::text);
        }
        let looks = self.tools.iter().filter(|line| line.looks).count();
        let mut card = Card::plain(format!("**Tools** of {}", code(&self.server)))
            .fact(measure::count(many as u64, "tool", "tools"))
            .fact(format!("{looks} only look"));
        let skip = self.asked.skip.min(many - 1);
        for line in self.tools.iter().skip(skip).take(SHOWN) {
            card = card.row(line.text(), None);
        }
        card = self.left_out.iter().fold(card, Card::text);
        if skip > 0 {
            card = card.choice(self.page("Back", skip.saturating_sub(SHOWN)));
        }
        if skip + SHOWN < many {
            card = card.choice(self.page("More", skip + SHOWN));
        }
        card.small("what they say of themselves is their server's word")
    }
}

impl Line {
    fn text(&self) -> String {
        let risk = match (self.looks, self.changed) {
            (true, _) => "only looks",
            (_, true) => "asks for a yes again: it is not what it was when it was said to only look",
            _ => "asks for a yes",
        };
        let says = if self.says.is_empty() { String::new() } else { format!("\n{}", code(&self.says)) };
        format!("{}  {risk}{says}", code(&self.name))
    }
}
