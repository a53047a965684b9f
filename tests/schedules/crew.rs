//! A hub with a bell to ring, which is counted, schedules on it, and a crew of whom the test says who they are.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use base::{
    Action, Actor, Card, Clock, Error, GuildId, Millis, Need, Permit, Redactor, Report, Result, Risk, Run, UserId, Way,
};
use futures::future::BoxFuture;
use hub::{Hub, Members, Outcome, Standing};
use schedules::{AddSchedule, Door, PauseSchedule, RemoveSchedule, ResumeSchedule, RunSchedule, Schedules};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{
    Kind, Store, Vault,
    grants::{Holder, NewGrant},
    occurrences::Occurrence,
    rules::Rule,
    schedules::{NewSchedule, Schedule},
};
use uuid::Uuid;

pub(super) const CREW: GuildId = GuildId(1);
pub(super) const MAKER: UserId = UserId(100);
pub(super) const MINUTE: Duration = Duration::from_mins(1);
/// On a whole minute.
const START: Millis = Millis(1_800_000_000_000);

/// What is rung, under which entry of the audit log.
#[derive(Default)]
pub(super) struct Tower {
    pub(super) rung: Mutex<Vec<Uuid>>,
    /// Closed, a bell rings until it is opened.
    pub(super) closed: tokio::sync::RwLock<()>,
    pub(super) cracked: AtomicBool,
}

/// Ring a bell.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct Ring {
    /// The bell.
    pub(super) bell: String,
}

#[derive(Serialize)]
pub(super) struct Rang;

impl Action for Ring {
    const NAME: &'static str = "bell.ring";
    const RISK: Risk = Risk::Change;
    type Service = Tower;
    type Report = Rang;

    fn plan(&self) -> String {
        format!("Ring `{}`", self.bell)
    }

    fn refusal(&self) -> String {
        "ring bells".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.bell.clone())
    }

    async fn run(permit: Permit<Self>, tower: &Tower, _: &Run) -> Result<Rang> {
        tower.rung.lock().unwrap().push(permit.record().id);
        drop(tower.closed.read().await);
        if tower.cracked.load(Ordering::SeqCst) {
            return Err(Error::Invalid("It is cracked.".to_owned()));
        }
        Ok(Rang)
    }
}

impl Report for Rang {
    fn card(&self) -> Card {
        Card::ok("**Rang**")
    }
}

/// Who is in the guild, as the test has it; none where nobody answers.
#[derive(Default)]
pub(super) struct People(pub(super) Mutex<Option<HashMap<UserId, Standing>>>);

impl Members for People {
    fn standing(&self, _: GuildId, user: UserId) -> BoxFuture<'_, Result<Option<Standing>>> {
        let people = self.0.lock().unwrap();
        let standing = match &*people {
            Some(people) => Ok(people.get(&user).cloned()),
            None => Err(Error::Busy("Discord does not say who may do this.".to_owned())),
        };
        Box::pin(std::future::ready(standing))
    }
}

/// One process of the crew's bot.
#[derive(Clone)]
pub(super) struct Bot {
    pub(super) hub: Hub,
    pub(super) store: Store,
    pub(super) schedules: Arc<Schedules>,
    _door: Arc<dyn Door>,
}

pub(super) struct Crew {
    pub(super) bot: Bot,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) tower: Arc<Tower>,
    pub(super) people: Arc<People>,
    pub(super) url: String,
    _home: tempfile::TempDir,
}

impl Crew {
    /// A crew whose maker holds the bell and schedules, in a guild where automations may ring it.
    pub(super) async fn meet(kind: Kind) -> Self {
        let home = tempfile::tempdir().unwrap();
        let url = crate::world::database(kind, home.path()).await;
        let clock = Clock::manual(START);
        let (tower, people) = (Arc::<Tower>::default(), Arc::<People>::default());
        *people.0.lock().unwrap() = Some(HashMap::new());
        let bot = Bot::start(&url, &clock, &tower, &people).await;
        let crew = Self { store: bot.store.clone(), bot, clock, tower, people, url, _home: home };
        crew.joins(MAKER);
        crew.grant("bell.ring").await;
        crew.grant("schedule.*").await;
        crew.automations(Need::Never).await;
        crew
    }

    pub(super) fn joins(&self, user: UserId) {
        let standing = Standing { name: format!("user{user}"), roles: Vec::new(), administrator: false, owner: false };
        self.people.0.lock().unwrap().get_or_insert_default().insert(user, standing);
    }

    pub(super) async fn grant(&self, action: &str) {
        let (holder, given_by) = (Holder::Person(MAKER), UserId(1));
        let grant = NewGrant { guild: CREW, holder, holder_name: "maker", action, target: "*", given_by };
        self.store.give_grant(&grant, 100).await.unwrap();
    }

    pub(super) async fn automations(&self, need: Need) {
        let (action, target, asker) = (Ring::NAME.to_owned(), "*".to_owned(), Some(base::Asker::Automation));
        let rule = Rule { action, target, risk: None, asker, need, lasts: None };
        assert!(self.store.set_rule(CREW, &rule, UserId(1), 100).await.unwrap());
    }

    /// A process that knows nothing of what the other ones had in memory.
    pub(super) async fn another_process(&self) -> Bot {
        Bot::start(&self.url, &self.clock, &self.tower, &self.people).await
    }

    /// A schedule of these moments, made past the checks of what people type.
    pub(super) async fn every(&self, span: Duration, missed: &str, tell: &str) -> Schedule {
        let rule = format!("every {} {}", span.as_millis(), START.0);
        self.on(&rule, START.plus(span), missed, tell).await
    }

    pub(super) async fn on(&self, rule: &str, next: Millis, missed: &str, tell: &str) -> Schedule {
        let name = "bells";
        let new = NewSchedule {
            guild: CREW,
            name,
            typed: "every so often",
            rule,
            zone: "UTC",
            action: Ring::NAME,
            arguments: r#"{"bell":"big"}"#,
            plan: "Ring `big`",
            missed,
            late: 30_000,
            channel: 5,
            tell,
            made_by: MAKER,
            next,
            most: (10, 10),
        };
        assert!(self.store.add_schedule(&new).await.unwrap().is_some());
        self.bells().await
    }

    pub(super) async fn bells(&self) -> Schedule {
        self.store.schedule(CREW, "bells").await.unwrap().unwrap()
    }

    pub(super) fn rung(&self) -> usize {
        self.tower.rung.lock().unwrap().len()
    }

    /// Lets time pass, and looks what is due.
    pub(super) async fn passes(&self, span: Duration) {
        self.clock.advance(span);
        self.bot.tick().await;
    }

    /// Everything that came due, the oldest first.
    pub(super) async fn came(&self) -> Vec<Occurrence> {
        let mut came = self.store.occurrences(&self.bells().await, 10_000).await.unwrap();
        came.reverse();
        came
    }

    /// How each ended, and how many minutes after the start it was due.
    pub(super) async fn ends(&self) -> Vec<String> {
        let told = |one: Occurrence| {
            format!("{} {}", (one.due.0 - START.0) / 60_000, one.outcome.unwrap_or_else(|| "open".to_owned()))
        };
        self.came().await.into_iter().map(told).collect()
    }

    /// The titles and facts of what is to be told, which Discord then has.
    pub(super) async fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        for untold in self.store.untold_occurrences().await.unwrap() {
            let card: Card = serde_json::from_str(&untold.card).unwrap();
            told.push([vec![card.title], card.facts].concat().join(" · "));
            self.store.told_occurrence(untold.guild, untold.id).await.unwrap();
        }
        told
    }
}

impl Bot {
    pub(super) async fn start(url: &str, clock: &Clock, tower: &Arc<Tower>, people: &Arc<People>) -> Self {
        let store = Store::open(url, clock.clone()).await.unwrap();
        let schedules = Arc::new(Schedules::new(store.clone(), clock.clone(), Redactor::default()));
        let vault = Arc::new(Vault::new(store.clone(), None));
        let hub = Hub::builder(store.clone(), vault, clock.clone(), Redactor::default())
            .service(Arc::clone(tower))
            .action::<Ring>()
            .service(Arc::clone(&schedules))
            .action::<AddSchedule>()
            .action::<PauseSchedule>()
            .action::<ResumeSchedule>()
            .action::<RemoveSchedule>()
            .action::<RunSchedule>()
            .build();
        hub.know_members(Arc::<People>::clone(people));
        let door: Arc<dyn Door> = Arc::new(commands::scheduled::Through(hub.clone()));
        schedules.know_door(&door);
        Self { hub, store, schedules, _door: door }
    }

    /// What a process does first: what the one before left is ended, or gone on with.
    pub(super) async fn recover(&self) {
        self.store.interrupt_audit().await.unwrap();
        self.schedules.resume().await.unwrap();
    }

    /// Does what is due, until there is nothing more.
    pub(super) async fn tick(&self) {
        for _ in 0..100 {
            let jobs = self.schedules.jobs().await.unwrap();
            if jobs.is_empty() {
                return;
            }
            for job in jobs {
                job.carry().await;
            }
        }
    }

    /// Looks once.
    pub(super) async fn tick_once(&self) {
        for job in self.schedules.jobs().await.unwrap() {
            job.carry().await;
        }
    }

    pub(super) async fn ask<A: Action>(&self, actor: Actor, action: A) -> std::result::Result<Card, String> {
        match self.hub.perform(actor, action).ended().await.outcome {
            Outcome::Done { card, .. } => Ok(*card),
            Outcome::Failed(error) => Err(error.to_string()),
            Outcome::Waits(_) => Err("waits".to_owned()),
            Outcome::Left => Err("left".to_owned()),
        }
    }
}

pub(super) fn actor(user: UserId) -> Actor {
    Actor {
        guild: CREW,
        user,
        name: format!("user{user}"),
        administrator: false,
        roles: Vec::new(),
        agent: None,
        way: Way::Command,
        reply_to: None,
    }
}
