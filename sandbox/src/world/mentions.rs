//! Whom a message pings: what its text names, as far as `allowed_mentions` and the author's permissions let it.

use super::World;
use super::permissions::MENTION_EVERYONE;
use crate::snowflake::{self, Id};
use serde_json::Value;

#[derive(Debug, Clone, Default)]
pub(crate) struct Mentions {
    pub(crate) everyone: bool,
    pub(crate) users: Vec<Id>,
    pub(crate) roles: Vec<Id>,
}

impl World {
    /// `replied` is the author of the message that is answered.
    pub(crate) fn mentions(
        &self,
        channel: Id,
        author: Id,
        text: &str,
        allowed: &Value,
        replied: Option<Id>,
    ) -> Mentions {
        let allows = |kind: &str, id: Id| {
            let named = |list: &str| allowed.get(list).and_then(Value::as_array);
            allowed.is_null()
                || named("parse").is_some_and(|parse| parse.iter().any(|one| one == kind))
                || named(kind).is_some_and(|ids| ids.iter().any(|one| snowflake::parse(one) == Some(id)))
        };
        let guild = self.channels.get(&channel).and_then(|channel| channel.guild);
        let may_everyone = self.permissions(author, channel) & MENTION_EVERYONE != 0;
        let mut found = Mentions::default();
        let add = |list: &mut Vec<Id>, id: Id| {
            if !list.contains(&id) {
                list.push(id);
            }
        };
        for piece in text.split('<').skip(1).filter_map(|piece| piece.split_once('>')).map(|(inside, _)| inside) {
            let role = piece.strip_prefix("@&").and_then(|id| id.parse().ok());
            let user = piece.strip_prefix("@!").or_else(|| piece.strip_prefix('@')).and_then(|id| id.parse().ok());
            if let Some(id) = user.filter(|id| self.users.contains_key(id) && allows("users", *id)) {
                add(&mut found.users, id);
            } else if let Some(role) = role.and_then(|id| self.guilds.get(&guild?)?.roles.get(&id))
                && (role.mentionable || may_everyone)
                && allows("roles", role.id)
            {
                add(&mut found.roles, role.id);
            }
        }
        let names_all = text.contains("@everyone") || text.contains("@here");
        found.everyone = names_all && may_everyone && guild.is_some() && allows("everyone", 0);
        let pings_reply = allowed.get("replied_user").and_then(Value::as_bool).unwrap_or(allowed.is_null());
        if let Some(id) = replied.filter(|_| pings_reply) {
            add(&mut found.users, id);
        }
        found
    }
}
