//! What Discord tells us: the link's state, presses and forms.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use base::{Error, GuildId, Millis};
use guilds::discord::Look;
use poise::serenity_prelude as serenity;
use serenity::{FullEvent, GatewayIntents, Interaction};

use crate::{Data, form, press, recover, register, welcome};

/// What we ask Discord to send: nothing privileged.
pub const INTENTS: GatewayIntents = GatewayIntents::GUILDS;

/// The link to Discord's gateway. Cloning shares it.
#[derive(Clone, Default)]
pub struct Link {
    ready: Arc<AtomicBool>,
    shards: Arc<OnceLock<Arc<serenity::ShardManager>>>,
}

impl Link {
    /// Tells it which connections there are.
    pub fn watch(&self, shards: &Arc<serenity::ShardManager>) {
        // A process has one client, and says so once.
        let _ = self.shards.set(Arc::clone(shards));
    }

    /// Whether every connection to the gateway is there and working. serenity tells the framework of no change of theirs, so
    /// it is asked.
    pub async fn is_up(&self) -> bool {
        let Some(shards) = self.shards.get().filter(|_| self.ready.load(Ordering::Relaxed)) else { return false };
        let runners = shards.runners.lock().await;
        !runners.is_empty() && runners.values().all(|runner| runner.stage == serenity::ConnectionStage::Connected)
    }

    /// Whether this is the first time it is ready: what a dead process left behind is told once.
    fn first_ready(&self) -> bool {
        !self.ready.swap(true, Ordering::Relaxed)
    }
}

/// Hears one event.
pub(crate) async fn hear(context: poise::FrameworkContext<'_, Data, Error>, event: &FullEvent) -> Result<(), Error> {
    let (discord, data) = (context.serenity_context, context.user_data);
    match event {
        FullEvent::Ready { data_about_bot } => {
            tracing::info!(bot.name = data_about_bot.user.name, guilds = data_about_bot.guilds.len(), "ready");
            let http = Arc::clone(&discord.http);
            for guild in &data_about_bot.guilds {
                data.crowd.add(GuildId(guild.id.get()));
            }
            if data.link.first_ready() {
                let (hub, crowd) = (data.hub.clone(), data.crowd.clone());
                let (also_http, also_hub) = (Arc::clone(&http), hub.clone());
                // Not awaited: events are held until this returns.
                tokio::spawn(async move { register::keep(&http, &hub, &crowd).await });
                tokio::spawn(async move { recover::tell(&also_http, &also_hub).await });
            }
        }
        FullEvent::GuildCreate { guild, .. } => {
            let (id, joined) = (GuildId(guild.id.get()), Millis(guild.joined_at.unix_timestamp() * 1_000));
            let new = data.crowd.add(id);
            let (http, hub) = (Arc::clone(&discord.http), data.hub.clone());
            tokio::spawn(async move {
                // Whoever waits for the commands reads what they are for.
                welcome::welcome(&http, &hub, id, joined).await;
                if new && let Err(error) = hub.guilds().register(id, Look::Anew).await {
                    tracing::warn!(guild.id = id.0, "a new guild's commands could not be registered yet: {error}");
                }
            });
        }
        // One that is only out of reach comes back.
        FullEvent::GuildDelete { incomplete, .. } if !incomplete.unavailable => {
            let id = GuildId(incomplete.id.get());
            data.crowd.remove(id);
            if let Err(error) = data.hub.store().forget_command_digest(id).await {
                tracing::warn!(guild.id = id.0, "what a left guild's commands were is still kept: {error}");
            }
        }
        FullEvent::Resume { .. } => tracing::info!("resumed"),
        FullEvent::InteractionCreate { interaction: Interaction::Component(pressed) } => {
            press::pressed(pressed, &discord.http, data).await;
        }
        FullEvent::InteractionCreate { interaction: Interaction::Modal(submitted) } => {
            form::submitted(submitted, &discord.http, data).await;
        }
        _ => {}
    }
    Ok(())
}
