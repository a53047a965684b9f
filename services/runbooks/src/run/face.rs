//! A run as people see it while it goes on: a line for each step, its state first.

use std::sync::{Mutex, PoisonError};

use base::{Card, Clock, Live, Millis, Redactor, card::code, measure};

use super::walk::{End, Line, Stand, Walk};
use crate::book::Book;

/// What is shown of a run that goes on.
pub(super) struct Face {
    name: String,
    names: Vec<String>,
    clock: Clock,
    began: Millis,
    redactor: Redactor,
    now: Mutex<Walk>,
}

impl Face {
    pub(super) fn new(book: &Book, walk: &Walk, (clock, began): (Clock, Millis), redactor: Redactor) -> Self {
        let names = book.steps.iter().map(|step| step.name.clone()).collect();
        Self { name: book.name.clone(), names, clock, began, redactor, now: Mutex::new(walk.clone()) }
    }

    /// Shows this from now on.
    pub(super) fn show(&self, walk: &Walk) {
        walk.clone_into(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Live for Face {
    fn card(&self) -> Card {
        let walk = self.now.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let ended = walk.steps.iter().filter(|stand| matches!(stand, Stand::Ended(_))).count();
        let waits = walk.steps.iter().any(|stand| matches!(stand, Stand::Asking { .. }));
        let title = format!("**Runbook** {}", code(&self.name));
        let mut card = if waits { Card::attention(title) } else { Card::working(title) }
            .fact(format!("{ended} of {}", measure::count(walk.steps.len() as u64, "step", "steps")))
            .fact(format!("running {}", measure::age(self.clock.now().since(self.began))));
        if waits {
            card = card.fact("waits for a yes");
        }
        for (stand, name) in walk.steps.iter().zip(&self.names) {
            let text = match stand {
                Stand::Ended(line) => line.text(),
                Stand::Pending { tried: 0, .. } => format!("– {}", code(name)),
                Stand::Pending { tried, .. } => format!("◐ {}  failed, tried again ({tried})", code(name)),
                Stand::Running { since, .. } => format!("◐ {}  begun {}", code(name), Millis(*since).relative()),
                Stand::Asking { .. } => format!("! {}  waits for a yes", code(name)),
                Stand::Resting { until, .. } => format!("◐ {}  goes on {}", code(name), Millis(*until).relative()),
            };
            card = card.row(self.redactor.mask(&text), None);
        }
        card
    }
}

impl Line {
    pub(super) fn text(&self) -> String {
        let glyph = match self.end {
            End::Ok => "✓",
            End::Failed => "✕",
            End::Skipped | End::Cancelled => "–",
        };
        let said = if self.said.is_empty() { String::new() } else { format!("  {}", self.said) };
        format!("{glyph} {}{said}", code(&self.name))
    }
}

/// How each step ended.
pub(super) fn lines(card: Card, steps: &[Line]) -> Card {
    steps.iter().fold(card, |card, line| card.row(line.text(), None))
}
