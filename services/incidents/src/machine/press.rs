//! What people do: take it, snooze it, ask others, say what it was.

use std::time::Duration;

use base::{Millis, UserId, card::code};

use super::{
    Board, Incident, Level, Owner, Standing, Told,
    incident::{Over, Snooze},
};

/// Others are not asked twice within this.
const ASKED: Duration = Duration::from_mins(1);

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Press {
    /// They take it, from nobody or from this person.
    Acknowledge {
        /// Who has it, as they saw it.
        from: Option<UserId>,
    },
    /// Nobody is to be pinged until then.
    Snooze {
        /// Until when.
        until: Millis,
    },
    /// Others are to be asked.
    Escalate,
    /// It is over, and this is what it was.
    Resolve {
        /// In a line.
        what: String,
    },
    /// This is to be remembered.
    Note {
        /// In a line.
        text: String,
    },
}

/// Why that could not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is no such incident, or it ended long ago.
    Unknown,
    /// It is over.
    Over,
    /// It is a part of this one.
    Folded(i64),
    /// Somebody else has it.
    Taken(Owner),
    /// They have it already.
    Theirs,
    /// Others were asked a moment ago.
    Asked,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It is as they wanted.
    Done,
    /// They say that it is over; alerts that go on keep it in view.
    InView(usize),
}

impl Board {
    /// Does what somebody wants, if it can be.
    pub fn press(&mut self, number: i64, by: UserId, press: &Press, now: Millis) -> Result<Became, Refused> {
        let index = self.incidents.iter().position(|incident| incident.number == number).ok_or(Refused::Unknown)?;
        if let Press::Note { text } = press {
            self.say(index, now, format!("<@{by}> notes: {}", code(text)), None);
            return Ok(Became::Done);
        }
        match self.incidents[index].standing {
            Standing::Open => {}
            Standing::Resolved => return Err(Refused::Over),
            Standing::Folded(into) => return Err(Refused::Folded(into)),
        }
        match press {
            Press::Acknowledge { from } => self.acknowledge(index, by, *from, now)?,
            Press::Snooze { until } => {
                self.incidents[index].snoozed = Some(Snooze { by, until: *until });
                let until = until.0.div_euclid(1_000);
                self.say(index, now, format!("snoozed by <@{by}> until <t:{until}:f>"), None);
            }
            Press::Escalate => {
                if self.incidents[index].escalated.is_some_and(|at| at <= now && now.since(at) < ASKED) {
                    return Err(Refused::Asked);
                }
                self.escalate(index, now, format!("escalated by <@{by}>"));
            }
            Press::Resolve { what } => return Ok(self.is_said_to_be_over(index, by, what, now)),
            Press::Note { .. } => {}
        }
        Ok(Became::Done)
    }

    fn acknowledge(&mut self, index: usize, by: UserId, from: Option<UserId>, now: Millis) -> Result<(), Refused> {
        let incident = &mut self.incidents[index];
        match incident.owner {
            Some(owner) if owner.user == by => return Err(Refused::Theirs),
            Some(owner) if from != Some(owner.user) => return Err(Refused::Taken(owner)),
            _ => {}
        }
        let before = incident.owner.replace(Owner { user: by, since: now });
        // Somebody looks at it, as it is now.
        incident.owes = false;
        incident.loudest = incident.loudest.max(Some(incident.level));
        let text = match before {
            Some(before) => format!("<@{by}> took it over from <@{}>", before.user),
            None => format!("acknowledged by <@{by}>"),
        };
        self.say(index, now, text, None);
        self.tell(index, Told::Acknowledged);
        Ok(())
    }

    fn is_said_to_be_over(&mut self, index: usize, by: UserId, what: &str, now: Millis) -> Became {
        let incident = &mut self.incidents[index];
        let again = incident.over.is_some();
        incident.over = Some(Over { by, what: what.to_owned(), at: now });
        incident.owes = false;
        let left = incident.open_alerts().count();
        // Whoever says it twice has seen what goes on.
        if left == 0 || again {
            self.resolve(index, now);
            return Became::Done;
        }
        let line = format!("<@{by}> says that it is over: {}; what goes on keeps it in view", code(what));
        self.say(index, now, line, None);
        Became::InView(left)
    }

    /// Somebody opens one by hand; the answer is its number.
    pub fn open_by_hand(&mut self, by: UserId, title: &str, level: Level, now: Millis) -> i64 {
        let number = self.next_number();
        let mut incident = Incident::new(number, now, level);
        (incident.title, incident.by_hand) = (Some(title.to_owned()), Some(by));
        self.incidents.push(incident);
        let index = self.incidents.len() - 1;
        self.wait(index, now);
        let ping = self.ping(index, now);
        self.say(index, now, format!("✕ opened by <@{by}>: {} ({})", code(title), level.as_str()), ping);
        self.tell(index, Told::Opened);
        number
    }
}
