//! Runbooks: files that say what is done when something happens, run step by step, each step an action of the hub's.
//!
//! **Invariants:** commands come only from a file that somebody looked at and imported; what fills its variables is never read as
//! anything but text. A step is done as the person who runs the runbook, with every check anew, and under an entry of the audit log
//! that was noted before: a kill doubles none. What a step came to is what its action came to.

mod around;
mod book;
mod condition;
mod deeds;
mod door;
mod dry_run;
mod export;
mod fields;
mod heal;
mod http;
mod import;
mod list;
mod mistake;
mod name;
mod notify;
mod plan;
mod read;
mod remove;
mod run;
mod samples;
mod show;
mod template;
mod vars;
mod wrong;

use std::sync::{Arc, OnceLock, Weak};

use base::{Clock, Error, GuildId, Redactor, Result, yaml};
use store::{Store, runbooks::Runbook};

pub use base::yaml::LARGEST;

pub use around::{Around, ByItself, Spot};
pub use book::{Trigger, TriggerKind};
pub use door::{Came, Door, Ended, Foreseen};
pub use dry_run::DryRun;
pub use export::ExportRunbook;
pub use http::AskHttp;
pub use import::{ImportRunbook, ReadRunbook};
pub use list::ListRunbooks;
pub use mistake::told;
pub use name::BookName;
pub use notify::Notify;
pub use read::{Read, read};
pub use remove::RemoveRunbook;
pub use run::RunRunbook;
pub use samples::SAMPLES;
pub use show::ShowRunbook;
pub use wrong::Wrong;

/// The most runbooks of a guild.
const MOST: i64 = 100;
/// Runs of runbooks are listed for a quarter of a year, in milliseconds.
const KEPT: i64 = 90 * 24 * 3_600 * 1000;

/// What keeps runbooks and runs them.
pub struct Runbooks {
    store: Store,
    clock: Clock,
    redactor: Redactor,
    door: OnceLock<Weak<dyn Door>>,
    around: OnceLock<Arc<dyn Around>>,
}

impl Runbooks {
    /// Nothing is done before [`Self::know_door`].
    pub fn new(store: Store, clock: Clock, redactor: Redactor) -> Self {
        Self { store, clock, redactor, door: OnceLock::new(), around: OnceLock::new() }
    }

    /// Tells it how things are done. Whoever has the door keeps it: it leads back here, and would hold itself.
    pub fn know_door(&self, door: &Arc<dyn Door>) {
        // A process has one, and says so once.
        let _ = self.door.set(Arc::downgrade(door));
    }

    /// Tells it who knows of incidents and rules. Until then questions stand in the ops channel, and no rule is offered.
    pub fn know_around(&self, around: Arc<dyn Around>) {
        // A process says so once.
        let _ = self.around.set(around);
    }

    /// Forgets what is long over.
    pub async fn tidy(&self) -> Result<()> {
        self.store.forget_runbook_runs(base::Millis(self.clock.now().0 - KEPT)).await
    }

    fn door(&self) -> Result<Arc<dyn Door>> {
        let door = self.door.get().and_then(Weak::upgrade);
        door.ok_or_else(|| Error::Busy("I am still starting. Nothing was done; try again.".to_owned()))
    }

    async fn named(&self, guild: GuildId, name: &BookName) -> Result<Runbook> {
        let found = self.store.runbook(guild, name.as_str()).await?;
        found.ok_or_else(|| Error::NotFound { kind: "runbook", name: name.to_string() })
    }

    /// What is kept was read before; an older version of the program may have read it otherwise.
    fn book(kept: &Runbook) -> Result<Read> {
        read(&kept.source).map_err(|mistakes| {
            Error::Invalid(format!(
                "This version of me cannot read that runbook any more; import it again. Nothing was done.\n{}",
                told(mistakes)
            ))
        })
    }
}
