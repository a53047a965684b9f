//! Keeps what a command printed, for the history of what was run.
//!
//! **Invariant:** it is masked before it is kept, and kept before the command's end is on record.

use std::{borrow::Cow, sync::Arc};

use base::{GuildId, Redactor, Result};
use store::{Store, command_outputs::NewOutput};
use uuid::Uuid;

/// Of which command it is.
#[derive(Debug)]
pub struct Printed {
    /// Its entry in the audit log.
    pub entry: Uuid,
    /// Whose it is.
    pub guild: GuildId,
    /// The run it was one command of, where that runs several.
    pub run: Option<Uuid>,
    /// What its file is called.
    pub name: String,
    /// What stands above it where several are read as one.
    pub heading: String,
}

impl Printed {
    /// Keeps it. The answer is what is kept, and whether it was.
    pub async fn keep(
        self,
        log: Option<Vec<u8>>,
        store: &Store,
        redactor: &Redactor,
    ) -> (Option<Arc<Vec<u8>>>, Result<()>) {
        let bytes = log.map(|log| match redactor.mask_bytes(&log) {
            Cow::Owned(masked) => Arc::new(masked),
            Cow::Borrowed(_) => Arc::new(log),
        });
        let Self { entry, guild, run, name, heading } = self;
        let heading = redactor.mask(&heading).into_owned();
        let kept = store.keep_output(NewOutput { entry, guild, run, name, heading, bytes: bytes.clone() }).await;
        (bytes, kept)
    }

    /// The same, where the command's card still has it if it cannot be kept.
    pub async fn try_keep(self, log: Option<Vec<u8>>, store: &Store, redactor: &Redactor) -> Option<Arc<Vec<u8>>> {
        let (bytes, kept) = self.keep(log, store, redactor).await;
        if let Err(error) = kept {
            tracing::warn!("what a command printed is not in the history: {error}");
        }
        bytes
    }
}
