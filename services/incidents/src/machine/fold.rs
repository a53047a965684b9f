//! Where an alert belongs: to what it is about already, to what it depends on, to what broke beside it, or to an incident of its own.

use std::time::Duration;

use base::{Millis, measure};

use super::{Alert, Board, COMES_BACK, Incident, Key, Level, Standing, Subject, Told, WINDOW};
use crate::{
    card::FOLDED_IN,
    words::{named, plain},
};

/// What breaks this long before what it depends on, or after it, comes of it.
pub(crate) const TOGETHER: Duration = Duration::from_mins(5);
/// What breaks on the same thing within this of each other belongs together, whatever it is.
pub(crate) const BESIDE: Duration = Duration::from_mins(1);
/// So often is said in [`WINDOW`] that the same thing came and went; then it is counted.
const SAID: usize = 4;
/// An incident keeps so many alerts; what is over goes first.
const KEPT: usize = 500;

/// An alert that goes on.
#[derive(Debug, Clone)]
pub struct Bad {
    /// Its id.
    pub alert: String,
    /// About what.
    pub subject: Subject,
    /// Everything that depends on.
    pub above: Vec<Key>,
    /// How bad it is.
    pub level: Level,
    /// What is wrong, in a few words.
    pub text: String,
    /// A runbook for it.
    pub runbook: Option<String>,
    /// When it came to be so.
    pub at: Millis,
    /// Whether people may be told.
    pub tell: bool,
}

/// Which incident something is about: by its number, or by an alert of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Of {
    /// Its number.
    pub incident: Option<i64>,
    /// The id of one of its alerts.
    pub alert: Option<String>,
}

/// What something that ran about it wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// Nothing.
    Goes,
    /// A person: it could not help.
    Asks,
}

impl Board {
    /// Something ran about an incident. Of one that is over it is said too, where it ended: it may have begun for it.
    pub fn ran(&mut self, of: &Of, ran: Ran, text: &str, at: Millis, now: Millis) {
        let is_it = |incident: &Incident| {
            Some(incident.number) == of.incident
                || of.alert.as_ref().is_some_and(|alert| incident.alerts.contains_key(alert))
        };
        let found = self.incidents.iter().position(|incident| incident.is_open() && is_it(incident));
        let found = found.or_else(|| self.incidents.iter().rposition(is_it).map(|index| self.whole(index)));
        match (found, ran) {
            (Some(index), Ran::Asks)
                if self.incidents[index].is_open() && self.incidents[index].escalated.is_none() =>
            {
                self.escalate(index, now, text);
            }
            (Some(index), _) => self.say(index, at, text, None),
            (None, _) => {}
        }
    }

    /// The incident that one came to be a part of; itself where it is none's.
    fn whole(&self, index: usize) -> usize {
        let mut at = index;
        // A part of a part has been a part of the whole since; more steps than incidents are a circle.
        for _ in 0..self.incidents.len() {
            let Standing::Folded(into) = self.incidents[at].standing else { break };
            let Some(next) = self.incidents.iter().position(|incident| incident.number == into) else { break };
            at = next;
        }
        at
    }

    /// Something is wrong, or is now another way.
    pub fn bad(&mut self, bad: &Bad, now: Millis) {
        let causes = self.come_of(bad);
        let is_new = self.holds(bad).is_none();
        let target = self
            .holds(bad)
            .or_else(|| self.depends_on(bad))
            .or_else(|| causes.first().copied())
            .or_else(|| self.beside(bad));
        match target {
            Some(index) => {
                self.take_in(index, bad, is_new, now);
                for other in causes.into_iter().filter(|other| *other != index) {
                    self.fold(other, index, now);
                }
                self.after(index, bad, now);
            }
            None => match self.came_back(bad, now) {
                Some(index) => self.reopen(index, bad, now),
                None => self.open(bad, now),
            },
        }
    }

    /// It is over; of what is not known nothing is.
    pub fn good(&mut self, alert: &str, at: Millis, now: Millis) {
        let found = self
            .incidents
            .iter()
            .position(|incident| incident.is_open() && incident.alerts.get(alert).is_some_and(Alert::is_open));
        let Some(index) = found else { return };
        let incident = &mut self.incidents[index];
        let Some(over) = incident.alerts.get_mut(alert) else { return };
        over.closed = Some(at);
        let (subject, text) = (over.subject.clone(), over.text.clone());
        let says = over.may_say(now);
        incident.weigh();
        let left = incident.open_alerts().count();
        if says {
            let left = if left == 0 {
                "nothing else is wrong".to_owned()
            } else {
                format!("{} still", measure::count(u64::try_from(left).unwrap_or(0), "alert goes on", "alerts go on"))
            };
            self.say(index, at, format!("✓ {} is well again: {} is over; {left}", named(&subject), plain(&text)), None);
        }
        if left == 0 && self.incidents[index].by_hand.is_none() {
            self.incidents[index].calm = Some(now);
        }
        if left == 0 && self.incidents[index].over.is_some() {
            self.resolve(index, at);
        }
    }

    /// The open incident that has this alert, or one about the same thing.
    fn holds(&self, bad: &Bad) -> Option<usize> {
        let goes_on = |incident: &Incident| {
            incident.open_alerts().any(|(id, alert)| *id == bad.alert || alert.subject.key == bad.subject.key)
        };
        let had = |incident: &Incident| incident.alerts.contains_key(&bad.alert);
        let open = || self.incidents.iter().map(|incident| (incident, incident.is_open()));
        open()
            .position(|(incident, open)| open && goes_on(incident))
            .or_else(|| open().position(|(incident, open)| open && had(incident)))
    }

    /// The open incident of something that this depends on: as long as that is critical, and shortly after it began.
    fn depends_on(&self, bad: &Bad) -> Option<usize> {
        let comes_of = |alert: &Alert| {
            bad.above.contains(&alert.subject.key)
                && (alert.level == Level::Critical || are_within(TOGETHER, alert.opened, bad.at))
        };
        self.incidents
            .iter()
            .position(|incident| incident.is_open() && incident.open_alerts().any(|(_, alert)| comes_of(alert)))
    }

    /// Open incidents of nothing but what depends on this and broke shortly before it; the oldest first.
    fn come_of(&self, bad: &Bad) -> Vec<usize> {
        let comes_of = |alert: &Alert| {
            alert.subject.key == bad.subject.key
                || alert.above.contains(&bad.subject.key) && are_within(TOGETHER, alert.opened, bad.at)
        };
        let all = |incident: &Incident| {
            incident.by_hand.is_none()
                && incident.open_alerts().next().is_some()
                && incident.open_alerts().all(|(_, alert)| comes_of(alert))
        };
        let open = self.incidents.iter().enumerate().filter(|(_, incident)| incident.is_open() && all(incident));
        open.map(|(index, _)| index).collect()
    }

    /// The open incident of something that broke with this and depends on the same.
    fn beside(&self, bad: &Bad) -> Option<usize> {
        let together = |alert: &Alert| {
            are_within(BESIDE, alert.opened, bad.at) && alert.above.iter().any(|key| bad.above.contains(key))
        };
        self.incidents
            .iter()
            .position(|incident| incident.is_open() && incident.open_alerts().any(|(_, alert)| together(alert)))
    }

    /// The incident about the same thing that ended a while ago.
    fn came_back(&self, bad: &Bad, now: Millis) -> Option<usize> {
        let same = |incident: &Incident| {
            incident.alerts.iter().any(|(id, alert)| *id == bad.alert || alert.subject.key == bad.subject.key)
        };
        let lately = |incident: &Incident| incident.ended.is_some_and(|ended| now.since(ended) <= COMES_BACK);
        self.incidents
            .iter()
            .rposition(|incident| incident.standing == Standing::Resolved && lately(incident) && same(incident))
    }

    fn open(&mut self, bad: &Bad, now: Millis) {
        let number = self.next_number();
        let mut incident = Incident::new(number, bad.at, bad.level);
        incident.alerts.insert(bad.alert.clone(), bad.alert());
        incident.weigh();
        self.incidents.push(incident);
        let index = self.incidents.len() - 1;
        self.began(index, bad, now, "opened");
    }

    fn reopen(&mut self, index: usize, bad: &Bad, now: Millis) {
        let incident = &mut self.incidents[index];
        incident.standing = Standing::Open;
        incident.ended = None;
        (incident.owner, incident.snoozed, incident.over, incident.calm) = (None, None, None, None);
        incident.loudest = None;
        incident.came_back = incident.came_back.saturating_add(1);
        incident.take(bad);
        incident.weigh();
        self.began(index, bad, now, "came back");
    }

    fn began(&mut self, index: usize, bad: &Bad, now: Millis, verb: &str) {
        self.wait(index, now);
        let says = self.incidents[index].alerts.get_mut(&bad.alert).is_some_and(|alert| alert.may_say(now));
        let ping = if bad.tell { self.ping(index, now) } else { None };
        // What pings is said in any case.
        if says || ping.is_some() {
            let text = format!("✕ {verb}: {} {} ({})", named(&bad.subject), plain(&bad.text), bad.level.as_str());
            self.say(index, bad.at, text, ping);
        }
        self.tell(index, Told::Opened);
    }

    /// Takes an alert into an incident that goes on, and says so.
    fn take_in(&mut self, index: usize, bad: &Bad, is_new: bool, now: Millis) {
        let before = self.incidents[index].alerts.get(&bad.alert).map(|alert| (alert.is_open(), alert.level));
        let cause = self.incidents[index].cause.clone();
        self.incidents[index].take(bad);
        self.incidents[index].weigh();
        let name = named(&bad.subject);
        let (text, level) = (plain(&bad.text), bad.level.as_str());
        let line = match before {
            Some((true, level)) if level == bad.level => None,
            Some((true, was)) if was < bad.level => Some(format!("✕ {name} is worse: {text} ({level})")),
            Some((true, _)) => Some(format!("! {name} is better: {text} ({level})")),
            Some((false, _)) => {
                self.incidents[index].came_back = self.incidents[index].came_back.saturating_add(1);
                Some(format!("✕ {name} is wrong again: {text} ({level})"))
            }
            None if is_new => Some(format!("{FOLDED_IN}{name} {text} ({level})")),
            None => Some(format!("✕ also {name}: {text} ({level})")),
        };
        let says = self.incidents[index].alerts.get_mut(&bad.alert).is_some_and(|alert| alert.may_say(now));
        if let Some(line) = line.filter(|_| says) {
            self.say(index, bad.at, line, None);
        }
        if cause != self.incidents[index].cause
            && let Some(cause) = self.incidents[index].cause().map(|alert| named(&alert.subject))
        {
            self.say(index, bad.at, format!("the cause is {cause}"), None);
        }
    }

    /// What follows from an alert that was taken in: who thought it was over is told, and who must know is pinged.
    fn after(&mut self, index: usize, bad: &Bad, now: Millis) {
        let incident = &mut self.incidents[index];
        incident.calm = None;
        if let Some(over) = incident.over.take() {
            let text = format!("it is not over, as <@{}> said: {} goes on", over.by, named(&bad.subject));
            self.wait(index, now);
            self.incidents[index].loudest = None;
            self.say(index, bad.at, text, None);
        }
        let incident = &self.incidents[index];
        let is_louder = incident.loudest.is_none_or(|loudest| incident.level > loudest);
        if bad.tell && is_louder && !incident.owes {
            let level = incident.level.as_str();
            if let Some(ping) = self.ping(index, now) {
                self.say(index, bad.at, format!("this is {level}"), Some(ping));
            }
        }
    }

    /// Makes one incident a part of another.
    fn fold(&mut self, from: usize, into: usize, now: Millis) {
        let number = self.incidents[into].number;
        let folded = &mut self.incidents[from];
        folded.standing = Standing::Folded(number);
        folded.ended = Some(now);
        let (alerts, owner, was) = (folded.alerts.clone(), folded.owner, folded.number);
        self.incidents[into].alerts.extend(alerts);
        self.incidents[into].owner = self.incidents[into].owner.or(owner);
        self.incidents[into].weigh();
        self.say(from, now, format!("– folded into #{number}: it comes of the same"), None);
        self.say(into, now, format!("#{was} is folded in: it comes of the same"), None);
    }
}

impl Incident {
    fn take(&mut self, bad: &Bad) {
        let said = self.alerts.get(&bad.alert).map(|alert| alert.said.clone()).unwrap_or_default();
        let opened = self.alerts.get(&bad.alert).filter(|alert| alert.is_open()).map_or(bad.at, |alert| alert.opened);
        self.alerts.insert(bad.alert.clone(), Alert { opened, said, ..bad.alert() });
        while self.alerts.len() > KEPT {
            let over = self.alerts.iter().filter(|(id, _)| Some(*id) != self.cause.as_ref() && **id != bad.alert);
            let first = over.min_by_key(|(_, alert)| (alert.is_open(), alert.opened)).map(|(id, _)| id.clone());
            let Some(first) = first else { break };
            self.alerts.remove(&first);
        }
    }
}

impl Alert {
    /// Whether there is still something to be said of it; then it is.
    fn may_say(&mut self, now: Millis) -> bool {
        self.said.retain(|at| *at <= now && now.since(*at) < WINDOW);
        let may = self.said.len() < SAID;
        if may {
            self.said.push(now);
        }
        may
    }
}

impl Bad {
    fn alert(&self) -> Alert {
        Alert {
            subject: self.subject.clone(),
            above: self.above.clone(),
            level: self.level,
            text: self.text.clone(),
            runbook: self.runbook.clone(),
            opened: self.at,
            closed: None,
            said: Vec::new(),
        }
    }
}

fn are_within(span: Duration, one: Millis, other: Millis) -> bool {
    one.since(other).max(other.since(one)) <= span
}
