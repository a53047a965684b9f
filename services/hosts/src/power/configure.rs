//! Keeps how a server is switched on.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, ServerName, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::servers::Server;

use super::how::How;
use crate::Hosts;

/// Set how a server is switched on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ConfigurePower {
    /// The server.
    pub server: ServerName,
    /// How from now on; none means not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<How>,
}

/// How it is now.
#[derive(Debug, Serialize)]
pub struct PowerConfigured {
    server: String,
    how: Option<How>,
}

/// What is kept: the server it is done on is a machine and not a name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) how: How,
    /// The id of the server it is done on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    through: Option<String>,
}

impl Action for ConfigurePower {
    const NAME: &'static str = "server.configure-power";
    const RISK: Risk = Risk::Change;
    type Service = Hosts;
    type Report = PowerConfigured;

    fn plan(&self) -> String {
        let server = code(self.server.as_str());
        match &self.how {
            Some(how) => format!("Note how {server} is switched on: it {}", how.words()),
            None => format!("Forget how {server} is switched on"),
        }
    }

    fn refusal(&self) -> String {
        format!("say how {} is switched on", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        let mut known = hosts.assess(actor.guild, &self.server, Self::RISK);
        if let Some(how) = &self.how {
            // Something of ours is run there whenever the server is switched on.
            known.also.extend(how.through().map(|through| ("server.run", through.to_string())));
            if let How::Ipmi { secret, .. } = how {
                known.also.push(("secret.use", secret.to_string()));
            }
        }
        Ok(known)
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, _: &Run) -> Result<PowerConfigured> {
        hosts.configure_power(&permit).await
    }
}

impl Hosts {
    async fn configure_power(&self, permit: &Permit<ConfigurePower>) -> Result<PowerConfigured> {
        let (action, guild) = (permit.action(), permit.actor().guild);
        let server = self.find(guild, &action.server)?;
        let kept = match &action.how {
            None => None,
            Some(how) => {
                let through = how.through().map(|through| self.find(guild, through)).transpose()?;
                if through.as_ref().is_some_and(|through| through.id == server.id) {
                    return Err(Error::Invalid(format!(
                        "{} cannot switch itself on. Nothing was changed.",
                        code(&server.name)
                    )));
                }
                if let How::Ipmi { secret, .. } = how
                    && self.store.named_secret(guild, secret.as_str()).await?.is_none()
                {
                    return Err(Error::NotFound { kind: "secret", name: secret.to_string() });
                }
                let kept = Kept { how: how.clone(), through: through.map(|through| through.id) };
                let kept = serde_json::to_string(&kept);
                Some(kept.map_err(|error| Error::internal("writing down how a server is switched on", error))?)
            }
        };
        if !self.store.set_power(&server, kept.as_deref()).await? {
            return Err(Error::Invalid(format!("{} has no pinned key yet. Nothing was changed.", code(&server.name))));
        }
        Ok(PowerConfigured { server: server.name, how: action.how.clone() })
    }

    /// How a server is switched on, if that was ever said.
    pub(super) async fn power(&self, server: &Server) -> Result<Option<Kept>> {
        let Some(kept) = self.store.power(server).await? else { return Ok(None) };
        serde_json::from_str(&kept)
            .map(Some)
            .map_err(|error| Error::internal("reading how a server is switched on", error))
    }

    /// The server that it is done on.
    ///
    /// # Errors
    /// When it is gone: another one of that name is another machine.
    pub(super) fn through(&self, server: &Server, kept: &Kept) -> Result<Server> {
        let found = self.of(server.guild).into_iter().find(|other| kept.through.as_ref() == Some(&other.id));
        found.ok_or_else(|| {
            Error::Invalid(format!(
                "The server that switched {} on is gone. Nothing was done; say anew how, with `/server power`.",
                code(&server.name)
            ))
        })
    }
}

impl Report for PowerConfigured {
    fn card(&self) -> Card {
        let server = code(&self.server);
        match &self.how {
            Some(how) => {
                Card::ok(format!("**Noted** how {server} is switched on")).text(format!("It {}.", how.words()))
            }
            None => Card::ok(format!("**Forgot** how {server} is switched on")),
        }
    }
}
