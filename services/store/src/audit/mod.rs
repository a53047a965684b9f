//! The audit log: a row before the world is touched, another after, and none is ever changed.
//!
//! **Invariant:** every row carries the hash of the one before it, and its own covers every column. Only `chain` adds rows.

mod adopt;
mod chain;
mod entry;
mod guard;
mod row;
mod search;
mod verify;
mod writer;

use base::{Actor, Result, gate::Request};
use uuid::Uuid;

use crate::{
    Store,
    runs::{Kept, NewRun, RunEnd},
};
pub use entry::Entry;
pub use search::{Filter, Found, Kind, Page};
pub use verify::{Break, Verified, Wrong};

pub(crate) use chain::{insert, next as next_stride};
pub(crate) use guard::guard;
pub(crate) use row::Row;
pub(crate) use writer::Writer;

/// The outcome of what runs.
pub const STARTED: &str = "started";
/// The outcome of what waits for somebody's yes.
pub const WAITING: &str = "waiting";

/// An entry to write.
#[derive(Debug)]
pub struct NewEntry<'a> {
    /// Who asks.
    pub actor: &'a Actor,
    /// What for.
    pub request: &'a Request,
    /// The approval it runs under or waits for.
    pub approval: Option<Uuid>,
    /// `started`, or how it ended already.
    pub outcome: &'static str,
    /// In words, where there is more to say.
    pub detail: Option<String>,
    /// Its id, where it was chosen before; one that is on record already cannot be written again.
    pub id: Option<Uuid>,
    /// The durable run that does it: the two are written together.
    pub run: Option<NewRun>,
}

impl Store {
    /// Writes an entry's first row; the answer is its id and reference. It is there when this returns.
    pub async fn write_audit(&self, entry: NewEntry<'_>) -> Result<(Uuid, String)> {
        let id = entry.id.unwrap_or_else(|| self.clock.id());
        let row = Row::first(id, self.clock.now(), &entry);
        let reference = row.reference.clone();
        let reply_to = entry.actor.reply_to.clone().filter(|_| [STARTED, WAITING].contains(&entry.outcome));
        self.writer.begin(row, reply_to, entry.run).await?;
        Ok((id, reference))
    }

    /// Writes the row that ends an entry, once: one that has ended stays as it is, and the answer is whether this ended it.
    pub async fn complete_audit(&self, id: Uuid, outcome: &str, detail: Option<String>) -> Result<bool> {
        let kept = self.writer.end(id.to_string(), self.clock.now(), outcome.to_owned(), detail, None).await?;
        Ok(kept == Kept::Yes)
    }

    /// Ends a durable run and its entry together. The answer is whether this ended it: somebody else may have it by now, or
    /// somebody cancelled it.
    pub async fn end_run(&self, id: Uuid, outcome: &str, detail: Option<String>, end: RunEnd) -> Result<Kept> {
        self.writer.end(id.to_string(), self.clock.now(), outcome.to_owned(), detail, Some(end)).await
    }

    /// Ends every entry a process left behind when it died, but for durable runs: those go on. Only for whoever holds the
    /// database's lock.
    pub async fn interrupt_audit(&self) -> Result<Vec<Entry>> {
        let mut interrupted = Vec::new();
        for id in self.running_entries().await? {
            let detail = Some("Nebula stopped before it ended".to_owned());
            let kept = self.writer.end(id.clone(), self.clock.now(), "interrupted".to_owned(), detail, None).await?;
            if kept == Kept::Yes {
                interrupted.extend(self.audit_entry(&id).await?);
            }
        }
        Ok(interrupted)
    }
}
