//! `nebula backup` and `nebula restore`: one file with everything in it, and back.

use std::{
    io::Write,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context, bail, ensure};
use base::{Clock, measure};
use secrecy::ExposeSecret;
use store::backup::{self, Found, Held, Out};

use crate::config::Config;

/// What the names of backups in a directory begin and end with; the time between them sorts.
const NAME: (&str, &str) = ("nebula-", ".backup");

#[derive(Debug, clap::Args)]
pub(crate) struct Backup {
    /// The file to write; in a directory, one is named for the time.
    #[arg(value_name = "FILE|DIRECTORY")]
    path: PathBuf,
    /// Do not seal it: whoever has the file reads names, command lines and the audit log.
    #[arg(long)]
    plain: bool,
    /// Write over the file that is there.
    #[arg(long)]
    replace: bool,
    /// In a directory: when the new one is whole, delete all but so many of those this command named there.
    #[arg(long, value_name = "NUMBER")]
    keep: Option<NonZeroUsize>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Restore {
    /// The backup.
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// Restore into a database that is not empty: what is there now is kept beside it, under another name.
    #[arg(long)]
    replace: bool,
    /// Only read the whole file and see that it is as it was written.
    #[arg(long, conflicts_with = "replace")]
    check: bool,
}

pub(crate) async fn write(options: &Backup, config: &Config) -> anyhow::Result<ExitCode> {
    let clock = Clock::system();
    let directory = options.path.is_dir();
    ensure!(directory || options.keep.is_none(), "--keep is for a directory, and {} is none", options.path.display());
    let path = if directory {
        options.path.join([NAME.0, &clock.now().utc().replace(':', "-"), NAME.1].concat())
    } else {
        options.path.clone()
    };
    let passphrase = match (&config.passphrase, options.plain) {
        (_, true) => None,
        (Some(passphrase), false) => Some(passphrase),
        (None, false) => bail!("NEBULA_SECRET is not set, so the backup could not be sealed: set it, or say --plain"),
    };
    let began = Instant::now();
    let out = Out::new(&path, found(options.replace))?;
    let held = backup::write(config.database.expose_secret(), &clock, passphrase, out).await?;
    let took = measure::span(began.elapsed());
    let size = std::fs::metadata(&path).map(|file| file.len()).unwrap_or_default();
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "✓ backup         {}, {} in {took}", rows(&held), measure::bytes(size));
    let _ = writeln!(out, "  file           {}", path.display());
    let _ = writeln!(out, "{}", seal(&held));
    if let Some(keep) = options.keep {
        for old in older(&options.path, keep)? {
            std::fs::remove_file(&old).with_context(|| format!("could not delete {}", old.display()))?;
            let _ = writeln!(out, "  deleted        {}", old.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn restore(options: &Restore, config: &Config) -> anyhow::Result<ExitCode> {
    let (path, passphrase) = (&options.path, config.passphrase.as_ref());
    let began = Instant::now();
    if options.check {
        let held = backup::check(path, passphrase).await?;
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "✓ backup         {}; read whole in {}", of(&held), measure::span(began.elapsed()));
        let _ = writeln!(out, "{}", seal(&held));
        return Ok(ExitCode::SUCCESS);
    }
    let url = config.database.expose_secret();
    let restored = backup::restore(path, url, &Clock::system(), passphrase, found(options.replace)).await;
    let restored = restored.context("nothing was changed")?;
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "✓ backup         {}", of(&restored.held));
    let took = measure::span(began.elapsed());
    let _ = writeln!(out, "✓ restored       into {}, every row as it was, in {took}", restored.into);
    let audit = u64::try_from(restored.audit_rows).unwrap_or(0);
    let audit = measure::count(audit, "row", "rows");
    let _ = writeln!(out, "✓ audit log      {audit}, none altered, missing or out of order");
    for settled in &restored.settled {
        let _ = writeln!(out, "! in flight      {settled}");
    }
    if let Some(kept) = &restored.kept {
        let _ = writeln!(out, "  before         kept as {kept}");
    }
    let _ = writeln!(out, "Next: start Nebula.");
    Ok(ExitCode::SUCCESS)
}

fn found(replace: bool) -> Found {
    if replace { Found::Replace } else { Found::Refuse }
}

fn rows(held: &Held) -> String {
    let tables = measure::count(held.tables as u64, "table", "tables");
    format!("{} of {tables}", measure::count(held.rows, "row", "rows"))
}

fn of(held: &Held) -> String {
    format!("{} from {}, by Nebula {} on {}", rows(held), held.made.utc(), held.nebula, held.from)
}

/// What is sealed, and what that means.
fn seal(held: &Held) -> &'static str {
    if held.sealed {
        "✓ sealed         all of it, with NEBULA_SECRET: without that passphrase nobody reads or restores it, you included"
    } else {
        "! not sealed     whoever has the file reads names, command lines and the audit log; only passwords, private keys and \
         named secrets are sealed, with NEBULA_SECRET, and are lost without it"
    }
}

/// The backups in a directory but the newest so many, by their names.
fn older(directory: &Path, keep: NonZeroUsize) -> anyhow::Result<Vec<PathBuf>> {
    let mut ours = Vec::new();
    for file in std::fs::read_dir(directory).with_context(|| format!("could not read {}", directory.display()))? {
        let file = file?;
        if file.file_name().to_str().is_some_and(is_ours) && file.file_type()?.is_file() {
            ours.push(file.path());
        }
    }
    ours.sort();
    ours.truncate(ours.len().saturating_sub(keep.get()));
    Ok(ours)
}

/// Whether this command gave that name: nothing else is ever deleted.
fn is_ours(name: &str) -> bool {
    let time = name.strip_prefix(NAME.0).and_then(|rest| rest.strip_suffix(NAME.1));
    let shape =
        |time: &str| time.chars().map(|char| if char.is_ascii_digit() { '0' } else { char }).collect::<String>();
    time.is_some_and(|time| shape(time) == "0000-00-00T00-00-00Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_named_here_is_ever_deleted() {
        assert!(is_ours("nebula-2026-11-21T03-00-00Z.backup"));
        for other in [
            "nebula.backup",
            "nebula-before-the-move.backup",
            "nebula-2026-11-21T03-00-00Z.backup.old",
            "nebula-2026-11-21T03-00-00Z-1.backup",
            "my-nebula-2026-11-21T03-00-00Z.backup",
        ] {
            assert!(!is_ours(other), "{other}");
        }
    }

    #[test]
    fn the_newest_are_kept() {
        let home = tempfile::tempdir().unwrap();
        for day in ["21", "19", "20", "22"] {
            std::fs::write(home.path().join(format!("nebula-2026-11-{day}T03-00-00Z.backup")), "").unwrap();
        }
        std::fs::write(home.path().join("nebula-1999.backup"), "").unwrap();
        let old = older(home.path(), NonZeroUsize::new(2).unwrap()).unwrap();
        let names: Vec<_> = old.iter().map(|old| old.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["nebula-2026-11-19T03-00-00Z.backup", "nebula-2026-11-20T03-00-00Z.backup"]);
    }
}
