//! Everything that does something, and which action is done by what.

use std::{pin::Pin, sync::Arc};

use audit::{ExportAudit, Log, SearchAudit, ShowEntry};
use base::{Clock, GuildId, Redactor};
use containers::{
    AllowProject, Containers, DownProject, ExecCommand, ForgetProject, InspectContainer, KillContainer, ListContainers,
    ListImages, ListNetworks, ListProcesses, ListProjects, ListVolumes, Local, MeasureContainers, ProjectConfig,
    ProjectLogs, Prune, PullImage, PullProject, ReadLog, RemoveContainer, RemoveImage, RestartContainer,
    RestartProject, ShowContainer, ShowNetwork, ShowVolume, StartContainer, StopContainer, UnwatchContainers,
    UpProject, UseSocket, WatchContainers,
};
use events::{ListLogs, Logs, RemoveLog, SetUpLog};
use hosts::files::{
    AllowRoot, DraftFile, Files, ForbidRoot, GetFile, ListFiles, ListRoots, MoveFile, OpenFile, ReceiveFile,
    RemoveFile, ShowLink, UndoFile, WriteFile,
};
use hosts::{
    AddServer, CheckServer, ConfigurePower, EndTerminal, Hosts, ImportServers, InviteToTerminal, ListServers,
    NoteServer, OpenTerminal, PinKey, PinKeys, PlanImport, PowerStatus, RemoveServer, RestartServer, RotateKey,
    RunCommand, RunOnServers, SetJump, ShowServer, ShutDownServer, TagServer, WakeServer,
};
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
    pub(crate) containers: Arc<Containers>,
    pub(crate) files: Arc<Files>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) schedules: Arc<Schedules>,
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) logs: Arc<Logs>,
    pub(crate) metrics: Arc<Metrics>,
    vault: Arc<Vault>,
}

impl Services {
    /// Reads what they know from the database; nothing is connected yet.
    pub(crate) async fn new(
        store: &Store,
        vault: Vault,
        clock: &Clock,
        redactor: &Redactor,
        local: Local,
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
        let files = Arc::new(Files::new(Arc::clone(&hosts)));
        let logins = Arc::new(Logins(Arc::clone(&hosts)));
        let secrets = Arc::new(Secrets::new(store.clone(), Arc::clone(&vault), redactor.clone(), logins).await?);
        let metrics = Metrics::new(store.clone(), Arc::clone(&hosts), clock.clone(), redactor.clone());
        let metrics = Arc::new(metrics.await?);
        let logs = Arc::new(Logs::new(store.clone(), redactor.clone()));
        let schedules = Arc::new(Schedules::new(store.clone(), clock.clone(), redactor.clone()));
        Ok(Self { hosts, containers, files, policy, schedules, secrets, logs, metrics, vault })
    }

    /// The one door to all of it.
    #[expect(clippy::too_many_lines, reason = "a list of every action reads best whole")]
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
            .action::<OpenTerminal>()
            .action::<InviteToTerminal>()
            .action::<EndTerminal>()
            .action::<RunOnServers>()
            .action::<NoteServer>()
            .action::<SetJump>()
            .action::<PlanImport>()
            .action::<ImportServers>()
            .action::<PinKeys>()
            .action::<RotateKey>()
            .action::<ConfigurePower>()
            .action::<PowerStatus>()
            .action::<RestartServer>()
            .action::<ShutDownServer>()
            .action::<WakeServer>()
            .service(Arc::clone(&self.containers))
            .action::<ListContainers>()
            .action::<ShowContainer>()
            .action::<ReadLog>()
            .action::<StartContainer>()
            .action::<StopContainer>()
            .action::<RestartContainer>()
            .action::<KillContainer>()
            .action::<UseSocket>()
            .action::<RemoveContainer>()
            .action::<MeasureContainers>()
            .action::<ListProcesses>()
            .action::<ExecCommand>()
            .action::<InspectContainer>()
            .action::<Prune>()
            .action::<WatchContainers>()
            .action::<UnwatchContainers>()
            .action::<ListProjects>()
            .action::<UpProject>()
            .action::<DownProject>()
            .action::<PullProject>()
            .action::<RestartProject>()
            .action::<ProjectLogs>()
            .action::<ProjectConfig>()
            .action::<AllowProject>()
            .action::<ForgetProject>()
            .action::<ListImages>()
            .action::<PullImage>()
            .action::<RemoveImage>()
            .action::<ListVolumes>()
            .action::<ShowVolume>()
            .action::<ListNetworks>()
            .action::<ShowNetwork>()
            .service(Arc::clone(&self.files))
            .action::<ListRoots>()
            .action::<AllowRoot>()
            .action::<ForbidRoot>()
            .action::<ListFiles>()
            .action::<GetFile>()
            .action::<OpenFile>()
            .action::<DraftFile>()
            .action::<WriteFile>()
            .action::<ReceiveFile>()
            .action::<ShowLink>()
            .action::<MoveFile>()
            .action::<RemoveFile>()
            .action::<UndoFile>()
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
