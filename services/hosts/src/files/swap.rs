//! Replaces what stands at a path in one step: written beside it, dressed as it was, and then renamed over it.
//!
//! **Invariants:** what was there is kept before it is replaced, and only if it is what was expected; whatever fails, what was
//! written beside it is removed again. A kept version's row is there before its bytes are.

use std::sync::Arc;

use base::{Error, Result, UserId, card::code, measure};
use sha2::{Digest, Sha256};
use store::file_versions::FileVersion;

use super::{Files, part::Part, path::join, spot::Spot, trouble::Tried};
use crate::ssh::{Facts, Handle, Kind, Sftp, SftpError};

/// What is larger is told apart by its size and time: to hash it would be to fetch it.
const HASHED: u64 = 64 * 1024 * 1024;
/// What is larger is not copied to be kept where a second name cannot be given to it.
const COPIED: u64 = 64 * 1024 * 1024;
/// Where a server keeps what was there, below its user's home.
const KEPT_IN: [&str; 3] = [".local", "state", "nebula-files"];
/// What a new file may be by whom.
const NEW_MODE: u32 = 0o644;
/// What stands for "nothing is there".
pub(super) const NOTHING: &str = "none";

/// Where the bytes of a file come from.
pub(super) trait Source: Send {
    /// The next of them; none at the end. An error is what whoever asked reads.
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<u8>>, String>> + Send;
}

/// Bytes that are all there.
pub(super) struct Whole(pub(super) Option<Vec<u8>>);

impl Source for Whole {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, String> {
        Ok(self.0.take())
    }
}

/// What is kept of a change, and what it came to.
pub(super) struct Swapped {
    /// What is there now.
    pub(super) size: u64,
    pub(super) mode: u32,
    /// Why what was there before cannot be had back; none where it can.
    pub(super) lost: Option<String>,
    /// Whether there was something before.
    pub(super) replaced: bool,
}

/// What stands at a path, and what tells it from anything else.
pub(super) struct Now {
    pub(super) facts: Option<Facts>,
    pub(super) digest: String,
}

/// A digest as rows and approvals keep it.
pub(super) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// What tells a file from another that is too large to hash.
fn large(facts: &Facts) -> String {
    format!("{} bytes of {}", facts.size, facts.changed)
}

/// What stands at a path now. A directory or a device is refused.
pub(super) async fn now(sftp: &Sftp, spot: &Spot, tried: &Tried<'_>) -> Result<Now> {
    let Some(facts) = sftp.look(&spot.path).await.map_err(|error| tried.said(&error))? else {
        return Ok(Now { facts: None, digest: NOTHING.to_owned() });
    };
    match facts.kind {
        Kind::File => {}
        Kind::Directory => return Err(tried.because("A directory is there.")),
        Kind::Link | Kind::Other => return Err(tried.because("A link, a device, a pipe or a socket is there.")),
    }
    if facts.size > HASHED {
        return Ok(Now { facts: Some(facts), digest: large(&facts) });
    }
    let (handle, facts) = match sftp.open(&spot.path).await {
        Ok(opened) => opened,
        Err(error) => return Err(tried.failed(sftp, &error, spot.directory()).await),
    };
    let hashed = hash(sftp, &handle).await;
    let closed = sftp.close(handle).await;
    let digest = hashed.and_then(|digest| closed.map(|()| digest)).map_err(|error| tried.said(&error))?;
    Ok(Now { facts: Some(facts), digest })
}

async fn hash(sftp: &Sftp, handle: &Handle) -> Result<String, SftpError> {
    let (mut reader, mut sum) = (sftp.reader(handle), Sha256::new());
    while let Some(piece) = reader.next().await? {
        sum.update(&piece);
    }
    Ok(format!("sha256:{}", hex::encode(sum.finalize())))
}

/// How a file is to be replaced.
pub(super) struct Wanted<'a> {
    /// What must be there; none takes whatever is.
    pub(super) expected: Option<&'a str>,
    /// The bytes, if that is known.
    pub(super) size: Option<u64>,
    /// No more is taken.
    pub(super) most: u64,
    /// The mode and owner, where they are not those of what is there.
    pub(super) dress: Option<(u32, (u32, u32))>,
    /// Who does it.
    pub(super) by: UserId,
}

impl Files {
    /// Replaces what is at a path, or makes it.
    pub(super) async fn swap(
        &self,
        sftp: &Arc<Sftp>,
        spot: &Spot,
        wanted: &Wanted<'_>,
        mut source: impl Source,
    ) -> Result<Swapped> {
        let tried = spot.tried("write", "Nothing was changed.");
        let before = now(sftp, spot, &tried).await?;
        expect(&before, wanted, &tried)?;
        if let Some(room) = sftp.room(spot.directory()).await {
            if room.read_only {
                return Err(tried.because("Its file system is read-only."));
            }
            if let Some(size) = wanted.size.filter(|size| *size > room.free) {
                return Err(tried.no_room(size, room.free));
            }
        }
        let (part, handle) = self.part(sftp, spot, &tried).await?;
        match self.place(sftp, spot, wanted, (&part, handle), &mut source).await {
            Ok(swapped) => {
                part.stays().await;
                Ok(swapped)
            }
            Err(error) => {
                part.remove().await;
                Err(error)
            }
        }
    }

    /// Fills a new file and puts it where it belongs.
    async fn place(
        &self,
        sftp: &Arc<Sftp>,
        spot: &Spot,
        wanted: &Wanted<'_>,
        (part, handle): (&Part, Handle),
        source: &mut impl Source,
    ) -> Result<Swapped> {
        let tried = spot.tried("write", "Nothing was changed.");
        let (size, after) = self.fill(sftp, &handle, wanted, source, (spot, &tried)).await?;
        let before = now(sftp, spot, &tried).await?;
        let (mode, owner) = match (&wanted.dress, &before.facts) {
            (Some((mode, owner)), _) => (*mode, Some(*owner)),
            (None, Some(facts)) => (facts.mode, Some((facts.user, facts.group))),
            (None, None) => (NEW_MODE, None),
        };
        if let Err(error) = sftp.dress(&handle, mode, owner).await {
            return Err(match (error, owner) {
                (SftpError::Denied | SftpError::Failed, Some((user, group))) => tried.because(format!(
                    "It belongs to user {user} and group {group}, and {} may not give them the new one.",
                    code(&spot.server.user)
                )),
                (error, _) => tried.said(&error),
            });
        }
        if let Err(error) = sftp.settle(handle).await {
            return Err(tried.failed(sftp, &error, spot.directory()).await);
        }
        // It took a while: somebody may have changed it since.
        expect(&before, wanted, &tried)?;
        let kept = self.keep(sftp, spot, &before, &after, wanted.by).await?;
        if let Err(error) = sftp.replace(&part.path, &spot.path).await {
            return Err(self.not_done((sftp, spot), &tried, &kept, &error).await);
        }
        self.thin_out(sftp, &kept.version).await;
        Ok(Swapped { size, mode, lost: kept.lost, replaced: before.facts.is_some() })
    }

    async fn fill(
        &self,
        sftp: &Sftp,
        handle: &Handle,
        wanted: &Wanted<'_>,
        source: &mut impl Source,
        (spot, tried): (&Spot, &Tried<'_>),
    ) -> Result<(u64, String)> {
        let (mut writer, mut size, mut sum) = (sftp.writer(handle), 0, Sha256::new());
        while let Some(piece) = source.next().await.map_err(|why| tried.because(why))? {
            size += piece.len() as u64;
            if size > wanted.most {
                return Err(tried.because(format!("It is larger than {}.", measure::bytes(wanted.most))));
            }
            sum.update(&piece);
            if let Err(error) = writer.write(&piece).await {
                return Err(tried.failed(sftp, &error, spot.directory()).await);
            }
        }
        if let Err(error) = writer.finish().await {
            return Err(tried.failed(sftp, &error, spot.directory()).await);
        }
        if size > HASHED {
            let facts = sftp.facts(handle).await.map_err(|error| tried.said(&error))?;
            return Ok((size, large(&facts)));
        }
        Ok((size, format!("sha256:{}", hex::encode(sum.finalize()))))
    }
}

fn expect(now: &Now, wanted: &Wanted<'_>, tried: &Tried<'_>) -> Result<()> {
    match wanted.expected {
        Some(expected) if expected != now.digest => {
            Err(tried.because("It was changed since this was asked for. Look at it again, then ask again."))
        }
        _ => Ok(()),
    }
}

/// What is kept of what was there.
pub(super) struct Kept {
    pub(super) version: FileVersion,
    /// Why it is not kept; none where it is.
    pub(super) lost: Option<String>,
}

impl Kept {
    /// What is so where nobody knows whether the change was made.
    fn left(&self) -> &'static str {
        if self.version.kept.is_some() && self.lost.is_none() {
            "Whether it was done is not known: look at it again. What was there is kept."
        } else {
            "Whether it was done is not known: look at it again."
        }
    }
}

impl Files {
    /// Keeps what is at a path on its server, out of others' reach: by a second name, or a copy where it is on another file system.
    pub(super) async fn keep(
        &self,
        sftp: &Arc<Sftp>,
        spot: &Spot,
        before: &Now,
        after: &str,
        by: UserId,
    ) -> Result<Kept> {
        let mut version = self.store.new_file_version(spot.server.guild, &spot.server.id, &spot.path, by);
        (version.before, version.after) = (before.digest.clone(), after.to_owned());
        let Some(facts) = before.facts else {
            self.store.note_file_version(&version).await?;
            return Ok(Kept { version, lost: None });
        };
        (version.size, version.mode, version.owner) = (facts.size, facts.mode, (facts.user, facts.group));
        // Who does not answer is not asked to replace what may not be kept.
        let open = |error| spot.tried("keep", "Nothing was changed.").said(&error);
        let place = match place_to_keep(sftp).await {
            Ok(directory) => join(&directory, &version.id),
            Err(error) if error.leaves_it_open() => return Err(open(error)),
            Err(error) => {
                return Ok(Kept {
                    version,
                    lost: Some(format!("nothing can be kept in the home directory there: {error}")),
                });
            }
        };
        version.kept = Some(place.clone());
        self.store.note_file_version(&version).await?;
        match sftp.link(&spot.path, &place).await {
            Ok(()) => return Ok(Kept { version, lost: None }),
            Err(error) if error.leaves_it_open() => return Err(open(error)),
            Err(_) => {}
        }
        let lost = if facts.size > COPIED {
            Some(format!("it is on another file system, and {} are too much to copy", measure::bytes(facts.size)))
        } else {
            match copy(sftp, &spot.path, &place).await {
                Err(error) if error.leaves_it_open() => return Err(open(error)),
                copied => copied.err().map(|error| format!("it could not be copied: {error}")),
            }
        };
        if lost.is_some() {
            self.forget(sftp, &version).await;
        }
        Ok(Kept { version, lost })
    }

    /// What is said where what was there could not be replaced or removed. What is kept of it is forgotten only where it is sure to
    /// be there still.
    pub(super) async fn not_done(
        &self,
        (sftp, spot): (&Sftp, &Spot),
        tried: &Tried<'_>,
        kept: &Kept,
        error: &SftpError,
    ) -> Error {
        if error.leaves_it_open() {
            return tried.open(error, kept.left());
        }
        self.forget(sftp, &kept.version).await;
        tried.failed(sftp, error, spot.directory()).await
    }

    /// Forgets a version and what its server keeps of it.
    pub(super) async fn forget(&self, sftp: &Sftp, version: &FileVersion) {
        if let Err(error) = removed(sftp, version).await {
            tracing::debug!(%error, "an old version of a file is forgotten later");
            return;
        }
        if let Err(error) = self.store.forget_file_version(version.guild, &version.id).await {
            tracing::warn!("an old version of a file is still on the list: {error}");
        }
    }

    /// Of a path only the last versions are kept.
    async fn thin_out(&self, sftp: &Sftp, version: &FileVersion) {
        /// More are not gone back through.
        const KEPT_EACH: usize = 10;
        let versions = self.store.file_versions(version.guild, &version.server, &version.path).await;
        for old in versions.unwrap_or_default().iter().skip(KEPT_EACH) {
            self.forget(sftp, old).await;
        }
    }
}

/// Removes what a server keeps of a version; also where it keeps nothing, it is gone after that.
pub(super) async fn removed(sftp: &Sftp, version: &FileVersion) -> Result<(), SftpError> {
    let Some(kept) = &version.kept else { return Ok(()) };
    match sftp.remove(kept).await {
        Err(SftpError::NotThere) => Ok(()),
        removed => removed,
    }
}

/// The directory in which a server keeps what was there; only its user may enter it.
async fn place_to_keep(sftp: &Sftp) -> Result<String, SftpError> {
    let mut directory = sftp.canonical(".").await?;
    for name in KEPT_IN {
        directory = join(&directory, name);
        sftp.make_private(&directory).await?;
    }
    Ok(directory)
}

/// Copies a file within its server, through us.
pub(super) async fn copy(sftp: &Sftp, from: &str, to: &str) -> Result<(), SftpError> {
    let (source, _) = sftp.open(from).await?;
    let target = sftp.create(to).await?;
    let copied = async {
        let (mut reader, mut writer) = (sftp.reader(&source), sftp.writer(&target));
        while let Some(piece) = reader.next().await? {
            writer.write(&piece).await?;
        }
        writer.finish().await
    };
    let copied = copied.await;
    let (read, written) = (sftp.close(source).await, sftp.settle(target).await);
    let done = copied.and(read).and(written);
    if done.is_err() {
        // What is half there is no version.
        let _ = sftp.remove(to).await;
    }
    done
}
