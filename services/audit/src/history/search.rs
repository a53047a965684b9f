//! Looks for commands, the newest first, a page at a time.

use base::{
    Action, Actor, Assessment, Card, Millis, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Tone, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::audit::Entry;

use super::{ExportHistory, History, ShowCommand, Which, what};
use crate::line::{asker, outcome, short};

/// As many as a phone shows at once.
const SHOWN: usize = 8;
/// So many are looked at for one page.
const LOOKED_AT: usize = 5_000;
/// So much of how it ended tells enough.
const ENDED: usize = 70;

/// Search the commands that were run.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SearchHistory {
    /// Which.
    #[serde(flatten)]
    pub which: Which,
    /// Only those before this row of the audit log: the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
}

/// A page of commands.
#[derive(Debug, Serialize)]
pub struct Found {
    commands: Vec<Line>,
    which: Which,
    older_than: Option<i64>,
    newest: bool,
    #[serde(skip)]
    looked_at: usize,
}

#[derive(Debug, Serialize)]
struct Line {
    reference: String,
    what: String,
    outcome: String,
    ended: Option<String>,
    actor_id: String,
    #[serde(skip)]
    text: String,
    output_kept: bool,
}

impl Action for SearchHistory {
    const NAME: &'static str = "history.search";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = History;
    type Report = Found;

    fn plan(&self) -> String {
        match self.which.words().as_slice() {
            [] => "Search the commands that were run".to_owned(),
            words => format!("Search the commands that were run: {}", words.join(", ")),
        }
    }

    fn refusal(&self) -> String {
        "see what was run".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    /// Everybody may: they see what is theirs, and what they might run themselves.
    async fn assess(&self, _: &History, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, history: &History, _: &Run) -> Result<Found> {
        let (asked, actor) = (permit.action(), permit.actor());
        let part = history.part(actor, &asked.which, asked.before, (SHOWN, LOOKED_AT)).await?;
        let ids: Vec<&str> = part.entries.iter().map(|entry| entry.id.as_str()).collect();
        let kept = history.store.kept_outputs(actor.guild, &ids).await?;
        let line = |entry: &Entry| Line {
            reference: entry.reference.clone(),
            what: what(entry).to_owned(),
            outcome: entry.outcome.clone(),
            ended: entry.detail.clone(),
            actor_id: entry.actor_id.clone(),
            text: text(entry),
            output_kept: kept.contains(&entry.id),
        };
        Ok(Found {
            commands: part.entries.iter().map(line).collect(),
            which: asked.which.clone(),
            older_than: part.older_than,
            newest: asked.before.is_none(),
            looked_at: part.looked_at,
        })
    }
}

/// `✕ uptime on box · exit 3 after 1.0 s · 3 lines · @ann · 2 hours ago · 7F3KQ2`.
fn text(entry: &Entry) -> String {
    let (tone, word) = outcome(&entry.outcome);
    let at = Millis(entry.finished_at.unwrap_or(entry.started_at)).relative();
    let ended = match entry.detail.as_deref().filter(|detail| !detail.is_empty() && tone != Tone::Working) {
        Some(detail) => detail.chars().take(ENDED).collect::<String>(),
        None => word.to_owned(),
    };
    let (what, reference) = (short(what(entry)), code(&entry.reference));
    format!("{} {what} · {ended} · {} · {at} · {reference}", tone.glyph(), asker(entry))
}

impl Report for Found {
    fn card(&self) -> Card {
        let mut card = if self.commands.is_empty() && self.older_than.is_none() {
            let nothing = if self.newest { "nothing fits" } else { "no older ones" };
            Card::quiet(format!("**History** {nothing}"))
                .text("You see what you ran, and what was run where you may run the like.")
        } else {
            let which = if self.newest { "newest first" } else { "further back" };
            Card::plain(format!("**History** {which}"))
        };
        card.facts = self.which.words();
        for line in &self.commands {
            let show = ShowCommand { reference: line.reference.clone() };
            let output = line.output_kept.then(|| Choice::perform("Output", &show, Lands::Below));
            card = card.row(line.text.clone(), output);
        }
        if self.older_than.is_some() && self.commands.len() < SHOWN {
            card = card.text(format!("These are all among {} that I looked through.", self.looked_at));
        }
        let page = |before| SearchHistory { which: self.which.clone(), before };
        if !self.newest {
            card = card.choice(Choice::perform("Newest", &page(None), Lands::Here));
        }
        if let Some(seq) = self.older_than {
            card = card.choice(Choice::perform("Older", &page(Some(seq)), Lands::Here));
        }
        if self.commands.is_empty() {
            return card;
        }
        card.choice(Choice::perform("Export", &ExportHistory { which: self.which.clone() }, Lands::Below))
    }
}
