//! How a command went, whose output was followed: while it runs, and after.

use std::{sync::Arc, time::Duration};

use base::{Card, Clock, Live, Millis, Redactor, Report, Run, action::Ending, card::Choice, measure};
use hosts::Output;
use serde::Serialize;

use crate::look;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ended {
    Exited(i64),
    Cancelled(Gone),
    TimedOut(Gone),
    /// Whatever it ran on stopped answering.
    Lost,
}

/// Whether it was seen that nothing of a killed command runs any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Gone {
    Seen,
    Unseen,
}

/// A command while it runs.
pub(crate) struct Running {
    pub(crate) title: String,
    pub(crate) output: Arc<Output>,
    pub(crate) redactor: Redactor,
    pub(crate) clock: Clock,
    pub(crate) began: Millis,
}

impl Live for Running {
    fn card(&self) -> Card {
        Card::working(&self.title)
            .fact(format!("running {}", measure::age(self.clock.now().since(self.began))))
            .fact(measure::count(self.output.lines(), "line", "lines"))
            .code("ansi", self.output.end(&self.redactor))
    }
}

/// A command after its end.
#[derive(Debug, Serialize)]
pub struct Ran {
    #[serde(skip)]
    title: String,
    ended: Ended,
    duration_ms: u64,
    lines: u64,
    /// The last lines.
    output: String,
    /// Bytes printed, and how many of them the log leaves out.
    size: (u64, u64),
    #[serde(skip)]
    log: Option<Arc<Vec<u8>>>,
    #[serde(skip)]
    file: String,
    /// What is offered next.
    #[serde(skip)]
    next: Vec<Choice>,
}

impl Ran {
    /// `name` begins the name of the file.
    pub(crate) fn new(title: String, name: &str, ended: Ended, output: &Output, clock: &Clock, run: &Run) -> Self {
        Self {
            title,
            ended,
            duration_ms: u64::try_from(clock.now().since(run.began()).as_millis()).unwrap_or(u64::MAX),
            lines: output.lines(),
            output: output.end(run.redactor()),
            size: output.size(),
            log: output.take_log().map(Arc::new),
            file: format!("{name}-{}.log", run.reference),
            next: Vec::new(),
        }
    }

    pub(crate) fn offers(mut self, choice: Choice) -> Self {
        self.next.push(choice);
        self
    }
}

impl Report for Ran {
    fn card(&self) -> Card {
        let after = measure::span(Duration::from_millis(self.duration_ms));
        let card = match self.ended {
            Ended::Exited(0) => Card::ok(&self.title),
            Ended::Cancelled(_) => Card::quiet(&self.title),
            _ => Card::failed(&self.title),
        };
        let card = match self.ended {
            Ended::Exited(status) => card.fact(format!("{} after {after}", look::exit(status))),
            Ended::Cancelled(_) => card.fact(format!("cancelled after {after}")),
            Ended::TimedOut(_) => card.fact(format!("stopped at its deadline after {after}")),
            Ended::Lost => card.fact(format!("lost after {after}")),
        };
        let card = card.fact(measure::count(self.lines, "line", "lines"));
        let mut card = match self.ended {
            Ended::Cancelled(Gone::Seen) | Ended::TimedOut(Gone::Seen) => {
                card.fact("nothing of its process group is left")
            }
            Ended::Cancelled(Gone::Unseen) | Ended::TimedOut(Gone::Unseen) => {
                card.text("I could not see that it is gone. Look for it there.")
            }
            Ended::Lost => card.text("What it ran on stopped answering. Whether it still runs there is not known."),
            Ended::Exited(126 | 127) if self.lines <= 1 => {
                card.text("There may be no such program there, or no shell.")
            }
            Ended::Exited(_) if self.log.is_none() => card.text("It printed nothing."),
            Ended::Exited(_) => card,
        };
        if self.size.1 > 0 {
            let (all, left_out) = (measure::bytes(self.size.0), measure::bytes(self.size.1));
            card = card.text(format!(
                "It printed {all}; the log keeps the beginning and the end, without {left_out} between."
            ));
        }
        card = card.code("ansi", &self.output);
        for choice in &self.next {
            card = card.choice(choice.clone());
        }
        match &self.log {
            Some(log) => card.file(&self.file, Arc::clone(log)),
            None => card,
        }
    }

    fn ending(&self) -> Ending {
        match self.ended {
            Ended::Exited(0) => Ending::Done,
            Ended::Exited(_) => Ending::Failed,
            Ended::Cancelled(_) => Ending::Cancelled,
            Ended::TimedOut(_) => Ending::TimedOut,
            Ended::Lost => Ending::Interrupted,
        }
    }
}
