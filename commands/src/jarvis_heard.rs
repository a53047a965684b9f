//! What people say to the assistant without a command: in its threads, by a mention, or in reply.
//!
//! **Invariant:** whoever speaks is looked up at that moment, and what they may not say is not heard.

use base::{Actor, Error, GuildId, UserId, Way, card::code};
use conversations::{AskJarvis, Attached, Holds, SayInConversation};
use hub::{Members, Outcome};
use poise::serenity_prelude::{self as serenity, MessageType};
use store::outbox::{NewPost, Pings, Urgency};

use crate::{Data, Discord, Result, rest::Rest};

/// More of a text file is not fetched.
const TEXT: u64 = 512 * 1024;
/// More of a picture is not.
const PICTURE: u64 = 4 * 1024 * 1024;
/// What a model may see.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];
/// What is text though Discord does not say so.
const TEXTS: [&str; 18] = [
    "log", "txt", "md", "yml", "yaml", "json", "toml", "ini", "conf", "cfg", "service", "sh", "py", "rs", "js", "ts",
    "csv", "xml",
];

/// A file that was attached, as Discord tells of it.
pub(crate) struct File<'a> {
    name: &'a str,
    url: &'a str,
    size: u64,
    media_type: Option<&'a str>,
}

impl<'a> From<&'a serenity::Attachment> for File<'a> {
    fn from(file: &'a serenity::Attachment) -> Self {
        Self {
            name: &file.filename,
            url: &file.url,
            size: u64::from(file.size),
            media_type: file.content_type.as_deref(),
        }
    }
}

/// Fetches what a model can read of a file.
pub(crate) async fn read(data: &Data, guild: GuildId, file: File<'_>) -> Result<Attached> {
    let media_type = file.media_type.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim().to_lowercase();
    let ending = file.name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    let name = file.name.to_owned();
    let is_text = media_type.starts_with("text/") || TEXTS.contains(&ending.as_str());
    let most = if PICTURES.contains(&media_type.as_str()) {
        PICTURE
    } else if is_text {
        TEXT
    } else {
        return Ok(Attached { name, holds: Holds::Nothing });
    };
    if file.size > most {
        let (size, most) = (base::measure::bytes(file.size), base::measure::bytes(most));
        return Err(Error::Invalid(format!("{} has {size}; at most {most} are read. Nothing was asked.", code(&name))));
    }
    let limit = usize::try_from(most).unwrap_or(usize::MAX);
    let bytes = data.hub.guilds().attached("file", file.url, limit).await?;
    let holds = if is_text {
        Holds::Text(String::from_utf8_lossy(&bytes).into_owned())
    } else {
        Holds::Picture { id: data.conversations.keep_picture(guild, &media_type, bytes), media_type }
    };
    Ok(Attached { name, holds })
}

/// Somebody wrote in a channel.
pub(crate) async fn heard(message: &serenity::Message, data: &Data) {
    let Some(guild) = message.guild_id.map(|guild| GuildId(guild.get())) else { return };
    if message.author.bot || !matches!(message.kind, MessageType::Regular | MessageType::InlineReply) {
        return;
    }
    if let Err(error) = hear(guild, message, data).await {
        tell(guild, message, data, &error).await;
    }
}

async fn hear(guild: GuildId, message: &serenity::Message, data: &Data) -> Result {
    let thread = message.channel_id.get();
    let known = data.conversations.is_thread(guild, thread);
    if !known && !is_called(message, data) {
        return Ok(());
    }
    if message.content.is_empty() && message.attachments.is_empty() && !is_called(message, data) {
        // Discord keeps its text from us, or there is none.
        return Ok(());
    }
    let conversation = if known { data.hub.store().conversation_in(guild, thread).await? } else { None };
    let user = UserId(message.author.id.get());
    let Some(actor) = actor(&data.rest, guild, user).await? else { return Ok(()) };
    let text = without_call(message, data);
    let id = Some(message.id.get());
    let may = AskJarvis { channel: thread, message: id, ..AskJarvis::default() };
    if !message.attachments.is_empty() {
        // Nothing is fetched for somebody who may not.
        data.hub.check(&actor, &may).await?;
    }
    let mut files = Vec::new();
    for file in &message.attachments {
        files.push(read(data, guild, File::from(file)).await?);
    }
    let mut performing = match conversation {
        Some(conversation) => {
            data.hub.perform(actor, SayInConversation { conversation: conversation.number, text, files, message: id })
        }
        None => data.hub.perform(actor, AskJarvis { question: text, files, ..may }),
    };
    match performing.ended().await.outcome {
        Outcome::Failed(error) => Err(error),
        Outcome::Waits(_) => Err(Error::Invalid(
            "This guild's policy asks for a yes before anybody talks to me. Use `/jarvis ask`, where it can be given."
                .to_owned(),
        )),
        Outcome::Done { .. } | Outcome::Left => Ok(()),
    }
}

/// Whether the bot is meant: by a mention, or because something of its own is answered.
fn is_called(message: &serenity::Message, data: &Data) -> bool {
    let Some(me) = data.rest.user() else { return false };
    let mine = |user: serenity::UserId| user == me;
    message.mentions.iter().any(|user| mine(user.id))
        || message.referenced_message.as_ref().is_some_and(|answered| mine(answered.author.id))
}

/// What was said, without whom it was said to.
fn without_call(message: &serenity::Message, data: &Data) -> String {
    let Some(me) = data.rest.user() else { return message.content.clone() };
    let text = message.content.replace(&format!("<@{me}>"), "").replace(&format!("<@!{me}>"), "");
    text.trim().to_owned()
}

/// Who wrote a message, as they are at this moment: Discord sends their roles with it, and not what those may.
pub(crate) async fn actor(rest: &Rest, guild: GuildId, user: UserId) -> Result<Option<Actor>> {
    let standing = Discord(rest.clone()).standing(guild, user).await?;
    Ok(standing.map(|standing| Actor {
        guild,
        user,
        name: standing.name,
        administrator: standing.administrator,
        roles: standing.roles,
        agent: None,
        way: Way::Message,
        reply_to: None,
    }))
}

/// Says under a message why it was not heard.
async fn tell(guild: GuildId, message: &serenity::Message, data: &Data, error: &Error) {
    if let Error::Internal { source, .. } = error {
        tracing::error!(error = format!("{error} {source:#}"), "a message was not heard");
    }
    let card = error.card().small(format!("for <@{}>", message.author.id)).redacted(&data.hub.redactor(guild));
    let key = format!("unheard {}", message.id);
    let (channel, answers) = (message.channel_id.get(), Some(message.id.get()));
    let post =
        NewPost { guild, channel, key: &key, urgency: Urgency::Result, card: &card, answers, pings: Pings::default() };
    if let Err(error) = data.hub.store().post(post).await {
        tracing::warn!("why a message was not heard is not said: {error}");
    }
}
