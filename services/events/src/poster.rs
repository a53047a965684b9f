//! Fills the logs: one task for all of them, which writes posts and waits for none.
//!
//! **Invariant:** which events a card is about is claimed before it is written, and the post's key names them: whoever does the
//! same again after a kill writes nothing new.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use base::{Card, GuildId, Result, redact::Clean};
use store::{
    events::{Cursor, Event, Heard, Kind},
    log_channels::LogChannel,
    outbox::{NewPost, Pings, Standing, Urgency},
};
use tokio::time::Instant;

use crate::{Logs, fold, wanted::wants};

/// A channel gets one card within this at most; what happens meanwhile is folded into the next.
pub(crate) const EVERY: Duration = Duration::from_secs(5);
/// A channel that Discord refuses is tried again so often.
const TROUBLED_EVERY: Duration = Duration::from_mins(10);
/// Also those of which nothing was shown for so long are moved on, so that retention need not wait for them.
const SWEEP_EVERY: Duration = Duration::from_mins(10);
/// Events that one card is about at most.
const AT_ONCE: i64 = 10_000;
/// A database that is down is asked again so often.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// A guild's channel.
type Name = (GuildId, u64);

/// What the task remembers; all of it can be forgotten.
#[derive(Default)]
struct Memory {
    logs: Vec<LogChannel>,
    /// When each is to be looked at.
    due: BTreeMap<Name, Instant>,
    /// Nothing is shown before.
    resting: HashMap<Name, Instant>,
    /// The last post of each, until it is known what became of it.
    last_post: HashMap<Name, String>,
}

impl Memory {
    fn all_due(&mut self, at: Instant) {
        for log in &self.logs {
            self.due.entry((log.guild, log.channel)).or_insert(at);
        }
    }

    fn heard(&mut self, event: &Event, now: Instant) {
        for log in &self.logs {
            if event.guild.is_none_or(|guild| guild == log.guild) && wants(&log.kinds, event.kind) {
                self.due.entry((log.guild, log.channel)).or_insert(now + EVERY);
            }
        }
    }

    /// The next that is due, and when.
    fn next(&self) -> Option<(Name, Instant)> {
        let at =
            |(name, due): (&Name, &Instant)| (*name, self.resting.get(name).map_or(*due, |rests| (*rests).max(*due)));
        self.due.iter().map(at).min_by_key(|(_, at)| *at)
    }
}

impl Logs {
    /// Fills the logs, for ever. Only for the process that has the gateway.
    pub async fn fill(&self) {
        let mut memory = Memory::default();
        loop {
            if let Err(error) = self.follow(&mut memory).await {
                tracing::warn!("logs wait: {error}");
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    async fn follow(&self, memory: &mut Memory) -> Result<()> {
        let mut events = self.store.events().after(self.store.last_event().await?);
        memory.logs = self.store.all_log_channels().await?;
        let mut sweeps = tokio::time::interval(SWEEP_EVERY);
        loop {
            let next = memory.next();
            let due = async {
                match next {
                    Some((name, at)) => {
                        tokio::time::sleep_until(at).await;
                        name
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                heard = events.next() => match heard? {
                    Heard::Event(event) => {
                        if is_of_logs(&event) {
                            memory.logs = self.store.all_log_channels().await?;
                            memory.resting.retain(|(guild, _), _| Some(*guild) != event.guild);
                        }
                        memory.heard(&event, Instant::now());
                    }
                    Heard::Missed { .. } => memory.all_due(Instant::now()),
                },
                name = due => {
                    memory.due.remove(&name);
                    if let Err(error) = self.show(name, memory).await {
                        memory.due.insert(name, Instant::now() + EVERY);
                        return Err(error);
                    }
                }
                // The first is at once: what a process before this one left.
                _ = sweeps.tick() => memory.all_due(Instant::now()),
            }
        }
    }

    /// Shows what happened since the last card of a channel.
    async fn show(&self, name: Name, memory: &mut Memory) -> Result<()> {
        let Some(log) = memory.logs.iter().find(|log| (log.guild, log.channel) == name).cloned() else { return Ok(()) };
        let rest = match self.last_stands(&log, memory).await? {
            Standing::Waiting => Some(EVERY),
            Standing::Refused(_) => Some(TROUBLED_EVERY),
            Standing::Posted(_) => None,
        };
        if let Some(rest) = rest {
            let now = Instant::now();
            memory.resting.insert(name, now + rest);
            memory.due.insert(name, now);
            return Ok(());
        }
        let Some(cursor) = self.store.cursor(&log.cursor()).await? else { return Ok(()) };
        let (events, upto) = self.piece(&log, &cursor).await?;
        let redactor = self.redactor.of(log.guild);
        // What happens while they are off is not made up for.
        let shown = self.is_on(log.guild).await?.then(|| fold::card(&events, &log.kinds, cursor.missed, &redactor));
        let Some(card) = shown.flatten() else {
            if upto > cursor.seq {
                self.store.advance_cursor(&cursor, upto).await?;
            } else {
                self.store.see_cursor(&cursor.name).await?;
            }
            return Ok(());
        };
        if cursor.claimed.is_none() && upto > cursor.seq && !self.store.claim_events(&cursor, upto).await? {
            // Somebody else is at it, and sees the same.
            return Ok(());
        }
        let key = format!("log/{}/{}-{upto}", log.channel, cursor.seq + 1);
        self.post(&log, &key, &card.redacted(&redactor)).await?;
        self.store.advance_cursor(&cursor, upto).await?;
        memory.last_post.insert(name, key);
        memory.resting.insert(name, Instant::now() + EVERY);
        // There may be more than one card's worth.
        memory.due.insert(name, Instant::now() + EVERY);
        Ok(())
    }

    /// What the next card is about, and up to where: what was claimed before, or all there is.
    async fn piece(&self, log: &LogChannel, cursor: &Cursor) -> Result<(Vec<Event>, i64)> {
        let upto = match cursor.claimed {
            Some(claimed) => claimed,
            None => self.store.last_event().await?,
        };
        let events = self.store.events_of(log.guild, cursor.seq, upto, AT_ONCE).await?;
        let is_full = i64::try_from(events.len()).is_ok_and(|read| read == AT_ONCE);
        let upto = match events.last().filter(|_| is_full && cursor.claimed.is_none()) {
            Some(last) => last.seq,
            None => upto,
        };
        Ok((events, upto))
    }

    async fn post(&self, log: &LogChannel, key: &str, card: &Clean<Card>) -> Result<()> {
        let post = NewPost {
            guild: log.guild,
            channel: log.channel,
            key,
            urgency: Urgency::Background,
            card,
            answers: None,
            pings: Pings::default(),
        };
        self.store.post(post).await.map(drop)
    }

    /// What became of a channel's last card: the next does not go before it, and trouble is noted where people see it.
    async fn last_stands(&self, log: &LogChannel, memory: &mut Memory) -> Result<Standing> {
        let name = (log.guild, log.channel);
        let Some(key) = memory.last_post.get(&name) else { return Ok(Standing::Posted(0)) };
        let standing = self.store.post_of(log.guild, key).await?.map_or(Standing::Posted(0), |post| post.standing);
        let trouble = match &standing {
            Standing::Waiting => return Ok(standing),
            Standing::Refused(why) => Some(why.as_str()),
            Standing::Posted(_) => None,
        };
        memory.last_post.remove(&name);
        if trouble != log.trouble.as_deref() {
            self.store.note_log_trouble(log, trouble).await?;
            memory.logs = self.store.all_log_channels().await?;
        }
        Ok(standing)
    }
}

/// Whether it tells that a log was set up, changed or removed, by whichever process.
fn is_of_logs(event: &Event) -> bool {
    event.kind == Kind::ActionDone && event.text("action").is_some_and(|action| action.starts_with("log."))
}
