//! Uses a tool of a server.
//!
//! **Invariants:** what asked nobody because the tool only looks is done only where the tool is what it was when that was said. What
//! comes back is others' words: masked, then cut, and never read as anything but text.

use std::time::Duration;

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, action::Ending, card::code, measure,
};
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{ServerName, Servers, tool::Tool, trouble::Trouble};

/// A tool has so long.
const WITHIN: Duration = Duration::from_mins(2);
/// To be connected to its server takes so much longer at most.
const BEFORE: Duration = Duration::from_secs(40);
/// More of an answer is not kept.
const LONGEST: usize = 64 * 1024;
/// So much of it is shown to people.
const SHOWN: usize = 1_200;
/// More is not sent.
const ARGUMENTS: usize = 64 * 1024;

/// Use a tool of an MCP server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CallTool {
    /// The server.
    pub server: ServerName,
    /// The tool's name there.
    pub tool: String,
    /// What it takes.
    #[serde(default)]
    pub arguments: Map<String, Value>,
}

/// What it said.
#[derive(Debug, Serialize)]
pub struct Called {
    server: String,
    tool: String,
    /// In its own words.
    answer: String,
    /// It says that it failed.
    failed: bool,
    /// What is left out of it, a sentence each.
    left_out: Vec<String>,
}

impl Action for CallTool {
    const NAME: &'static str = "mcp.call";
    const RISK: Risk = Risk::Change;
    /// What it does is its server's business, and in its arguments.
    const FREE_FORM: bool = true;
    type Service = Servers;
    type Report = Called;

    fn plan(&self) -> String {
        let with = if self.arguments.is_empty() {
            "nothing".to_owned()
        } else {
            code(Value::Object(self.arguments.clone()).to_string())
        };
        format!("Use {} of {} with {with}", code(&self.tool), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("use {} of {}", code(&self.tool), code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(format!("{}/{}", self.server, self.tool))
    }

    async fn assess(&self, servers: &Servers, actor: &Actor) -> Result<Assessment> {
        let rows = servers.store.mcp_servers(actor.guild).await?;
        let Some(row) = rows.into_iter().find(|row| row.name == self.server.as_str()) else {
            return Ok(Assessment::of(Risk::Change));
        };
        let looks = servers.store.mcp_looks(actor.guild).await?;
        let look = looks.iter().find(|look| look.server_id == row.id && look.tool == self.tool);
        let (risk, why) = match look {
            Some(look) if look.holds() => (Risk::Observe, None),
            Some(_) => (Risk::Change, Some("it is not what it was when it was said to only look".to_owned())),
            None => (Risk::Change, None),
        };
        Ok(Assessment { why, identity: Some(row.id), ..Assessment::of(risk) })
    }

    fn deadline(&self) -> Duration {
        WITHIN + BEFORE
    }

    async fn run(permit: Permit<Self>, servers: &Servers, run: &Run) -> Result<Called> {
        servers.call(&permit, run).await
    }
}

impl Servers {
    async fn call(&self, permit: &Permit<CallTool>, run: &Run) -> Result<Called> {
        let (call, guild) = (permit.action(), permit.actor().guild);
        let row = self.row(guild, &call.server).await?;
        if Value::Object(call.arguments.clone()).to_string().len() > ARGUMENTS {
            return Err(Error::Invalid(format!(
                "That is more than {} of arguments. Nothing was sent.",
                measure::bytes(ARGUMENTS as u64)
            )));
        }
        let lost = |trouble: Trouble, nothing: &str| trouble.error(&row.name, nothing);
        let connected = async {
            let found = self.tools(guild, &row).await?;
            Ok((self.link(guild, &row).await?, found))
        };
        let connected = tokio::select! {
            connected = connected => connected,
            () = run.cancel().cancelled() => Err(Trouble::Cancelled),
        };
        let (link, (tools, looks)) = connected.map_err(|trouble| lost(trouble, "Nothing was done."))?;
        let Some(tool) = tools.named(&call.tool) else {
            return Err(Error::Invalid(format!(
                "{} has no tool called {}. Nothing was done.",
                code(&row.name),
                code(&call.tool)
            )));
        };
        let may_look = looks.iter().any(|look| look.tool == tool.name && look.lowered == tool.digest);
        if !may_look && self.asked_nobody(permit).await? {
            return Err(changed(&row.name, tool));
        }
        let result = link.call(&call.tool, call.arguments.clone(), WITHIN, run.cancel()).await;
        let result = result.map_err(|trouble| {
            let nothing = match &trouble {
                Trouble::Said(_) => "It may have done something, or nothing.",
                Trouble::Cancelled => "It was told so; what it had begun may be half done.",
                _ => "Whether it did anything, nobody saw.",
            };
            lost(trouble, nothing)
        })?;
        let (answer, left_out) = read(&result, run);
        Ok(Called {
            server: row.name,
            tool: call.tool.clone(),
            answer,
            failed: result.is_error == Some(true),
            left_out,
        })
    }

    /// Whether it was let in as something that only looks.
    async fn asked_nobody(&self, permit: &Permit<CallTool>) -> Result<bool> {
        let entry = self.store.audit_entry(&permit.record().id.to_string()).await?;
        Ok(entry.is_none_or(|entry| entry.risk.as_deref() == Some(Risk::Observe.as_str())))
    }
}

fn changed(server: &str, tool: &Tool) -> Error {
    let card = Card::attention(format!("**Did not use** {} of {}", code(&tool.name), code(server)))
        .text("It is not what it was when it was said to only look, and asks for a yes again. Nothing was done.")
        .text(format!("Its server says of it now: {}", code(&tool.description)));
    Error::Outside(Box::new(card))
}

/// What a tool said, as text, and what is left out of it.
fn read(result: &CallToolResult, run: &Run) -> (String, Vec<String>) {
    let (mut text, mut left_out) = (String::new(), Vec::new());
    for block in &result.content {
        let words = match block {
            ContentBlock::Text(words) => words.text.as_str(),
            ContentBlock::Resource(held) => {
                let ResourceContents::TextResourceContents { text, .. } = &held.resource else {
                    left_out.push("A file that is no text is left out.".to_owned());
                    continue;
                };
                text.as_str()
            }
            ContentBlock::Image(_) => {
                left_out.push("A picture is left out.".to_owned());
                continue;
            }
            ContentBlock::Audio(_) => {
                left_out.push("A sound is left out.".to_owned());
                continue;
            }
            _ => {
                left_out.push("A link is left out.".to_owned());
                continue;
            }
        };
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(words);
    }
    if text.is_empty()
        && let Some(structured) = &result.structured_content
    {
        text = structured.to_string();
    }
    left_out.dedup();
    // Half a secret is no longer recognised.
    let text = run.redactor().mask(&text).into_owned();
    let text: String = text.chars().filter(|letter| !base::card::is_hidden(*letter)).collect();
    if text.len() <= LONGEST {
        return (text, left_out);
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    left_out.push(format!("It said {}; the rest is left out.", measure::bytes(text.len() as u64)));
    (text[..end].to_owned(), left_out)
}

impl Report for Called {
    fn card(&self) -> Card {
        let what = format!("{} of {}", code(&self.tool), code(&self.server));
        let card = if self.failed {
            Card::failed(format!("**{what}** says that it failed"))
        } else {
            Card::ok(format!("**Used** {what}"))
        };
        let card = card.fact(measure::bytes(self.answer.len() as u64));
        let shown: String = self.answer.chars().take(SHOWN).collect();
        let card = if shown.trim().is_empty() { card } else { card.code("", shown) };
        self.left_out.iter().fold(card, Card::text)
    }

    fn ending(&self) -> Ending {
        if self.failed { Ending::Failed } else { Ending::Done }
    }
}
