//! `/server terminal` and `/server invite`, and what is typed into a terminal: in its thread, with its buttons, into its form.
//!
//! **Invariant:** every line and every key takes a pass: whoever types is looked up at that moment, and may open that terminal then.

use std::sync::Arc;

use base::{Actor, Error, GuildId, Redactor, UserId};
use futures::future::{BoxFuture, FutureExt};
use hosts::{InviteToTerminal, OpenTerminal, Session, Size, Threads, Typed, UninviteFromTerminal};
use hub::Hub;
use poise::serenity_prelude::{self as serenity, MessageType};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Context, Data, Discord, Result,
    asked::{Asked, Opening, thread},
    complete,
    form::Form,
    jarvis_heard,
    perform::Perform,
};

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
pub(crate) enum Screen {
    #[name = "80×24, as programs expect it"]
    Usual,
    #[name = "42×20, for a phone"]
    Phone,
}

/// Open a terminal on a server, in a thread of its own.
#[poise::command(slash_command)]
pub(crate) async fn terminal(
    ctx: Context<'_>,
    #[description = "The server to open it on"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "How large its screen is; 80×24 unless told"] screen: Option<Screen>,
    #[description = "It ends after so many minutes without a key; 15 unless told"]
    #[min = 1]
    #[max = 240]
    minutes: Option<u32>,
) -> Result {
    let size = match screen {
        Some(Screen::Phone) => Size::Phone,
        Some(Screen::Usual) | None => Size::Usual,
    };
    let channel = ctx.interaction.channel_id.get();
    ctx.perform(OpenTerminal { server: ctx.read(&server)?, size, minutes, channel }).await
}

/// Let somebody else type into the terminal whose thread this is.
#[poise::command(slash_command)]
pub(crate) async fn invite(
    ctx: Context<'_>,
    #[description = "Who; they also need the right to open it"] person: serenity::User,
) -> Result {
    let asked = ctx.asked()?;
    let thread = ctx.interaction.channel_id.get();
    let Some(session) = ctx.data().hosts.terminals().in_thread(asked.actor.guild, thread) else {
        let sentence = "This is no thread of a terminal that is open. Nobody was invited; use it in one.";
        return Err(Error::Invalid(sentence.to_owned()));
    };
    let server = session.action()?.server;
    ctx.perform(InviteToTerminal { server, terminal: session.id().to_string(), person: person.id.get() }).await
}

/// Take back that somebody else types into the terminal whose thread this is.
#[poise::command(slash_command)]
pub(crate) async fn uninvite(
    ctx: Context<'_>,
    #[description = "Who no longer types there; yourself, to leave"] person: serenity::User,
) -> Result {
    let asked = ctx.asked()?;
    let thread = ctx.interaction.channel_id.get();
    let Some(session) = ctx.data().hosts.terminals().in_thread(asked.actor.guild, thread) else {
        let sentence = "This is no thread of a terminal that is open. Nothing was taken back; use it in one.";
        return Err(Error::Invalid(sentence.to_owned()));
    };
    let server = session.action()?.server;
    ctx.perform(UninviteFromTerminal { server, terminal: session.id().to_string(), person: person.id.get() }).await
}

/// Makes threads for terminals.
impl Threads for Discord {
    fn make(&self, guild: GuildId, channel: u64, name: String, redactor: Redactor) -> BoxFuture<'_, Result<u64>> {
        async move { thread::make(&self.0, guild, channel, &name, &redactor).await }.boxed()
    }
}

/// Whether this stands behind a terminal's buttons, and not an action.
pub(crate) fn is_key(action: &str) -> bool {
    action == Session::KEYS
}

/// A key was pressed or chosen.
pub(crate) async fn pressed(asked: &Asked, arguments: &Value, data: &Data) -> Result {
    let terminal = arguments["terminal"].as_str().and_then(|id| id.parse::<Uuid>().ok()).unwrap_or_default();
    let key = &arguments["key"];
    let key = key.as_str().or_else(|| key[0].as_str()).unwrap_or_default();
    let session = data.hosts.terminals().of(asked.actor.guild, terminal)?;
    if key == Session::FORM {
        // Nobody types a password into a form only to hear that they may not.
        data.hub.check(&asked.actor, &session.action()?).await?;
        return Form::Terminal { terminal }.open(asked, &data.hub).await;
    }
    type_in(data, &session, &asked.actor, &[Typed::Key(key.to_owned())]).await?;
    acknowledge(asked).await;
    Ok(())
}

/// A form came back: a line, a password, or both in this order; an empty one is the key Enter.
pub(crate) async fn submitted(
    asked: &Asked,
    terminal: Uuid,
    (line, unseen): (Option<String>, Option<String>),
    data: &Data,
) -> Result {
    let session = data.hosts.terminals().of(asked.actor.guild, terminal)?;
    let mut typed: Vec<Typed> = line.map(Typed::Line).into_iter().collect();
    typed.extend(unseen.map(Typed::Unseen));
    if typed.is_empty() {
        typed.push(Typed::Key("enter".to_owned()));
    }
    type_in(data, &session, &asked.actor, &typed).await?;
    acknowledge(asked).await;
    Ok(())
}

async fn acknowledge(asked: &Asked) {
    if let Err(error) = asked.acknowledge(Opening::Nothing).await {
        tracing::warn!(%error, "could not acknowledge an interaction");
    }
}

/// Somebody wrote in a channel: where that is a terminal's thread and they type there, it is typed.
pub(crate) async fn heard(message: &serenity::Message, data: &Data) {
    let Some(guild) = message.guild_id.map(|guild| GuildId(guild.get())) else { return };
    let Some(session) = data.hosts.terminals().in_thread(guild, message.channel_id.get()) else { return };
    let by = UserId(message.author.id.get());
    // What Discord itself says there, as of a thread's new name, nobody typed.
    if message.author.bot || !matches!(message.kind, MessageType::Regular | MessageType::InlineReply) {
        return;
    }
    session.is_scrolled();
    if !session.hears(by) || message.content.is_empty() {
        return;
    }
    let _turn = session.turn().await;
    let typed = async {
        let Some(actor) = jarvis_heard::actor(&data.rest, guild, by).await? else { return Ok(()) };
        type_in(data, &session, &actor, &[Typed::Line(message.content.clone())]).await
    };
    if let Err(error) = typed.await {
        tracing::info!(terminal.id = %session.id(), "something was not typed: {error}");
        session.refuses(&error);
    }
}

/// Types for somebody, if they may at this moment. Should that be who opened it, and they may no longer, it ends.
async fn type_in(data: &Data, session: &Arc<Session>, actor: &Actor, typed: &[Typed]) -> Result {
    let pass = match data.hub.pass(actor, session.action()?).await {
        Ok(pass) => pass,
        Err(error) => {
            if matches!(error, Error::Forbidden { .. } | Error::Off { .. }) && actor.user == session.by() {
                session.revoke();
            }
            return Err(error);
        }
    };
    for typed in typed {
        if let Typed::Unseen(password) = typed
            && session.hears(actor.user)
        {
            data.hosts.keep_unseen(session, password).await?;
        }
        session.type_in(&pass, typed)?;
    }
    data.hosts.note_typing(session).await;
    Ok(())
}

/// An entry of its own for what ended by itself: who opened it, as they are now, did not end it.
pub(crate) async fn record_end(hub: &Hub, session: &Session) -> Result {
    let Some(action) = session.action().ok().filter(|_| session.ended_by_itself()) else { return Ok(()) };
    let Some(actor) = hub.stand_in(session.guild(), session.by(), "Terminal").await? else { return Ok(()) };
    let end = hosts::EndTerminal { server: action.server, terminal: session.id().to_string() };
    hub.perform(actor, end).ended().await;
    Ok(())
}
