//! What a model asked for, done through the hub like everything else, in the name of the person it answers.
//!
//! **Invariant:** a call is done under the entry that was noted for it, once, whoever asks for it how often.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use base::{Action, Actor, Error, GuildId, Result, UserId, Way, action::Ending, card::Card};
use conversations::{DelegateTask, NAME};
use futures::FutureExt;
use hub::{Ended, Hub, Outcome as Ends, runs::CancelJob};
use serde_json::{Value, json};
use store::{
    approvals::State,
    audit::{Entry as Audited, STARTED},
    conversations::Conversation as Row,
};
use uuid::Uuid;

use super::{Runner, Standing, kit};
use crate::{
    conversation::{Came, Doing, Event, Outcome, Stand},
    tools::{Catalogue, Entry as Tool, Fence, result},
};

/// What cannot be begun now is tried again after this.
const AGAIN: Duration = Duration::from_secs(2);
/// What somebody was is believed for so long where nothing rests on it.
const LATELY: Duration = Duration::from_secs(5);
/// What is done is done as who they are now, which no request to Discord says sooner than this.
const NOW: Duration = Duration::from_millis(250);
/// So often.
const TRIES: u32 = 15;
/// What another process does is looked at so often.
const LOOKS: Duration = Duration::from_secs(1);
/// People are told so much of what came of a call, in characters.
const LINE: usize = 160;

/// How what comes of a call is told to the model.
#[derive(Clone)]
pub(super) struct Voice {
    /// What it is marked as material with.
    pub(super) fence: Fence,
    /// So many bytes of it.
    pub(super) budget: usize,
}

impl Voice {
    /// A report of an action.
    fn report(&self, hub: &Hub, action: &str, report: &Value) -> String {
        let entry = hub.actions().find(|entry| entry.name == action);
        let tool = Catalogue::of(entry.map(kit::offered));
        let fields = tool.entries().first().map(Tool::narrowing).unwrap_or_default();
        self.fence.wrap(action, &result::told(report, self.budget, &fields))
    }

    /// Words that others wrote.
    fn aside(&self, what: &str, words: &str) -> String {
        self.fence.wrap(what, &result::cut(words, self.budget))
    }
}

/// Something to do.
pub(super) struct Deed {
    pub(super) guild: GuildId,
    pub(super) author: UserId,
    pub(super) entry: Uuid,
    pub(super) action: String,
    pub(super) arguments: Value,
}

/// Who a model acts as: the person it answers, as they are now.
pub(super) async fn actor(runner: &Runner, guild: GuildId, author: UserId) -> Result<Option<Actor>> {
    let actor = runner.hub.stand_in(guild, author, NAME).await?;
    Ok(actor.map(|actor| Actor { way: Way::Model, ..actor }))
}

/// The same as they were a moment ago, for what is only offered: whatever is done is asked for as they are then.
pub(super) async fn actor_lately(runner: &Arc<Runner>, guild: GuildId, author: UserId) -> Result<Option<Actor>> {
    let known = match within(runner, guild, author, LATELY) {
        Some(standing) => standing,
        None => ask_anew(runner, guild, author),
    };
    match known.await {
        Some(actor) => Ok(Some(actor)),
        None => actor(runner, guild, author).await,
    }
}

/// Asks for who they are now, for what is done with it at once.
pub(super) fn ask_anew(runner: &Arc<Runner>, guild: GuildId, author: UserId) -> Standing {
    let asks = Arc::clone(runner);
    let asked = async move {
        actor(&asks, guild, author).await.unwrap_or_else(|error| {
            tracing::debug!("who is answered is asked for again: {error}");
            None
        })
    };
    let (now, asked) = (runner.clock.now(), asked.boxed().shared());
    runner.lately.lock().unwrap_or_else(PoisonError::into_inner).insert((guild, author), (now, asked.clone()));
    // Whoever asked may go.
    tokio::spawn(asked.clone());
    asked
}

/// Who they are, where that was asked for no longer ago than this.
fn within(runner: &Runner, guild: GuildId, author: UserId, span: Duration) -> Option<Standing> {
    let now = runner.clock.now();
    let mut lately = runner.lately.lock().unwrap_or_else(PoisonError::into_inner);
    lately.retain(|_, (at, _)| now.since(*at) < LATELY);
    lately.get(&(guild, author)).filter(|(at, _)| now.since(*at) < span).map(|(_, standing)| standing.clone())
}

/// Does it, or finds out what became of it.
pub(super) async fn perform(runner: &Runner, call: String, deed: Deed, voice: Voice) -> Event {
    let mut tries = 0;
    loop {
        match attempt(runner, &deed, &voice).await {
            Ok(Done::Asked(approval)) => return Event::Asked { call, approval },
            Ok(Done::Ended(came)) => return Event::Ended { call, came },
            Err(error @ (Error::Busy(_) | Error::Internal { .. })) if tries < TRIES => {
                tries += 1;
                tracing::debug!(tries, "a call waits: {error}");
                tokio::time::sleep(AGAIN).await;
            }
            Err(error) => return Event::Ended { call, came: refusal(&error, None, &voice) },
        }
    }
}

/// How far it came.
enum Done {
    Asked(Uuid),
    Ended(Came),
}

async fn attempt(runner: &Runner, deed: &Deed, voice: &Voice) -> Result<Done> {
    let just_asked = match within(runner, deed.guild, deed.author, NOW) {
        Some(standing) => standing.await,
        None => None,
    };
    let found = match just_asked {
        Some(actor) => Some(actor),
        None => actor(runner, deed.guild, deed.author).await?,
    };
    let Some(actor) = found else {
        let text = format!("It was not done: <@{}> is no longer in this guild.", deed.author);
        return Ok(Done::Ended(plainly(Outcome::Refused, text, "is in nobody's name any more")));
    };
    // The assistant may be off by now, though what it wants to do is on.
    runner.hub.guilds().refuse_off(deed.guild, "jarvis.ask").await?;
    match runner.hub.perform_once(actor, &deed.action, deed.arguments.clone(), deed.entry).await? {
        Some(mut performing) => Ok(ended(&runner.hub, &deed.action, performing.ended().await, voice).await),
        None => on_record(runner, deed.entry, voice).await,
    }
}

/// What has an entry from before: what became of that.
async fn on_record(runner: &Runner, entry: Uuid, voice: &Voice) -> Result<Done> {
    let store = runner.hub.store();
    let mut events = store.events().after(store.last_event().await?);
    loop {
        let Some(row) = store.audit_entry(&entry.to_string()).await? else {
            let text = "Nobody saw what became of it: it is not on record.".to_owned();
            return Ok(Done::Ended(plainly(Outcome::Failed, text, "is not on record")));
        };
        if let Some(approval) = row.approval_id.as_ref().and_then(|id| id.parse().ok())
            && row.outcome == "waiting"
        {
            return Ok(Done::Asked(approval));
        }
        // A run keeps its report.
        if let Some(mut performing) = runner.hub.follow(entry).await? {
            return Ok(ended(&runner.hub, &row.action, performing.ended().await, voice).await);
        }
        if row.outcome != STARTED {
            let printed = store.output(GuildId(row.guild_id.parse().unwrap_or_default()), &row.id).await?;
            let printed = printed.map(|(_, printed)| String::from_utf8_lossy(&printed).into_owned());
            let report = runner.hub.report_of(entry).await?;
            return Ok(Done::Ended(by_row(&runner.hub, &row, (report, printed), voice)));
        }
        let _ = tokio::time::timeout(LOOKS, events.next()).await;
    }
}

/// Puts a question where people answer it, and waits for what becomes of it.
pub(super) async fn wait(
    runner: &Runner,
    row: &Row,
    call: String,
    author: UserId,
    approval: Uuid,
    voice: Voice,
) -> Event {
    loop {
        match answered(runner, row, author, approval, &voice).await {
            Ok(came) => return Event::Ended { call, came },
            Err(error) => {
                tracing::debug!("an answer is waited for again: {error}");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

async fn answered(runner: &Runner, row: &Row, author: UserId, approval: Uuid, voice: &Voice) -> Result<Came> {
    let (store, guild) = (runner.hub.store(), row.guild);
    let mut events = store.events().after(store.last_event().await?);
    let mut is_put = false;
    loop {
        let Some(asked) = store.approval(guild, approval).await? else {
            return Ok(plainly(Outcome::Denied, "Its question is gone; it was not done.".to_owned(), "was not done"));
        };
        match asked.state {
            State::Open if !is_put => {
                if let Some(thread) = row.place() {
                    runner.conversations.threads()?.ask(guild, approval, thread).await?;
                }
                is_put = true;
            }
            State::Open => {}
            State::Granted => {
                if let Some(done) = store.audit_of_approval(guild, approval, &asked.action).await? {
                    let entry = done.id.parse().unwrap_or_default();
                    return Ok(match on_record(runner, entry, voice).await? {
                        Done::Ended(came) => came,
                        Done::Asked(_) => {
                            plainly(Outcome::Failed, "It asks again; it was not done.".into(), "asks again")
                        }
                    });
                }
            }
            State::Dismissed => {
                let who = if asked.decided_by == Some(author) { "the person you answer" } else { "a person" };
                let by = asked.decided_by.map(|by| format!("no by <@{by}>"));
                let why = asked.ended.filter(|why| why != "denied");
                let reason =
                    why.as_ref().map(|why| format!(" The reason: {}", voice.aside("the reason a person gave", why)));
                let text = format!("It was not done: {who} said no.{}", reason.unwrap_or_default());
                return Ok(plainly(Outcome::Denied, text, &by.unwrap_or_else(|| "no".to_owned())));
            }
            State::Expired => {
                let why = asked.ended.unwrap_or_else(|| store::approvals::IN_TIME.to_owned());
                return Ok(plainly(Outcome::Denied, format!("It was not done: {why}."), &why));
            }
        }
        let _ = tokio::time::timeout(LOOKS, events.next()).await;
    }
}

/// Tells what is under way that it should stop.
pub(super) async fn halt(runner: &Runner, guild: GuildId, doing: &Doing) {
    let halted = async {
        let store = runner.hub.store();
        if let Stand::Asked(approval) = doing.stand {
            let why = "its conversation was stopped";
            store.close_approval(guild, approval, State::Expired, None, why).await?;
            runner.hub.forget_sealed(guild, approval).await;
        }
        let Some(row) = store.audit_entry(&doing.entry.to_string()).await?.filter(|row| row.outcome == STARTED) else {
            return Ok(());
        };
        let author = UserId(row.actor_id.parse().unwrap_or_default());
        let Some(actor) = runner.hub.stand_in(guild, author, NAME).await? else { return Ok(()) };
        let cancel = CancelJob { reference: row.reference };
        match runner.hub.perform(actor, cancel).ended().await.outcome {
            Ends::Failed(error) => Err(error),
            _ => Ok(()),
        }
    };
    if let Err(error) = halted.await {
        tracing::info!(tool = doing.name, "what a conversation had begun was not told to stop: {error}");
    }
}

/// What came of it, for the model and for people.
async fn ended(hub: &Hub, action: &str, ended: Ended, voice: &Voice) -> Done {
    let reference = ended.record.map(|record| record.reference);
    Done::Ended(match ended.outcome {
        Ends::Waits(waiting) => return Done::Asked(waiting.approval),
        // This process stops, and the next one asks again.
        Ends::Left => std::future::pending().await,
        Ends::Failed(error) => refusal(&error, reference, voice),
        Ends::Done { card, report, ending } => {
            let outcome = if ending == Ending::Done { Outcome::Done } else { Outcome::Failed };
            let report =
                if outcome == Outcome::Done { report } else { json!({ "ended": ending.as_str(), "report": report }) };
            let tokens = if action == DelegateTask::NAME { tokens(&report) } else { 0 };
            Came { outcome, text: voice.report(hub, action, &report), line: line(&card), reference, tokens }
        }
    })
}

/// What was handed on is paid for by whoever handed it on.
fn tokens(report: &Value) -> u64 {
    report["tokens"].as_u64().or_else(|| report["report"]["tokens"].as_u64()).unwrap_or_default()
}

/// What a person reads of a card in one line: its facts, or its first words.
fn line(card: &Card) -> String {
    let words = if card.facts.is_empty() { card.title.replace("**", "") } else { card.facts.join(" · ") };
    let line: String = words.chars().filter(|letter| *letter != '\n').take(LINE).collect();
    if line.chars().count() < words.chars().count() { format!("{line}…") } else { line }
}

fn refusal(error: &Error, reference: Option<String>, voice: &Voice) -> Came {
    let (outcome, line) = match error {
        Error::Forbidden { grant, .. } => (Outcome::Refused, format!("takes {grant}")),
        Error::Off { feature } => (Outcome::Refused, format!("{feature} is off")),
        Error::Outside(card) => (Outcome::Failed, card.title.replace("**", "")),
        other => (Outcome::Failed, other.to_string()),
    };
    let line: String = line.chars().filter(|letter| *letter != '\n').take(LINE).collect();
    // What a machine said may be in it.
    Came { outcome, text: voice.aside("why it was not done", &error.to_string()), line, reference, tokens: 0 }
}

fn by_row(hub: &Hub, row: &Audited, (report, printed): (Option<Value>, Option<String>), voice: &Voice) -> Came {
    let outcome = match row.outcome.as_str() {
        "done" => Outcome::Done,
        "refused" => Outcome::Refused,
        _ => Outcome::Failed,
    };
    let detail = row.detail.as_deref().unwrap_or_default();
    let line = if detail.is_empty() { row.outcome.as_str() } else { detail };
    let line = line.chars().filter(|letter| *letter != '\n').take(LINE).collect();
    let told = match report {
        Some(report) if outcome == Outcome::Done => report,
        Some(report) => json!({ "ended": row.outcome, "report": report }),
        None => json!({ "ended": row.outcome, "detail": detail, "output": printed }),
    };
    let text = voice.report(hub, &row.action, &told);
    Came { outcome, text, line, reference: Some(row.reference.clone()), tokens: 0 }
}

fn plainly(outcome: Outcome, text: String, line: &str) -> Came {
    Came { outcome, text, line: line.chars().take(LINE).collect(), reference: None, tokens: 0 }
}
