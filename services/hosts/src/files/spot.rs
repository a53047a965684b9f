//! Where a path leads on its server, and whether that is open.
//!
//! **Invariant:** a path that leads out of what is open, by a link or otherwise, is refused before anything is opened; one that
//! does not even look as if it were inside is refused before the server is asked.

use base::{Error, Result, card::code};
use store::servers::Server;

use super::{
    FilePath, Files,
    path::{is_within, join, split},
    trouble::Tried,
};
use crate::ssh::{Sftp, SftpError};

/// A place in an open directory.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) server: Server,
    /// The canonical path.
    pub(super) path: String,
}

/// What becomes of a link that a path ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// What it leads to is meant.
    Followed,
    /// The link itself is meant.
    Itself,
}

impl Spot {
    /// The directory it is in.
    pub(super) fn directory(&self) -> &str {
        split(&self.path).0
    }

    /// What is said where something with it fails.
    pub(super) fn tried(&self, verb: &'static str, left: &'static str) -> Tried<'_> {
        Tried { verb, left, server: &self.server, path: &self.path }
    }
}

impl Files {
    /// Where a path leads.
    pub(super) async fn spot(
        &self,
        server: &Server,
        sftp: &Sftp,
        path: &FilePath,
        ending: Ending,
        (verb, left): (&'static str, &'static str),
    ) -> Result<Spot> {
        let roots = self.store.file_roots_of(server.guild, &server.id).await?;
        let path = whole(server, &roots, path)?;
        let tried = Tried { verb, left, server, path: &path };
        let leads = match ending {
            Ending::Followed => sftp.canonical(&path).await,
            Ending::Itself => {
                let (directory, name) = split(&path);
                sftp.canonical(directory).await.map(|directory| join(&directory, name))
            }
        };
        let leads = match leads {
            Ok(leads) => leads,
            Err(SftpError::Ssh(error)) => return Err(self.hosts.failed(server, error).await),
            Err(error) => return Err(tried.said(&error)),
        };
        if !roots.iter().any(|root| is_within(&leads, root)) {
            return Err(tried.because("A link on the way leads out of what is open to files there."));
        }
        Ok(Spot { server: server.clone(), path: leads })
    }
}

/// A path from the top, inside what is open as far as its name tells.
pub(super) fn whole(server: &Server, roots: &[String], path: &FilePath) -> Result<String> {
    let name = code(&server.name);
    let path = match (path.is_whole(), roots) {
        (_, []) => {
            return Err(Error::Invalid(format!(
                "No directory of {name} is open to files yet. `/file roots add` opens one. Nothing was done."
            )));
        }
        (true, _) => path.as_str().to_owned(),
        (false, [root]) => join(root, path.as_str()),
        (false, _) => {
            return Err(Error::Invalid(format!(
                "Several directories of {name} are open: type the whole path, from `/`. Nothing was done."
            )));
        }
    };
    if roots.iter().any(|root| is_within(&path, root)) {
        return Ok(path);
    }
    let roots: Vec<String> = roots.iter().map(code).collect();
    Err(Error::Invalid(format!(
        "{} is outside of what is open to files on {name}: {}. Nothing was done.",
        code(&path),
        roots.join(", ")
    )))
}
