//! Presses that Discord's own checks would have stopped: for seeing that a bot does not lean on them.
//!
//! **Invariant:** only what was pressed is made up. Who presses, where, and what they are there is as ever, and the bot's answer is
//! judged as ever.

use crate::Sandbox;
use crate::errors::{Answer, ApiError, Unknown};
use crate::rules::components::BUTTON;
use crate::snowflake::{self, Id};
use crate::world::World;
use crate::world::interactions::{Asked, COMPONENT};
use serde_json::{Value, json};

/// A press of a button that need not be there.
#[derive(Debug, Clone)]
pub struct ForgedPress {
    /// Who presses: somebody's id.
    pub by: String,
    /// Where: a channel's id.
    pub channel: String,
    /// The message that is said to hold the button, as a client saw it; it need not be there any more, or anywhere.
    pub message: Value,
    /// The button.
    pub custom_id: String,
}

impl Sandbox {
    /// Tells the bot of such a press. The answer is the interaction's id; none where the person is not there.
    pub fn forge_press(&self, press: &ForgedPress) -> Option<String> {
        self.server.act(|world| world.forge(press)).ok().map(|id| id.to_string())
    }

    /// Who owns the guild that a channel is in.
    pub fn owner_of(&self, channel_id: &str) -> Option<String> {
        let channel: Id = channel_id.parse().ok()?;
        self.server.look(|world| {
            let guild = world.channels.get(&channel)?.guild?;
            world.guilds.get(&guild).map(|guild| guild.owner.to_string())
        })
    }
}

impl World {
    fn forge(&mut self, press: &ForgedPress) -> Answer<Id> {
        let id = |text: &str| text.parse::<Id>().map_err(|_| ApiError::unknown(Unknown::Channel));
        let (user, channel) = (id(&press.by)?, id(&press.channel)?);
        self.channel_for(channel, user, 0)?;
        let message = press.message.get("id").and_then(snowflake::parse).unwrap_or(0);
        let mut shown = press.message.clone();
        if let Some(shown) = shown.as_object_mut() {
            // A client is told these with the event; they are no part of a message.
            shown.retain(|field, _| !["guild_id", "member", "nonce"].contains(&field.as_str()));
        }
        let asked = Asked {
            kind: COMPONENT,
            data: json!({"custom_id": press.custom_id, "component_type": BUTTON, "id": 1}),
            metadata: json!({"interacted_message_id": message.to_string()}),
            source: Some(message).filter(|message| self.message(channel, *message).is_ok()),
            shown,
            ..Asked::default()
        };
        self.open(user, channel, &Value::Null, asked)?;
        self.interactions.keys().next_back().copied().ok_or_else(|| ApiError::unknown(Unknown::Interaction))
    }
}
