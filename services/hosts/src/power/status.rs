//! Is it on?

use std::time::Duration;

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName,
    card::{Choice, Lands, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{WakeServer, how::How, switch::Ask};
use crate::{Hosts, script::Script};

/// How long it may take to say how long it is up.
const ASKED: Duration = Duration::from_secs(10);

/// Show whether a server is on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PowerStatus {
    /// The server.
    pub server: ServerName,
}

/// Whether it is.
#[derive(Debug, Serialize)]
pub struct PowerShown {
    server: ServerName,
    /// How long it is up, in seconds, where it answers.
    up_s: Option<u64>,
    answers: bool,
    /// Why it does not.
    silent: Option<String>,
    /// What its hypervisor or controller says.
    said: Option<String>,
    how: Option<How>,
}

impl Action for PowerStatus {
    const NAME: &'static str = "server.power-status";
    const RISK: Risk = Risk::Observe;
    type Service = Hosts;
    type Report = PowerShown;

    fn plan(&self) -> String {
        format!("Show whether {} is on", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("look at the power of {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        Ok(hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, run: &Run) -> Result<PowerShown> {
        let name = permit.action().server.clone();
        let server = hosts.find(permit.actor().guild, &name)?;
        let kept = hosts.power(&server).await?;
        let uptime = Script::new("read -r up rest </proc/uptime && echo \"nebula-up ${up%%.*}\"", &[]);
        let asked = hosts.script(&server, uptime, ASKED, run.cancel()).await;
        let said = match &kept {
            Some(kept) if !matches!(kept.how, How::Lan { .. }) => {
                Some(match hosts.switch(&server, kept, Ask::State, run.cancel()).await {
                    Ok(said) => said,
                    Err(error) => error.to_string(),
                })
            }
            _ => None,
        };
        let silent = asked.as_ref().err().map(|error| match error {
            base::Error::Outside(card) => card.texts().next().unwrap_or_default().to_owned(),
            other => other.to_string(),
        });
        let up_s = asked.as_ref().ok().and_then(|said| said.value("nebula-up")).and_then(|up| up.parse().ok());
        Ok(PowerShown { server: name, up_s, answers: asked.is_ok(), silent, said, how: kept.map(|kept| kept.how) })
    }
}

impl Report for PowerShown {
    fn card(&self) -> Card {
        let server = code(self.server.as_str());
        let mut card = if self.answers {
            Card::ok(format!("**{server} is on**"))
        } else {
            Card::attention(format!("**{server} does not answer**"))
        };
        if let Some(up) = self.up_s {
            card = card.fact(format!("up {}", measure::age(Duration::from_secs(up))));
        }
        if let Some(silent) = &self.silent {
            card = card.text(silent);
        }
        if let Some(how) = &self.how {
            card = card.text(format!("It {}.", how.words()));
        }
        if let Some(said) = &self.said {
            card = card.text(format!("that says  {}", code(said)));
        }
        if !self.answers && self.how.is_some() {
            card = card.beside(Choice::perform("Wake it", &WakeServer { server: self.server.clone() }, Lands::Below));
        }
        card
    }
}
