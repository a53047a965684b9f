//! Removes an agent that people made. What it took the place of is there again.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ItemName, Workspace, item::Origin, workspace::find};

/// Remove an agent that was made here.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveAgent {
    /// The agent.
    pub name: ItemName,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Removed {
    name: ItemName,
    /// Where the one is from that is there again.
    again: Option<Origin>,
}

impl Action for RemoveAgent {
    const NAME: &'static str = "agent.remove";
    const RISK: Risk = Risk::Change;
    type Service = Workspace;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Remove agent {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("remove agent {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, _: &Run) -> Result<Removed> {
        let (name, guild) = (permit.action().name.clone(), permit.actor().guild);
        let item = find("agent", &name, workspace.catalogue(guild).await?.agents)?;
        if item.origin != Origin::Guild {
            return Err(Error::Invalid(format!(
                "{} is {}, and only what was made here can be removed here. `/agent create` makes another in its place.",
                code(name.as_str()),
                item.origin.words()
            )));
        }
        if workspace.store.remove_guild_agent(guild, name.as_str()).await? {
            return Ok(Removed { name, again: item.replaces.last().copied() });
        }
        Err(Error::NotFound { kind: "agent", name: name.to_string() })
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Removed** agent {}", code(self.name.as_str())));
        match self.again {
            Some(origin) => card.text(format!("The one that is {} is there again.", origin.words())),
            None => card,
        }
    }
}
