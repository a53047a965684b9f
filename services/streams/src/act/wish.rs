//! What a guild wants to be otherwise in how it tells of streams.

use base::{Error, GuildId, Result, RoleId, card::code};
use schedules::when::Zone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::streams::Settings;

use crate::{
    announce::{card::Mention, template},
    words,
};

/// What is no longer to be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Without {
    /// The channel: nothing is told any more where a follow names none of its own.
    Channel,
    /// The role that is pinged.
    Mention,
    /// The role of those who are live.
    LiveRole,
    /// The role that a member must hold.
    RequiredRole,
    /// What is said on top.
    Template,
    /// The role that a member must hold to have their own streams told of.
    MembersRole,
}

/// What is said of it; what is not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Wish {
    /// The id of the channel where streams are told of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<u64>,
    /// The id of the role that is pinged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mention: Option<u64>,
    /// What is said on top, with `{user}`, `{username}`, `{game}`, `{url}`, `{title}`, `{platform}` and `{channel}` in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// How long one channel is not told of again, such as `30m`; or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<String>,
    /// Hours in which nobody is pinged, such as `22:00-07:00`; or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet: Option<String>,
    /// The time zone of those hours, such as `Europe/Rome`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The id of the role that members have while they are live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_role: Option<u64>,
    /// Only these games or categories, with commas between them; or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub games: Option<String>,
    /// Only titles with one of these words, `*` for any letters; or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// Only streams with one of these tags; or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// Only members who hold the role of this id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_role: Option<u64>,
    /// Whether reruns are told of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reruns: Option<bool>,
    /// Whether premieres are told of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub premieres: Option<bool>,
    /// Whether members may have their own streams told of, with their connected account as the proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<bool>,
    /// The id of the role that they must hold for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members_role: Option<u64>,
    /// What is no longer to be set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without: Option<Without>,
}

impl Wish {
    /// Everything in it that somebody typed.
    pub(super) fn typed(&self) -> impl Iterator<Item = &str> {
        let all = [&self.template, &self.cooldown, &self.quiet, &self.zone, &self.games, &self.words, &self.tags];
        all.into_iter().flatten().map(String::as_str)
    }

    /// The settings as they are wanted.
    pub(super) fn of(&self, mut set: Settings) -> Result<Settings> {
        set.channel = self.channel.or(set.channel);
        set.mention = self.mention.map(RoleId).or(set.mention);
        set.live_role = self.live_role.map(RoleId).or(set.live_role);
        if let Some(typed) = &self.template {
            let wanted = if words::is_none(typed) { "" } else { typed.trim() };
            template::check(wanted)?;
            wanted.clone_into(&mut set.template);
        }
        if let Some(typed) = &self.cooldown {
            set.cooldown = words::cooldown(typed)?;
        }
        if let Some(typed) = &self.quiet {
            set.quiet = words::hours(typed)?;
        }
        if let Some(typed) = &self.zone {
            let zone: Zone = typed.trim().parse().map_err(|_| {
                Error::Invalid(format!("{} is no time zone; one is `Europe/Rome`. Nothing was changed.", code(typed)))
            })?;
            zone.as_str().clone_into(&mut set.zone);
        }
        for (typed, kept) in [
            (&self.games, &mut set.filters.games),
            (&self.words, &mut set.filters.words),
            (&self.tags, &mut set.filters.tags),
        ] {
            if let Some(typed) = typed {
                *kept = words::list(typed)?;
            }
        }
        set.filters.role = self.required_role.or(set.filters.role);
        set.filters.reruns = self.reruns.unwrap_or(set.filters.reruns);
        set.filters.premieres = self.premieres.unwrap_or(set.filters.premieres);
        set.members_own = self.members.unwrap_or(set.members_own);
        set.members_role = self.members_role.map(RoleId).or(set.members_role);
        match self.without {
            Some(Without::Channel) => set.channel = None,
            Some(Without::Mention) => set.mention = None,
            Some(Without::LiveRole) => set.live_role = None,
            Some(Without::RequiredRole) => set.filters.role = None,
            Some(Without::Template) => set.template.clear(),
            Some(Without::MembersRole) => set.members_role = None,
            None => {}
        }
        Ok(set)
    }
}

/// All that is set, a line each.
pub(super) fn shown(set: &Settings, guild: GuildId) -> Vec<String> {
    let mention = set.mention.map_or("nobody".to_owned(), |role| Mention::of(guild, role).shown());
    let mut lines = vec![match set.channel {
        Some(channel) => format!("announced in <#{channel}>"),
        None => "! There is no channel yet: `/stream setup channel:` says where streams are announced".to_owned(),
    }];
    lines.push(format!("pings {mention}"));
    if let Some(hours) = set.quiet {
        lines.push(format!("nobody at {} {}", base::hours::shown(hours), set.zone));
    }
    if !set.cooldown.is_zero() {
        lines.push(format!("at most once in {} for each channel", base::measure::age(set.cooldown)));
    }
    if let Some(role) = set.live_role {
        lines.push(format!("<@&{role}> while a member is live"));
    }
    let filters = &set.filters;
    for (what, of) in [("games", &filters.games), ("titles with", &filters.words), ("tags", &filters.tags)] {
        if !of.is_empty() {
            lines.push(format!("only {what} {}", of.iter().map(code).collect::<Vec<_>>().join(", ")));
        }
    }
    if let Some(role) = filters.role {
        lines.push(format!("only of holders of <@&{role}>"));
    }
    let also: Vec<&str> = [(filters.reruns, "reruns"), (filters.premieres, "premieres")]
        .into_iter()
        .filter(|one| one.0)
        .map(|one| one.1)
        .collect();
    if !also.is_empty() {
        lines.push(format!("{} too", also.join(" and ")));
    }
    if set.members_own {
        let who = set.members_role.map_or("members".to_owned(), |role| format!("holders of <@&{role}>"));
        lines.push(format!("{who} may have their own streams announced"));
    }
    lines
}
