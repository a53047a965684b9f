//! What a message says, as it is kept: text, embeds, the pieces of a card, stickers. It is data, and nothing in it is markup.

use serde::{Deserialize, Serialize};

/// What a message says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Says {
    /// Its text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub content: String,
    /// What stands below it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub embeds: Vec<Embed>,
    /// The pieces of a card, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub card: Vec<Piece>,
    /// What its stickers are called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stickers: Vec<String>,
}

/// An embed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Embed {
    /// Who stands on top.
    pub author: String,
    /// Its title.
    pub title: String,
    /// Where that leads.
    pub url: String,
    /// Its text.
    pub text: String,
    /// Names and values.
    pub fields: Vec<(String, String)>,
    /// What stands at its foot.
    pub footer: String,
}

/// A piece of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// Text.
    Text(String),
    /// A line between others.
    Line,
    /// A button, and where it leads.
    Button(String, Option<String>),
    /// A menu, by what it asks.
    Menu(String),
    /// A picture, in words.
    Picture(String),
    /// A file, by its name.
    File(String),
}

impl Says {
    /// Whether it says nothing at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// All of its texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let embeds = self.embeds.iter().flat_map(|embed| {
            let fields = embed.fields.iter().flat_map(|(name, value)| [name, value]);
            [&embed.author, &embed.title, &embed.text, &embed.footer].into_iter().chain(fields)
        });
        let card = self.card.iter().filter_map(|piece| match piece {
            Piece::Text(text) | Piece::Menu(text) | Piece::Picture(text) | Piece::File(text) => Some(text),
            Piece::Button(label, _) => Some(label),
            Piece::Line => None,
        });
        [&self.content].into_iter().chain(embeds).chain(card).chain(&self.stickers).map(String::as_str)
    }

    /// The same with every text as this makes it.
    pub fn map(mut self, mut change: impl FnMut(&mut String)) -> Self {
        change(&mut self.content);
        self.stickers.iter_mut().for_each(&mut change);
        for embed in &mut self.embeds {
            for text in [&mut embed.author, &mut embed.title, &mut embed.url, &mut embed.text, &mut embed.footer] {
                change(text);
            }
            for (name, value) in &mut embed.fields {
                change(name);
                change(value);
            }
        }
        for piece in &mut self.card {
            match piece {
                Piece::Text(text) | Piece::Menu(text) | Piece::Picture(text) | Piece::File(text) => change(text),
                Piece::Button(label, link) => {
                    change(label);
                    link.iter_mut().for_each(&mut change);
                }
                Piece::Line => {}
            }
        }
        self
    }
}
