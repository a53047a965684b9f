//! Makes a planned map the one that stands: from then on its lines may be run.

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::service_maps::Taken;

use crate::{
    DrawMap, Maps, ServiceStatus, change, place,
    read::{self, Reading},
    service::reading,
};

/// Lines that an approver reads at once; the plan's card has them all.
const LINES: usize = 8;

/// Take a service map that was planned.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TakeMap {
    /// The plan.
    pub plan: String,
    /// What it calls itself.
    pub name: String,
    /// What tells it from any other.
    pub digest: String,
}

/// It stands.
#[derive(Debug, Serialize)]
pub struct MapTaken {
    name: String,
    version: i64,
    services: usize,
    unmatched: Vec<String>,
}

impl Action for TakeMap {
    const NAME: &'static str = "service.import";
    const RISK: Risk = Risk::Change;
    /// What its lines do is in them, and not in its name.
    const FREE_FORM: bool = true;
    type Service = Maps;
    type Report = MapTaken;

    fn plan(&self) -> String {
        let digest: String = self.digest.chars().take(8).collect();
        format!("Take service map {} as planned ({})", code(&self.name), code(digest))
    }

    fn refusal(&self) -> String {
        "import service maps".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, maps: &Maps, actor: &Actor) -> Result<Assessment> {
        let mut known = Assessment::of(Self::RISK);
        let Some(row) = maps.store.service_map_of(actor.guild, &self.plan).await? else { return Ok(known) };
        let old = maps.known(actor.guild).await?;
        let new = read::read(&row.content, &reading(&row)).map;
        let lines = change::between(old.as_ref().map(|old| &old.map), &new).lines;
        let mut words: Vec<String> = lines
            .iter()
            .take(LINES)
            .map(|(service, _, line)| format!("{} for {}", code(line), code(service)))
            .collect();
        if lines.len() > LINES {
            words.push(format!("and {} more", lines.len() - LINES));
        }
        known.why = Some(if words.is_empty() {
            "No line in it is new.".to_owned()
        } else {
            format!("Who may start and stop services may then run {}.", words.join(", "))
        });
        known.identity = Some(self.digest.clone());
        Ok(known)
    }

    async fn run(permit: Permit<Self>, maps: &Maps, _: &Run) -> Result<MapTaken> {
        let (asked, guild) = (permit.action(), permit.actor().guild);
        let gone = || {
            Error::Busy(
                "That plan is not kept any more, or was changed. Nothing was changed; `/service import` plans anew."
                    .to_owned(),
            )
        };
        let row = maps.store.service_map_of(guild, &asked.plan).await?.ok_or_else(gone)?;
        let how = reading(&row);
        if digest(&row.content, &how) != asked.digest || row.name != asked.name {
            return Err(gone());
        }
        let map = read::read(&row.content, &how).map;
        match maps.store.take_service_map(guild, &asked.plan).await? {
            Taken::Stands(row) => Ok(MapTaken {
                version: row.version.unwrap_or_default(),
                services: map.services.len(),
                unmatched: place::unmatched(&maps.hosts, guild, &map).into_iter().map(str::to_owned).collect(),
                name: row.name,
            }),
            Taken::Overtaken => Err(Error::Busy(
                "Another map was taken since this was planned. Nothing was changed; `/service import` plans anew."
                    .to_owned(),
            )),
            Taken::Gone => Err(gone()),
        }
    }
}

/// What tells a map, and how it is read, from any other.
pub(crate) fn digest(content: &str, reading: &Reading) -> String {
    let how = serde_json::json!([content, reading.environment, reading.values]).to_string();
    hex::encode(Sha256::digest(how.as_bytes()))
}

impl Report for MapTaken {
    fn card(&self) -> Card {
        let mut card = Card::ok(format!("**Took** service map {}", code(&self.name)))
            .fact(format!("version {}", self.version))
            .fact(measure::count(self.services as u64, "service", "services"));
        if !self.unmatched.is_empty() {
            let names: Vec<String> = self.unmatched.iter().map(code).collect();
            card = card.text(format!("no server here: {}", names.join(" ")));
        }
        card.choice(Choice::perform("Graph", &DrawMap { service: None }, Lands::Below)).choice(Choice::perform(
            "Status",
            &ServiceStatus { service: None },
            Lands::Below,
        ))
    }
}
