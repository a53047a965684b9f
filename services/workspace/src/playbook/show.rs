//! A playbook: its steps.

use std::fmt::Write;

use base::{Action, Actor, Card, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ItemName, Mistake, Playbook, Workspace,
    item::Origin,
    listing::{beginning, broken},
    workspace::find,
};

/// So much of how its steps are done is on the card.
const BODIES: usize = 1_500;

/// Show a playbook.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowPlaybook {
    /// The playbook.
    pub name: ItemName,
}

/// How it is.
#[derive(Debug, Serialize)]
pub struct Shown {
    name: ItemName,
    origin: Origin,
    playbook: Option<Playbook>,
    told: Vec<String>,
    #[serde(skip)]
    bodies: String,
}

impl Action for ShowPlaybook {
    const NAME: &'static str = "playbook.show";
    const RISK: Risk = Risk::Observe;
    type Service = Workspace;
    type Report = Shown;

    fn plan(&self) -> String {
        format!("Show playbook {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("see playbook {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn exists(&self, workspace: &Workspace, actor: &Actor) -> Result<()> {
        find("playbook", &self.name, workspace.catalogue(actor.guild).await?.playbooks).map(drop)
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, run: &Run) -> Result<Shown> {
        let name = permit.action().name.clone();
        let item = find("playbook", &name, workspace.catalogue(permit.actor().guild).await?.playbooks)?;
        let told = item.mistakes().map(Mistake::told).collect();
        let (origin, playbook) = (item.origin, item.what.read.ok());
        let mut bodies = String::new();
        for (number, step) in playbook.iter().flat_map(|playbook| playbook.steps.iter().enumerate()) {
            if !step.body.is_empty() {
                let _ = writeln!(bodies, "{}. {}\n", number + 1, step.body);
            }
        }
        let bodies = beginning(run.redactor().mask(&bodies).trim_end(), BODIES);
        Ok(Shown { name, origin, playbook, told, bodies })
    }
}

impl Report for Shown {
    fn card(&self) -> Card {
        let Some(playbook) = &self.playbook else {
            return broken("Playbook", self.name.as_str(), self.origin, &self.told);
        };
        let mut card = Card::plain(format!("**Playbook** {}", code(self.name.as_str())))
            .fact(measure::count(playbook.steps.len() as u64, "step", "steps"))
            .fact(self.origin.words())
            .row(code(&playbook.title), None);
        if !playbook.description.is_empty() {
            card = card.text(code(&playbook.description));
        }
        for (number, step) in playbook.steps.iter().enumerate() {
            card = card.row(format!("{}. {}", number + 1, code(&step.title)), None);
        }
        card.code("", self.bodies.clone()).small(format!("`/playbook start name:{}` goes through it", self.name))
    }
}
