//! A message of Discord's, as what it says: its text, embeds, card, stickers and files. Nothing is believed of it.

use base::Millis;
use poise::serenity_prelude::Timestamp;
use serde_json::Value;
use store::tickets::{Embed, NewFile, NewMessage, Piece, Says};

/// "This message is a card": the library that hears messages loses what is in one.
const COMPONENTS_V2: u64 = 1 << 15;
/// A card within a card within …; Discord takes no more.
const DEEP: usize = 6;
/// Pieces of a card.
const PIECES: usize = 200;

/// Where a message was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// It was heard, and cards came without what is in them.
    Heard,
    /// It was read as it stands.
    History,
}

/// What a message says; none where that cannot be read.
pub(crate) fn said(message: &Value, from: From) -> Option<NewMessage> {
    let author = message.get("author").filter(|author| author.is_object())?;
    let forwarded = list(&message["message_snapshots"]).map(|one| &one["message"]);
    let mut says = Says { content: content(message), ..Says::default() };
    says.embeds = list(&message["embeds"]).map(embed).collect();
    says.embeds.extend(forwarded.clone().filter(|one| !text(one, "content").is_empty()).map(|one| Embed {
        author: "forwarded".to_owned(),
        text: text(one, "content"),
        ..Embed::default()
    }));
    says.embeds.extend(poll(&message["poll"]));
    pieces(&message["components"], DEEP, &mut says.card);
    says.stickers = list(&message["sticker_items"]).map(|one| text(one, "name")).collect();
    let files = list(&message["attachments"]).chain(forwarded.flat_map(|one| list(&one["attachments"])));
    let is_card = message["flags"].as_u64().unwrap_or_default() & COMPONENTS_V2 != 0;
    let name = ["global_name", "username"].iter().map(|field| text(author, field)).find(|name| !name.is_empty());
    let reactions = message["reactions"].as_array().map(|all| {
        let count = |one: &Value| one["count"].as_i64().unwrap_or_default();
        all.iter().filter_map(|one| Some((emoji(&one["emoji"])?, count(one)))).collect()
    });
    Some(NewMessage {
        message: id(&message["id"])?,
        author: id(&author["id"])?,
        name: name.unwrap_or_default(),
        is_bot: author["bot"].as_bool().unwrap_or_default(),
        answers: id(&message["message_reference"]["message_id"]).filter(|_| message["type"].as_u64() == Some(19)),
        says,
        edited: moment(&message["edited_timestamp"]),
        partial: from == From::Heard && is_card,
        files: files.filter_map(file).collect(),
        // What stands there has none where none are told.
        reactions: reactions.or_else(|| (from == From::History).then(Vec::new)),
    })
}

/// Its text; of what Discord itself says, in words.
fn content(message: &Value) -> String {
    let whom = || list(&message["mentions"]).filter_map(|one| id(&one["id"])).map(|id| format!("<@{id}>"));
    let whom = || whom().collect::<Vec<_>>().join(", ");
    match message["type"].as_u64().unwrap_or_default() {
        1 => format!("(brought {} along)", whom()),
        2 => format!("(had {} leave)", whom()),
        4 => format!("(called it: {})", text(message, "content")),
        6 => "(pinned a message)".to_owned(),
        18 | 21 => "(a thread began)".to_owned(),
        _ => text(message, "content"),
    }
}

fn embed(embed: &Value) -> Embed {
    Embed {
        author: text(&embed["author"], "name"),
        title: text(embed, "title"),
        url: text(embed, "url"),
        text: text(embed, "description"),
        fields: list(&embed["fields"]).map(|field| (text(field, "name"), text(field, "value"))).collect(),
        footer: text(&embed["footer"], "text"),
    }
}

fn poll(poll: &Value) -> Option<Embed> {
    let question = text(&poll["question"], "text");
    let answers = list(&poll["answers"]).map(|one| text(&one["poll_media"], "text")).collect::<Vec<_>>().join("\n");
    (!question.is_empty()).then(|| Embed {
        author: "a poll".to_owned(),
        title: question,
        text: answers,
        ..Embed::default()
    })
}

fn pieces(components: &Value, deep: usize, all: &mut Vec<Piece>) {
    for one in list(components) {
        if deep == 0 || all.len() >= PIECES {
            return;
        }
        match one["type"].as_u64().unwrap_or_default() {
            2 => {
                let label = Some(text(one, "label")).filter(|label| !label.is_empty());
                let label = label.or_else(|| emoji(&one["emoji"])).unwrap_or_default();
                all.push(Piece::Button(label, one["url"].as_str().map(str::to_owned)));
            }
            3 | 5..=8 => all.push(Piece::Menu(text(one, "placeholder"))),
            10 => all.push(Piece::Text(text(one, "content"))),
            11 => all.push(Piece::Picture(text(one, "description"))),
            12 => all.extend(list(&one["items"]).map(|item| Piece::Picture(text(item, "description")))),
            13 => all.push(Piece::File(text(one, "name"))),
            14 => all.push(Piece::Line),
            _ => {
                pieces(&one["components"], deep - 1, all);
                pieces(&Value::Array(one.get("accessory").cloned().into_iter().collect()), deep - 1, all);
            }
        }
    }
}

fn file(file: &Value) -> Option<NewFile> {
    Some(NewFile {
        id: id(&file["id"])?,
        name: Some(text(file, "filename")).filter(|name| !name.is_empty()).unwrap_or_else(|| "unnamed".to_owned()),
        declared: text(file, "content_type"),
        size: file["size"].as_u64().unwrap_or_default(),
        url: text(file, "url"),
    })
}

/// An emoji as it is written.
pub(crate) fn emoji(emoji: &Value) -> Option<String> {
    let name = text(emoji, "name");
    if id(&emoji["id"]).is_some() { Some(format!(":{name}:")) } else { Some(name).filter(|name| !name.is_empty()) }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> + Clone {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn id(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn moment(value: &Value) -> Option<Millis> {
    let at = Timestamp::parse(value.as_str()?).ok()?;
    Some(Millis(at.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_card_is_read_in_its_order_and_one_that_is_odd_does_no_harm() {
        let mut deep = json!([{ "type": 10, "content": "deep" }]);
        for _ in 0..50 {
            deep = json!([{ "type": 17, "components": deep }]);
        }
        let message = json!({
            "id": "7", "author": { "id": "8", "username": "ann" }, "flags": 1 << 15, "type": 0, "content": "",
            "components": [{ "type": 17, "components": [
                { "type": 10, "content": "**Hello**" },
                { "type": 9, "components": [{ "type": 10, "content": "row" }], "accessory": { "type": 2, "label": "Go" } },
                { "type": 14 },
                { "type": 1, "components": [{ "type": 2, "label": "Site", "url": "https://a.example" }, { "type": 3, "placeholder": "Pick" }] },
                { "type": 12, "items": [{ "description": "a cat" }] }, { "type": 99 }, "no object",
            ] }, deep[0]],
        });
        let said = said(&message, From::History).unwrap();
        let text = |text: &str| Piece::Text(text.to_owned());
        assert_eq!(
            said.says.card,
            [
                text("**Hello**"),
                text("row"),
                Piece::Button("Go".to_owned(), None),
                Piece::Line,
                Piece::Button("Site".to_owned(), Some("https://a.example".to_owned())),
                Piece::Menu("Pick".to_owned()),
                Piece::Picture("a cat".to_owned()),
            ]
        );
        assert!(!said.partial && super::said(&message, From::Heard).unwrap().partial);
        assert!(super::said(&json!({ "id": "7" }), From::History).is_none());
    }
}
