//! The playbooks of a guild, and those that people go through just now.

use base::{Action, Card, Millis, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Workspace,
    listing::{self, Line},
    playbook::Step,
};

/// So many of the last runs are looked at.
const RUNS: i64 = 10;

/// List the playbooks.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListPlaybooks {}

/// What there is.
#[derive(Debug, Serialize)]
pub struct Listed {
    playbooks: Vec<Line>,
    going_on: Vec<GoingOn>,
}

#[derive(Debug, Serialize)]
struct GoingOn {
    title: String,
    thread: u64,
    settled: usize,
    steps: usize,
    began: i64,
}

impl Action for ListPlaybooks {
    const NAME: &'static str = "playbook.list";
    const RISK: Risk = Risk::Observe;
    type Service = Workspace;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the playbooks".to_owned()
    }

    fn refusal(&self) -> String {
        "list playbooks".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, _: &Run) -> Result<Listed> {
        let guild = permit.actor().guild;
        let all = workspace.catalogue(guild).await?;
        let playbooks = listing::lines(&all.playbooks, |playbook| {
            format!("{}: {}", measure::count(playbook.steps.len() as u64, "step", "steps"), playbook.title)
        });
        let mut going_on = Vec::new();
        for run in workspace.store.playbook_runs(guild, RUNS).await? {
            let settled = workspace.store.settled_steps(guild, &run.id).await?.len();
            let steps = serde_json::from_str::<Vec<Step>>(&run.steps).unwrap_or_default().len();
            if let Some(thread) = run.thread.filter(|_| settled < steps) {
                going_on.push(GoingOn { title: run.title, thread, settled, steps, began: run.began.0 });
            }
        }
        Ok(Listed { playbooks, going_on })
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let mut card = listing::card("Playbooks", &self.playbooks, &[]);
        for run in &self.going_on {
            card = card.row(
                format!(
                    "◐ {} in <#{}> · {} of {} · begun {}",
                    code(&run.title),
                    run.thread,
                    run.settled,
                    run.steps,
                    Millis(run.began).relative()
                ),
                None,
            );
        }
        card
    }
}
