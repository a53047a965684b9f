//! What files were before they were changed is kept for a while, and then forgotten.

use std::{collections::BTreeMap, time::Duration};

use base::{Millis, Result};
use store::file_versions::FileVersion;

use super::Files;

/// Nobody undoes what is older.
const KEPT: Duration = Duration::from_hours(14 * 24);
/// A server that was not there for so long keeps what it keeps.
const WAITED_FOR: Duration = Duration::from_hours(30 * 24);
/// So many go at a time.
const AT_ONCE: i64 = 500;

impl Files {
    /// Forgets old versions, on their servers first. What cannot be reached is tried again when this is called next.
    pub async fn tidy(&self) -> Result<()> {
        let ago = |span: Duration| Millis(self.clock.now().0 - i64::try_from(span.as_millis()).unwrap_or_default());
        let (old, given_up) = (ago(KEPT), ago(WAITED_FOR));
        let mut by_server: BTreeMap<String, Vec<FileVersion>> = BTreeMap::new();
        for version in self.store.old_file_versions(old, AT_ONCE).await? {
            by_server.entry(version.server.clone()).or_default().push(version);
        }
        let servers = self.hosts.all();
        for (id, versions) in by_server {
            let server = servers.iter().find(|server| server.id == id);
            let sftp = match server {
                Some(server) => self.session_on(server).await.ok(),
                None => None,
            };
            for version in versions {
                match &sftp {
                    Some(sftp) => self.forget(sftp, &version).await,
                    None if version.at < given_up => {
                        self.store.forget_file_version(version.guild, &version.id).await?;
                    }
                    None => {}
                }
            }
        }
        Ok(())
    }
}
