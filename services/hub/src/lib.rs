//! The one handle every way in holds: what can be done, whether it may be, and the record of it.
//!
//! **Invariant:** nothing is done any other way than [`Hub::perform`] and its kin, and each call leaves an audit row.

mod approvals;
mod checks;
mod durable;
mod foresee;
pub mod grants;
mod kept;
mod offered;
mod pattern;
mod perform;
pub mod policy;
mod registry;
mod running;
pub mod runs;
mod standing;
mod turns;

use std::{
    any::{Any, TypeId},
    collections::BTreeMap,
    sync::Arc,
};

use base::{Action, Actor, AnyAction, Clock, Error, GuildId, Millis, Redactor, Result, UserId, gate};
use serde_json::Value;
use store::{Store, Vault};
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};
use uuid::Uuid;

use ::jobs::Jobs;
pub use ::jobs::Role;
pub use approvals::Decided;
pub use durable::Look;
pub use foresee::Foreseen;
use grants::{Access, GiveGrant, Held, ListGrants, MakeOperators, RevokeGrant, ShowMine};
use guilds::{
    ChooseFeatures, ChooseRole, Examine, Guilds, ListFeatures, SetIdentity, SetOpsChannel, ShowSetup, SwitchOff,
    SwitchOn,
};
use perform::Asked;
pub use perform::{Ended, Outcome, Performing, Progress};
use policy::{SetRule, ShowPolicy};
pub use registry::Entry;
use running::Running;
use runs::{CancelJob, ListJobs, Runs, ShowJob};
pub use standing::{Members, Standing};
pub use turns::Turn;

/// Longest wait for running work to end itself when the process stops.
const SHUTDOWN_GRACE: std::time::Duration = std::time::Duration::from_secs(8);

/// The one handle. Cloning it is cheap.
#[derive(Clone)]
pub struct Hub {
    parts: Arc<Parts>,
}

struct Parts {
    store: Store,
    vault: Arc<Vault>,
    clock: Clock,
    began: Millis,
    redactor: Redactor,
    running: Arc<Running>,
    kept: kept::Kept,
    jobs: Jobs,
    runs: Arc<Runs>,
    before_runs: std::sync::OnceLock<Look>,
    turns: turns::Turns,
    access: Arc<Access>,
    guilds: Arc<Guilds>,
    members: std::sync::OnceLock<Arc<dyn Members>>,
    tasks: TaskTracker,
    services: std::collections::HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    actions: BTreeMap<&'static str, Entry>,
}

/// Collects services and the actions they do.
pub struct Builder {
    // Hundreds of calls hand it on.
    parts: Box<Parts>,
}

impl Builder {
    /// Adds what does some of the actions.
    #[inline(never)]
    pub fn service<S: Send + Sync + 'static>(mut self, service: Arc<S>) -> Self {
        self.parts.services.insert(TypeId::of::<S>(), service);
        self
    }

    /// Adds an action. Its service must be there by the time the hub is built.
    // Inlined hundreds of times into one function, it takes the compiler minutes.
    #[inline(never)]
    pub fn action<A: Action>(mut self) -> Self {
        self.parts.actions.insert(A::NAME, Entry::of::<A>());
        self
    }

    /// The hub.
    ///
    /// # Panics
    /// When an action's service is missing: a mistake in the wiring, found at every start.
    pub fn build(self) -> Hub {
        for entry in self.parts.actions.values() {
            assert!(
                self.parts.services.contains_key(&entry.service),
                "nothing was registered that does {}",
                entry.name
            );
        }
        let names = self.parts.actions.values().map(|entry| (entry.name, entry.free_form));
        self.parts.access.know(names.collect());
        Hub { parts: Arc::from(self.parts) }
    }
}

impl Hub {
    /// Starts a hub that can do nothing yet but cancel, and say who may do what.
    /// `vault` seals the secrets of what waits for a yes.
    pub fn builder(store: Store, vault: Arc<Vault>, clock: Clock, redactor: Redactor) -> Builder {
        let running = Arc::new(Running::default());
        let guilds = Arc::new(Guilds::new(store.clone()));
        let access = Arc::new(Access::new(store.clone(), Arc::clone(&guilds)));
        let jobs = Jobs::new(store.clone(), clock.clone());
        let runs = Runs { store: store.clone(), jobs: jobs.clone(), running: Arc::clone(&running) };
        let parts = Parts {
            runs: Arc::new(runs),
            before_runs: std::sync::OnceLock::new(),
            access: Arc::clone(&access),
            guilds: Arc::clone(&guilds),
            members: std::sync::OnceLock::new(),
            jobs,
            store,
            vault,
            began: clock.now(),
            clock,
            redactor,
            running: Arc::clone(&running),
            kept: kept::Kept::default(),
            turns: turns::Turns::default(),
            tasks: TaskTracker::new(),
            services: std::collections::HashMap::new(),
            actions: BTreeMap::new(),
        };
        let runs = Arc::clone(&parts.runs);
        Builder { parts: Box::new(parts) }
            .service(runs)
            .action::<CancelJob>()
            .action::<ListJobs>()
            .action::<ShowJob>()
            .service(access)
            .action::<GiveGrant>()
            .action::<ListGrants>()
            .action::<RevokeGrant>()
            .action::<ShowMine>()
            .action::<MakeOperators>()
            .action::<ShowPolicy>()
            .action::<SetRule>()
            .service(guilds)
            .action::<ListFeatures>()
            .action::<SwitchOn>()
            .action::<SwitchOff>()
            .action::<ShowSetup>()
            .action::<SetOpsChannel>()
            .action::<ChooseRole>()
            .action::<ChooseFeatures>()
            .action::<Examine>()
            .action::<SetIdentity>()
    }

    /// Everything that can be done, by name.
    pub fn actions(&self) -> impl Iterator<Item = &Entry> {
        self.parts.actions.values()
    }

    /// Does something for somebody, if they may.
    pub fn perform<A: Action>(&self, actor: Actor, action: A) -> Performing {
        let action = self.any(action).map_err(|error| (A::NAME, error));
        self.start(actor, action, Asked::default())
    }

    /// Does something known by name, as a button or a model asks for it.
    ///
    /// # Errors
    /// When there is no such action, or the arguments do not fit it.
    pub fn perform_named(&self, actor: Actor, name: &str, arguments: Value) -> Result<Performing> {
        self.perform_erased(actor, name, arguments, Asked::default())
    }

    /// The same, once: its audit entry gets this id, and where an entry of this id is on record nothing is done.
    ///
    /// # Errors
    /// When there is no such action, the arguments do not fit it, or the record cannot be read.
    pub async fn perform_once(
        &self,
        actor: Actor,
        name: &str,
        arguments: Value,
        entry: Uuid,
    ) -> Result<Option<Performing>> {
        if self.parts.store.audit_entry(&entry.to_string()).await?.is_some() {
            return Ok(None);
        }
        // The next process does it: a refusal on record would be its end.
        if self.parts.running.is_shutting_down() {
            return Err(Error::Busy("I am being stopped and take nothing new.".to_owned()));
        }
        self.perform_erased(actor, name, arguments, Asked { given: None, entry: Some(entry) }).map(Some)
    }

    /// Would this be allowed, without doing it? A refusal is on record, as if it had been asked for.
    pub async fn check<A: Action>(&self, actor: &Actor, action: &A) -> Result<()> {
        self.may(actor, &self.any(action.clone())?).await
    }

    async fn may(&self, actor: &Actor, action: &AnyAction) -> Result<()> {
        let redactor = self.parts.redactor.of(actor.guild);
        gate::may(&checks::Checks { hub: self, redactor: &redactor, entry: None }, actor, action).await
    }

    /// The same, with the proof of it: for who takes part in what was admitted before.
    pub async fn pass<A: Action>(&self, actor: &Actor, action: A) -> Result<gate::Pass<A>> {
        let redactor = self.parts.redactor.of(actor.guild);
        let checks = checks::Checks { hub: self, redactor: &redactor, entry: None };
        gate::pass(&checks, self.service::<A::Service>()?, actor, action).await
    }

    /// What somebody holds. For what is offered, such as completed names; not on record.
    pub async fn held(&self, actor: &Actor) -> Result<Held> {
        Held::by(actor, &self.parts.store).await
    }

    /// Which features are on, and what guilds are set up with.
    pub fn guilds(&self) -> &Arc<Guilds> {
        &self.parts.guilds
    }

    /// Tells it who knows the members of guilds. Until then nobody's yes counts for somebody else.
    pub fn know_members(&self, members: Arc<dyn Members>) {
        // A process has one Discord, and says so once.
        let _ = self.parts.members.set(members);
    }

    /// Takes known secrets out of what a guild sees.
    pub fn redactor(&self, guild: GuildId) -> Redactor {
        self.parts.redactor.of(guild)
    }

    /// Takes out what is a secret of anybody: for what is of no guild, such as a web page.
    pub fn redactor_of_all(&self) -> &Redactor {
        &self.parts.redactor
    }

    /// When this process began.
    pub fn began(&self) -> Millis {
        self.parts.began
    }

    /// Where its rows are.
    pub fn store(&self) -> &Store {
        &self.parts.store
    }

    /// What time it is.
    pub fn clock(&self) -> &Clock {
        &self.parts.clock
    }

    /// How many actions are running.
    pub fn running(&self) -> usize {
        self.parts.running.count() + self.parts.jobs.active()
    }

    /// Held by whoever still has something to say about a run; the process waits for it before it stops.
    pub fn hold(&self) -> TaskTrackerToken {
        self.parts.tasks.token()
    }

    /// Takes nothing new, lets go of durable runs, cancels what else runs, and waits a moment for it to end.
    pub async fn shut_down(&self) {
        self.parts.running.shut_down();
        self.parts.tasks.close();
        let ended = async {
            self.parts.jobs.shut_down().await;
            self.parts.tasks.wait().await;
        };
        if tokio::time::timeout(SHUTDOWN_GRACE, ended).await.is_err() {
            tracing::warn!(runs = self.running(), "some work did not end in time; it will be marked as interrupted");
        }
    }

    /// An action as the checks see it now.
    async fn request(&self, actor: &Actor, action: &AnyAction) -> Result<gate::Request> {
        gate::Request::now(action, actor, &self.parts.redactor.of(actor.guild)).await
    }

    /// An action with what does it.
    fn any<A: Action>(&self, action: A) -> Result<AnyAction> {
        Ok(AnyAction::of(action, self.service::<A::Service>()?))
    }

    /// What somebody is in a guild now; none if they are not in it.
    async fn standing(&self, guild: GuildId, user: UserId) -> Result<Option<Standing>> {
        match self.parts.members.get() {
            Some(members) => members.standing(guild, user).await,
            None => Err(Error::Busy("I am not connected to Discord yet. Nothing was done; try again.".to_owned())),
        }
    }

    /// The same where nobody waits for the answer.
    async fn standing_later(&self, guild: GuildId, user: UserId) -> Result<Option<Standing>> {
        match self.parts.members.get() {
            Some(members) => members.standing_later(guild, user).await,
            None => Err(Error::Busy("I am not connected to Discord yet. Nothing was done.".to_owned())),
        }
    }

    /// What does an action.
    fn service<S: Send + Sync + 'static>(&self) -> Result<Arc<S>> {
        let service = self.parts.services.get(&TypeId::of::<S>()).map(Arc::clone);
        service.and_then(|service| service.downcast().ok()).ok_or_else(|| {
            let missing = anyhow::anyhow!("no service {}", std::any::type_name::<S>());
            Error::internal("looking for who does that", missing)
        })
    }

    fn perform_erased(&self, actor: Actor, name: &str, arguments: Value, asked: Asked) -> Result<Performing> {
        let action = self.entry(name)?.read(self, arguments)?;
        Ok(self.start(actor, Ok(action), asked))
    }

    fn entry(&self, name: &str) -> Result<&Entry> {
        self.parts.actions.get(name).ok_or_else(|| Error::NotFound { kind: "action", name: name.to_owned() })
    }
}
