//! What Discord tells us: the link's state, presses and forms.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use base::{Error, GuildId, Millis};
use guilds::{
    discord::Look,
    intent::{Intent, MESSAGE_CONTENT, PRESENCE, SERVER_MEMBERS},
};
use poise::serenity_prelude as serenity;
use serenity::{FullEvent, GatewayIntents, Interaction, http::Route};

use crate::{
    Data, form, jarvis_heard, press, recover, register,
    rest::{Rank, Rest},
    stream, terminal, ticket, welcome,
};

/// Whoever starts waits no longer than this for what Discord lets us ask for.
const KNOWN_BY: Duration = Duration::from_secs(5);

/// What we ask Discord to send. The text of messages and who joins and leaves are privileged, and asking for them where they are
/// not switched on would end the connection: without the first, only what mentions the bot comes with its text, and terminals have a
/// form; without the second, who left is found out later. What members do is asked for only where whoever runs the bot wants it.
pub async fn intents(rest: &Rest, wanted: Option<Intent>) -> GatewayIntents {
    let application = rest.fetch::<serde_json::Value>(Route::Oauth2ApplicationCurrent, None, Rank::Answer);
    let flags = match tokio::time::timeout(KNOWN_BY, application).await {
        Ok(Ok(application)) => application["flags"].as_u64().unwrap_or_default(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "Discord does not say which intents are switched on: I do without the text of messages");
            0
        }
        Err(_) => 0,
    };
    let mut intents = GatewayIntents::GUILDS
        | GatewayIntents::GUILD_MESSAGES
        | GatewayIntents::GUILD_MESSAGE_REACTIONS
        | GatewayIntents::DIRECT_MESSAGES;
    if flags & MESSAGE_CONTENT.flags != 0 {
        intents |= GatewayIntents::MESSAGE_CONTENT;
    }
    if flags & SERVER_MEMBERS.flags != 0 {
        intents |= GatewayIntents::GUILD_MEMBERS | GatewayIntents::GUILD_MODERATION;
    }
    match wanted {
        Some(wanted) if flags & wanted.flags != 0 => intents |= GatewayIntents::GUILD_PRESENCES,
        Some(wanted) => tracing::warn!(
            "NEBULA_STREAMS_PRESENCE is on, and the {} is off at the bot's page (https://discord.com/developers/applications, under \
             Bot): I do without, and ask platforms as often as else",
            wanted.name
        ),
        None => {}
    }
    intents
}

/// What is asked for in place of what Discord refused: what is switched on by now; where that is the same, nothing that has to be switched
/// on. None where nothing of that was asked for.
pub async fn fewer(rest: &Rest, wanted: Option<Intent>, refused: GatewayIntents) -> Option<GatewayIntents> {
    if !refused.intersects(GatewayIntents::privileged()) {
        return None;
    }
    let fewer = less(refused, intents(rest, wanted).await);
    let privileged = [
        (GatewayIntents::GUILD_PRESENCES, PRESENCE),
        (GatewayIntents::GUILD_MEMBERS, SERVER_MEMBERS),
        (GatewayIntents::MESSAGE_CONTENT, MESSAGE_CONTENT),
    ];
    let lost: Vec<&str> = privileged
        .iter()
        .filter(|(bit, _)| refused.contains(*bit) && !fewer.contains(*bit))
        .map(|(_, it)| it.name)
        .collect();
    tracing::error!(
        "Discord no longer sends what takes the {}: it is off at the bot's page (https://discord.com/developers/applications, under Bot). \
         I go on without; where it is switched on again, it counts from the next start on",
        lost.join(" and the ")
    );
    Some(fewer)
}

/// Less than what was refused, whatever Discord says of it.
fn less(refused: GatewayIntents, now: GatewayIntents) -> GatewayIntents {
    if now.contains(refused) { refused - GatewayIntents::privileged() } else { refused & now }
}

/// The link to Discord's gateway. Cloning shares it.
#[derive(Clone, Default)]
pub struct Link {
    ready: Arc<AtomicBool>,
    /// Counts the sessions that began: each knows nothing of the one before.
    sessions: Arc<AtomicU64>,
    shards: Arc<Mutex<Option<Arc<serenity::ShardManager>>>>,
}

impl Link {
    /// Tells it which connections there are.
    pub fn watch(&self, shards: &Arc<serenity::ShardManager>) {
        // Where Discord refused to send something, another client is in its place.
        *self.shards.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(shards));
    }

    /// Ends every connection.
    pub async fn shut_down(&self) {
        if let Some(shards) = self.shards() {
            shards.shutdown_all().await;
        }
    }

    fn shards(&self) -> Option<Arc<serenity::ShardManager>> {
        self.shards.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether every connection to the gateway is there and working. serenity tells the framework of no change of theirs, so
    /// it is asked.
    pub async fn is_up(&self) -> bool {
        let Some(shards) = self.shards().filter(|_| self.ready.load(Ordering::Relaxed)) else { return false };
        let runners = shards.runners.lock().await;
        !runners.is_empty() && runners.values().all(|runner| runner.stage == serenity::ConnectionStage::Connected)
    }

    /// Counts the sessions that began.
    pub(crate) fn sessions(&self) -> u64 {
        self.sessions.load(Ordering::Relaxed)
    }

    /// Has the bot look so on every connection. The answer is whether all of them are there to hear it.
    pub(crate) async fn appear(
        &self,
        activity: Option<&serenity::ActivityData>,
        status: serenity::OnlineStatus,
    ) -> bool {
        let Some(shards) = self.shards().filter(|_| self.ready.load(Ordering::Relaxed)) else { return false };
        let runners = shards.runners.lock().await;
        let are_there =
            !runners.is_empty() && runners.values().all(|runner| runner.stage == serenity::ConnectionStage::Connected);
        if are_there {
            runners.values().for_each(|runner| runner.runner_tx.set_presence(activity.cloned(), status));
        }
        are_there
    }

    /// Whether this is the first time it is ready: what a dead process left behind is told once.
    fn first_ready(&self) -> bool {
        !self.ready.swap(true, Ordering::Relaxed)
    }
}

/// Hears one event.
pub(crate) async fn hear(context: poise::FrameworkContext<'_, Data, Error>, event: &FullEvent) -> Result<(), Error> {
    let data = context.user_data;
    stream::heard::heard(event, data).await;
    match event {
        FullEvent::Ready { data_about_bot } => {
            tracing::info!(bot.name = data_about_bot.user.name, guilds = data_about_bot.guilds.len(), "ready");
            data.link.sessions.fetch_add(1, Ordering::Relaxed);
            data.rest.introduce(data_about_bot.application.id, data_about_bot.user.id);
            for guild in &data_about_bot.guilds {
                data.crowd.add(GuildId(guild.id.get()));
            }
            if data.link.first_ready() {
                let (rest, hub, crowd) = (data.rest.clone(), data.hub.clone(), data.crowd.clone());
                let (also_rest, also_hub) = (rest.clone(), hub.clone());
                let (workspace, accounts) = (Arc::clone(&data.workspace), Arc::clone(&data.accounts));
                // Not awaited: events are held until this returns.
                tokio::spawn(async move { register::keep(&rest, &hub, &crowd).await });
                tokio::spawn(async move { recover::tell(&also_rest, &also_hub, (&workspace, &accounts)).await });
            }
        }
        FullEvent::GuildCreate { guild, .. } => {
            let (id, joined) = (GuildId(guild.id.get()), Millis(guild.joined_at.unix_timestamp() * 1_000));
            let new = data.crowd.add(id);
            let hub = data.hub.clone();
            tokio::spawn(async move {
                // Whoever waits for the commands reads what they are for.
                welcome::welcome(&hub, id, joined).await;
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
        FullEvent::Message { new_message } => {
            terminal::heard(new_message, data).await;
            jarvis_heard::heard(new_message, data).await;
            ticket::heard::heard(new_message, data).await;
            ticket::letter::heard(new_message, data).await;
        }
        FullEvent::MessageUpdate { .. }
        | FullEvent::MessageDelete { .. }
        | FullEvent::MessageDeleteBulk { .. }
        | FullEvent::ReactionAdd { .. }
        | FullEvent::ReactionRemove { .. }
        | FullEvent::ReactionRemoveEmoji { .. } => ticket::heard::changed(event, data).await,
        FullEvent::ThreadCreate { thread } => ticket::forum::heard(thread, data),
        other if ticket::places::is_about_them(other) => ticket::places::changed(other, data).await,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_discord_refuses_is_asked_for_no_more_whatever_it_says_of_it() {
        let (plain, all) = (GatewayIntents::GUILDS, GatewayIntents::privileged());
        let without = all - GatewayIntents::GUILD_PRESENCES;
        assert_eq!(less(plain | all, plain | without), plain | without);
        assert_eq!(less(plain | all, plain | all), plain, "it says that all is switched on, and sends none of it");
        assert_eq!(less(plain | without, plain | all), plain, "nothing that was not asked for before is asked for now");
    }
}
