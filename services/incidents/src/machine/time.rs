//! What the time asks for: a snooze ends, a calm has lasted, a ping may be made up for, nobody took it.

use std::time::Duration;

use base::{Millis, measure};

use super::{Board, Effect, Level, MOST, Ping, Standing, Told, WINDOW};

/// What is due is looked at within this.
const SOON: Duration = Duration::from_millis(200);

impl Board {
    /// Does what is due by now.
    pub fn tick(&mut self, now: Millis) {
        for index in 0..self.incidents.len() {
            if !self.incidents[index].is_open() {
                continue;
            }
            self.end_snooze(index, now);
            if let Some(since) = self.incidents[index].calm {
                if now.since(since) >= self.settings.calm {
                    self.resolve(index, since);
                }
                // What is calm needs nobody.
                continue;
            }
            if self.incidents[index].over.is_some() {
                continue;
            }
            if self.incidents[index].owes
                && let Some(ping) = self.ping(index, now)
            {
                self.say(index, now, "it still goes on", Some(ping));
            }
            if self.escalates_at(index, now).is_some_and(|at| at <= now) {
                self.escalate(index, now, "nobody took it: escalated");
            }
        }
    }

    fn end_snooze(&mut self, index: usize, now: Millis) {
        let incident = &mut self.incidents[index];
        if incident.snoozed.is_none_or(|snooze| now < snooze.until) {
            return;
        }
        incident.snoozed = None;
        if incident.calm.is_some() || incident.over.is_some() {
            incident.owes = false;
            return;
        }
        let ping = self.ping(index, now);
        if self.incidents[index].owner.is_none() {
            self.wait(index, now);
        }
        self.say(index, now, "the snooze is over, and it goes on", ping);
    }

    /// It is over, since then.
    pub(super) fn resolve(&mut self, index: usize, ended: Millis) {
        let incident = &mut self.incidents[index];
        incident.standing = Standing::Resolved;
        incident.ended = Some(ended);
        // Looked back at, it is called by what it all came of, and not by what was over last.
        incident.find_cause(|_| true);
        // What went on all the same is another story from here on.
        for alert in incident.alerts.values_mut() {
            alert.closed = alert.closed.or(Some(ended));
        }
        (incident.snoozed, incident.owes, incident.calm, incident.waits_since) = (None, false, None, None);
        let lasted = measure::age(ended.since(incident.opened));
        let times = incident.came_back;
        let text = match &incident.over {
            Some(over) => format!("✓ resolved after {lasted} by <@{}>: {}", over.by, base::card::code(&over.what)),
            None => format!("✓ resolved after {lasted}: all of it is well"),
        };
        let text = if times > 0 {
            format!("{text}; it came back {}", measure::count(u64::from(times), "time", "times"))
        } else {
            text
        };
        self.say(index, ended, text, None);
        self.tell(index, Told::Resolved);
    }

    /// Others are asked.
    pub(super) fn escalate(&mut self, index: usize, now: Millis, text: impl Into<String>) {
        self.incidents[index].escalated = Some(now);
        self.say(index, now, text, Some(Ping::Escalation));
        self.tell(index, Told::Escalated);
    }

    /// When others are asked, if nobody takes it and it goes on like this.
    fn escalates_at(&self, index: usize, now: Millis) -> Option<Millis> {
        let incident = &self.incidents[index];
        let waits = incident.owner.is_none() && incident.over.is_none() && incident.calm.is_none();
        if !waits || incident.escalated.is_some() {
            return None;
        }
        let at = incident.waits_since?.plus(self.settings.escalate_after?);
        let at = incident.snoozed.map_or(at, |snooze| at.max(snooze.until));
        let quiet = self.settings.quiet.as_ref().filter(|_| incident.level < Level::Critical);
        Some(quiet.and_then(|quiet| quiet.until(at.max(now))).map_or(at, |until| until.max(at)))
    }

    /// Notes when each asks for something next: not before the next moment, so that nothing is asked for ever.
    pub fn settle(&mut self, now: Millis) {
        for index in 0..self.incidents.len() {
            let due = self.due(index, now).map(|due| due.max(now.plus(SOON)));
            self.incidents[index].due = due;
        }
    }

    /// When time alone changes something of it.
    fn due(&self, index: usize, now: Millis) -> Option<Millis> {
        let incident = &self.incidents[index];
        if !incident.is_open() {
            return None;
        }
        let snooze = incident.snoozed.map(|snooze| snooze.until);
        if let Some(since) = incident.calm {
            return [Some(since.plus(self.settings.calm)), snooze].into_iter().flatten().min();
        }
        let owed = (incident.owes && incident.over.is_none()).then(|| {
            let full = incident.pings.len() >= MOST;
            let free = incident.pings.first().filter(|_| full).map(|first| first.plus(WINDOW));
            [free, snooze, self.quiet_until(index, now)].into_iter().flatten().max().unwrap_or(now)
        });
        [snooze, owed, self.escalates_at(index, now)].into_iter().flatten().min()
    }

    /// What is said of this incident, in order.
    pub fn said(&self, number: i64) -> impl Iterator<Item = &Effect> {
        self.effects.iter().filter(move |(of, _)| *of == number).map(|(_, effect)| effect)
    }
}
