//! Removes an image that nothing uses.

use std::time::Duration;

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName, card::code, measure};
use bollard::query_parameters::RemoveImageOptions;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Image;
use crate::{
    Containers,
    engine::{DEADLINE, WORKS},
};

/// Remove an image.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveImage {
    /// The server it is on.
    pub server: ServerName,
    /// The image.
    pub image: Image,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Removed {
    server: ServerName,
    image: Image,
    layers: usize,
}

impl Action for RemoveImage {
    const NAME: &'static str = "image.remove";
    const RISK: Risk = Risk::Destroy;
    type Service = Containers;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Remove image {} on {}", code(self.image.as_str()), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("remove images on {}", code(self.server.as_str()))
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Removed> {
        let RemoveImage { server, image } = permit.action().clone();
        let (engine, place) = containers.engine(permit.actor().guild, &server).await?;
        let name = image.as_str();
        let gone = engine.ask_within(WORKS, |docker| async move {
            docker.remove_image(name, None::<RemoveImageOptions>, None).await
        });
        let what = format!("remove {}", code(name));
        let gone = gone.await.map_err(|refusal| place.refused(refusal, &what, Some(("image", name))))?;
        let layers = gone.iter().filter(|one| one.deleted.is_some()).count();
        Ok(Removed { server, image, layers })
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Removed** {} on {}", code(self.image.as_str()), code(self.server.as_str())));
        match self.layers {
            0 => card.text("The name is gone; the image has another one, and stays."),
            layers => card.fact(measure::count(layers as u64, "layer", "layers")),
        }
    }
}
