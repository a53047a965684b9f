//! Removes what nothing uses.
//!
//! **Invariant:** volumes hold what people made, and are left alone unless they are asked for by an option of their own.

use std::time::Duration;

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName, card::code, measure};
use bollard::query_parameters::{PruneContainersOptions, PruneImagesOptions, PruneVolumesOptions};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Containers,
    engine::{DEADLINE, Refusal, WORKS},
};

/// Whether volumes are removed, too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Volumes {
    /// They stay.
    #[default]
    Keep,
    /// Those that no container has are removed, with all that is in them.
    Remove,
}

/// Remove what nothing uses.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Prune {
    /// The server.
    pub server: ServerName,
    /// Whether volumes that no container has are removed, too, with all that is in them.
    #[serde(default)]
    pub volumes: Volumes,
}

/// What is gone.
#[derive(Debug, Serialize)]
pub struct Pruned {
    server: ServerName,
    containers: usize,
    images: usize,
    volumes: Option<usize>,
    bytes: u64,
}

impl Action for Prune {
    const NAME: &'static str = "container.prune";
    const RISK: Risk = Risk::Destroy;
    type Service = Containers;
    type Report = Pruned;

    fn plan(&self) -> String {
        let server = code(self.server.as_str());
        match self.volumes {
            Volumes::Keep => format!("Remove stopped containers and images without a name on {server}; volumes stay"),
            Volumes::Remove => format!(
                "Remove stopped containers, images without a name **and volumes that no container has, with all that is in \
                 them**, on {server}"
            ),
        }
    }

    fn refusal(&self) -> String {
        format!("prune {}", code(self.server.as_str()))
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Pruned> {
        let Prune { server, volumes } = permit.action().clone();
        let (engine, place) = containers.engine(permit.actor().guild, &server).await?;
        let refused = |refusal| place.refused(refusal, "remove what nothing uses", None);
        // Containers are gone by then.
        let halfway = |refusal: Refusal| refused(refusal.halfway());
        let stopped = engine
            .ask_within(WORKS, |docker| async move { docker.prune_containers(None::<PruneContainersOptions>).await });
        let stopped = stopped.await.map_err(refused)?;
        let unnamed =
            engine.ask_within(WORKS, |docker| async move { docker.prune_images(None::<PruneImagesOptions>).await });
        let unnamed = unnamed.await.map_err(halfway)?;
        let unused = match volumes {
            Volumes::Keep => None,
            Volumes::Remove => {
                let unused = engine
                    .ask_within(WORKS, |docker| async move { docker.prune_volumes(None::<PruneVolumesOptions>).await });
                Some(unused.await.map_err(halfway)?)
            }
        };
        let freed =
            [stopped.space_reclaimed, unnamed.space_reclaimed, unused.as_ref().and_then(|it| it.space_reclaimed)];
        let deleted = unnamed.images_deleted.unwrap_or_default();
        Ok(Pruned {
            server,
            containers: stopped.containers_deleted.map_or(0, |all| all.len()),
            images: deleted.iter().filter(|image| image.deleted.is_some()).count(),
            volumes: unused.map(|unused| unused.volumes_deleted.map_or(0, |all| all.len())),
            bytes: freed.into_iter().flatten().filter_map(|bytes| u64::try_from(bytes).ok()).sum(),
        })
    }
}

impl Report for Pruned {
    fn card(&self) -> Card {
        let count = |number: usize, one, many| measure::count(number as u64, one, many);
        let card = Card::ok(format!("**Pruned** {}", code(self.server.as_str())))
            .fact(format!("{} freed", measure::bytes(self.bytes)))
            .fact(count(self.containers, "container", "containers"))
            .fact(count(self.images, "image layer", "image layers"));
        match self.volumes {
            Some(volumes) => card.fact(count(volumes, "volume", "volumes")),
            None => card.text("Volumes were left alone."),
        }
    }
}
