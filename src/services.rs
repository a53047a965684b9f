//! Everything that does something; which action is done by what is in `actions`.

mod actions;

use std::{pin::Pin, sync::Arc};

use ::mcp::{Own, Servers as Mcp};
use accounts::Accounts;
use alerts::Alerts;
use audit::history::History;
use base::{Clock, GuildId, Redactor};
use containers::{Containers, Local};
use conversations::Conversations;
use events::Logs;
use hosts::Hosts;
use hosts::files::Files;
use incidents::Incidents;
use maps::Maps;
use memories::Memories;
use metrics::Metrics;
use models::{
    Providers, Shared,
    wire::{Patience, Wire},
};
use overlays::Overlays;
use platforms::Platforms;
use policy::Policy;
use presence::Presence;
use runbooks::Runbooks;
use schedules::Schedules;
use secrets::Secrets;
use store::{Store, Vault};
use streams::{Streams, manage::Manager};
use tickets::Tickets;
use workspace::{Folder, Workspace};

/// What does things.
pub(crate) struct Services {
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) containers: Arc<Containers>,
    pub(crate) conversations: Arc<Conversations>,
    pub(crate) files: Arc<Files>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) schedules: Arc<Schedules>,
    pub(crate) runbooks: Arc<Runbooks>,
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) incidents: Arc<Incidents>,
    pub(crate) logs: Arc<Logs>,
    pub(crate) history: Arc<History>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) maps: Arc<Maps>,
    pub(crate) alerts: Arc<Alerts>,
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) models: Arc<Providers>,
    pub(crate) memories: Arc<Memories>,
    pub(crate) mcp: Arc<Mcp>,
    pub(crate) overlays: Arc<Overlays>,
    pub(crate) tickets: Arc<Tickets>,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) manager: Arc<Manager>,
    pub(crate) streams: Arc<Streams>,
    pub(crate) presence: Arc<Presence>,
    vault: Arc<Vault>,
}

impl Services {
    /// Reads what they know from the database; nothing is connected yet.
    pub(crate) async fn new(
        store: &Store,
        vault: Vault,
        clock: &Clock,
        redactor: &Redactor,
        (local, folder, own): (Local, Folder, Own),
        shared: Shared,
        (platforms, status): (Arc<Platforms>, presence::Settings),
    ) -> base::Result<Self> {
        let (vault, policy) = (Arc::new(vault), Arc::new(Policy::new(store.clone())));
        let hosts = Hosts::new(store.clone(), Arc::clone(&vault), clock.clone(), redactor.clone(), Arc::clone(&policy));
        let hosts = Arc::new(hosts.await?);
        let containers = Containers::new(
            store.clone(),
            Arc::clone(&hosts),
            clock.clone(),
            Arc::clone(&policy),
            redactor.clone(),
            local,
        );
        let conversations = Arc::new(Conversations::new(store.clone(), clock.clone()));
        let files = Arc::new(Files::new(Arc::clone(&hosts)));
        let logins = Arc::new(Logins(Arc::clone(&hosts)));
        let secrets = Arc::new(Secrets::new(store.clone(), Arc::clone(&vault), redactor.clone(), logins).await?);
        let metrics = Metrics::new(store.clone(), Arc::clone(&hosts), clock.clone(), redactor.clone());
        let metrics = Arc::new(metrics.await?);
        let maps = Maps::new(
            store.clone(),
            Arc::clone(&hosts),
            Arc::clone(&containers),
            Arc::clone(&files),
            Arc::clone(&policy),
            (clock.clone(), redactor.clone()),
        );
        let maps = Arc::new(maps);
        let alerts =
            Alerts::new(store.clone(), Arc::clone(&hosts), Arc::clone(&metrics), clock.clone(), redactor.clone());
        let alerts = Arc::new(alerts);
        let logs = Arc::new(Logs::new(store.clone(), redactor.clone()));
        let schedules = Arc::new(Schedules::new(store.clone(), clock.clone(), redactor.clone()));
        let incidents = Arc::new(Incidents::new(store.clone(), clock.clone(), redactor.clone()));
        let runbooks = Arc::new(Runbooks::new(store.clone(), clock.clone(), redactor.clone()));
        let workspace = Workspace::new(store.clone(), clock.clone(), folder).await?;
        let wire = Wire::new(Patience::default());
        let models =
            Providers::new(store.clone(), Arc::clone(&vault), clock.clone(), redactor.clone(), wire, shared).await;
        let models = Arc::new(models);
        let memories = Arc::new(Memories::new(store.clone()));
        let mcp = Arc::new(Mcp::new(store.clone(), Arc::clone(&vault), clock.clone(), redactor.clone(), own));
        let tickets = Arc::new(Tickets::new(store.clone(), clock.clone(), redactor.clone()));
        let overlays = Arc::new(Overlays::new(store.clone(), clock.clone(), redactor.clone()));
        let known = (clock.clone(), redactor.clone());
        let streams = Streams::new(store.clone(), Arc::clone(&vault), known, Arc::clone(&platforms));
        let accounts = Accounts::new(store.clone(), Arc::clone(&vault), clock.clone(), redactor.clone(), platforms);
        let accounts = Arc::new(accounts);
        let manager = Manager::new(Arc::clone(&accounts), clock.clone());
        let known = (clock.clone(), redactor.clone());
        let presence = Presence::new(store.clone(), Arc::clone(&vault), known, Arc::clone(&accounts), status);
        let history = History::new(store.clone(), clock.clone());
        Ok(Self {
            hosts,
            containers,
            conversations,
            files,
            policy,
            schedules,
            runbooks,
            secrets,
            incidents,
            logs,
            history,
            metrics,
            maps,
            alerts,
            workspace: Arc::new(workspace),
            models,
            memories,
            mcp,
            overlays,
            tickets,
            accounts,
            manager: Arc::new(manager),
            streams: Arc::new(streams),
            presence: Arc::new(presence),
            vault,
        })
    }
}

/// What logs in with secrets, and hears when one has another value.
struct Logins(Arc<Hosts>);

impl secrets::Users for Logins {
    fn changed<'a>(&'a self, guild: GuildId, secret: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(self.0.secret_changed(guild, secret))
    }
}
