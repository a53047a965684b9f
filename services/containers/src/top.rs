//! What runs in a container.

use std::fmt::Write;

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName, card::code, measure};
use bollard::query_parameters::TopOptionsBuilder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Containers, Name};

/// More would not be read.
const SHOWN: usize = 20;
/// As much of a command as a phone shows.
const WIDTH: usize = 60;

/// List what runs in a container.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListProcesses {
    /// The server it runs on.
    pub server: ServerName,
    /// The container's name.
    pub container: Name,
}

/// What runs.
#[derive(Debug, Serialize)]
pub struct Processes {
    server: ServerName,
    container: Name,
    lines: Vec<[String; 4]>,
}

impl Action for ListProcesses {
    const NAME: &'static str = "container.top";
    const RISK: Risk = Risk::Observe;
    type Service = Containers;
    type Report = Processes;

    fn plan(&self) -> String {
        format!("List what runs in {} on {}", code(self.container.as_str()), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("look into containers on {}", code(self.server.as_str()))
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, run: &Run) -> Result<Processes> {
        let ListProcesses { server, container } = permit.action().clone();
        let (engine, place) = containers.engine(permit.actor().guild, &server).await?;
        let columns = TopOptionsBuilder::new().ps_args("-eo pid,pcpu,rss,args").build();
        let name = container.as_str();
        let found = engine.ask(|docker| async move { docker.top_processes(name, Some(columns)).await }).await;
        let what = format!("list what runs in {}", code(name));
        let found = found.map_err(|refusal| place.refused(refusal, &what, Some(("container", name))))?;
        // A command line may hold a secret, and is masked before it is cut.
        let processes = found.processes.into_iter().flatten().map(|process| {
            let mut cells = process.into_iter();
            let mut cell = || cells.next().unwrap_or_default();
            let [pid, cpu, memory] = [cell(), cell(), cell()];
            let command = std::iter::once(cell()).chain(cells).collect::<Vec<_>>().join(" ");
            [pid, cpu, memory, run.redactor().mask(&command).into_owned()]
        });
        Ok(Processes { server, lines: processes.collect(), container })
    }
}

impl Report for Processes {
    fn card(&self) -> Card {
        let mut table = format!("{:>7} {:>5} {:>8}  {}\n", "PID", "CPU %", "MEMORY", "COMMAND");
        for [pid, cpu, memory, command] in self.lines.iter().take(SHOWN) {
            let memory = memory.parse::<u64>().map_or_else(|_| memory.clone(), |kib| measure::bytes(kib * 1024));
            let command: String = command.chars().take(WIDTH).collect();
            // A text takes everything that is written to it.
            let _ = writeln!(table, "{pid:>7} {cpu:>5} {memory:>8}  {command}");
        }
        let card = Card::plain(format!("**In {}** on {}", code(self.container.as_str()), code(self.server.as_str())))
            .fact(measure::count(self.lines.len() as u64, "process", "processes"))
            .code("", table);
        match self.lines.len().saturating_sub(SHOWN) {
            0 => card,
            more => card.text(format!("and {more} more")),
        }
    }
}
