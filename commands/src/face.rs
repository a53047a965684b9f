//! A card's face in one message: its small print, and the keys of its buttons.

use std::time::Duration;

use base::{Card, GuildId, Millis, card::Choice, gate::Record};
use hub::Hub;
use poise::serenity_prelude::CreateAttachment;
use serde::{Deserialize, Serialize};
use store::Store;

use crate::{card, form::Form};

/// A button can be pressed this long.
const BUTTON_LASTS: Duration = Duration::from_hours(168);

/// What stands behind a custom id.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Behind {
    Press(base::card::Press),
    Form(Form),
}

/// Draws one message's cards, and keeps each button's key the same from edit to edit.
pub(crate) struct Face {
    store: Store,
    keys: Vec<(base::card::Press, String)>,
}

/// A card, drawn.
pub(crate) struct Drawn {
    pub(crate) components: serde_json::Value,
    pub(crate) file: Option<CreateAttachment>,
}

impl Face {
    pub(crate) fn new(hub: &Hub) -> Self {
        Self { store: hub.store().clone(), keys: Vec::new() }
    }

    /// Draws a card. A button whose key cannot be stored is left out: it could not work.
    pub(crate) async fn draw(&mut self, card: &Card, guild: GuildId) -> Drawn {
        for choice in card::choices(card) {
            if self.key(choice).is_none() {
                match keep(&self.store, guild, &Behind::Press(choice.press.clone())).await {
                    Ok(key) => self.keys.push((choice.press.clone(), key)),
                    Err(error) => tracing::error!(%error, "a button could not be stored"),
                }
            }
        }
        let components = card::draw(card, |choice| self.key(choice));
        let file = card.file.as_ref().map(|file| CreateAttachment::bytes(file.bytes.to_vec(), file.name.clone()));
        Drawn { components, file }
    }

    fn key(&self, choice: &Choice) -> Option<String> {
        self.keys.iter().find(|(press, _)| *press == choice.press).map(|(_, key)| key.clone())
    }
}

/// Stores what stands behind a custom id; the answer is that id.
pub(crate) async fn keep(store: &Store, guild: GuildId, behind: &Behind) -> base::Result<String> {
    let text = serde_json::to_string(behind).map_err(|error| base::Error::internal("keeping a button", error))?;
    store.keep_button(guild, &text, BUTTON_LASTS).await
}

/// Adds the small print: the reference, the person, the time.
pub(crate) fn dress(mut card: Card, record: Option<&Record>, by: &str, now: Millis) -> Card {
    if let Some(record) = record {
        card = card.small(format!("ref {}", record.reference));
    }
    card.small(by).small(now.relative())
}
