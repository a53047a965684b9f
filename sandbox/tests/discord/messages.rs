//! Messages, files, threads and direct messages.

use reqwest::Client;
use serde_json::{Value, json};

use crate::crew::{Crew, V2, card};

#[tokio::test]
async fn what_breaks_a_limit_is_answered_in_discords_words() {
    let crew = Crew::without_rate_limits().await;
    let path = format!("/channels/{}/messages", crew.ops);
    let (status, error) = crew.bot.post(&path, json!({"content": "x".repeat(2001)})).await;
    let named = json!({"content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}]}});
    assert_eq!((status, error), (400, json!({"message": "Invalid Form Body", "code": 50035, "errors": named})));

    let texts: Vec<Value> = vec![json!({"type": 10, "content": "x"}); 41];
    let (status, error) = crew.bot.post(&path, json!({"flags": V2, "components": texts})).await;
    assert_eq!((status, &error["code"]), (400, &json!(50035)));
    let (status, error) = crew.bot.post(&path, json!({"content": ""})).await;
    assert_eq!((status, &error["code"]), (400, &json!(50006)));
    let missing = json!({"flags": V2, "components": [{"type": 13, "file": {"url": "attachment://log.txt"}}]});
    assert_eq!(crew.bot.post(&path, missing).await.0, 400);
    let both = json!({"flags": V2, "content": "x", "components": [{"type": 10, "content": "x"}]});
    assert_eq!(
        crew.bot.post(&path, both).await.1["errors"]["content"]["_errors"][0]["code"],
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
    );

    let (_, card) = crew.bot.post(&path, card("for ever")).await;
    let plain = json!({"flags": 0, "content": "plain", "components": []});
    assert_eq!(crew.bot.patch(&format!("{path}/{}", card["id"].as_str().unwrap()), plain).await.0, 400);
    let rules = [
        "message.content",
        "components_v2.count",
        "message.empty",
        "attachment.unknown",
        "components_v2.legacy_fields",
        "components_v2.irrevocable",
    ];
    assert_eq!(crew.rules(), rules);

    crew.person("member").post(&path, json!({"content": "x".repeat(2001)})).await;
    assert_eq!(crew.rules().len(), rules.len(), "people are not judged");
}

#[tokio::test]
async fn a_nonce_that_is_enforced_posts_once() {
    let crew = Crew::gathered().await;
    let path = format!("/channels/{}/messages", crew.ops);
    let body = json!({"content": "live now", "nonce": "go-live-1", "enforce_nonce": true});
    let (_, first) = crew.bot.post(&path, body.clone()).await;
    let (_, again) = crew.bot.post(&path, body).await;
    assert_eq!(first["id"], again["id"]);
    assert_eq!(crew.sandbox.messages(&crew.ops).len(), 1);
}

#[tokio::test]
async fn a_file_travels_through_tls_and_back() {
    let crew = Crew::gathered().await;
    let ca = reqwest::Certificate::from_pem(crew.sandbox.ca_pem().as_bytes()).unwrap();
    let port = crew.sandbox.discord_address().port();
    let http = Client::builder()
        .tls_built_in_root_certs(false)
        .add_root_certificate(ca)
        .resolve("discord.com", crew.sandbox.discord_address())
        .resolve("cdn.discordapp.com", crew.sandbox.discord_address())
        .build()
        .unwrap();
    let body = json!({"flags": V2, "components": [{"type": 13, "file": {"url": "attachment://the log.txt"}}]});
    let file = reqwest::multipart::Part::bytes(b"all is well".to_vec()).file_name("the log.txt");
    let form = reqwest::multipart::Form::new().text("payload_json", body.to_string()).part("files[0]", file);
    let url = format!("https://discord.com:{port}/api/v10/channels/{}/messages", crew.ops);
    let answer = http.post(url).header("authorization", &crew.bot.authorization).multipart(form).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    let message: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let address = message["components"][0]["file"]["url"].as_str().unwrap();
    assert!(address.ends_with("/the_log.txt"), "{message}");
    let address = address.replace("cdn.discordapp.com", &format!("cdn.discordapp.com:{port}"));
    assert_eq!(http.get(address).send().await.unwrap().text().await.unwrap(), "all is well");

    let elsewhere = format!("{}/sandbox/accounts", crew.sandbox.page_url());
    let refused = Client::new().get(elsewhere).header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(refused.status(), 403);
}

#[tokio::test]
async fn a_thread_sleeps_wakes_and_keeps_its_members() {
    let crew = Crew::gathered().await;
    let mut client = crew.person_gateway("member").await;
    let (_, message) =
        crew.bot.post(&format!("/channels/{}/messages", crew.ops), json!({"content": "deploying"})).await;
    let start = format!("/channels/{}/messages/{}/threads", crew.ops, message["id"].as_str().unwrap());
    let (status, thread) = crew.bot.post(&start, json!({"name": "deploy web", "auto_archive_duration": 60})).await;
    assert_eq!((status, &thread["type"], &thread["id"]), (201, &json!(11), &message["id"]));
    assert_eq!(client.event("THREAD_CREATE").await["name"], "deploy web");
    let path = format!("/channels/{}", thread["id"].as_str().unwrap());
    let (_, asleep) = crew.bot.patch(&path, json!({"archived": true})).await;
    assert_eq!(asleep["thread_metadata"]["archived"], true);
    assert_eq!(crew.person("member").post(&format!("{path}/messages"), json!({"content": "how is it?"})).await.0, 200);
    let (_, awake) = crew.bot.get(&path).await;
    assert_eq!((&awake["thread_metadata"]["archived"], &awake["member_count"]), (&json!(false), &json!(2)));
    let (_, active) = crew.bot.get(&format!("/guilds/{}/threads/active", crew.guild)).await;
    assert_eq!(active["threads"].as_array().unwrap().len(), 1);
    assert_eq!(crew.rules(), [""; 0]);
}

#[tokio::test]
async fn a_direct_message_shows_each_the_other() {
    let crew = Crew::gathered().await;
    let mut client = crew.person_gateway("guest").await;
    let guest = crew.sandbox.accounts().into_iter().find(|one| one.name == "guest").unwrap().id;
    let (_, channel) = crew.bot.post("/users/@me/channels", json!({"recipient_id": guest})).await;
    assert_eq!(channel["recipients"][0]["id"], guest.as_str());
    assert_eq!(client.event("CHANNEL_CREATE").await["recipients"][0]["id"], crew.app.as_str());
    let path = format!("/channels/{}/messages", channel["id"].as_str().unwrap());
    crew.bot.post(&path, json!({"content": "psst"})).await;
    assert_eq!(client.event("MESSAGE_CREATE").await["content"], "psst");
    assert_eq!(crew.person("member").get(&path).await.1["code"], 50001);
}
