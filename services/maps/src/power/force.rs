//! Makes a service end that did not when it was asked to: by the map's own line for that, and after a person confirmed it.
//!
//! **Invariant:** it is no part of stopping: nothing is forced because something else took too long.

use std::time::Duration;

use base::{Action, Actor, Assessment, Permit, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DEADLINE, Deed, Turned, Wish, With};
use crate::{Maps, ServiceName};

/// Force a service to end that did not when it was stopped.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ForceStopService {
    /// The service, as the map calls it.
    pub service: ServiceName,
}

impl ForceStopService {
    fn wish(&self) -> Wish<'_> {
        Wish { service: &self.service, with: With::Alone, deed: Deed::ForceStop }
    }
}

impl Action for ForceStopService {
    const NAME: &'static str = "service.force-stop";
    /// What it was writing is cut off.
    const RISK: Risk = Risk::Destroy;
    const DURABLE: bool = true;
    type Service = Maps;
    type Report = Turned;

    fn plan(&self) -> String {
        format!("Force-stop service {}", code(self.service.as_str()))
    }

    fn refusal(&self) -> String {
        format!("force-stop service {}", code(self.service.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.service.to_string())
    }

    fn lease(&self, _: Risk) -> Option<String> {
        // The same as of the others: two orders at a time would be none.
        Some("services".to_owned())
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }

    async fn assess(&self, maps: &Maps, actor: &Actor) -> Result<Assessment> {
        maps.assess(actor, Self::NAME, &self.wish()).await
    }

    async fn exists(&self, maps: &Maps, actor: &Actor) -> Result<()> {
        maps.stands(actor.guild).await?.find(&self.service).map(drop)
    }

    async fn run(permit: Permit<Self>, maps: &Maps, run: &Run) -> Result<Turned> {
        maps.go(&permit, &permit.action().wish(), run).await
    }
}
