//! The servers of guilds: which there are, the connections to them, and what they offer.
//!
//! **Invariant:** a connection is of one guild and one row, and is let go of when nobody uses it, or its row is gone.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base::{Clock, Error, GuildId, Millis, Redactor, Result, Secret, redact::SHORTEST_SECRET};
use futures::future::join_all;
use reqwest::Url;
use serde_json::Value;
use store::{
    Store, Vault,
    mcp::{McpLook, McpServer},
};

use crate::{
    ServerName,
    http::Ways,
    link::Link,
    own::{Named, Own},
    tool::Tools,
    trouble::Trouble,
};

/// A guild has no more servers.
pub(crate) const MOST: usize = 20;
/// A connection that nobody uses is let go of after this.
const IDLE: Duration = Duration::from_mins(10);
/// So often is looked whether there is one.
const LOOKS: Duration = Duration::from_secs(30);
/// A question to the assistant waits so long for what servers offer; what comes later is there for the next.
const PATIENCE: Duration = Duration::from_secs(4);
/// A completion that is not there by then is of no use.
const SOON: Duration = Duration::from_millis(1_500);
/// Who did not answer is not asked for the assistant again before this.
const AGAIN: Duration = Duration::from_mins(1);

/// What a server offers the assistant.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// The server's name.
    pub server: String,
    /// The tool's name there.
    pub tool: String,
    /// What it does, in its server's words.
    pub description: String,
    /// The JSON Schema of what it takes.
    pub schema: Value,
    /// Whether an administrator said that it only looks.
    pub looks: bool,
}

/// The servers of guilds.
pub struct Servers {
    pub(crate) store: Store,
    pub(crate) vault: Arc<Vault>,
    pub(crate) clock: Clock,
    pub(crate) redactor: Redactor,
    own: Own,
    ways: Ways,
    lines: Mutex<BTreeMap<String, Arc<Line>>>,
}

/// The connection to a server, where there is one.
#[derive(Default)]
struct Line {
    link: tokio::sync::Mutex<Option<Arc<Link>>>,
    /// When it did not come about.
    failed: Mutex<Option<Millis>>,
}

impl Servers {
    /// Nothing is connected yet.
    pub fn new(store: Store, vault: Arc<Vault>, clock: Clock, redactor: Redactor, own: Own) -> Self {
        own.secrets().filter(|value| value.len() >= SHORTEST_SECRET).for_each(|value| redactor.learn(value));
        Self { store, vault, clock, redactor, own, ways: Ways::new(), lines: Mutex::default() }
    }

    /// Learns every stored token, so that none of them is ever shown. One that does not open is left out alone.
    pub async fn learn(&self) -> Result<()> {
        for (guild, secret) in self.store.mcp_secrets().await? {
            match self.vault.open(guild, &secret).await {
                Ok(token) => self.redactor.of(guild).learn(token.expose()),
                Err(error) => tracing::error!("a token of an MCP server does not open: {error}"),
            }
        }
        Ok(())
    }

    /// Lets go of connections that nobody uses, for ever.
    pub async fn tend(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOKS).await;
            let all: Vec<Arc<Line>> = self.lines().values().cloned().collect();
            for line in all {
                // Who holds it uses it.
                if let Ok(mut link) = line.link.try_lock()
                    && link.as_ref().is_some_and(|link| link.is_over() || link.idle() > IDLE)
                {
                    *link = None;
                }
            }
        }
    }

    /// The names of those that whoever runs the bot named for a guild.
    pub fn own_names(&self, guild: GuildId) -> Vec<String> {
        self.own.of(guild).map(|(name, _)| name.clone()).collect()
    }

    /// The names of those a guild uses.
    pub async fn names(&self, guild: GuildId) -> Result<Vec<String>> {
        Ok(self.store.mcp_servers(guild).await?.into_iter().map(|row| row.name).collect())
    }

    /// The tools of a server, by name, where it says soon what they are.
    pub async fn tool_names(&self, guild: GuildId, name: &ServerName) -> Vec<String> {
        let Ok(row) = self.row(guild, name).await else { return Vec::new() };
        let found = tokio::time::timeout(SOON, self.tools(guild, &row)).await;
        let Ok(Ok((tools, _))) = found else { return Vec::new() };
        tools.all.iter().map(|tool| tool.name.clone()).collect()
    }

    /// What stands under this name in the file of whoever runs the bot.
    pub(crate) fn own(&self, guild: GuildId, name: &str) -> Option<&Named> {
        self.own.named(guild, name)
    }

    /// The guild's server of this name.
    pub(crate) async fn row(&self, guild: GuildId, name: &ServerName) -> Result<McpServer> {
        let rows = self.store.mcp_servers(guild).await?;
        rows.into_iter()
            .find(|row| row.name == name.as_str())
            .ok_or_else(|| Error::NotFound { kind: "MCP server", name: name.to_string() })
    }

    /// The connection to a server; it is begun where there is none.
    pub(crate) async fn link(&self, guild: GuildId, row: &McpServer) -> Result<Arc<Link>, Trouble> {
        let held = Arc::clone(self.lines().entry(row.id.clone()).or_default());
        let mut link = held.link.lock().await;
        if let Some(link) = link.as_ref().filter(|link| !link.is_over()) {
            return Ok(Arc::clone(link));
        }
        *link = None;
        let token = match &row.secret {
            Some(secret) => {
                let opened = self.vault.open(guild, secret).await;
                Some(opened.map_err(|_| Trouble::NotThere("its token does not open".to_owned()))?)
            }
            None => None,
        };
        let begun = self.begin(guild, row, token.as_ref()).await;
        *held.failed.lock().unwrap_or_else(PoisonError::into_inner) = begun.is_err().then(|| self.clock.now());
        let begun = Arc::new(begun?);
        *link = Some(Arc::clone(&begun));
        Ok(begun)
    }

    async fn begin(&self, guild: GuildId, row: &McpServer, token: Option<&Secret>) -> Result<Link, Trouble> {
        match (&row.address, self.own(guild, &row.name)) {
            (Some(address), _) => {
                let url = Url::parse(address).map_err(|_| Trouble::NotThere("its address is none".to_owned()))?;
                Link::to(&self.ways, &url, false, token, &self.clock).await
            }
            (None, Some(Named::At(url))) => Link::to(&self.ways, url, true, token, &self.clock).await,
            (None, Some(Named::Program(program))) => Link::start(program, &self.clock).await,
            (None, None) => {
                Err(Trouble::NotThere("whoever runs the bot does not name it for this guild any more".to_owned()))
            }
        }
    }

    /// A connection that is not kept: for whoever wants to know whether one would come about.
    pub(crate) async fn try_out(
        &self,
        guild: GuildId,
        row: &McpServer,
        token: Option<&Secret>,
    ) -> Result<Arc<Tools>, Trouble> {
        self.begin(guild, row, token).await?.tools().await
    }

    /// Lets go of the connection to what is no longer there.
    pub(crate) fn hang_up(&self, id: &str) {
        self.lines().remove(id);
    }

    /// What tools a server has now, and what was said of them. What changed since is noted.
    pub(crate) async fn tools(&self, guild: GuildId, row: &McpServer) -> Result<(Arc<Tools>, Vec<McpLook>), Trouble> {
        let tools = self.link(guild, row).await?.tools().await?;
        let looks = self.looks(guild, row, &tools).await;
        Ok((tools, looks.map_err(|_| Trouble::NotThere("what was said of its tools cannot be read".to_owned()))?))
    }

    /// What was said of a server's tools, as they are now.
    async fn looks(&self, guild: GuildId, row: &McpServer, tools: &Tools) -> Result<Vec<McpLook>> {
        let mut looks = self.store.mcp_looks(guild).await?;
        looks.retain(|look| look.server_id == row.id);
        for look in &mut looks {
            // What is gone may come back as something else.
            let now = tools.named(&look.tool).map_or("", |tool| tool.digest.as_str());
            if look.seen != now {
                if self.store.saw_mcp_tool(guild, &row.id, &look.tool, now).await? && !now.is_empty() {
                    tracing::warn!(server.name = row.name, tool = look.tool, "a tool is not what it was");
                }
                now.clone_into(&mut look.seen);
            }
        }
        Ok(looks)
    }

    /// What a guild's servers offer the assistant now. Who does not answer soon offers nothing this time.
    pub async fn offered(self: &Arc<Self>, guild: GuildId) -> Result<Vec<Offered>> {
        let rows = self.store.mcp_servers(guild).await?;
        let each = rows.into_iter().filter(|row| !self.failed_lately(row)).map(|row| {
            let servers = Arc::clone(self);
            // It goes on though nobody waits: what it finds is there for the next question.
            let found = tokio::spawn(async move { servers.tools(guild, &row).await.map(|found| (row.name, found)) });
            tokio::time::timeout(PATIENCE, found)
        });
        let mut all = Vec::new();
        for found in join_all(each).await {
            let Ok(Ok(Ok((server, (tools, looks))))) = found else { continue };
            all.extend(tools.all.iter().map(|tool| Offered {
                server: server.clone(),
                tool: tool.name.clone(),
                description: tool.description.clone(),
                schema: tool.schema.clone(),
                looks: looks.iter().any(|look| look.tool == tool.name && look.lowered == tool.digest),
            }));
        }
        Ok(all)
    }

    fn failed_lately(&self, row: &McpServer) -> bool {
        let line = self.lines().get(&row.id).cloned();
        let failed = line.and_then(|line| *line.failed.lock().unwrap_or_else(PoisonError::into_inner));
        failed.is_some_and(|at| self.clock.now().since(at) < AGAIN)
    }

    fn lines(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Line>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
