//! A runbook: what it does step by step, what it takes, and how its last runs went.

use base::{
    Action, Actor, Card, Millis, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Weight, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    BookName, ExportRunbook, RunRunbook, Runbooks,
    book::{OnFailure, Step},
    import::{clean, wants},
    list::glyph,
    plan::described,
};

/// So many of its last runs are shown.
const RUNS: i64 = 5;

/// Show a runbook.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowRunbook {
    /// The runbook.
    pub name: BookName,
}

/// How it is.
#[derive(Debug, Serialize)]
pub struct Shown {
    name: BookName,
    version: String,
    description: String,
    steps: Vec<String>,
    needs: Vec<String>,
    wants: Vec<String>,
    runs: Vec<(String, String, i64, Option<String>)>,
    by: String,
}

impl Action for ShowRunbook {
    const NAME: &'static str = "runbook.show";
    const RISK: Risk = Risk::Observe;
    type Service = Runbooks;
    type Report = Shown;

    fn plan(&self) -> String {
        format!("Show runbook {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("see runbook {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn exists(&self, runbooks: &Runbooks, actor: &Actor) -> Result<()> {
        runbooks.named(actor.guild, &self.name).await.map(drop)
    }

    async fn run(permit: Permit<Self>, runbooks: &Runbooks, _: &Run) -> Result<Shown> {
        let (name, guild) = (&permit.action().name, permit.actor().guild);
        let kept = runbooks.named(guild, name).await?;
        let book = Runbooks::book(&kept)?.book;
        let runs = runbooks.store.runbook_runs(guild, name.as_str(), RUNS).await?;
        Ok(Shown {
            name: name.clone(),
            version: kept.version,
            steps: book.steps.iter().map(line).collect(),
            needs: book.needs().into_iter().map(str::to_owned).collect(),
            wants: book.triggers.iter().map(|trigger| wants(trigger, name.as_str())).collect(),
            description: book.description,
            runs: runs.into_iter().map(|run| (run.state, run.reference, run.began.0, run.detail)).collect(),
            by: kept.by.to_string(),
        })
    }
}

/// A step, with all that decides what becomes of it.
fn line(step: &Step) -> String {
    let mut line = format!("{}: {}", code(&step.name), described(step));
    if step.retries > 0 {
        line.push_str(" · ");
        line.push_str(&measure::count(u64::from(step.retries), "more try", "more tries"));
    }
    match step.on_failure {
        OnFailure::Continue => line.push_str(" · goes on if it fails"),
        OnFailure::Escalate => line.push_str(" · escalates if it fails"),
        OnFailure::Abort => {}
    }
    if step.condition.is_some() {
        line.push_str(" · only on its condition");
    }
    line
}

impl Report for Shown {
    fn card(&self) -> Card {
        let mut card = Card::plain(format!("**Runbook** {}", code(self.name.as_str())))
            .fact(format!("version {}", code(&self.version)))
            .fact(measure::count(self.steps.len() as u64, "step", "steps"));
        if !self.description.is_empty() {
            card = card.text(clean(&self.description));
        }
        for (number, step) in self.steps.iter().enumerate() {
            card = card.row(format!("{}. {step}", number + 1), None);
        }
        if !self.needs.is_empty() {
            let needs: Vec<String> = self.needs.iter().map(code).collect();
            card = card.text(format!("To be given when it is run: {}", needs.join(", ")));
        }
        for wants in &self.wants {
            card = card.text(format!("Wants to run {wants}"));
        }
        for (state, reference, at, detail) in &self.runs {
            let detail = detail.as_ref().map(|detail| format!(" · {detail}")).unwrap_or_default();
            card = card
                .row(format!("{} {}  {state} · ref {reference}{detail}", glyph(state), Millis(*at).relative()), None);
        }
        if self.needs.is_empty() {
            let run =
                RunRunbook { name: self.name.clone(), vars: String::new(), channel: None, incident: None, alert: None };
            card = card.choice(Choice::perform("Run", &run, Lands::Below).weigh(Weight::Primary));
        }
        card.choice(Choice::perform("Export", &ExportRunbook { name: self.name.clone() }, Lands::Below))
            .small(format!("imported by <@{}>", self.by))
    }
}
