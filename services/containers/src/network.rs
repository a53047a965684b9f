//! Networks, to look at.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Containers, Name};

/// More would not be read, and would not fit a card.
const SHOWN: usize = 20;

/// List the networks.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListNetworks {
    /// The server they are on.
    pub server: ServerName,
}

/// Show a network.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowNetwork {
    /// The server it is on.
    pub server: ServerName,
    /// The network's name.
    pub network: Name,
}

/// The networks.
#[derive(Debug, Serialize)]
pub struct Listed {
    server: ServerName,
    networks: Vec<(String, String)>,
}

/// One network.
#[derive(Debug, Serialize)]
pub struct Shown {
    server: ServerName,
    network: Name,
    driver: String,
    subnets: Vec<String>,
    containers: Vec<(String, String)>,
}

impl Action for ListNetworks {
    const NAME: &'static str = "network.list";
    const RISK: Risk = Risk::Observe;
    type Service = Containers;
    type Report = Listed;

    fn plan(&self) -> String {
        format!("List the networks on {}", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("list the networks on {}", code(self.server.as_str()))
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Listed> {
        let server = permit.action().server.clone();
        let (engine, place) = containers.engine(permit.actor().guild, &server).await?;
        let found = engine.ask(|docker| async move { docker.list_networks(None).await }).await;
        let found = found.map_err(|refusal| place.refused(refusal, "list its networks", None))?;
        let line =
            |network: bollard::models::Network| (network.name.unwrap_or_default(), network.driver.unwrap_or_default());
        let mut networks: Vec<(String, String)> = found.into_iter().map(line).collect();
        networks.sort();
        Ok(Listed { server, networks })
    }
}

impl Action for ShowNetwork {
    const NAME: &'static str = "network.show";
    const RISK: Risk = Risk::Observe;
    type Service = Containers;
    type Report = Shown;

    fn plan(&self) -> String {
        format!("Show network {} on {}", code(self.network.as_str()), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("look at networks on {}", code(self.server.as_str()))
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Shown> {
        let ShowNetwork { server, network } = permit.action().clone();
        let (engine, place) = containers.engine(permit.actor().guild, &server).await?;
        let name = network.as_str();
        let found = engine.ask(|docker| async move { docker.inspect_network(name, None).await }).await;
        let found = found.map_err(|refusal| place.refused(refusal, "show a network", Some(("network", name))))?;
        let subnets = found.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
        let mut containers: Vec<(String, String)> = found
            .containers
            .into_iter()
            .flat_map(std::collections::HashMap::into_values)
            .map(|one| (one.name.unwrap_or_default(), one.ipv4_address.unwrap_or_default()))
            .collect();
        containers.sort();
        Ok(Shown {
            driver: found.driver.unwrap_or_default(),
            subnets: subnets.into_iter().filter_map(|config| config.subnet).collect(),
            containers,
            server,
            network,
        })
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let mut card = Card::plain(format!("**Networks** on {}", code(self.server.as_str()))).fact(measure::count(
            self.networks.len() as u64,
            "network",
            "networks",
        ));
        for (name, driver) in self.networks.iter().take(SHOWN) {
            card = card.row(format!("{}  {}", code(name), code(driver)), None);
        }
        match self.networks.len().saturating_sub(SHOWN) {
            0 => card,
            more => card.text(format!("and {more} more")),
        }
    }
}

impl Report for Shown {
    fn card(&self) -> Card {
        let mut card =
            Card::plain(format!("**Network** {} on {}", code(self.network.as_str()), code(self.server.as_str())))
                .fact(code(&self.driver));
        for subnet in self.subnets.iter().take(3) {
            card = card.fact(code(subnet));
        }
        if self.containers.is_empty() {
            return card.text("No running container is in it.");
        }
        for (name, address) in self.containers.iter().take(SHOWN) {
            card = card.row(format!("{}  {}", code(name), code(address)), None);
        }
        card
    }
}
