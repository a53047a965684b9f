//! Starts, stops and restarts a container, and looks what became of it: a start that an engine took is no running container.

use std::time::Duration;

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName,
    action::Ending,
    card::{Choice, Lands, code},
    measure,
};
use bollard::{Docker, errors::Error as Answer, models::HealthStatusEnum as Health};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Containers, Name, ReadLog, ShowContainer,
    engine::{DEADLINE, Engine, WORKS},
    logs,
    look::{self, Stands},
    place::Place,
    show::inspect,
};

/// What ends within this after its start was not really started.
const SETTLES: Duration = Duration::from_millis(1_500);
/// A health check that has not passed by then goes on being checked without us.
const HEALTHY_BY: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Declares an action on one container.
macro_rules! power {
    ($(#[doc = $doc:literal] $action:ident $name:literal $deed:ident;)*) => {$(
        #[doc = $doc]
        #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
        pub struct $action {
            /// The server it runs on.
            pub server: ServerName,
            /// The container's name.
            pub container: Name,
        }

        impl Action for $action {
            const NAME: &'static str = $name;
            const RISK: Risk = Risk::Change;
            type Service = Containers;
            type Report = Done;

            fn plan(&self) -> String {
                let (container, server) = (code(self.container.as_str()), code(self.server.as_str()));
                format!("{} container {container} on {server}", Deed::$deed.verb())
            }

            fn refusal(&self) -> String {
                format!("{} containers on {}", Deed::$deed.verb().to_lowercase(), code(self.server.as_str()))
            }

            fn deadline(&self) -> Duration {
                DEADLINE
            }

            on_a_server!();

            async fn run(permit: Permit<Self>, containers: &Containers, run: &Run) -> Result<Done> {
                let (actor, action) = (permit.actor(), permit.action());
                let (engine, place) = containers.engine(actor.guild, &action.server).await?;
                containers.power(&engine, &place, Deed::$deed, &action.container, run).await
            }
        }
    )*};
}

power! {
    /// Start a container.
    StartContainer "container.start" Start;
    /// Stop a container.
    StopContainer "container.stop" Stop;
    /// Restart a container.
    RestartContainer "container.restart" Restart;
    /// Kill a container without waiting for it.
    KillContainer "container.kill" Kill;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deed {
    Start,
    Stop,
    Restart,
    Kill,
}

impl Deed {
    fn verb(self) -> &'static str {
        match self {
            Self::Start => "Start",
            Self::Stop => "Stop",
            Self::Restart => "Restart",
            Self::Kill => "Kill",
        }
    }

    fn done(self) -> &'static str {
        match self {
            Self::Start => "Started",
            Self::Stop => "Stopped",
            Self::Restart => "Restarted",
            Self::Kill => "Killed",
        }
    }

    async fn of(self, docker: Docker, container: &str) -> std::result::Result<(), Answer> {
        match self {
            Self::Start => docker.start_container(container, None).await,
            Self::Stop => docker.stop_container(container, None).await,
            Self::Restart => docker.restart_container(container, None).await,
            Self::Kill => docker.kill_container(container, None).await,
        }
    }
}

/// How it went.
#[derive(Debug, Serialize)]
pub struct Done {
    server: ServerName,
    container: Name,
    deed: Deed,
    took_ms: u64,
    pub(crate) after: After,
    /// Its last lines, where it ended.
    pub(crate) last: String,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum After {
    /// As asked.
    Stands,
    /// Its health check passed after so many milliseconds.
    Healthy(u64),
    /// Its health check had not passed when we looked last.
    Unproven,
    /// Its health check failed.
    Unhealthy,
    /// It ended at once, with this status.
    Ended(i64),
    /// It was done, and then nobody answered any more.
    Unseen,
    /// It was so before.
    Already,
}

impl Containers {
    pub(crate) async fn power(
        &self,
        engine: &Engine,
        place: &Place,
        deed: Deed,
        container: &Name,
        run: &Run,
    ) -> Result<Done> {
        let before = inspect(engine, place, container).await?;
        let is_up = !matches!(Stands::of(&before), Stands::Failed | Stands::Stopped);
        let began = self.clock.now();
        let took = || u64::try_from(self.clock.now().since(began).as_millis()).unwrap_or(u64::MAX);
        let done = |after, took_ms, last| Done {
            server: place.name.clone(),
            container: container.clone(),
            deed,
            took_ms,
            after,
            last,
        };
        if is_up == (deed == Deed::Start) && deed != Deed::Restart {
            return Ok(done(After::Already, 0, String::new()));
        }
        // A stop waits ten seconds for its container, or as long as that was made to be given.
        let answer = engine.ask_within(WORKS, |docker| deed.of(docker, container.as_str())).await;
        let what = format!("{} {}", deed.verb().to_lowercase(), code(container.as_str()));
        // It was there a moment ago: what is missing now may be a network or a volume of its own, and its engine says which.
        answer.map_err(|refusal| place.refused(refusal, &what, None))?;
        let took_ms = took();
        if matches!(deed, Deed::Stop | Deed::Kill) {
            return Ok(done(After::Stands, took_ms, String::new()));
        }
        let after = self.settled(engine, place, container).await.unwrap_or(After::Unseen);
        let last = match after {
            After::Ended(_) | After::Unhealthy => Box::pin(logs::last_lines(engine, container, run.redactor())).await,
            _ => String::new(),
        };
        Ok(done(after, took_ms, last))
    }

    /// What becomes of a container that was started just now.
    async fn settled(&self, engine: &Engine, place: &Place, container: &Name) -> Result<After> {
        let began = self.clock.now();
        loop {
            let found = inspect(engine, place, container).await?;
            let state = found.state.clone().unwrap_or_default();
            let age = self.clock.now().since(began);
            let restarted = Stands::of(&found) == Stands::Restarting || found.restart_count > Some(0);
            if restarted || state.running != Some(true) {
                return Ok(After::Ended(state.exit_code.unwrap_or_default()));
            }
            match state.health.and_then(|health| health.status) {
                Some(Health::HEALTHY) => {
                    return Ok(After::Healthy(u64::try_from(age.as_millis()).unwrap_or(u64::MAX)));
                }
                Some(Health::UNHEALTHY) => return Ok(After::Unhealthy),
                Some(Health::STARTING) if age < HEALTHY_BY => {}
                Some(Health::STARTING) => return Ok(After::Unproven),
                _ if age < SETTLES => {}
                _ => return Ok(After::Stands),
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

impl Report for Done {
    fn card(&self) -> Card {
        let (container, server) = (code(self.container.as_str()), code(self.server.as_str()));
        let title = format!("**{}** {container} on {server}", self.deed.done());
        let took = measure::span(Duration::from_millis(self.took_ms));
        let card = match &self.after {
            After::Stands => Card::ok(title).fact(format!("took {took}")),
            After::Healthy(after) => Card::ok(title)
                .fact(format!("took {took}"))
                .fact(format!("healthy after {}", measure::span(Duration::from_millis(*after)))),
            After::Unproven => Card::attention(title)
                .fact(format!("took {took}"))
                .text("It runs, and its health check has not passed yet."),
            After::Unhealthy => {
                Card::failed(title).fact(format!("took {took}")).text("It runs, and its health check fails.")
            }
            After::Ended(status) => {
                let title = format!("**{container} ended at once** on {server}");
                let card = if *status == 0 { Card::quiet(title) } else { Card::failed(title) };
                card.fact(look::exit(*status)).fact(if self.deed == Deed::Start {
                    "it was started"
                } else {
                    "it was restarted"
                })
            }
            After::Unseen => Card::attention(title)
                .fact(format!("took {took}"))
                .text("It was done; how it stands since is not known."),
            After::Already => Card::quiet(format!(
                "**Nothing to do**: {container} on {server} {}",
                if self.deed == Deed::Start { "runs already" } else { "does not run" }
            )),
        };
        let (server, container) = (self.server.clone(), self.container.clone());
        let read = ReadLog::of(server.clone(), container.clone());
        card.code("ansi", &self.last)
            .choice(Choice::perform("Show", &ShowContainer { server, container }, Lands::Below))
            .choice(Choice::perform("Logs", &read, Lands::Below))
    }

    fn ending(&self) -> Ending {
        match self.after {
            After::Ended(0) => Ending::Done,
            After::Ended(_) | After::Unhealthy => Ending::Failed,
            _ => Ending::Done,
        }
    }
}
