//! `nebula redact`: the redactor as a filter.
//!
//! **Invariant:** memory is bounded, however long the text; what has gone out was masked with all there was to know.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, ensure};
use base::{Redactor, redact::SHORTEST_SECRET};

use crate::cli;

/// Read and masked at a time.
const PIECE: usize = 64 * 1024;
/// A file of known values is no longer.
const KNOWN: u64 = 1024 * 1024;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Also mask these values: one a line. Those shorter than six characters are left alone.
    #[arg(long, value_name = "FILE", value_parser = cli::path)]
    known: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let redactor = Redactor::default();
    if let Some(path) = &options.known {
        learn(&redactor, path)?;
    }
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let (mut stream, mut piece) = (redactor.stream(), vec![0; PIECE]);
    loop {
        let read = input.read(&mut piece).context("could not read from standard input")?;
        if read == 0 {
            break;
        }
        if !write(&mut output, &stream.push(&piece[..read]))? {
            return Ok(ExitCode::SUCCESS);
        }
    }
    write(&mut output, &stream.end())?;
    Ok(ExitCode::SUCCESS)
}

fn learn(redactor: &Redactor, path: &Path) -> anyhow::Result<()> {
    let said = || path.display().to_string();
    let length = std::fs::metadata(path).with_context(said)?.len();
    ensure!(length <= KNOWN, "{}: a file of known values has at most {} MiB", said(), KNOWN >> 20);
    let known = std::fs::read_to_string(path).with_context(said)?;
    let short = known.lines().filter(|line| (1..SHORTEST_SECRET).contains(&line.trim().len())).count();
    if short > 0 {
        let mut stderr = std::io::stderr().lock();
        // Nobody may be listening there; the text matters more.
        let _ = writeln!(
            stderr,
            "nebula: {short} of the known values are shorter than {SHORTEST_SECRET} characters and are not masked"
        );
    }
    known.lines().for_each(|line| redactor.learn(line));
    Ok(())
}

/// Whether anybody still reads.
fn write(output: &mut impl Write, masked: &[u8]) -> anyhow::Result<bool> {
    match output.write_all(masked).and_then(|()| output.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error).context("could not write to standard output"),
    }
}
