//! What files were before they were changed is kept for a while, and then forgotten; what a dead process left beside them, too.
//!
//! **Invariant:** a server that does not answer, or does not let go of what it keeps, stands in no other's way.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use base::{Millis, Result};
use store::{file_parts::FilePart, file_versions::FileVersion};

use super::{Files, swap::removed};
use crate::ssh::{Sftp, SftpError};

/// Nobody undoes what is older.
const KEPT: Duration = Duration::from_hours(14 * 24);
/// A server that was not there for so long keeps what it keeps.
const WAITED_FOR: Duration = Duration::from_hours(30 * 24);
/// So many are looked at at a time.
const AT_ONCE: i64 = 500;

/// What a server is to let go of.
trait Old {
    fn server(&self) -> &str;
    fn at(&self) -> Millis;
    /// Takes it away there; what is gone already is no trouble.
    fn remove(&self, sftp: &Sftp) -> impl Future<Output = Result<(), SftpError>> + Send;
    fn forget(&self, files: &Files) -> impl Future<Output = Result<()>> + Send;
}

impl Old for FileVersion {
    fn server(&self) -> &str {
        &self.server
    }

    fn at(&self) -> Millis {
        self.at
    }

    async fn remove(&self, sftp: &Sftp) -> Result<(), SftpError> {
        removed(sftp, self).await
    }

    async fn forget(&self, files: &Files) -> Result<()> {
        files.store.forget_file_version(self.guild, &self.id).await.map(drop)
    }
}

impl Old for FilePart {
    fn server(&self) -> &str {
        &self.server
    }

    fn at(&self) -> Millis {
        self.at
    }

    async fn remove(&self, sftp: &Sftp) -> Result<(), SftpError> {
        match sftp.remove(&self.path).await {
            Err(SftpError::NotThere) => Ok(()),
            removed => removed,
        }
    }

    async fn forget(&self, files: &Files) -> Result<()> {
        files.store.forget_file_part(self.guild, &self.id).await
    }
}

impl Files {
    /// Forgets old versions and what nobody writes any more, on their servers first. What cannot be reached is tried again when
    /// this is called next.
    pub async fn tidy(&self) -> Result<()> {
        let (old, mut silent) = (self.ago(KEPT), HashSet::new());
        let mut after = String::new();
        loop {
            let parts = self.store.file_parts(&after, AT_ONCE).await?;
            let Some(last) = parts.last() else { break };
            after.clone_from(&last.id);
            let left = parts.into_iter().filter(|part| !self.written.has(part));
            self.let_go(left, &mut silent).await?;
        }
        after.clear();
        loop {
            let versions = self.store.old_file_versions(old, &after, AT_ONCE).await?;
            let Some(last) = versions.last() else { return Ok(()) };
            after.clone_from(&last.id);
            self.let_go(versions, &mut silent).await?;
        }
    }

    fn ago(&self, span: Duration) -> Millis {
        Millis(self.clock.now().0 - i64::try_from(span.as_millis()).unwrap_or_default())
    }

    /// Has each server remove what is its own. One that is `silent` is not asked again.
    async fn let_go<T: Old>(&self, old: impl IntoIterator<Item = T>, silent: &mut HashSet<String>) -> Result<()> {
        let (given_up, servers) = (self.ago(WAITED_FOR), self.hosts.all());
        let mut by_server: BTreeMap<String, Vec<T>> = BTreeMap::new();
        for one in old {
            by_server.entry(one.server().to_owned()).or_default().push(one);
        }
        for (id, all) in by_server {
            let server = servers.iter().find(|server| server.id == id && !silent.contains(&id));
            let mut sftp = match server {
                Some(server) => self.session_on(server).await.ok(),
                None => None,
            };
            for one in all {
                let gone = match &sftp {
                    Some(sftp) => one.remove(sftp).await,
                    None => Err(SftpError::Lost),
                };
                if gone.is_ok() || one.at() < given_up {
                    one.forget(self).await?;
                }
                if gone.is_err_and(|error| error.leaves_it_open()) {
                    sftp = None;
                    silent.insert(id.clone());
                }
            }
        }
        Ok(())
    }
}
