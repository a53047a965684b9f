//! How people ask: Discord's face. One file per group of slash commands, and what draws, sends and dispatches for all.
//!
//! **Invariant:** nothing is done here. Commands, buttons and forms become actions, and go through [`hub::Hub`].

pub mod account_board;
mod agent;
mod ai;
mod alert;
mod asked;
mod audit;
pub mod bringing;
mod card;
mod channels;
mod complete;
mod complete_alerts;
mod complete_mcp;
mod complete_memories;
mod complete_models;
mod complete_servers;
mod complete_workspace;
mod compose;
mod connect;
mod container;
mod face;
mod feature;
mod file;
mod form;
mod gateway;
mod grant;
mod history;
mod image;
mod incident;
pub mod incident_board;
mod jarvis;
mod jarvis_about;
pub mod jarvis_board;
mod jarvis_heard;
mod job;
mod log;
mod login;
pub mod looking;
mod mcp;
mod members;
mod memory;
mod metrics;
mod model;
mod network;
mod once;
pub mod outbox;
mod overlay;
mod perform;
mod place;
mod playbook;
mod policy;
mod presence;
mod press;
mod probe;
mod prompt;
mod question;
mod recover;
mod register;
mod registry;
mod rest;
mod runbook;
mod schedule;
pub mod scheduled;
mod secret;
mod server;
mod server_edit;
mod server_import;
mod server_power;
mod server_provision;
mod service;
mod setup;
mod skill;
pub mod steps;
pub mod stream;
pub mod tend;
mod terminal;
pub mod terminal_screen;
pub mod ticket;
mod volume;
mod welcome;

use std::sync::Arc;

use ::mcp::Servers as McpServers;
use ::models::Providers;
use ::policy::Policy;
use ::presence::Presence;
use base::Error;
use containers::Containers;
use conversations::Conversations;
use hosts::{Files, Hosts};
use hub::Hub;
use maps::Maps;
use memories::Memories;
use overlays::Overlays;
use poise::{FrameworkError, serenity_prelude as serenity};
use schedules::Schedules;
use secrets::Secrets;
use streams::manage::Manager;
use tickets::Tickets;
use workspace::Workspace;

use crate::asked::Asked;
pub use gateway::{Link, fewer, intents};
pub use login::{BACK, Login};
pub use members::Discord;
pub use place::Place;
pub use question::ask_in;
pub use register::Crowd;
pub use register::{at_first, definitions};
pub use rest::Rest;
pub use ticket::TicketThreads;

/// What every command can reach. Cloning shares it.
#[derive(Clone)]
pub struct Data {
    /// The door to everything.
    pub hub: Hub,
    /// For completing server names.
    pub hosts: Arc<Hosts>,
    /// For completing names of containers.
    pub containers: Arc<Containers>,
    /// For what is said in the assistant's threads.
    pub conversations: Arc<Conversations>,
    /// For completing paths.
    pub files: Arc<Files>,
    /// For completing rules.
    pub policy: Arc<Policy>,
    /// For completing schedules.
    pub schedules: Arc<Schedules>,
    /// For completing secrets' names.
    pub secrets: Arc<Secrets>,
    /// For completing services' names.
    pub maps: Arc<Maps>,
    /// For completing names of agents and the rest of the workspace, and for forms of registries.
    pub workspace: Arc<Workspace>,
    /// For completing who runs models.
    pub models: Arc<Providers>,
    /// For what is remembered, and prompts.
    pub memories: Arc<Memories>,
    /// For completing MCP servers, and for their forms.
    pub mcp: Arc<McpServers>,
    /// For overlays' names, files and forms.
    pub overlays: Arc<Overlays>,
    /// For forms of Plex.
    pub presence: Arc<Presence>,
    /// For who speaks in tickets, and for their forms.
    pub tickets: Arc<Tickets>,
    /// For completing categories of streams.
    pub manager: Arc<Manager>,
    /// For accounts that were being connected as the process before ended.
    pub accounts: Arc<accounts::Accounts>,
    /// For what members are seen to show, and who leaves.
    pub streams: Arc<streams::Streams>,
    /// The guilds that it is in.
    pub crowd: Crowd,
    /// Where everything is sent.
    pub rest: Rest,
    /// Whether the gateway is up.
    pub link: Link,
}

pub(crate) type Context<'a> = poise::ApplicationContext<'a, Data, Error>;
pub(crate) type Result<T = ()> = std::result::Result<T, Error>;

/// Everything people can type.
fn commands() -> Vec<poise::Command<Data, Error>> {
    vec![
        agent::agent(),
        ai::ai(),
        alert::alert(),
        audit::group(),
        compose::compose(),
        connect::connect(),
        connect::connections(),
        container::container(),
        feature::feature(),
        file::file(),
        metrics::fleet(),
        memory::forget(),
        grant::grant(),
        history::history(),
        image::image(),
        incident::incident(),
        jarvis::jarvis(),
        jarvis_about::ask_about(),
        job::group(),
        log::log(),
        mcp::mcp(),
        model::model(),
        memory::memory(),
        network::network(),
        overlay::overlay(),
        playbook::playbook(),
        policy::policy(),
        presence::presence(),
        probe::probe(),
        registry::registry(),
        prompt::prompt(),
        memory::remember(),
        runbook::runbook(),
        schedule::schedule(),
        secret::secret(),
        server::server(),
        service::service(),
        setup::setup(),
        skill::skill(),
        stream::stream(),
        ticket::ticket(),
        ticket::open_about(),
        volume::volume(),
        grant::whoami(),
    ]
}

/// The framework that hears Discord and answers it.
pub fn framework(data: Data) -> impl serenity::Framework {
    let options = poise::FrameworkOptions {
        commands: commands(),
        initialize_owners: false,
        event_handler: |context, event| Box::pin(gateway::hear(context, event)),
        on_error: |error| Box::pin(failed(error)),
        ..Default::default()
    };
    let framework = poise::Framework::builder().options(options);
    once::Once::new(framework.setup(|_, _, _| Box::pin(async move { Ok(data) })).build())
}

/// The edge for commands: what they could not even begin is answered here, to the person alone.
async fn failed(error: FrameworkError<'_, Data, Error>) {
    let (context, error) = match error {
        FrameworkError::Command { error, ctx, .. } => (ctx, error),
        FrameworkError::ArgumentParse { error, input, ctx, .. } => {
            let sentence = match input {
                // Masked before it is cut and tidied: half a secret is no longer recognised.
                Some(input) => {
                    let guild = ctx.guild_id().map_or(base::GuildId(0), |guild| base::GuildId(guild.get()));
                    let input = ctx.data().hub.redactor(guild).mask(&input).into_owned();
                    format!("{} does not fit there: {error}.", base::card::code(input))
                }
                None => format!("Something is missing: {error}."),
            };
            (ctx, Error::Invalid(sentence))
        }
        FrameworkError::CommandPanic { payload, ctx, .. } => {
            let cause = payload.unwrap_or_else(|| "no message".to_owned());
            (ctx, Error::Internal { doing: "doing that", source: std::io::Error::other(cause).into() })
        }
        other => {
            tracing::error!("the framework could not handle something: {other}");
            let Some(context) = other.ctx() else { return };
            (
                context,
                Error::Busy(
                    "I could not make sense of that. Discord may still show an old command; try again in a minute."
                        .to_owned(),
                ),
            )
        }
    };
    if let poise::Context::Application(context) = context
        && let Some(asked) = Asked::command(context.interaction, &context.data().rest)
    {
        asked.refuse(&error, None, &context.data().hub).await;
    }
}

/// The person behind an interaction, as they are in that guild at this moment; none outside guilds.
fn actor(
    guild: Option<serenity::GuildId>,
    user: &serenity::User,
    member: Option<&serenity::Member>,
    way: base::Way,
) -> Option<base::Actor> {
    Some(base::Actor {
        guild: base::GuildId(guild?.get()),
        user: base::UserId(user.id.get()),
        name: user.name.clone(),
        administrator: member?.permissions.is_some_and(serenity::Permissions::administrator),
        roles: member?.roles.iter().map(|role| base::RoleId(role.get())).collect(),
        agent: None,
        way,
        reply_to: None,
    })
}
