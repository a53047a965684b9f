//! "Ask Jarvis about this": a message's own menu. What stands in it is material for the question, and nobody's order.

use base::Error;
use conversations::{AskJarvis, Attached, Holds};
use poise::serenity_prelude as serenity;
use serde_json::Value;
use serenity::http::Route;

use crate::{
    Context, Data, Result,
    asked::status,
    jarvis_heard::{File, read},
    perform::Perform,
    rest::Rank,
};

/// Files of a message that are read besides its text.
const FILES: usize = 3;
/// A component that is text.
const TEXT: u64 = 10;
/// Components stand in components no deeper than this.
const DEEPEST: usize = 8;

/// Ask Jarvis about a message, in a thread of its own.
#[poise::command(context_menu_command = "Ask Jarvis about this", guild_only)]
pub(crate) async fn ask_about(ctx: Context<'_>, message: serenity::Message) -> Result {
    let asked = ctx.asked()?;
    let asking = AskJarvis { channel: place(&ctx), ..AskJarvis::default() };
    // Nothing is fetched for somebody who may not.
    ctx.data().hub.check(&asked.actor, &asking).await?;
    let text = text(ctx.data(), &message).await?;
    if text.is_empty() && message.attachments.is_empty() {
        return Err(Error::Invalid("There is nothing in that message that I can read. Nothing was asked.".to_owned()));
    }
    let guild = asked.actor.guild;
    let author = &message.author.name;
    let mut files = Vec::new();
    if !text.is_empty() {
        let told = format!("from {author} (<@{}>), at {}\n\n{text}", message.author.id, message.timestamp);
        files.push(Attached { name: format!("message-{}.txt", message.id), holds: Holds::Text(told) });
    }
    for file in message.attachments.iter().take(FILES) {
        files.push(read(ctx.data(), guild, File::from(file)).await?);
    }
    let question = "What is this message about? Say what it means here, and what is to be done about it.".to_owned();
    ctx.perform(AskJarvis { question, files, ..asking }).await
}

/// The channel of its thread. A thread has no threads: the new one stands beside it.
fn place(ctx: &Context<'_>) -> u64 {
    let here = ctx.interaction.channel.as_ref();
    let parent = here.filter(|channel| channel.thread_metadata.is_some()).and_then(|channel| channel.parent_id);
    parent.unwrap_or(ctx.interaction.channel_id).get()
}

/// All that is written in a message. A card comes without its text, and is fetched: the library knows no such components.
async fn text(data: &Data, message: &serenity::Message) -> Result<String> {
    let mut texts = vec![message.content.clone()];
    for embed in &message.embeds {
        texts.extend([embed.title.clone(), embed.description.clone()].into_iter().flatten());
        texts.extend(embed.fields.iter().map(|field| format!("{}: {}", field.name, field.value)));
    }
    if texts.iter().all(|text| text.trim().is_empty()) {
        let route = Route::ChannelMessage { channel_id: message.channel_id, message_id: message.id };
        match data.rest.fetch::<Value>(route, None, Rank::Answer).await {
            Ok(whole) => collect(&whole["components"], &mut texts),
            Err(error) if matches!(status(&error), Some(403 | 404)) => {
                let sentence = "I may not read that message: it takes View Channel and Read Message History there. Nothing was asked.";
                return Err(Error::Invalid(sentence.to_owned()));
            }
            Err(error) => return Err(Error::internal("reading that message", error)),
        }
    }
    Ok(texts.into_iter().filter(|text| !text.trim().is_empty()).collect::<Vec<_>>().join("\n"))
}

/// The texts of components, in their order.
fn collect(components: &Value, texts: &mut Vec<String>) {
    fn below(components: &Value, texts: &mut Vec<String>, depth: usize) {
        for one in components.as_array().into_iter().flatten() {
            if one["type"] == TEXT {
                texts.extend(one["content"].as_str().map(str::to_owned));
            }
            if depth < DEEPEST {
                below(&one["components"], texts, depth + 1);
            }
        }
    }
    below(components, texts, 0);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_texts_of_a_card_are_read_in_their_order() {
        let text = |content: &str| json!({ "type": 10, "content": content });
        let row = json!({ "type": 1, "components": [{ "type": 2, "label": "Stop" }] });
        let section = json!({ "type": 9, "components": [text("two")] });
        let card = json!([{ "type": 17, "components": [text("one"), section, row, text("three")] }]);
        let mut texts = Vec::new();
        collect(&card, &mut texts);
        assert_eq!(texts, ["one", "two", "three"]);
        let name = ask_about().context_menu_name.unwrap();
        assert!(guilds::of_command(&name).is_some(), "it goes with the assistant");
    }
}
