//! Files on servers, over SFTP: looked at, fetched, put, edited, moved and removed inside directories that a guild opened.
//!
//! - `path` is what people type; `spot` finds out where it leads; `roots` are the directories that are open.
//! - `list` and `get` look; `write`, `shift`, `remove` and `undo` change; `swap` is how what is there is replaced,
//!   by a `part` beside it; `old` forgets what is no longer needed.
//! - `form` and `draft` prepare a change: what is there, and what would be different.
//! - `names` completes paths. `link` and `receive` carry what is too large for a message.
//!
//! **Invariants:** where a path leads is asked of the server, links followed, and only what lies inside an open directory is
//! opened; what was opened is looked at once more. A file is replaced in one step or not at all, its mode and owner kept, and
//! what was there before stays on the server until it is forgotten.

mod draft;
mod form;
mod get;
mod link;
mod list;
mod names;
mod old;
mod part;
mod path;
mod read;
mod receive;
mod remove;
mod roots;
mod shape;
mod shift;
mod spot;
mod swap;
mod trouble;
mod undo;
mod write;

use std::{sync::Arc, time::Duration};

use base::{Clock, GuildId, Result, ServerName};
use store::{Store, servers::Server};

use crate::{
    Hosts,
    ssh::{Sftp, SftpError},
};

pub use draft::{DraftFile, Drafted, Only};
pub use form::{OpenFile, Opened};
pub use get::GetFile;
pub use link::{Piece, ShowLink, Taken, Wanted, Way};
pub use list::ListFiles;
pub use path::FilePath;
pub use receive::ReceiveFile;
pub use remove::RemoveFile;
pub use roots::{AllowRoot, ForbidRoot, ListRoots};
pub use shape::{EditFile, Shape};
pub use shift::MoveFile;
pub use undo::UndoFile;
pub use write::WriteFile;

/// The largest file that goes through a message, also where Discord takes more: it is held in memory.
pub const LARGEST_ATTACHMENT: u64 = 25 * 1024 * 1024;

/// How long a change may take: what is there is fetched to be hashed, and a slow line carries a few hundred kilobytes a second.
const DEADLINE: Duration = Duration::from_mins(15);

/// Files on servers.
pub struct Files {
    hosts: Arc<Hosts>,
    store: Store,
    clock: Clock,
    names: names::Names,
    links: link::Links,
    written: part::Written,
}

impl Files {
    /// Nothing is connected yet.
    pub fn new(hosts: Arc<Hosts>) -> Self {
        let (store, clock) = (hosts.store.clone(), hosts.clock.clone());
        Self {
            hosts,
            store,
            clock,
            names: names::Names::default(),
            links: link::Links::default(),
            written: part::Written::default(),
        }
    }

    /// A server and a session on it.
    async fn session(&self, guild: GuildId, name: &ServerName) -> Result<(Server, Sftp)> {
        let server = self.hosts.find(guild, name)?;
        let sftp = self.session_on(&server).await?;
        Ok((server, sftp))
    }

    /// Another session on a server, after a while: on that very server, whatever its name stands for by now.
    async fn session_again(&self, spot: &spot::Spot) -> Result<Sftp> {
        let name = spot.server.name.parse()?;
        let (server, sftp) = self.session(spot.server.guild, &name).await?;
        if server.id != spot.server.id {
            return Err(link::over(spot, "Another server has its name now."));
        }
        Ok(sftp)
    }

    async fn session_on(&self, server: &Server) -> Result<Sftp> {
        let target = self.hosts.ready(server).await?;
        match self.hosts.pool.sftp(&server.id, &target).await {
            Ok(sftp) => {
                self.hosts.seen(server).await;
                Ok(sftp)
            }
            Err(SftpError::Ssh(error)) => Err(self.hosts.failed(server, error).await),
            Err(error) => {
                let tried = trouble::Tried { verb: "reach files", left: "Nothing was done.", server, path: "/" };
                Err(tried.said(&error))
            }
        }
    }
}
