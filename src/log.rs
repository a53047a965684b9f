//! The log: one line per event on standard error, without secrets.

use std::io::{self, Write};

use base::Redactor;
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, LevelFilter, Targets},
    fmt::MakeWriter,
    layer::SubscriberExt,
};

/// What `nebula run` logs unless told otherwise.
pub(crate) const RUN_LEVEL: &str = "info,sqlx=warn,russh=warn";
/// What `nebula try` logs: people read the page or the transcript there.
pub(crate) const TRY_LEVEL: &str = "error,serenity=off";

/// Starts the log; what the answer learns is masked in it from then on.
pub(crate) fn start(filter: &str) -> Redactor {
    let redactor = Redactor::default();
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new(RUN_LEVEL));
    // Whatever is asked for: serenity's warnings quote events it cannot read, a filled-in form among them, and its lower
    // levels print the tokens of interactions.
    let quiet = Targets::new()
        .with_default(LevelFilter::TRACE)
        .with_target("serenity", LevelFilter::WARN)
        .with_target("serenity::gateway::ws", LevelFilter::ERROR);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
        .with_writer(Masked(redactor.clone()))
        .with_filter(filter.and(quiet));
    let panics = redactor.clone();
    // The usual hook writes past the mask.
    std::panic::set_hook(Box::new(move |panic| {
        let text = format!("{panic}\n");
        let _ = io::stderr().lock().write_all(panics.mask(&text).as_bytes());
    }));
    // A second start in one process keeps the first log.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines));
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
