//! The images of an engine, the largest first.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName, card::code, measure};
use bollard::query_parameters::ListImagesOptionsBuilder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Containers, look};

/// More would not be read, and would not fit a card.
const SHOWN: usize = 20;

/// List the images.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListImages {
    /// The server they are on.
    pub server: ServerName,
}

/// The images.
#[derive(Debug, Serialize)]
pub struct Listed {
    server: ServerName,
    images: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    bytes: u64,
}

impl Action for ListImages {
    const NAME: &'static str = "image.list";
    const RISK: Risk = Risk::Observe;
    type Service = Containers;
    type Report = Listed;

    fn plan(&self) -> String {
        format!("List the images on {}", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("list the images on {}", code(self.server.as_str()))
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Listed> {
        let server = permit.action().server.clone();
        let (engine, place) = containers.engine(permit.actor().guild, &server).await?;
        let all = ListImagesOptionsBuilder::new().build();
        let found = engine.ask(|docker| async move { docker.list_images(Some(all)).await }).await;
        let found = found.map_err(|refusal| place.refused(refusal, "list its images", None))?;
        let mut images: Vec<Line> = found
            .into_iter()
            .map(|image| {
                let name = image.repo_tags.into_iter().find(|tag| tag != "<none>:<none>");
                let bytes = u64::try_from(image.size).unwrap_or_default();
                Line { name: name.unwrap_or_else(|| look::short(&image.id).to_owned()), bytes }
            })
            .collect();
        images.sort_by(|one, other| other.bytes.cmp(&one.bytes).then_with(|| one.name.cmp(&other.name)));
        Ok(Listed { server, images })
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let server = code(self.server.as_str());
        if self.images.is_empty() {
            return Card::plain(format!("**Images** on {server}: none")).text("`/image pull` fetches the first.");
        }
        // Layers that several share are counted for each.
        let bytes = self.images.iter().map(|image| image.bytes).sum();
        let mut card = Card::plain(format!("**Images** on {server}"))
            .fact(measure::count(self.images.len() as u64, "image", "images"))
            .fact(format!("{} at most", measure::bytes(bytes)));
        for image in self.images.iter().take(SHOWN) {
            card = card.row(format!("{}  {}", code(&image.name), measure::bytes(image.bytes)), None);
        }
        match self.images.len().saturating_sub(SHOWN) {
            0 => card,
            more => card.text(format!("and {more} more, all smaller")),
        }
    }
}
