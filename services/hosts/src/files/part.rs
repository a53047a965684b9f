//! What is written beside a file before it takes its place.
//!
//! **Invariants:** a part's row is there before it is, and goes after it; one path is changed by one at a time; a part's name is
//! no other's, so what a dead process left stands in nobody's way, and is removed by the next one.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use base::Result;
use sha2::{Digest, Sha256};
use store::{Store, file_parts::FilePart};

use super::{Files, path::join, spot::Spot, trouble::Tried};
use crate::ssh::{Handle, Sftp, SftpError};

/// The paths that this process writes at this moment, each with its server's id. A clone is the same list.
#[derive(Debug, Clone, Default)]
pub(super) struct Written(Arc<Mutex<HashSet<(String, String)>>>);

impl Written {
    fn paths(&self) -> MutexGuard<'_, HashSet<(String, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a path; none where somebody has it.
    fn take(&self, server: &str, path: &str) -> Option<Alone> {
        let of = (server.to_owned(), path.to_owned());
        self.paths().insert(of.clone()).then(|| Alone(self.clone(), of))
    }

    /// Whether somebody writes it just now.
    pub(super) fn has(&self, part: &FilePart) -> bool {
        self.paths().contains(&(part.server.clone(), part.path.clone()))
    }
}

/// A path that nobody else writes meanwhile.
pub(super) struct Alone(Written, (String, String));

impl Drop for Alone {
    fn drop(&mut self) {
        self.0.paths().remove(&self.1);
    }
}

/// A new file beside the one that it is to replace. Dropped before it took its place, it is removed.
pub(super) struct Part {
    pub(super) path: String,
    left: Option<Left>,
}

/// What there is to do for a part that is given up.
struct Left {
    sftp: Arc<Sftp>,
    store: Store,
    row: FilePart,
    _alone: Alone,
}

impl Left {
    async fn remove(self) {
        match self.sftp.remove(&self.row.path).await {
            Ok(()) | Err(SftpError::NotThere) => self.forget().await,
            Err(error) => tracing::warn!(%error, "what was written beside a file is removed later"),
        }
    }

    async fn forget(self) {
        if let Err(error) = self.store.forget_file_part(self.row.guild, &self.row.id).await {
            tracing::warn!("what was written beside a file is still on the list: {error}");
        }
    }
}

impl Part {
    /// It took its place.
    pub(super) async fn stays(mut self) {
        if let Some(left) = self.left.take() {
            left.forget().await;
        }
    }

    pub(super) async fn remove(mut self) {
        if let Some(left) = self.left.take() {
            left.remove().await;
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let Some(left) = self.left.take() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(left.remove());
        }
    }
}

impl Files {
    /// Takes the path for one change: what another one keeps of it is not taken for a change that never took place.
    pub(super) fn alone(&self, spot: &Spot, tried: &Tried<'_>) -> Result<Alone> {
        self.alone_at(spot, &spot.path, tried)
    }

    fn alone_at(&self, spot: &Spot, path: &str, tried: &Tried<'_>) -> Result<Alone> {
        let taken = self.written.take(&spot.server.id, path);
        taken.ok_or_else(|| tried.because("Somebody else changes it just now."))
    }

    /// Makes a part for a path.
    pub(super) async fn part(&self, sftp: &Arc<Sftp>, spot: &Spot, tried: &Tried<'_>) -> Result<(Part, Handle)> {
        let id = self.clock.id().to_string();
        let of = hex::encode(Sha256::digest(spot.path.as_bytes()));
        let path = join(spot.directory(), &format!(".nebula-{}-{id}.part", &of[..16]));
        let alone = self.alone_at(spot, &path, tried)?;
        let (guild, server) = (spot.server.guild, spot.server.id.clone());
        let row = FilePart { id, guild, server, path: path.clone(), at: self.clock.now() };
        self.store.note_file_part(&row).await?;
        let left = Left { sftp: Arc::clone(sftp), store: self.store.clone(), row, _alone: alone };
        // From here on it may be there, also where nobody waits for it any more.
        let part = Part { path, left: Some(left) };
        match sftp.create(&part.path).await {
            Ok(handle) => Ok((part, handle)),
            Err(error) => {
                part.remove().await;
                Err(tried.failed(sftp, &error, spot.directory()).await)
            }
        }
    }
}
