//! Sets what is asked.

use std::{net::IpAddr, time::Duration};

use base::{
    Action, Card, Error, Permit, Report, Result, Risk, Run, ServerName,
    card::{Choice, Lands, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::probes::{Probe as Row, SetProbe as Became};

use super::{Expects, ListProbes, ProbeKind, asks, command, read};
use crate::{Alerts, RuleName, refuse_secrets, span};

/// The most probes of a guild.
const MOST: i64 = 100;
/// More often would be a burden.
const SHORTEST: Duration = Duration::from_secs(15);
/// A server is logged in to, and Discord is asked who may.
const SHORTEST_COMMAND: Duration = Duration::from_secs(30);
const EVERY: Duration = Duration::from_mins(1);
/// A certificate does not change from minute to minute.
const EVERY_CERTIFICATE: Duration = Duration::from_hours(6);
const WITHIN: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(30);
/// In days.
const WARN: i64 = 14;
const CRITICAL: i64 = 3;

/// Ask again and again whether something is as it should be: from outside, or by a line that only looks, on a server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetProbe {
    /// The probe's name; one of that name is replaced.
    pub name: RuleName,
    /// How it asks.
    pub kind: ProbeKind,
    /// What it asks from outside: `https://shop.example/health`, `db.example:5432`, `10.0.0.7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The line that is run on the server; exit 0 is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The status it must answer with; 2xx or 3xx unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Words that must be in its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// The address that a name must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// How often, such as `1m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// How long an answer may take, such as `10s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// For how long it must be wrong, such as `2m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<String>,
    /// How long it must be well before it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calm: Option<String>,
    /// From how many days on the end of a certificate is a warning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn: Option<u32>,
    /// And from how many on critical.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical: Option<u32>,
    /// The server it is about, and where a line is run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerName>,
    /// A runbook that is run when it opens an alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<RuleName>,
    /// How long the runbook is not run again, such as `15m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<String>,
    /// How often in an hour it is run at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
}

/// It is asked.
#[derive(Debug, Serialize)]
pub struct Set {
    #[serde(flatten)]
    asked: SetProbe,
    every: i64,
    lasts: i64,
    new: bool,
}

impl Action for SetProbe {
    const NAME: &'static str = "probe.set";
    const RISK: Risk = Risk::Change;
    type Service = Alerts;
    type Report = Set;

    fn plan(&self) -> String {
        format!("Ask {} again and again, as probe {}", self.asks(), code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        "set probes: they reach into private networks".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, alerts: &Alerts, run: &Run) -> Result<Set> {
        refuse_secrets(run, permit.action())?;
        alerts.set_probe(&permit).await
    }
}

impl SetProbe {
    /// What would set a probe that asks from outside once more, as it is; none where it cannot be said again.
    pub(crate) fn again(row: &Row) -> Option<Self> {
        let expects: Expects = serde_json::from_str(&row.expects).ok()?;
        let span = |millis: i64| Some(format!("{}s", span::of_millis(millis).as_secs()));
        let server = row.server.as_ref().map(|(name, _)| name.parse()).transpose().ok()?;
        let days = |days: Option<i64>| days.and_then(|days| u32::try_from(days).ok());
        Some(Self {
            name: row.name.parse().ok()?,
            kind: ProbeKind::parse(&row.kind)?,
            target: Some(row.target.clone()),
            command: None,
            status: expects.status,
            words: expects.words,
            address: expects.address.map(|address| address.to_string()),
            every: span(row.every),
            within: span(row.within),
            lasts: span(row.lasts),
            calm: span(row.calm),
            warn: days(row.warn),
            critical: days(row.critical),
            server,
            runbook: row.runbook.as_deref().map(str::parse).transpose().ok()?,
            cooldown: row.cooldown.and_then(span),
            most: row.most.and_then(|most| u32::try_from(most).ok()),
        })
    }

    fn asks(&self) -> String {
        let target = self.command.as_deref().or(self.target.as_deref()).unwrap_or_default();
        asks(self.kind.as_str(), target, self.server.as_ref().map(ServerName::as_str))
    }

    fn row(&self) -> Result<Row> {
        let target = command::question(self.kind, self.target.as_deref(), self.command.as_deref())?;
        let address = self.address.as_deref().map(|typed| {
            typed
                .trim()
                .parse::<IpAddr>()
                .map_err(|_| Error::Invalid(format!("{} is no IP address. Nothing was changed.", code(typed))))
        });
        let expects = Expects { status: self.status, words: self.words.clone(), address: address.transpose()? };
        read::check(self.kind, target, &expects)?;
        let is_certificate = self.kind == ProbeKind::Certificate;
        let read = |typed: &Option<String>| typed.as_deref().map(span::read).transpose();
        let every = read(&self.every)?.unwrap_or(if is_certificate { EVERY_CERTIFICATE } else { EVERY });
        let shortest = if self.kind == ProbeKind::Command { SHORTEST_COMMAND } else { SHORTEST };
        if every < shortest {
            return Err(Error::Invalid(format!(
                "The shortest interval is {}. Nothing was changed.",
                span::words(shortest)
            )));
        }
        let within = read(&self.within)?.unwrap_or(WITHIN);
        if within.is_zero() || within > LONGEST {
            return Err(Error::Invalid(format!(
                "An answer may take from 1 s to {}. Nothing was changed.",
                span::words(LONGEST)
            )));
        }
        // One wrong answer may be chance, two in a row are not; what a certificate says does not change.
        let lasts = read(&self.lasts)?.unwrap_or(if is_certificate { Duration::ZERO } else { every });
        let calm = read(&self.calm)?.unwrap_or(lasts);
        let (warn, critical) = match (is_certificate, self.warn, self.critical) {
            (false, None, None) => (None, None),
            (false, ..) => {
                return Err(Error::Invalid("Only a certificate has days left. Nothing was changed.".to_owned()));
            }
            (true, warn, critical) => (Some(warn.map_or(WARN, i64::from)), Some(critical.map_or(CRITICAL, i64::from))),
        };
        if warn.zip(critical).is_some_and(|(warn, critical)| warn <= critical) {
            return Err(Error::Invalid(
                "A warning comes before what is critical: `warn` must be more days. Nothing was changed.".to_owned(),
            ));
        }
        let expects =
            serde_json::to_string(&expects).map_err(|error| Error::internal("writing a probe down", error))?;
        Ok(Row {
            id: String::new(),
            guild: base::GuildId(0),
            name: self.name.to_string(),
            kind: self.kind.as_str().to_owned(),
            target: target.trim().to_owned(),
            expects,
            every: span::millis(every),
            within: span::millis(within),
            lasts: span::millis(lasts),
            calm: span::millis(calm),
            warn,
            critical,
            server: None,
            runbook: self.runbook.as_ref().map(RuleName::to_string),
            cooldown: read(&self.cooldown)?.map(span::millis),
            most: self.most.map(i64::from),
            set_by: base::UserId(0),
            last: None,
        })
    }
}

impl Alerts {
    async fn set_probe(&self, permit: &Permit<SetProbe>) -> Result<Set> {
        let (asked, actor) = (permit.action(), permit.actor());
        let server = asked.server.as_ref().map(|name| self.hosts.server(actor.guild, name)).transpose()?;
        let row = Row {
            guild: actor.guild,
            set_by: actor.user,
            server: server.map(|server| (server.name, server.id)),
            ..asked.row()?
        };
        if asked.kind == ProbeKind::Command {
            self.refuse_line(&row).await?;
        }
        let became = self.store.set_probe(&row, MOST).await?;
        if became == Became::TooMany {
            return Err(Error::Busy(format!(
                "This guild has {MOST} probes, and I keep no more. `/probe remove` takes one away. Nothing was changed."
            )));
        }
        self.probes_changed.notify_one();
        Ok(Set { asked: asked.clone(), every: row.every, lasts: row.lasts, new: became == Became::New })
    }
}

impl Report for Set {
    fn card(&self) -> Card {
        let verb = if self.new { "Made" } else { "Changed" };
        let mut card = Card::ok(format!("**{verb}** probe {}", code(self.asked.name.as_str())))
            .fact(self.asked.asks())
            .fact(format!("every {}", span::words(span::of_millis(self.every))));
        if self.lasts > 0 {
            card = card.fact(format!("wrong for {} is critical", span::words(span::of_millis(self.lasts))));
        }
        let is_command = self.asked.kind == ProbeKind::Command;
        if let Some(server) = self.asked.server.as_ref().filter(|_| !is_command) {
            card = card.fact(format!("about {}", code(server.as_str())));
        }
        let how = if is_command {
            "It is asked at once; exit 0 is well. It runs as you, with what you may do at that moment, and only while its line is harmless here."
        } else {
            "It is asked at once, from the machine I run on."
        };
        if let Some(runbook) = &self.asked.runbook {
            card = card.text(format!("Runs runbook {} when it opens.", code(runbook.to_string())));
        }
        card.text(how).choice(Choice::perform("Probes", &ListProbes::default(), Lands::Below))
    }
}
