//! What all connections share: the world, who listens to it, the judge, the clock.
//!
//! **Invariant:** the world and the gateway's hub are behind one lock, so sessions hear events in the order they happened. The
//! lock is never held over an `await`.

use crate::Options;
use crate::clock::{Clock, Millis};
use crate::faults::Faults;
use crate::gateway::HEARTBEAT;
use crate::gateway::hub::Hub;
use crate::judge::{Actor, Judge};
use crate::openapi::{Exchange, OpenApi};
use crate::rest::limits::{Limits, Moment};
use crate::snowflake::Id;
use crate::world::interactions::ACKNOWLEDGE_WITHIN;
use crate::world::{Audience, Effect, World};
use serde_json::{Value, json};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long an event waits for another to overtake it.
const OVERTAKEN_WITHIN: Duration = Duration::from_millis(500);

/// Where the listeners are, known once they are bound.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses {
    pub(crate) discord: std::net::SocketAddr,
    pub(crate) gateway: std::net::SocketAddr,
    pub(crate) page: std::net::SocketAddr,
}

#[derive(Debug)]
pub(crate) struct Server {
    clock: Clock,
    state: Mutex<State>,
    judge: Mutex<Judge>,
    limits: Mutex<Limits>,
    addresses: OnceLock<Addresses>,
    /// Privileged intents the application has not been granted.
    pub(crate) disallowed_intents: AtomicU64,
    /// What Discord says about its API, where somebody named the file.
    openapi: Option<Arc<OpenApi>>,
    /// Between heartbeats.
    pub(crate) heartbeat: Duration,
    pub(crate) stopping: CancellationToken,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) hub: Hub,
    pub(crate) faults: Faults,
}

impl Server {
    pub(crate) fn new(clock: Clock, world: World, options: &Options, openapi: Option<Arc<OpenApi>>) -> Self {
        let faults = Faults::seeded(options.seed);
        let (hub, limits) = if options.without_rate_limits {
            (Hub::default().unlimited(), Limits::off())
        } else {
            (Hub::default(), Limits::default())
        };
        Self {
            clock,
            state: Mutex::new(State { world, hub, faults }),
            judge: Mutex::default(),
            limits: Mutex::new(limits),
            addresses: OnceLock::new(),
            disallowed_intents: AtomicU64::new(options.disallowed_intents),
            openapi,
            heartbeat: options.heartbeat.unwrap_or(HEARTBEAT),
            stopping: CancellationToken::new(),
        }
    }

    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    /// The time that windows and faults are measured with.
    pub(crate) fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment { elapsed: self.elapsed(), now: self.now() }
    }

    pub(crate) fn advance(self: &Arc<Self>, by: Duration) {
        self.clock.advance(by);
        self.end_faults(Some(self.elapsed()));
    }

    /// Sets the addresses, once.
    pub(crate) fn bound(&self, addresses: Addresses) {
        // A second call would be a bug of ours that changes nothing: the first addresses stay.
        let _ = self.addresses.set(addresses);
    }

    pub(crate) fn gateway_url(&self) -> String {
        self.addresses.get().map(|addresses| format!("ws://{}", addresses.gateway)).unwrap_or_default()
    }

    /// What `GET /gateway/bot` says.
    pub(crate) fn gateway_json(&self) -> Value {
        let limit = self.lock().hub.starts.json(self.elapsed());
        json!({"url": self.gateway_url(), "shards": 1, "session_start_limit": limit})
    }

    pub(crate) fn judge(&self) -> MutexGuard<'_, Judge> {
        self.judge.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds what the bot asked, and what it was answered, against Discord's own description.
    pub(crate) fn compare(&self, actor: Actor, exchange: &Exchange<'_>) {
        let Some(openapi) = self.openapi.as_ref().filter(|_| actor == Actor::Bot) else { return };
        for complaint in openapi.complaints(exchange) {
            let request = Some(format!("{} {}", exchange.method, exchange.path));
            self.judge().accuse(complaint.rule, complaint.detail, request);
        }
    }

    /// The same for an event.
    pub(crate) fn compare_event(&self, name: &str, data: &Value) {
        if let Some(complaint) = self.openapi.as_ref().and_then(|openapi| openapi.event(name, data)) {
            self.judge().accuse(complaint.rule, complaint.detail, None);
        }
    }

    pub(crate) fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// World and hub together, for what must see both at one moment.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.world.now = state.world.now.max(self.clock.now());
        state
    }

    /// Reads the world.
    pub(crate) fn look<T>(&self, read: impl FnOnce(&World) -> T) -> T {
        read(&self.lock().world)
    }

    /// Changes the world and delivers what follows from it.
    pub(crate) fn act<T>(self: &Arc<Self>, change: impl FnOnce(&mut World) -> T) -> T {
        let mut guard = self.lock();
        let state = &mut *guard;
        let result = change(&mut state.world);
        for effect in std::mem::take(&mut state.world.effects) {
            match effect {
                Effect::Tell(event) => {
                    self.compare_event(event.name, &event.data);
                    let told = state.hub.dispatch(&state.world, &mut state.faults, &event);
                    if told.late {
                        self.overtake();
                    }
                    if told.connections == 0 && matches!(event.audience, Audience::Bot(_)) {
                        undelivered(&mut state.world, &event.data);
                    }
                }
                Effect::Await(interaction) => self.watch(interaction),
                Effect::Accuse { rule, detail } => self.judge().accuse(rule, detail, None),
            }
        }
        result
    }

    /// Sends an event that was kept back, should no other have overtaken it by then.
    fn overtake(self: &Arc<Self>) {
        let server = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(OVERTAKEN_WITHIN).await;
            server.lock().hub.send_late();
        });
    }

    /// Looks at an interaction again when its three seconds are over.
    fn watch(self: &Arc<Self>, interaction: Id) {
        let server = Arc::clone(self);
        tokio::spawn(async move {
            let patience = Duration::from_millis(ACKNOWLEDGE_WITHIN);
            let waited = server.stopping.run_until_cancelled(tokio::time::sleep(patience)).await;
            if waited.is_some() {
                server.act(|world| world.overdue(interaction));
            }
        });
    }
}

fn undelivered(world: &mut World, data: &Value) {
    let id = data.get("id").and_then(crate::snowflake::parse);
    if let Some(interaction) = id.and_then(|id| world.interactions.get_mut(&id)) {
        interaction.delivered = false;
    }
}
