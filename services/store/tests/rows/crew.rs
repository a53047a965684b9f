//! Two guilds, their people, and what they ask for.

use std::time::Duration;

use base::{Actor, GuildId, Millis, Need, Secret, UserId, Way, gate::Request};
use secrecy::SecretString;
use store::{
    Vault,
    approvals::Question,
    servers::{Offer, Server},
};

use crate::fresh::Fresh;

pub(crate) const CREW: GuildId = GuildId(1);
pub(crate) const OTHERS: GuildId = GuildId(2);

pub(crate) fn actor(guild: GuildId, user: u64) -> Actor {
    Actor {
        guild,
        user: UserId(user),
        name: format!("user{user}"),
        administrator: true,
        roles: Vec::new(),
        agent: None,
        way: Way::Command,
        reply_to: None,
    }
}

pub(crate) fn request(digest: &str) -> Request {
    Request {
        name: "server.remove",
        risk: base::Risk::Destroy,
        why: None,
        free_form: false,
        plan: "Remove".to_owned(),
        refusal: "remove".to_owned(),
        target: Some("box".to_owned()),
        tags: Vec::new(),
        own: false,
        also: Vec::new(),
        each: Vec::new(),
        arguments: serde_json::json!({ "server": "box" }),
        exact: serde_json::json!({ "server": "box" }),
        sealed: None,
        digest: digest.to_owned(),
        durable: None,
    }
}

pub(crate) async fn ask(fresh: &Fresh, digest: &str, lasts: Duration) -> (uuid::Uuid, Millis) {
    ask_as(fresh, 1, digest, lasts).await.expect("there is room")
}

pub(crate) async fn ask_as(fresh: &Fresh, user: u64, digest: &str, lasts: Duration) -> Option<(uuid::Uuid, Millis)> {
    let question = Question {
        actor: &actor(CREW, user),
        request: &request(digest),
        sealed: None,
        need: Need::Approve,
        why: "destroys something",
        policy_version: 0,
        lasts,
        remind_after: Some(lasts / 2),
        most: 3,
    };
    fresh.store.ask(&question).await.unwrap()
}

pub(crate) fn vault(fresh: &Fresh) -> Vault {
    Vault::new(fresh.store.clone(), Some(SecretString::from("a long passphrase")))
}

pub(crate) async fn offer(fresh: &Fresh, guild: GuildId, name: &str, key: &str) -> Option<Server> {
    let vault = Vault::new(fresh.store.clone(), Some(SecretString::from("a long passphrase")));
    let secret = vault.seal(guild, &Secret::new("pw")).await.unwrap();
    let offer = Offer {
        guild,
        name,
        host: "127.0.0.1",
        port: 22,
        user: "root",
        secret: &secret,
        offered_key: key,
        note: "",
        added_by: UserId(7),
        jump: None,
    };
    fresh.store.offer_server(&offer).await.unwrap()
}
