//! Hears of alerts, from the event log, and of time; both become what the machine decides.
//!
//! **Invariant:** what was heard and what came of it are one transaction, under the event's number: whoever hears it again after
//! a kill does nothing.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use base::{GuildId, Millis, Result, card::code};
use store::events::{Cursor, Event, Heard, Kind, Subscription};
use tokio::time::{Instant, MissedTickBehavior, timeout_at};

use crate::{
    Incidents,
    depends::above,
    machine::{Bad, Key, Level, Of, Ran, Subject},
    words::plain,
};

/// Whose cursor it is.
const NAME: &str = "incidents";
/// What comes together is decided together.
const TOGETHER: Duration = Duration::from_millis(50);
const AT_ONCE: usize = 500;
/// How late something that time asks for may be.
const TICK: Duration = Duration::from_secs(1);
/// That nothing happened which concerns it is noted so often, so that retention need not wait.
const NOTED: Duration = Duration::from_mins(1);
/// Buttons wear out after a week: what is older than this is drawn again.
const REDRAWN: Duration = Duration::from_hours(5 * 24);
/// A database that is down is asked again so often.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What an event says.
enum Said {
    Bad(Box<Bad>),
    Good { alert: String, at: Millis },
    Ran { of: Of, ran: Ran, text: String, at: Millis },
}

impl Incidents {
    /// Follows alerts and time, for ever. Only for the process that has the gateway.
    pub async fn follow(self: Arc<Self>) {
        loop {
            if let Err(error) = self.follow_on().await {
                tracing::warn!("incidents wait: {error}");
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    async fn follow_on(&self) -> Result<()> {
        let mut cursor = self.store.subscriber(NAME, None).await?;
        let mut events = self.store.events().after(cursor.seq);
        let mut last = cursor.seq;
        let (mut ticks, mut notes) = (tokio::time::interval(TICK), tokio::time::interval(NOTED));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                heard = events.next() => {
                    let batch = gather(heard?, &mut events).await?;
                    last = batch.last;
                    if self.hear(batch.alerts).await? {
                        self.advance(&mut cursor, last).await?;
                    }
                }
                _ = ticks.tick() => {
                    self.keep_time().await?;
                    // What another process wrote on SQLite, nobody tells.
                    if self.store.last_event().await? > last {
                        events = self.store.events().after(last);
                    }
                }
                _ = notes.tick() => {
                    self.advance(&mut cursor, last).await?;
                    let before = self.clock.now().0 - i64::try_from(REDRAWN.as_millis()).unwrap_or_default();
                    self.store.redraw_incidents(Millis(before)).await?;
                }
            }
        }
    }

    async fn advance(&self, cursor: &mut Cursor, upto: i64) -> Result<()> {
        if upto > cursor.seq {
            self.store.advance_cursor(cursor, upto).await?;
            (cursor.seq, cursor.claimed, cursor.missed) = (upto, None, 0);
        } else {
            self.store.see_cursor(&cursor.name).await?;
        }
        Ok(())
    }

    /// Takes in what was heard of alerts, guild by guild. The answer is whether there was any.
    async fn hear(&self, alerts: Vec<Arc<Event>>) -> Result<bool> {
        let mut guilds: BTreeMap<GuildId, Vec<Arc<Event>>> = BTreeMap::new();
        for event in alerts {
            if let Some(guild) = event.guild {
                guilds.entry(guild).or_default().push(event);
            }
        }
        let heard_any = !guilds.is_empty();
        for (guild, events) in guilds {
            let is_on = self.is_on(guild).await?;
            let mut said = Vec::new();
            for event in &events {
                match self.read_alert(guild, event).await {
                    // What begins while they are off is not made up for; what ends then has ended.
                    Some(Said::Bad(_)) if !is_on => {}
                    Some(one) => said.push((event.seq, one)),
                    None if event.kind.group() != "alert" => {}
                    None => tracing::warn!(event.seq = event.seq, "an event tells of no alert that can be read"),
                }
            }
            let seen = events.last().map(|event| event.seq);
            // What ended long ago is read too, where something that ran for it ends now: one at a time.
            let mut numbers: Vec<i64> = said.iter().filter_map(|(_, said)| said.number()).collect();
            numbers.dedup();
            let apart = if numbers.len() > 1 { 1 } else { said.len().max(1) };
            if said.is_empty() {
                self.decide(guild, None, seen, |_, _, _| Ok(())).await?;
            }
            for part in said.chunks(apart) {
                let upto = if apart == 1 { part.last().map(|(seq, _)| *seq) } else { seen };
                let number = part.iter().find_map(|(_, said)| said.number());
                self.decide(guild, number, upto, |board, seen, now| {
                    take_in(board, part, seen, now);
                    Ok(())
                })
                .await?;
            }
        }
        Ok(heard_any)
    }

    /// Does what time asks for, where that is due.
    async fn keep_time(&self) -> Result<()> {
        for guild in self.store.incidents_due(self.clock.now()).await? {
            if self.is_on(guild).await? {
                let tick = |board: &mut crate::Board, _, now| {
                    board.tick(now);
                    Ok(())
                };
                self.decide(guild, None, None, tick).await?;
            }
        }
        Ok(())
    }

    async fn read_alert(&self, guild: GuildId, event: &Event) -> Option<Said> {
        let redactor = self.redactor.of(guild);
        let text = |key: &str| event.text(key).filter(|text| !text.is_empty());
        if event.kind.group() == "runbook" {
            return ran(event, |text| redactor.mask(text).into_owned());
        }
        let alert = text("alert")?.to_owned();
        let level = match (event.kind, text("level")) {
            (Kind::AlertClosed, _) | (_, Some("fine")) => return Some(Said::Good { alert, at: event.at }),
            (_, Some("critical")) => Level::Critical,
            _ => Level::Warn,
        };
        // Masked anew, with what is known by now.
        let mask = |text: &str| redactor.mask(text).into_owned();
        let name = text("subject").or(event.subject.as_deref())?;
        let kind = text("subject_kind").unwrap_or("server").to_owned();
        let key = Key { kind, id: text("subject_id").unwrap_or(name).to_owned() };
        let on = text("server_id").map(|id| Key { kind: "server".to_owned(), id: id.to_owned() });
        let depends = self.depends.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let above = above(&depends, guild, &key, on.filter(|on| *on != key).into_iter().collect()).await;
        // A flag may be kept as one, or as a word.
        let tell = event.data.get("tell").is_none_or(|tell| tell.as_bool().unwrap_or(tell.as_str() != Some("false")));
        Some(Said::Bad(Box::new(Bad {
            alert,
            subject: Subject { key, name: mask(name), server: text("server").map(mask) },
            above,
            level,
            text: mask(text("text").unwrap_or("is wrong")),
            runbook: text("runbook").map(str::to_owned),
            at: event.at,
            tell,
        })))
    }
}

impl Said {
    /// The incident that it names itself.
    fn number(&self) -> Option<i64> {
        match self {
            Self::Ran { of, .. } => of.incident,
            _ => None,
        }
    }
}

/// What was heard and not before.
fn take_in(board: &mut crate::Board, said: &[(i64, Said)], seen: i64, now: Millis) {
    for (_, said) in said.iter().filter(|(seq, _)| *seq > seen) {
        match said {
            Said::Bad(bad) => board.bad(bad, now),
            Said::Good { alert, at } => board.good(alert, *at, now),
            Said::Ran { of, ran, text, at } => board.ran(of, *ran, text, *at, now),
        }
    }
}

/// What a runbook did about an incident, or about an alert of one.
fn ran(event: &Event, mask: impl Fn(&str) -> String) -> Option<Said> {
    let of = Of {
        incident: event.text("incident").and_then(|number| number.trim_start_matches('#').parse().ok()),
        alert: event.text("alert").map(str::to_owned),
    };
    if of.incident.is_none() && of.alert.is_none() {
        return None;
    }
    let name = code(mask(event.text("runbook").or(event.subject.as_deref())?));
    let detail = event.text("detail").map(|detail| format!(": {}", plain(&mask(detail)))).unwrap_or_default();
    let outcome = plain(event.text("outcome").unwrap_or("ended"));
    let (ran, text) = match event.kind.as_str() {
        "runbook.began" => (Ran::Goes, format!("runbook {name} began")),
        "runbook.ended" => (Ran::Goes, format!("runbook {name} ended: {outcome}{detail}")),
        "runbook.escalated" => (Ran::Asks, format!("runbook {name} could not help{detail}: escalated")),
        _ => return None,
    };
    Some(Said::Ran { of, ran, text, at: event.at })
}

/// What was heard together.
struct Batch {
    alerts: Vec<Arc<Event>>,
    last: i64,
}

/// Waits a moment for what comes right after.
async fn gather(first: Heard, events: &mut Subscription) -> Result<Batch> {
    let until = Instant::now() + TOGETHER;
    let mut batch = Batch { alerts: Vec::new(), last: 0 };
    let mut next = Some(first);
    while let Some(heard) = next {
        match heard {
            Heard::Event(event) => {
                batch.last = event.seq;
                if ["alert", "runbook"].contains(&event.kind.group()) {
                    batch.alerts.push(event);
                }
            }
            Heard::Missed { first, last } => {
                tracing::warn!(first, last, "events were deleted before incidents heard them");
                batch.last = last;
            }
        }
        if batch.alerts.len() >= AT_ONCE {
            break;
        }
        // Nothing comes of what concerns nobody: it need not wait for more.
        next = if batch.alerts.is_empty() { None } else { timeout_at(until, events.next()).await.ok().transpose()? };
    }
    Ok(batch)
}
