//! Has a guild use a server. Its token is typed into a form.

use base::{
    Action, Card, Error, GuildId, Permit, Report, Result, Risk, Run, Secret, card::code, measure,
    redact::SHORTEST_SECRET,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::mcp::McpServer;

use crate::{ServerName, Servers, address, own::Named, servers::MOST, trouble::Trouble};

/// Use an MCP server here.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddServer {
    /// What to call it; of those that whoever runs the bot named, their name.
    pub name: ServerName,
    /// Where it is, such as `https://mcp.example/mcp`; of those that whoever runs the bot named, nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What opens it. People type it into a form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
}

/// It is used.
#[derive(Debug, Serialize)]
pub struct Added {
    name: String,
    tools: usize,
    has_token: bool,
    /// Why it does not answer now.
    trouble: Option<String>,
}

impl Action for AddServer {
    const NAME: &'static str = "mcp.add";
    const RISK: Risk = Risk::Change;
    type Service = Servers;
    type Report = Added;

    fn plan(&self) -> String {
        match &self.url {
            Some(url) => format!("Use the MCP server {} at {}", code(self.name.as_str()), code(url)),
            None => format!("Use the MCP server {} that whoever runs the bot named", code(self.name.as_str())),
        }
    }

    fn refusal(&self) -> String {
        "have this guild use MCP servers".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, servers: &Servers, _: &Run) -> Result<Added> {
        servers.add(&permit).await
    }
}

impl Servers {
    /// Whether this could be used, as far as is known without asking it: nobody types a token only to hear that it cannot. The answer
    /// is whether it may take one.
    pub async fn refuse_wrong(&self, guild: GuildId, add: &AddServer) -> Result<bool> {
        let name = add.name.as_str();
        let takes_token = match (&add.url, self.own(guild, name)) {
            (Some(_), Some(_)) => {
                return Err(Error::Invalid(format!(
                    "Whoever runs the bot named a server {} for this guild: it is used without a `url`, or another is called \
                     otherwise. Nothing was added.",
                    code(name)
                )));
            }
            (Some(url), None) => {
                address::read(url)?;
                true
            }
            (None, Some(named)) => matches!(named, Named::At(_)),
            (None, None) => {
                let names: Vec<String> = self.own_names(guild).into_iter().map(code).collect();
                let there = match &names[..] {
                    [] => "named none for this guild".to_owned(),
                    names => format!("named {}", names.join(", ")),
                };
                return Err(Error::Invalid(format!(
                    "There is no {} to be used: whoever runs the bot {there}. One on the internet takes its `url`. Nothing was added.",
                    code(name)
                )));
            }
        };
        let rows = self.store.mcp_servers(guild).await?;
        if rows.iter().any(|row| row.name == name) {
            return Err(taken(name));
        }
        if rows.len() >= MOST {
            return Err(Error::Invalid(format!(
                "This guild uses {MOST} MCP servers, and no more fit. Nothing was added."
            )));
        }
        Ok(takes_token)
    }

    async fn add(&self, permit: &Permit<AddServer>) -> Result<Added> {
        let (add, guild) = (permit.action(), permit.actor().guild);
        let token = self.take(guild, add.token.as_ref())?;
        let takes_token = self.refuse_wrong(guild, add).await?;
        let token = token.filter(|_| takes_token);
        let url = add.url.as_deref().map(address::read).transpose()?;
        let (name, address) = (add.name.to_string(), url.map(String::from));
        let tried = McpServer { id: String::new(), name, address, secret: None };
        let found = self.try_out(guild, &tried, token.as_ref()).await;
        if let Err(trouble @ Trouble::Refused) = &found {
            return Err(trouble.error(&tried.name, "Nothing was added."));
        }
        let (name, address) = (tried.name.as_str(), tried.address.as_deref());
        let added = self.vault.add_mcp_server(guild, (name, address), token.as_ref(), permit.actor().user).await?;
        let Some(added) = added else { return Err(taken(&tried.name)) };
        Ok(Added {
            name: added.name,
            tools: found.as_ref().map(|tools| tools.all.len()).unwrap_or_default(),
            has_token: token.is_some(),
            trouble: found.err().as_ref().map(ToString::to_string),
        })
    }

    /// Learns what a person typed, before it is even looked at.
    fn take(&self, guild: GuildId, typed: Option<&Secret>) -> Result<Option<Secret>> {
        let Some(typed) = typed.map(|typed| typed.expose().trim()).filter(|typed| !typed.is_empty()) else {
            return Ok(None);
        };
        self.redactor.of(guild).learn(typed);
        if typed.len() < SHORTEST_SECRET || !typed.chars().all(|letter| letter.is_ascii_graphic()) {
            return Err(Error::Invalid(format!(
                "A token has at least {SHORTEST_SECRET} characters, and no blanks. Nothing was added."
            )));
        }
        Ok(Some(Secret::new(typed)))
    }
}

fn taken(name: &str) -> Error {
    Error::Invalid(format!("This guild already uses an MCP server called {}. Nothing was added.", code(name)))
}

impl Report for Added {
    fn card(&self) -> Card {
        let title = format!("**Added** {}", code(&self.name));
        let mut card = match &self.trouble {
            None => Card::ok(title)
                .fact(measure::count(self.tools as u64, "tool", "tools"))
                .text("Jarvis may use them as whoever it answers may. Each asks for a yes until `/mcp risk` says that it only looks."),
            Some(trouble) => Card::attention(title).text(format!("It cannot be used now: {trouble}.")),
        };
        if self.has_token {
            card = card.text("Its token is sealed here and masked in everything I say.");
        }
        card
    }
}
