//! Whether the role that is pinged can be pinged at all, and whether a button may give it: what the setup says of it.

use base::{Error, GuildId, Result, RoleId};
use store::streams::Settings;

use crate::{
    Streams,
    announce::card::Mention,
    members::{Members, Withheld},
};

/// What Discord's own settings call what it takes.
const PERMISSION: &str = "Mention @everyone, @here, and All Roles";

impl Streams {
    /// Judges who is pinged, and notes whether a button gives that role. The answer is what is to be said of it, a line each.
    ///
    /// # Errors
    /// Where it was `named` just now and is no role of this guild's, or nobody could say so.
    pub(super) async fn judge_mention(
        &self,
        guild: GuildId,
        named: Option<u64>,
        set: &mut Settings,
    ) -> Result<Vec<String>> {
        let (Some(role), Some(members)) = (set.mention, self.members.get()) else { return Ok(Vec::new()) };
        match judged(members.as_ref(), guild, role, set).await {
            Ok(Some(lines)) => Ok(lines),
            Ok(None) if named.is_some() => {
                Err(Error::Busy("The role to be pinged is none of this server's. Nothing was changed.".to_owned()))
            }
            Ok(None) => {
                set.mention_given = false;
                Ok(vec![
                    "! The role that is pinged is gone: nobody is. `/stream setup mention:` names another".to_owned(),
                ])
            }
            Err(error) if named.is_some() => Err(error),
            // What was judged before stands.
            Err(error) => {
                tracing::debug!("what the role that is pinged is could not be asked: {error}");
                Ok(Vec::new())
            }
        }
    }
}

async fn judged(
    members: &dyn Members,
    guild: GuildId,
    role: RoleId,
    set: &mut Settings,
) -> Result<Option<Vec<String>>> {
    let (mut lines, is_everyone) = (Vec::new(), role.0 == guild.0);
    let facts = if is_everyone { None } else { members.role(guild, role).await? };
    if facts.is_none() && !is_everyone {
        return Ok(None);
    }
    let is_mentionable = facts.as_ref().is_some_and(|facts| facts.mentionable);
    set.mention_given = facts.as_ref().is_some_and(|facts| facts.withheld.is_none());
    let is_pinged = is_mentionable || members.may_mention(guild, set.channel).await?;
    if let Some(why) = facts.and_then(|facts| facts.withheld) {
        let until = match why {
            Withheld::Managed => "",
            Withheld::NotBelow | Withheld::Powerful => " until that changes and `/stream setup mention:` names it anew",
        };
        let pinged = if is_pinged { "it is pinged, and " } else { "" };
        lines.push(format!("! <@&{role}> {}: {pinged}no button gives it{until}", said(why)));
    }
    if !is_pinged {
        let place = set.channel.map_or("here".to_owned(), |channel| format!("in <#{channel}>"));
        let name = Mention::of(guild, role).shown();
        let otherwise = if is_everyone { "" } else { ", or a role that everybody may mention" };
        lines.push(format!("! {name} is named and not pinged: that takes **{PERMISSION}** {place}{otherwise}"));
    }
    Ok(Some(lines))
}

/// Why no button gives a role, though it can be pinged.
fn said(why: Withheld) -> &'static str {
    match why {
        Withheld::Managed => "comes with an app, a subscription or a boost, which alone give it",
        Withheld::NotBelow => "is not below my own role",
        Withheld::Powerful => "comes with permissions that not everybody has",
    }
}
