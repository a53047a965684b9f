//! How the services are: all of them, what is wrong first, or one with what is around it.

use base::{
    Action, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Tone, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    DrawMap, Maps, RestartService, ServiceName, StartService, StopService, With,
    graph::Way,
    look::{Seen, State},
};

/// Rows of a card; more that are well are counted.
const ROWS: usize = 40;

/// Show how the services of the map are.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ServiceStatus {
    /// One of them, with what is around it; all unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceName>,
}

/// How they are.
#[derive(Debug, Serialize)]
pub struct Statuses {
    map: String,
    one: Option<One>,
    /// What is wrong first.
    services: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    service: String,
    node: Option<String>,
    #[serde(flatten)]
    seen: Seen,
}

#[derive(Debug, Serialize)]
struct One {
    name: ServiceName,
    description: String,
    needs: Vec<String>,
    needed_by: Vec<String>,
    /// How many stand on it, directly or not.
    above: usize,
}

impl Action for ServiceStatus {
    const NAME: &'static str = "service.status";
    const RISK: Risk = Risk::Observe;
    type Service = Maps;
    type Report = Statuses;

    fn plan(&self) -> String {
        match &self.service {
            Some(service) => format!("Show how service {} is", code(service.as_str())),
            None => "Show how the services are".to_owned(),
        }
    }

    fn refusal(&self) -> String {
        match &self.service {
            Some(service) => format!("see service {}", code(service.as_str())),
            None => "see the services".to_owned(),
        }
    }

    fn target(&self) -> Option<String> {
        self.service.as_ref().map(ServiceName::to_string)
    }

    async fn run(permit: Permit<Self>, maps: &Maps, run: &Run) -> Result<Statuses> {
        let guild = permit.actor().guild;
        let stands = maps.stands(guild).await?;
        let (map, graph) = (&stands.map, &stands.graph);
        let chosen = permit.action().service.as_ref().map(|name| Ok((name, stands.find(name)?))).transpose()?;
        let names = |places: &[usize]| places.iter().map(|&one| map.services[one].name.clone()).collect::<Vec<_>>();
        let one = chosen.map(|(name, one)| One {
            name: name.clone(),
            description: map.services[one].description.clone(),
            needs: names(graph.next(one, Way::Down)),
            needed_by: names(graph.next(one, Way::Up)),
            above: graph.reach(one, Way::Up).len() - 1,
        });
        let asked: Vec<usize> = match chosen {
            // Itself first, then what it needs: that is why it is as it is.
            Some((_, one)) => [one].into_iter().chain(graph.next(one, Way::Down).iter().copied()).collect(),
            None => (0..map.services.len()).collect(),
        };
        let mut services: Vec<Row> = maps
            .look_at(guild, map, &asked, run.redactor())
            .await
            .into_iter()
            .map(|(one, seen)| Row {
                service: map.services[one].name.clone(),
                node: map.node_of(&map.services[one]).map(|node| node.name.clone()),
                seen,
            })
            .collect();
        let is_asked = |row: &Row| one.as_ref().is_some_and(|one| one.name.as_str() == row.service);
        services.sort_by_key(|row| (!is_asked(row), row.seen.state));
        Ok(Statuses { map: stands.row.name.clone(), one, services })
    }
}

impl Row {
    fn line(&self) -> String {
        let node = self.node.as_ref().map(|node| format!(" on {}", code(node))).unwrap_or_default();
        format!("{} {}{node}  {}", self.seen.state.glyph(), code(&self.service), self.seen.words)
    }
}

impl Report for Statuses {
    fn card(&self) -> Card {
        match &self.one {
            Some(one) => self.of_one(one),
            None => self.of_all(),
        }
    }
}

impl Statuses {
    fn of_all(&self) -> Card {
        let many = |state: State| self.services.iter().filter(|row| row.seen.state == state).count();
        let (up, down, unknown) = (many(State::Up), many(State::Down), many(State::Unknown));
        let title = format!("**Services** of {}", code(&self.map));
        let mut card = if down > 0 { Card::attention(title) } else { Card::plain(title) };
        for (many, words) in [(down, "down"), (up, "up"), (unknown, "not known")] {
            if many > 0 {
                card = card.fact(format!("{many} {words}"));
            }
        }
        let mut lines: Vec<String> = self.services.iter().take(ROWS).map(Row::line).collect();
        if self.services.len() > ROWS {
            lines.push(format!("and {} more like the last one", self.services.len() - ROWS));
        }
        card.text(lines.join("\n"))
            .choice(Choice::perform("Look again", &ServiceStatus { service: None }, Lands::Here))
            .choice(Choice::perform("Graph", &DrawMap { service: None }, Lands::Below))
    }

    fn of_one(&self, one: &One) -> Card {
        let name = code(one.name.as_str());
        let Some((own, needed)) = self.services.split_first() else {
            return Card::quiet(format!("**Service** {name}"));
        };
        let (tone, words) = match own.seen.state {
            State::Up => (Tone::Ok, "is up"),
            State::Down => (Tone::Failed, "is down"),
            State::Unknown => (Tone::Quiet, "is not known"),
        };
        let mut card = Card::new(tone, format!("**{name} {words}**"));
        if let Some(node) = &own.node {
            card = card.fact(format!("on {}", code(node)));
        }
        card = card.fact(&own.seen.words);
        if one.above > 0 {
            card = card.fact(measure::count(one.above as u64, "service stands on it", "services stand on it"));
        }
        if !one.description.is_empty() {
            card = card.text(code(&one.description));
        }
        if !needed.is_empty() {
            card = card.text(format!("needs\n{}", needed.iter().map(Row::line).collect::<Vec<_>>().join("\n")));
        }
        if !one.needed_by.is_empty() {
            let names: Vec<String> = one.needed_by.iter().map(code).collect();
            card = card.text(format!("needed by  {}", names.join(" ")));
        }
        let (service, with) = (one.name.clone(), With::Alone);
        let restart = RestartService { service: service.clone(), with };
        card = match own.seen.state {
            State::Up => card.choice(Choice::perform("Restart", &restart, Lands::Below)).choice(Choice::perform(
                "Stop",
                &StopService { service: service.clone(), with },
                Lands::Below,
            )),
            _ => card
                .choice(Choice::perform("Start", &StartService { service: service.clone(), with }, Lands::Below))
                .choice(Choice::perform("Restart", &restart, Lands::Below)),
        };
        card.choice(Choice::perform("Graph", &DrawMap { service: Some(service) }, Lands::Below))
    }
}
