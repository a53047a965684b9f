//! What Discord tells us: the link's state, presses and forms.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use base::Error;
use poise::serenity_prelude as serenity;
use serenity::{FullEvent, GatewayIntents, Interaction};

use crate::{Data, form, press, recover, register};

/// What we ask Discord to send: nothing privileged.
pub const INTENTS: GatewayIntents = GatewayIntents::GUILDS;

/// Whether the gateway is connected. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct Link {
    up: Arc<AtomicBool>,
}

impl Link {
    /// Whether Discord's gateway is connected and ready.
    pub fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }

    pub(crate) fn up(&self, name: &str, guilds: usize) {
        self.up.store(true, Ordering::Relaxed);
        tracing::info!(bot.name = name, guilds, "ready");
    }
}

/// Hears one event.
pub(crate) async fn hear(context: poise::FrameworkContext<'_, Data, Error>, event: &FullEvent) -> Result<(), Error> {
    let (discord, data) = (context.serenity_context, context.user_data);
    match event {
        FullEvent::Ready { .. } => {
            data.link.up.store(true, Ordering::Relaxed);
            let http = Arc::clone(&discord.http);
            let (hub, commands) = (data.hub.clone(), register::wanted(&context.options().commands));
            // Not awaited: events are held until this returns.
            tokio::spawn(async move {
                recover::tell(&http, &hub).await;
                register::register(&http, commands).await;
            });
        }
        FullEvent::Resume { .. } => {
            data.link.up.store(true, Ordering::Relaxed);
            tracing::info!("resumed");
        }
        FullEvent::ShardStageUpdate { event } if event.new == serenity::ConnectionStage::Disconnected => {
            data.link.up.store(false, Ordering::Relaxed);
            tracing::warn!("the gateway is disconnected");
        }
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
