//! The runbooks of a guild, and how each went last.

use base::{Action, Card, Millis, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Runbooks;

/// So many are drawn; the rest are in a file.
const SHOWN: usize = 15;

/// List the runbooks.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListRunbooks {}

/// What there is.
#[derive(Debug, Serialize)]
pub struct Listed {
    rows: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    version: String,
    steps: i64,
    /// How the last run stands, and when it began.
    last: Option<(String, i64)>,
}

impl Action for ListRunbooks {
    const NAME: &'static str = "runbook.list";
    const RISK: Risk = Risk::Observe;
    type Service = Runbooks;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the runbooks".to_owned()
    }

    fn refusal(&self) -> String {
        "list runbooks".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, runbooks: &Runbooks, _: &Run) -> Result<Listed> {
        let guild = permit.actor().guild;
        let mut rows = Vec::new();
        for kept in runbooks.store.runbooks(guild).await? {
            let last = runbooks.store.runbook_runs(guild, &kept.name, 1).await?.into_iter().next();
            let last = last.map(|run| (run.state, run.began.0));
            rows.push(Line { name: kept.name, version: kept.version, steps: kept.steps, last });
        }
        Ok(Listed { rows })
    }
}

/// What shows how a run stands.
pub(crate) fn glyph(state: &str) -> &'static str {
    match state {
        "running" => "◐",
        "completed" => "✓",
        "escalated" => "!",
        "failed" => "✕",
        _ => "–",
    }
}

impl Line {
    fn text(&self) -> String {
        let steps = measure::count(u64::try_from(self.steps).unwrap_or_default(), "step", "steps");
        let (glyph, last) = match &self.last {
            Some((state, at)) => (glyph(state), format!("{state} {}", Millis(*at).relative())),
            None => ("–", "never run".to_owned()),
        };
        format!("{glyph} {}  version {} · {steps} · {last}", code(&self.name), code(&self.version))
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        if self.rows.is_empty() {
            return Card::plain("**Runbooks** none yet").text(
                "`/runbook import sample:restart-unhealthy` shows one to begin with; `/runbook import file:…` takes your own.",
            );
        }
        let mut card = Card::plain(format!("**Runbooks** {}", self.rows.len()));
        for line in self.rows.iter().take(SHOWN) {
            card = card.row(line.text(), None);
        }
        if self.rows.len() > SHOWN {
            let all: Vec<String> = self.rows.iter().map(Line::text).collect();
            card = card
                .text(format!("and {} more, all in the file", self.rows.len() - SHOWN))
                .file("runbooks.txt", all.join("\n").into_bytes());
        }
        card
    }
}
