//! A hub with one thing to do, which is counted, and a crew of whom the test says who they are.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use base::{
    Action, Actor, Assessment, Card, Clock, GuildId, Millis, Permit, Redactor, Report, Result, Risk, Run, UserId, Way,
    card::Answer,
};
use futures::future::BoxFuture;
use hub::{Decided, Hub, Members, Outcome, Standing};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{
    Kind, Store, Vault,
    approvals::State,
    grants::{Holder, NewGrant},
    rules::Rule,
};
use uuid::Uuid;

pub(super) const CREW: GuildId = GuildId(1);
/// What the policy gives another person to answer, unless a rule says otherwise.
pub(super) const DAY: Duration = Duration::from_hours(24);
/// Who asks, in most of the stories; they and the ten after them hold the action.
pub(super) const ASKER: u64 = 100;
pub(super) const APPROVER: u64 = 101;

/// What is rung, and counted.
#[derive(Default)]
pub(super) struct Tower {
    pub(super) rung: AtomicUsize,
    /// How often another bell was hung under the name.
    pub(super) hung: AtomicUsize,
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

    async fn assess(&self, tower: &Tower, actor: &Actor) -> Result<Assessment> {
        let identity = Some(format!("bell {}", tower.hung.load(Ordering::SeqCst)));
        let own = self.bell == format!("of {}", actor.name);
        Ok(Assessment { identity, own, ..Assessment::of(Self::RISK) })
    }

    async fn run(_: Permit<Self>, tower: &Tower, _: &Run) -> Result<Rang> {
        tower.rung.fetch_add(1, Ordering::SeqCst);
        Ok(Rang)
    }
}

impl Report for Rang {
    fn card(&self) -> Card {
        Card::ok("**Rang**")
    }
}

/// Who is in the guild, as the test has it.
#[derive(Default)]
pub(super) struct People(pub(super) Mutex<HashMap<UserId, Standing>>);

impl Members for People {
    fn standing(&self, guild: GuildId, user: UserId) -> BoxFuture<'_, Result<Option<Standing>>> {
        let standing = self.0.lock().unwrap().get(&user).filter(|_| guild == CREW).cloned();
        Box::pin(std::future::ready(Ok(standing)))
    }
}

pub(super) struct Crew {
    pub(super) hub: Hub,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) tower: Arc<Tower>,
    pub(super) people: Arc<People>,
    pub(super) url: String,
    _home: tempfile::TempDir,
}

impl Crew {
    /// A crew of which eleven hold the action, in a guild where it asks another person.
    pub(super) async fn meet(kind: Kind) -> Self {
        let home = tempfile::tempdir().unwrap();
        let url = crate::world::database(kind, home.path()).await;
        let clock = Clock::manual(Millis(1_800_000_000_000));
        let store = Store::open(&url, clock.clone()).await.unwrap();
        let (tower, people) = (Arc::<Tower>::default(), Arc::<People>::default());
        let hub = hub_on(&store, &clock, &tower);
        hub.know_members(Arc::<People>::clone(&people));
        let crew = Self { hub, store, clock, tower, people, url, _home: home };
        for person in ASKER..=ASKER + 10 {
            crew.joins(person);
            crew.holds(person).await;
        }
        crew.rule(base::Need::Approve).await;
        crew
    }

    fn joins(&self, user: u64) {
        let standing = Standing { name: format!("user{user}"), roles: Vec::new(), administrator: false, owner: false };
        self.people.0.lock().unwrap().insert(UserId(user), standing);
    }

    async fn holds(&self, user: u64) {
        let (holder, given_by) = (Holder::Person(UserId(user)), UserId(1));
        let grant =
            NewGrant { guild: CREW, holder, holder_name: "somebody", action: Ring::NAME, target: "big", given_by };
        self.store.give_grant(&grant, 100).await.unwrap();
    }

    pub(super) async fn rule(&self, need: base::Need) {
        let (action, target) = (Ring::NAME.to_owned(), "*".to_owned());
        let rule = Rule { action, target, risk: None, asker: None, need, lasts: None };
        assert!(self.store.set_rule(CREW, &rule, UserId(1), 100).await.unwrap());
    }

    /// Asks to ring the big bell, and waits for the question.
    pub(super) async fn ask(&self) -> Uuid {
        self.ask_as(actor(ASKER)).await
    }

    pub(super) async fn ask_as(&self, actor: Actor) -> Uuid {
        let mut asked = self.hub.perform(actor, Ring { bell: "big".to_owned() });
        match asked.ended().await.outcome {
            Outcome::Waits(waiting) => waiting.approval,
            _ => panic!("nobody is asked"),
        }
    }

    pub(super) async fn yes(&self, approval: Uuid) -> std::result::Result<(), String> {
        says_yes(&self.hub, actor(APPROVER), approval).await
    }

    pub(super) fn rung(&self) -> usize {
        self.tower.rung.load(Ordering::SeqCst)
    }

    /// What ended because nobody answered it, or its policy changed, and whose cards do not say so.
    pub(crate) async fn overdue(&self) -> Vec<Uuid> {
        self.store.end_overdue().await.unwrap();
        self.store.untold_ends().await.unwrap().into_iter().map(|asked| asked.id).collect()
    }

    pub(super) async fn state(&self, approval: Uuid) -> State {
        self.store.approval(CREW, approval).await.unwrap().unwrap().state
    }
}

pub(super) fn hub_on(store: &Store, clock: &Clock, tower: &Arc<Tower>) -> Hub {
    let vault = Arc::new(Vault::new(store.clone(), None));
    let builder = Hub::builder(store.clone(), vault, clock.clone(), Redactor::default());
    builder.service(Arc::clone(tower)).action::<Ring>().build()
}

pub(super) fn actor(user: u64) -> Actor {
    Actor {
        guild: CREW,
        user: UserId(user),
        name: format!("user{user}"),
        administrator: false,
        roles: Vec::new(),
        agent: None,
        way: Way::Press,
        reply_to: None,
    }
}

/// Says yes, and waits for what comes of it: that it was done, or why not.
pub(super) async fn says_yes(hub: &Hub, actor: Actor, approval: Uuid) -> std::result::Result<(), String> {
    match hub.decide(actor, approval, Answer::Yes, None).await {
        Ok(Decided::Granted { mut performing, .. }) => match performing.ended().await.outcome {
            Outcome::Done { .. } => Ok(()),
            Outcome::Failed(error) => Err(error.to_string()),
            Outcome::Waits(_) => Err("asked again".to_owned()),
            Outcome::Left => Err("left".to_owned()),
        },
        Ok(Decided::Counted(_)) => Err("counted".to_owned()),
        Ok(Decided::Dismissed(_)) => Err("dismissed".to_owned()),
        Ok(Decided::Ended(error)) | Err(error) => Err(error.to_string()),
    }
}
