//! Where a run stands: what became of each step, and what is next. Pure, and all of it can be written down.
//!
//! **Invariant:** a step goes forward only; once it has ended, it has ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    book::{Book, OnFailure},
    condition::Went,
    template::Vars,
};

/// How each step stands, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Walk {
    pub(super) steps: Vec<Stand>,
}

/// How a step stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stand {
    /// Not begun, or to be tried again after this moment.
    Pending { tried: u32, after: Option<i64> },
    /// Begun under this entry of the audit log, at this moment.
    Running { tried: u32, entry: Uuid, since: i64 },
    /// Somebody must answer first.
    Asking { tried: u32, approval: Uuid, since: i64 },
    /// Nothing is done until this moment.
    Resting { since: i64, until: i64 },
    /// It is over.
    Ended(Line),
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// What it is called.
    pub(super) name: String,
    pub(super) end: End,
    /// In words.
    pub(super) said: String,
    /// The last that it printed, where it failed.
    pub(super) output: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    Ok,
    Failed,
    /// Its condition did not hold, or the run ended before it.
    Skipped,
    Cancelled,
}

impl Line {
    /// Whether it did not go as it should.
    pub(super) fn is_wrong(&self) -> bool {
        matches!(self.end, End::Failed | End::Cancelled)
    }

    pub(super) fn is_done(&self) -> bool {
        self.end == End::Ok
    }
}

/// How a run is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Over {
    /// To the end; a step that may fail may have.
    Completed,
    /// At this step.
    Failed(String),
    /// At this step, and people are told.
    Escalated(String),
    /// Somebody stopped it.
    Cancelled,
}

impl Over {
    /// The word that rows keep.
    pub(super) fn as_str(&self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed(_) => "failed",
            Self::Escalated(_) => "escalated",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// This step, from where it stands.
    Step(usize),
    /// This step is left out.
    Skip(usize),
    /// Nothing more.
    Over(Over),
}

impl Walk {
    pub(super) fn new(book: &Book) -> Self {
        Self { steps: book.steps.iter().map(|_| Stand::Pending { tried: 0, after: None }).collect() }
    }

    /// What is next.
    pub(super) fn next(&self, book: &Book, vars: &Vars) -> Next {
        let mut went = BTreeMap::new();
        for (place, (step, stand)) in book.steps.iter().zip(&self.steps).enumerate() {
            let line = match stand {
                Stand::Ended(line) => line,
                Stand::Pending { tried: 0, .. } => {
                    let holds = step.condition.as_ref().is_none_or(|condition| condition.holds(vars, &went));
                    return if holds { Next::Step(place) } else { Next::Skip(place) };
                }
                _ => return Next::Step(place),
            };
            match (line.end, step.on_failure) {
                (End::Cancelled, _) => return Next::Over(Over::Cancelled),
                (End::Failed, OnFailure::Abort) => return Next::Over(Over::Failed(step.name.clone())),
                (End::Failed, OnFailure::Escalate) => return Next::Over(Over::Escalated(step.name.clone())),
                _ => {}
            }
            let how = match line.end {
                End::Ok => Went::Ok,
                End::Failed | End::Cancelled => Went::Failed,
                End::Skipped => Went::Skipped,
            };
            went.insert(step.slug.clone(), how);
        }
        Next::Over(Over::Completed)
    }

    /// All steps as they ended; those that were never begun were left out.
    pub(super) fn lines(self, book: &Book) -> Vec<Line> {
        let line = |(stand, name): (Stand, &String)| match stand {
            Stand::Ended(line) => line,
            _ => Line { name: name.clone(), end: End::Skipped, said: "not begun".to_owned(), output: None },
        };
        self.steps.into_iter().zip(book.steps.iter().map(|step| &step.name)).map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(rest: &str) -> Book {
        let text =
            format!("name: x\nsteps:\n  - {{name: a, type: log, params: {{message: m}}, onFailure: continue}}\n{rest}");
        crate::read(&text).unwrap().book
    }

    fn ended(name: &str, end: End) -> Stand {
        Stand::Ended(Line { name: name.to_owned(), end, said: String::new(), output: None })
    }

    #[test]
    fn steps_come_one_after_the_other_and_a_failure_does_what_the_step_says() {
        let on = |word: &str| {
            book(&format!(
                "  - {{name: b, type: log, params: {{message: m}}, onFailure: {word}}}\n  - {{name: c, type: log, params: {{message: m}}}}\n"
            ))
        };
        let vars = Vars::new();
        let abort = on("abort");
        let mut walk = Walk::new(&abort);
        assert_eq!(walk.next(&abort, &vars), Next::Step(0));
        walk.steps[0] = ended("a", End::Failed);
        assert_eq!(walk.next(&abort, &vars), Next::Step(1), "the first may fail");
        walk.steps[1] = ended("b", End::Failed);
        assert_eq!(walk.next(&abort, &vars), Next::Over(Over::Failed("b".into())));
        assert_eq!(walk.next(&on("escalate"), &vars), Next::Over(Over::Escalated("b".into())));
        assert_eq!(walk.next(&on("continue"), &vars), Next::Step(2));
        walk.steps[1] = ended("b", End::Cancelled);
        assert_eq!(walk.next(&on("continue"), &vars), Next::Over(Over::Cancelled));
        walk.steps[1] = ended("b", End::Ok);
        walk.steps[2] = ended("c", End::Ok);
        assert_eq!(walk.next(&abort, &vars), Next::Over(Over::Completed));
    }

    #[test]
    fn a_condition_decides_before_a_step_is_begun_and_never_again() {
        let book = book("  - {name: b, type: log, params: {message: m}, condition: steps.a.failed}\n");
        let mut walk = Walk::new(&book);
        walk.steps[0] = ended("a", End::Ok);
        assert_eq!(walk.next(&book, &Vars::new()), Next::Skip(1));
        walk.steps[1] = Stand::Running { tried: 1, entry: Uuid::nil(), since: 0 };
        assert_eq!(walk.next(&book, &Vars::new()), Next::Step(1));
    }
}
