//! Keeps every watch: one task each, which hears its engine's events, through its pauses and the bot's own.

use std::{collections::HashMap, sync::Arc, time::Duration};

use base::{
    Card, GuildId, Millis, Redactor, Result,
    card::{Choice, Lands, code},
    measure,
};
use futures::future::BoxFuture;
use store::{
    container_watches::{Incident, Tell, Watch},
    events::Kind,
};
use tokio::{task::AbortHandle, time::MissedTickBehavior};

use super::{
    mend::{LOOK_EVERY, Patients},
    story::{Now, Stories, Told, What},
};
use crate::{
    Containers, Name, ReadLog, RestartContainer, ShowContainer,
    engine::{Engine, Refusal},
    events::Events,
    logs, look,
};

/// What another process, or somebody, changed is noticed within this.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// An engine that does not answer is asked again after this …
const AGAIN: Duration = Duration::from_secs(1);
/// … up to this long.
const AGAIN_AT_MOST: Duration = Duration::from_secs(30);
/// How far it has come is written down so often: what was heard since is heard again after a kill, and told once all the same.
const WRITE_DOWN: Duration = Duration::from_secs(10);
/// What a story is made of.
const HEARD: [&str; 7] = ["die", "start", "stop", "kill", "oom", "destroy", "health_status"];

/// Knows the channels of guilds as they are now.
pub trait Channels: Send + Sync {
    /// What the bot lacks to post in a channel: "View Channel"; none if it is no text channel of this guild.
    fn lacks(&self, guild: GuildId, channel: u64) -> BoxFuture<'_, Result<Option<Vec<String>>>>;
}

/// Whether containers are on in a guild.
pub type Switch = Box<dyn Fn(GuildId) -> BoxFuture<'static, Result<bool>> + Send + Sync>;

/// Whether a guild's incidents tell of what happens to containers on a server of this name.
pub type Incidents = Box<dyn Fn(GuildId, String) -> BoxFuture<'static, Result<bool>> + Send + Sync>;

impl Containers {
    /// Whether it is told as an incident: then the channel of the watch hears nothing of it.
    pub(crate) async fn is_told_as_incident(&self, guild: GuildId, server: &str) -> Result<bool> {
        match self.incidents.get() {
            Some(incidents) => incidents(guild, server.to_owned()).await,
            None => Ok(false),
        }
    }

    /// Keeps every watch, for ever. Only for the process that has the gateway.
    pub async fn watch(self: Arc<Self>) {
        let mut kept: HashMap<String, (Watch, Ends)> = HashMap::new();
        loop {
            match self.store.all_container_watches().await {
                Ok(watches) => {
                    let same = |watch: &Watch, other: &Watch| {
                        (&watch.id, watch.channel, &watch.server) == (&other.id, other.channel, &other.server)
                    };
                    kept.retain(|_, (watch, _)| watches.iter().any(|other| same(watch, other)));
                    for watch in watches {
                        if !kept.contains_key(&watch.id) {
                            let (this, of) = (Arc::clone(&self), watch.clone());
                            let task = tokio::spawn(async move { this.keep(of).await }).abort_handle();
                            kept.insert(watch.id.clone(), (watch, Ends(task)));
                        }
                    }
                }
                Err(error) => tracing::warn!("watched engines could not be looked through: {error}"),
            }
            tokio::select! {
                () = self.watches_changed.notified() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }

    /// Keeps one.
    async fn keep(&self, mut watch: Watch) {
        let mut wait = AGAIN;
        loop {
            match self.hear(&mut watch).await {
                Ok(()) => wait = AGAIN,
                Err(why) => {
                    tracing::debug!(server.name = watch.server, why, "a watched engine does not answer");
                    wait = (wait * 2).min(AGAIN_AT_MOST);
                }
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Hears one connection's events, to its end.
    async fn hear(&self, watch: &mut Watch) -> Result<(), String> {
        let said = |refusal: Refusal| format!("{refusal:?}");
        let lost = |error: base::Error| error.to_string();
        let name = watch.server.parse().map_err(lost)?;
        let (engine, place) = self.engine_of(watch.guild, &name).await.map_err(lost)?;
        if place.id != watch.server_id {
            return Err("another server has its name".to_owned());
        }
        let mut events = Events::of(&engine, &["container"], &HEARD, Some(watch.since)).await.map_err(said)?;
        let (mut stories, mut writes) = (Stories::default(), tokio::time::interval(WRITE_DOWN));
        let (mut patients, mut looks) = (Patients::default(), tokio::time::interval(LOOK_EVERY));
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let due = async {
                match stories.next() {
                    Some(due) => tokio::time::sleep(due.since(self.clock.now())).await,
                    None => std::future::pending().await,
                }
            };
            let told = tokio::select! {
                event = events.next() => match event.map_err(said)? {
                    Some(event) => stories.hear(&event, self.clock.now()).into_iter().collect(),
                    None => return Ok(()),
                },
                () = due => stories.due(self.clock.now()),
                _ = writes.tick() => Vec::new(),
                _ = looks.tick() => {
                    self.look_after(&engine, watch, &mut patients).await?;
                    Vec::new()
                }
            };
            let is_quiet = told.is_empty();
            for told in told {
                self.tell(&engine, watch, &told).await.map_err(lost)?;
            }
            let since = stories.dealt_with();
            if since > watch.since
                && (!is_quiet || since - watch.since > i64::try_from(WRITE_DOWN.as_nanos()).unwrap_or_default())
            {
                self.store.advance_container_watch(watch, since).await.map_err(lost)?;
                watch.since = since;
            }
        }
    }

    /// Tells it where it is new. What happens while the feature is off is not made up for.
    async fn tell(&self, engine: &Engine, watch: &Watch, told: &Told) -> Result<()> {
        let detail = told.what.words();
        let incident = Incident {
            container: &told.container,
            class: told.what.class(),
            at: told.at,
            kind: told.what.kind(),
            detail: &detail,
        };
        let is_on = match self.switch.get() {
            Some(switch) => switch(watch.guild).await?,
            None => true,
        };
        let redactor = self.redactor.of(watch.guild);
        if !is_on {
            return self.store.note_incident(watch, &incident, Tell::Nobody, &redactor).await.map(drop);
        }
        let is_new = self.store.is_new_incident(watch, &incident).await?;
        // Where people hear of it as an incident, with a thread and buttons, they hear of it there alone.
        if !is_new || self.is_told_as_incident(watch.guild, &watch.server).await? {
            return self.store.note_incident(watch, &incident, Tell::Events, &redactor).await.map(drop);
        }
        let card = told.card(engine, watch, &redactor).await.redacted(&redactor);
        self.store.note_incident(watch, &incident, Tell::People(&card), &redactor).await?;
        Ok(())
    }
}

/// A task that ends with whoever holds it.
struct Ends(AbortHandle);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl What {
    /// What belongs to one story.
    fn class(self) -> &'static str {
        match self {
            Self::Exited { .. } | Self::Loops { .. } | Self::OutOfMemory { .. } => "ends",
            Self::Unhealthy => "unhealthy",
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Exited { .. } => Kind::ContainerExited,
            Self::Loops { .. } => Kind::ContainerLooping,
            Self::OutOfMemory { .. } => Kind::ContainerOutOfMemory,
            Self::Unhealthy => Kind::ContainerUnhealthy,
        }
    }

    fn words(self) -> String {
        match self {
            Self::Exited { status, .. } => look::exit(status),
            Self::Loops { times, status } => format!(
                "{} within a minute, the last with {}",
                measure::count(u64::from(times), "end", "ends"),
                look::exit(status)
            ),
            Self::OutOfMemory { now: Now::Up } => "the kernel killed a process in it for its memory".to_owned(),
            Self::OutOfMemory { now: Now::Down } => "the kernel killed it for its memory".to_owned(),
            Self::Unhealthy => "its health check fails".to_owned(),
        }
    }
}

impl Told {
    async fn card(&self, engine: &Engine, watch: &Watch, redactor: &Redactor) -> Card {
        let (container, server) = (code(redactor.mask(&self.container)), code(&watch.server));
        let title = match self.what {
            What::Exited { .. } => Card::failed(format!("**{container} exited** on {server}")),
            What::Loops { .. } => Card::failed(format!("**{container} restarts in a loop** on {server}")),
            What::OutOfMemory { .. } => Card::failed(format!("**{container} ran out of memory** on {server}")),
            What::Unhealthy => Card::attention(format!("**{container} is unhealthy** on {server}")),
        };
        let card = title
            .fact(self.what.words())
            .fact(code(redactor.mask(&self.image)))
            .fact(Millis(self.at / 1_000_000).relative());
        let card = match self.what {
            What::Exited { now: Now::Up, .. } => card.text("It was started again, and runs."),
            What::OutOfMemory { now: Now::Up } => card.text("It runs."),
            What::Exited { now: Now::Down, .. } | What::OutOfMemory { now: Now::Down } => card.text("It does not run."),
            What::Loops { .. } | What::Unhealthy => card,
        };
        let card = card.small("more of this is counted, not told, until it was quiet for 10 min");
        let (Ok(server), Ok(container)) = (watch.server.parse::<base::ServerName>(), self.container.parse::<Name>())
        else {
            return card;
        };
        let last = Box::pin(logs::last_lines(engine, &container, redactor)).await;
        let restart = RestartContainer { server: server.clone(), container: container.clone() };
        let read = ReadLog::of(server.clone(), container.clone());
        card.code("ansi", last)
            .choice(Choice::perform("Restart", &restart, Lands::Below))
            .choice(Choice::perform("Logs", &read, Lands::Below))
            .choice(Choice::perform("Show", &ShowContainer { server, container }, Lands::Below))
    }
}
