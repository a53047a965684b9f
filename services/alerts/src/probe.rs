//! Asks whether something is as it should be: from outside, over HTTP, a port, a ping, a name, a certificate; or by a line on a server.
//!
//! **Invariants:** what a probe cannot know is no answer: it opens nothing and closes nothing. No answer is shown but in words of ours:
//! a body, a banner or an error of somebody else's is never kept. A deadline bounds every question, and a number all of them.

mod address;
mod ask;
mod certificate;
mod command;
mod door;
mod http;
mod list;
mod ping;
mod plain;
mod read;
mod remove;
mod round;
mod set;
mod test;
mod turns;

use std::{net::IpAddr, sync::Arc, time::Duration};

use base::{Millis, card::code};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use store::probes::Probe as Row;

use crate::{
    Limits, Named, Origin, Rule, Worse,
    amount::NO_ANSWER,
    book::{About, Subject},
    rule::GAP,
    scope::Scope,
    span,
    what::What,
};

pub use door::{Door, Leave};
pub use list::ListProbes;
pub use read::ProbeKind;
pub use remove::RemoveProbe;
pub use set::SetProbe;
pub use test::TestProbe;
pub(crate) use turns::Turns;

/// A question takes its time, and the next one comes a little late.
const LATE: Duration = Duration::from_mins(1);

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// As it should be.
    Well(String),
    /// Not so.
    Wrong(String),
    /// Nobody knows.
    Unknown(String),
    /// Nor here: it lets nobody in, and asking again soon would look like an attack.
    Refused(String),
    /// A certificate ends in so many whole days.
    Days(i64),
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Check {
    Http { url: Url, status: Option<u16>, words: Option<String> },
    Tcp { host: String, port: u16 },
    Ping { host: String },
    Dns { name: String, address: Option<IpAddr> },
    Certificate { host: String, port: u16 },
    Command { line: String },
}

/// What must be so besides, as its row keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Expects {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
}

/// A probe, ready to be asked.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) row: Row,
    check: Check,
    /// The probe as a rule: how its answers are judged.
    pub(crate) named: Arc<Named>,
}

impl Probe {
    /// Out of its row; none where a newer program wrote what this one does not know.
    pub(crate) fn read(row: Row) -> Option<Self> {
        let expects: Expects = serde_json::from_str(&row.expects).ok()?;
        let check = read::check(ProbeKind::parse(&row.kind)?, &row.target, &expects).ok()?;
        let limits = match check {
            Check::Certificate { .. } => Limits { warn: row.warn, critical: row.critical },
            _ => Limits { warn: None, critical: Some(NO_ANSWER) },
        };
        let (lasts, calm) = (span::of_millis(row.lasts), span::of_millis(row.calm));
        let gap = GAP.max(span::of_millis(row.every) * 3 + LATE);
        let named = Named {
            id: row.id.clone(),
            guild: row.guild,
            name: row.name.clone(),
            origin: Origin::Own,
            what: What::Probe,
            rule: Rule { worse: Worse::Below, limits, lasts, calm, gap },
            window: lasts,
            scope: Scope::All,
            runbook: row.runbook.clone(),
            cooldown: row.cooldown.map(span::of_millis),
            most: row.most,
            set_by: Some(row.set_by),
            host: check.host().map(str::to_owned),
            off: false,
        };
        Some(Self { row, check, named: Arc::new(named) })
    }

    /// What an alert about it is about.
    pub(crate) fn subject(&self) -> Subject {
        let (id, name) = (self.row.id.clone(), self.row.name.clone());
        Subject { about: About::Probe, id, name, server: self.row.server.clone() }
    }
}

impl Answer {
    /// What is judged; none where nobody knows.
    pub(crate) fn value(&self) -> Option<i64> {
        match self {
            Self::Well(_) => Some(100),
            Self::Wrong(_) => Some(0),
            Self::Unknown(_) | Self::Refused(_) => None,
            Self::Days(days) => Some(*days),
        }
    }

    /// As a person reads it.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Well(words) | Self::Wrong(words) | Self::Unknown(words) | Self::Refused(words) => words.clone(),
            Self::Days(days) if *days < 0 => {
                let ago = base::measure::count(days.unsigned_abs(), "day", "days");
                format!("its certificate ended {ago} ago")
            }
            Self::Days(0) => "its certificate ends today".to_owned(),
            Self::Days(days) => {
                format!("its certificate ends in {}", base::measure::count(days.unsigned_abs(), "day", "days"))
            }
        }
    }

    /// The word that is kept: a certificate is wrong below its limits.
    pub(crate) fn word(&self, rule: &Rule) -> &'static str {
        let limit = rule.limits.warn.or(rule.limits.critical).unwrap_or(i64::MIN);
        match self {
            Self::Unknown(_) | Self::Refused(_) => "unknown",
            Self::Wrong(_) => "wrong",
            Self::Days(days) if *days <= limit => "wrong",
            Self::Well(_) | Self::Days(_) => "well",
        }
    }
}

/// When something was answered, and what.
#[derive(Debug)]
pub(crate) struct Probed {
    pub(crate) probe: Arc<Probe>,
    pub(crate) at: Millis,
    pub(crate) answer: Answer,
}

/// What is asked, as cards say it.
pub(crate) fn asks(kind: &str, target: &str, server: Option<&str>) -> String {
    let asked = format!("{kind} {}", code(target));
    match server.filter(|_| kind == ProbeKind::Command.as_str()) {
        Some(server) => format!("{asked} on {}", code(server)),
        None => asked,
    }
}
