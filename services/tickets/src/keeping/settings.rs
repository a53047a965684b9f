//! Says where transcripts are posted, and how long what was said in closed tickets is kept.

use std::time::Duration;

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ChannelKind, Tickets, words};

/// Less would be gone before anybody reads it.
const KEPT: (Duration, Duration) = (Duration::from_hours(1), Duration::from_hours(10 * 365 * 24));

/// Say where transcripts of tickets are posted, and how long their words are kept. What is not said stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SetTickets {
    /// The channel's id.
    #[serde(default)]
    pub log: Option<u64>,
    /// Whether they are posted at all.
    #[serde(default)]
    pub posted: Option<bool>,
    /// So long after their end, such as `90d`; or `none`, for ever.
    #[serde(default)]
    pub retention: Option<String>,
}

/// As it is now.
#[derive(Debug, Serialize)]
pub struct Settings {
    log: Option<u64>,
    retention: Option<Duration>,
}

impl Action for SetTickets {
    const NAME: &'static str = "ticket.settings";
    const RISK: Risk = Risk::Destroy;
    type Service = Tickets;
    type Report = Settings;

    fn plan(&self) -> String {
        let retention = self
            .retention
            .as_deref()
            .map(|typed| format!("forget what was said in closed tickets after {}", base::card::code(typed)));
        let log = match (self.log, self.posted) {
            (_, Some(false)) => Some("post transcripts of tickets nowhere".to_owned()),
            (Some(channel), _) => Some(format!("post transcripts of tickets into <#{channel}>")),
            _ => None,
        };
        let all: Vec<String> = log.into_iter().chain(retention).collect();
        if all.is_empty() { "Show what is kept of tickets".to_owned() } else { capital(&all.join(", and ")) }
    }

    fn refusal(&self) -> String {
        "say what is kept of tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Tickets, _: &Actor) -> Result<Assessment> {
        // What is kept for less long is gone sooner.
        let risk = match (&self.retention, self.log, self.posted) {
            (Some(_), ..) => Risk::Destroy,
            (None, None, None) => Risk::Observe,
            _ => Risk::Change,
        };
        Ok(Assessment::of(risk))
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Settings> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        let mut keeping = tickets.store.ticket_keeping(guild).await?;
        if let Some(typed) = &asked.retention {
            keeping.retention = words::span(typed, "The time for which words are kept", KEPT)?;
        }
        if let Some(channel) = asked.log {
            let is_here = match tickets.members.get() {
                Some(members) => members.channel(guild, channel).await? == Some(ChannelKind::Text),
                None => false,
            };
            if !is_here {
                let sentence =
                    format!("<#{channel}> is no text channel of this server that I see. Nothing was changed.");
                return Err(Error::Busy(sentence));
            }
            keeping.log = Some(channel);
        }
        if asked.posted == Some(false) {
            keeping.log = None;
        }
        tickets.store.keep_tickets(guild, &keeping).await?;
        Ok(Settings { log: keeping.log, retention: keeping.retention })
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

impl Report for Settings {
    fn card(&self) -> Card {
        let log = match self.log {
            Some(channel) => {
                format!("Transcripts are posted into <#{channel}>: whoever reads it reads what members wrote.")
            }
            None => "Transcripts are posted nowhere: `/ticket settings log` says where.".to_owned(),
        };
        let kept = match self.retention {
            Some(retention) => {
                format!("What was said in a ticket is forgotten {} after it was closed.", measure::age(retention))
            }
            None => "What was said in tickets is kept until somebody has it forgotten.".to_owned(),
        };
        Card::ok("**Tickets** as they are kept").text(log).text(kept)
    }
}
