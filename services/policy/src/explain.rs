//! What a command line would count as here, and why.
//!
//! **Invariant:** nothing is run, and no server is asked.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shell::Judgement;

use crate::{Policy, judged};

/// What a card holds; a file of any length is for `nebula policy explain`.
const LINES: usize = 10;

/// Say what command lines count as, and why; nothing is run.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ExplainLines {
    /// A command line, or several, each in a line of its own.
    pub lines: String,
}

/// What each counts as.
#[derive(Debug, Serialize)]
pub struct Explained {
    lines: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    line: String,
    #[serde(flatten)]
    judgement: Judgement,
}

impl Action for ExplainLines {
    const NAME: &'static str = "policy.explain";
    const RISK: Risk = Risk::Observe;
    type Service = Policy;
    type Report = Explained;

    fn plan(&self) -> String {
        format!("Explain {}", code(&self.lines))
    }

    fn refusal(&self) -> String {
        "have command lines explained".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, policy: &Policy, run: &Run) -> Result<Explained> {
        let lines = permit.action().lines.lines().filter(|line| !line.trim().is_empty());
        let lines: Vec<String> = lines.map(str::to_owned).collect();
        if !(1..=LINES).contains(&lines.len()) {
            return Err(Error::Invalid(format!(
                "I explain 1 to {LINES} lines at a time; `nebula policy explain FILE` takes any number."
            )));
        }
        let (harmless, redactor) = (policy.harmless(permit.actor().guild).await?, run.redactor().clone());
        // A line meant to be slow takes milliseconds, and these may be many.
        let judging = tokio::task::spawn_blocking(move || {
            let explained = |line: String| Line {
                judgement: judged(&line, &harmless, &redactor),
                line: redactor.mask(&line).into_owned(),
            };
            lines.into_iter().map(explained).collect()
        });
        let lines = judging.await.map_err(|error| Error::internal("reading a command line", error))?;
        Ok(Explained { lines })
    }
}

impl Line {
    fn text(&self) -> String {
        let (glyph, word) = match self.judgement.class {
            Risk::Observe => ("✓", "observes"),
            Risk::Change => ("!", "changes"),
            Risk::Destroy => ("✕", "destroys"),
        };
        format!("{glyph} {} **{word}**\n{}", code(&self.line), self.judgement.why)
    }
}

impl Report for Explained {
    fn card(&self) -> Card {
        let title = match self.lines.len() {
            1 => "**Explained** a command line".to_owned(),
            number => format!("**Explained** {number} command lines"),
        };
        let card = Card::plain(title).fact("nothing was run");
        self.lines.iter().fold(card, |card, line| card.row(line.text(), None))
    }
}
