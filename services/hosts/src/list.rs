//! The servers of a guild at a glance.

use base::{Action, Card, Millis, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::servers::{Server, State};

use crate::{Hosts, tag};

/// More would not be read, and would not fit a card.
const SHOWN: usize = 20;

/// List the servers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListServers {}

/// The servers.
#[derive(Debug, Serialize)]
pub struct Servers {
    servers: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    address: String,
    state: State,
    seen_at: Option<i64>,
    note: String,
    tags: Vec<String>,
}

impl Action for ListServers {
    const NAME: &'static str = "server.list";
    const RISK: Risk = Risk::Observe;
    type Service = Hosts;
    type Report = Servers;

    fn plan(&self) -> String {
        "List the servers".to_owned()
    }

    fn refusal(&self) -> String {
        "list the servers".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, _: &Run) -> Result<Servers> {
        Ok(Servers { servers: hosts.of(permit.actor().guild).into_iter().map(Line::from).collect() })
    }
}

impl From<Server> for Line {
    fn from(server: Server) -> Self {
        Self {
            address: format!("{}@{}:{}", server.user, server.host, server.port),
            name: server.name,
            state: server.state,
            seen_at: server.seen.map(|seen| seen.0),
            note: server.note,
            tags: server.tags,
        }
    }
}

impl Report for Servers {
    fn card(&self) -> Card {
        if self.servers.is_empty() {
            return Card::plain("**Servers** none yet")
                .text("Add the first with `/server add`: its name, its address, and who logs in there.");
        }
        let number = |state| self.servers.iter().filter(|line| line.state == state).count();
        let counted = [(State::Ready, "ready"), (State::Offered, "not pinned"), (State::Blocked, "blocked")];
        let counts: Vec<String> = counted
            .into_iter()
            .filter(|(state, _)| number(*state) > 0)
            .map(|(state, word)| format!("{} {word}", number(state)))
            .collect();
        let mut card = Card::plain(format!("**Servers** {}", counts.join(" · ")));
        for line in self.servers.iter().take(SHOWN) {
            card = card.row(line.text(), None);
        }
        match self.servers.len().saturating_sub(SHOWN) {
            0 => card,
            more => card.text(format!("and {more} more; `/server show` completes every name")),
        }
    }
}

impl Line {
    fn text(&self) -> String {
        let seen = self.seen_at.map(|seen| format!(" · seen {}", Millis(seen).relative())).unwrap_or_default();
        let (glyph, state) = match self.state {
            State::Ready => ("✓", seen),
            State::Offered => ("!", " · waits for its key to be pinned".to_owned()),
            State::Blocked => ("✕", " · blocked, its host key changed".to_owned()),
        };
        let tags = if self.tags.is_empty() { String::new() } else { format!(" · {}", tag::drawn(&self.tags)) };
        format!("{glyph} {}  {}{tags}{state}", code(&self.name), code(&self.address))
    }
}
