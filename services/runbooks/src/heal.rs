//! Heals by itself: an alert that names a runbook has it run, as whoever made the alert's rule.
//!
//! **Invariants:** an event is dealt with once, by its row; cooldowns and maxima are counted in rows, so a restart forgets none. Past the
//! maximum nothing is run and a person is asked for. What a runbook changes waits for a yes like anything that nobody does by hand.

use std::{sync::Arc, time::Duration};

use base::{Card, Error, Result, card::code};
use store::{
    events::{Event, Heard, Kind, NewEvent},
    outbox::{NewPost, Pings, Urgency},
    runbook_heals::{Claimed, Heal, NewHeal},
};

use crate::{BookName, RunRunbook, Runbooks, Wrong};

/// Where this is read up to.
const CURSOR: &str = "runbooks";
/// What a rule that does not say otherwise has run at most in an hour.
const MOST: i64 = 3;
/// A database that is down is asked again so often.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// What could not be begun is tried again, and what ended unseen looked for, so often.
const SWEEP_EVERY: Duration = Duration::from_secs(5);

impl Runbooks {
    /// Has done what alerts ask for, for ever. Only for the process that has the gateway.
    pub async fn heal(self: Arc<Self>) {
        loop {
            if let Err(error) = self.follow().await {
                tracing::warn!("healing waits: {error}");
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    async fn follow(&self) -> Result<()> {
        let mut cursor = self.store.subscriber(CURSOR, None).await?;
        let mut events = self.store.events().after(cursor.seq);
        let mut sweeps = tokio::time::interval(SWEEP_EVERY);
        let mut upto = cursor.seq;
        loop {
            tokio::select! {
                heard = events.next() => {
                    upto = match heard? {
                        Heard::Event(event) => {
                            if event.kind == Kind::AlertOpened {
                                self.opened(&event).await?;
                            }
                            event.seq
                        }
                        Heard::Missed { last, .. } => last,
                    };
                }
                // The first is at once: what a process before this one left.
                _ = sweeps.tick() => {
                    self.sweep().await?;
                    // Not with each event: what was claimed stays claimed, and read again, an event is known.
                    if upto > cursor.seq && self.store.advance_cursor(&cursor, upto).await? {
                        (cursor.seq, cursor.missed) = (upto, 0);
                    }
                }
            }
        }
    }

    /// Begins what was claimed, and ends what ended unseen.
    async fn sweep(&self) -> Result<()> {
        for heal in self.store.claimed_heals().await? {
            self.begin_heal(&heal).await?;
        }
        for lost in self.store.lost_runbook_runs().await? {
            let event = NewEvent::in_guild(Kind::RunbookEnded, lost.guild, &self.redactor)
                .about(&lost.runbook)
                .by(lost.by)
                .with("runbook", &lost.runbook)
                .with("run", &lost.reference)
                .with("reference", &lost.reference)
                .with("outcome", "failed");
            let event = lost.incident.iter().fold(event, |event, incident| event.with("incident", incident));
            let why = "it ended before it could say how";
            self.store.end_runbook_run((lost.guild, &lost.id), "failed", why, vec![event]).await?;
        }
        Ok(())
    }

    /// An alert was opened: claims what it asks for, if it names a runbook.
    async fn opened(&self, event: &Event) -> Result<()> {
        let (Some(guild), Some(runbook)) = (event.guild, event.text("runbook")) else { return Ok(()) };
        let Some(by) = event.text("set_by").and_then(|by| by.parse().ok()).map(base::UserId) else { return Ok(()) };
        let number =
            |key: &str| event.data.get(key).and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()));
        let kept = self.store.runbook(guild, runbook).await?;
        let own = kept.as_ref().and_then(|kept| Self::book(kept).ok()).map(|read| read.book.cooldown);
        let own = own.map_or(0, |cooldown| i64::try_from(cooldown.as_millis()).unwrap_or(i64::MAX));
        let subject = event.subject.as_deref().or_else(|| event.text("subject")).unwrap_or_default();
        let rule = (event.text("rule_id").unwrap_or(runbook), event.text("rule").unwrap_or(runbook));
        let wrong = Wrong {
            subject,
            kind: event.text("subject_kind").unwrap_or_default(),
            server: event.text("server"),
            rule: event.text("rule"),
            level: event.text("level"),
            text: event.text("text"),
            domain: event.text("host"),
        };
        let given = wrong.vars();
        let new = NewHeal {
            seq: event.seq,
            guild,
            runbook,
            rule,
            alert: event.text("alert"),
            subject,
            by,
            vars: &given,
            cooldown: number("cooldown").map_or(own, |minutes| minutes.saturating_mul(60_000)),
            most: number("most").unwrap_or(MOST),
        };
        match self.store.claim_heal(&new).await? {
            Claimed::Yes(heal) => self.begin_heal(&heal).await,
            Claimed::Cooling(heal) => {
                tracing::info!(runbook.name = heal.runbook, "rests after it healed the same just before");
                Ok(())
            }
            Claimed::Capped(heal) => {
                let why = format!("It ran {} times within an hour already, and runs no more by itself.", new.most);
                self.give_up(&heal, "capped", &why).await
            }
            Claimed::Known => Ok(()),
        }
    }

    /// Runs it, as whoever made the rule. What cannot be begun just now is begun later, by the sweep.
    async fn begin_heal(&self, heal: &Heal) -> Result<()> {
        let done = |state: &'static str| self.store.settle_heal(heal, state);
        if self.store.audit_entry(&heal.entry.to_string()).await?.is_some() {
            return done("begun").await.map(drop);
        }
        let (Ok(door), Ok(name)) = (self.door(), heal.runbook.parse::<BookName>()) else { return Ok(()) };
        let agent = format!("Alert {}", heal.rule);
        let actor = match door.stand_in(heal.guild, heal.by, &agent).await {
            Ok(Some(actor)) => actor,
            Ok(None) => {
                let why = format!("<@{}>, who made the rule, is no longer in this guild.", heal.by);
                return self.refused(heal, &why).await;
            }
            // Discord does not say; it is asked again.
            Err(error) => {
                tracing::debug!(runbook.name = heal.runbook, "healing waits: {error}");
                return Ok(());
            }
        };
        let run = RunRunbook {
            name,
            vars: heal.vars.clone(),
            channel: None,
            incident: None,
            alert: heal.alert.clone().or_else(|| Some(heal.seq.to_string())),
        };
        let arguments = serde_json::to_value(&run).map_err(|error| Error::internal("asking for a runbook", error))?;
        match door.begin_once(actor, "runbook.run", arguments, heal.entry).await {
            Ok(()) => done("begun").await.map(drop),
            Err(error @ (Error::Busy(_) | Error::Internal { .. })) => {
                tracing::debug!(runbook.name = heal.runbook, "healing waits: {error}");
                Ok(())
            }
            // What is off does nothing, and says nothing.
            Err(Error::Off { .. }) => done("left").await.map(drop),
            Err(error) => self.refused(heal, &error.to_string()).await,
        }
    }

    async fn refused(&self, heal: &Heal, why: &str) -> Result<()> {
        if self.store.settle_heal(heal, "refused").await? {
            self.give_up(heal, "refused", why).await?;
        }
        Ok(())
    }

    /// Says once that nothing is healed, and that a person is needed.
    async fn give_up(&self, heal: &Heal, outcome: &str, why: &str) -> Result<()> {
        let redactor = self.redactor.of(heal.guild);
        if let Some(channel) = self.store.guild_settings(heal.guild).await?.ops_channel {
            let title = format!("**Not healed** {} by runbook {}", code(&heal.subject), code(&heal.runbook));
            let card = Card::attention(title).fact(format!("alert {}", code(&heal.rule))).text(why);
            let card = card.redacted(&redactor);
            let key = format!("heal {}", heal.seq);
            let (guild, urgency, pings) = (heal.guild, Urgency::Urgent, Pings::default());
            self.store.post(NewPost { guild, channel, key: &key, urgency, card: &card, answers: None, pings }).await?;
        }
        let event = NewEvent::in_guild(Kind::RunbookEscalated, heal.guild, &self.redactor)
            .about(&heal.runbook)
            .by(heal.by)
            .with("runbook", &heal.runbook)
            .with("rule", &heal.rule)
            .with("subject", &heal.subject)
            .with("outcome", outcome)
            .with("detail", why);
        let event = heal.alert.iter().fold(event, |event, alert| event.with("alert", alert));
        self.store.emit(event).await
    }
}
