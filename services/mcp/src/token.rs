//! Tokens by which other assistants come in as a person: made by that person, shown to them once, ended by time or by hand.
//!
//! **Invariants:** a token holds nothing its person does not hold at that moment, and only its hash is kept. It is shown to nobody but
//! who made it with their own hands.

use std::time::Duration;

use base::{
    Action, Actor, Assessment, Card, Error, Millis, Permit, Report, Result, Risk, Run, actor::Asker, card::code,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::mcp::McpToken;

use crate::Servers;

/// What every token begins with: found in a file, it is known for what it is.
const MARK: &str = "nebula_mcp_";
/// Somebody has no more of them.
const MOST: i64 = 10;
/// It lasts so many days unless told.
const DAYS: u16 = 30;
/// It lasts no longer.
const LONGEST_DAYS: u16 = 90;
const DAY: Duration = Duration::from_hours(24);
/// A longer name does not fit a line.
const NAME: usize = 32;

/// Make a token by which another assistant works here as you, with what you hold at each moment.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CreateToken {
    /// What to call it: whoever reads the audit log sees it.
    pub name: String,
    /// How many days it lasts, up to 90; 30 unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u16>,
}

/// It is made.
#[derive(Debug, Serialize)]
pub struct Created {
    name: String,
    expires: Millis,
    /// In no report: a model must not read it.
    #[serde(skip)]
    token: String,
}

impl Action for CreateToken {
    const NAME: &'static str = "mcp.token-create";
    const RISK: Risk = Risk::Change;
    type Service = Servers;
    type Report = Created;

    fn plan(&self) -> String {
        format!("Make a token {} for another assistant", code(&self.name))
    }

    fn refusal(&self) -> String {
        "let another assistant work here as you".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, servers: &Servers, _: &Run) -> Result<Created> {
        let (asked, actor) = (permit.action(), permit.actor());
        let entry = servers.store.audit_entry(&permit.record().id.to_string()).await?;
        // What was asked about is answered where others read it.
        if actor.way.asker() != Asker::Person || entry.is_none_or(|entry| entry.approval_id.is_some()) {
            return Err(Error::Invalid(
                "A token is shown to the person alone who makes it with their own hands, without anybody's yes. Nothing was made."
                    .to_owned(),
            ));
        }
        let name = name(&asked.name)?;
        let days = asked.days.unwrap_or(DAYS);
        if !(1..=LONGEST_DAYS).contains(&days) {
            return Err(Error::Invalid(format!("A token lasts from 1 to {LONGEST_DAYS} days. Nothing was made.")));
        }
        let token = format!("{MARK}{}", servers.clock.key());
        let expires = servers.clock.now().plus(DAY * u32::from(days));
        let made = servers.store.add_mcp_token(actor.guild, actor.user, &name, &hash(&token), expires, MOST).await?;
        if !made {
            return Err(Error::Invalid(format!(
                "You have a token called {} already, or {MOST} of them. Nothing was made.",
                code(&name)
            )));
        }
        Ok(Created { name, expires, token })
    }
}

fn name(typed: &str) -> Result<String> {
    let name = typed.trim();
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if name.is_empty() || name.len() > NAME || !name.chars().all(fits) {
        return Err(Error::Invalid(format!(
            "{} is no name for a token: letters, digits, `-`, `_` and `.`, at most {NAME}. Nothing was changed.",
            code(typed)
        )));
    }
    Ok(name.to_owned())
}

/// What is kept of a token.
fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

impl Servers {
    /// Whom a token lets in now; nobody, where it is none of ours, has ended or was revoked.
    pub async fn whose(&self, token: &str) -> Result<Option<McpToken>> {
        if !token.starts_with(MARK) || token.len() > 128 {
            return Ok(None);
        }
        self.store.use_mcp_token(&hash(token)).await
    }

    /// The names of somebody's tokens.
    pub async fn token_names(&self, guild: base::GuildId, user: base::UserId) -> Result<Vec<String>> {
        Ok(self.store.mcp_tokens(guild, user).await?.into_iter().map(|token| token.name).collect())
    }
}

impl Report for Created {
    fn card(&self) -> Card {
        Card::ok(format!("**Made** a token {}", code(&self.name)))
            .text(format!("It ends {}. Whoever has it works here as you, and you alone see it, now and never again:", self.expires.relative()))
            .code("", self.token.clone())
            .text("Start `nebula mcp` with it in `NEBULA_MCP_TOKEN`, on the machine the bot runs on. `/mcp token revoke` ends it.")
    }
}

/// List your tokens for other assistants.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListTokens {}

/// They are listed.
#[derive(Debug, Serialize)]
pub struct ListedTokens {
    tokens: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    expires: Millis,
    used: Option<Millis>,
}

impl Action for ListTokens {
    const NAME: &'static str = "mcp.token-list";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = Servers;
    type Report = ListedTokens;

    fn plan(&self) -> String {
        "List their own tokens for other assistants".to_owned()
    }

    fn refusal(&self) -> String {
        "have tokens for other assistants".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Servers, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, servers: &Servers, _: &Run) -> Result<ListedTokens> {
        let actor = permit.actor();
        let all = servers.store.mcp_tokens(actor.guild, actor.user).await?;
        let line = |token: McpToken| Line { name: token.name, expires: token.expires, used: token.used };
        Ok(ListedTokens { tokens: all.into_iter().map(line).collect() })
    }
}

impl Report for ListedTokens {
    fn card(&self) -> Card {
        if self.tokens.is_empty() {
            return Card::plain("**Tokens** none yet")
                .text("`/mcp token create` makes one: another assistant then works here as you.");
        }
        let card = Card::plain(format!("**Tokens** {}", self.tokens.len()));
        self.tokens.iter().fold(card, |card, line| {
            let used = line.used.map_or_else(|| "never used".to_owned(), |used| format!("used {}", used.relative()));
            card.row(format!("{}  {used} · ends {}", code(&line.name), line.expires.relative()), None)
        })
    }
}

/// End one of your tokens for other assistants.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RevokeToken {
    /// The token's name.
    pub name: String,
}

/// It is ended.
#[derive(Debug, Serialize)]
pub struct Revoked {
    name: String,
}

impl Action for RevokeToken {
    const NAME: &'static str = "mcp.token-revoke";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Servers;
    type Report = Revoked;

    fn plan(&self) -> String {
        format!("End their own token {}", code(&self.name))
    }

    fn refusal(&self) -> String {
        "end tokens for other assistants".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Servers, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, servers: &Servers, _: &Run) -> Result<Revoked> {
        let (asked, actor) = (permit.action(), permit.actor());
        let name = name(&asked.name)?;
        if !servers.store.revoke_mcp_token(actor.guild, actor.user, &name).await? {
            return Err(Error::Invalid(format!("You have no token called {}. Nothing was changed.", code(&name))));
        }
        Ok(Revoked { name })
    }
}

impl Report for Revoked {
    fn card(&self) -> Card {
        Card::ok(format!("**Ended** the token {}", code(&self.name))).text("Whoever has it is let in no more.")
    }
}
