//! The commands that people ran: which, where, how they ended, and for a while what they printed.
//!
//! **Invariant:** it is read from the audit log, and nothing of it is kept twice. A command is seen by whoever ran it and by whoever
//! may run the like there at this moment; nobody else hears that it was run.

mod export;
mod keep;
mod search;
mod show;
mod which;

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
};

use base::{Actor, Clock, Error, GuildId, Result};
use serde_json::Value;
use store::{
    Store,
    audit::{Entry, Page},
};

pub use export::ExportHistory;
pub use keep::KeepHistory;
pub use search::SearchHistory;
pub use show::ShowCommand;
pub use which::Which;

/// Read at a time.
const AT_ONCE: usize = 200;

/// Which commands somebody sees.
pub type Seen = Box<dyn Fn(&Entry) -> bool + Send + Sync>;
/// Looks up which commands somebody sees at this moment, besides their own.
pub type Eyes = Box<dyn Fn(Actor) -> Pin<Box<dyn Future<Output = Result<Seen>> + Send>> + Send + Sync>;

/// The history of commands.
pub struct History {
    store: Store,
    clock: Clock,
    eyes: OnceLock<Eyes>,
}

/// A part of it.
pub(crate) struct Part {
    pub(crate) entries: Vec<Entry>,
    /// The row that was looked at last, where there may be older ones.
    pub(crate) older_than: Option<i64>,
    /// How many were looked at, whoever may see them.
    pub(crate) looked_at: usize,
}

impl History {
    /// The history in this database.
    pub fn new(store: Store, clock: Clock) -> Arc<Self> {
        Arc::new(Self { store, clock, eyes: OnceLock::new() })
    }

    /// Tells it who sees what. Until then everybody sees their own.
    pub fn know_eyes(&self, eyes: Eyes) {
        // A process has one set of rules, and says so once.
        let _ = self.eyes.set(eyes);
    }

    /// The newest commands that fit and are seen by this person: at most `most`, of at most `looks` that are looked at.
    pub(crate) async fn part(
        &self,
        actor: &Actor,
        which: &Which,
        before: Option<i64>,
        (most, looks): (usize, usize),
    ) -> Result<Part> {
        let (filter, sees) = (which.filter(self.clock.now())?, self.sees(actor).await?);
        let mut part = Part { entries: Vec::new(), older_than: before, looked_at: 0 };
        loop {
            let page = part.older_than.map_or(Page::Newest, Page::Before);
            let found = self.store.search_audit(actor.guild, &filter, page, AT_ONCE).await?;
            for entry in found.entries {
                if part.entries.len() == most {
                    return Ok(part);
                }
                part.older_than = Some(entry.seq);
                part.looked_at += 1;
                if which.fits(&entry) && sees(&entry) {
                    part.entries.push(entry);
                }
            }
            if !found.more {
                return Ok(Part { older_than: None, ..part });
            }
            if part.looked_at >= looks {
                return Ok(part);
            }
        }
    }

    /// The newest command of this reference that this person sees.
    pub(crate) async fn find(&self, actor: &Actor, reference: &str) -> Result<Option<Entry>> {
        let sees = self.sees(actor).await?;
        let entries = self.store.audit_entries(actor.guild, reference).await?;
        Ok(entries.into_iter().find(|entry| which::is_command(entry) && sees(entry)))
    }

    /// What it printed, with its file's name; none where nothing of it is kept.
    pub(crate) async fn output(&self, guild: GuildId, entry: &Entry) -> Result<Option<(String, Vec<u8>)>> {
        let odd = |error| Error::internal("reading which command it was", anyhow::Error::from(error));
        if let Some(output) = self.store.output(guild, &entry.id).await? {
            return Ok(Some(output));
        }
        // What was printed before there was a history is a file of its run for a while.
        let run = self.store.run(entry.id.parse().map_err(odd)?).await?.filter(|run| run.guild == guild);
        match run {
            Some(run) => self.store.run_file(&run).await,
            None => Ok(None),
        }
    }

    async fn sees(&self, actor: &Actor) -> Result<Seen> {
        let others: Seen = match self.eyes.get() {
            Some(eyes) => eyes(actor.clone()).await?,
            None => Box::new(|_| false),
        };
        let me = actor.user.to_string();
        Ok(Box::new(move |entry| entry.actor_id == me || others(entry)))
    }
}

/// The command line of an entry; none of what is no line, as a terminal.
pub(crate) fn line(entry: &Entry) -> Option<String> {
    let arguments: Value = serde_json::from_str(&entry.arguments).ok()?;
    arguments["command"].as_str().map(str::to_owned)
}

/// What was run, and where: a plan without its verb.
pub(crate) fn what(entry: &Entry) -> &str {
    entry.plan.strip_prefix("Run ").unwrap_or(&entry.plan)
}
