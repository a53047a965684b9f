//! Gives a map back as the file it came in.

use base::{Action, Card, Error, Millis, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Maps, read, service::reading};

/// Fetch the service map as a file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowMap {
    /// The version; the one that stands unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// The file.
#[derive(Debug, Serialize)]
pub struct MapFile {
    name: String,
    version: i64,
    services: usize,
    environment: Option<String>,
    at: i64,
    by: String,
    content: String,
}

impl Action for ShowMap {
    const NAME: &'static str = "service.map";
    const RISK: Risk = Risk::Observe;
    type Service = Maps;
    type Report = MapFile;

    fn plan(&self) -> String {
        match self.version {
            Some(version) => format!("Fetch version {version} of the service map"),
            None => "Fetch the service map".to_owned(),
        }
    }

    fn refusal(&self) -> String {
        "see the service map".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, maps: &Maps, _: &Run) -> Result<MapFile> {
        let guild = permit.actor().guild;
        let row = match permit.action().version {
            Some(version) => maps.store.service_map_version(guild, version).await?.ok_or_else(|| {
                Error::Invalid(format!("No map stood here as version {version}, or it is kept no longer."))
            })?,
            None => maps.stands(guild).await?.row.clone(),
        };
        Ok(MapFile {
            services: read::read(&row.content, &reading(&row)).map.services.len(),
            name: row.name,
            version: row.version.unwrap_or_default(),
            environment: row.environment,
            at: row.at.0,
            by: row.by,
            content: row.content,
        })
    }
}

impl Report for MapFile {
    fn card(&self) -> Card {
        let card = Card::plain(format!("**Service map** {}", code(&self.name)))
            .fact(format!("version {}", self.version))
            .fact(measure::count(self.services as u64, "service", "services"))
            .fact(format!("by <@{}> {}", self.by, Millis(self.at).relative()));
        let card = match &self.environment {
            Some(environment) => card.fact(format!("for {}", code(environment))),
            None => card,
        };
        card.file("service-map.yml", self.content.clone().into_bytes())
    }
}
