//! What Discord tells us: the link's state, presses and forms.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use base::Error;
use poise::serenity_prelude as serenity;
use serenity::{FullEvent, GatewayIntents, Interaction};

use crate::{Data, form, press, recover, register};

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
    let data = context.user_data;
    match event {
        FullEvent::Ready { data_about_bot } => {
            tracing::info!(bot.name = data_about_bot.user.name, guilds = data_about_bot.guilds.len(), "ready");
            data.rest.introduce(data_about_bot.application.id, data_about_bot.user.id);
            let rest = data.rest.clone();
            let (hub, commands) = (data.hub.clone(), register::wanted(&context.options().commands));
            let first = data.link.first_ready();
            // Not awaited: events are held until this returns.
            tokio::spawn(async move {
                register::register(&rest, commands).await;
                if first {
                    recover::tell(&rest, &hub).await;
                }
            });
        }
        FullEvent::Resume { .. } => tracing::info!("resumed"),
        FullEvent::InteractionCreate { interaction: Interaction::Component(pressed) } => {
            press::pressed(pressed, data).await;
        }
        FullEvent::InteractionCreate { interaction: Interaction::Modal(submitted) } => {
            form::submitted(submitted, data).await;
        }
        _ => {}
    }
    Ok(())
}
