//! Decides what becomes of incidents: what happens and what is pressed goes in, what is said and who is pinged comes out. No I/O.
//!
//! **Invariants:** everything that matters is part of the state that is kept, so a restart says nothing again. One thing that is
//! wrong is in one open incident. However fast something comes and goes, nobody is pinged by it more than `MOST` times in
//! `WINDOW`; what is snoozed pings nobody. A press changes something once: who comes second is told.

mod fold;
mod incident;
mod press;
#[cfg(test)]
mod tests;
mod time;

use std::time::Duration;

use base::{Millis, UserId};

pub use fold::{Bad, Of, Ran};
pub use incident::{Alert, Incident, Key, Level, Owner, Standing, Subject};
pub use press::{Became, Press, Refused};

use crate::quiet::Quiet;

/// How often something pings by itself …
pub(crate) const MOST: usize = 2;
/// … in so long.
pub(crate) const WINDOW: Duration = Duration::from_mins(10);
/// What is resolved and comes back within this is the same incident.
pub(crate) const COMES_BACK: Duration = Duration::from_mins(30);

/// How a guild wants it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where nobody took it after so long, others are pinged; never, where that is none.
    pub escalate_after: Option<Duration>,
    /// It is over when all was well for so long.
    pub calm: Duration,
    /// When only what is critical pings.
    pub quiet: Option<Quiet>,
}

/// Who is pinged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ping {
    /// The role for incidents.
    Crew,
    /// The role for what nobody took.
    Escalation,
    /// Who has it.
    Owner(UserId),
}

/// What comes out, for one incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A line of its timeline.
    Say {
        /// When it happened.
        at: Millis,
        /// The words.
        text: String,
        /// Who is pinged with it.
        ping: Option<Ping>,
    },
    /// Others are told.
    Tell(Told),
}

/// What others are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It began, or came back.
    Opened,
    /// Somebody has it.
    Acknowledged,
    /// Others were asked.
    Escalated,
    /// It is over.
    Resolved,
}

/// A guild's incidents: those that are open, and those that ended lately.
#[derive(Debug)]
pub struct Board {
    /// How the guild wants it.
    pub settings: Settings,
    /// The oldest first.
    pub incidents: Vec<Incident>,
    /// What came out, in order, by the incident's number.
    pub effects: Vec<(i64, Effect)>,
    last_number: i64,
}

impl Board {
    /// What is kept of a guild.
    pub fn new(settings: Settings, incidents: Vec<Incident>, last_number: i64) -> Self {
        Self { settings, incidents, effects: Vec::new(), last_number }
    }

    /// The incident of this number.
    pub fn find(&self, number: i64) -> Option<&Incident> {
        self.incidents.iter().find(|incident| incident.number == number)
    }

    fn next_number(&mut self) -> i64 {
        self.last_number += 1;
        self.last_number
    }

    fn say(&mut self, index: usize, at: Millis, text: impl Into<String>, ping: Option<Ping>) {
        let number = self.incidents[index].number;
        self.effects.push((number, Effect::Say { at, text: text.into(), ping }));
    }

    fn tell(&mut self, index: usize, what: Told) {
        let number = self.incidents[index].number;
        self.effects.push((number, Effect::Tell(what)));
    }

    /// Who is pinged now, if anybody may be; what may not be now is owed.
    fn ping(&mut self, index: usize, now: Millis) -> Option<Ping> {
        let quiet = self.quiet_until(index, now).is_some();
        let incident = &mut self.incidents[index];
        // A clock that was put back must not silence it.
        incident.pings.retain(|at| *at <= now && now.since(*at) < WINDOW);
        let silent = quiet || incident.is_snoozed(now) || incident.pings.len() >= MOST;
        incident.owes = silent;
        if silent {
            return None;
        }
        incident.pings.push(now);
        incident.loudest = incident.loudest.max(Some(incident.level));
        Some(incident.owner.map_or(Ping::Crew, |owner| Ping::Owner(owner.user)))
    }

    /// Until when nothing but what is critical pings; none where it may.
    fn quiet_until(&self, index: usize, now: Millis) -> Option<Millis> {
        if self.incidents[index].level == Level::Critical {
            return None;
        }
        self.settings.quiet.as_ref().and_then(|quiet| quiet.until(now))
    }

    /// Nobody has looked at it as it is now: from here on it waits for somebody.
    fn wait(&mut self, index: usize, now: Millis) {
        let incident = &mut self.incidents[index];
        incident.waits_since = Some(now);
        incident.escalated = None;
    }
}
