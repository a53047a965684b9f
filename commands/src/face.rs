//! A card's face in one message: its small print, and the keys of its buttons. Here the last secret is masked.

use std::time::Duration;

use base::{Card, GuildId, Millis, card::Press, gate::Record};
use hub::Hub;
use poise::serenity_prelude::CreateAttachment;
use serde::{Deserialize, Serialize};

use crate::{card, form::Form};

/// A button can be pressed this long.
const BUTTON_LASTS: Duration = Duration::from_hours(168);
/// And where people come back to a card that nobody draws anew.
const LASTING: Duration = Duration::from_hours(400 * 24);

/// What stands behind a custom id.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Behind {
    Press(Press),
    Form(Form),
}

/// Draws one message's cards, and keeps each button's key the same from edit to edit.
pub(crate) struct Face {
    hub: Hub,
    keys: Vec<(Press, String)>,
}

/// A card, drawn.
pub(crate) struct Drawn {
    pub(crate) components: serde_json::Value,
    pub(crate) file: Option<CreateAttachment>,
}

impl Face {
    pub(crate) fn new(hub: &Hub) -> Self {
        Self { hub: hub.clone(), keys: Vec::new() }
    }

    /// Draws a card, without what the guild keeps secret: every card passes here, also one that was masked before something
    /// was added to it. A button whose key cannot be stored is left out: it could not work.
    pub(crate) async fn draw(&mut self, card: &Card, guild: GuildId) -> Drawn {
        let card = &card.clone().redacted(&self.hub.redactor(guild));
        let lasts = if card.lasting { LASTING } else { BUTTON_LASTS };
        for press in card::presses(card) {
            if self.key(&press).is_none() {
                match keep_for(&self.hub, guild, &Behind::Press(press.clone()), lasts).await {
                    Ok(key) => self.keys.push((press, key)),
                    Err(error) => tracing::error!(%error, "a button could not be stored"),
                }
            }
        }
        let components = card::draw(card, |press| self.key(press));
        let file = card.file.as_ref().map(|file| CreateAttachment::bytes(file.bytes.to_vec(), file.name.clone()));
        Drawn { components, file }
    }

    fn key(&self, press: &Press) -> Option<String> {
        self.keys.iter().find(|(known, _)| known == press).map(|(_, key)| key.clone())
    }
}

/// Stores what stands behind a custom id, without secrets; the answer is that id.
pub(crate) async fn keep(hub: &Hub, guild: GuildId, behind: &Behind) -> base::Result<String> {
    keep_for(hub, guild, behind, BUTTON_LASTS).await
}

async fn keep_for(hub: &Hub, guild: GuildId, behind: &Behind, lasts: Duration) -> base::Result<String> {
    let value = serde_json::to_value(behind).map_err(|error| base::Error::internal("keeping a button", error))?;
    let clean = hub.redactor(guild).clean_json(value);
    hub.store().keep_button(guild, &clean.to_string(), lasts).await
}

/// Adds the small print: the reference, the person, the time.
pub(crate) fn dress(mut card: Card, record: Option<&Record>, by: &str, now: Millis) -> Card {
    if let Some(record) = record {
        card = card.small(format!("ref {}", record.reference));
    }
    card.small(by).small(now.relative())
}
