//! What people ask, how it is acknowledged, and what is told them alone.

use std::time::Duration;

use serde_json::{Value, json};

use crate::crew::{Crew, Gateway, V2, callback_path, card, original};

#[tokio::test]
async fn a_command_is_deferred_answered_with_a_card_and_pressed() {
    let crew = Crew::gathered().await;
    let (mut bot, ready) = Gateway::identified(&crew.sandbox.gateway_url(), crew.sandbox.bot_token()).await;
    assert_eq!(ready["application"]["id"], crew.app.as_str());
    assert_eq!(ready["guilds"][0], json!({"id": crew.guild, "unavailable": true}));
    let guild = bot.event("GUILD_CREATE").await;
    assert_eq!(guild["channels"].as_array().unwrap().len(), 2);
    let command = crew.register(json!({"name": "ping", "description": "Are you there?"})).await;

    let (member, mut client) = (crew.person("member"), crew.person_gateway("member").await);
    let (_, index) = member.get(&format!("/guilds/{}/application-command-index", crew.guild)).await;
    assert_eq!(index["application_commands"][0]["id"], command["id"]);
    let asked = crew.slash(&member, &mut bot, &command, json!([])).await;
    assert_eq!((&asked["data"]["name"], &asked["type"]), (&json!("ping"), &json!(2)));
    let heard = client.event("INTERACTION_CREATE").await;
    assert_eq!(heard, json!({"id": asked["id"], "nonce": "n1"}));

    let (status, answer) = crew.callback(&asked, json!({"type": 5})).await;
    assert_eq!((status, answer), (204, Value::Null));
    let thinking = client.event("MESSAGE_CREATE").await;
    assert_eq!((&thinking["flags"], &thinking["type"]), (&json!(128), &json!(20)));
    client.event("INTERACTION_SUCCESS").await;

    let (status, edited) = crew.bot.patch(&original(&asked), card("Pong")).await;
    assert_eq!((status, &edited["flags"], &edited["edited_timestamp"]), (200, &json!(V2), &Value::Null), "{edited}");
    let shown = client.event("MESSAGE_UPDATE").await;
    assert_eq!(shown["id"], thinking["id"]);
    assert_eq!(shown["components"][0]["components"][0]["content"], "Pong");

    let press = json!({"component_type": 2, "custom_id": "again"});
    let mut body = crew.interaction(3, press);
    body["message_id"] = shown["id"].clone();
    assert_eq!(member.post("/interactions", body).await.0, 204);
    let pressed = bot.event("INTERACTION_CREATE").await;
    assert_eq!((&pressed["message"]["id"], &pressed["data"]["custom_id"]), (&shown["id"], &json!("again")));
    assert_eq!(crew.callback(&pressed, json!({"type": 7, "data": card("Pong again")})).await.0, 204);
    assert_eq!(client.event("MESSAGE_UPDATE").await["components"][0]["components"][0]["content"], "Pong again");

    assert_eq!(crew.sandbox.violations(), vec![]);
    crew.sandbox.stop().await;
}

#[tokio::test]
async fn acknowledging_twice_or_late_is_refused_and_recorded() {
    let crew = Crew::gathered().await;
    let mut bot = crew.bot_gateway().await;
    let (member, mut client) = (crew.person("member"), crew.person_gateway("member").await);
    let command = crew.register(json!({"name": "ping", "description": "Are you there?"})).await;

    let asked = crew.slash(&member, &mut bot, &command, json!([])).await;
    let (_, with_response) = crew
        .bot
        .post(&format!("{}?with_response=true", callback_path(&asked)), json!({"type": 4, "data": {"content": "hi"}}))
        .await;
    assert_eq!(with_response["resource"]["message"]["content"], "hi");
    let (status, error) = crew.callback(&asked, json!({"type": 5})).await;
    assert_eq!((status, error), (400, json!({"message": "Interaction has already been acknowledged.", "code": 40060})));

    let asked = crew.slash(&member, &mut bot, &command, json!([])).await;
    let failed = client.event("INTERACTION_FAILURE").await;
    assert_eq!(failed["id"], asked["id"]);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let (status, error) = crew.callback(&asked, json!({"type": 5})).await;
    assert_eq!((status, error), (404, json!({"message": "Unknown interaction", "code": 10062})));
    assert_eq!(
        crew.rules(),
        ["interaction.acknowledged_twice", "interaction.unacknowledged", "interaction.acknowledged_late"]
    );
}

#[tokio::test]
async fn a_token_dies_after_fifteen_minutes() {
    let crew = Crew::gathered().await;
    let mut bot = crew.bot_gateway().await;
    let command = crew.register(json!({"name": "ping", "description": "Are you there?"})).await;
    let asked = crew.slash(&crew.person("member"), &mut bot, &command, json!([])).await;
    let (app, token) = (crew.app.as_str(), asked["token"].as_str().unwrap());
    assert_eq!(crew.bot.post(&format!("/webhooks/{app}/{token}"), json!({"content": "early"})).await.1["code"], 10015);
    assert_eq!(crew.callback(&asked, json!({"type": 5, "data": {"flags": 64}})).await.0, 204);

    let (_, first) = crew.bot.post(&format!("/webhooks/{app}/{token}"), json!({"content": "first"})).await;
    let (_, answered) = crew.bot.get(&original(&asked)).await;
    assert_eq!(
        (&first["id"], &answered["content"]),
        (&answered["id"], &json!("first")),
        "the first follow-up fills the deferred answer"
    );
    let (_, second) = crew.bot.post(&format!("/webhooks/{app}/{token}"), json!({"content": "second"})).await;
    assert_ne!(first["id"], second["id"]);

    crew.sandbox.advance(Duration::from_secs(15 * 60 + 1));
    let (status, error) = crew.bot.patch(&original(&asked), json!({"content": "too late"})).await;
    assert_eq!((status, error), (401, json!({"message": "Invalid Webhook Token", "code": 50027})));
    assert_eq!(crew.rules(), ["interaction.token"]);
}

#[tokio::test]
async fn an_ephemeral_answer_is_seen_by_one_person() {
    let crew = Crew::gathered().await;
    let mut bot = crew.bot_gateway().await;
    let member = crew.person("member");
    let (mut asking, mut other) = (crew.person_gateway("member").await, crew.person_gateway("guest").await);
    let command = crew.register(json!({"name": "secret", "description": "Tell me"})).await;
    let asked = crew.slash(&member, &mut bot, &command, json!([])).await;
    crew.callback(&asked, json!({"type": 4, "data": {"content": "only you", "flags": 64}})).await;
    let whispered = asking.event("MESSAGE_CREATE").await;
    assert_eq!((&whispered["content"], whispered.get("guild_id")), (&json!("only you"), None));

    let path = format!("/channels/{}/messages", crew.ops);
    crew.bot.post(&path, json!({"content": "for all"})).await;
    assert_eq!(other.event("MESSAGE_CREATE").await["content"], "for all");
    assert_eq!(member.get(&path).await.1.as_array().unwrap().len(), 2);
    assert_eq!(crew.person("guest").get(&path).await.1.as_array().unwrap().len(), 1);
    let id = whispered["id"].as_str().unwrap();
    assert_eq!(crew.bot.get(&format!("{path}/{id}")).await.1["code"], 10008, "only the token reaches it");
    assert_eq!(crew.bot.get(&original(&asked)).await.0, 200);
}

#[tokio::test]
async fn a_form_is_shown_filled_in_and_checked() {
    let crew = Crew::gathered().await;
    let mut bot = crew.bot_gateway().await;
    let (member, mut client) = (crew.person("member"), crew.person_gateway("member").await);
    let command = crew.register(json!({"name": "note", "description": "Write a note"})).await;
    let asked = crew.slash(&member, &mut bot, &command, json!([])).await;
    let input = json!({"type": 4, "style": 1, "custom_id": "text", "label": "Text", "min_length": 3, "max_length": 10});
    let modal = json!({"custom_id": "note", "title": "A note", "components": [{"type": 1, "components": [input]}]});
    assert_eq!(crew.callback(&asked, json!({"type": 9, "data": modal})).await.0, 204);
    let shown = client.event("INTERACTION_MODAL_CREATE").await;

    let fill = |text: &str| {
        let rows = json!([{"type": 1, "components": [{"type": 4, "custom_id": "text", "value": text}]}]);
        crew.interaction(5, json!({"id": shown["id"], "custom_id": "note", "components": rows}))
    };
    assert_eq!(member.post("/interactions", fill("no")).await.1["code"], 50035);
    assert_eq!(member.post("/interactions", fill("a note")).await.0, 204);
    let sent = bot.event("INTERACTION_CREATE").await;
    assert_eq!(sent["data"]["components"][0]["components"][0]["value"], "a note");
    assert_eq!(crew.callback(&sent, json!({"type": 9, "data": modal})).await.0, 400, "a form does not answer a form");
    assert_eq!(crew.callback(&sent, json!({"type": 4, "data": {"content": "kept"}})).await.0, 204);
    assert_eq!(member.post("/interactions", fill("again")).await.1["code"], 10062, "a form is sent once");
    assert_eq!(crew.rules(), ["interaction.callback_type"]);
}

#[tokio::test]
async fn options_are_checked_resolved_and_completed() {
    let crew = Crew::gathered().await;
    let mut bot = crew.bot_gateway().await;
    let (member, mut client) = (crew.person("member"), crew.person_gateway("member").await);
    let command = crew
        .register(json!({"name": "server", "description": "Servers", "options": [
            {"type": 1, "name": "give", "description": "Give one away", "options": [
                {"type": 3, "name": "server", "description": "Which", "required": true, "autocomplete": true},
                {"type": 6, "name": "to", "description": "To whom", "required": true},
            ]},
        ]}))
        .await;
    let guest = crew.sandbox.accounts().into_iter().find(|one| one.name == "guest").unwrap().id;
    let give = |options: Value| json!([{"type": 1, "name": "give", "options": options}]);
    let server = json!({"type": 3, "name": "server", "value": "web-1"});
    let data = |options: Value| json!({"id": command["id"], "name": "server", "type": 1, "version": command["version"], "options": options});

    let incomplete = crew.interaction(2, data(give(json!([server]))));
    assert_eq!(member.post("/interactions", incomplete).await.1["code"], 50035);
    let outdated = crew.interaction(2, json!({"id": command["id"], "name": "server", "type": 1, "version": "1"}));
    assert_eq!(member.post("/interactions", outdated).await.1["code"], 50035);
    let asked =
        crew.slash(&member, &mut bot, &command, give(json!([server, {"type": 6, "name": "to", "value": guest}]))).await;
    assert_eq!(asked["data"]["resolved"]["users"][&guest]["username"], "guest");
    assert!(asked["data"]["resolved"]["members"][&guest]["permissions"].is_string());
    crew.callback(&asked, json!({"type": 4, "data": {"content": "given"}})).await;

    let typing = json!({"type": 3, "name": "server", "value": "we", "focused": true});
    assert_eq!(member.post("/interactions", crew.interaction(4, data(give(json!([typing]))))).await.0, 204);
    let typed = bot.event("INTERACTION_CREATE").await;
    assert_eq!((&typed["type"], &typed["data"]["options"][0]["options"][0]["focused"]), (&json!(4), &json!(true)));
    let many = vec![json!({"name": "web-1", "value": "web-1"}); 26];
    assert_eq!(crew.callback(&typed, json!({"type": 8, "data": {"choices": many}})).await.0, 400);
    assert_eq!(crew.callback(&typed, json!({"type": 8, "data": {"choices": many[..25]}})).await.0, 204);
    let offered = client.event("APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE").await;
    assert_eq!((offered["choices"].as_array().unwrap().len(), &offered["nonce"]), (25, &json!("n1")));
    assert_eq!(crew.rules(), ["autocomplete.choices"]);
}
