//! The file a backup is written to: under another name until all of it is on the disk.
//!
//! **Invariants:** whoever looks sees the whole backup or none, and nobody but its owner can read it, at any moment. One is
//! written at a time in a directory; what a killed one left is written over by the next.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};

use super::Found;

/// What is not whole yet.
const PARTIAL: &str = ".nebula-backup.partial";

/// A backup that is being written. Dropped without `Out::keep`, it is gone.
#[derive(Debug)]
pub struct Out {
    to: BufWriter<File>,
    partial: PathBuf,
    path: PathBuf,
    found: Found,
    kept: bool,
}

impl Out {
    /// Begins a backup that will be `path`.
    ///
    /// # Errors
    /// When there is such a file already and it is not to be replaced, or the directory cannot be written.
    pub fn new(path: &Path, found: Found) -> anyhow::Result<Self> {
        let name = path.file_name().with_context(|| format!("{} is not the name of a file", path.display()))?;
        ensure!(name != PARTIAL, "{PARTIAL} is where backups are written: choose another name");
        if found == Found::Refuse && path.symlink_metadata().is_ok() {
            bail!("{} is there already: choose another name, or say --replace", path.display());
        }
        let partial = path.with_file_name(PARTIAL);
        let file = begun(&partial, path)?;
        Ok(Self { to: BufWriter::new(file), partial, path: path.to_owned(), found, kept: false })
    }

    /// Brings what was written to the disk; the answer is where it can be read.
    pub(super) fn written(&mut self) -> io::Result<&Path> {
        self.to.flush()?;
        self.to.get_ref().sync_all()?;
        Ok(&self.partial)
    }

    /// All of it was written: it is the backup from now on, also after a power cut.
    pub(super) fn keep(mut self) -> anyhow::Result<()> {
        self.written()?;
        let put = match self.found {
            Found::Replace => std::fs::rename(&self.partial, &self.path),
            // Fails where somebody made one of that name meanwhile.
            Found::Refuse => std::fs::hard_link(&self.partial, &self.path),
        };
        put.with_context(|| format!("could not put {} in place", self.path.display()))?;
        if self.found == Found::Refuse {
            std::fs::remove_file(&self.partial)?;
        }
        self.kept = true;
        Ok(super::sync_directory(&self.path)?)
    }
}

/// The empty file to write to, which is ours alone.
fn begun(partial: &Path, path: &Path) -> anyhow::Result<File> {
    let unwritable = || format!("could not write {}", path.display());
    let busy = || format!("another backup is being written beside {}", path.display());
    loop {
        // Made private, not made so a moment later.
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).open(partial);
        let file = file.with_context(unwritable)?;
        file.try_lock().map_err(|_| anyhow::anyhow!(busy()))?;
        // The one before may have become a backup between our opening and our lock.
        let (held, named) = (file.metadata()?, partial.symlink_metadata().with_context(busy)?);
        ensure!((held.dev(), held.ino()) == (named.dev(), named.ino()), busy());
        if held.nlink() > 1 {
            // It is a whole backup by its other name: whoever wrote it was killed before this name went.
            std::fs::remove_file(partial).with_context(unwritable)?;
            continue;
        }
        file.set_permissions(std::fs::Permissions::from_mode(0o600)).with_context(unwritable)?;
        file.set_len(0).with_context(unwritable)?;
        return Ok(file);
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.partial);
        }
    }
}
