//! Shows incidents: one message each in the ops channel, drawn again as it changes, and a thread on it with its timeline.
//!
//! **Invariants:** every step is noted before the next is begun, and each can be done twice: a message and its lines are posts
//! under keys, a thread has its message's number, and drawing again changes nothing. What changed meanwhile is drawn after that.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use base::{
    Card, Result, RoleId, UserId,
    card::{Lands, code},
};
use hub::Hub;
use incidents::Incidents;
use store::{
    incidents::{Line, Rules, Shown, State},
    outbox::{Pings, Standing},
};
use tokio::task::{Id, JoinSet};

use crate::{
    asked::{Place, is_final, status, thread},
    face::Face,
    rest::Rest,
};

/// A message is drawn at most so often: what comes and goes fast is one drawing.
const PACE: Duration = Duration::from_millis(1_500);
/// And its thread says something at most so often, unless somebody is pinged.
const SAYS: Duration = Duration::from_secs(3);
/// Where there is no channel for it, that is looked at again so often.
const LOOKS: Duration = Duration::from_secs(5);
/// What Discord does not take is tried again after so long.
const REFUSED: Duration = Duration::from_mins(5);
/// What failed waits so long.
const AGAIN: Duration = Duration::from_secs(2);
/// Buttons of this age get new keys.
const WORN: Duration = Duration::from_hours(72);

/// What is remembered of one; all of it can be forgotten.
struct Memory {
    face: Face,
    since: Instant,
    /// Nothing is drawn before.
    draws: Instant,
    /// Nothing is said before.
    says: Instant,
}

impl Memory {
    fn new(hub: &Hub) -> Self {
        let now = Instant::now();
        Self { face: Face::new(hub), since: now, draws: now, says: now }
    }
}

/// Shows every incident, for ever. Only for the process that has the gateway.
pub async fn show(rest: Rest, hub: Hub, incidents: Arc<Incidents>) {
    rest.me().await;
    let (mut changes, mut posts) = (incidents.changes(), hub.store().outbox_changes());
    let (mut showing, mut busy) = (JoinSet::new(), HashMap::<Id, String>::new());
    let mut known = HashMap::<String, Memory>::new();
    loop {
        match hub.store().incidents_behind().await {
            Ok(behind) => {
                for shown in behind {
                    if busy.values().any(|id| *id == shown.id) {
                        continue;
                    }
                    let memory = known.remove(&shown.id).filter(|memory| memory.since.elapsed() < WORN);
                    let memory = memory.unwrap_or_else(|| Memory::new(&hub));
                    let shower = Shower { rest: rest.clone(), hub: hub.clone(), incidents: Arc::clone(&incidents) };
                    let id = shown.id.clone();
                    busy.insert(showing.spawn(shower.show(shown, memory)).id(), id);
                }
            }
            Err(error) => tracing::warn!("incidents cannot be looked through: {error}"),
        }
        tokio::select! {
            // The sender lives as long as the service; the tick remains.
            Ok(()) = changes.changed() => {}
            () = posts.next() => {}
            Some(ended) = showing.join_next_with_id(), if !showing.is_empty() => match ended {
                Ok((id, memory)) => {
                    if let Some((incident, memory)) = busy.remove(&id).zip(memory) {
                        known.insert(incident, memory);
                    }
                }
                Err(broken) => {
                    busy.remove(&broken.id());
                    tracing::error!("showing an incident broke: {broken}");
                }
            },
        }
    }
}

/// Whoever shows one.
struct Shower {
    rest: Rest,
    hub: Hub,
    incidents: Arc<Incidents>,
}

impl Shower {
    /// Takes the next steps; the answer is what to remember, until it is over.
    async fn show(self, shown: Shown, mut memory: Memory) -> Option<Memory> {
        if let Err(error) = self.step(&shown, &mut memory).await {
            tracing::warn!(incident.number = shown.number, "an incident is not shown yet: {error}");
            tokio::time::sleep(AGAIN).await;
        }
        (shown.state == State::Open).then_some(memory)
    }

    async fn step(&self, shown: &Shown, memory: &mut Memory) -> Result<()> {
        if !self.incidents.is_on(shown.guild).await? {
            return self.hub.store().incident_waits(shown, "alerts are off", LOOKS).await;
        }
        let Some((channel, message)) = shown.place else { return self.put(shown).await };
        let Some(place) = thread::place(channel, message) else { return Ok(()) };
        let mut shown = shown.clone();
        if shown.thread.is_none() {
            let Some(thread) = self.thread(&shown, place).await? else { return Ok(()) };
            shown.thread = Some(thread);
        }
        let said = self.add_lines(&shown, memory).await?;
        let drawn = shown.drawn >= shown.version || self.draw(&shown, place, memory).await?;
        if said && drawn {
            self.hub.store().incident_is_shown(&shown).await?;
        } else {
            // It is looked at again when its time has come.
            let until = memory.draws.min(memory.says).saturating_duration_since(Instant::now());
            tokio::time::sleep(until.max(Duration::from_millis(50))).await;
        }
        Ok(())
    }

    /// Has its message posted, and notes where it stands.
    async fn put(&self, shown: &Shown) -> Result<()> {
        let store = self.hub.store();
        if let Some(key) = &shown.post_key {
            return match store.post_of(shown.guild, key).await?.map(|posted| posted.standing) {
                Some(Standing::Posted(message)) => store.incident_stands(shown, message).await,
                Some(Standing::Waiting) => {
                    // The outbox tells when it stands, and the tick where another process has it.
                    let _ = tokio::time::timeout(AGAIN, store.arrival(shown.guild, key)).await;
                    Ok(())
                }
                Some(Standing::Refused(why)) => {
                    store.incident_is_gone(shown, &format!("It could not be posted: {}", code(why)), REFUSED).await
                }
                None => store.incident_is_gone(shown, "Its message is gone", LOOKS).await,
            };
        }
        let Some(channel) = store.guild_settings(shown.guild).await?.ops_channel else {
            if shown.state != State::Open {
                // What was over before there was a channel is in the list.
                store
                    .post_lines(
                        shown,
                        &store.unposted_lines(shown).await?,
                        &self.clean(shown, Card::plain("")),
                        Pings::default(),
                    )
                    .await?;
                return store.incident_is_shown(shown).await.map(drop);
            }
            return store.incident_waits(shown, "No ops channel is set", LOOKS).await;
        };
        let rules = store.incident_rules(shown.guild).await?;
        let mut pings = pings(&store.unposted_lines(shown).await?, &rules);
        let incident = Incidents::read(shown)?;
        // Whoever was to be pinged by one that never arrived is pinged now.
        if shown.tries > 0 && incident.is_open() && incident.owner.is_none() {
            pings.roles.extend(rules.crew.filter(|crew| !pings.roles.contains(crew)));
        }
        let card = self.incidents.card(shown, Lands::Nowhere).await?;
        let card = self.clean(shown, mentioned(card, &pings));
        store.post_incident(shown, channel, &card, pings).await
    }

    /// Makes its thread. None where its message is gone.
    async fn thread(&self, shown: &Shown, place: Place) -> Result<Option<u64>> {
        let name = Incidents::name(&Incidents::read(shown)?);
        match thread::make_on(&self.rest, place, &name, &self.hub.redactor(shown.guild)).await {
            Ok(made) => {
                let thread = made.unwrap_or_default();
                self.hub.store().incident_has_thread(shown, thread).await?;
                Ok(Some(thread))
            }
            Err(error) if status(&error) == Some(404) => self.lost(shown).await.map(|()| None),
            Err(error) => Err(base::Error::internal("making an incident's thread", error)),
        }
    }

    /// Has what was said posted in its thread. The answer is whether nothing is left.
    async fn add_lines(&self, shown: &Shown, memory: &mut Memory) -> Result<bool> {
        let store = self.hub.store();
        let lines = store.unposted_lines(shown).await?;
        if lines.is_empty() {
            return Ok(true);
        }
        let pings = pings(&lines, &store.incident_rules(shown.guild).await?);
        let is_loud = pings != Pings::default();
        if !is_loud && Instant::now() < memory.says {
            return Ok(false);
        }
        let card = self.clean(shown, mentioned(Incidents::lines(&lines), &pings));
        store.post_lines(shown, &lines, &card, pings).await?;
        memory.says = Instant::now() + SAYS;
        Ok(true)
    }

    /// Draws its message as it is now. The answer is whether it is.
    async fn draw(&self, shown: &Shown, place: Place, memory: &mut Memory) -> Result<bool> {
        if Instant::now() < memory.draws {
            return Ok(false);
        }
        let store = self.hub.store();
        let card = self.incidents.card(shown, Lands::Nowhere).await?;
        memory.draws = Instant::now() + PACE;
        match thread::settle(&self.rest, place, &card, &mut memory.face, shown.guild).await {
            Ok(()) => store.incident_drawn(shown).await.map(|()| true),
            Err(error) if status(&error) == Some(404) => self.lost(shown).await.map(|()| false),
            Err(error) if is_final(&error) => {
                tracing::warn!(%error, "an incident's message cannot be drawn");
                let why = self.hub.redactor(shown.guild).mask(&error.to_string()).into_owned();
                store.incident_waits(shown, &format!("Its message cannot be changed: {}", code(why)), REFUSED).await?;
                Ok(false)
            }
            Err(error) => Err(base::Error::internal("drawing an incident", error)),
        }
    }

    /// Somebody took its message away: while it goes on, another takes its place.
    async fn lost(&self, shown: &Shown) -> Result<()> {
        let store = self.hub.store();
        if shown.state == State::Open {
            return store.incident_is_gone(shown, "Its message was taken away", Duration::ZERO).await;
        }
        store.incident_drawn(shown).await?;
        let nowhere = Shown { thread: None, ..shown.clone() };
        let lines = store.unposted_lines(shown).await?;
        store.post_lines(&nowhere, &lines, &self.clean(shown, Card::plain("")), Pings::default()).await?;
        store.incident_is_shown(shown).await.map(drop)
    }

    fn clean(&self, shown: &Shown, card: Card) -> base::redact::Clean<Card> {
        card.redacted(&self.hub.redactor(shown.guild))
    }
}

/// Whom these lines ping, as the guild wants it now.
fn pings(lines: &[Line], rules: &Rules) -> Pings {
    let mut pings = Pings::default();
    for word in lines.iter().filter_map(|line| line.ping.as_deref()) {
        let role = match word {
            "crew" => rules.crew,
            "escalation" => rules.escalation.or(rules.crew),
            user => {
                pings.users.extend(user.parse().ok().map(UserId));
                None
            }
        };
        pings.roles.extend(role);
    }
    pings.roles.sort_unstable();
    pings.roles.dedup();
    pings.users.sort_unstable();
    pings.users.dedup();
    pings
}

/// Only who is named is pinged.
fn mentioned(card: Card, pings: &Pings) -> Card {
    let roles = pings.roles.iter().map(|RoleId(role)| format!("<@&{role}>"));
    let users = pings.users.iter().map(|user| format!("<@{user}>"));
    let named: Vec<String> = roles.chain(users).collect();
    if named.is_empty() { card } else { card.small(named.join(" ")) }
}
