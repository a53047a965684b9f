//! The alerts that are not simply well, in memory as in their rows, and what becomes of them.
//!
//! **Invariant:** nothing is known here that the database may not know: what is to be written is planned on copies, and counts once it
//! is written.

use std::{collections::HashMap, sync::Arc, time::Duration};

use base::{Clock, GuildId, Millis, Redactor};
use hosts::Server;
use store::{
    alerts::{AlertChange, AlertRow},
    events::{Kind, NewEvent},
};

use crate::{
    Happened, Level, Named,
    kept::{Input, Kept},
    words,
};

/// What waits is written down so often: a restart then waits no longer than this anew.
const WRITE_EVERY: Duration = Duration::from_secs(15);

/// What kind of thing an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum About {
    Server,
    Container,
    Service,
    Probe,
}

/// What an alert is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) about: About,
    /// What tells it from another of its name.
    pub(crate) id: String,
    pub(crate) name: String,
    /// The name and the id of the server it is on.
    pub(crate) server: Option<(String, String)>,
}

/// Which alert.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) guild: GuildId,
    pub(crate) rule: String,
    pub(crate) about: About,
    pub(crate) subject: String,
}

/// An alert.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    id: String,
    pub(crate) rule: String,
    pub(crate) subject: Subject,
    pub(crate) kept: Kept,
    /// When it was written; none of what never was.
    written: Option<Millis>,
}

/// Something that is heard of something.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) rule: Arc<Named>,
    pub(crate) subject: Subject,
    pub(crate) at: Millis,
    pub(crate) input: Input,
}

/// What is to be written, and what is known once it is.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) changes: Vec<AlertChange>,
    pub(crate) happened: Vec<NewEvent>,
    after: HashMap<Key, Option<Held>>,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Book {
    alerts: HashMap<Key, Held>,
}

impl About {
    const ALL: [Self; 4] = [Self::Server, Self::Container, Self::Service, Self::Probe];

    /// The word that is kept and told.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Container => "container",
            Self::Service => "service",
            Self::Probe => "probe",
        }
    }
}

impl Subject {
    /// A server.
    pub(crate) fn of_server(server: &Server) -> Self {
        let of_itself = (server.name.clone(), server.id.clone());
        Self { about: About::Server, id: server.id.clone(), name: server.name.clone(), server: Some(of_itself) }
    }
}

impl Key {
    fn of(rule: &Named, subject: &Subject) -> Self {
        Self { guild: rule.guild, rule: rule.id.clone(), about: subject.about, subject: subject.id.clone() }
    }
}

impl Book {
    /// What the rows say.
    pub(crate) fn read(rows: Vec<AlertRow>) -> Self {
        Self { alerts: rows.into_iter().filter_map(read).collect() }
    }

    /// Every alert there is something to remember of.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Key, &Held)> {
        self.alerts.iter()
    }

    /// Whether something is remembered of it.
    pub(crate) fn knows(&self, rule: &Named, subject: &Subject) -> bool {
        self.alerts.contains_key(&Key::of(rule, subject))
    }

    /// One of them.
    pub(crate) fn get(&self, key: &Key) -> Option<&Held> {
        self.alerts.get(key)
    }

    /// Plans what this changes.
    pub(crate) fn hear(&self, plan: &mut Plan, heard: Heard, clock: &Clock, redactor: &Redactor) {
        let Heard { rule, subject, at, input } = heard;
        let key = Key::of(&rule, &subject);
        let before = match plan.after.get(&key) {
            Some(planned) => planned.as_ref(),
            None => self.alerts.get(&key),
        };
        let mut held = before.cloned().unwrap_or_else(|| Held {
            // Most of what is heard is well, and leaves nothing behind.
            id: String::new(),
            rule: rule.name.clone(),
            subject: subject.clone(),
            kept: Kept::default(),
            written: None,
        });
        let old = held.kept.clone();
        held.subject = subject;
        held.rule.clone_from(&rule.name);
        let happened = held.kept.hear(&rule, at, input);
        if held.kept.is_over(at) {
            if held.written.is_some() {
                plan.changes.push(AlertChange::Forget(rule.guild, held.id.clone()));
            }
            plan.after.insert(key, None);
            return;
        }
        if held.must_be_written(&old, happened, at) {
            if held.id.is_empty() {
                held.id = clock.id().to_string();
            }
            let row = held.row(&rule, at, redactor);
            if happened.from.is_some() || happened.tell {
                plan.happened.push(held.event(&rule, happened, &old, &row.words, redactor));
            }
            plan.changes.push(AlertChange::Keep(Box::new(row)));
            held.written = Some(at);
        }
        plan.after.insert(key, Some(held));
    }

    /// Plans that nothing is known of it any more, and says why if anybody knew of it.
    pub(crate) fn retire(&self, plan: &mut Plan, key: &Key, rule: Option<&Named>, why: &str, redactor: &Redactor) {
        let Some(held) = self.alerts.get(key) else { return };
        let (level, told) = (held.kept.alert.level, held.kept.alert.told());
        if level != Level::Fine || told != Level::Fine {
            let from = if level == Level::Fine { told } else { level };
            let event = held.told(Kind::AlertClosed, key, rule, (Level::Fine, from), why, redactor);
            plan.happened.push(event.flag("tell", told != Level::Fine));
        }
        if held.written.is_some() {
            plan.changes.push(AlertChange::Forget(key.guild, held.id.clone()));
        }
        plan.after.insert(key.clone(), None);
    }

    /// What was planned counts from now on.
    pub(crate) fn take(&mut self, plan: Plan) {
        for (key, held) in plan.after {
            match held {
                Some(held) => _ = self.alerts.insert(key, held),
                None => _ = self.alerts.remove(&key),
            }
        }
    }
}

impl Held {
    fn must_be_written(&self, old: &Kept, happened: Happened, at: Millis) -> bool {
        let waits = self.kept.alert.waits_for();
        let changed = self.kept.said_or_counted_other_than(old) || waits != old.alert.waits_for();
        let is_due = || self.written.is_none_or(|written| written > at || at.since(written) >= WRITE_EVERY);
        happened.from.is_some() || happened.tell || changed || (waits.is_some() && is_due())
    }

    fn row(&self, rule: &Named, at: Millis, redactor: &Redactor) -> AlertRow {
        let server = self.subject.server.clone();
        AlertRow {
            id: self.id.clone(),
            guild: rule.guild,
            rule_id: rule.id.clone(),
            rule: rule.name.clone(),
            subject_kind: self.subject.about.as_str().to_owned(),
            subject_id: self.subject.id.clone(),
            subject: self.subject.name.clone(),
            server: server.as_ref().map(|(name, _)| name.clone()),
            server_id: server.map(|(_, id)| id),
            level: self.kept.alert.level.as_str().to_owned(),
            words: redactor.mask(&words::alert(rule, &self.kept)).into_owned(),
            opened: self.kept.alert.opened,
            state: serde_json::to_string(&self.kept).unwrap_or_default(),
            seen: at,
        }
    }

    /// What is told of it.
    fn event(&self, rule: &Named, happened: Happened, old: &Kept, text: &str, redactor: &Redactor) -> NewEvent {
        let level = self.kept.alert.level;
        // What is told late changed before.
        let from = happened.from.unwrap_or(old.alert.told());
        let kind = match (happened.from, level) {
            (_, Level::Fine) => Kind::AlertClosed,
            (Some(Level::Fine), _) => Kind::AlertOpened,
            _ => Kind::AlertChanged,
        };
        let key = Key::of(rule, &self.subject);
        self.told(kind, &key, Some(rule), (level, from), text, redactor).flag("tell", happened.tell)
    }

    fn told(
        &self,
        kind: Kind,
        key: &Key,
        rule: Option<&Named>,
        (level, from): (Level, Level),
        text: &str,
        redactor: &Redactor,
    ) -> NewEvent {
        let subject = &self.subject;
        let mut event = NewEvent::in_guild(kind, key.guild, redactor)
            .about(&subject.name)
            .with("alert", &self.id)
            .with("rule", &self.rule)
            .with("rule_id", &key.rule)
            .with("level", level.as_str())
            .with("from", from.as_str())
            .with("text", text)
            // What a log of events shows.
            .with("detail", text)
            .with("subject_kind", subject.about.as_str())
            .with("subject_id", &subject.id)
            .with("subject", &subject.name);
        if let Some((name, id)) = &subject.server {
            event = event.with("server", name).with("server_id", id);
        }
        if let Some((rule, runbook)) = rule.and_then(|rule| Some((rule, rule.runbook.as_deref()?))) {
            event = event.with("runbook", runbook);
            if let Some(cooldown) = rule.cooldown {
                // In whole minutes, and never less than was asked for.
                event = event.with("cooldown", &cooldown.as_secs().div_ceil(60).to_string());
            }
            if let Some(most) = rule.most {
                event = event.with("most", &most.to_string());
            }
        }
        if let Some(host) = rule.and_then(|rule| rule.host.as_deref()) {
            event = event.with("host", host);
        }
        match rule.and_then(|rule| rule.set_by) {
            Some(by) => event.with("set_by", &by.to_string()),
            None => event,
        }
    }
}

fn read(row: AlertRow) -> Option<(Key, Held)> {
    let about = About::ALL.into_iter().find(|about| about.as_str() == row.subject_kind)?;
    let kept = serde_json::from_str(&row.state).unwrap_or_else(|error| {
        tracing::warn!(%error, alert = row.id, "how an alert stood cannot be read: it begins anew");
        Kept::default()
    });
    let key = Key { guild: row.guild, rule: row.rule_id, about, subject: row.subject_id.clone() };
    let subject = Subject { about, id: row.subject_id, name: row.subject, server: row.server.zip(row.server_id) };
    Some((key, Held { id: row.id, rule: row.rule, subject, kept, written: Some(row.seen) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rule::{DEFAULTS, GAP},
        what::Measure,
    };

    fn subject() -> Subject {
        Subject {
            about: About::Server,
            id: "1".to_owned(),
            name: "box".to_owned(),
            server: Some(("box".to_owned(), "1".to_owned())),
        }
    }

    fn disk() -> Arc<Named> {
        Arc::new(Named::of(GuildId(1), &DEFAULTS[2], GAP))
    }

    /// Hears a value every ten seconds; the answer is the kinds of events, with whether people are told.
    fn heard(book: &mut Book, from: i64, values: &[Option<i64>], is_written: bool) -> Vec<(Kind, bool)> {
        let (clock, redactor) = (Clock::manual(Millis(0)), Redactor::default());
        let mut happened = Vec::new();
        for (place, value) in (0..).zip(values) {
            let at = Millis(from + place * 10_000);
            let mut plan = Plan::default();
            let input = Input::Value(*value, String::new());
            book.hear(&mut plan, Heard { rule: disk(), subject: subject(), at, input }, &clock, &redactor);
            if is_written {
                happened.extend(plan.happened.iter().map(|event| (event.kind(), event.is("tell"))));
                book.take(plan);
            }
        }
        happened
    }

    #[test]
    fn what_could_not_be_written_is_heard_again_and_told_once() {
        assert_eq!(DEFAULTS[2].what, crate::What::Measure(Measure::Disk));
        let full = [Some(99_00); 7];
        let mut book = Book::default();
        // A database that is away, or a kill before the row: nothing is known of it.
        assert_eq!(heard(&mut book, 0, &full, false), []);
        assert_eq!(heard(&mut book, 100_000, &full, true), [(Kind::AlertOpened, true)]);
        assert_eq!(heard(&mut book, 200_000, &full, true), []);
        let well = [Some(10_00); 20];
        assert_eq!(heard(&mut book, 300_000, &well, true), [(Kind::AlertClosed, true)]);
        // Once it was quiet for long enough nothing is left of it.
        heard(&mut book, 2_000_000, &well, true);
        assert_eq!(book.all().count(), 0);
    }

    #[test]
    fn the_next_process_goes_on_from_the_rows() {
        let (clock, redactor) = (Clock::manual(Millis(0)), Redactor::default());
        let mut book = Book::default();
        let mut rows = HashMap::new();
        let mut happened = Vec::new();
        for step in 0..200 {
            let at = Millis(step * 10_000);
            let value = Some(if step < 100 { 99_00 } else { 10_00 });
            let mut plan = Plan::default();
            let input = Input::Value(value, String::new());
            book.hear(&mut plan, Heard { rule: disk(), subject: subject(), at, input }, &clock, &redactor);
            happened.extend(plan.happened.iter().map(NewEvent::kind));
            for change in &plan.changes {
                match change {
                    AlertChange::Keep(row) => _ = rows.insert(row.id.clone(), (**row).clone()),
                    AlertChange::Forget(_, id) => _ = rows.remove(id),
                }
            }
            // Killed after every write.
            book = Book::read(rows.values().cloned().collect());
        }
        assert_eq!(happened, [Kind::AlertOpened, Kind::AlertClosed]);
    }
}
