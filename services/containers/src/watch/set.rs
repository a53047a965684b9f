//! Sets and ends the watch of an engine.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, ServerName, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Containers;

/// Tell in a channel when a container is in trouble.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct WatchContainers {
    /// The server they run on.
    pub server: ServerName,
    /// The channel's number.
    pub channel: u64,
}

/// Tell no more when a container is in trouble.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UnwatchContainers {
    /// The server they run on.
    pub server: ServerName,
}

/// It is watched.
#[derive(Debug, Serialize)]
pub struct Watched {
    server: ServerName,
    channel: u64,
    /// Whether incidents have the word.
    as_incidents: bool,
}

/// It is not watched.
#[derive(Debug, Serialize)]
pub struct Unwatched {
    server: ServerName,
    was_watched: bool,
}

impl Action for WatchContainers {
    const NAME: &'static str = "container.watch";
    const RISK: Risk = Risk::Change;
    type Service = Containers;
    type Report = Watched;

    fn plan(&self) -> String {
        format!("Tell in <#{}> when a container on {} is in trouble", self.channel, code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("watch containers on {}", code(self.server.as_str()))
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Watched> {
        let (WatchContainers { server, channel }, actor) = (permit.action().clone(), permit.actor());
        let lacks = match containers.channels.get() {
            Some(channels) => channels.lacks(actor.guild, channel).await?,
            None => return Err(Error::Busy("I am not connected to Discord yet. Nothing was changed.".to_owned())),
        };
        let could_not = |why: String| {
            let card = Card::failed(format!("**Could not watch** {}", code(server.as_str())));
            Error::Outside(Box::new(card.text(format!("{why} Nothing was changed."))))
        };
        match lacks {
            None => return Err(could_not(format!("<#{channel}> is no text channel of this guild that I see."))),
            Some(lacks) if !lacks.is_empty() => {
                return Err(could_not(format!("I lack {} in <#{channel}>.", lacks.join(" and "))));
            }
            Some(_) => {}
        }
        let (engine, place) = containers.engine(actor.guild, &server).await?;
        // From this moment of its own clock on, whatever ours says.
        let info = engine.ask(|docker| async move { docker.info().await }).await;
        let info = info.map_err(|refusal| place.refused(refusal, "say what time it is", None))?;
        let now = info.system_time.as_deref().and_then(crate::look::nanos);
        let since = now.unwrap_or_else(|| containers.clock.now().0.saturating_mul(1_000_000));
        let by = (actor.guild, actor.user);
        containers.store.watch_containers(by, (server.as_str(), &place.id), channel, since).await?;
        containers.watches_changed.notify_one();
        let as_incidents = containers.is_told_as_incident(actor.guild, server.as_str()).await?;
        Ok(Watched { server, channel, as_incidents })
    }
}

impl Action for UnwatchContainers {
    const NAME: &'static str = "container.unwatch";
    const RISK: Risk = Risk::Change;
    type Service = Containers;
    type Report = Unwatched;

    fn plan(&self) -> String {
        format!("Tell no more when a container on {} is in trouble", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("end the watch of containers on {}", code(self.server.as_str()))
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Unwatched> {
        let server = permit.action().server.clone();
        let guild = permit.actor().guild;
        let place = containers.place(guild, &server).await?;
        let was_watched = containers.store.unwatch_containers(guild, &place.id).await?;
        containers.watches_changed.notify_one();
        Ok(Unwatched { server, was_watched })
    }
}

impl Report for Watched {
    fn card(&self) -> Card {
        let place = if self.as_incidents {
            format!("tells as incidents; in <#{}> where those are off", self.channel)
        } else {
            format!("tells in <#{}>", self.channel)
        };
        Card::ok(format!("**Watching** the containers on {}", code(self.server.as_str())))
            .fact(place)
            .text("Who exits unexpectedly, restarts in a loop, runs out of memory or turns unhealthy is told, once.")
            .text("`/container unwatch` ends it.")
    }
}

impl Report for Unwatched {
    fn card(&self) -> Card {
        let server = code(self.server.as_str());
        if self.was_watched {
            Card::ok(format!("**Ended the watch** of {server}"))
        } else {
            Card::quiet(format!("**Nothing to do**: {server} is not watched"))
        }
    }
}
