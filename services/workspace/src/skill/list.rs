//! The skills of a guild.

use base::{Action, Card, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Workspace,
    listing::{self, Line},
};

/// List the skills.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListSkills {}

/// What there is.
#[derive(Debug, Serialize)]
pub struct Listed {
    skills: Vec<Line>,
}

impl Action for ListSkills {
    const NAME: &'static str = "skill.list";
    const RISK: Risk = Risk::Observe;
    type Service = Workspace;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the skills".to_owned()
    }

    fn refusal(&self) -> String {
        "list skills".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, _: &Run) -> Result<Listed> {
        let all = workspace.catalogue(permit.actor().guild).await?;
        let skills = listing::lines(&all.skills, |skill| {
            let words = if skill.description.is_empty() { &skill.title } else { &skill.description };
            words.clone()
        });
        Ok(Listed { skills })
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        listing::card("Skills", &self.skills, &[])
    }
}
