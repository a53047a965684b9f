//! Who may do what: every route asks for its own permission, and rank decides between members.

use crate::bench::{Bench, error, fine, form};
use reqwest::Method;
use serde_json::{Value, json};

const MANAGE_CHANNELS: u64 = 1 << 4;
const ADD_REACTIONS: u64 = 1 << 6;
const VIEW_CHANNEL: u64 = 1 << 10;
const SEND_MESSAGES: u64 = 1 << 11;
const SEND_TTS_MESSAGES: u64 = 1 << 12;
const MANAGE_MESSAGES: u64 = 1 << 13;
const EMBED_LINKS: u64 = 1 << 14;
const READ_MESSAGE_HISTORY: u64 = 1 << 16;
const MENTION_EVERYONE: u64 = 1 << 17;
const MANAGE_ROLES: u64 = 1 << 28;
const MANAGE_THREADS: u64 = 1 << 34;
const CREATE_PUBLIC_THREADS: u64 = 1 << 35;
const SEND_MESSAGES_IN_THREADS: u64 = 1 << 38;
const PIN_MESSAGES: u64 = 1 << 51;

impl Bench {
    /// The owner changes what the bot may in #ops.
    async fn overwrite(&self, allow: u64, deny: u64) {
        let path = format!("/channels/{}/permissions/{}", self.ops, self.app);
        let body = json!({"type": 1, "allow": allow.to_string(), "deny": deny.to_string()});
        assert_eq!(self.send("admin", Method::PUT, &path, &body).await.0, 204);
    }

    async fn allow(&self, bits: u64) {
        self.overwrite(bits, 0).await;
    }

    async fn deny(&self, bits: u64) {
        self.overwrite(0, bits).await;
    }

    fn id(&self, name: &str) -> String {
        self.sandbox.accounts().into_iter().find(|one| one.name == name).unwrap().id
    }

    fn members(&self, name: &str) -> String {
        format!("/guilds/{}/members/{}", self.guild, self.id(name))
    }

    async fn role(&self, permissions: u64) -> String {
        let body = json!({"name": "made", "permissions": permissions.to_string()});
        let (status, role) = self.send("admin", Method::POST, &format!("/guilds/{}/roles", self.guild), &body).await;
        assert_eq!(status, 200, "{role}");
        role["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn every_route_asks_for_its_permission() {
    let bench = Bench::set().await;
    let message = bench.say(json!({"content": "x"})).await;
    let (_, thread) = bench.post(&format!("/channels/{}/threads", bench.ops), json!({"name": "t", "type": 11})).await;
    let theirs = bench.send("member", Method::POST, &bench.messages(), &json!({"content": "x"})).await.1;
    let at = |message: &Value| format!("{}/{}", bench.messages(), message["id"].as_str().unwrap());
    let (say, post) = (json!({"content": "x"}), bench.messages());
    let in_thread = format!("/channels/{}/messages", thread["id"].as_str().unwrap());
    let emoji = format!("{}/reactions/%F0%9F%91%8D/@me", at(&message));
    let pin = format!("{post}/pins/{}", message["id"].as_str().unwrap());
    let threads = format!("/channels/{}/threads", bench.ops);
    let overwrite = format!("/channels/{}/permissions/{}", bench.ops, bench.guild);
    let reply = json!({"content": "x", "message_reference": {"message_id": message["id"]}});
    let nothing = Value::Null;
    for (denied, method, path, body, status, code) in [
        (VIEW_CHANNEL, Method::POST, &post, &say, 403, 50001),
        (VIEW_CHANNEL, Method::GET, &post, &nothing, 403, 50001),
        (SEND_MESSAGES, Method::POST, &post, &say, 403, 50013),
        (SEND_MESSAGES_IN_THREADS, Method::POST, &in_thread, &say, 403, 50013),
        (EMBED_LINKS, Method::POST, &post, &json!({"embeds": [{"title": "x"}]}), 403, 50013),
        (READ_MESSAGE_HISTORY, Method::POST, &post, &reply, 403, 160_002),
        (READ_MESSAGE_HISTORY, Method::GET, &at(&message), &nothing, 403, 50013),
        (READ_MESSAGE_HISTORY, Method::PUT, &emoji, &nothing, 403, 50013),
        (ADD_REACTIONS, Method::PUT, &emoji, &nothing, 403, 50013),
        (MANAGE_MESSAGES, Method::DELETE, &at(&theirs), &nothing, 403, 50013),
        (PIN_MESSAGES, Method::PUT, &pin, &nothing, 403, 50013),
        (CREATE_PUBLIC_THREADS, Method::POST, &threads, &json!({"name": "x", "type": 11}), 403, 50013),
        (MANAGE_CHANNELS, Method::PATCH, &format!("/channels/{}", bench.ops), &json!({"topic": "x"}), 403, 50013),
        (MANAGE_ROLES, Method::PUT, &overwrite, &json!({"type": 0}), 403, 50013),
        (
            SEND_MESSAGES | MANAGE_THREADS,
            Method::DELETE,
            &format!("/channels/{}", thread["id"].as_str().unwrap()),
            &nothing,
            403,
            50013,
        ),
    ] {
        bench.deny(denied).await;
        bench.judge(method, path, vec![error("", status, code, body.clone())]).await;
    }
    // Pinning is not part of managing messages any more, and the other way round.
    bench.deny(MANAGE_MESSAGES).await;
    bench.judge(Method::PUT, &pin, vec![fine(nothing.clone())]).await;
    // Where one may write in threads but not in the channel, threads still take embeds.
    bench.deny(SEND_MESSAGES).await;
    bench.judge(Method::POST, &in_thread, vec![fine(json!({"embeds": [{"title": "x"}]}))]).await;
    bench.allow(SEND_TTS_MESSAGES).await;
    bench.judge(Method::POST, &post, vec![fine(json!({"content": "x", "tts": true}))]).await;
}

#[tokio::test]
async fn everyone_is_mentioned_only_by_who_may() {
    let bench = Bench::set().await;
    assert_eq!(bench.say(json!({"content": "@everyone"})).await["mention_everyone"], false);
    bench.allow(MENTION_EVERYONE).await;
    assert_eq!(bench.say(json!({"content": "@everyone"})).await["mention_everyone"], true);
    let quiet = json!({"content": "@everyone", "allowed_mentions": {"parse": []}});
    assert_eq!(bench.say(quiet).await["mention_everyone"], false);
}

#[tokio::test]
async fn what_is_not_there_is_unknown_and_what_is_elsewhere_is_missing_access() {
    let bench = Bench::set().await;
    let guild = &bench.guild;
    for (path, code) in [
        ("/channels/1".to_owned(), 10003),
        ("/guilds/1".to_owned(), 10004),
        (format!("/guilds/{guild}/members/1"), 10007),
        (format!("/guilds/{guild}/roles/1"), 10011),
        ("/users/1".to_owned(), 10013),
        (format!("/applications/{}/commands/1", bench.app), 10063),
        ("/applications/1/commands".to_owned(), 10002),
    ] {
        bench.judge(Method::GET, &path, vec![error("", 404, code, Value::Null)]).await;
    }
    bench.judge(Method::GET, &format!("/guilds/{guild}/bans/1"), vec![error("", 403, 50013, Value::Null)]).await;
    let unserved = format!("/guilds/{guild}/audit-logs");
    bench.judge(Method::GET, &unserved, vec![error("sandbox.unsupported", 404, 0, Value::Null)]).await;
    let dm = vec![
        error("", 400, 50033, json!({"recipient_id": "1"})),
        error("", 400, 50007, json!({"recipient_id": bench.app})),
    ];
    bench.judge(Method::POST, "/users/@me/channels", dm).await;
}

#[tokio::test]
async fn rank_stands_above_permission() {
    let bench = Bench::set().await;
    let roles = format!("/guilds/{}/roles", bench.guild);
    let may_not = |body: Value| vec![error("", 403, 50013, body)];
    let (operators, own) = (bench.sandbox.role_id("Operators").unwrap(), bench.sandbox.role_id("Nebula").unwrap());
    bench.judge(Method::PATCH, &format!("{roles}/{operators}"), vec![fine(json!({"name": "Operators"}))]).await;
    bench.judge(Method::PATCH, &format!("{roles}/{own}"), may_not(json!({"name": "x"}))).await;
    bench.judge(Method::POST, &roles, may_not(json!({"permissions": "8"}))).await;
    bench.judge(Method::PATCH, &format!("{roles}/{operators}"), may_not(json!({"permissions": "8"}))).await;
    bench.judge(Method::DELETE, &format!("{roles}/{}", bench.guild), vec![error("", 400, 50028, Value::Null)]).await;
    let (member, admin) = (bench.members("member"), bench.members("admin"));
    bench.judge(Method::PUT, &format!("{member}/roles/{own}"), may_not(Value::Null)).await;
    bench.judge(Method::PUT, &format!("{member}/roles/{operators}"), vec![fine(Value::Null)]).await;
    bench.judge(Method::PATCH, &member, vec![fine(json!({"nick": "x"}))]).await;
    let rows = vec![
        form("member.nick", "nick", json!({"nick": "x".repeat(33)})),
        form("member.roles", "roles", json!({"roles": [operators, operators]})),
    ];
    bench.judge(Method::PATCH, &member, rows).await;
    bench.judge(Method::PATCH, &admin, may_not(json!({"nick": "x"}))).await;
    let soon = json!({"communication_disabled_until": "2099-01-01T00:00:00Z"});
    bench.judge(Method::PATCH, &admin, may_not(soon.clone())).await;
    bench.judge(Method::PATCH, &member, vec![form("member.timeout", "communication_disabled_until", soon)]).await;
    bench.judge(Method::PATCH, &member, vec![error("sandbox.unsupported", 400, 0, json!({"mute": true}))]).await;
    bench.judge(Method::DELETE, &member, may_not(Value::Null)).await;

    // With the permission, still not the owner, nor whoever stands as high.
    let role = bench.role(1 << 1 | 1 << 2).await;
    let path = format!("/guilds/{}/members/{}/roles/{role}", bench.guild, bench.app);
    assert_eq!(bench.send("admin", Method::PUT, &path, &Value::Null).await.0, 204);
    let ban = |name: &str| format!("/guilds/{}/bans/{}", bench.guild, bench.id(name));
    bench.judge(Method::DELETE, &admin, may_not(Value::Null)).await;
    bench.judge(Method::PUT, &ban("admin"), may_not(json!({}))).await;
    bench.judge(Method::DELETE, &member, vec![fine(Value::Null)]).await;
    bench.judge(Method::GET, &member, vec![error("", 404, 10007, Value::Null)]).await;
    let reach = form("ban.reach", "delete_message_seconds", json!({"delete_message_seconds": 604_801}));
    bench.judge(Method::PUT, &ban("guest"), vec![reach, fine(json!({"delete_message_seconds": 60}))]).await;
    bench.judge(Method::DELETE, &ban("guest"), vec![fine(Value::Null), error("", 404, 10026, Value::Null)]).await;
}

#[tokio::test]
async fn a_role_is_given_by_who_stands_above_it_and_held_at_once() {
    let bench = Bench::set().await;
    let mut gateway = bench.gateway().await;
    let command = bench.register(json!({"name": "ask", "description": "d"})).await;
    let (member, guest) = (bench.members("member"), bench.members("guest"));
    let operators = bench.sandbox.role_id("Operators").unwrap();
    let manager = bench.role(MANAGE_ROLES).await;
    let set = async |who: &str, method: Method, whom: &str, role: &str| {
        bench.send(who, method, &format!("{whom}/roles/{role}"), &Value::Null).await
    };
    let roles_of = async |whom: &str| bench.send("bot", Method::GET, whom, &Value::Null).await.1["roles"].clone();

    // Without the permission; and with it, but not above the role.
    let (status, refused) = set("member", Method::PUT, &guest, &operators).await;
    assert_eq!((status, &refused["code"]), (403, &json!(50013)));
    assert_eq!(set("admin", Method::PUT, &member, &manager).await.0, 204);
    assert_eq!(roles_of(&member).await, json!([manager]));
    let (status, _) = set("member", Method::PUT, &guest, &operators).await;
    assert_eq!(status, 403);
    let (status, refused) = set("member", Method::PUT, &guest, &manager).await;
    assert_eq!((status, &refused["code"]), (403, &json!(50013)));

    // A new role begins at the bottom.
    let lowest = bench.role(0).await;
    assert_eq!(set("member", Method::PUT, &guest, &lowest).await.0, 204);
    assert_eq!(roles_of(&guest).await, json!([lowest]));

    let shown = bench.slash(&mut gateway, &command).await;
    assert_eq!(shown["member"]["roles"], json!([manager]));
    assert_eq!(set("admin", Method::DELETE, &member, &manager).await.0, 204);
    assert_eq!(set("admin", Method::PUT, &member, &operators).await.0, 204);
    assert_eq!(roles_of(&member).await, json!([operators]));
    let shown = bench.slash(&mut gateway, &command).await;
    assert_eq!(shown["member"]["roles"], json!([operators]));
}

#[tokio::test]
async fn nobody_gives_away_in_a_channel_what_they_do_not_hold() {
    let bench = Bench::set().await;
    let overwrites = |bits: u64| json!({"name": "x", "permission_overwrites": [{"id": bench.guild, "type": 0, "allow": bits.to_string()}]});
    let rows = vec![
        fine(overwrites(SEND_MESSAGES)),
        error("", 403, 50013, overwrites(MENTION_EVERYONE)),
        error("", 403, 50013, overwrites(MANAGE_ROLES)),
    ];
    bench.judge(Method::POST, &format!("/guilds/{}/channels", bench.guild), rows).await;
    let path = format!("/channels/{}/permissions/{}", bench.ops, bench.guild);
    let rows = vec![
        form("field.required", "type", json!({})),
        form("overwrite.type", "type", json!({"type": 2})),
        form("overwrite.bits", "allow", json!({"type": 0, "allow": "everything"})),
        error("", 403, 50013, json!({"type": 0, "deny": SEND_TTS_MESSAGES.to_string()})),
    ];
    bench.judge(Method::PUT, &path, rows).await;
    bench.judge(Method::DELETE, &path, vec![error("", 404, 10009, Value::Null)]).await;
}
