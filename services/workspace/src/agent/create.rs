//! Makes an agent in Discord, for one guild. It is checked as a file is.
//!
//! **Invariant:** an agent gives nobody more rights: what it may call is what its list allows of what its person may.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Agent, Condition, ItemName, Mistake, Workspace,
    agent::{self, is_pattern, written},
    item::{Item, Origin},
    mistake::quoted,
};

/// The most agents that a guild makes.
const MOST: i64 = 50;
/// In characters; a form takes 4,000.
const PROMPT: usize = 16_000;

/// Make an agent.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CreateAgent {
    /// What it is called.
    pub name: ItemName,
    /// What it is, in a word or two.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// What it is for, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What it is told before anything else.
    #[serde(default)]
    pub prompt: String,
    /// The actions it may call, as patterns (`server.show`, `container.*`); without any it may call whatever its person may.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// What must hold before its work counts as done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verify: Vec<String>,
    /// The agent above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ItemName>,
    /// The model it wants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// How often it may ask the model in one run, 1 to 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds: Option<u32>,
}

/// It is there.
#[derive(Debug, Serialize)]
pub struct Created {
    name: ItemName,
    tools: Vec<String>,
    /// Where the one is from whose place it takes.
    replaces: Option<Origin>,
}

impl Action for CreateAgent {
    const NAME: &'static str = "agent.create";
    const RISK: Risk = Risk::Change;
    type Service = Workspace;
    type Report = Created;

    fn plan(&self) -> String {
        format!("Make agent {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("make agent {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, run: &Run) -> Result<Created> {
        workspace.create_agent(&permit, run).await
    }
}

impl Workspace {
    async fn create_agent(&self, permit: &Permit<CreateAgent>, run: &Run) -> Result<Created> {
        let (asked, actor) = (permit.action(), permit.actor());
        let name = asked.name.as_str();
        if asked.prompt.trim().is_empty() || asked.prompt.chars().count() > PROMPT {
            return Err(Error::Invalid(format!(
                "An agent is what its prompt says: 1 to {PROMPT} characters. Nothing was made."
            )));
        }
        if let Some(odd) = asked.tools.iter().find(|pattern| !is_pattern(pattern)) {
            return Err(Error::Invalid(format!(
                "{} is no pattern of actions; one is `server.show`, or `server.*`. Nothing was made.",
                quoted(odd)
            )));
        }
        let (config, prompt) = written(&agent_of(asked));
        if run.redactor().finds(&config) || run.redactor().finds(&prompt) {
            return Err(Error::Invalid(
                "There is a secret in it, and an agent is kept for others to see. Nothing was made.".to_owned(),
            ));
        }
        // It is read as it will be from now on, among the others: what is wrong with it there is said before it is kept.
        let mut made = self.made(actor.guild).await?;
        if made.agents.iter().any(|item| item.name == name) {
            return Err(there_is_one(name));
        }
        let (read_as, read) = agent::read(name, ("config.yaml", &config), ("prompt.md", Some(&prompt)));
        made.agents.push(Item::new(Origin::Guild, "config.yaml", read_as, read));
        let mut all = self.catalogue_with(actor.guild, &made).await?;
        let replaces = match all.agents.remove(name) {
            Some(item) if item.ok().is_some() => item.replaces.last().copied(),
            other => {
                let told: Vec<String> = other.iter().flat_map(Item::mistakes).map(Mistake::told).collect();
                return Err(Error::Invalid(format!("It could not be used. Nothing was made.\n{}", told.join("\n"))));
            }
        };
        if !self.store.make_guild_agent(actor.guild, (name, &config, &prompt), actor.user, MOST).await? {
            return Err(if self.store.guild_agents(actor.guild).await?.iter().any(|agent| agent.name == name) {
                there_is_one(name)
            } else {
                Error::Invalid(format!("There are {MOST} agents already, and that is the most. Nothing was made."))
            });
        }
        Ok(Created { name: asked.name.clone(), tools: asked.tools.clone(), replaces })
    }
}

fn there_is_one(name: &str) -> Error {
    Error::Invalid(format!(
        "There is an agent {} that was made here. Nothing was changed; `/agent remove` takes it away first.",
        code(name)
    ))
}

fn agent_of(asked: &CreateAgent) -> Agent {
    Agent {
        name: asked.name.to_string(),
        role: asked.role.trim().to_owned(),
        description: asked.description.trim().to_owned(),
        capabilities: Vec::new(),
        parent: asked.parent.as_ref().map(ItemName::to_string),
        sub_agents: Vec::new(),
        mcp_servers: Vec::new(),
        tools: (!asked.tools.is_empty()).then(|| asked.tools.clone()),
        model: asked.model.as_deref().map(str::trim).filter(|model| !model.is_empty()).map(str::to_owned),
        rounds: asked.rounds,
        verify: asked.verify.iter().map(Condition::said).collect(),
        checks: Vec::new(),
        followups: Vec::new(),
        prompt: asked.prompt.trim().to_owned(),
    }
}

impl Report for Created {
    fn card(&self) -> Card {
        let mut card = Card::ok(format!("**Made** agent {}", code(self.name.as_str())));
        if let Some(origin) = self.replaces {
            card = card.fact(format!("in place of the one that is {}", origin.words()));
        }
        let tools: Vec<String> = self.tools.iter().map(code).collect();
        if tools.is_empty() {
            return card.text("It may call whatever the person it works for may.");
        }
        card.text(format!("It may call {}, and never more than the person it works for may.", tools.join(", ")))
    }
}
