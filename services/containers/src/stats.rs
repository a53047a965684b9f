//! What containers take of their machine at this moment.

use std::{fmt::Write, time::Duration};

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName, card::code, measure};
use bollard::{
    models::ContainerStatsResponse,
    query_parameters::{ListContainersOptionsBuilder, StatsOptionsBuilder},
};
use futures::{StreamExt, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Containers, Name, engine::Engine, look};

/// More would not be read; an engine takes a second or two for each, a few at a time.
const SHOWN: usize = 15;
const AT_ONCE: usize = 8;
/// One that is being started or removed has nothing to say, and is left out.
const PATIENCE: Duration = Duration::from_secs(10);

/// Show what containers take.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct MeasureContainers {
    /// The server they run on.
    pub server: ServerName,
    /// One container; all that run unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<Name>,
}

/// What they take.
#[derive(Debug, Serialize)]
pub struct Measured {
    server: ServerName,
    running: usize,
    containers: Vec<Taken>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Taken {
    name: String,
    /// Of one processor.
    cpu_percent: Option<f64>,
    memory: Option<u64>,
    limit: Option<u64>,
    received: u64,
    sent: u64,
    processes: Option<u64>,
}

impl Action for MeasureContainers {
    const NAME: &'static str = "container.stats";
    const RISK: Risk = Risk::Observe;
    type Service = Containers;
    type Report = Measured;

    fn plan(&self) -> String {
        let what = self.container.as_ref().map_or_else(|| "its containers".to_owned(), |name| code(name.as_str()));
        format!("Measure what {what} on {} take", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("look at containers on {}", code(self.server.as_str()))
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Measured> {
        let MeasureContainers { server, container } = permit.action().clone();
        let (engine, place) = containers.engine(permit.actor().guild, &server).await?;
        let names: Vec<String> = if let Some(name) = &container {
            // One that does not exist, or does not run, is said so.
            let found = crate::show::inspect(&engine, &place, name).await?;
            let is_up = found.state.and_then(|state| state.running) == Some(true);
            if is_up { vec![name.to_string()] } else { Vec::new() }
        } else {
            let running = ListContainersOptionsBuilder::new().build();
            let found = engine.ask(|docker| async move { docker.list_containers(Some(running)).await }).await;
            let found = found.map_err(|refusal| place.refused(refusal, "list its containers", None))?;
            found.iter().map(look::name).collect()
        };
        let running = names.len();
        let measured = stream::iter(names.into_iter().take(SHOWN)).map(|name| measured(&engine, name));
        let mut taken: Vec<Taken> = measured.buffer_unordered(AT_ONCE).filter_map(|it| async { it }).collect().await;
        taken.sort_by(|one, other| other.memory.cmp(&one.memory).then_with(|| one.name.cmp(&other.name)));
        Ok(Measured { server, running, containers: taken })
    }
}

async fn measured(engine: &Engine, name: String) -> Option<Taken> {
    let once = StatsOptionsBuilder::new().stream(false).build();
    let question = engine.ask(|docker| {
        let name = name.clone();
        async move { Box::pin(docker.stats(&name, Some(once))).next().await.transpose() }
    });
    let answer = tokio::time::timeout(PATIENCE, question).await.ok()?.ok()??;
    Some(Taken::of(name, &answer))
}

impl Taken {
    fn of(name: String, stats: &ContainerStatsResponse) -> Self {
        let memory = stats.memory_stats.as_ref();
        let networks = || stats.networks.iter().flat_map(|all| all.values());
        Self {
            name,
            cpu_percent: cpu(stats),
            memory: memory.and_then(|memory| {
                // What the kernel only caches is given back when somebody else needs it.
                let cache = memory
                    .stats
                    .as_ref()
                    .and_then(|all| all.get("inactive_file").or_else(|| all.get("total_inactive_file")));
                Some(memory.usage?.saturating_sub(cache.copied().unwrap_or_default()))
            }),
            limit: memory.and_then(|memory| memory.limit),
            received: networks().filter_map(|network| network.rx_bytes).sum(),
            sent: networks().filter_map(|network| network.tx_bytes).sum(),
            processes: stats.pids_stats.as_ref().and_then(|pids| pids.current),
        }
    }
}

/// Between the two looks an engine takes, of one processor.
#[expect(clippy::cast_precision_loss, reason = "one decimal place is shown")]
fn cpu(stats: &ContainerStatsResponse) -> Option<f64> {
    let (now, before) = (stats.cpu_stats.as_ref()?, stats.precpu_stats.as_ref()?);
    let used = now.cpu_usage.as_ref()?.total_usage?.checked_sub(before.cpu_usage.as_ref()?.total_usage?)?;
    let all = now.system_cpu_usage?.checked_sub(before.system_cpu_usage?)?;
    let processors = f64::from(now.online_cpus?);
    (all > 0).then(|| used as f64 / all as f64 * processors * 100.0)
}

impl Report for Measured {
    fn card(&self) -> Card {
        let server = code(self.server.as_str());
        let card = Card::plain(format!("**Stats** of {server}")).fact(format!("{} running", self.running));
        if self.containers.is_empty() {
            return card.text("Nothing runs that could be measured.");
        }
        let mut table = format!("{:<16} {:>6} {:>9} {:>5}\n", "CONTAINER", "CPU %", "MEMORY", "PIDS");
        for taken in &self.containers {
            let name: String = taken.name.chars().take(16).collect();
            let cpu = taken.cpu_percent.map_or_else(|| "-".to_owned(), |percent| format!("{percent:.1}"));
            let memory = taken.memory.map_or_else(|| "-".to_owned(), measure::bytes);
            let processes = taken.processes.map_or_else(|| "-".to_owned(), |count| count.to_string());
            // A text takes everything that is written to it.
            let _ = writeln!(table, "{name:<16} {cpu:>6} {memory:>9} {processes:>5}");
        }
        let card = card.code("", table);
        match self.running.saturating_sub(self.containers.len()) {
            0 => card,
            more => card.text(format!("{more} more run and were not measured")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_nothing_in_it_is_no_measurement_of_zero() {
        let taken = Taken::of("web".to_owned(), &ContainerStatsResponse::default());
        assert_eq!((taken.cpu_percent, taken.memory, taken.processes), (None, None, None));
        let stats: ContainerStatsResponse = serde_json::from_value(serde_json::json!({
            "cpu_stats": { "cpu_usage": { "total_usage": 300 }, "system_cpu_usage": 2_000, "online_cpus": 4 },
            "precpu_stats": { "cpu_usage": { "total_usage": 100 }, "system_cpu_usage": 1_000 },
            "memory_stats": { "usage": 500, "limit": 1_000, "stats": { "inactive_file": 100 } },
        }))
        .unwrap();
        let taken = Taken::of("web".to_owned(), &stats);
        assert_eq!(taken.memory, Some(400));
        assert!((taken.cpu_percent.unwrap() - 80.0).abs() < 0.01);
    }
}
