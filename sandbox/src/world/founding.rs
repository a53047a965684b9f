//! The guild everybody starts in: "Crew", with #general and #ops, an owner, a member, a guest and the bot.

use super::channels::{Channel, TEXT};
use super::faces::Face;
use super::guilds::{Guild, Role};
use super::members::Member;
use super::permissions::{self, EVERYONE};
use super::users::{Application, User};
use super::{World, permissions::Bits};
use crate::chance;
use crate::clock::Millis;
use crate::snowflake::{Id, Snowflakes};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const DAY: Millis = 24 * 60 * 60 * 1000;
/// The colours of the two roles one starts with.
const OPERATORS: u64 = 0xe6_7e22;
const BOT: u64 = 0x70_7cf7;
/// The people one starts with; the first owns the guild.
pub(crate) const PEOPLE: [&str; 3] = ["admin", "member", "guest"];

impl World {
    /// Makes the world as it is at `now`. The error means the machine has no randomness for the tokens.
    pub(crate) fn founded(now: Millis) -> Result<Self, rustls::Error> {
        let mut ids = Snowflakes::default();
        let bot = ids.dated(now - 420 * DAY);
        let people: Vec<Id> = (0..).zip(PEOPLE).map(|(n, _)| ids.dated(now - (1000 - 100 * n) * DAY)).collect();
        let guild = ids.dated(now - 400 * DAY);
        let owner = people[0];
        let mut world = Self {
            now,
            application: Application {
                id: bot,
                name: "Nebula".to_owned(),
                verify_key: "5f".repeat(32),
                owner,
                reads_content: true,
                pings_by_name: false,
                sees_members: true,
                sees_presences: true,
            },
            users: BTreeMap::new(),
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            messages: BTreeMap::new(),
            commands: BTreeMap::new(),
            logins: super::logins::Logins::default(),
            interactions: BTreeMap::new(),
            attachments: BTreeMap::new(),
            limits: super::limits::Limits::default(),
            effects: Vec::new(),
            acknowledged: std::collections::VecDeque::new(),
            unreachable: BTreeSet::new(),
            ids: Snowflakes::default(),
        };
        let bot_role = ids.dated(now - 390 * DAY);
        let roles = [
            role(guild, "@everyone", EVERYONE, 0, (0, None)),
            role(ids.dated(now - 380 * DAY), "Operators", EVERYONE, 1, (OPERATORS, None)),
            role(bot_role, "Nebula", permissions::BOT, 2, (BOT, Some(bot))),
        ];
        let mut members: BTreeMap<Id, Member> = BTreeMap::new();
        for (n, (id, name)) in (0..).zip(people.iter().zip(PEOPLE)) {
            members.insert(*id, member(now - (399 - n) * DAY, Vec::new()));
            world.add_user(*id, name, false)?;
        }
        members.insert(bot, member(now - 390 * DAY, vec![bot_role]));
        world.add_user(bot, "Nebula", true)?;
        let general = ids.dated(now - 399 * DAY);
        let ops = ids.dated(now - 398 * DAY);
        for (position, (id, name)) in (0..).zip([(general, "general"), (ops, "ops")]) {
            world.channels.insert(id, Channel::new(id, TEXT, guild, name, position));
        }
        let roles = roles.into_iter().map(|role| (role.id, role)).collect();
        let crew = Guild {
            id: guild,
            name: "Crew".to_owned(),
            owner,
            system_channel: Some(general),
            roles,
            members,
            bans: BTreeSet::new(),
        };
        world.guilds.insert(guild, crew);
        world.ids = ids;
        Ok(world)
    }

    pub(crate) fn add_user(&mut self, id: Id, name: &str, bot: bool) -> Result<(), rustls::Error> {
        let user = User { id, name: name.to_owned(), bot, token: chance::discord_token(id)? };
        self.users.insert(id, user);
        Ok(())
    }

    /// The guild everybody starts in.
    pub(crate) fn first_guild(&self) -> Id {
        self.guilds.keys().next().copied().unwrap_or_default()
    }
}

/// A role with a colour is also listed apart.
fn role(id: Id, name: &str, permissions: Bits, position: i64, (color, bot): (u64, Option<Id>)) -> Role {
    let (hoist, mentionable) = (color != 0, false);
    Role { id, name: name.to_owned(), permissions, position, color, hoist, mentionable, bot }
}

fn member(joined_at: Millis, roles: Vec<Id>) -> Member {
    Member { joined_at, roles, nick: None, timed_out_until: None, face: Face::default() }
}
