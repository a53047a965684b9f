//! Channels, categories, forums, threads and roles.

use crate::bench::{Bench, error, fine, form, text};
use reqwest::Method;
use serde_json::{Value, json};

impl Bench {
    async fn channel(&self, body: Value) -> String {
        let (status, channel) = self.post(&format!("/guilds/{}/channels", self.guild), body).await;
        assert_eq!(status, 201, "{channel}");
        channel["id"].as_str().unwrap().to_owned()
    }

    async fn thread(&self, body: Value) -> String {
        let (status, thread) = self.post(&format!("/channels/{}/threads", self.ops), body).await;
        assert_eq!(status, 201, "{thread}");
        thread["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_channel_is_what_its_type_allows() {
    let bench = Bench::set().await;
    let tags = |n: usize| -> Value { (0..n).map(|n| json!({"name": n.to_string()})).collect() };
    let forum = |more: Value| {
        let mut body = json!({"name": "forum", "type": 15});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let rows = vec![
        fine(json!({"name": text(100), "topic": text(1024), "rate_limit_per_user": 21_600})),
        form("field.required", "name", json!({})),
        form("channel.name", "name", json!({"name": ""})),
        form("channel.name", "name", json!({"name": "   "})),
        form("channel.name", "name", json!({"name": text(101)})),
        form("channel.topic", "topic", json!({"name": "x", "topic": text(1025)})),
        form("channel.slowmode", "rate_limit_per_user", json!({"name": "x", "rate_limit_per_user": 21_601})),
        form("channel.slowmode", "rate_limit_per_user", json!({"name": "x", "rate_limit_per_user": -1})),
        form("channel.type", "type", json!({"name": "x", "type": 3})),
        error("sandbox.unsupported", 400, 0, json!({"name": "x", "type": 13})),
        form("field.type", "nsfw", json!({"name": "x", "nsfw": "yes"})),
        form("channel.position", "position", json!({"name": "x", "position": -1})),
        fine(json!({"name": "Voice", "type": 2, "bitrate": 96_000, "user_limit": 99})),
        form("channel.bitrate", "bitrate", json!({"name": "x", "type": 2, "bitrate": 7999})),
        form("channel.user_limit", "user_limit", json!({"name": "x", "type": 2, "user_limit": 100})),
        form("channel.video_quality", "video_quality_mode", json!({"name": "x", "type": 2, "video_quality_mode": 3})),
        form("channel.flags", "flags", forum(json!({"flags": 1}))),
        form("channel.field", "bitrate", json!({"name": "x", "bitrate": 64_000})),
        form(
            "overwrite.type",
            "permission_overwrites.0.type",
            json!({"name": "x", "permission_overwrites": [{"id": "1", "type": 2}]}),
        ),
        form(
            "field.required",
            "permission_overwrites.0.id",
            json!({"name": "x", "permission_overwrites": [{"type": 0}]}),
        ),
        form("", "parent_id", json!({"name": "x", "parent_id": "1"})),
        form("channel.parent", "parent_id", json!({"name": "x", "parent_id": bench.ops})),
        fine(forum(json!({"topic": text(4096), "available_tags": tags(20), "default_sort_order": 1}))),
        form("channel.topic", "topic", forum(json!({"topic": text(4097)}))),
        form("forum.tags", "available_tags", forum(json!({"available_tags": tags(21)}))),
        form("forum.tag_name", "available_tags.0.name", forum(json!({"available_tags": [{"name": text(21)}]}))),
        form(
            "forum.tag_emoji",
            "available_tags.0.emoji_name",
            forum(json!({"available_tags": [{"name": "x", "emoji_name": "x"}]})),
        ),
        form("channel.forum", "default_forum_layout", forum(json!({"default_forum_layout": 3}))),
        form("channel.field", "available_tags", json!({"name": "x", "available_tags": tags(1)})),
    ];
    bench.judge(Method::POST, &format!("/guilds/{}/channels", bench.guild), rows).await;
    let rows = vec![
        fine(json!({"topic": text(1024)})),
        form("channel.name", "name", json!({"name": ""})),
        form("channel.topic", "topic", json!({"topic": text(1025)})),
        error("sandbox.unsupported", 400, 0, json!({"type": 5})),
    ];
    bench.judge(Method::PATCH, &format!("/channels/{}", bench.ops), rows).await;
}

#[tokio::test]
async fn a_category_has_fifty_channels_and_a_guild_five_hundred() {
    let bench = Bench::set().await;
    let path = format!("/guilds/{}/channels", bench.guild);
    let category = bench.channel(json!({"name": "Rooms", "type": 4})).await;
    for n in 0..50 {
        bench.channel(json!({"name": n.to_string(), "parent_id": category})).await;
    }
    let rows = vec![
        form("category.channels", "parent_id", json!({"name": "x", "parent_id": category})),
        form("channel.parent", "parent_id", json!({"name": "x", "type": 4, "parent_id": category})),
    ];
    bench.judge(Method::POST, &path, rows).await;
    bench
        .judge(
            Method::PATCH,
            &format!("/channels/{}", bench.ops),
            vec![form("category.channels", "parent_id", json!({"parent_id": category}))],
        )
        .await;
    // Two from the start, the category and its fifty.
    for n in 53..500 {
        bench.channel(json!({"name": n.to_string()})).await;
    }
    bench.judge(Method::POST, &path, vec![error("guild.channels", 400, 30013, json!({"name": "x"}))]).await;
}

#[tokio::test]
async fn a_thread_is_started_from_what_can_start_one() {
    let bench = Bench::set().await;
    let message = bench.say(json!({"content": "x"})).await;
    let on_message = format!("{}/{}/threads", bench.messages(), message["id"].as_str().unwrap());
    let rows = vec![
        form("field.required", "name", json!({"type": 11})),
        form("thread.name", "name", json!({"name": "", "type": 11})),
        form("thread.name", "name", json!({"name": text(101), "type": 11})),
        form("thread.type", "type", json!({"name": "x", "type": 10})),
        form(
            "thread.auto_archive_duration",
            "auto_archive_duration",
            json!({"name": "x", "type": 11, "auto_archive_duration": 61}),
        ),
        form(
            "channel.slowmode",
            "rate_limit_per_user",
            json!({"name": "x", "type": 11, "rate_limit_per_user": 21_601}),
        ),
        form("thread.invitable", "invitable", json!({"name": "x", "type": 11, "invitable": false})),
        fine(json!({"name": "x", "type": 11, "auto_archive_duration": 10_080})),
        fine(json!({"name": "x", "type": 12, "invitable": false})),
    ];
    bench.judge(Method::POST, &format!("/channels/{}/threads", bench.ops), rows).await;
    let rows = vec![fine(json!({"name": "x"})), error("", 400, 160_004, json!({"name": "again"}))];
    bench.judge(Method::POST, &on_message, rows).await;
    let category = bench.channel(json!({"name": "Rooms", "type": 4})).await;
    bench
        .judge(
            Method::POST,
            &format!("/channels/{category}/threads"),
            vec![error("", 400, 50024, json!({"name": "x", "type": 11}))],
        )
        .await;
    bench
        .judge(
            Method::POST,
            &format!("/channels/{category}/messages"),
            vec![error("", 400, 50008, json!({"content": "x"}))],
        )
        .await;
}

#[tokio::test]
async fn a_guild_has_a_thousand_threads_awake() {
    let bench = Bench::set().await;
    for n in 0..1000 {
        bench.thread(json!({"name": n.to_string(), "type": 12})).await;
    }
    let body = json!({"name": "x", "type": 12});
    let path = format!("/channels/{}/threads", bench.ops);
    bench.judge(Method::POST, &path, vec![error("", 400, 160_006, body)]).await;
}

#[tokio::test]
async fn a_thread_has_a_thousand_members() {
    let bench = Bench::set().await;
    let thread = bench.thread(json!({"name": "x", "type": 11})).await;
    let path = |id: &str| format!("/channels/{thread}/thread-members/{id}");
    // The bot is the first of them.
    for n in 1..=1000 {
        let joining = bench.sandbox.add_account(&format!("p{n}"), &[]).unwrap().id;
        let row = if n < 1000 { fine(Value::Null) } else { error("thread.members", 400, 30033, Value::Null) };
        bench.judge(Method::PUT, &path(&joining), vec![row]).await;
    }
}

#[tokio::test]
async fn an_archived_thread_sleeps_and_a_locked_one_is_shut() {
    let bench = Bench::set().await;
    let thread = bench.thread(json!({"name": "x", "type": 11})).await;
    let path = format!("/channels/{thread}");
    let (_, message) = bench.post(&format!("{path}/messages"), json!({"content": "x"})).await;
    let at = format!("{path}/messages/{}", message["id"].as_str().unwrap());
    bench.judge(Method::PATCH, &path, vec![fine(json!({"archived": true}))]).await;
    let asleep = |body: Value| vec![error("", 400, 50083, body)];
    bench.judge(Method::PATCH, &path, asleep(json!({"name": "y"}))).await;
    bench.judge(Method::PATCH, &at, asleep(json!({"content": "y"}))).await;
    bench.judge(Method::DELETE, &at, asleep(Value::Null)).await;
    bench.judge(Method::PUT, &format!("{at}/reactions/%F0%9F%91%8D/@me"), asleep(Value::Null)).await;
    bench
        .judge(Method::PUT, &format!("{path}/messages/pins/{}", message["id"].as_str().unwrap()), asleep(Value::Null))
        .await;
    bench.judge(Method::PUT, &format!("{path}/thread-members/@me"), asleep(Value::Null)).await;
    bench.judge(Method::POST, &format!("{path}/messages"), vec![fine(json!({"content": "awake"}))]).await;
    bench.judge(Method::PATCH, &at, vec![fine(json!({"content": "y"}))]).await;

    bench.judge(Method::PATCH, &path, vec![fine(json!({"locked": true}))]).await;
    let (status, answer) =
        bench.send("member", Method::POST, &format!("{path}/messages"), &json!({"content": "x"})).await;
    assert_eq!((status, &answer["code"]), (400, &json!(160_005)));
    bench
        .judge(
            Method::POST,
            &format!("{path}/messages"),
            vec![fine(json!({"content": "who manages threads still may"}))],
        )
        .await;
}

#[tokio::test]
async fn a_forum_takes_posts_with_a_first_message_and_its_own_tags() {
    let bench = Bench::set().await;
    let body = json!({"name": "help", "type": 15, "flags": 16, "available_tags": [{"name": "open"}]});
    let forum = bench.channel(body).await;
    let (_, shown) = bench.send("bot", Method::GET, &format!("/channels/{forum}"), &Value::Null).await;
    let tag = shown["available_tags"][0]["id"].clone();
    let post = |more: Value| {
        let mut body = json!({"name": "How?", "message": {"content": "x"}, "applied_tags": [tag]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let rows = vec![
        fine(post(json!({}))),
        form("field.required", "message", post(json!({"message": null}))),
        error("message.empty", 400, 50006, post(json!({"message": {}}))),
        form("message.content", "message.content", post(json!({"message": {"content": text(2001)}}))),
        form("thread.name", "name", post(json!({"name": text(101)}))),
        form("forum.applied_tags", "applied_tags.0", post(json!({"applied_tags": ["1"]}))),
        form("forum.applied_tags", "applied_tags", post(json!({"applied_tags": ["1", "2", "3", "4", "5", "6"]}))),
        error("forum.tag_required", 400, 40067, post(json!({"applied_tags": []}))),
    ];
    bench.judge(Method::POST, &format!("/channels/{forum}/threads"), rows).await;
    bench
        .judge(
            Method::POST,
            &format!("/channels/{forum}/messages"),
            vec![error("", 400, 50008, json!({"content": "x"}))],
        )
        .await;
    let (_, thread) = bench.post(&format!("/channels/{forum}/threads"), post(json!({}))).await;
    assert_eq!(
        (&thread["type"], &thread["parent_id"], &thread["applied_tags"]),
        (&json!(11), &json!(forum), &json!([tag]))
    );
    assert_eq!((&thread["message"]["id"], &thread["message"]["channel_id"]), (&thread["id"], &thread["id"]));
}

#[tokio::test]
async fn pins_and_roles_run_out() {
    let bench = Bench::set().await;
    let pin = |message: &Value| format!("{}/pins/{}", bench.messages(), message["id"].as_str().unwrap());
    for n in 0..250 {
        let message = bench.say(json!({"content": n.to_string()})).await;
        assert_eq!(bench.send("bot", Method::PUT, &pin(&message), &Value::Null).await.0, 204);
    }
    let one_more = bench.say(json!({"content": "x"})).await;
    bench.judge(Method::PUT, &pin(&one_more), vec![error("channel.pins", 400, 30003, Value::Null)]).await;

    let path = format!("/guilds/{}/roles", bench.guild);
    let rows = vec![
        form("role.name", "name", json!({"name": text(101)})),
        form("role.color", "color", json!({"color": 0x0100_0000})),
        form("role.color", "colors.primary_color", json!({"colors": {"primary_color": -1}})),
        form("field.type", "permissions", json!({"permissions": "all"})),
        form("field.type", "hoist", json!({"hoist": 1})),
        error("role.icon", 400, 50101, json!({"unicode_emoji": "👍"})),
        error("sandbox.unsupported", 400, 0, json!({"colors": {"primary_color": 1, "secondary_color": 2}})),
    ];
    bench.judge(Method::POST, &path, rows).await;
    for n in 3..250 {
        assert_eq!(bench.post(&path, json!({"name": n.to_string()})).await.0, 200);
    }
    bench.judge(Method::POST, &path, vec![error("guild.roles", 400, 30005, json!({"name": "x"}))]).await;
}
