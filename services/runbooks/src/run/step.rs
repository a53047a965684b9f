//! Does a step, or goes on with it from where it stands.
//!
//! **Invariants:** what has an entry in the audit log is not done again: it is asked what became of it. A step is tried again only where
//! it is known to have failed; one whose end nobody saw, or that a person said no to, is not.

use std::time::Duration;

use base::{Actor, Card, Error, Millis, Permit, Result, Run, action::Ending, card::Block, measure};
use store::{approvals, audit::STARTED};
use uuid::Uuid;

use super::{
    RunRunbook,
    carry::after,
    walk::{End, Line, Stand},
};
use crate::{
    Came, Ended, Runbooks, Spot,
    book::{Book, Step},
    plan::{Asks, asks},
    template::Vars,
};

/// Where nothing tells of a change, this often it is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// What could not be begun just now is begun after this.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// The wait before the second try; each further one is twice as long.
const TRY_AFTER: Duration = Duration::from_secs(2);
/// What was told to stop ends within this, or is left alone.
const STOPS_BY: Duration = Duration::from_secs(15);
/// An incident's thread that is not there by then is not waited for, and looked for so often until then.
const THREAD_BY: Duration = Duration::from_secs(15);
const THREAD_EVERY: Duration = Duration::from_millis(250);
/// So much of what a failed step printed is kept.
const OUTPUT: usize = 800;
/// So much of what a step said fits its line.
const SAID: usize = 160;

/// A step of a run.
pub(super) struct At<'a> {
    pub(super) permit: &'a Permit<RunRunbook>,
    pub(super) run: &'a Run,
    pub(super) book: &'a Book,
    pub(super) step: &'a Step,
    pub(super) vars: &'a Vars,
    pub(super) channel: Option<u64>,
}

/// What became of it for now.
pub(super) enum Stepped {
    /// It stands like this, to be noted before anything more is done.
    Noted(Stand),
    /// This process lets go of it.
    Left,
}

/// How something ended that a step was.
enum Outcome {
    Ended { is_ok: bool, may_try: bool, said: String, output: Option<String> },
    Asks(Uuid),
    Left,
}

impl Runbooks {
    /// Brings a step as far as its next note.
    pub(super) async fn step(&self, at: &At<'_>, stand: &Stand) -> Result<Stepped> {
        if at.run.cancel().is_cancelled() && !matches!(stand, Stand::Running { .. }) {
            return Ok(at.ended(End::Cancelled, "stopped", None));
        }
        let now = self.clock.now();
        match stand {
            Stand::Pending { tried, after: Some(moment) } if *moment > now.0 => {
                self.rest(at, Millis(*moment)).await;
                Ok(Stepped::Noted(Stand::Pending { tried: *tried, after: None }))
            }
            Stand::Pending { tried, .. } => Ok(self.begin_step(at, *tried, now)),
            Stand::Resting { since, until } => {
                self.rest(at, Millis(*until)).await;
                if at.run.cancel().is_cancelled() {
                    return Ok(at.ended(End::Cancelled, "stopped", None));
                }
                let waited = measure::span(Millis(*until).since(Millis(*since)));
                Ok(at.ended(End::Ok, &format!("waited {waited}"), None))
            }
            Stand::Running { tried, entry, since } => {
                let came = self.perform(at, *entry, Millis(*since)).await?;
                Ok(self.stands(at, *tried, *since, came))
            }
            Stand::Asking { tried, approval, since } => {
                let came = self.answered(at, *approval).await?;
                Ok(self.stands(at, *tried, *since, came))
            }
            Stand::Ended(_) => Ok(Stepped::Noted(stand.clone())),
        }
    }

    /// What is noted before a step is begun.
    fn begin_step(&self, at: &At<'_>, tried: u32, now: Millis) -> Stepped {
        match asks(at.step, at.vars, at.channel) {
            Ok(Asks::Line(line)) => at.ended(End::Ok, &base::card::code(line), None),
            Ok(Asks::Wait(span)) => Stepped::Noted(Stand::Resting { since: now.0, until: after(now, span) }),
            Ok(Asks::Model) => at.ended(End::Failed, "there is no assistant yet, so nobody was asked", None),
            Ok(Asks::Action(..)) => {
                Stepped::Noted(Stand::Running { tried: tried + 1, entry: self.clock.id(), since: now.0 })
            }
            Err(error) => at.ended(End::Failed, &error.to_string(), None),
        }
    }

    fn stands(&self, at: &At<'_>, tried: u32, since: i64, came: Outcome) -> Stepped {
        match came {
            Outcome::Left => Stepped::Left,
            Outcome::Asks(approval) => Stepped::Noted(Stand::Asking { tried, approval, since }),
            Outcome::Ended { is_ok: true, said, .. } => at.ended(End::Ok, &said, None),
            Outcome::Ended { .. } if at.run.cancel().is_cancelled() => at.ended(End::Cancelled, "stopped", None),
            Outcome::Ended { may_try: true, .. } if tried <= at.step.retries => {
                let wait = TRY_AFTER.saturating_mul(2_u32.saturating_pow(tried - 1));
                Stepped::Noted(Stand::Pending { tried, after: Some(after(self.clock.now(), wait)) })
            }
            Outcome::Ended { said, output, .. } => at.ended(End::Failed, &said, output),
        }
    }

    /// Does what a step is under its entry, or finds out what became of it.
    async fn perform(&self, at: &At<'_>, entry: Uuid, since: Millis) -> Result<Outcome> {
        let Asks::Action(action, arguments) = asks(at.step, at.vars, at.channel)? else {
            return Ok(failed("what it was is not known any more"));
        };
        let door = self.door()?;
        loop {
            let begun = self.store.audit_entry(&entry.to_string()).await?.is_some();
            if !begun && at.run.cancel().is_cancelled() {
                return Ok(failed("stopped before it was begun"));
            }
            let actor = match self.stand_in(at).await {
                Ok(Some(actor)) => actor,
                Ok(None) => {
                    return Ok(failed(&format!(
                        "{}, who ran it, is no longer in this guild",
                        at.permit.actor().mention()
                    )));
                }
                Err(error) => {
                    if self.pause(at, &error).await {
                        return Ok(failed("stopped before it was begun"));
                    }
                    continue;
                }
            };
            let left = at.step.timeout.saturating_sub(self.clock.now().since(since));
            let mut done = door.perform_once(actor.clone(), action, arguments.clone(), entry);
            let ended = tokio::select! {
                biased;
                ended = &mut done => Some(ended),
                () = at.run.cancel().cancelled() => None,
                () = tokio::time::sleep(left) => None,
            };
            let Some(ended) = ended else {
                let is_late = !at.run.cancel().is_cancelled();
                if let Some(row) = self.store.audit_entry(&entry.to_string()).await? {
                    door.stop(actor, &row.reference).await;
                }
                let ended = tokio::time::timeout(STOPS_BY, done).await;
                return Ok(match ended {
                    // It came to its end just then.
                    Ok(Ok(Some(Ended { came: Came::Done { ending: Ending::Done, card }, .. }))) => fine(&card),
                    Ok(Ok(Some(Ended { came: Came::Waits(approval), .. }))) => Outcome::Asks(approval),
                    Ok(_) if is_late => late(at.step.timeout),
                    Ok(_) => failed("stopped"),
                    Err(_) => unseen("was told to stop, and nobody saw that it did"),
                });
            };
            match ended {
                Ok(Some(ended)) => return Ok(came(ended)),
                Ok(None) => return self.on_record(at, entry).await,
                Err(error @ (Error::Busy(_) | Error::Internal { .. })) => {
                    if self.pause(at, &error).await {
                        return Ok(failed("stopped before it was begun"));
                    }
                }
                Err(error) => return Ok(failed(&error.to_string())),
            }
        }
    }

    /// What has an entry from before: what became of that.
    async fn on_record(&self, at: &At<'_>, entry: Uuid) -> Result<Outcome> {
        let mut events = self.store.events().after(self.store.last_event().await?);
        loop {
            let Some(row) = self.store.audit_entry(&entry.to_string()).await? else {
                return Ok(unseen("is not on record"));
            };
            if row.outcome != STARTED {
                return Ok(match row.approval_id.as_ref().and_then(|id| id.parse().ok()) {
                    Some(approval) if row.outcome == "waiting" => Outcome::Asks(approval),
                    _ => by_row(&row.outcome, row.detail.as_deref()),
                });
            }
            if let Some(ended) = self.door()?.follow(entry).await? {
                return Ok(came(ended));
            }
            tokio::select! {
                _ = events.next() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = at.run.cancel().cancelled() => return Ok(unseen("goes on without me")),
            }
        }
    }

    /// Waits for the answer to a question, and for what comes of a yes.
    async fn answered(&self, at: &At<'_>, approval: Uuid) -> Result<Outcome> {
        let guild = at.permit.actor().guild;
        let mut events = self.store.events().after(self.store.last_event().await?);
        let mut is_put = false;
        loop {
            let Some(asked) = self.store.approval(guild, approval).await? else {
                return Ok(failed("its question is gone"));
            };
            match asked.state {
                approvals::State::Open if !is_put => {
                    let Some(channel) = self.asks_in(at).await? else {
                        let why = "nobody can be asked: this guild has no ops channel";
                        self.store.close_approval(guild, approval, approvals::State::Expired, None, why).await?;
                        return Ok(failed(why));
                    };
                    self.door()?.ask(guild, approval, channel).await?;
                    is_put = true;
                }
                approvals::State::Open => {}
                approvals::State::Granted => {
                    let done = self.store.audit_of_approval(guild, approval, &asked.action).await?;
                    if let Some(row) = done {
                        let entry: Uuid = row.id.parse().unwrap_or_default();
                        return self.granted(at, entry, row.reference).await;
                    }
                }
                approvals::State::Dismissed => {
                    let by = asked.decided_by.map(|by| format!(" by <@{by}>")).unwrap_or_default();
                    let why =
                        asked.ended.filter(|why| why != "denied").map(|why| format!(": {}", base::card::code(why)));
                    return Ok(failed(&format!("denied{by}{}", why.unwrap_or_default())));
                }
                approvals::State::Expired => {
                    let why = asked.ended.unwrap_or_else(|| approvals::IN_TIME.to_owned());
                    return Ok(failed(&format!("not done: {why}")));
                }
            }
            tokio::select! {
                _ = events.next() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = at.run.cancel().cancelled() => {
                    let why = "its runbook was stopped";
                    self.store.close_approval(guild, approval, approvals::State::Expired, None, why).await?;
                    return Ok(failed("stopped"));
                }
            }
        }
    }

    /// Where its questions are put: in the thread of the incident that it runs for, as soon as that is there.
    async fn asks_in(&self, at: &At<'_>) -> Result<Option<u64>> {
        let asked = at.permit.action();
        let Some(around) = self.around.get().filter(|_| asked.incident.is_some() || asked.alert.is_some()) else {
            return Ok(at.channel);
        };
        let until = self.clock.now().plus(THREAD_BY);
        loop {
            let guild = at.permit.actor().guild;
            match around.spot(guild, asked.incident.as_deref(), asked.alert.as_deref()).await? {
                Spot::Thread(thread) => return Ok(Some(thread)),
                Spot::Coming if self.clock.now() < until && !at.run.cancel().is_cancelled() => {
                    tokio::time::sleep(THREAD_EVERY).await;
                }
                Spot::Coming | Spot::Nowhere => return Ok(at.channel),
            }
        }
    }

    /// Somebody said yes, and it is being done: what comes of it, within the step's time.
    async fn granted(&self, at: &At<'_>, entry: Uuid, reference: String) -> Result<Outcome> {
        let came = self.on_record(at, entry);
        let left = at.step.timeout;
        tokio::pin!(came);
        let is_late = tokio::select! {
            biased;
            came = &mut came => return came,
            () = at.run.cancel().cancelled() => false,
            () = tokio::time::sleep(left) => true,
        };
        if let Some(actor) = self.stand_in(at).await? {
            self.door()?.stop(actor, &reference).await;
        }
        match tokio::time::timeout(STOPS_BY, self.door()?.follow(entry)).await {
            Ok(Ok(Some(Ended { came: Came::Done { ending: Ending::Done, card }, .. }))) => Ok(fine(&card)),
            Ok(_) if is_late => Ok(late(at.step.timeout)),
            Ok(_) => Ok(failed("stopped")),
            Err(_) => Ok(unseen("was told to stop, and nobody saw that it did")),
        }
    }

    /// Whoever runs it, as they are now.
    async fn stand_in(&self, at: &At<'_>) -> Result<Option<Actor>> {
        let actor = at.permit.actor();
        let agent = format!("Runbook {}", at.book.name);
        self.door()?.stand_in(actor.guild, actor.user, &agent).await
    }

    /// Waits a moment before what could not be begun is tried again. The answer is whether the run was stopped meanwhile.
    async fn pause(&self, at: &At<'_>, error: &Error) -> bool {
        tracing::debug!(runbook.name = at.book.name, "a step waits: {error}");
        tokio::select! {
            () = tokio::time::sleep(AGAIN_AFTER) => false,
            () = at.run.cancel().cancelled() => true,
        }
    }

    async fn rest(&self, at: &At<'_>, until: Millis) {
        let left = until.since(self.clock.now());
        tokio::select! {
            () = tokio::time::sleep(left) => {}
            () = at.run.cancel().cancelled() => {}
        }
    }
}

impl At<'_> {
    fn ended(&self, end: End, said: &str, output: Option<String>) -> Stepped {
        // Masked before it is cut: half a secret is no longer recognised.
        let said = self.run.redactor().mask(said);
        let mut short: String = said.chars().take(SAID).collect();
        if short.len() < said.len() {
            short.push('…');
        }
        let name = self.step.name.clone();
        let output = output.map(|output| self.run.redactor().mask(&output).into_owned());
        Stepped::Noted(Stand::Ended(Line { name, end, said: short, output }))
    }
}

/// What a step's action came to is what the step came to.
fn came(ended: Ended) -> Outcome {
    match ended.came {
        Came::Left => Outcome::Left,
        Came::Waits(approval) => Outcome::Asks(approval),
        Came::Failed(error) => {
            let may_try = matches!(error, Error::Outside(_) | Error::Busy(_) | Error::Internal { .. });
            let said = match &error {
                Error::Outside(card) => card.plain_text(),
                other => other.to_string(),
            };
            Outcome::Ended { is_ok: false, may_try, said, output: None }
        }
        Came::Done { card, ending: Ending::Done } => fine(&card),
        Came::Done { card, ending } => Outcome::Ended {
            is_ok: false,
            may_try: ending == Ending::Failed,
            said: card.facts.join(" · "),
            output: printed(&card),
        },
    }
}

fn fine(card: &Card) -> Outcome {
    Outcome::Ended { is_ok: true, may_try: false, said: card.facts.join(" · "), output: None }
}

fn by_row(outcome: &str, detail: Option<&str>) -> Outcome {
    let said = detail.unwrap_or(outcome).to_owned();
    match outcome {
        "done" => Outcome::Ended { is_ok: true, may_try: false, said, output: None },
        "failed" => Outcome::Ended { is_ok: false, may_try: true, said, output: None },
        "interrupted" => unseen("was interrupted, and nobody saw how it ended"),
        _ => failed(&said),
    }
}

fn failed(said: &str) -> Outcome {
    Outcome::Ended { is_ok: false, may_try: false, said: said.to_owned(), output: None }
}

fn unseen(said: &str) -> Outcome {
    failed(said)
}

fn late(timeout: Duration) -> Outcome {
    failed(&format!("stopped: it took longer than {}", measure::span(timeout)))
}

/// The end of what it printed.
fn printed(card: &Card) -> Option<String> {
    let code = card.body.iter().rev().find_map(|block| match block {
        Block::Code { text, .. } => Some(text.trim_end()),
        _ => None,
    })?;
    let skipped = code.chars().count().saturating_sub(OUTPUT);
    Some(code.chars().skip(skipped).collect())
}
