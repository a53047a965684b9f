//! Files of a server over SFTP: one session on one channel, its requests in flight together.
//!
//! **Invariants:** what was opened is what stands at that name, not what somebody put there in between; memory is bounded by
//! what is in flight, however large a file is; every request has a deadline.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, join_all};
use futures::stream::FuturesOrdered;
use futures::{FutureExt, StreamExt};
use russh::ChannelMsg;
use russh_sftp::client::rawsession::Limits;
use russh_sftp::client::{Config, RawSftpSession, error::Error};
use russh_sftp::extensions::{FSYNC, HARDLINK, LIMITS, STATVFS};
use russh_sftp::protocol::{FileAttributes, OpenFlags, Packet, StatusCode};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::exec;
use super::slot::{Connection, Slot};
use super::{SshError, Target};

/// A host that does not answer a request within this is given up.
const PATIENCE: Duration = Duration::from_secs(20);
/// OpenSSH's own limit for a packet.
const PACKET: u32 = 256 * 1024;
/// What a read or write of a server that names no limit carries.
const PIECE: u64 = 32 * 1024;
/// What is larger is asked for in several requests, also where a server takes more.
const LARGEST_PIECE: u64 = 255 * 1024;
/// Bytes in flight: enough for a gigabit at 30 ms.
const IN_FLIGHT: u64 = 4 * 1024 * 1024;
/// The extension that replaces what is there in one step.
const REPLACE: &str = "posix-rename@openssh.com";
/// A file system's flag: nothing can be written.
const READ_ONLY: u64 = 1;

/// Why something with a file did not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SftpError {
    #[error(transparent)]
    Ssh(#[from] SshError),
    #[error("it offers no SFTP")]
    NoSftp,
    #[error("it is not there")]
    NotThere,
    #[error("permission denied")]
    Denied,
    /// OpenSSH says no more of a full disk, a read-only file system, or a name that is taken.
    #[error("it did not work")]
    Failed,
    #[error("its SFTP cannot do that")]
    Unsupported,
    #[error("no answer within {} s", PATIENCE.as_secs())]
    Silent,
    #[error("the connection was lost")]
    Lost,
    /// Between looking and opening something else was put there.
    #[error("something else was put there just now")]
    Moved,
}

impl From<Error> for SftpError {
    fn from(error: Error) -> Self {
        match error {
            Error::Status(status) => match status.status_code {
                StatusCode::NoSuchFile => Self::NotThere,
                StatusCode::PermissionDenied => Self::Denied,
                StatusCode::OpUnsupported => Self::Unsupported,
                StatusCode::ConnectionLost | StatusCode::NoConnection => Self::Lost,
                _ => Self::Failed,
            },
            Error::Timeout => Self::Silent,
            Error::Limited(_) => Self::Failed,
            Error::IO(_) | Error::UnexpectedPacket | Error::UnexpectedBehavior(_) => Self::Lost,
        }
    }
}

impl SftpError {
    /// Whether what was asked for may have been done, or be done yet: no answer came.
    pub fn leaves_it_open(&self) -> bool {
        matches!(self, Self::Silent | Self::Lost | Self::Ssh(_))
    }
}

type Answer<T> = Result<T, SftpError>;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Directory,
    Link,
    /// A device, a pipe, a socket.
    Other,
}

/// What is known of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    pub kind: Kind,
    pub size: u64,
    /// Its permission bits, set-user-id and the like among them.
    pub mode: u32,
    pub user: u32,
    pub group: u32,
    /// Seconds since 1970.
    pub changed: u32,
}

impl Facts {
    fn of(attributes: &FileAttributes) -> Self {
        let mode = attributes.permissions.unwrap_or_default();
        Self {
            kind: match mode & 0o170_000 {
                0o100_000 => Kind::File,
                0o040_000 => Kind::Directory,
                0o120_000 => Kind::Link,
                _ => Kind::Other,
            },
            size: attributes.size.unwrap_or_default(),
            mode: mode & 0o7777,
            user: attributes.uid.unwrap_or_default(),
            group: attributes.gid.unwrap_or_default(),
            changed: attributes.mtime.unwrap_or_default(),
        }
    }
}

/// One name in a directory. Bytes that are no UTF-8 are replaced in it, and then it names nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub facts: Facts,
}

/// What is left on a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that its user may still write.
    pub free: u64,
    pub read_only: bool,
}

/// A session. Dropping it closes everything that it opened.
pub struct Sftp {
    raw: Arc<RawSftpSession>,
    /// What the server offers beyond the third version.
    offers: HashMap<String, String>,
    piece: u64,
    connection: Arc<Connection>,
    _permit: OwnedSemaphorePermit,
}

/// An open file.
#[derive(Debug, Clone)]
pub struct Handle(String);

pub(super) async fn open(slot: Arc<Slot>, target: &Target) -> Answer<Sftp> {
    let (permit, connection, mut channel) = exec::begin(&slot, target).await?;
    let lost = || SftpError::Ssh(SshError::Lost { address: target.address.clone() });
    channel.request_subsystem(true, "sftp").await.map_err(|_| lost())?;
    let granted = async {
        loop {
            match channel.wait().await {
                Some(ChannelMsg::Success) => return Ok(()),
                Some(ChannelMsg::Failure) => return Err(SftpError::NoSftp),
                Some(ChannelMsg::Close | ChannelMsg::Eof) | None => return Err(lost()),
                Some(_) => {}
            }
        }
    };
    timeout(PATIENCE, granted).await.map_err(|_| SftpError::Silent)??;
    let config =
        Config { max_packet_len: PACKET + 1024, request_timeout_secs: PATIENCE.as_secs(), ..Config::default() };
    let mut raw = RawSftpSession::new_with_config(channel.into_stream(), config);
    let offers = raw.init().await.map_err(|_| SftpError::NoSftp)?.extensions;
    let mut piece = PIECE;
    if offers.contains_key(LIMITS) {
        let limits = Limits::from(raw.limits().await?);
        raw.set_limits(Limits { open_handles: None, ..limits });
        let least = limits.read_len.unwrap_or(PIECE).min(limits.write_len.unwrap_or(PIECE));
        piece = least.clamp(1024, LARGEST_PIECE);
    }
    Ok(Sftp { raw: Arc::new(raw), offers, piece, connection, _permit: permit })
}

impl Sftp {
    /// Where a name leads, with every link on the way followed. What it ends in need not be there; what is before that must.
    pub async fn canonical(&self, path: &str) -> Answer<String> {
        let real = self.raw.realpath(path).await?.files.into_iter().next().ok_or(SftpError::Failed)?.filename;
        // Some servers only tidy the name: nothing on the way may be a link then.
        let ends = real.match_indices('/').map(|(at, _)| at).skip(1).chain([real.len()]);
        let prefixes: Vec<&str> = ends.filter_map(|end| real.get(..end)).filter(|prefix| prefix.len() > 1).collect();
        let (last, before) = match prefixes.split_last() {
            Some((last, before)) => (*last, before),
            None => return Ok(real),
        };
        for looked in join_all(before.iter().map(|prefix| self.look(prefix))).await {
            if looked?.ok_or(SftpError::NotThere)?.kind != Kind::Directory {
                return Err(SftpError::NotThere);
            }
        }
        match self.look(last).await? {
            Some(facts) if facts.kind == Kind::Link => Err(SftpError::NotThere),
            _ => Ok(real),
        }
    }

    /// What stands at a name, links not followed; none where nothing does.
    pub async fn look(&self, path: &str) -> Answer<Option<Facts>> {
        match self.raw.lstat(path).await.map_err(SftpError::from) {
            Ok(found) => Ok(Some(Facts::of(&found.attrs))),
            Err(SftpError::NotThere) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What is in a directory, at most so many names; the answer says whether there are more.
    pub async fn list(&self, path: &str, most: usize) -> Answer<(Vec<Entry>, bool)> {
        let handle = self.raw.opendir(path).await?.handle;
        let mut entries = Vec::new();
        let more = loop {
            match self.raw.readdir(handle.as_str()).await {
                Ok(names) => {
                    let real = names.files.into_iter().filter(|one| one.filename != "." && one.filename != "..");
                    entries.extend(real.map(|one| Entry { facts: Facts::of(&one.attrs), name: one.filename }));
                }
                Err(Error::Status(status)) if status.status_code == StatusCode::Eof => break false,
                Err(error) => return Err(error.into()),
            }
            if entries.len() > most {
                entries.truncate(most);
                break true;
            }
        };
        self.raw.close(handle).await?;
        Ok((entries, more))
    }

    /// Opens a file to read it, by its canonical name.
    pub async fn open(&self, path: &str) -> Answer<(Handle, Facts)> {
        let handle = self.open_as(path, OpenFlags::READ, FileAttributes::empty()).await?;
        let facts = self.facts(&handle).await?;
        Ok((handle, facts))
    }

    /// Makes a new file, which nobody else may read yet, by its canonical name. One that is there is not touched.
    pub async fn create(&self, path: &str) -> Answer<Handle> {
        let attributes = FileAttributes { permissions: Some(0o600), ..FileAttributes::empty() };
        let made = self.open_as(path, OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::EXCLUDE, attributes).await;
        if matches!(made, Err(SftpError::Moved)) {
            // It was made where a link leads that was not there a moment ago: by the same name it goes again.
            self.remove(path).await?;
        }
        made
    }

    /// Opens what stands at a canonical name, and looks that it is that: between a look at a name and its opening, somebody may
    /// have put a link there.
    async fn open_as(&self, path: &str, flags: OpenFlags, attributes: FileAttributes) -> Answer<Handle> {
        let before = self.open_things().await;
        let handle = Handle(self.raw.open(path, flags, attributes).await?.handle);
        let is_it = match (before, self.open_things().await) {
            (Some(before), Some(mut now)) => {
                for known in &before {
                    if let Some(at) = now.iter().position(|one| one == known) {
                        now.swap_remove(at);
                    }
                }
                now == [path]
            }
            // A host without `/proc` tells no more than its names.
            _ => self.is_still(path, &handle).await?,
        };
        if is_it {
            return Ok(handle);
        }
        self.close(handle).await?;
        Err(SftpError::Moved)
    }

    /// Where everything leads that the server's process has open; none where the host has no `/proc`.
    async fn open_things(&self) -> Option<Vec<String>> {
        /// A process of sftp-server has about ten.
        const MOST: usize = 100;
        const OPEN: &str = "/proc/self/fd";
        let (entries, more) = self.list(OPEN, MOST).await.ok()?;
        if more {
            return None;
        }
        let links = entries.iter().map(|entry| self.raw.readlink(format!("{OPEN}/{}", entry.name)));
        let leads = join_all(links).await.into_iter().flatten().filter_map(|link| link.files.into_iter().next());
        Some(leads.map(|link| link.filename).filter(|path| !path.starts_with("/proc/")).collect())
    }

    async fn is_still(&self, path: &str, handle: &Handle) -> Answer<bool> {
        let opened = self.facts(handle).await?;
        Ok(self.canonical(path).await? == path && self.look(path).await? == Some(opened))
    }

    /// Reads an open file from its beginning, a piece at a time.
    pub fn reader(&self, handle: &Handle) -> Reader {
        Reader {
            raw: Arc::clone(&self.raw),
            handle: handle.clone(),
            asked: FuturesOrdered::new(),
            next: 0,
            piece: self.piece,
            // One says how much the server really gives before many ask for that.
            most: 1,
            later: at_a_time(self.piece),
        }
    }

    /// Writes an open file from its beginning, a piece at a time.
    pub fn writer(&self, handle: &Handle) -> Writer {
        let (raw, handle, piece) = (Arc::clone(&self.raw), handle.clone(), self.piece);
        let most = at_a_time(piece);
        Writer { raw, handle, asked: FuturesOrdered::new(), next: 0, piece, most }
    }

    /// Gives an open file these permission bits and, where they are not its own yet, this user and group.
    pub async fn dress(&self, handle: &Handle, mode: u32, owner: Option<(u32, u32)>) -> Answer<()> {
        if let Some((user, group)) = owner {
            let is = self.facts(handle).await?;
            if (is.user, is.group) != (user, group) {
                let owner = FileAttributes { uid: Some(user), gid: Some(group), ..FileAttributes::empty() };
                self.raw.fsetstat(handle.0.as_str(), owner).await?;
            }
        }
        let mode = FileAttributes { permissions: Some(mode), ..FileAttributes::empty() };
        self.raw.fsetstat(handle.0.as_str(), mode).await?;
        Ok(())
    }

    /// What is known of an open file now.
    pub async fn facts(&self, handle: &Handle) -> Answer<Facts> {
        Ok(Facts::of(&self.raw.fstat(handle.0.as_str()).await?.attrs))
    }

    /// Sees to it that what was written stays also when the host loses its power, where it can, and closes the file.
    pub async fn settle(&self, handle: Handle) -> Answer<()> {
        if self.offers.contains_key(FSYNC) {
            self.raw.fsync(handle.0.as_str()).await?;
        }
        self.close(handle).await
    }

    /// Closes a file.
    pub async fn close(&self, handle: Handle) -> Answer<()> {
        self.raw.close(handle.0).await.map(drop).map_err(SftpError::from)
    }

    /// Renames in one step; what is there already makes it fail.
    pub async fn rename(&self, from: &str, to: &str) -> Answer<()> {
        self.raw.rename(from, to).await.map(drop).map_err(SftpError::from)
    }

    /// Renames in one step, in the place of what is there.
    pub async fn replace(&self, from: &str, to: &str) -> Answer<()> {
        if !self.offers.contains_key(REPLACE) {
            return Err(SftpError::Unsupported);
        }
        let mut both = Vec::with_capacity(from.len() + to.len() + 8);
        for path in [from, to] {
            both.extend_from_slice(&u32::try_from(path.len()).unwrap_or(u32::MAX).to_be_bytes());
            both.extend_from_slice(path.as_bytes());
        }
        match self.raw.extended(REPLACE, both).await? {
            Packet::Status(status) if status.status_code == StatusCode::Ok => Ok(()),
            Packet::Status(status) => Err(Error::Status(status).into()),
            _ => Err(SftpError::Lost),
        }
    }

    /// Gives a file a second name on the same file system.
    pub async fn link(&self, from: &str, to: &str) -> Answer<()> {
        if !self.offers.contains_key(HARDLINK) {
            return Err(SftpError::Unsupported);
        }
        self.raw.hardlink(from, to).await.map(drop).map_err(SftpError::from)
    }

    /// Takes a name away.
    pub async fn remove(&self, path: &str) -> Answer<()> {
        self.raw.remove(path).await.map(drop).map_err(SftpError::from)
    }

    /// Makes a directory that nobody else may enter, unless it is there.
    pub async fn make_private(&self, path: &str) -> Answer<()> {
        let attributes = FileAttributes { permissions: Some(0o700), ..FileAttributes::empty() };
        match self.raw.mkdir(path, attributes).await {
            Ok(_) => Ok(()),
            Err(error) => match self.look(path).await? {
                Some(facts) if facts.kind == Kind::Directory => Ok(()),
                _ => Err(error.into()),
            },
        }
    }

    /// What is left where a path is; none where the server does not tell.
    pub async fn room(&self, path: &str) -> Option<Room> {
        if !self.offers.contains_key(STATVFS) {
            return None;
        }
        let told = self.raw.statvfs(path).await.ok()?;
        let free = told.blocks_avail.saturating_mul(told.fragment_size);
        Some(Room { free, read_only: told.flags & READ_ONLY != 0 })
    }
}

/// How many requests for such pieces are in flight. Also a server that names tiny ones may answer each with a whole packet.
fn at_a_time(piece: u64) -> usize {
    usize::try_from((IN_FLIGHT / piece).clamp(2, IN_FLIGHT / PIECE)).unwrap_or(2)
}

impl Drop for Sftp {
    fn drop(&mut self) {
        self.connection.touch();
    }
}

/// A piece that was asked for: where it begins, how much was wanted, and what came.
type Asked = BoxFuture<'static, (u64, u64, Result<Vec<u8>, Error>)>;

/// Reads a file, with several requests in flight.
pub struct Reader {
    raw: Arc<RawSftpSession>,
    handle: Handle,
    asked: FuturesOrdered<Asked>,
    next: u64,
    piece: u64,
    most: usize,
    later: usize,
}

impl Reader {
    /// The next piece; none at the end.
    pub async fn next(&mut self) -> Answer<Option<Vec<u8>>> {
        while self.asked.len() < self.most {
            let (raw, handle, at, wanted) = (Arc::clone(&self.raw), self.handle.0.clone(), self.next, self.piece);
            let length = u32::try_from(wanted).unwrap_or(u32::MAX);
            self.asked.push_back(
                async move { (at, wanted, raw.read(handle, at, length).await.map(|data| data.data)) }.boxed(),
            );
            self.next += wanted;
        }
        match self.asked.next().await {
            // Nobody was asked for so much: whatever it is, it does not belong here.
            Some((_, wanted, Ok(data))) if data.len() as u64 > wanted => Err(SftpError::Lost),
            Some((at, wanted, Ok(data))) if !data.is_empty() => {
                self.most = self.later;
                let got = data.len() as u64;
                if got < wanted {
                    // What was asked for beyond it leaves a gap.
                    self.asked = FuturesOrdered::new();
                    (self.next, self.most) = (at + got, 1);
                }
                Ok(Some(data))
            }
            Some((_, _, Ok(_))) | None => Ok(None),
            Some((_, _, Err(Error::Status(status)))) if status.status_code == StatusCode::Eof => Ok(None),
            Some((_, _, Err(error))) => Err(error.into()),
        }
    }
}

/// Writes a file, with several requests in flight.
pub struct Writer {
    raw: Arc<RawSftpSession>,
    handle: Handle,
    asked: FuturesOrdered<BoxFuture<'static, Result<(), Error>>>,
    next: u64,
    piece: u64,
    most: usize,
}

impl Writer {
    /// Takes more; an error may be about what was taken before.
    pub async fn write(&mut self, bytes: &[u8]) -> Answer<()> {
        for piece in bytes.chunks(usize::try_from(self.piece).unwrap_or(usize::MAX)) {
            if self.asked.len() >= self.most
                && let Some(written) = self.asked.next().await
            {
                written?;
            }
            let (raw, handle, at, piece) = (Arc::clone(&self.raw), self.handle.0.clone(), self.next, piece.to_vec());
            self.next += piece.len() as u64;
            self.asked.push_back(async move { raw.write(handle, at, piece).await.map(drop) }.boxed());
            // A request is sent when it is first asked after: it goes out while the next piece is waited for.
            if let Some(Some(written)) = self.asked.next().now_or_never() {
                written?;
            }
        }
        Ok(())
    }

    /// Waits until all of it is written.
    pub async fn finish(mut self) -> Answer<()> {
        while let Some(written) = self.asked.next().await {
            written?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_flight_is_bounded_whatever_piece_a_server_names() {
        for piece in [1, 1024, PIECE, 64 * 1024, LARGEST_PIECE] {
            let most = at_a_time(piece.max(1024)) as u64;
            assert!(most >= 2 && most * u64::from(PACKET) <= 32 * 1024 * 1024, "{piece} {most}");
        }
    }
}
