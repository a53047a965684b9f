//! Services that come up with their server: once for each time it comes back, in the name of whoever switched that on.
//!
//! **Invariants:** a return is claimed with the entries of all that is begun for it, so a kill begins nothing twice and forgets nothing.
//! What is begun is asked for as by any automation: the guild's policy may want a yes first. What is up already is left alone. The
//! first time a server is seen is no return.

mod set;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use base::{Action, Actor, Card, Error, GuildId, Millis, Result, UserId, card::code};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    audit::STARTED,
    outbox::{NewPost, Pings, Urgency},
    service_autostarts::Return,
};
use uuid::Uuid;

pub use self::set::SetAutostart;
use crate::{Maps, ServiceName, StartService, With, graph::Way, look::State, place, service::Stands};

/// How often is looked who came back, and how it went.
const EVERY: Duration = Duration::from_secs(2);
/// Who asks, as questions and the log say it.
const AGENT: &str = "Autostart";

/// Whether a server answers, by its id, and since when; none where nobody knows.
pub type Answers = Box<dyn Fn(&str) -> Option<(bool, Millis)> + Send + Sync>;

/// How something is begun by itself: what the hub is to this.
pub trait Door: Send + Sync {
    /// Somebody as they are now, with `agent` asking in their name; none once they left the guild.
    fn stand_in<'a>(&'a self, guild: GuildId, user: UserId, agent: &'a str) -> BoxFuture<'a, Result<Option<Actor>>>;

    /// Begins it under this entry of the audit log, unless that is on record already.
    fn begin<'a>(&'a self, actor: Actor, action: &'a str, arguments: Value, entry: Uuid) -> BoxFuture<'a, Result<()>>;

    /// Puts a question where it can be answered, once.
    fn ask(&self, guild: GuildId, approval: Uuid, channel: u64) -> BoxFuture<'_, Result<()>>;
}

/// A service that is begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Start {
    service: String,
    entry: Uuid,
}

impl Maps {
    /// Brings services up when their server comes back, for ever. Only for the process that has the gateway.
    pub async fn bring_up(self: Arc<Self>) {
        loop {
            if let Err(error) = self.see_who_came_back().await {
                tracing::warn!("who came back is not known: {error}");
            }
            match self.store.open_returns().await {
                Ok(open) => {
                    for back in open {
                        if let Err(error) = self.go_on(&back).await {
                            tracing::warn!(server.id = back.server, "what came up is told later: {error}");
                        }
                    }
                }
                Err(error) => tracing::warn!("what is to come up could not be read: {error}"),
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn see_who_came_back(&self) -> Result<()> {
        let Some(answers) = self.answers.get() else { return Ok(()) };
        for guild in self.store.service_autostarts().await? {
            if !self.is_on(guild).await? {
                continue;
            }
            let Some(stands) = self.known(guild).await? else { continue };
            for (server, services) in self.meant_to_come_up(guild, &stands) {
                let Some((well, since)) = answers(&server) else { continue };
                if self.store.see_server(guild, &server, since).await? || !well {
                    continue;
                }
                if self.store.is_new_return(guild, &server, since).await? {
                    self.came_back(guild, &stands, &server, (since, &services)).await?;
                }
            }
        }
        Ok(())
    }

    /// The services that say so, by their server's id.
    fn meant_to_come_up(&self, guild: GuildId, stands: &Stands) -> BTreeMap<String, Vec<usize>> {
        let mut meant: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, service) in stands.map.services.iter().enumerate().filter(|(_, service)| service.autostart) {
            if let Some((_, server)) = place::server_of(&self.hosts, guild, &stands.map, service) {
                meant.entry(server.id).or_default().push(place);
            }
        }
        meant
    }

    /// Claims a return with what is begun for it: whatever is not up, and stands on nothing else that is begun.
    async fn came_back(
        &self,
        guild: GuildId,
        stands: &Stands,
        server: &str,
        (since, services): (Millis, &[usize]),
    ) -> Result<()> {
        let redactor = self.redactor.of(guild);
        let looked = self.look_at(guild, &stands.map, services, &redactor).await;
        let down: Vec<usize> =
            looked.into_iter().filter(|(_, seen)| seen.state != State::Up).map(|(place, _)| place).collect();
        // What another one needs comes up with that.
        let tops = down.iter().filter(|&&one| {
            !down.iter().any(|&other| other != one && stands.graph.reach(other, Way::Down).contains(&one))
        });
        let starts: Vec<Start> = tops
            .map(|&place| Start { service: stands.map.services[place].name.clone(), entry: self.clock.id() })
            .collect();
        let text = serde_json::to_string(&starts).map_err(|error| Error::internal("noting what comes up", error))?;
        let back = Return { guild, server: server.to_owned(), since, starts: text };
        self.store.claim_return(&back, !starts.is_empty()).await.map(drop)
    }

    /// Begins what was claimed and not begun yet, and says how it went once that is known of all of it.
    async fn go_on(&self, back: &Return) -> Result<()> {
        let starts: Vec<Start> = serde_json::from_str(&back.starts).unwrap_or_default();
        let Some(door) = self.door.get().and_then(std::sync::Weak::upgrade) else { return Ok(()) };
        let ops = self.store.guild_settings(back.guild).await?.ops_channel;
        let (mut lines, mut well) = (Vec::new(), true);
        for start in &starts {
            let Some(row) = self.store.audit_entry(&start.entry.to_string()).await? else {
                match self.begin(&*door, back.guild, start).await {
                    Ok(()) => return Ok(()),
                    // It may be over soon.
                    Err(error @ (Error::Busy(_) | Error::Internal { .. })) => return Err(error),
                    Err(error) => {
                        well = false;
                        lines.push(format!("✕ {}  {error}", code(&start.service)));
                    }
                }
                continue;
            };
            let approval = row.approval_id.as_ref().and_then(|id| id.parse().ok());
            let detail = row.detail.as_deref().filter(|detail| !detail.is_empty());
            let (glyph, words) = match (row.outcome.as_str(), approval, ops) {
                (STARTED, ..) => return Ok(()),
                ("waiting", Some(approval), Some(channel)) => {
                    door.ask(back.guild, approval, channel).await?;
                    ("!", "waits for a yes".to_owned())
                }
                ("waiting", ..) => ("✕", "it takes a yes, and this guild has no ops channel to ask in".to_owned()),
                ("done", ..) => ("✓", detail.unwrap_or("is up").to_owned()),
                (outcome, ..) => ("✕", detail.unwrap_or(outcome).to_owned()),
            };
            well &= glyph == "✓";
            lines.push(format!("{glyph} {}  {words}", code(&start.service)));
        }
        if let Some(channel) = ops {
            self.tell_back(back, channel, (lines, well)).await?;
        }
        self.store.close_return(back).await
    }

    async fn begin(&self, door: &dyn Door, guild: GuildId, start: &Start) -> Result<()> {
        let gone = |why: &str| Error::Invalid(why.to_owned());
        let by = self.store.service_autostart(guild).await?.ok_or_else(|| gone("it is switched off by now"))?;
        let actor = door.stand_in(guild, by, AGENT).await?;
        let actor = actor.ok_or_else(|| gone("whoever switched it on has left this guild"))?;
        let service: ServiceName = start.service.parse()?;
        let arguments = json!(StartService { service, with: With::Dependencies });
        door.begin(actor, StartService::NAME, arguments, start.entry).await
    }

    async fn tell_back(&self, back: &Return, channel: u64, (lines, well): (Vec<String>, bool)) -> Result<()> {
        let name = self.hosts.by_id(back.guild, &back.server).map_or_else(|| "a server".to_owned(), |known| known.name);
        let title = format!("**{} is back**", code(name));
        let card = if well { Card::ok(title) } else { Card::attention(title) };
        let card = card
            .fact(format!("since {}", back.since.relative()))
            .text(lines.join("\n"))
            .small("`/service autostart` switches this off");
        let card = card.redacted(&self.redactor.of(back.guild));
        let key = format!("autostart {} {}", back.server, back.since.0);
        let (guild, urgency, pings) = (back.guild, Urgency::Result, Pings::default());
        let post = NewPost { guild, channel, key: &key, urgency, card: &card, answers: None, pings };
        self.store.post(post).await.map(drop)
    }

    /// Tells it who knows which servers answer. Until then nobody comes back.
    pub fn know_answers(&self, answers: Answers) {
        // A process says so once.
        let _ = self.answers.set(answers);
    }

    /// Tells it how things are begun. Whoever has the door keeps it: it leads back here, and would hold itself.
    pub fn know_door(&self, door: &Arc<dyn Door>) {
        // A process has one, and says so once.
        let _ = self.door.set(Arc::downgrade(door));
    }
}
