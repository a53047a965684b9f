//! Guilds beside the first one, full of people nobody acts as: for seeing what a bot makes of many.

use super::World;
use super::channels::{CATEGORY, Channel, TEXT, VOICE};
use super::faces::Face;
use super::founding::DAY;
use super::guilds::{Guild, Role};
use super::members::Member;
use super::permissions::{self, Bits, EVERYONE, Overwrite, SEND_MESSAGES, Target};
use super::users::User;
use crate::snowflake::Id;

/// What a guild of ordinary size has, categories first in their place: fifteen channels.
const CHANNELS: [(u64, &str); 15] = [
    (CATEGORY, "Welcome"),
    (TEXT, "rules"),
    (TEXT, "announcements"),
    (TEXT, "introductions"),
    (CATEGORY, "Chat"),
    (TEXT, "general"),
    (TEXT, "off-topic"),
    (TEXT, "screenshots"),
    (TEXT, "bot-commands"),
    (TEXT, "support"),
    (TEXT, "staff"),
    (CATEGORY, "Voice"),
    (VOICE, "Lounge"),
    (VOICE, "Gaming"),
    (VOICE, "Music"),
];
/// Only the staff writes here.
const READ_ONLY: [&str; 2] = ["rules", "announcements"];
/// Roles from the lowest up, between @everyone and the bot's own: ten with those two.
const ROLES: [(&str, Bits, u64); 8] = [
    ("Muted", 0, 0x81_8386),
    ("Events", 0, 0x1A_BC9C),
    ("Member", 0, 0x34_98DB),
    ("Regular", 0, 0x2E_CC71),
    ("Helper", permissions::PIN_MESSAGES, 0xE6_7E22),
    ("Moderator", permissions::MANAGE_MESSAGES | permissions::MODERATE_MEMBERS, 0xE7_4C3C),
    ("Admin", permissions::MANAGE_CHANNELS | permissions::MANAGE_ROLES, 0x99_2D22),
    ("Owner", permissions::ADMINISTRATOR, 0xF1_C40F),
];

impl World {
    /// Founds this many guilds more, each with this many members, the bot and an owner among them.
    pub(crate) fn found_more(&mut self, guilds: usize, members: usize) {
        // Every day is crowded, but no guild is older than the first.
        self.now -= 300 * DAY;
        for number in 1..=guilds {
            self.found_one(number, members);
        }
        self.now += 300 * DAY;
    }

    fn found_one(&mut self, number: usize, members: usize) {
        let bot = self.application.id;
        let id = self.next_id();
        let roles = self.roles(id, bot);
        let bot_role = roles.iter().find(|role| role.bot.is_some()).map(|role| role.id);
        let given: Vec<Id> = roles[1..].iter().filter(|role| role.bot.is_none()).map(|role| role.id).collect();
        let people: Vec<Id> = (2..=members.max(2)).map(|person| self.person(number, person)).collect();
        let joined =
            |roles| Member { joined_at: self.now, roles, nick: None, timed_out_until: None, face: Face::default() };
        // The owner has the highest role; of the others everybody is a member and a few are more.
        let one_of = |index: usize| match index {
            0 => given[7..].to_vec(),
            1..6 => vec![given[2], given[6 - index % 3]],
            _ if index.is_multiple_of(4) => vec![given[2], given[3]],
            _ => vec![given[2]],
        };
        let all = people.iter().enumerate().map(|(index, person)| (*person, joined(one_of(index))));
        let members = all.chain([(bot, joined(bot_role.into_iter().collect()))]).collect();
        let system_channel = self.channels(id);
        let roles = roles.into_iter().map(|role| (role.id, role)).collect();
        let name = format!("Guild {number}");
        self.guilds.insert(
            id,
            Guild {
                id,
                name,
                owner: people[0],
                system_channel,
                roles,
                members,
                bans: std::collections::BTreeSet::new(),
            },
        );
    }

    /// An account without a token.
    fn person(&mut self, guild: usize, number: usize) -> Id {
        let (id, name) = (self.next_id(), format!("person.{guild}.{number}"));
        self.users.insert(id, User { id, name, bot: false, token: String::new() });
        id
    }

    fn roles(&mut self, guild: Id, bot: Id) -> Vec<Role> {
        let role = |id, name: &str, permissions, position, color, bot| {
            let (hoist, mentionable) = (color != 0, false);
            Role { id, name: name.to_owned(), permissions, position, color, hoist, mentionable, bot }
        };
        let mut roles = vec![role(guild, "@everyone", EVERYONE, 0, 0, None)];
        for (position, (name, more, color)) in (1..).zip(ROLES) {
            roles.push(role(self.next_id(), name, EVERYONE | more, position, color, None));
        }
        roles.push(role(self.next_id(), &self.application.name, permissions::BOT, 9, 0, Some(bot)));
        roles
    }

    /// The guild's channels; the answer is where joins are announced.
    fn channels(&mut self, guild: Id) -> Option<Id> {
        let (mut category, mut general) = (None, None);
        for (position, (kind, name)) in (0..).zip(CHANNELS) {
            let id = self.next_id();
            let mut channel = Channel::new(id, kind, guild, name, position);
            if kind == CATEGORY {
                category = Some(id);
            } else {
                channel.parent = category;
            }
            if kind == TEXT {
                channel.topic = Some(format!("What #{name} is for, and what belongs elsewhere."));
                channel.last_message = Some(self.next_id());
            }
            if READ_ONLY.contains(&name) {
                channel.overwrites = vec![Overwrite { id: guild, target: Target::Role, allow: 0, deny: SEND_MESSAGES }];
            }
            if name == "general" {
                general = Some(id);
            }
            self.channels.insert(id, channel);
        }
        general
    }
}
