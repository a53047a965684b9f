//! Everything that does something, and which action is done by what.

use std::{pin::Pin, sync::Arc};

use ::mcp::{
    AddServer as AddMcp, CallTool, CreateToken, ListServers as ListMcp, ListTokens, ListTools, Own,
    RemoveServer as RemoveMcp, RevokeToken, Servers as Mcp, SetRisk, ShowServer as ShowMcp,
};
use accounts::{Accounts, ConnectAccount, DisconnectAccount, ListAccounts, ShowAccount, TestAccount};
use alerts::{
    Alerts, ListAlerts, ListProbes, ListRules, RemoveProbe, RemoveRule, ResetRule, SetProbe, SetRule, TestProbe,
    TestRule,
};
use audit::history::{ExportHistory, History, KeepHistory, SearchHistory, ShowCommand};
use audit::{ExportAudit, Log, SearchAudit, ShowEntry};
use base::{Clock, GuildId, Redactor};
use containers::{
    AllowProject, Containers, DownProject, ExecCommand, ForgetProject, InspectContainer, KillContainer, ListContainers,
    ListImages, ListNetworks, ListProcesses, ListProjects, ListVolumes, Local, MeasureContainers, ProjectConfig,
    ProjectLogs, Prune, PullImage, PullProject, ReadLog, RemoveContainer, RemoveImage, RestartContainer,
    RestartProject, ShowContainer, ShowNetwork, ShowVolume, StartContainer, StopContainer, UnwatchContainers,
    UpProject, UseSocket, WatchContainers,
};
use conversations::{
    AskJarvis, Conversations, DelegateTask, DeleteConversation, ExportConversation, ForkConversation,
    ListConversations, RenameConversation, SayInConversation, SetMode, ShowCalls, StopJarvis,
};
use events::{ListLogs, Logs, RemoveLog, SetUpLog};
use hosts::files::{
    AllowRoot, DraftFile, Files, ForbidRoot, GetFile, ListFiles, ListRoots, MoveFile, OpenFile, ReceiveFile,
    RemoveFile, ShowLink, UndoFile, WriteFile,
};
use hosts::{
    AddServer, CheckServer, ConfigurePower, EndTerminal, Hosts, ImportServers, InviteToTerminal, ListServers,
    NoteServer, OpenTerminal, PictureTerminal, PinKey, PinKeys, PlanImport, PlanProvision, PowerStatus,
    ProvisionServer, RemoveServer, RestartServer, RotateKey, RunCommand, RunOnServers, SetJump, ShowServer,
    ShutDownServer, TagServer, UninviteFromTerminal, WakeServer,
};
use hub::Hub;
use incidents::{
    AcknowledgeIncident, ConfigureIncidents, EscalateIncident, Incidents, ListIncidents, NoteIncident, OpenIncident,
    ResolveIncident, ShowIncident, ShowIncidentSettings, SnoozeIncident,
};
use maps::{
    DrawMap, ForceStopService, ForgetMap, Maps, PlanMap, PublishService, RestartService, ServiceStatus, SetAutostart,
    SetPage, ShowMap, StartService, StopService, TakeMap, UnpublishService,
};
use memories::{
    EditGuildMemory, EditMemory, ForgetGuildMemory, ForgetMemory, ListMemories, ListPrompts, Memories, NoteForGuild,
    NoteMemory, RemovePrompt, SavePrompt, SearchPrompts, SharePrompt, ShowMemory, UnsharePrompt, UsePrompt,
};
use metrics::{Metrics, ShowFleet, ShowMetrics, WatchServer};
use models::{
    AddProvider, ListModels, ListProviders, Providers, PullModel, RemoveModel, RemoveProvider, SetAllowance, SetBudget,
    SetCloud, SetConversationBudget, SetKey, SetQuota, SetWindow, Shared, ShowModel, ShowModels, ShowUsage,
    SwitchProviderOff, SwitchProviderOn, UseModels,
    wire::{Patience, Wire},
};
use overlays::{
    AddOverlaySource, AddToOverlay, CreateOverlay, EditOverlay, ListOverlaySources, ListOverlays, Overlays,
    PreviewOverlay, RemoveOverlay, RemoveOverlaySource, RevokeOverlay, RotateOverlay, SetOverlay, StartOverlay,
    StopOverlay, TestOverlay, UndoOverlay,
};
use platforms::Platforms;
use policy::{AllowCommand, ExplainLines, ForgetCommand, ListCommands, Policy};
use presence::{
    EndPresence, LendLanyard, Presence, RemovePlex, SetPlex, SetPresence, SharePresence, ShowPresence, TakeLanyard,
};
use runbooks::{
    AskHttp, DryRun, ExportRunbook, ImportRunbook, ListRunbooks, Notify, ReadRunbook, RemoveRunbook, RunRunbook,
    Runbooks, ShowRunbook,
};
use schedules::{
    AddSchedule, ListSchedules, PauseSchedule, RemoveSchedule, ResumeSchedule, RunSchedule, Schedules, ShowSchedule,
};
use secrets::{ListSecrets, RemoveSecret, RotateSecret, SecretUses, Secrets, SetSecret};
use store::{Store, Vault};
use streams::{
    FollowMine, FollowStream, ListStreams, NotifyMe, PreviewStreams, SetStreams, ShowMine, ShowStreamQuota, Streams,
    TestStream, UnfollowMine, UnfollowStream,
    manage::{
        AnnounceInChat, BeginRaid, CallOffRaid, MakeClip, Manager, SayInChat, SetCategory, SetMarker, SetTags,
        SetTitle, UndoChange,
    },
};
use tickets::{
    AddTicketCategory, AddToTicket, AskInCategory, AssignTicket, BlockFromTickets, ClaimTicket, CloseTicket,
    CreateTicketPanel, DraftForTicket, EditTicketCategory, EditTicketPanel, EscalateTicket, ForgetInTickets,
    ImportTicketCategories, LinkTicket, ListSavedReplies, ListTicketCategories, ListTickets, MoveTicket, NoteTicket,
    OpenTicket, PreviewTicketPanel, PrioritiseTicket, RateTicket, ReadTranscript, RemoveFromTicket, RemoveSavedReply,
    RemoveTicketCategory, RemoveTicketPanel, RenameTicket, RenewTicket, ReopenTicket, ReplyToTicket, RevokeTranscript,
    SearchTickets, SendTicketPanel, SetSavedReply, SetTicketRole, SetTickets, ShowTicket, ShowTicketStats,
    ShowTranscript, TicketOptions, Tickets, UnblockFromTickets,
};
use workspace::{
    AddEntry, CreateAgent, CreateRegistry, EditEntry, ExportAgent, Folder, ListAgents, ListPlaybooks, ListRegistries,
    ListSkills, RemoveAgent, RemoveEntry, RemoveRegistry, SettleStep, ShowAgent, ShowPlaybook, ShowRegistry, ShowSkill,
    ShowTree, StartPlaybook, Workspace,
};

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
            .action::<UninviteFromTerminal>()
            .action::<PictureTerminal>()
            .action::<EndTerminal>()
            .action::<RunOnServers>()
            .action::<NoteServer>()
            .action::<SetJump>()
            .action::<PlanImport>()
            .action::<ImportServers>()
            .action::<PinKeys>()
            .action::<RotateKey>()
            .action::<PlanProvision>()
            .action::<ProvisionServer>()
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
            .service(Arc::clone(&self.conversations))
            .action::<AskJarvis>()
            .action::<SayInConversation>()
            .action::<StopJarvis>()
            .action::<SetMode>()
            .action::<ListConversations>()
            .action::<RenameConversation>()
            .action::<ForkConversation>()
            .action::<ExportConversation>()
            .action::<DeleteConversation>()
            .action::<ShowCalls>()
            .action::<DelegateTask>()
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
            .service(Arc::clone(&self.tickets))
            .action::<OpenTicket>()
            .action::<ListTickets>()
            .action::<ShowTicket>()
            .action::<ShowTicketStats>()
            .action::<SearchTickets>()
            .action::<ShowTranscript>()
            .action::<RevokeTranscript>()
            .action::<ReadTranscript>()
            .action::<SetTickets>()
            .action::<ForgetInTickets>()
            .action::<TicketOptions>()
            .action::<ClaimTicket>()
            .action::<AssignTicket>()
            .action::<PrioritiseTicket>()
            .action::<MoveTicket>()
            .action::<RenameTicket>()
            .action::<NoteTicket>()
            .action::<AddToTicket>()
            .action::<RemoveFromTicket>()
            .action::<ReplyToTicket>()
            .action::<EscalateTicket>()
            .action::<DraftForTicket>()
            .action::<RateTicket>()
            .action::<SetSavedReply>()
            .action::<RemoveSavedReply>()
            .action::<ListSavedReplies>()
            .action::<ImportTicketCategories>()
            .action::<CloseTicket>()
            .action::<ReopenTicket>()
            .action::<RenewTicket>()
            .action::<LinkTicket>()
            .action::<BlockFromTickets>()
            .action::<UnblockFromTickets>()
            .action::<CreateTicketPanel>()
            .action::<EditTicketPanel>()
            .action::<SendTicketPanel>()
            .action::<RemoveTicketPanel>()
            .action::<PreviewTicketPanel>()
            .action::<AddTicketCategory>()
            .action::<EditTicketCategory>()
            .action::<SetTicketRole>()
            .action::<AskInCategory>()
            .action::<RemoveTicketCategory>()
            .action::<ListTicketCategories>()
            .service(Arc::clone(&self.overlays))
            .action::<CreateOverlay>()
            .action::<ListOverlays>()
            .action::<EditOverlay>()
            .action::<UndoOverlay>()
            .action::<PreviewOverlay>()
            .action::<TestOverlay>()
            .action::<SetOverlay>()
            .action::<AddToOverlay>()
            .action::<StartOverlay>()
            .action::<StopOverlay>()
            .action::<RotateOverlay>()
            .action::<RevokeOverlay>()
            .action::<RemoveOverlay>()
            .action::<AddOverlaySource>()
            .action::<ListOverlaySources>()
            .action::<RemoveOverlaySource>()
            .service(Arc::clone(&self.streams))
            .action::<PreviewStreams>()
            .action::<SetStreams>()
            .action::<FollowStream>()
            .action::<UnfollowStream>()
            .action::<ListStreams>()
            .action::<TestStream>()
            .action::<ShowStreamQuota>()
            .action::<NotifyMe>()
            .action::<FollowMine>()
            .action::<UnfollowMine>()
            .action::<ShowMine>()
            .service(Arc::clone(&self.metrics))
            .action::<ShowMetrics>()
            .action::<WatchServer>()
            .action::<ShowFleet>()
            .service(Arc::clone(&self.maps))
            .action::<PlanMap>()
            .action::<TakeMap>()
            .action::<ShowMap>()
            .action::<ForgetMap>()
            .action::<DrawMap>()
            .action::<ServiceStatus>()
            .action::<StartService>()
            .action::<StopService>()
            .action::<ForceStopService>()
            .action::<RestartService>()
            .action::<SetAutostart>()
            .action::<PublishService>()
            .action::<UnpublishService>()
            .action::<SetPage>()
            .service(Arc::clone(&self.alerts))
            .action::<ListAlerts>()
            .action::<ListRules>()
            .action::<SetRule>()
            .action::<RemoveRule>()
            .action::<ResetRule>()
            .action::<TestRule>()
            .action::<ListProbes>()
            .action::<SetProbe>()
            .action::<TestProbe>()
            .action::<RemoveProbe>()
            .service(Arc::clone(&self.incidents))
            .action::<ListIncidents>()
            .action::<ShowIncident>()
            .action::<OpenIncident>()
            .action::<AcknowledgeIncident>()
            .action::<SnoozeIncident>()
            .action::<EscalateIncident>()
            .action::<ResolveIncident>()
            .action::<NoteIncident>()
            .action::<ShowIncidentSettings>()
            .action::<ConfigureIncidents>()
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
            .service(Arc::clone(&self.runbooks))
            .action::<ReadRunbook>()
            .action::<ImportRunbook>()
            .action::<ListRunbooks>()
            .action::<ShowRunbook>()
            .action::<ExportRunbook>()
            .action::<RemoveRunbook>()
            .action::<DryRun>()
            .action::<RunRunbook>()
            .action::<Notify>()
            .action::<AskHttp>()
            .service(Arc::clone(&self.workspace))
            .action::<ListAgents>()
            .action::<ShowTree>()
            .action::<ShowAgent>()
            .action::<ExportAgent>()
            .action::<CreateAgent>()
            .action::<RemoveAgent>()
            .action::<ListSkills>()
            .action::<ShowSkill>()
            .action::<ListRegistries>()
            .action::<ShowRegistry>()
            .action::<CreateRegistry>()
            .action::<AddEntry>()
            .action::<EditEntry>()
            .action::<RemoveEntry>()
            .action::<RemoveRegistry>()
            .action::<ListPlaybooks>()
            .action::<ShowPlaybook>()
            .action::<StartPlaybook>()
            .action::<SettleStep>()
            .service(Arc::clone(&self.models))
            .action::<ShowModels>()
            .action::<ListProviders>()
            .action::<SwitchProviderOn>()
            .action::<SwitchProviderOff>()
            .action::<SetWindow>()
            .action::<AddProvider>()
            .action::<SetKey>()
            .action::<RemoveProvider>()
            .action::<UseModels>()
            .action::<SetCloud>()
            .action::<ShowUsage>()
            .action::<SetBudget>()
            .action::<SetAllowance>()
            .action::<SetConversationBudget>()
            .action::<SetQuota>()
            .action::<ListModels>()
            .action::<PullModel>()
            .action::<ShowModel>()
            .action::<RemoveModel>()
            .service(Arc::clone(&self.memories))
            .action::<NoteMemory>()
            .action::<NoteForGuild>()
            .action::<ListMemories>()
            .action::<ShowMemory>()
            .action::<EditMemory>()
            .action::<EditGuildMemory>()
            .action::<ForgetMemory>()
            .action::<ForgetGuildMemory>()
            .action::<SavePrompt>()
            .action::<UsePrompt>()
            .action::<ListPrompts>()
            .action::<SearchPrompts>()
            .action::<SharePrompt>()
            .action::<UnsharePrompt>()
            .action::<RemovePrompt>()
            .service(Arc::clone(&self.mcp))
            .action::<ListMcp>()
            .action::<AddMcp>()
            .action::<ShowMcp>()
            .action::<RemoveMcp>()
            .action::<ListTools>()
            .action::<SetRisk>()
            .action::<CallTool>()
            .action::<CreateToken>()
            .action::<ListTokens>()
            .action::<RevokeToken>()
            .service(Arc::clone(&self.accounts))
            .action::<ConnectAccount>()
            .action::<ListAccounts>()
            .action::<ShowAccount>()
            .action::<TestAccount>()
            .action::<DisconnectAccount>()
            .service(Arc::clone(&self.manager))
            .action::<SetTitle>()
            .action::<SetCategory>()
            .action::<SetTags>()
            .action::<UndoChange>()
            .action::<SetMarker>()
            .action::<MakeClip>()
            .action::<AnnounceInChat>()
            .action::<SayInChat>()
            .action::<BeginRaid>()
            .action::<CallOffRaid>()
            .service(Arc::clone(&self.presence))
            .action::<ShowPresence>()
            .action::<SetPresence>()
            .action::<EndPresence>()
            .action::<SharePresence>()
            .action::<SetPlex>()
            .action::<RemovePlex>()
            .action::<LendLanyard>()
            .action::<TakeLanyard>()
            .service(log)
            .action::<SearchAudit>()
            .action::<ShowEntry>()
            .action::<ExportAudit>()
            .service(Arc::clone(&self.history))
            .action::<SearchHistory>()
            .action::<ShowCommand>()
            .action::<ExportHistory>()
            .action::<KeepHistory>()
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
