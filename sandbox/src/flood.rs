//! More events at a time than any client could cause, for measuring what a bot makes of them.
//!
//! **Invariant:** people act through the world as ever, so every event is one that could have happened; and no session gets
//! ahead of what its bot reads, so none is cut off.

use crate::Sandbox;
use crate::errors::Answer;
use crate::gateway::hub::BACKLOG;
use crate::snowflake::{self, Id};
use crate::world::World;
use crate::world::messages::Draft;
use crate::world::reactions::Emoji;
use serde_json::{Value, json};

/// The bot must have read all but this many before more is done.
const WAITING: usize = BACKLOG / 2;
/// Things done between two looks; each causes fewer events than there is room for by far.
const AT_ONCE: u64 = 256;

/// What people do all at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flood {
    /// They write messages.
    Messages,
    /// They type, write, edit, react, take back and delete; threads come and go, and topics change.
    Mix,
}

impl Sandbox {
    /// Lets people act until the bot's sessions were sent at least this many events, or hear of nothing any more. The answer is
    /// how many they were sent.
    pub async fn flood(&self, what: Flood, events: u64) -> u64 {
        let before = self.sent_to_bots();
        let mut crowd = Crowd { people: self.server.look(people), turn: 0, last: None, thread: None };
        let mut sent = 0;
        while sent < events {
            let connections = self.server.lock().hub.connections();
            for connection in connections {
                // The room is only looked for: nobody else sends so much that it would be gone again.
                drop(connection.reserve_many(WAITING).await);
            }
            for _ in 0..AT_ONCE.min(events - sent) {
                // What cannot be done, such as to react to what is gone, is left out.
                let _ = self.server.act(|world| crowd.step(world, what));
            }
            let so_far = self.sent_to_bots().saturating_sub(before);
            if so_far == sent {
                break;
            }
            sent = so_far;
        }
        sent
    }

    fn sent_to_bots(&self) -> u64 {
        self.server.lock().hub.sent_to_bots()
    }
}

/// Everybody of the first guild who is not a bot.
fn people(world: &World) -> Vec<Id> {
    let members = world.guilds.get(&world.first_guild()).into_iter().flat_map(|guild| guild.members.keys().copied());
    members.filter(|id| world.users.get(id).is_some_and(|user| !user.bot)).collect()
}

/// People, and what they did last.
struct Crowd {
    people: Vec<Id>,
    turn: usize,
    last: Option<Id>,
    thread: Option<Id>,
}

impl Crowd {
    fn step(&mut self, world: &mut World, what: Flood) -> Answer<()> {
        let guild = world.guilds.get(&world.first_guild());
        let (Some(guild), false) = (guild, self.people.is_empty()) else { return Ok(()) };
        let (owner, channel) = (guild.owner, guild.system_channel.unwrap_or_default());
        self.turn += 1;
        let turn = self.turn;
        let person = self.people[turn % self.people.len()];
        if what == Flood::Messages {
            return self.write(world, channel, person);
        }
        let (last, thread, heart) =
            (self.last.unwrap_or_default(), self.thread.unwrap_or_default(), Emoji::parse("❤")?);
        match turn % 20 {
            0 | 4 | 8 | 12 => world.type_in(channel, person),
            2 | 3 => world.react(channel, last, person, &heart),
            6 => world
                .edit(channel, last, author(world, channel, last), draft("Edited: that was not what I meant."))
                .map(drop),
            7 => world.delete(channel, last, owner),
            10 => world.react(channel, last, owner, &heart),
            11 => world.unreact(channel, last, owner, (owner, &heart)),
            14 => {
                let body = json!({"name": format!("About it, {turn}"), "type": 11, "auto_archive_duration": 60});
                let made = world.create_thread(channel, owner, Some(last), &body)?;
                self.thread = made.get("id").and_then(snowflake::parse);
                Ok(())
            }
            15 => world.change_channel(thread, owner, &json!({"name": format!("Still about it, {turn}")})).map(drop),
            16 => world.delete_channel(thread, owner).map(drop),
            18 => {
                let topic = json!({"topic": format!("What everybody talks about, number {turn}.")});
                world.change_channel(channel, owner, &topic).map(drop)
            }
            _ => self.write(world, channel, person),
        }
    }

    fn write(&mut self, world: &mut World, channel: Id, person: Id) -> Answer<()> {
        let turn = self.turn;
        let said =
            format!("Number {turn}: has anybody looked at the deploy from this morning? It is slower than it was.");
        let written = world.post(channel, person, draft(&said))?;
        self.last = written.get("id").and_then(snowflake::parse);
        Ok(())
    }
}

fn author(world: &World, channel: Id, message: Id) -> Id {
    world.message(channel, message).map_or(0, |message| message.author)
}

fn draft(content: &str) -> Draft {
    Draft { body: Value::Object([("content".to_owned(), json!(content))].into_iter().collect()), files: Vec::new() }
}
