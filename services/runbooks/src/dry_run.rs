//! Shows what a run would do, and whose yes each step would take. Nothing is done.

use base::{Action, Card, Error, Need, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    BookName, Runbooks,
    plan::{Asks, asks},
    run,
};

/// Show what a runbook would do.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DryRun {
    /// The runbook.
    pub name: BookName,
    /// Its variables, such as `server=web-1 container=api`.
    #[serde(default)]
    pub vars: String,
}

/// What it would do.
#[derive(Debug, Serialize)]
pub struct Dry {
    name: BookName,
    steps: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    step: String,
    what: String,
    /// What it would need: a yes, a grant, or nothing.
    needs: Needs,
    /// Whether it stands under a condition.
    is_conditional: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Needs {
    Nothing,
    Yes(String),
    /// It would not be done, and why.
    Refused(String),
}

impl Action for DryRun {
    const NAME: &'static str = "runbook.dry-run";
    const RISK: Risk = Risk::Observe;
    type Service = Runbooks;
    type Report = Dry;

    fn plan(&self) -> String {
        format!("Show what runbook {} would do", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("see what runbook {} would do", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, runbooks: &Runbooks, _: &Run) -> Result<Dry> {
        let (asked, actor) = (permit.action(), permit.actor());
        let kept = runbooks.named(actor.guild, &asked.name).await?;
        let book = Runbooks::book(&kept)?.book;
        let vars = run::vars(&book, &asked.vars, run::Extra::Refused)?;
        let channel = runbooks.store.guild_settings(actor.guild).await?.ops_channel;
        let door = runbooks.door()?;
        let mut steps = Vec::new();
        for step in &book.steps {
            let (what, needs) = match asks(step, &vars, channel) {
                Ok(Asks::Line(line)) => (format!("log {}", code(line)), Needs::Nothing),
                Ok(Asks::Wait(span)) => (format!("wait {}", measure::span(span)), Needs::Nothing),
                Ok(Asks::Model) => ("ask a model".to_owned(), Needs::Refused("there is no assistant yet".to_owned())),
                Ok(Asks::Action(action, arguments)) => match door.foresee(actor, action, arguments).await {
                    Ok(foreseen) if foreseen.need == Need::Never => (foreseen.plan, Needs::Nothing),
                    Ok(foreseen) => (foreseen.plan, Needs::Yes(foreseen.why)),
                    Err(error @ Error::Internal { .. }) => return Err(error),
                    Err(error) => (format!("`{action}`"), Needs::Refused(error.to_string())),
                },
                Err(error) => (crate::plan::described(step), Needs::Refused(error.to_string())),
            };
            steps.push(Line { step: step.name.clone(), what, needs, is_conditional: step.condition.is_some() });
        }
        Ok(Dry { name: asked.name.clone(), steps })
    }
}

impl Report for Dry {
    fn card(&self) -> Card {
        let refused = self.steps.iter().filter(|line| matches!(line.needs, Needs::Refused(_))).count() as u64;
        let asked = self.steps.iter().filter(|line| matches!(line.needs, Needs::Yes(_))).count() as u64;
        let title = format!("**Dry run** of runbook {}", code(self.name.as_str()));
        let card = if refused > 0 { Card::attention(title) } else { Card::plain(title) };
        let mut card = card.fact(measure::count(self.steps.len() as u64, "step", "steps"));
        if asked > 0 {
            card = card.fact(format!("{asked} would wait for a yes"));
        }
        if refused > 0 {
            card = card.fact(format!("{refused} would not be done"));
        }
        for (number, line) in self.steps.iter().enumerate() {
            let (glyph, needs) = match &line.needs {
                Needs::Nothing => ("✓", String::new()),
                Needs::Yes(why) => ("!", format!(" · a yes: {why}")),
                Needs::Refused(why) => ("✕", format!(" · {why}")),
            };
            let only = if line.is_conditional { " · only on its condition" } else { "" };
            card = card.row(format!("{glyph} {}. {}: {}{needs}{only}", number + 1, code(&line.step), line.what), None);
        }
        card.text("Nothing was done.")
    }
}
