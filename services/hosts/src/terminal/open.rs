//! Opens a terminal on a server.

use std::time::Duration;

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, ServerName, UserId, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::terminals::{Most, Terminal};

use crate::{Hosts, ssh::Token};

use super::session::Why;

/// A terminal ends after so many minutes without a key, unless whoever opens it says otherwise.
const IDLE_MINUTES: u32 = 15;
/// The longest that anybody may ask for.
const MOST_MINUTES: u32 = 240;
/// Each holds a connection of its own, and its recording.
const MOST: Most = Most { server: 4, guild: 12 };

/// Open a terminal on a server, in a thread of its own.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct OpenTerminal {
    /// The server to open it on.
    pub server: ServerName,
    /// How large its screen is.
    #[serde(default)]
    pub size: Size,
    /// It ends after so many minutes without a key; 15 unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// The channel that its thread stands in.
    pub channel: u64,
}

/// How large a screen is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// 80 columns and 24 rows, as programs expect it.
    #[default]
    Usual,
    /// 42 columns and 20 rows: a phone shows it without breaking its lines.
    Phone,
}

impl Size {
    /// Columns and rows.
    pub fn cells(self) -> (u16, u16) {
        match self {
            Self::Usual => (80, 24),
            Self::Phone => (42, 20),
        }
    }
}

/// It stands.
#[derive(Debug, Serialize)]
pub struct Opened {
    server: String,
    thread: u64,
    minutes: u32,
    #[serde(skip)]
    by: UserId,
}

impl Action for OpenTerminal {
    const NAME: &'static str = "server.terminal";
    const RISK: Risk = Risk::Change;
    // What is typed there may be anything.
    const FREE_FORM: bool = true;
    type Service = Hosts;
    type Report = Opened;

    fn plan(&self) -> String {
        let (columns, rows) = self.size.cells();
        format!("Open a terminal of {columns}×{rows} on {}, to type anything there", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("use a terminal on {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        let why = Some("what is typed there may be anything".to_owned());
        Ok(Assessment { why, ..hosts.assess(actor.guild, &self.server, Self::RISK) })
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, run: &Run) -> Result<Opened> {
        hosts.open_terminal(&permit, run).await
    }
}

impl Hosts {
    async fn open_terminal(&self, permit: &Permit<OpenTerminal>, run: &Run) -> Result<Opened> {
        let (action, actor) = (permit.action(), permit.actor());
        let minutes = action.minutes.unwrap_or(IDLE_MINUTES).clamp(1, MOST_MINUTES);
        let server = self.find(actor.guild, &action.server)?;
        // Whatever stands in the way of a login is said before anything is written.
        self.ready(&server).await?;
        let (columns, rows) = action.size.cells();
        let now = self.clock.now();
        let terminal = Terminal {
            id: permit.record().id,
            guild: actor.guild,
            reference: permit.record().reference.clone(),
            server: server.id,
            server_name: server.name.clone(),
            token: Token::new(self.clock.random()).to_string(),
            channel: action.channel,
            thread: None,
            message: None,
            by: actor.user,
            invited: Vec::new(),
            columns,
            rows,
            idle: Duration::from_secs(u64::from(minutes) * 60),
            opened: now,
            typed: now,
        };
        if !self.store.open_terminal(&terminal, MOST).await? {
            return Err(Error::Busy(format!(
                "There are as many terminals open as may be: {} on a server, {} in all. Nothing was opened; end one of them first.",
                MOST.server, MOST.guild
            )));
        }
        let session = self.terminals.begin(self, terminal, run.cancel()).await?;
        let thread = match self.terminals.make_thread(&session).await {
            Ok(thread) => thread,
            Err(error) => {
                session.end(Why::NoThread);
                return Err(error);
            }
        };
        if !self.store.place_terminal(actor.guild, session.id(), thread, None).await? {
            return Err(Error::Busy("It has ended already. `/server terminal` opens another.".to_owned()));
        }
        // From here on it is shown.
        session.stands_in(thread);
        self.terminals.tell();
        Ok(Opened { server: server.name, thread, minutes, by: actor.user })
    }
}

impl Report for Opened {
    fn card(&self) -> Card {
        Card::ok(format!("**Opened a terminal** on {}", code(&self.server)))
            .fact(format!("it is <#{}>", self.thread))
            .text(format!(
                "What <@{}> writes there is typed on the server. It ends after {} min without a key, and its recording is \
                 attached then.",
                self.by, self.minutes
            ))
    }
}
