//! Who sees a channel, and who writes there.

use reqwest::Method;
use serde_json::json;

use crate::crew::Crew;

#[tokio::test]
async fn permissions_decide_who_sees_and_who_writes() {
    let crew = Crew::gathered().await;
    let (admin, guest) = (crew.person("admin"), crew.person("guest"));
    let mut client = crew.person_gateway("guest").await;
    let deny = |bits: u64| json!({"type": 0, "allow": "0", "deny": bits.to_string()});
    let everyone = format!("/channels/{}/permissions/{}", crew.ops, crew.guild);
    let path = format!("/channels/{}/messages", crew.ops);

    assert_eq!(admin.ask(Method::PUT, &everyone, deny(1 << 11)).await.0, 204);
    let (status, error) = guest.post(&path, json!({"content": "hi"})).await;
    assert_eq!((status, error), (403, json!({"message": "Missing Permissions", "code": 50013})));
    assert_eq!(
        crew.bot.post(&path, json!({"content": "hi"})).await.1["code"],
        50013,
        "a role does not lift what the channel denies"
    );

    assert_eq!(admin.ask(Method::PUT, &everyone, deny(1 << 10)).await.0, 204);
    let (status, error) = guest.get(&path).await;
    assert_eq!((status, error), (403, json!({"message": "Missing Access", "code": 50001})));
    assert_eq!(admin.post(&path, json!({"content": "secret"})).await.0, 200);
    let general = format!("/channels/{}/messages", crew.sandbox.channel_id("general").unwrap());
    assert_eq!(admin.post(&general, json!({"content": "for all"})).await.0, 200);
    assert_eq!(client.event("MESSAGE_CREATE").await["content"], "for all");

    let (status, error) = crew.bot.get("/channels/1").await;
    assert_eq!((status, error), (404, json!({"message": "Unknown Channel", "code": 10003})));
    let theirs =
        crew.sandbox.messages(&crew.sandbox.channel_id("general").unwrap())[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(crew.bot.patch(&format!("{general}/{theirs}"), json!({"content": "x"})).await.1["code"], 50005);
    assert_eq!(crew.rules(), [""; 0]);
}
