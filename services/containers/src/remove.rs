//! Removes a container for good; its volumes stay.

use std::time::Duration;

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName, card::code};
use bollard::query_parameters::RemoveContainerOptionsBuilder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Containers, Name,
    engine::{DEADLINE, WORKS},
};

/// Remove a container.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveContainer {
    /// The server it is on.
    pub server: ServerName,
    /// The container's name.
    pub container: Name,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Removed {
    server: ServerName,
    container: Name,
}

impl Action for RemoveContainer {
    const NAME: &'static str = "container.remove";
    const RISK: Risk = Risk::Destroy;
    type Service = Containers;
    type Report = Removed;

    fn plan(&self) -> String {
        let (container, server) = (code(self.container.as_str()), code(self.server.as_str()));
        format!("Remove container {container} on {server}, and kill it if it runs")
    }

    fn refusal(&self) -> String {
        format!("remove containers on {}", code(self.server.as_str()))
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Removed> {
        let RemoveContainer { server, container } = permit.action().clone();
        let (engine, place) = containers.engine(permit.actor().guild, &server).await?;
        let forced = RemoveContainerOptionsBuilder::new().force(true).v(false).build();
        let name = container.as_str();
        let gone =
            engine.ask_within(WORKS, |docker| async move { docker.remove_container(name, Some(forced)).await }).await;
        gone.map_err(|refusal| place.refused(refusal, &format!("remove {}", code(name)), Some(("container", name))))?;
        Ok(Removed { server, container })
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        Card::ok(format!("**Removed** {} on {}", code(self.container.as_str()), code(self.server.as_str())))
            .text("Its volumes are still there.")
    }
}
