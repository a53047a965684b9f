//! `nebula policy explain`: how command lines are classed, and why, without running any of them.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use serde::Serialize;
use shell::{Harmless, Judgement, judge};

/// The most that is read, in bytes.
const INPUT: u64 = 1 << 20;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Policy {
    /// Say of each line of a file whether it observes, changes or destroys, and why. Nothing is run.
    Explain {
        /// A file with a command line in each line; `-` reads standard input.
        file: PathBuf,
    },
}

#[derive(Serialize)]
struct Explained<'a> {
    line: &'a str,
    #[serde(flatten)]
    judgement: Judgement,
}

/// Prints one JSON object a line.
pub(crate) fn run(policy: &Policy) -> anyhow::Result<ExitCode> {
    let Policy::Explain { file } = policy;
    let named = if file == Path::new("-") { "standard input".into() } else { file.to_string_lossy() };
    let text = read(file).with_context(|| format!("could not read {named}"))?;
    let harmless = Harmless::shipped();
    let mut out = std::io::stdout().lock();
    for line in text.split('\n').filter(|line| !line.trim().is_empty()) {
        let explained = serde_json::to_string(&Explained { line, judgement: judge(line, &harmless) })?;
        match writeln!(out, "{explained}") {
            // Whoever reads it has seen enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
            written => written.context("could not write to standard output")?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(INPUT + 1).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(file)?.take(INPUT + 1).read_to_end(&mut bytes)?;
    }
    anyhow::ensure!(bytes.len() as u64 <= INPUT, "it is larger than {} KiB", INPUT / 1024);
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        anyhow::anyhow!("line {} is no UTF-8", before.split(|byte| *byte == b'\n').count())
    })
}
