//! Reads the audit log: looks for entries, shows one, hands them out as a file. It never writes there.
//!
//! **Invariant:** a guild sees its own entries and no others.

mod export;
pub mod history;
mod line;
mod search;
mod show;
mod wanted;
mod when;

use base::Clock;
use store::Store;

pub use export::{ExportAudit, Exported};
pub use search::{Page, SearchAudit};
pub use show::{ShowEntry, Shown};
pub use wanted::{OUTCOMES, Wanted};

/// The log, for reading.
pub struct Log {
    store: Store,
    clock: Clock,
}

impl Log {
    /// The log of this database.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }
}
