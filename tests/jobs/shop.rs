//! Processes that do durable runs from one database, as many as a story needs, and who asks for what.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use base::{Action, Actor, Clock, GuildId, Live, Millis, Redactor, Result, UserId, Way, action::Ending};
use futures::future::BoxFuture;
use hub::{Ended, Hub, Members, Outcome, Performing, Progress, Role, Standing, runs::CancelJob};
use secrecy::SecretString;
use store::{
    Kind, Store, Vault,
    audit::Entry,
    runs::{RunRow, State},
};
use tokio::{runtime::Runtime, sync::watch, task::JoinHandle};
use uuid::Uuid;

use super::mill::{Grind, How, Mill, Regrind, Work};

pub(super) const CREW: GuildId = GuildId(1);
pub(super) const ASKER: u64 = 100;
/// Nothing here takes longer, however busy the machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Between two looks at a row.
const AGAIN: Duration = Duration::from_millis(5);
/// How many runs a process does at once.
const PLACES: usize = 64;

/// Who is in the guild, as the test has it.
#[derive(Default)]
pub(super) struct People(pub(super) Mutex<HashMap<UserId, Standing>>);

impl Members for People {
    fn standing(&self, guild: GuildId, user: UserId) -> BoxFuture<'_, Result<Option<Standing>>> {
        let standing = self.0.lock().unwrap().get(&user).filter(|_| guild == CREW).cloned();
        Box::pin(std::future::ready(Ok(standing)))
    }
}

/// One process, as far as durable runs go.
pub(super) struct Engine {
    pub(super) hub: Hub,
    pub(super) store: Store,
    pub(super) vault: Arc<Vault>,
    pub(super) mill: Arc<Mill>,
    work: Mutex<Option<JoinHandle<()>>>,
}

/// A database, and the first process on it, which takes nothing before it is told to.
pub(super) struct Shop {
    pub(super) first: Engine,
    pub(super) clock: Clock,
    pub(super) people: Arc<People>,
    pub(super) url: String,
    pub(super) kind: Kind,
    _home: tempfile::TempDir,
}

impl std::ops::Deref for Shop {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.first
    }
}

impl Shop {
    pub(super) async fn open(kind: Kind) -> Self {
        let home = tempfile::tempdir().unwrap();
        let url = crate::world::database(kind, home.path()).await;
        let clock = Clock::manual(Millis(1_800_000_000_000));
        let people = Arc::<People>::default();
        people.0.lock().unwrap().insert(UserId(ASKER), standing(true));
        let first = Engine::open(&url, &clock, &people, Mill::beside(None)).await;
        Self { first, clock, people, url, kind, _home: home }
    }

    /// The same, with the first process at work.
    pub(super) async fn at_work(kind: Kind) -> Self {
        let shop = Self::open(kind).await;
        shop.first.works(Role::Bot);
        shop
    }

    /// Another process on the same database.
    pub(super) async fn another(&self) -> Engine {
        Engine::open(&self.url, &self.clock, &self.people, Mill::beside(Some(&self.first.mill))).await
    }

    /// Another process that can be killed: all that it does stops from one moment to the next.
    pub(super) async fn mortal(&self) -> (Engine, Mortal) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (url, clock, people) = (self.url.clone(), self.clock.clone(), Arc::clone(&self.people));
        let mill = Mill::beside(Some(&self.first.mill));
        let engine = runtime.spawn(async move { Engine::open(&url, &clock, &people, mill).await }).await.unwrap();
        (engine, Mortal(Some(runtime)))
    }
}

/// What a process lives in.
pub(super) struct Mortal(Option<Runtime>);

impl Mortal {
    pub(super) fn works(&self, engine: &Engine, role: Role) {
        let _inside = self.0.as_ref().unwrap().enter();
        engine.works(role);
    }

    /// Asks in there: what watches it dies with it.
    pub(super) async fn ask<A: Action>(&self, engine: &Engine, action: A) -> Asked {
        let hub = engine.hub.clone();
        let asking = self.0.as_ref().unwrap().spawn(async move { Asked::of(hub.perform(actor(), action)).await });
        asking.await.unwrap()
    }

    /// As `kill -9` does it.
    pub(super) fn kill(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Engine {
    async fn open(url: &str, clock: &Clock, people: &Arc<People>, mill: Mill) -> Self {
        let store = Store::open(url, clock.clone()).await.unwrap();
        let vault = Arc::new(Vault::new(store.clone(), Some(SecretString::from("a passphrase of some length"))));
        let mill = Arc::new(mill);
        let hub = Hub::builder(store.clone(), Arc::clone(&vault), clock.clone(), Redactor::default());
        let hub = hub.service(Arc::clone(&mill)).action::<Grind>().action::<Regrind>().build();
        hub.know_members(Arc::<People>::clone(people));
        Self { hub, store, vault, mill, work: Mutex::default() }
    }

    /// Takes and does runs from now on.
    pub(super) fn works(&self, role: Role) {
        let hub = self.hub.clone();
        let work = tokio::spawn(async move { hub.work(role, 64).await.unwrap() });
        *self.work.lock().unwrap() = Some(work);
    }

    /// Takes nothing any more and shows no sign of life; what it does goes on.
    pub(super) fn stalls(&self) {
        self.work.lock().unwrap().take().unwrap().abort();
    }

    pub(super) async fn ask(&self, work: Work) -> Asked {
        self.ask_as(actor(), work).await
    }

    pub(super) async fn ask_as(&self, by: Actor, work: Work) -> Asked {
        Asked::of(self.hub.perform(by, Grind(work))).await
    }

    pub(super) async fn ask_again_and_again(&self, work: Work) -> Asked {
        Asked::of(self.hub.perform(actor(), Regrind(work))).await
    }

    /// Asks for a run to be stopped; the answer is whether it had not ended.
    pub(super) async fn cancel(&self, asked: &Asked) -> bool {
        let reference = asked.reference.clone();
        match self.hub.perform(actor(), CancelJob { reference }).ended().await.outcome {
            Outcome::Done { .. } => true,
            Outcome::Failed(error) => {
                assert_eq!(error.to_string(), "That has already ended.");
                false
            }
            _ => panic!("neither stopped nor refused"),
        }
    }

    pub(super) async fn row(&self, asked: &Asked) -> RunRow {
        self.store.run(asked.id).await.unwrap().unwrap()
    }

    pub(super) async fn entry(&self, asked: &Asked) -> Entry {
        self.store.audit_entry(&asked.id.to_string()).await.unwrap().unwrap()
    }

    /// Waits until a run stands so, having been begun so often.
    pub(super) async fn until_state(&self, asked: &Asked, state: State, attempts: u32) {
        self.until_row(asked, |row| row.state == state && row.attempts == attempts).await;
    }

    /// Waits until a run has noted its first step.
    pub(super) async fn until_noted(&self, asked: &Asked) {
        let noted = async {
            while self.store.run_steps(asked.id).await.unwrap().is_empty() {
                tokio::time::sleep(AGAIN).await;
            }
        };
        tokio::time::timeout(PATIENCE, noted).await.expect("it notes nothing");
    }

    async fn until_row(&self, asked: &Asked, so: impl Fn(&RunRow) -> bool) {
        let stands = async {
            while !so(&self.row(asked).await) {
                tokio::time::sleep(AGAIN).await;
            }
        };
        let stood = tokio::time::timeout(PATIENCE, stands).await;
        assert!(stood.is_ok(), "it stands otherwise: {:?}", self.row(asked).await);
    }

    /// Asks for so much that there is no room for more here.
    pub(super) async fn fill(&self) -> Vec<Asked> {
        let mut all = Vec::new();
        for number in 0..PLACES {
            all.push(self.ask(Work::new(format!("fills {number}"), How::Waits)).await);
        }
        self.mill.until("all places are taken", |seen| seen.now.get("") == Some(&PLACES)).await;
        all
    }

    /// How a run stands, as its row and its audit entry have it; they must agree.
    pub(super) async fn told(&self, asked: &Asked) -> String {
        let (row, entry) = (self.row(asked).await, self.entry(asked).await);
        let state = row.state.as_str();
        match entry.outcome.as_str() {
            "started" => assert!(row.state.is_open(), "{state}"),
            outcome => assert_eq!(State::of_outcome(outcome), row.state),
        }
        assert_eq!(row.state.is_open(), row.finished.is_none());
        entry.outcome
    }
}

/// Something that was asked for.
pub(super) struct Asked {
    pub(super) performing: Performing,
    pub(super) id: Uuid,
    pub(super) reference: String,
}

/// How it ended, as whoever asked sees it.
pub(super) struct Over {
    pub(super) text: String,
    pub(super) report: serde_json::Value,
    pub(super) ending: Ending,
}

impl Asked {
    async fn of(mut performing: Performing) -> Self {
        let progress = performing.progress.wait_for(|progress| *progress != Progress::Checking).await.unwrap().clone();
        let Progress::Running(record) = progress else { unreachable!() };
        Self { performing, id: record.id, reference: record.reference }
    }

    pub(super) async fn ended(&mut self) -> Ended {
        tokio::time::timeout(PATIENCE, self.performing.ended()).await.expect("it never ended")
    }

    pub(super) async fn over(&mut self) -> Over {
        match self.ended().await.outcome {
            Outcome::Done { card, report, ending } => Over { text: card.plain_text(), report, ending },
            Outcome::Failed(error) => panic!("{error:?}"),
            Outcome::Waits(_) => panic!("somebody is asked"),
            Outcome::Left => panic!("it was left"),
        }
    }

    /// Waits until it shows this while it goes on.
    pub(super) async fn shows(&self, text: &str) -> String {
        let mut live: watch::Receiver<Option<Arc<dyn Live>>> = self.performing.live.clone();
        let shown =
            |live: &Option<Arc<dyn Live>>| live.as_ref().is_some_and(|live| live.card().plain_text().contains(text));
        let live = tokio::time::timeout(PATIENCE, live.wait_for(shown)).await;
        live.unwrap_or_else(|_| panic!("it never shows {text}")).unwrap().as_ref().unwrap().card().plain_text()
    }
}

pub(super) fn standing(administrator: bool) -> Standing {
    Standing { name: "somebody".to_owned(), roles: Vec::new(), administrator, owner: false }
}

pub(super) fn actor() -> Actor {
    Actor {
        guild: CREW,
        user: UserId(ASKER),
        name: "somebody".to_owned(),
        administrator: true,
        roles: Vec::new(),
        agent: None,
        way: Way::Command,
        reply_to: None,
    }
}

pub(super) fn by(way: Way) -> Actor {
    Actor { way, agent: Some("Jarvis".to_owned()), ..actor() }
}
