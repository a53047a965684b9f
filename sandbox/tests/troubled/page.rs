//! Faults by the page's routes.

use super::Stage;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn faults_are_made_listed_and_removed_over_http() {
    let stage = Stage::set().await;
    let ask = async |method: Method, body: Value| stage.try_ask("", method, "/sandbox/faults", &body).await.unwrap();
    assert_eq!(ask(Method::GET, Value::Null).await.json(), json!({"active": []}));
    let fault = json!({"fault": "server_error", "status": 503, "route": "GET /users/@me", "times": 2});
    let made = ask(Method::POST, fault.clone()).await;
    assert_eq!(made.status, 201);
    assert_eq!(stage.get("/users/@me").await.status, 503);
    let mut listed = fault;
    (listed["left"], listed["id"]) = (json!(1), made.json()["id"].clone());
    assert_eq!(ask(Method::GET, Value::Null).await.json(), json!({"active": [listed]}));
    for bad in [json!({"fault": "earthquake"}), json!([]), json!({"fault": "zombie", "seconds": "x".repeat(5_000)})] {
        let refused = ask(Method::POST, bad).await;
        assert!(refused.status == 400 && refused.json()["message"].is_string(), "{}", refused.text);
    }
    assert_eq!(ask(Method::DELETE, Value::Null).await.status, 204);
    assert_eq!(ask(Method::GET, Value::Null).await.json(), json!({"active": []}));
    assert_eq!(stage.get("/users/@me").await.status, 200);
}
