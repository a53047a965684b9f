//! A skill, as it is written.

use std::sync::Arc;

use base::{Action, Actor, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ItemName, Mistake, Skill, Workspace,
    item::Origin,
    listing::{beginning, broken},
    workspace::find,
};

/// So much of it is on the card; where there is more, all of it is in a file.
const BODY: usize = 2_500;

/// Show a skill.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowSkill {
    /// The skill.
    pub name: ItemName,
}

/// How it is.
#[derive(Debug, Serialize)]
pub struct Shown {
    name: ItemName,
    origin: Origin,
    skill: Option<Skill>,
    told: Vec<String>,
    #[serde(skip)]
    beginning: String,
}

impl Action for ShowSkill {
    const NAME: &'static str = "skill.show";
    const RISK: Risk = Risk::Observe;
    type Service = Workspace;
    type Report = Shown;

    fn plan(&self) -> String {
        format!("Show skill {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("see skill {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn exists(&self, workspace: &Workspace, actor: &Actor) -> Result<()> {
        find("skill", &self.name, workspace.catalogue(actor.guild).await?.skills).map(drop)
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, run: &Run) -> Result<Shown> {
        let name = permit.action().name.clone();
        let item = find("skill", &name, workspace.catalogue(permit.actor().guild).await?.skills)?;
        let told = item.mistakes().map(Mistake::told).collect();
        let (origin, skill) = (item.origin, item.what.read.ok());
        let body = skill.as_ref().map(|skill| run.redactor().mask(&skill.body).into_owned()).unwrap_or_default();
        Ok(Shown { name, origin, skill, told, beginning: beginning(&body, BODY) })
    }
}

impl Report for Shown {
    fn card(&self) -> Card {
        let Some(skill) = &self.skill else {
            return broken("Skill", self.name.as_str(), self.origin, &self.told);
        };
        let mut card = Card::plain(format!("**Skill** {}", code(self.name.as_str()))).fact(self.origin.words());
        card = card.row(code(&skill.title), None);
        if !skill.description.is_empty() {
            card = card.text(code(&skill.description));
        }
        if skill.body.chars().count() > BODY {
            card = card.file(format!("{}.md", self.name), Arc::new(skill.body.clone().into_bytes()));
        }
        card.code("", self.beginning.clone())
    }
}
