//! The log: one line per event on standard error, without secrets.

use std::io::{self, Write};

use base::Redactor;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// What `nebula run` logs unless told otherwise.
pub(crate) const RUN_LEVEL: &str = "info,serenity=warn,tracing::span=warn,sqlx=warn,russh=warn";
/// What a script's run logs: only what is wrong.
pub(crate) const SCRIPT_LEVEL: &str = "error,serenity=off,tracing::span=off";

/// Starts the log; what the answer learns is masked in it from then on.
pub(crate) fn start(filter: &str) -> Redactor {
    let redactor = Redactor::default();
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new(RUN_LEVEL));
    let colours = io::IsTerminal::is_terminal(&io::stderr());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(Masked(redactor.clone()))
        .finish();
    // A second start in one process keeps the first log.
    let _ = tracing::subscriber::set_global_default(subscriber);
    redactor
}

struct Masked(Redactor);

impl<'a> MakeWriter<'a> for Masked {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { redactor: &self.0, bytes: Vec::new() }
    }
}

/// One event: gathered whole, so that no secret is split between two writes.
struct Line<'a> {
    redactor: &'a Redactor,
    bytes: Vec<u8>,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        // Nobody can be told that the log cannot be written.
        let _ = io::stderr().lock().write_all(&self.redactor.mask_bytes(&self.bytes));
    }
}
