//! Where the engine of a server listens, where that is not where Docker does: without root, or Podman.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, ServerName, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Containers, engine::Engine, place::LOCAL};

/// The longest that a socket's address takes.
const LONGEST: usize = 107;

/// Say where a server's engine listens.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UseSocket {
    /// The server.
    pub server: ServerName,
    /// The socket's path there; none is where Docker listens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// What answers there.
#[derive(Debug, Serialize)]
pub struct Found {
    server: ServerName,
    version: String,
    api: String,
}

impl Action for UseSocket {
    const NAME: &'static str = "container.socket";
    const RISK: Risk = Risk::Change;
    type Service = Containers;
    type Report = Found;

    fn plan(&self) -> String {
        match &self.path {
            Some(path) => format!("Use the engine at {} on {}", code(path), code(self.server.as_str())),
            None => format!("Use Docker's own engine on {}", code(self.server.as_str())),
        }
    }

    fn refusal(&self) -> String {
        format!("say where the engine of {} listens", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, containers: &Containers, actor: &Actor) -> Result<Assessment> {
        // Something else may listen at another socket: that is as much as a command there.
        let also = vec![("server.run", self.server.to_string())];
        Ok(Assessment { also, ..containers.assess(actor.guild, &self.server, Self::RISK) })
    }

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Found> {
        let (action, guild) = (permit.action(), permit.actor().guild);
        if let Some(path) = &action.path
            && (!path.starts_with('/') || path.len() > LONGEST || path.chars().any(char::is_control))
        {
            return Err(Error::Invalid(format!(
                "A socket is a whole path of at most {LONGEST} bytes, such as `/run/user/1000/docker.sock`. Nothing was changed."
            )));
        }
        let Ok(server) = containers.hosts.server(guild, &action.server) else {
            containers.place(guild, &action.server).await?;
            return Err(Error::Invalid(format!(
                "Where {} listens, `DOCKER_HOST` says. Nothing was changed.",
                code(LOCAL)
            )));
        };
        // It answers, or nothing is changed.
        let id = server.id.clone();
        let place = containers.on_server(server, &action.server, action.path.clone());
        let version = Engine::new(place.way.clone()).ask(|docker| async move { docker.version().await }).await;
        let version = version.map_err(|refusal| place.refused(refusal, "say its version", None))?;
        containers.store.set_engine_socket(guild, &id, action.path.as_deref()).await?;
        Ok(Found {
            server: action.server.clone(),
            version: version.version.unwrap_or_default(),
            api: version.api_version.unwrap_or_default(),
        })
    }
}

impl Report for Found {
    fn card(&self) -> Card {
        Card::ok(format!("**Found** Docker on {}", code(self.server.as_str())))
            .fact(format!("version {}", code(&self.version)))
            .fact(format!("API {}", code(&self.api)))
    }
}
