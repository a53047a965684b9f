//! Volumes, to look at.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName, card::code, measure};
use bollard::query_parameters::{ListContainersOptionsBuilder, ListVolumesOptions};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Containers, Name, engine::Engine, look, place::Place};

/// More would not be read, and would not fit a card.
const SHOWN: usize = 20;

/// List the volumes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListVolumes {
    /// The server they are on.
    pub server: ServerName,
}

/// Show a volume.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowVolume {
    /// The server it is on.
    pub server: ServerName,
    /// The volume's name.
    pub volume: Name,
}

/// The volumes.
#[derive(Debug, Serialize)]
pub struct Listed {
    server: ServerName,
    volumes: Vec<(String, Vec<String>)>,
}

/// One volume.
#[derive(Debug, Serialize)]
pub struct Shown {
    server: ServerName,
    volume: Name,
    driver: String,
    path: String,
    users: Vec<String>,
}

impl Action for ListVolumes {
    const NAME: &'static str = "volume.list";
    const RISK: Risk = Risk::Observe;
    type Service = Containers;
    type Report = Listed;

    fn plan(&self) -> String {
        format!("List the volumes on {}", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("list the volumes on {}", code(self.server.as_str()))
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Listed> {
        let server = permit.action().server.clone();
        let (engine, place) = containers.engine(permit.actor().guild, &server).await?;
        let found = engine.ask(|docker| async move { docker.list_volumes(None::<ListVolumesOptions>).await }).await;
        let found = found.map_err(|refusal| place.refused(refusal, "list its volumes", None))?;
        let used = used(&engine, &place).await?;
        let users =
            |volume: &str| used.iter().filter(|(name, _)| name == volume).map(|(_, user)| user.clone()).collect();
        let mut volumes: Vec<(String, Vec<String>)> =
            found.volumes.into_iter().flatten().map(|volume| (volume.name.clone(), users(&volume.name))).collect();
        volumes.sort();
        Ok(Listed { server, volumes })
    }
}

/// Each volume that a container has, with that container's name.
async fn used(engine: &Engine, place: &Place) -> Result<Vec<(String, String)>> {
    let every = ListContainersOptionsBuilder::new().all(true).build();
    let found = engine.ask(|docker| async move { docker.list_containers(Some(every)).await }).await;
    let found = found.map_err(|refusal| place.refused(refusal, "list its containers", None))?;
    let of = |container: &bollard::models::ContainerSummary| {
        let user = look::name(container);
        let mounts = container.mounts.clone().unwrap_or_default();
        mounts.into_iter().filter_map(move |mount| Some((mount.name?, user.clone())))
    };
    Ok(found.iter().flat_map(of).collect())
}

impl Action for ShowVolume {
    const NAME: &'static str = "volume.show";
    const RISK: Risk = Risk::Observe;
    type Service = Containers;
    type Report = Shown;

    fn plan(&self) -> String {
        format!("Show volume {} on {}", code(self.volume.as_str()), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("look at volumes on {}", code(self.server.as_str()))
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Shown> {
        let ShowVolume { server, volume } = permit.action().clone();
        let (engine, place) = containers.engine(permit.actor().guild, &server).await?;
        let name = volume.as_str();
        let found = engine.ask(|docker| async move { docker.inspect_volume(name).await }).await;
        let found = found.map_err(|refusal| place.refused(refusal, "show a volume", Some(("volume", name))))?;
        let users = used(&engine, &place).await?.into_iter().filter(|(of, _)| *of == found.name).map(|(_, user)| user);
        Ok(Shown { users: users.collect(), driver: found.driver, path: found.mountpoint, server, volume })
    }
}

fn by(users: &[String]) -> String {
    match users {
        [] => "no container has it".to_owned(),
        users => format!("used by {}", users.iter().take(5).map(code).collect::<Vec<_>>().join(", ")),
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let server = code(self.server.as_str());
        if self.volumes.is_empty() {
            return Card::plain(format!("**Volumes** on {server}: none"));
        }
        let unused = self.volumes.iter().filter(|(_, users)| users.is_empty()).count();
        let mut card = Card::plain(format!("**Volumes** on {server}"))
            .fact(measure::count(self.volumes.len() as u64, "volume", "volumes"))
            .fact(format!("{unused} unused"));
        for (name, users) in self.volumes.iter().take(SHOWN) {
            card = card.row(format!("{}  {}", code(name), by(users)), None);
        }
        match self.volumes.len().saturating_sub(SHOWN) {
            0 => card,
            more => card.text(format!("and {more} more")),
        }
    }
}

impl Report for Shown {
    fn card(&self) -> Card {
        Card::plain(format!("**Volume** {} on {}", code(self.volume.as_str()), code(self.server.as_str())))
            .fact(by(&self.users))
            .fact(code(&self.driver))
            .text(format!("path  {}", code(&self.path)))
    }
}
