//! Looks at a machine and shows what it would take to make it one's own.

use std::time::Duration;

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, SecretName, ServerName,
    card::{Choice, Lands, Weight, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Docker, LinuxUser, Old, ProvisionServer, card};
use crate::Hosts;

/// Look at a server, and show what it would take to make it one's own.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PlanProvision {
    /// The server.
    pub server: ServerName,
    /// Who logs in from then on; `nebula` unless told.
    #[serde(default)]
    pub user: LinuxUser,
    /// Whether Docker is to be there.
    #[serde(default)]
    pub docker: Docker,
    /// The secret that holds a Tailscale auth key, to join its tailnet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tailscale: Option<SecretName>,
    /// What becomes of the key that logged in before.
    #[serde(default)]
    pub old: Old,
}

/// What is there, and what would be done.
#[derive(Debug, Serialize)]
pub struct ProvisionPlan {
    #[serde(flatten)]
    action: PlanProvision,
    system: String,
    logged_in_as: String,
    lines: Vec<String>,
    sudoers: String,
    obstacle: Option<String>,
    to_do: usize,
    #[serde(skip)]
    seen: String,
}

impl Action for PlanProvision {
    const NAME: &'static str = "server.plan-provision";
    const RISK: Risk = Risk::Observe;
    type Service = Hosts;
    type Report = ProvisionPlan;

    fn plan(&self) -> String {
        format!("Look at what it would take to provision {}", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("provision {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    fn deadline(&self) -> Duration {
        Duration::from_mins(3)
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        // Only who may have it used hears whether there is such a secret.
        let also = self.tailscale.iter().map(|secret| ("secret.use", secret.to_string())).collect();
        Ok(Assessment { also, ..hosts.assess(actor.guild, &self.server, Self::RISK) })
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, run: &Run) -> Result<ProvisionPlan> {
        let action = permit.action().clone();
        action.user.check()?;
        let server = hosts.find(permit.actor().guild, &action.server)?;
        if let Some(secret) = &action.tailscale
            && hosts.store.named_secret(server.guild, secret.as_str()).await?.is_none()
        {
            return Err(Error::NotFound { kind: "secret", name: secret.to_string() });
        }
        let facts = hosts.facts(&server, &action.user, run.cancel()).await?;
        let tailscale = action.tailscale.as_ref().map(SecretName::as_str);
        let steps = facts.steps(action.docker, tailscale);
        Ok(ProvisionPlan {
            system: facts.name.clone(),
            logged_in_as: server.user.clone(),
            lines: card::lines(&server, &facts, &action.user, (action.docker, tailscale, action.old)),
            obstacle: facts.obstacle(&server, &steps),
            to_do: steps.len(),
            seen: facts.digest(),
            sudoers: facts.sudoers,
            action,
        })
    }
}

impl Report for ProvisionPlan {
    fn card(&self) -> Card {
        let server = code(self.action.server.as_str());
        let system = if self.system.is_empty() { "an unknown system".to_owned() } else { code(&self.system) };
        let card = match (&self.obstacle, self.to_do) {
            (Some(_), _) => Card::attention(format!("**Cannot provision** {server}")),
            (None, 0) => Card::quiet(format!("**Nothing to do** on {server}")),
            (None, _) => Card::plain(format!("**Plan** provision {server}")),
        };
        let card = card
            .fact(system)
            .fact(format!("logged in as {}", code(&self.logged_in_as)))
            .fact("nothing was changed")
            .text(self.lines.join("\n"))
            .code("", &self.sudoers);
        if let Some(obstacle) = &self.obstacle {
            return card.text(obstacle);
        }
        if self.to_do == 0 {
            return card;
        }
        let PlanProvision { server, user, docker, tailscale, old } = self.action.clone();
        let provision = ProvisionServer { server, user, docker, tailscale, old, seen: self.seen.clone() };
        card.choice(Choice::perform("Provision", &provision, Lands::Below).weigh(Weight::Primary))
    }
}
