//! Every probe and what it was answered last, the worst first.

use base::{
    Action, Card, Millis, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Tone, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::probes::Probe as Row;

use super::asks;
use crate::{Alerts, span};

/// More are not read on a phone.
const SHOWN: usize = 10;

/// List what is asked, and the last answers.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ListProbes {
    /// How many are left out at the beginning.
    #[serde(default, skip_serializing_if = "crate::rules::is_zero")]
    pub skip: usize,
}

/// The probes.
#[derive(Debug, Serialize)]
pub struct Listed {
    #[serde(skip)]
    asked: ListProbes,
    probes: Vec<Line>,
    /// Wrong, not known, well.
    counts: [usize; 3],
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    kind: String,
    target: String,
    server: Option<String>,
    every: i64,
    answer: Option<String>,
    words: String,
    since: i64,
}

impl Action for ListProbes {
    const NAME: &'static str = "probe.list";
    const RISK: Risk = Risk::Observe;
    type Service = Alerts;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the probes".to_owned()
    }

    fn refusal(&self) -> String {
        "see what is probed".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, alerts: &Alerts, _: &Run) -> Result<Listed> {
        let mut probes: Vec<Line> =
            alerts.store.probes(permit.actor().guild).await?.into_iter().map(Line::from).collect();
        probes.sort_by_key(Line::rank);
        let counts = [0, 1, 2].map(|rank| probes.iter().filter(|line| line.rank() == rank).count());
        let asked = permit.action().clone();
        let probes = probes.into_iter().skip(asked.skip).take(SHOWN).collect();
        Ok(Listed { asked, probes, counts })
    }
}

impl From<Row> for Line {
    fn from(row: Row) -> Self {
        let since = row.last.as_ref().map_or(0, |last| last.since.0);
        let (answer, words) = row.last.map(|last| (last.answer, last.words)).unzip();
        let words = words.unwrap_or_else(|| "not asked yet".to_owned());
        let server = row.server.map(|(name, _)| name);
        Self { name: row.name, kind: row.kind, target: row.target, server, every: row.every, answer, words, since }
    }
}

impl Line {
    fn rank(&self) -> usize {
        match self.answer.as_deref() {
            Some("wrong") => 0,
            Some("well") => 2,
            _ => 1,
        }
    }

    fn text(&self) -> String {
        let glyph = ["✕", "–", "✓"][self.rank()];
        let since =
            if self.answer.is_some() { format!(" · {}", Millis(self.since).relative()) } else { String::new() };
        let every = span::words(span::of_millis(self.every));
        let asks = asks(&self.kind, &self.target, self.server.as_deref());
        format!("{glyph} {}  {}{since}\n-# {asks}, every {every}", code(&self.name), self.words)
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let [wrong, unknown, well] = self.counts;
        let all = wrong + unknown + well;
        if all == 0 {
            return Card::plain("**Probes** none yet")
                .text("`/probe set` makes one: `name:shop kind:http target:https://shop.example/health`.");
        }
        let tone = match (wrong, unknown) {
            (0, 0) => Tone::Ok,
            (0, _) => Tone::Quiet,
            _ => Tone::Failed,
        };
        let mut card = Card::new(tone, format!("**Probes** {all}"));
        for (count, words) in [(wrong, "wrong"), (unknown, "not known"), (well, "well")] {
            if count > 0 {
                card = card.fact(format!("{count} {words}"));
            }
        }
        let lines: Vec<String> = self.probes.iter().map(Line::text).collect();
        card = card.text(lines.join("\n"));
        let page = |skip| ListProbes { skip };
        if self.asked.skip > 0 {
            card = card.choice(Choice::perform("Previous", &page(self.asked.skip.saturating_sub(SHOWN)), Lands::Here));
        }
        if self.asked.skip + self.probes.len() < all {
            card = card.choice(Choice::perform("Next", &page(self.asked.skip + SHOWN), Lands::Here));
        }
        card.choice(Choice::perform("Refresh", &self.asked, Lands::Here))
    }
}
