//! Messages: content, embeds, files, mentions, replies, flags, edits, deletions.

use crate::bench::{Bench, V2, error, fine, form, ignored, text};
use reqwest::Method;
use sandbox::Options;
use serde_json::{Value, json};
use std::time::Duration;

const SUPPRESS_EMBEDS: u64 = 1 << 2;
const EPHEMERAL: u64 = 1 << 6;
const VOICE: u64 = 1 << 13;

#[tokio::test]
async fn a_message_holds_so_much() {
    let bench = Bench::set().await;
    let ids = |n: usize| (1..=n).map(|n| n.to_string()).collect::<Vec<_>>();
    let mentions = |allowed: Value| json!({"content": "x", "allowed_mentions": allowed});
    let rows = vec![
        fine(json!({"content": "é".repeat(2000)})),
        form("message.content", "content", json!({"content": text(2001)})),
        form("message.content", "content", json!({"content": 1})),
        error("message.empty", 400, 50006, json!({})),
        error("message.empty", 400, 50006, json!({"content": "  \n"})),
        error("message.empty", 400, 50006, json!({"content": "", "embeds": [], "components": []})),
        error("request.json", 400, 50109, json!([1])),
        form("message.nonce", "nonce", json!({"content": "x", "nonce": text(26)})),
        form("message.nonce", "nonce", json!({"content": "x", "nonce": {"a": 1}})),
        fine(json!({"content": "x", "nonce": 12, "enforce_nonce": false})),
        form("field.type", "tts", json!({"content": "x", "tts": "yes"})),
        form("field.type", "components", json!({"content": "x", "components": "none"})),
        form("field.type", "flags", json!({"content": "x", "flags": "4"})),
        fine(json!({"content": "x", "flags": SUPPRESS_EMBEDS | 1 << 12})),
        ignored("message.flags", json!({"content": "x", "flags": EPHEMERAL})),
        ignored("message.flags", json!({"content": "x", "flags": 1 << 7})),
        error("sandbox.unsupported", 400, 0, json!({"content": "x", "flags": VOICE})),
        error("sandbox.unsupported", 400, 0, json!({"poll": {"question": {"text": "?"}, "answers": []}})),
        error("sandbox.unsupported", 400, 0, json!({"content": "x", "sticker_ids": ["1"]})),
        fine(json!({"content": "x", "sticker_ids": [], "poll": null})),
        fine(mentions(json!({"parse": ["roles"], "users": ids(100), "replied_user": false}))),
        form("allowed_mentions.length", "allowed_mentions.users", mentions(json!({"users": ids(101)}))),
        form("allowed_mentions.unique", "allowed_mentions.roles", mentions(json!({"roles": ["1", "1"]}))),
        form("allowed_mentions.exclusive", "allowed_mentions", mentions(json!({"parse": ["users"], "users": ["1"]}))),
        form("allowed_mentions.parse", "allowed_mentions.parse.0", mentions(json!({"parse": ["all"]}))),
        form("field.type", "allowed_mentions.users.0", mentions(json!({"users": ["somebody"]}))),
        form("field.type", "allowed_mentions", mentions(json!("none"))),
        form("field.required", "attachments.0.id", json!({"content": "x", "attachments": [{"filename": "a"}]})),
        form("attachment.unknown", "attachments.0", json!({"content": "x", "attachments": [{"id": 0}]})),
        error("", 403, 50013, json!({"content": "x", "tts": true})),
    ];
    bench.judge(Method::POST, &bench.messages(), rows).await;
}

#[tokio::test]
async fn a_bot_that_pings_by_name_is_held_to_it_in_messages_and_edits() {
    let bench = Bench::with(Options { pings_by_name: true, ..Options::default() }).await;
    let named = |content: &str| json!({"content": content, "allowed_mentions": {"parse": [], "users": ["1"]}});
    let message = bench.say(named("x")).await;
    let one = format!("{}/{}", bench.messages(), message["id"].as_str().unwrap());
    let open = || ignored("allowed_mentions.open", json!({"content": "@everyone"}));
    bench.judge(Method::POST, &bench.messages(), vec![fine(named("y")), open()]).await;
    bench.judge(Method::PATCH, &one, vec![fine(named("y")), open(), fine(json!({"flags": SUPPRESS_EMBEDS}))]).await;
}

#[tokio::test]
async fn an_embed_is_measured_part_by_part() {
    let bench = Bench::set().await;
    let embed = |embed: Value| json!({"embeds": [embed]});
    let field = |name: &str, value: &str| embed(json!({"fields": [{"name": name, "value": value}]}));
    let rows = vec![
        fine(embed(
            json!({"title": text(256), "description": text(4096), "color": 0x00ff_ffff, "timestamp": "2026-08-06T10:20:30Z"}),
        )),
        fine(json!({"embeds": vec![json!({"title": "x"}); 10]})),
        form("embeds.count", "embeds", json!({"embeds": vec![json!({"title": "x"}); 11]})),
        form("field.type", "embeds", json!({"embeds": "x"})),
        form("field.type", "embeds.0", json!({"embeds": ["x"]})),
        form("embed.title", "embeds.0.title", embed(json!({"title": text(257)}))),
        form("embed.description", "embeds.0.description", embed(json!({"description": text(4097)}))),
        form("embed.empty", "embeds.0.description", embed(json!({}))),
        form("embed.empty", "embeds.0.description", embed(json!({"title": " ", "color": 1}))),
        form("embed.empty", "embeds.0.description", embed(json!({"url": "https://example.com", "fields": []}))),
        form("embed.color", "embeds.0.color", embed(json!({"title": "x", "color": 0x0100_0000}))),
        form("embed.color", "embeds.0.color", embed(json!({"title": "x", "color": -1}))),
        form("embed.color", "embeds.0.color", embed(json!({"title": "x", "color": "red"}))),
        form("embed.timestamp", "embeds.0.timestamp", embed(json!({"title": "x", "timestamp": "soon"}))),
        form("embed.url", "embeds.0.url", embed(json!({"title": "x", "url": "ftp://example.com"}))),
        form("embed.url", "embeds.0.url", embed(json!({"title": "x", "url": "example.com"}))),
        form("embed.url", "embeds.0.image.url", embed(json!({"image": {"url": "javascript:alert(1)"}}))),
        form("embed.part", "embeds.0.image.url", embed(json!({"title": "x", "image": {}}))),
        form("attachment.unknown", "embeds.0.image.url", embed(json!({"image": {"url": "attachment://a.png"}}))),
        form("embed.url", "embeds.0.author.url", embed(json!({"author": {"name": "x", "url": "attachment://a.png"}}))),
        form("embed.part", "embeds.0.author.name", embed(json!({"author": {"name": text(257)}}))),
        form("embed.part", "embeds.0.author.name", embed(json!({"author": {"url": "https://example.com"}}))),
        form("embed.part", "embeds.0.footer.text", embed(json!({"footer": {"text": text(2049)}}))),
        form("embed.part", "embeds.0.footer.text", embed(json!({"title": "x", "footer": {"text": ""}}))),
        form("embed.fields", "embeds.0.fields", embed(json!({"fields": vec![json!({"name": "x", "value": "x"}); 26]}))),
        form("embed.field_name", "embeds.0.fields.0.name", field("", "x")),
        form("embed.field_name", "embeds.0.fields.0.name", field(&text(257), "x")),
        form("embed.field_value", "embeds.0.fields.0.value", field("x", " ")),
        form("embed.field_value", "embeds.0.fields.0.value", field("x", &text(1025))),
        form("embeds.size", "embeds.1", json!({"embeds": [{"description": text(3000)}, {"description": text(3001)}]})),
    ];
    bench.judge(Method::POST, &bench.messages(), rows).await;
}

#[tokio::test]
async fn files_are_counted_named_and_shown() {
    let bench = Bench::set().await;
    let path = bench.messages();
    let card = |url: &str| json!({"flags": V2, "components": [{"type": 13, "file": {"url": url}}]});
    let eleven: Vec<&str> = vec!["a.txt"; 11];
    let rows = [
        (fine(json!({})), &eleven[..10]),
        (form("message.attachments", "attachments", json!({})), &eleven[..]),
        (fine(card("attachment://a.txt")), &eleven[..1]),
        (form("attachment.unknown", "components.0.file.url", card("attachment://b.txt")), &eleven[..1]),
        (
            ignored("attachment.unused", json!({"flags": V2, "components": [{"type": 10, "content": "x"}]})),
            &eleven[..1],
        ),
        (ignored("attachment.unlisted", json!({"attachments": []})), &eleven[..1]),
        (form("attachment.unknown", "attachments.0", json!({"attachments": [{"id": 7}]})), &eleven[..0]),
        (
            form(
                "attachment.description",
                "attachments.0.description",
                json!({"attachments": [{"id": 0, "description": text(1025)}]}),
            ),
            &eleven[..1],
        ),
        (
            form("attachment.filename", "attachments.0.filename", json!({"attachments": [{"id": 0, "filename": ""}]})),
            &eleven[..1],
        ),
        (form("attachment.unique", "attachments", json!({"attachments": [{"id": 0}, {"id": 0}]})), &eleven[..1]),
    ];
    for (row, files) in rows {
        let (status, answer) = bench.send_files(&path, row.body(), files).await;
        assert_eq!(bench.compare(&row, status, &answer), None);
    }
}

#[tokio::test]
async fn a_request_is_json_and_not_too_large() {
    let bench = Bench::set().await;
    let path = bench.messages();
    let (status, answer) = bench.send_plain(&path, "{\"content\": \"x\"}").await;
    assert_eq!(bench.compare(&form("request.content_type", "", json!("x")), status, &answer), None);
    let (status, answer) = bench.send_bytes(&path, 10 * 1024 * 1024).await;
    assert_eq!(bench.compare(&fine(json!({})), status, &answer), None);
    let (status, answer) = bench.send_bytes(&path, 10 * 1024 * 1024 + 1).await;
    assert_eq!(bench.compare(&error("request.size", 413, 40005, json!({})), status, &answer), None);
    let spoiler = json!({"content": "x", "attachments": [{"id": 0, "is_spoiler": true}]});
    let (status, answer) = bench.send_files(&path, &spoiler, &["a.txt"]).await;
    assert_eq!(bench.compare(&error("sandbox.unsupported", 400, 0, spoiler), status, &answer), None);
}

#[tokio::test]
async fn a_message_takes_twenty_kinds_of_reactions() {
    let bench = Bench::set().await;
    let message = bench.say(json!({"content": "x"})).await;
    let at = format!("{}/{}/reactions", bench.messages(), message["id"].as_str().unwrap());
    for n in 0..21_u32 {
        let emoji = char::from_u32(0x1F600 + n).unwrap();
        let row = if n < 20 { fine(Value::Null) } else { error("message.reactions", 400, 30010, Value::Null) };
        bench.judge(Method::PUT, &format!("{at}/{emoji}/@me"), vec![row]).await;
    }
}

#[tokio::test]
async fn lists_come_in_pages() {
    let bench = Bench::set().await;
    let message = bench.say(json!({"content": "x"})).await;
    let at = format!("{}/{}", bench.messages(), message["id"].as_str().unwrap());
    let emoji = format!("{at}/reactions/%F0%9F%91%8D");
    for who in ["bot", "admin", "member"] {
        assert_eq!(bench.send(who, Method::PUT, &format!("{emoji}/@me"), &Value::Null).await.0, 204);
    }
    let ids = async |path: String| -> Vec<String> {
        let (status, all) = bench.send("bot", Method::GET, &path, &Value::Null).await;
        assert_eq!(status, 200, "{all}");
        all.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = ids(emoji.clone()).await;
    assert_eq!(all.len(), 3);
    assert_eq!(ids(format!("{emoji}?limit=2")).await, all[..2]);
    assert_eq!(ids(format!("{emoji}?after={}", all[0])).await, all[1..]);
    for (path, row) in [
        (format!("{emoji}?type=1"), error("sandbox.unsupported", 400, 0, Value::Null)),
        (format!("{emoji}?limit=101"), form("query.limit", "limit", Value::Null)),
        (format!("{}/pins?limit=51", bench.messages()), form("query.limit", "limit", Value::Null)),
        (format!("{}/pins?before=x", bench.messages()), form("field.type", "before", Value::Null)),
        (
            format!("/channels/{}/threads/archived/public?before=1", bench.ops),
            form("field.type", "before", Value::Null),
        ),
        ("/users/@me/guilds?limit=201".to_owned(), form("query.limit", "limit", Value::Null)),
    ] {
        bench.judge(Method::GET, &path, vec![row]).await;
    }
    for n in 0..3 {
        let pin = bench.say(json!({"content": n.to_string()})).await;
        let path = format!("{}/pins/{}", bench.messages(), pin["id"].as_str().unwrap());
        assert_eq!(bench.send("bot", Method::PUT, &path, &Value::Null).await.0, 204);
    }
    let (_, page) = bench.send("bot", Method::GET, &format!("{}/pins?limit=2", bench.messages()), &Value::Null).await;
    assert_eq!((page["items"].as_array().unwrap().len(), &page["has_more"]), (2, &json!(true)));
}

#[tokio::test]
async fn a_reply_answers_a_message_that_is_there() {
    let bench = Bench::set().await;
    let path = bench.messages();
    let message = bench.say(json!({"content": "first"})).await;
    let (general, id) = (bench.sandbox.channel_id("general").unwrap(), message["id"].clone());
    let (_, thread) = bench.post(&format!("/channels/{}/threads", bench.ops), json!({"name": "t", "type": 11})).await;
    assert_eq!(thread["type"], 11);
    let notice = bench.sandbox.messages(&bench.ops).last().unwrap()["id"].clone();
    let reply = |reference: Value| json!({"content": "x", "message_reference": reference});
    let rows = vec![
        fine(reply(json!({"message_id": id}))),
        fine(reply(json!({"message_id": "1", "fail_if_not_exists": false}))),
        form("", "message_reference", reply(json!({"message_id": "1"}))),
        form("field.required", "message_reference.message_id", reply(json!({}))),
        form("field.type", "message_reference.message_id", reply(json!({"message_id": "x"}))),
        form("reply.type", "message_reference.type", reply(json!({"message_id": id, "type": 2}))),
        form("reply.channel", "message_reference", reply(json!({"message_id": id, "channel_id": general}))),
        form("reply.system", "message_reference", reply(json!({"message_id": notice}))),
        error("sandbox.unsupported", 400, 0, reply(json!({"message_id": id, "type": 1}))),
    ];
    bench.judge(Method::POST, &path, rows).await;
}

#[tokio::test]
async fn an_edit_keeps_to_what_an_edit_may() {
    let bench = Bench::set().await;
    let message = bench.say(json!({"content": "first"})).await;
    let path = format!("{}/{}", bench.messages(), message["id"].as_str().unwrap());
    let card = json!({"flags": V2, "components": [{"type": 10, "content": "x"}]});
    let rows = vec![
        fine(json!({"content": "second", "flags": SUPPRESS_EMBEDS})),
        error("message.empty", 400, 50006, json!({"content": null})),
        ignored("message.flags", json!({"content": "x", "flags": 1 << 12})),
        ignored("message.flags", json!({"content": "x", "flags": EPHEMERAL})),
        form("components_v2.legacy_fields", "content", card.clone()),
        fine(json!({"content": null, "flags": V2, "components": card["components"]})),
        form("components_v2.irrevocable", "flags", json!({"flags": 0})),
        form("components_v2.legacy_fields", "embeds", json!({"embeds": [{"title": "x"}]})),
        fine(json!({"components": [{"type": 10, "content": "y"}]})),
    ];
    bench.judge(Method::PATCH, &path, rows).await;
}

#[tokio::test]
async fn old_messages_are_edited_three_times_and_then_later() {
    let bench = Bench::set().await;
    let message = bench.say(json!({"content": "first"})).await;
    let path = format!("{}/{}", bench.messages(), message["id"].as_str().unwrap());
    let edit = || fine(json!({"content": "again"}));
    bench.judge(Method::PATCH, &path, vec![edit(), edit(), edit(), edit()]).await;
    bench.sandbox.advance(Duration::from_secs(60 * 60 + 1));
    let late = error("", 429, 30046, json!({"content": "again"}));
    bench.judge(Method::PATCH, &path, vec![edit(), edit(), edit(), late]).await;
    bench.sandbox.advance(Duration::from_secs(20));
    bench.judge(Method::PATCH, &path, vec![edit()]).await;
}

#[tokio::test]
async fn an_enforced_nonce_posts_once_within_minutes() {
    let bench = Bench::set().await;
    let body = json!({"content": "live", "nonce": "n", "enforce_nonce": true});
    let first = bench.say(body.clone()).await;
    assert_eq!(bench.say(body.clone()).await["id"], first["id"]);
    bench.sandbox.advance(Duration::from_mins(6));
    assert_ne!(bench.say(body).await["id"], first["id"]);
}

#[tokio::test]
async fn many_are_deleted_at_once_if_they_are_young() {
    let bench = Bench::set().await;
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(bench.say(json!({"content": n.to_string()})).await["id"].clone());
    }
    let path = format!("{}/bulk-delete", bench.messages());
    let rows = vec![
        form("field.required", "messages", json!({})),
        form("bulk_delete.count", "messages", json!({"messages": [ids[0]]})),
        form("bulk_delete.count", "messages", json!({"messages": (0..101).map(|n| n.to_string()).collect::<Vec<_>>()})),
        form("bulk_delete.unique", "messages", json!({"messages": [ids[0], ids[0]]})),
        form("field.type", "messages.1", json!({"messages": [ids[0], "x"]})),
        fine(json!({"messages": [ids[0], ids[1]]})),
    ];
    bench.judge(Method::POST, &path, rows).await;
    bench.sandbox.advance(Duration::from_secs(14 * 24 * 60 * 60 + 1));
    bench
        .judge(Method::POST, &path, vec![error("bulk_delete.age", 400, 50034, json!({"messages": [ids[1], ids[2]]}))])
        .await;
}

#[tokio::test]
async fn what_nobody_wrote_is_left_alone() {
    let bench = Bench::set().await;
    let message = bench.say(json!({"content": "important"})).await;
    let pins = format!("{}/pins/{}", bench.messages(), message["id"].as_str().unwrap());
    assert_eq!(bench.send("bot", Method::PUT, &pins, &Value::Null).await.0, 204);
    let notice = bench.sandbox.messages(&bench.ops).last().unwrap()["id"].as_str().unwrap().to_owned();
    let system = |body: Value| vec![error("", 403, 50021, body)];
    let path = bench.messages();
    bench.judge(Method::PATCH, &format!("{path}/{notice}"), system(json!({"content": "x"}))).await;
    bench.judge(Method::PUT, &format!("{path}/pins/{notice}"), system(Value::Null)).await;
    bench.judge(Method::POST, &format!("{path}/{notice}/threads"), system(json!({"name": "x"}))).await;
}

#[tokio::test]
async fn queries_and_reactions_are_read_strictly() {
    let bench = Bench::set().await;
    let message = bench.say(json!({"content": "x"})).await;
    let path = bench.messages();
    for (query, row) in [
        ("?limit=100", fine(Value::Null)),
        ("?limit=101", form("query.limit", "limit", Value::Null)),
        ("?limit=0", form("query.limit", "limit", Value::Null)),
        ("?limit=x", form("query.limit", "limit", Value::Null)),
        ("?before=1&after=2", form("query.exclusive", "", Value::Null)),
        ("?before=x", form("field.type", "before", Value::Null)),
        ("/x", form("field.type", "message_id", Value::Null)),
        ("/1", error("", 404, 10008, Value::Null)),
    ] {
        bench.judge(Method::GET, &format!("{path}{query}"), vec![row]).await;
    }
    for (emoji, row) in [
        ("%F0%9F%91%8D", fine(Value::Null)),
        ("thumbsup", error("reaction.emoji", 404, 10014, Value::Null)),
        ("custom:123", error("reaction.emoji", 404, 10014, Value::Null)),
        ("%F0%9F%91%8D%F0%9F%91%8D", error("reaction.emoji", 404, 10014, Value::Null)),
    ] {
        let path = format!("{path}/{}/reactions/{emoji}/@me", message["id"].as_str().unwrap());
        bench.judge(Method::PUT, &path, vec![row]).await;
    }
}
