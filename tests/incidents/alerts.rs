//! Alerts as their service tells them, straight into the running bot's database; and what is seen of what came of them.

use base::{GuildId, Redactor};
use sandbox::client::message_text;
use serde_json::{Value, json};
use store::{
    Store,
    events::{Kind, NewEvent},
};

use crate::{
    people::{Person, Shown},
    world::World,
};

/// What tells of alerts.
pub(super) struct Alerts {
    store: Store,
    guild: GuildId,
}

impl Alerts {
    pub(super) async fn of(world: &World) -> Self {
        Self { store: world.store().await, guild: world.guild() }
    }

    /// Incidents stand in #ops from now on, and a role can be pinged there.
    pub(super) async fn set_up(&self, world: &World, admin: &Person) {
        let role = format!("/guilds/{}/roles/{}", self.guild, world.sandbox.role_id("Operators").unwrap());
        let mentionable = json!({ "mentionable": true });
        admin.client.rest(reqwest::Method::PATCH, &role, Some(&mentionable)).await.unwrap();
        let ops = world.sandbox.channel_id("ops").unwrap().parse().unwrap();
        self.store.set_ops_channel(self.guild, Some(ops)).await.unwrap();
    }

    pub(super) async fn opened(&self, name: &str, server: Option<&str>, level: &str, text: &str) {
        self.emit(self.guild, Kind::AlertOpened, name, server, (level, text)).await;
    }

    pub(super) async fn closed(&self, name: &str) {
        self.emit(self.guild, Kind::AlertClosed, name, None, ("fine", "is well")).await;
    }

    pub(super) async fn elsewhere(&self, guild: GuildId, name: &str) {
        self.emit(guild, Kind::AlertOpened, name, None, ("critical", "is down")).await;
    }

    async fn emit(&self, guild: GuildId, kind: Kind, name: &str, server: Option<&str>, (level, text): (&str, &str)) {
        let event = NewEvent::in_guild(kind, guild, &Redactor::default())
            .about(name)
            .with("alert", &format!("alert-{name}"))
            .with("level", level)
            .with("tell", "true")
            .with("text", text)
            .with("subject", name)
            .with("subject_kind", if server.is_some() { "container" } else { "server" })
            .with("subject_id", &format!("id-{name}"));
        let event = match server {
            Some(server) => event.with("server", server).with("server_id", &format!("id-{server}")),
            None => event,
        };
        self.store.emit(event).await.unwrap();
    }

    /// The kinds of this guild's events about incidents, the oldest first.
    pub(super) async fn events(&self) -> Vec<String> {
        let last = self.store.last_event().await.unwrap();
        let all = self.store.events_of(self.guild, 0, last, 10_000).await.unwrap();
        let kinds = all.into_iter().map(|event| event.kind.as_str().to_owned());
        kinds.filter(|kind| kind.starts_with("incident.")).collect()
    }

    pub(super) async fn end(self) {
        self.store.close().await;
    }
}

/// The messages of incidents in #ops, and their ids.
pub(super) fn shown(world: &World) -> Vec<(String, String)> {
    let ops = world.sandbox.messages(&world.sandbox.channel_id("ops").unwrap());
    let all = ops.iter().map(|message| (message_text(message), message["id"].as_str().unwrap().to_owned()));
    // What answers a command says whose it is.
    all.filter(|(text, _)| text.lines().last().is_some_and(|line| line.starts_with("-# incident"))).collect()
}

/// The thread on a message, once it is there.
pub(super) async fn thread(world: &World, message: &str) -> String {
    let has_one = |world: &World| !world.sandbox.messages(message).is_empty();
    world.until("the thread is there", has_one).await;
    message.to_owned()
}

/// Everything that stands in a thread.
pub(crate) fn said(world: &World, thread: &str) -> String {
    world.sandbox.messages(thread).iter().map(message_text).collect::<Vec<_>>().join("\n")
}

pub(super) fn posts(world: &World, thread: &str) -> usize {
    world.sandbox.messages(thread).len()
}

/// How many messages pinged a role, of an incident and its thread. An edit pings nobody, and forgets whom the first version did.
pub(super) fn pings(world: &World, card: &Shown, thread: &str) -> usize {
    let pinged = |one: &Value| one["mention_roles"].as_array().is_some_and(|roles| !roles.is_empty());
    let first = card.versions_seen().iter().take(1).filter(|version| pinged(&version.raw)).count();
    first + world.sandbox.messages(thread).iter().filter(|one| pinged(one)).count()
}

/// Hours that it is in for the next hours, on the clocks of UTC.
pub(super) fn around_now() -> String {
    let minute = base::Clock::system().now().0 / 60_000 % (24 * 60);
    let shown = |minute: i64| format!("{:02}:{:02}", minute.rem_euclid(24 * 60) / 60, minute.rem_euclid(60));
    format!("{}-{}", shown(minute - 60), shown(minute + 180))
}
