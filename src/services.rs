//! Everything that does something, and which action is done by what.

use std::{pin::Pin, sync::Arc};

use audit::{ExportAudit, Log, SearchAudit, ShowEntry};
use base::{Clock, GuildId, Redactor};
use events::{ListLogs, Logs, RemoveLog, SetUpLog};
use hosts::{AddServer, CheckServer, Hosts, ListServers, PinKey, RemoveServer, RunCommand, ShowServer, TagServer};
use hub::Hub;
use metrics::{Metrics, ShowFleet, ShowMetrics, WatchServer};
use policy::{AllowCommand, ExplainLines, ForgetCommand, ListCommands, Policy};
use schedules::{
    AddSchedule, ListSchedules, PauseSchedule, RemoveSchedule, ResumeSchedule, RunSchedule, Schedules, ShowSchedule,
};
use secrets::{ListSecrets, RemoveSecret, RotateSecret, SecretUses, Secrets, SetSecret};
use store::{Store, Vault};

/// What does things.
pub(crate) struct Services {
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) schedules: Arc<Schedules>,
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) logs: Arc<Logs>,
    pub(crate) metrics: Arc<Metrics>,
    vault: Arc<Vault>,
}

impl Services {
    /// Reads what they know from the database; nothing is connected yet.
    pub(crate) async fn new(store: &Store, vault: Vault, clock: &Clock, redactor: &Redactor) -> base::Result<Self> {
        let (vault, policy) = (Arc::new(vault), Arc::new(Policy::new(store.clone())));
        let hosts = Hosts::new(store.clone(), Arc::clone(&vault), clock.clone(), redactor.clone(), Arc::clone(&policy));
        let hosts = Arc::new(hosts.await?);
        let logins = Arc::new(Logins(Arc::clone(&hosts)));
        let secrets = Arc::new(Secrets::new(store.clone(), Arc::clone(&vault), redactor.clone(), logins).await?);
        let metrics = Metrics::new(store.clone(), Arc::clone(&hosts), clock.clone(), redactor.clone());
        let metrics = Arc::new(metrics.await?);
        let logs = Arc::new(Logs::new(store.clone(), redactor.clone()));
        let schedules = Arc::new(Schedules::new(store.clone(), clock.clone(), redactor.clone()));
        Ok(Self { hosts, policy, schedules, secrets, logs, metrics, vault })
    }

    /// The one door to all of it.
    pub(crate) fn hub(&self, store: Store, clock: Clock, redactor: Redactor) -> Hub {
        let log = Arc::new(Log::new(store.clone(), clock.clone()));
        Hub::builder(store, Arc::clone(&self.vault), clock, redactor)
            .service(Arc::clone(&self.hosts))
            .action::<AddServer>()
            .action::<PinKey>()
            .action::<ListServers>()
            .action::<ShowServer>()
            .action::<CheckServer>()
            .action::<RemoveServer>()
            .action::<TagServer>()
            .action::<RunCommand>()
            .service(Arc::clone(&self.metrics))
            .action::<ShowMetrics>()
            .action::<WatchServer>()
            .action::<ShowFleet>()
            .service(Arc::clone(&self.policy))
            .action::<ListCommands>()
            .action::<AllowCommand>()
            .action::<ForgetCommand>()
            .action::<ExplainLines>()
            .service(Arc::clone(&self.secrets))
            .action::<SetSecret>()
            .action::<ListSecrets>()
            .action::<RotateSecret>()
            .action::<RemoveSecret>()
            .action::<SecretUses>()
            .service(Arc::clone(&self.schedules))
            .action::<AddSchedule>()
            .action::<ListSchedules>()
            .action::<ShowSchedule>()
            .action::<PauseSchedule>()
            .action::<ResumeSchedule>()
            .action::<RemoveSchedule>()
            .action::<RunSchedule>()
            .service(log)
            .action::<SearchAudit>()
            .action::<ShowEntry>()
            .action::<ExportAudit>()
            .service(Arc::clone(&self.logs))
            .action::<SetUpLog>()
            .action::<ListLogs>()
            .action::<RemoveLog>()
            .build()
    }
}

/// What logs in with secrets, and hears when one has another value.
struct Logins(Arc<Hosts>);

impl secrets::Users for Logins {
    fn changed<'a>(&'a self, guild: GuildId, secret: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(self.0.secret_changed(guild, secret))
    }
}
