//! A Discord on this machine: REST v10, the v10 gateway, the CDN and a web page, on loopback.
//!
//! `nebula try` starts it with the real bot connected over real sockets; tests use the same thing. It shares no Discord types
//! with the bot, so a mistake cannot be made on both sides at once and go unseen.
//!
//! - `world` is the state, pure; `rest` and `gateway` are the ways in; `rules` are Discord's limits; `judge` writes down which
//!   of them the bot broke.
//! - `listeners` and `door` say what is reachable where, and from where.
//!
//! **Invariants:** every socket is on 127.0.0.1. It is never more forgiving than Discord where it knows a rule: what breaks one is
//! answered with Discord's error and recorded as a violation. Only the bot is judged.

mod accounts;
mod certificate;
mod chance;
pub mod client;
mod clock;
mod door;
mod errors;
mod faults;
mod flood;
mod forged;
mod gateway;
mod judge;
mod listeners;
mod live;
mod openapi;
mod page;
mod rest;
mod rules;
pub mod script;
mod server;
mod snowflake;
mod window;
mod world;

pub use faults::{ActiveFault, Aim, BadFault, Fault, Scope};
pub use flood::Flood;
pub use forged::ForgedPress;
pub use judge::{Actor, RecordedRequest, Violation};
pub use openapi::Error as OpenApiError;

use clock::Clock;
use openapi::OpenApi;
use serde_json::Value;
use server::{Addresses, Server};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use world::World;

/// Why the sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot listen on 127.0.0.1: {0}")]
    Listen(#[from] std::io::Error),
    #[error("cannot make certificates: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    #[error("Discord's OpenAPI file cannot be used: {0}")]
    OpenApi(#[from] openapi::Error),
    #[error("no role is called `{0}`")]
    UnknownRole(String),
}

/// How to start.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The port of the page and of people's clients; any free one if `None`.
    pub page_port: Option<u16>,
    /// Privileged intents (bits) that identifying with closes the gateway with 4014. None by default.
    pub disallowed_intents: u64,
    /// Discord's OpenAPI file, which everything said to and by the bot is held against. Where `None`, the one that the environment
    /// names by `DISCORD_OPENAPI`, if it does.
    pub openapi: Option<PathBuf>,
    /// Between heartbeats of the gateway; Discord's 41.25 s if `None`.
    pub heartbeat: Option<Duration>,
    /// The bot means to ping nobody but those it names: a message that leaves it to its own text whom it pings is remarked upon, though
    /// Discord takes it.
    pub pings_by_name: bool,
    /// Picks what faults hit that have a probability and no seed of their own.
    pub seed: u64,
    /// For what asks more than any bot would, such as a test with nonsense.
    pub without_rate_limits: bool,
    /// Guilds beside the one everybody is in, with fifteen channels and ten roles each. The bot is in all of them.
    pub guilds: usize,
    /// Members each of those has, the bot and an owner among them.
    pub members: usize,
}

/// A person who can act in the sandbox. The token is what their client sends.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AccountInfo {
    pub name: String,
    pub id: String,
    pub token: String,
}

/// A running Discord. Dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    server: Arc<Server>,
    addresses: Addresses,
    ca_pem: String,
    bot_token: String,
}

impl Sandbox {
    /// Binds three listeners on free ports of 127.0.0.1 and founds a guild. Needs a Tokio runtime.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let openapi = OpenApi::chosen(options.openapi.as_deref())?;
        let clock = Clock::default();
        let mut world = World::founded(clock.now())?;
        world.application.pings_by_name = options.pings_by_name;
        grant_all_but(&mut world, options.disallowed_intents);
        world.found_more(options.guilds, options.members);
        let bot_token = world.users.get(&world.application.id).map(|bot| bot.token.clone()).unwrap_or_default();
        let (ca_pem, tls) = certificate::make()?;
        let discord = listeners::bind(None).await?;
        let gateway = listeners::bind(None).await?;
        let page = listeners::bind(options.page_port).await?;
        let addresses =
            Addresses { discord: discord.local_addr()?, gateway: gateway.local_addr()?, page: page.local_addr()? };
        let server = Arc::new(Server::new(clock, world, &options, openapi));
        server.bound(addresses);
        let stopping = || server.stopping.clone();
        listeners::serve_tls(discord, tls, door::discord(Arc::clone(&server)), stopping());
        listeners::serve_plain(gateway, door::gateway(Arc::clone(&server)), stopping());
        listeners::serve_plain(page, door::page(Arc::clone(&server)), stopping());
        Ok(Self { server, addresses, ca_pem, bot_token })
    }

    /// The TLS listener that stands in for discord.com and its CDN. Resolve those names to it and trust `ca_pem` only.
    pub fn discord_address(&self) -> SocketAddr {
        self.addresses.discord
    }

    /// The authority that signed the listener's certificate, made for this run.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The gateway, as `ws://…`.
    pub fn gateway_url(&self) -> String {
        self.server.gateway_url()
    }

    /// The page; below it the REST API (`/api/v10`), the gateway (`/gateway`) and files, all in plain HTTP.
    pub fn page_url(&self) -> String {
        format!("http://{}", self.addresses.page)
    }

    pub fn bot_token(&self) -> &str {
        &self.bot_token
    }

    /// What the application proves itself with where people log in with their account.
    pub fn client_secret(&self) -> &'static str {
        world::logins::CLIENT_SECRET
    }

    pub fn application_id(&self) -> String {
        self.server.look(|world| world.application.id.to_string())
    }

    pub fn guild_id(&self) -> String {
        self.server.look(|world| world.first_guild().to_string())
    }

    /// The id of a channel of the guild by its name, such as `ops`.
    pub fn channel_id(&self, name: &str) -> Option<String> {
        self.server.look(|world| {
            world.channels.values().find(|one| one.guild.is_some() && one.name == name).map(|one| one.id.to_string())
        })
    }

    /// The id of a role by its name, such as `Operators`.
    pub fn role_id(&self, name: &str) -> Option<String> {
        self.server.look(|world| accounts::role_named(world, name).map(|role| role.id.to_string()))
    }

    /// Everybody who can act: `admin` (who owns the guild), `member`, `guest`, and who was added.
    pub fn accounts(&self) -> Vec<AccountInfo> {
        self.server.look(accounts::all)
    }

    /// Lets somebody new join the guild, with these roles by name.
    pub fn add_account(&self, name: &str, roles: &[&str]) -> Result<AccountInfo, Error> {
        self.server.act(|world| accounts::add(world, name, roles))
    }

    /// The same in the guild that this channel is in, with roles of that guild.
    pub fn add_account_beside(&self, channel_id: &str, name: &str, roles: &[&str]) -> Result<AccountInfo, Error> {
        let channel = channel_id.parse().unwrap_or_default();
        self.server.act(|world| {
            let guild = world.channels.get(&channel).and_then(|channel| channel.guild);
            accounts::add_to(world, guild.unwrap_or_else(|| world.first_guild()), name, roles)
        })
    }

    /// Has somebody take no direct messages from now on.
    pub fn close_direct_messages(&self, user_id: &str) {
        let user = user_id.parse().unwrap_or_default();
        self.server.act(|world| world.unreachable.insert(user));
    }

    /// Lets the bot into the guild again after it was thrown out.
    pub fn let_bot_in(&self) {
        self.server.act(|world| world.let_bot_in(world.first_guild()));
    }

    /// Lets somebody into the guild again who left it or was thrown out.
    pub fn let_in(&self, name: &str) {
        self.server.act(|world| {
            let known = world.users.values().find(|user| user.name == name).map(|user| user.id);
            if let Some(id) = known {
                world.join(world.first_guild(), id, Vec::new());
            }
        });
    }

    /// Privileged intents (bits) are switched off at the application's page, those before switched on again. Whoever listens goes on
    /// listening; whoever identifies with one from now on is closed with 4014.
    pub fn switch_off_intents(&self, disallowed: u64) {
        self.server.disallowed_intents.store(disallowed, Ordering::Relaxed);
        self.server.act(|world| grant_all_but(world, disallowed));
    }

    /// Somebody is seen to stream at an address, or to do nothing any more.
    pub fn show_stream(&self, name: &str, address: Option<&str>) {
        self.server.act(|world| {
            let known = world.users.values().find(|user| user.name == name).map(|user| user.id);
            if let Some(id) = known {
                world.is_seen(world.first_guild(), id, address);
            }
        });
    }

    /// Every request the bot made, oldest first (the last 25,000 requests of anybody are kept).
    pub fn requests(&self) -> Vec<RecordedRequest> {
        let all = self.server.judge().requests(usize::MAX);
        all.into_iter().filter(|request| request.actor == Actor::Bot).collect()
    }

    /// How long the bot took to acknowledge each interaction, from the moment the sandbox made it, oldest first.
    pub fn acknowledgements(&self) -> Vec<Duration> {
        self.server.look(|world| world.acknowledged.iter().copied().collect())
    }

    /// Every documented rule the bot broke so far.
    pub fn violations(&self) -> Vec<Violation> {
        self.server.judge().violations()
    }

    /// The messages of a channel, oldest first, ephemeral ones too, as Discord would show them to the bot.
    pub fn messages(&self, channel_id: &str) -> Vec<Value> {
        let channel = channel_id.parse().unwrap_or(0);
        self.server.look(|world| {
            let all = world.messages.get(&channel).into_iter().flat_map(|messages| messages.values());
            all.map(|message| world.message_json(message, world.application.id)).collect()
        })
    }

    /// How many messages stand in a channel.
    pub fn count_messages(&self, channel_id: &str) -> usize {
        let channel = channel_id.parse().unwrap_or(0);
        self.server.look(|world| world.messages.get(&channel).map_or(0, std::collections::BTreeMap::len))
    }

    /// The registered commands, global ones and those of guilds.
    pub fn commands(&self) -> Vec<Value> {
        self.server.look(|world| world.commands.values().map(|command| command.json(world.application.id)).collect())
    }

    /// Is the bot connected to the gateway now?
    pub fn bot_is_connected(&self) -> bool {
        self.server.lock().hub.has_bot()
    }

    /// How the bot looks now: its status, and its activities. It is as it was told last, also while it is not connected.
    pub fn bot_looks(&self) -> Value {
        self.server.lock().hub.looks.now().borrow().clone()
    }

    /// What its status says, as people read it under its name; empty where it says nothing.
    pub fn bot_status(&self) -> String {
        gateway::presence::words(&self.bot_looks())
    }

    /// Every time the bot said how it looks, oldest first, with the time since the first of them.
    pub fn bot_looked(&self) -> Vec<(Duration, Value)> {
        let all = self.server.lock().hub.looks.all();
        let first = all.first().map(|(at, _)| *at);
        all.into_iter().map(|(at, looks)| (first.map_or(Duration::ZERO, |first| at - first), looks)).collect()
    }

    /// Lets something go wrong, now or with the next thing it can hit. The answer is the fault's number.
    pub fn inject(&self, fault: Fault) -> Result<u64, BadFault> {
        self.server.inject(fault)
    }

    /// The faults that are not over.
    pub fn faults(&self) -> Vec<ActiveFault> {
        self.server.active_faults()
    }

    /// Ends every fault.
    pub fn heal(&self) {
        self.server.heal();
    }

    /// How many of the bot's requests of the last 10 minutes were answered with 401, 403 or 429, those aside that were not its
    /// fault. With 10,000, nothing more is answered for an hour.
    pub fn invalid_requests(&self) -> usize {
        let now = self.server.elapsed();
        self.server.limits().invalid(now)
    }

    /// Moves the sandbox's clock ahead, so that tokens and nonces expire, limits reset and faults end.
    /// Deadlines that wait in real time do not move.
    pub fn advance(&self, by: Duration) {
        self.server.advance(by);
    }

    /// The bot was killed: what it has not acknowledged by now it could not, and is not accused of.
    pub fn excuse_unacknowledged(&self) {
        self.server.act(World::excuse_unacknowledged);
    }

    /// Stops listening and closes every connection.
    pub async fn stop(self) {
        self.server.stopping.cancel();
        // One turn of the runtime lets the accept loops see it before the ports are asked for again.
        tokio::task::yield_now().await;
    }
}

/// What the application's flags say of its privileged intents.
fn grant_all_but(world: &mut World, disallowed: u64) {
    world.application.reads_content = disallowed & gateway::intents::MESSAGE_CONTENT == 0;
    world.application.sees_members = disallowed & gateway::intents::GUILD_MEMBERS == 0;
    world.application.sees_presences = disallowed & gateway::intents::GUILD_PRESENCES == 0;
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.stopping.cancel();
    }
}
