//! Exceptions to the guild's permissions in one channel.
//!
//! **Invariant:** nobody allows or denies in a channel what they do not hold themselves.

use super::World;
use super::permissions::{ADMINISTRATOR, ALL, Bits, MANAGE_ROLES, Overwrite, Target};
use crate::errors::{Answer, ApiError, Form, Unknown};
use crate::rules::channels::check_overwrite;
use crate::snowflake::Id;
use serde_json::{Value, json};

impl World {
    pub(crate) fn set_overwrite(&mut self, id: Id, actor: Id, target: Id, body: Option<&Value>) -> Answer<()> {
        let channel = self.channel_for(id, actor, MANAGE_ROLES)?;
        let Some(guild) = channel.guild else {
            return Err(ApiError::new(403, 50003, "Cannot execute action on a DM channel"));
        };
        let overwrite = match body {
            None if !channel.overwrites.iter().any(|found| found.id == target) => {
                return Err(ApiError::unknown(Unknown::Overwrite));
            }
            None => None,
            Some(body) => {
                let mut body = body.clone();
                let mut form = Form::default();
                if body.get("type").is_none_or(Value::is_null) {
                    form.required("type");
                }
                check_overwrite(&mut form, "", &body);
                form.finish()?;
                if let Some(body) = body.as_object_mut() {
                    body.insert("id".to_owned(), json!(target.to_string()));
                }
                let overwrite = Overwrite::parse(&body).ok_or_else(|| ApiError::unknown(Unknown::Overwrite))?;
                match overwrite.target {
                    Target::Role => drop(self.role(guild, target)?),
                    Target::Member => drop(self.member(guild, target)?),
                }
                // Nobody allows or denies what they do not hold themselves.
                Self::needs(self.permissions(actor, id), overwrite.allow | overwrite.deny)?;
                Some(overwrite)
            }
        };
        let channel = self.channel_mut(id)?;
        channel.overwrites.retain(|found| found.id != target);
        channel.overwrites.extend(overwrite);
        self.tell_channel("CHANNEL_UPDATE", id);
        Ok(())
    }

    /// The overwrites a channel is made or changed with; `MANAGE_ROLES` only administrators allow or deny.
    pub(super) fn may_overwrite(held: Bits, body: &Value) -> Answer<()> {
        let wanted = body.get("permission_overwrites").and_then(Value::as_array).into_iter().flatten();
        let wanted = wanted.filter_map(Overwrite::parse).fold(0, |bits, one| bits | one.allow | one.deny);
        let beyond = wanted & MANAGE_ROLES != 0 && held & ADMINISTRATOR == 0;
        if beyond { Err(ApiError::missing_permissions()) } else { Self::needs(held, wanted & ALL) }
    }
}
