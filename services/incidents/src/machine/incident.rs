//! One incident, as it is kept.

use std::{collections::BTreeMap, time::Duration};

use base::{Millis, UserId};
use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Somebody should look.
    #[default]
    Warn,
    /// Somebody should look at once.
    Critical,
}

impl Level {
    /// The word that is typed, kept and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "warning",
            Self::Critical => "critical",
        }
    }
}

/// A thing that can be wrong: a server, a container, a probe, a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// What it is: `server`.
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// What is wrong, as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// What it is.
    pub key: Key,
    /// Its name.
    pub name: String,
    /// The server it is on, where it is on one.
    pub server: Option<String>,
}

/// One alert of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// About what.
    pub subject: Subject,
    /// Everything that depends on, what is next to it first.
    pub above: Vec<Key>,
    /// How bad it is, or was.
    pub level: Level,
    /// What is wrong, in a few words.
    pub text: String,
    /// A runbook for it.
    pub runbook: Option<String>,
    /// When it began.
    pub opened: Millis,
    /// When it was over; none while it goes on.
    pub closed: Option<Millis>,
    /// When it was said that it came or went, as far back as it matters.
    pub said: Vec<Millis>,
}

impl Alert {
    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }
}

/// Who has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The person.
    pub user: UserId,
    /// Since when.
    pub since: Millis,
}

/// Somebody said that it is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Over {
    /// Who.
    pub by: UserId,
    /// What it was.
    pub what: String,
    /// When.
    pub at: Millis,
}

/// Nobody is pinged for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snooze {
    /// Who wanted that.
    pub by: UserId,
    /// Until when.
    pub until: Millis,
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It goes on.
    Open,
    /// It is over.
    Resolved,
    /// It turned out to be a part of this one.
    Folded(i64),
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// What people call it.
    pub number: i64,
    /// How it stands.
    pub standing: Standing,
    /// What is wrong in the first place, as people wrote it; none where alerts say so.
    pub title: Option<String>,
    /// Who opened it by hand.
    pub by_hand: Option<UserId>,
    /// The alert that the others come of.
    pub cause: Option<String>,
    /// How bad it is.
    pub level: Level,
    /// When it began.
    pub opened: Millis,
    /// When it ended.
    pub ended: Option<Millis>,
    /// Its alerts, by their ids.
    pub alerts: BTreeMap<String, Alert>,
    /// Who has it.
    pub owner: Option<Owner>,
    /// Nobody is pinged for a while.
    pub snoozed: Option<Snooze>,
    /// Since when it waits for somebody.
    pub waits_since: Option<Millis>,
    /// When others were asked, since it waits.
    pub escalated: Option<Millis>,
    /// Since when all of it is well.
    pub calm: Option<Millis>,
    /// Somebody said that it is over.
    pub over: Option<Over>,
    /// How often something of it came back.
    pub came_back: u32,
    /// When time alone changes something.
    pub due: Option<Millis>,
    /// When somebody was pinged, as far back as it matters.
    pub(super) pings: Vec<Millis>,
    /// Somebody is to be pinged when that may be.
    pub(super) owes: bool,
    /// How bad it was when somebody was pinged last; none where nobody was.
    pub(super) loudest: Option<Level>,
}

impl Incident {
    /// One that begins now.
    pub(super) fn new(number: i64, opened: Millis, level: Level) -> Self {
        Self {
            number,
            standing: Standing::Open,
            title: None,
            by_hand: None,
            cause: None,
            level,
            opened,
            ended: None,
            alerts: BTreeMap::new(),
            owner: None,
            snoozed: None,
            waits_since: None,
            escalated: None,
            calm: None,
            over: None,
            came_back: 0,
            due: None,
            pings: Vec::new(),
            owes: false,
            loudest: None,
        }
    }

    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        self.standing == Standing::Open
    }

    /// Whether nobody is to be pinged at this moment.
    pub fn is_snoozed(&self, now: Millis) -> bool {
        self.snoozed.is_some_and(|snooze| now < snooze.until)
    }

    /// Its alerts that go on.
    pub fn open_alerts(&self) -> impl Iterator<Item = (&String, &Alert)> {
        self.alerts.iter().filter(|(_, alert)| alert.is_open())
    }

    /// The alert that the others come of.
    pub fn cause(&self) -> Option<&Alert> {
        self.alerts.get(self.cause.as_ref()?)
    }

    /// What is wrong that is not the cause, each thing once: what goes on first.
    pub fn others(&self) -> Vec<&Alert> {
        let cause = self.cause().map(|alert| &alert.subject.key);
        let mut others: Vec<&Alert> = self.alerts.values().filter(|alert| Some(&alert.subject.key) != cause).collect();
        others.sort_by_key(|alert| (!alert.is_open(), std::cmp::Reverse(alert.level), alert.opened));
        let mut seen = std::collections::BTreeSet::new();
        others.retain(|alert| seen.insert(alert.subject.key.clone()));
        others
    }

    /// Works out again how bad it is and what the others come of. What is over stays as it was.
    pub(super) fn weigh(&mut self) {
        if let Some(level) = self.open_alerts().map(|(_, alert)| alert.level).max() {
            self.level = level;
        }
        if self.by_hand.is_some() && self.alerts.is_empty() {
            return;
        }
        self.find_cause(Alert::is_open);
    }

    /// Works out what the others come of, among those of which this holds.
    pub(super) fn find_cause(&mut self, counts: impl Fn(&Alert) -> bool) {
        let all: Vec<(&String, &Alert)> = self.alerts.iter().filter(|(_, alert)| counts(alert)).collect();
        let below = |key: &Key| all.iter().filter(|(_, other)| other.above.contains(key)).count();
        let weight = |(id, alert): &(&String, &Alert)| {
            let below = below(&alert.subject.key);
            // Of two that others depend on alike, the one that depends on less; else the one it was, the worst, the first.
            let depends = if below > 0 { alert.above.len() } else { 0 };
            let is_now = alert.is_open() && self.cause.as_ref() == Some(*id);
            (below, std::cmp::Reverse(depends), is_now, alert.level, std::cmp::Reverse(alert.opened))
        };
        if let Some(cause) = all.iter().max_by_key(|one| weight(one)).map(|(id, _)| (*id).clone()) {
            self.cause = Some(cause);
        }
    }

    /// For how long it went on.
    pub fn lasted(&self) -> Option<Duration> {
        self.ended.map(|ended| ended.since(self.opened))
    }
}
