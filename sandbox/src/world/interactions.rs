//! Interactions: what a person did, waiting for the bot's answer.
//!
//! **Invariant:** an interaction is acknowledged once, within three seconds; its token then lives fifteen minutes.

use super::attachments::Upload;
use super::{Audience, Effect, World};
use crate::chance;
use crate::clock::Millis;
use crate::errors::{Answer, ApiError, Unknown};
use crate::snowflake::{self, Id};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::time::Instant;

pub(crate) const COMMAND: u64 = 2;
pub(crate) const COMPONENT: u64 = 3;
pub(crate) const AUTOCOMPLETE: u64 = 4;
pub(crate) const MODAL_SUBMIT: u64 = 5;

/// The bot must acknowledge within this.
pub(crate) const ACKNOWLEDGE_WITHIN: Millis = 3_000;
/// How long an interaction's token can be used.
pub(crate) const TOKEN_LASTS: Millis = 15 * 60 * 1_000;
/// How long an interaction is remembered, so that a late use can be named for what it is.
const REMEMBERED: Millis = 2 * TOKEN_LASTS;
/// How many acknowledgements are measured before the oldest is forgotten.
pub(crate) const MEASURED: usize = 100_000;
/// The largest file the bot may send in answer.
const ATTACHMENT_SIZE_LIMIT: u64 = 10 * 1024 * 1024;

#[derive(Debug)]
pub(crate) struct Interaction {
    pub(crate) id: Id,
    pub(crate) token: String,
    pub(crate) kind: u64,
    pub(crate) user: Id,
    pub(crate) guild: Option<Id>,
    pub(crate) channel: Id,
    /// The client's own word for it, echoed in the events it gets.
    pub(crate) nonce: Value,
    pub(crate) made_at: Millis,
    /// The same moment, for measuring.
    pub(crate) made: Instant,
    /// The callback type it was acknowledged with.
    pub(crate) acked: Option<u64>,
    /// False when no gateway session of the bot was there to be told.
    pub(crate) delivered: bool,
    /// True when a fault kept the bot from acknowledging it, or from knowing that it had.
    pub(crate) excused: bool,
    /// What the message that answers says it was asked by.
    pub(crate) metadata: Value,
    /// 1 to 3 for the three types of commands.
    pub(crate) command_kind: u64,
    /// For an autocomplete, the type of the option that is typed.
    pub(crate) focused_kind: u64,
    /// The message whose component was used.
    pub(crate) source: Option<Id>,
    /// The message `@original` means.
    pub(crate) original: Option<Id>,
    pub(crate) followups: Vec<Id>,
    /// The form the person was shown, until they send it.
    pub(crate) modal: Option<Value>,
}

/// What the four kinds of interactions differ in.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) kind: u64,
    pub(crate) data: Value,
    pub(crate) metadata: Value,
    pub(crate) command_kind: u64,
    pub(crate) focused_kind: u64,
    pub(crate) source: Option<Id>,
    /// The message as the bot is told of it where it is not there, or not as it is.
    pub(crate) shown: Value,
}

/// A person's `POST /interactions`.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) user: Id,
    pub(crate) guild: Option<Id>,
    pub(crate) channel: Id,
    pub(crate) body: &'a Value,
    pub(crate) files: Vec<Upload>,
}

impl World {
    /// A person uses a command, a component or a form.
    pub(crate) fn interact(&mut self, user: Id, body: &Value, files: Vec<Upload>) -> Answer<()> {
        self.forget_old();
        let channel = body.get("channel_id").and_then(snowflake::parse).unwrap_or(0);
        let place = self.channel_for(channel, user, 0)?;
        let ask = Ask { user, guild: place.guild, channel, body, files };
        if body.get("application_id").and_then(snowflake::parse) != Some(self.application.id) {
            return Err(ApiError::unknown(Unknown::Application));
        }
        let asked = match body.get("type").and_then(Value::as_u64) {
            Some(COMMAND) => self.invoke(ask, COMMAND)?,
            Some(COMPONENT) => self.press(&ask)?,
            Some(AUTOCOMPLETE) => self.invoke(ask, AUTOCOMPLETE)?,
            Some(MODAL_SUBMIT) => self.submit(ask)?,
            _ => return Err(ApiError::field("type", "BASE_TYPE_CHOICES", "Value must be one of {2, 3, 4, 5}.")),
        };
        self.open(user, channel, body.get("nonce").unwrap_or(&Value::Null), asked)
    }

    pub(crate) fn open(&mut self, user: Id, channel: Id, nonce: &Value, asked: Asked) -> Answer<()> {
        let guild = self.channel(channel)?.guild;
        let id = self.next_id();
        let secret = chance::token(48).map_err(|_| ApiError::new(500, 0, "500: Internal Server Error"))?;
        let token = URL_SAFE_NO_PAD.encode(format!("interaction:{id}:{secret}"));
        let owners = json!({"0": guild.unwrap_or(0).to_string()});
        let mut metadata = json!({"id": id.to_string(), "type": asked.kind, "user": self.user_json(user), "authorizing_integration_owners": owners});
        if let (Value::Object(all), Value::Object(more)) = (&mut metadata, asked.metadata) {
            all.extend(more);
        }
        let mut told = json!({
            "id": id.to_string(), "application_id": self.application.id.to_string(), "type": asked.kind,
            "data": asked.data, "channel_id": channel.to_string(), "token": token, "version": 1,
            "app_permissions": self.permissions(self.application.id, channel).to_string(), "locale": "en-US",
            "entitlements": [], "authorizing_integration_owners": owners,
            "context": u8::from(guild.is_none()), "attachment_size_limit": ATTACHMENT_SIZE_LIMIT,
            "channel": self.channel_seen_by(channel, user),
        });
        if let Some(guild) = guild {
            told["guild_id"] = json!(guild.to_string());
            told["guild_locale"] = json!("en-US");
            told["guild"] = json!({"id": guild.to_string(), "locale": "en-US", "features": []});
            let mut member = self.member_json(guild, user).unwrap_or_default();
            member["permissions"] = json!(self.permissions(user, channel).to_string());
            told["member"] = member;
        } else {
            told["user"] = self.user_json(user);
        }
        if let Some(source) = asked.source {
            told["message"] = self.message_json(self.message(channel, source)?, self.application.id);
        } else if !asked.shown.is_null() {
            told["message"] = asked.shown;
        }
        let interaction = Interaction {
            id,
            token,
            kind: asked.kind,
            user,
            guild,
            channel,
            made_at: self.now,
            made: Instant::now(),
            acked: None,
            delivered: true,
            excused: false,
            metadata,
            command_kind: asked.command_kind,
            focused_kind: asked.focused_kind,
            source: asked.source,
            original: None,
            followups: Vec::new(),
            modal: None,
            nonce: nonce.clone(),
        };
        self.interactions.insert(id, interaction);
        self.tell("INTERACTION_CREATE", Audience::User(user), json!({"id": id.to_string(), "nonce": nonce}));
        self.tell("INTERACTION_CREATE", Audience::Bot(guild), told);
        self.effects.push(Effect::Await(id));
        Ok(())
    }

    /// A channel as an interaction shows it: with what the person may do there.
    pub(crate) fn channel_seen_by(&self, channel: Id, user: Id) -> Value {
        let Some(found) = self.channels.get(&channel) else { return Value::Null };
        let mut json = self.channel_json(found);
        json["permissions"] = json!(self.permissions(user, channel).to_string());
        json["app_permissions"] = json!(self.permissions(self.application.id, channel).to_string());
        json
    }

    /// The three seconds are over: the person is told if nothing came, and the bot is accused if it was asked.
    pub(crate) fn overdue(&mut self, id: Id) {
        let Some(interaction) = self.interactions.get(&id).filter(|interaction| interaction.acked.is_none()) else {
            return;
        };
        let blamed = interaction.delivered && !interaction.excused;
        let (user, kind) = (interaction.user, interaction.kind);
        let data = json!({"id": id.to_string(), "nonce": interaction.nonce, "reason_code": 2});
        self.tell("INTERACTION_FAILURE", Audience::User(user), data);
        if blamed {
            let detail = format!("interaction {id} (type {kind}) was not acknowledged within {ACKNOWLEDGE_WITHIN} ms");
            self.accuse("interaction.unacknowledged", detail);
        }
    }

    /// The interaction a token belongs to.
    pub(crate) fn by_token(&self, token: &str) -> Option<&Interaction> {
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let id: Id = plain.strip_prefix("interaction:")?.split(':').next()?.parse().ok()?;
        self.interactions.get(&id).filter(|interaction| interaction.token == token)
    }

    /// A fault struck an acknowledgement: what follows from that is not the bot's doing.
    pub(crate) fn excuse(&mut self, id: Id) {
        if let Some(interaction) = self.interactions.get_mut(&id) {
            interaction.excused = true;
        }
    }

    /// Nobody is there any more who could have acknowledged these.
    pub(crate) fn excuse_unacknowledged(&mut self) {
        self.interactions.values_mut().filter(|it| it.acked.is_none()).for_each(|it| it.excused = true);
    }

    pub(crate) fn interaction_mut(&mut self, id: Id) -> Answer<&mut Interaction> {
        self.interactions.get_mut(&id).ok_or_else(|| ApiError::unknown(Unknown::Interaction))
    }

    fn forget_old(&mut self) {
        let oldest = self.now.saturating_sub(REMEMBERED);
        while let Some(first) = self.interactions.first_entry() {
            if first.get().made_at >= oldest {
                break;
            }
            first.remove();
        }
    }
}
