//! A place where help is asked for: a channel with a panel, a role whose holders answer, and people on both sides.

use std::time::Duration;

use reqwest::Method;
use sandbox::client::message_text;
use serde_json::{Value, json};
use store::tickets::{Ticket, Wanted};

use crate::{
    people::{Person, Shown},
    world::World,
};

/// A guild that can be asked for help.
pub(super) struct Desk {
    pub(super) admin: Person,
    pub(super) member: Person,
    pub(super) helper: Person,
    /// The channel of the panel.
    pub(super) channel: String,
}

impl Desk {
    /// A channel #help, a role Helpers and somebody who holds it.
    pub(super) async fn of(world: &World) -> Self {
        let (admin, member) = (world.admin().await, world.member().await);
        let guild = world.guild();
        let (channels, help) = (format!("/guilds/{guild}/channels"), json!({ "name": "help" }));
        let made = admin.client.rest(Method::POST, &channels, Some(&help)).await.unwrap();
        let channel = made["id"].as_str().unwrap().to_owned();
        for role in ["Helpers", "Buyers", "Banned"] {
            let roles = format!("/guilds/{guild}/roles");
            admin.client.rest(Method::POST, &roles, Some(&json!({ "name": role }))).await.unwrap();
        }
        let helper = world.newcomer("helper", &["Helpers"]).await;
        Self { admin, member, helper, channel }
    }

    /// A panel with one category, in #help.
    pub(super) async fn with_billing(world: &World, rules: &str) -> Self {
        let desk = Self::of(world).await;
        desk.admin
            .ask("/ticket panel create name:help title:\"Need help?\" text:\"Say what it is about.\"")
            .await
            .until("Made")
            .await;
        desk.admin
            .ask(&format!("/ticket category add panel:help name:Billing staff:@Helpers {rules}"))
            .await
            .until("Added")
            .await;
        desk.admin.ask("/ticket panel send panel:help channel:#help").await.until("Sent").await;
        desk
    }

    /// Makes a channel of this kind, with this under it; the answer is its id.
    pub(super) async fn make(world: &World, kind: u8, name: &str, under: Option<&str>) -> String {
        let path = format!("/guilds/{}/channels", world.guild());
        let body = json!({ "name": name, "type": kind, "parent_id": under });
        let made = world.admin().await.client.rest(Method::POST, &path, Some(&body)).await.unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    /// Makes so many text channels, all under this one.
    pub(super) async fn fill(world: &World, count: usize, under: Option<&str>) {
        let (admin, path) = (world.admin().await, format!("/guilds/{}/channels", world.guild()));
        for number in 0..count {
            let body = json!({ "name": format!("old-{number}"), "parent_id": under });
            admin.client.rest(Method::POST, &path, Some(&body)).await.unwrap();
        }
    }

    /// What goes wrong is told in #ops from now on.
    pub(super) async fn reports(&self, world: &World) -> String {
        let ops = world.sandbox.channel_id("ops").unwrap();
        let store = world.store().await;
        store.set_ops_channel(world.guild(), Some(ops.parse().unwrap())).await.unwrap();
        store.close().await;
        ops
    }

    /// Every channel of the guild, without threads.
    pub(super) async fn channels(&self, world: &World) -> Vec<Value> {
        let path = format!("/guilds/{}/channels", world.guild());
        let all = self.admin.client.rest(Method::GET, &path, None).await.unwrap();
        all.as_array().unwrap().clone()
    }

    /// Waits until one of the tickets is so.
    pub(super) async fn until(&self, world: &World, number: i64, holds: impl Fn(&Ticket) -> bool) -> Ticket {
        let store = world.store().await;
        let is_so = async {
            loop {
                let ticket = store.ticket(world.guild(), number).await.unwrap().unwrap();
                if holds(&ticket) {
                    return ticket;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let ticket = tokio::time::timeout(crate::world::SOON, is_so).await.expect("the ticket comes to be so");
        store.close().await;
        ticket
    }

    /// The panel, as somebody sees it.
    pub(super) async fn panel(&self, person: &Person) -> Shown {
        person.client.read_history(&self.channel).await.unwrap();
        person.sees_in(&self.channel, "Need help?").await
    }

    /// Presses a category without questions; the answer is what they are told.
    pub(super) async fn press(&self, person: &Person, category: &str) -> Shown {
        // A panel that is drawn anew between a look and a press is pressed as it is then.
        for _ in 0..3 {
            if let Ok(pressed) = self.panel(person).await.try_press(person, category).await {
                return pressed.answer().await;
            }
        }
        panic!("{category} cannot be pressed")
    }

    /// Presses it and is told where the ticket is.
    pub(super) async fn opens(&self, person: &Person, category: &str) -> Opened {
        let told = self.press(person, category).await;
        told.until("is where you are answered").await;
        Opened::read(person, &told).await
    }

    /// Waits until somebody was brought into a thread; they see what stands there.
    pub(super) async fn comes_in(&self, person: &Person, thread: &str) {
        let is_in = async {
            while person.client.read_history(thread).await.is_err() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(crate::world::SOON, is_in).await.expect("they were brought in");
    }

    /// Every thread of tickets that is there, by its name, with its number.
    pub(super) async fn threads(&self, world: &World) -> Vec<(String, String)> {
        let path = format!("/guilds/{}/threads/active", world.guild());
        let active = self.admin.client.rest(Method::GET, &path, None).await.unwrap();
        let all = active["threads"].as_array().unwrap().iter();
        let text = |thread: &Value, field: &str| thread[field].as_str().unwrap_or_default().to_owned();
        all.map(|thread| (text(thread, "name"), text(thread, "id"))).collect()
    }

    /// A thread as it is.
    pub(super) async fn thread(&self, thread: &str) -> Value {
        self.admin.client.rest(Method::GET, &format!("/channels/{thread}"), None).await.unwrap()
    }

    /// Waits until a thread is locked and put away, or no longer.
    pub(super) async fn until_locked(&self, thread: &str, locked: bool) {
        let is_so = async {
            loop {
                let state = self.thread(thread).await["thread_metadata"].clone();
                if state["locked"] == locked && state["archived"] == locked {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(crate::world::SOON, is_so).await.expect("its thread is locked, or opened again");
    }
}

/// A ticket that is open, and its card as somebody sees it.
pub(super) struct Opened {
    pub(super) number: i64,
    pub(super) thread: String,
    pub(super) card: Shown,
}

impl Opened {
    pub(super) async fn read(person: &Person, told: &Shown) -> Self {
        let text = told.text();
        let thread = text.split("<#").nth(1).unwrap().split('>').next().unwrap().to_owned();
        let number = text.split("ticket ").nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap();
        let card = person.sees_in(&thread, &format!("Ticket {number}")).await;
        Self { number, thread, card }
    }
}

/// All that go on.
pub(super) async fn tickets(world: &World) -> Vec<Ticket> {
    let store = world.store().await;
    let (all, _) = store.tickets(world.guild(), &Wanted::default(), 200).await.unwrap();
    store.close().await;
    all
}

/// Waits until all of a ticket is shown: whoever presses then presses what they see.
pub(super) async fn drawn(world: &World, number: i64) {
    let store = world.store().await;
    let is_drawn = async {
        loop {
            let ticket = store.ticket(world.guild(), number).await.unwrap().unwrap();
            if ticket.message.is_some() && ticket.drawn == ticket.version {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, is_drawn).await.expect("it is drawn");
    store.close().await;
}

/// The cards of tickets in a thread: what is said of them is no card.
pub(super) fn cards(world: &World, thread: &str) -> usize {
    let is_card = |text: &String| text.contains("opened by <@");
    world.sandbox.messages(thread).iter().map(message_text).filter(is_card).count()
}
