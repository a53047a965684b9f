//! Which action is done by what.

use std::sync::Arc;

use ::mcp::{
    AddServer as AddMcp, CallTool, CreateToken, ListServers as ListMcp, ListTokens, ListTools,
    RemoveServer as RemoveMcp, RevokeToken, SetRisk, ShowServer as ShowMcp,
};
use accounts::{ConnectAccount, DisconnectAccount, ListAccounts, ShowAccount, TestAccount};
use alerts::{
    ListAlerts, ListProbes, ListRules, RemoveProbe, RemoveRule, ResetRule, SetProbe, SetRule, TestProbe, TestRule,
};
use audit::history::{ExportHistory, KeepHistory, SearchHistory, ShowCommand};
use audit::{ExportAudit, Log, SearchAudit, ShowEntry};
use base::{Clock, Redactor};
use containers::{
    AllowProject, DownProject, ExecCommand, ForgetProject, InspectContainer, KillContainer, ListContainers, ListImages,
    ListNetworks, ListProcesses, ListProjects, ListVolumes, MeasureContainers, ProjectConfig, ProjectLogs, Prune,
    PullImage, PullProject, ReadLog, RemoveContainer, RemoveImage, RestartContainer, RestartProject, ShowContainer,
    ShowNetwork, ShowVolume, StartContainer, StopContainer, UnwatchContainers, UpProject, UseSocket, WatchContainers,
};
use conversations::{
    AskJarvis, DelegateTask, DeleteConversation, ExportConversation, ForkConversation, ListConversations,
    RenameConversation, SayInConversation, SetMode, ShowCalls, StopJarvis,
};
use events::{ListLogs, RemoveLog, SetUpLog};
use hosts::files::{
    AllowRoot, DraftFile, ForbidRoot, GetFile, ListFiles, ListRoots, MoveFile, OpenFile, ReceiveFile, RemoveFile,
    ShowLink, UndoFile, WriteFile,
};
use hosts::{
    AddServer, CheckServer, ConfigurePower, EndTerminal, ImportServers, InviteToTerminal, ListServers, NoteServer,
    OpenTerminal, PictureTerminal, PinKey, PinKeys, PlanImport, PlanProvision, PowerStatus, ProvisionServer,
    RemoveServer, RestartServer, RotateKey, RunCommand, RunOnServers, SetJump, ShowServer, ShutDownServer, TagServer,
    UninviteFromTerminal, WakeServer,
};
use hub::Hub;
use incidents::{
    AcknowledgeIncident, ConfigureIncidents, EscalateIncident, ListIncidents, NoteIncident, OpenIncident,
    ResolveIncident, ShowIncident, ShowIncidentSettings, SnoozeIncident,
};
use maps::{
    DrawMap, ForceStopService, ForgetMap, PlanMap, PublishService, RestartService, ServiceStatus, SetAutostart,
    SetPage, ShowMap, StartService, StopService, TakeMap, UnpublishService,
};
use memories::{
    EditGuildMemory, EditMemory, ForgetGuildMemory, ForgetMemory, ListMemories, ListPrompts, NoteForGuild, NoteMemory,
    RemovePrompt, SavePrompt, SearchPrompts, SharePrompt, ShowMemory, UnsharePrompt, UsePrompt,
};
use metrics::{ShowFleet, ShowMetrics, WatchServer};
use models::{
    AddProvider, ListModels, ListProviders, PullModel, RemoveModel, RemoveProvider, SetAllowance, SetBudget, SetCloud,
    SetConversationBudget, SetKey, SetQuota, SetWindow, ShowModel, ShowModels, ShowUsage, SwitchProviderOff,
    SwitchProviderOn, UseModels,
};
use overlays::{
    AddOverlaySource, AddToOverlay, CreateOverlay, EditOverlay, ExportLayout, ListOverlaySources, ListOverlays,
    PreviewOverlay, RemoveOverlay, RemoveOverlaySource, RevokeOverlay, RotateOverlay, SetOverlay, StartOverlay,
    StopOverlay, TestOverlay, UndoOverlay,
};
use policy::{AllowCommand, ExplainLines, ForgetCommand, ListCommands};
use presence::{EndPresence, LendLanyard, RemovePlex, SetPlex, SetPresence, SharePresence, ShowPresence, TakeLanyard};
use runbooks::{
    AskHttp, DryRun, ExportRunbook, ImportRunbook, ListRunbooks, Notify, ReadRunbook, RemoveRunbook, RunRunbook,
    ShowRunbook,
};
use schedules::{AddSchedule, ListSchedules, PauseSchedule, RemoveSchedule, ResumeSchedule, RunSchedule, ShowSchedule};
use secrets::{ListSecrets, RemoveSecret, RotateSecret, SecretUses, SetSecret};
use store::Store;
use streams::{
    FollowMine, FollowStream, ListStreams, NotifyMe, PreviewStreams, SetStreams, ShowMine, ShowStreamQuota, TestStream,
    UnfollowMine, UnfollowStream,
    manage::{
        AnnounceInChat, BeginRaid, CallOffRaid, MakeClip, SayInChat, SetCategory, SetMarker, SetTags, SetTitle,
        UndoChange,
    },
};
use tickets::{
    AddTicketCategory, AddToTicket, AskInCategory, AssignTicket, BlockFromTickets, ClaimTicket, CloseTicket,
    CreateTicketPanel, DraftForTicket, EditTicketCategory, EditTicketPanel, EscalateTicket, ForgetInTickets,
    ImportTicketCategories, LinkTicket, ListSavedReplies, ListTicketCategories, ListTickets, MoveTicket, NoteTicket,
    OpenTicket, PreviewTicketPanel, PrioritiseTicket, RateTicket, ReadTranscript, RemoveFromTicket, RemoveSavedReply,
    RemoveTicketCategory, RemoveTicketPanel, RenameTicket, RenewTicket, ReopenTicket, ReplyToTicket, RevokeTranscript,
    SearchTickets, SendTicketPanel, SetSavedReply, SetTicketRole, SetTickets, ShowTicket, ShowTicketStats,
    ShowTranscript, TicketOptions, UnblockFromTickets,
};
use workspace::{
    AddEntry, CreateAgent, CreateRegistry, EditEntry, ExportAgent, ListAgents, ListPlaybooks, ListRegistries,
    ListSkills, RemoveAgent, RemoveEntry, RemoveRegistry, SettleStep, ShowAgent, ShowPlaybook, ShowRegistry, ShowSkill,
    ShowTree, StartPlaybook,
};

use super::Services;

impl Services {
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
            .action::<ExportLayout>()
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
