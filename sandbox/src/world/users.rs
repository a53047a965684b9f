//! Accounts, the bot's among them, and the application that owns the bot.

use super::World;
use crate::snowflake::Id;
use serde_json::{Value, json};

/// Flags of an application that has all three privileged intents switched on, for bots in under 100 guilds.
const PRIVILEGED_INTENTS_LIMITED: u64 = GUILD_PRESENCES_LIMITED | GUILD_MEMBERS_LIMITED | MESSAGE_CONTENT_LIMITED;
/// The one for what members do.
const GUILD_PRESENCES_LIMITED: u64 = 1 << 13;
/// The one for who is a member.
const GUILD_MEMBERS_LIMITED: u64 = 1 << 15;
/// The one for the text of messages.
const MESSAGE_CONTENT_LIMITED: u64 = 1 << 19;

#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) bot: bool,
    /// Empty for people nobody acts as.
    pub(crate) token: String,
}

/// The bot's application. Its id is also the id of the bot's account, as for every application made since 2016.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its page")]
#[derive(Debug, Clone)]
pub(crate) struct Application {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) verify_key: String,
    pub(crate) owner: Id,
    /// Whether it has been granted `MESSAGE_CONTENT`; REST answers are empty without it, too.
    pub(crate) reads_content: bool,
    /// Whether it means to ping nobody but those it names.
    pub(crate) pings_by_name: bool,
    /// Whether it has been granted `GUILD_MEMBERS`; it may not list members without it.
    pub(crate) sees_members: bool,
    /// Whether it has been granted `GUILD_PRESENCES`.
    pub(crate) sees_presences: bool,
}

impl Application {
    /// What its page says of it: which privileged intents are switched on.
    fn flags(&self) -> u64 {
        let content = if self.reads_content { 0 } else { MESSAGE_CONTENT_LIMITED };
        let members = if self.sees_members { 0 } else { GUILD_MEMBERS_LIMITED };
        let presences = if self.sees_presences { 0 } else { GUILD_PRESENCES_LIMITED };
        PRIVILEGED_INTENTS_LIMITED & !content & !members & !presences
    }
}

impl User {
    pub(crate) fn can_act(&self) -> bool {
        !self.token.is_empty()
    }

    pub(crate) fn json(&self) -> Value {
        let (discriminator, global_name) = if self.bot { ("0042", Value::Null) } else { ("0", json!(self.name)) };
        let mut user = json!({
            "id": self.id.to_string(), "username": self.name, "discriminator": discriminator,
            "global_name": global_name, "avatar": null, "avatar_decoration_data": null, "banner": null,
            "accent_color": null, "public_flags": 0, "flags": 0, "primary_guild": null,
        });
        if self.bot {
            user["bot"] = json!(true);
        }
        user
    }

    /// What only the account itself is told.
    pub(crate) fn private_json(&self) -> Value {
        let mut user = self.json();
        user["verified"] = json!(true);
        user["mfa_enabled"] = json!(self.bot);
        user["locale"] = json!("en-US");
        user["email"] = Value::Null;
        user["premium_type"] = json!(0);
        user
    }
}

impl World {
    pub(crate) fn user_json(&self, id: Id) -> Value {
        match self.users.get(&id) {
            Some(user) => user.json(),
            None => {
                json!({"id": id.to_string(), "username": "Deleted User", "discriminator": "0000", "global_name": null,
                "avatar": null, "public_flags": 0, "flags": 0, "primary_guild": null})
            }
        }
    }

    pub(crate) fn user_of_token(&self, token: &str) -> Option<&User> {
        // Comparing secrets in a time that depends on them is harmless here: everybody on the machine may ask for them.
        // The bot asks most, and there may be a hundred thousand others.
        let bot = self.users.get(&self.application.id).into_iter();
        bot.chain(self.users.values()).find(|user| user.can_act() && user.token == token)
    }

    pub(crate) fn application_json(&self) -> Value {
        let application = &self.application;
        json!({
            "id": application.id.to_string(), "name": application.name, "icon": null, "description": "", "type": null,
            "summary": "", "bot_public": true, "bot_require_code_grant": false, "verify_key": application.verify_key,
            "flags": application.flags(), "flags_new": application.flags().to_string(), "hook": true,
            "owner": self.user_json(application.owner), "team": null, "redirect_uris": [], "tags": [],
            "interactions_endpoint_url": null, "role_connections_verification_url": null, "event_webhooks_status": 1,
            "approximate_guild_count": self.guilds.len(), "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0, "explicit_content_filter": 0, "eligible_oauth2_scopes": [],
            "bot": self.user_json(application.id), "rpc_origins": [],
            "integration_types_config": {"0": {"oauth2_install_params": {"scopes": ["applications.commands", "bot"],
                "permissions": super::permissions::BOT.to_string()}}},
        })
    }

    /// What READY says about the application.
    pub(crate) fn partial_application(&self) -> Value {
        json!({"id": self.application.id.to_string(), "flags": self.application.flags()})
    }
}
