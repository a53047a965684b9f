//! Has things done at their time: what is due is claimed, done as whoever made the schedule, and told.
//!
//! **Invariants:** a moment is claimed once, by its row, before anything is done; its entry in the audit log is chosen with the claim, and
//! what has an entry is not done again. Whatever is done goes through the [`Door`], as the person is at that moment.

mod add;
mod door;
pub mod due;
mod list;
mod name;
pub mod options;
mod pause;
mod remove;
mod resume;
mod run;
mod show;
mod told;
pub mod when;
mod work;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, OnceLock, Weak},
};

use base::{Clock, Error, Redactor, Result};
use store::{Store, schedules::Schedule};

pub use add::AddSchedule;
pub use door::{Came, Door, Ended, Foreseen, Offered};
pub use list::ListSchedules;
pub use name::ScheduleName;
pub use pause::PauseSchedule;
pub use remove::RemoveSchedule;
pub use resume::ResumeSchedule;
pub use run::RunSchedule;
pub use show::ShowSchedule;
pub use work::Job;

/// The most schedules of a guild, and of one person in it: each is looked at whenever it is due.
const MOST: (i64, i64) = (200, 50);

/// What a schedule cannot do: what stops or answers what is going on now, what a person must have seen, what only a person
/// uses where they are, and schedules themselves.
const NEVER: [&str; 6] =
    ["job.cancel", "server.pin", "server.pin-many", "server.terminal", "server.invite", "server.end_terminal"];

/// What has things done at their time.
pub struct Schedules {
    store: Store,
    clock: Clock,
    redactor: Redactor,
    door: OnceLock<Weak<dyn Door>>,
    /// This process, in the rows of what it has claimed.
    holder: String,
    /// The schedules it does something of just now.
    busy: Mutex<HashSet<String>>,
}

impl Schedules {
    /// Nothing is done before [`Self::know_door`].
    pub fn new(store: Store, clock: Clock, redactor: Redactor) -> Self {
        let holder = clock.id().to_string();
        Self { store, clock, redactor, door: OnceLock::new(), holder, busy: Mutex::default() }
    }

    /// Tells it how things are done. Whoever has the door keeps it: it leads back here, and would hold itself.
    pub fn know_door(&self, door: &Arc<dyn Door>) {
        // A process has one, and says so once.
        let _ = self.door.set(Arc::downgrade(door));
    }

    /// This process, in the rows of what it has claimed.
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// Whether it can be read: for whoever typed it alone, before anything is asked for.
    pub fn can_be_read(&self, asked: &AddSchedule) -> Result<()> {
        self.read(asked, self.clock.now()).map(drop)
    }

    /// What can be scheduled: what has options that can be written, none of them a secret.
    pub fn offered(&self) -> Vec<Offered> {
        let Ok(door) = self.door() else { return Vec::new() };
        let can_be = |offered: &Offered| {
            !NEVER.contains(&offered.name)
                && !offered.name.starts_with("schedule.")
                && options::fields(&offered.schema).is_some()
        };
        door.actions().into_iter().filter(can_be).collect()
    }

    fn door(&self) -> Result<Arc<dyn Door>> {
        self.door
            .get()
            .and_then(Weak::upgrade)
            .ok_or_else(|| Error::Busy("I am still starting. Nothing was done; try again.".to_owned()))
    }

    async fn named(&self, guild: base::GuildId, name: &ScheduleName) -> Result<Schedule> {
        let found = self.store.schedule(guild, name.as_str()).await?;
        found.ok_or_else(|| Error::NotFound { kind: "schedule", name: name.to_string() })
    }
}
