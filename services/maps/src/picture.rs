//! The map as a picture, with how each service is.

use std::collections::{BTreeMap, BTreeSet};

use base::{
    Action, Card, Error, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Maps, ServiceName, ServiceStatus,
    draw::{self, Shown},
    graph::{Graph, Way},
    look::State,
    service::Stands,
};

/// More is not read on a phone.
const MOST: usize = 40;

/// Draw the service map.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DrawMap {
    /// Only what is around this service; all of it unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceName>,
}

/// The picture.
#[derive(Debug, Serialize)]
pub struct Drawn {
    map: String,
    service: Option<ServiceName>,
    shown: usize,
    of: usize,
    down: usize,
    unknown: usize,
    /// What it shows, in words.
    words: String,
    #[serde(skip)]
    png: Vec<u8>,
}

impl Action for DrawMap {
    const NAME: &'static str = "service.graph";
    const RISK: Risk = Risk::Observe;
    type Service = Maps;
    type Report = Drawn;

    fn plan(&self) -> String {
        match &self.service {
            Some(service) => format!("Draw the service map around {}", code(service.as_str())),
            None => "Draw the service map".to_owned(),
        }
    }

    fn refusal(&self) -> String {
        "see the service map".to_owned()
    }

    fn target(&self) -> Option<String> {
        self.service.as_ref().map(ServiceName::to_string)
    }

    async fn run(permit: Permit<Self>, maps: &Maps, run: &Run) -> Result<Drawn> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        let stands = maps.stands(guild).await?;
        let chosen = asked.service.as_ref().map(|name| stands.find(name)).transpose()?;
        let places: Vec<usize> = meant(&stands, chosen)?.into_iter().collect();
        let seen: BTreeMap<usize, State> = maps
            .look_at(guild, &stands.map, &places, run.redactor())
            .await
            .into_iter()
            .filter(|(_, seen)| seen.told)
            .map(|(one, seen)| (one, seen.state))
            .collect();
        let many = |state: State| seen.values().filter(|&&seen| seen == state).count();
        let (down, unknown) = (many(State::Down), many(State::Unknown));
        let mask = |text: &str| run.redactor().mask(text).into_owned();
        let shown: Vec<Shown> = places
            .iter()
            .map(|&one| Shown {
                name: mask(&stands.map.services[one].name),
                node: stands.map.node_of(&stands.map.services[one]).map(|node| mask(&node.name)).unwrap_or_default(),
                state: seen.get(&one).copied(),
                chosen: chosen == Some(one),
            })
            .collect();
        let needs = places.iter().map(|&one| {
            let needs = stands.graph.next(one, Way::Down).iter();
            needs.filter_map(|need| places.iter().position(|place| place == need)).collect()
        });
        let graph = Graph::new(needs.collect());
        let (title, of) = (mask(&stands.row.name), stands.map.services.len());
        let drawn = tokio::task::spawn_blocking(move || {
            let (svg, words) = draw::draw(&title, &shown, &graph);
            pictures::png(&svg).map(|png| (png, words))
        });
        let (png, words) = drawn.await.map_err(|panic| Error::internal("drawing a service map", panic))??;
        let (map, service) = (stands.row.name.clone(), asked.service.clone());
        Ok(Drawn { map, service, shown: places.len(), of, down, unknown, words, png })
    }
}

/// What is drawn: all, or what is nearest to one.
fn meant(stands: &Stands, chosen: Option<usize>) -> Result<BTreeSet<usize>> {
    let all = stands.map.services.len();
    let Some(chosen) = chosen else {
        if all > MOST {
            return Err(Error::Invalid(format!(
                "The map has {all} services, and a picture shows {MOST}. `/service graph service:…` draws what is around one."
            )));
        }
        return Ok((0..all).collect());
    };
    let mut meant = BTreeSet::from([chosen]);
    // What it stands on, and what stands on it, the nearest first; not what else stands beside it.
    let mut edges = [(Way::Down, vec![chosen]), (Way::Up, vec![chosen])];
    while edges.iter().any(|(_, edge)| !edge.is_empty()) {
        for (way, edge) in &mut edges {
            let mut next = Vec::new();
            for &one in edge.iter() {
                for &found in stands.graph.next(one, *way) {
                    if meant.len() < MOST && meant.insert(found) {
                        next.push(found);
                    }
                }
            }
            *edge = next;
        }
    }
    Ok(meant)
}

impl Report for Drawn {
    fn card(&self) -> Card {
        let title = match &self.service {
            Some(service) => format!("**Around** {} in {}", code(service.as_str()), code(&self.map)),
            None => format!("**Service map** {}", code(&self.map)),
        };
        let mut card = if self.down > 0 { Card::attention(title) } else { Card::plain(title) };
        let count = measure::count(self.shown as u64, "service", "services");
        card = card.fact(if self.shown == self.of { count } else { format!("{count} of {}", self.of) });
        if self.down > 0 {
            card = card.fact(format!("{} down", self.down));
        }
        if self.unknown > 0 {
            card = card.fact(format!("{} not known", self.unknown));
        }
        card.picture("service-map.png", self.png.clone(), &self.words).choice(Choice::perform(
            "Status",
            &ServiceStatus { service: self.service.clone() },
            Lands::Below,
        ))
    }
}
