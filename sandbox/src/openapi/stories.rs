//! What is reported and what is not, against a small description of our own.

use super::{Error, Exchange, OpenApi};
use crate::{Options, Sandbox};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// An API with one of everything that is checked.
fn small() -> Value {
    let answer = |schema: Value| json!({"description": "", "content": {"application/json": {"schema": schema}}});
    let named = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let query = |name: &str, schema: Value| json!({"name": name, "in": "query", "schema": schema});
    let part = |kind: u64, more: Value| {
        json!({"type": "object", "required": ["type"], "additionalProperties": false,
            "properties": {"type": {"type": "integer", "enum": [kind]}, "more": more}})
    };
    json!({
        "openapi": "3.1.0",
        "paths": {
            "/channels/{channel_id}/messages": {
                "parameters": [{"name": "channel_id", "in": "path", "required": true, "schema": named("SnowflakeType")}],
                "get": {"operationId": "list_messages", "responses": {"200": answer(json!({"type": "array"}))}, "parameters": [
                    query("limit", json!({"type": "integer", "minimum": 1, "maximum": 100})),
                    query("after", named("SnowflakeType")),
                    query("wait", json!({"type": "boolean"})),
                    query("ids", json!({"type": "array", "maxItems": 2, "uniqueItems": true, "items": named("SnowflakeType")})),
                ]},
                "post": {
                    "operationId": "create_message",
                    "requestBody": {"content": {"application/json": {"schema": named("Draft")}}},
                    "responses": {
                        "200": answer(named("MessageResponse")), "204": {"description": ""},
                        "429": answer(json!({"type": "object", "required": ["retry_after"]})),
                        "4XX": {"$ref": "#/components/responses/ClientErrorResponse"},
                    },
                },
            },
            "/users/{user_id}": {"get": {"operationId": "get_user", "responses": {"200": {"description": ""}}, "parameters": [
                {"name": "user_id", "in": "path", "required": true, "schema": named("SnowflakeType")}]}},
            "/users/@me": {"get": {"operationId": "get_me", "responses": {"200": {"description": ""}},
                "parameters": [{"name": "since", "in": "query", "required": true, "schema": {"type": "string", "format": "date-time"}}]}},
        },
        "components": {
            "responses": {"ClientErrorResponse": answer(json!({"type": "object", "required": ["code"],
                "properties": {"code": {"type": "integer"}, "errors": named("InnerErrors")}}))},
            "schemas": {
                "SnowflakeType": {"type": "string", "pattern": "^(0|[1-9][0-9]*)$", "format": "snowflake"},
                "InnerErrors": {"type": "object", "properties": {"_errors": {"type": "array", "items": {"type": "object",
                    "properties": {"code": {"type": "integer"}}}}}},
                "MessageResponse": {"type": "object", "required": ["id", "moon"],
                    "properties": {"id": named("SnowflakeType"), "flags": {"type": "integer", "format": "int32"}}},
                "Draft": {"type": "object", "required": ["content"], "properties": {
                    "content": {"type": ["string", "null"], "minLength": 1, "maxLength": 5},
                    "flags": {"type": "integer", "minimum": 0, "maximum": 9_007_199_254_740_993_u64},
                    "id": named("SnowflakeType"),
                    "nonce": {"oneOf": [{"type": "integer"}, {"type": "string", "maxLength": 3}, {"type": "null"}]},
                    "parse": {"type": "string", "enum": ["users", "roles"]},
                    "kind": {"type": "integer", "oneOf": [{"const": 1}, {"const": 2}]},
                    "lost": {"type": "string", "enum": []},
                    "parts": {"type": "array", "maxItems": 3, "items": {"oneOf": [named("Text"), named("Row")]}},
                    "names": {"type": "object", "maxProperties": 1, "additionalProperties": {"type": "string"}},
                }},
                "Text": part(10, json!({"type": "string"})),
                "Row": part(1, json!({"type": "array", "items": named("Text")})),
            },
        },
    })
}

fn api() -> OpenApi {
    OpenApi::parse(small()).unwrap()
}

fn exchange<'a>(method: &'a str, path: &'a str, body: &'a Value) -> Exchange<'a> {
    Exchange { method, path, body, status: 500, answer: None, accused: false }
}

/// What is said about a message that is sent; an answer of 500 is not judged.
fn said(body: &Value) -> String {
    let found = api().complaints(&exchange("POST", "/channels/1/messages", body));
    assert!(found.iter().all(|complaint| complaint.rule == "openapi.request"));
    found.into_iter().map(|complaint| complaint.detail).collect()
}

fn asked(path: &str) -> String {
    api().complaints(&exchange("GET", path, &json!({}))).into_iter().map(|complaint| complaint.detail).collect()
}

fn answered(status: u16, answer: Option<&Value>) -> String {
    let body = json!({"content": "hi"});
    let found = api().complaints(&Exchange { status, answer, ..exchange("POST", "/channels/1/messages", &body) });
    assert!(found.iter().all(|complaint| complaint.rule == "openapi.answer"));
    found.into_iter().map(|complaint| complaint.detail).collect()
}

#[test]
fn a_wrong_request_is_told_by_operation_place_and_reason() {
    let with = |more: Value| {
        let mut body = json!({"content": "hi"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        said(&body)
    };
    assert_eq!(with(json!({})), "");
    assert_eq!(said(&json!({})), "create_message: /content is missing");
    assert_eq!(said(&json!([])), "create_message: it is an array, not object");
    assert_eq!(said(&json!({"content": 5})), "create_message: /content is 5, not string or null");
    assert_eq!(said(&json!({"content": "größer"})), "create_message: /content is 6 characters long, more than 5");
    assert_eq!(said(&json!({"content": ""})), "create_message: /content is 0 characters long, less than 1");
    assert_eq!(with(json!({"flags": -1})), "create_message: /flags is -1, less than 0");
    let beyond = 9_007_199_254_740_994_u64;
    assert_eq!(with(json!({"flags": beyond})), format!("create_message: /flags is {beyond}, more than {}", beyond - 1));
    assert_eq!(with(json!({"flags": 1.5})), "create_message: /flags is 1.5, not integer");
    assert_eq!(with(json!({"id": "007"})), "create_message: /id is \"007\", which does not match ^(0|[1-9][0-9]*)$");
    assert_eq!(with(json!({"parse": "all"})), "create_message: /parse is \"all\", none of \"roles\", \"users\"");
    assert_eq!(with(json!({"kind": 3})), "create_message: /kind is 3, none of 1, 2");
    assert_eq!(with(json!({"names": {"a/b": 1}})), "create_message: /names/a~1b is 1, not string");
    assert_eq!(with(json!({"names": {"a": "", "b": ""}})), "create_message: /names has 2 fields, more than 1");
}

#[test]
fn a_wrong_part_is_told_as_what_it_says_it_is() {
    let with = |part: Value| said(&json!({"content": "hi", "parts": [{"type": 10}, part]}));
    assert_eq!(with(json!({"type": 1, "more": [{"type": 10, "more": "x"}]})), "");
    assert_eq!(with(json!({"type": 10, "more": 5})), "create_message: /parts/1/more is 5, not string");
    assert_eq!(
        with(json!({"type": 1, "more": [{"type": 1}]})),
        "create_message: /parts/1/more/0/type is 1, none of 10"
    );
    assert_eq!(with(json!({"type": 99})), "create_message: /parts/1/type is 99, none of 1, 10");
    assert_eq!(with(json!({"more": "x"})), "create_message: /parts/1/type is missing");
    assert_eq!(with(json!("x")), "create_message: /parts/1 is \"x\", not object");
    assert_eq!(with(json!({"type": 10, "typo": 1})), "create_message: /parts/1/typo may not be there");
    assert_eq!(
        said(&json!({"content": "hi", "nonce": "long"})),
        "create_message: /nonce is 4 characters long, more than 3"
    );
    assert_eq!(
        said(&json!({"content": "hi", "nonce": true})),
        "create_message: /nonce is true, not integer or null or string"
    );
}

#[test]
fn parameters_are_read_as_what_they_stand_for() {
    let messages = |query: &str| asked(&format!("/channels/1/messages?{query}"));
    assert_eq!(messages("limit=100&after=5&wait=true&ids=1&ids=2&unknown=%"), "");
    assert_eq!(messages("limit=101"), "list_messages: ?limit is 101, more than 100");
    assert_eq!(messages("limit=many"), "list_messages: ?limit is \"many\", not integer");
    assert_eq!(messages("wait=maybe"), "list_messages: ?wait is \"maybe\", not boolean");
    assert_eq!(messages("ids=1&ids=1"), "list_messages: ?ids holds something twice");
    assert_eq!(messages("ids=1&ids=2&ids=3"), "list_messages: ?ids has 3 items, more than 2");
    assert_eq!(messages("ids=%40me"), "list_messages: ?ids/0 is \"@me\", which does not match ^(0|[1-9][0-9]*)$");
    assert_eq!(asked("/users/you"), "get_user: {user_id} is \"you\", which does not match ^(0|[1-9][0-9]*)$");
    assert_eq!(asked("/users/@me"), "get_me: ?since is missing");
    assert_eq!(asked("/users/@me?since=2026-08-06T10%3A20%3A30Z"), "");
    assert_eq!(asked("/users/@me?since=then"), "get_me: ?since is \"then\", not a date-time");
}

#[test]
fn a_wrong_answer_is_told() {
    let message = |message: Value| answered(200, Some(&message));
    assert_eq!(message(json!({"id": "1", "moon": null})), "");
    assert_eq!(message(json!({"id": "1"})), "create_message answers 200: /moon is missing");
    assert_eq!(answered(200, None), "create_message answers 200 without the body it has");
    assert_eq!(answered(204, None), "");
    assert_eq!(answered(204, Some(&json!({}))), "create_message answers 204 with a body, and it has none");
    assert_eq!(answered(201, None), "create_message answers 201, which is none of 200, 204, 429, 4XX");
    assert_eq!(answered(429, Some(&json!({"code": 0}))), "create_message answers 429: /retry_after is missing");
    assert_eq!(answered(404, Some(&json!({"code": 10008}))), "");
    assert_eq!(answered(404, Some(&json!({"code": "x"}))), "create_message answers 404: /code is \"x\", not integer");
}

#[test]
fn requests_are_forgiven_what_discord_forgives_and_answers_are_not() {
    let draft = json!({"content": null, "flags": "64", "id": 0, "lost": "anything", "unknown": 1, "nonce": 5});
    assert_eq!(said(&draft), "");
    assert_eq!(said(&json!({"content": null, "flags": 64.0, "kind": 1.0})), "");
    assert_eq!(said(&json!({"content": null, "flags": "-1"})), "create_message: /flags is -1, less than 0");
    assert_eq!(said(&json!({"content": null, "flags": "6 4"})), "create_message: /flags is \"6 4\", not integer");
    let answer = json!({"id": 1, "moon": 0, "flags": "64"});
    assert_eq!(
        answered(200, Some(&answer)),
        "create_message answers 200: /flags is \"64\", not integer; /id is 1, not string"
    );
}

#[test]
fn the_code_of_a_fields_error_is_a_word() {
    let error = |code: Value| json!({"code": 50035, "errors": {"_errors": [{"code": code, "message": "m"}]}});
    assert_eq!(answered(400, Some(&error(json!("BASE_TYPE_REQUIRED")))), "");
    let number = "create_message answers 400: /errors/_errors/0/code is 5, not string";
    assert_eq!(answered(400, Some(&error(json!(5)))), number);
}

#[test]
fn what_the_file_does_not_describe_is_not_judged() {
    let api = api();
    let complaints = |method: &str, path: &str| api.complaints(&exchange(method, path, &json!([])));
    assert_eq!(complaints("POST", "/interactions"), []);
    assert_eq!(complaints("DELETE", "/channels/1/messages"), []);
    assert_eq!(answered(502, None), "");
    assert_eq!(api.event("READY", &json!([])), None);
}

#[test]
fn a_request_that_broke_a_named_rule_is_not_accused_twice() {
    let body = json!({});
    let exchange = Exchange { accused: true, status: 201, ..exchange("POST", "/channels/1/messages", &body) };
    let rules: Vec<_> = api().complaints(&exchange).into_iter().map(|complaint| complaint.rule).collect();
    assert_eq!(rules, ["openapi.answer"]);
}

#[test]
fn a_complaint_stays_short() {
    let long = "x".repeat(100_000);
    let parts: Vec<Value> = (0..1000).map(|_| json!({"type": 10, "more": {"a": long}})).collect();
    let detail = said(&json!({"content": null, "parse": long, "parts": parts}));
    assert!(detail.len() < 1000 && detail.contains("/parse is \"xxx") && detail.contains('…'), "{detail}");
}

#[test]
fn a_file_that_asks_for_what_is_not_understood_is_refused() {
    let refused = |pointer: &str, keyword: &str, value: Value| {
        let mut file = small();
        file.pointer_mut(pointer).unwrap()[keyword] = value;
        match OpenApi::parse(file) {
            Err(Error::Unknown { at, what }) => format!("{at}: {what}"),
            other => panic!("{other:?}"),
        }
    };
    let draft = "/components/schemas/Draft";
    assert_eq!(refused(draft, "if", json!({})), "#/components/schemas/Draft: the keyword `if` is not known");
    assert_eq!(refused(draft, "pattern", json!(".*")), "#/components/schemas/Draft: pattern \".*\" is not known");
    assert_eq!(refused(draft, "format", json!("email")), "#/components/schemas/Draft: format \"email\" is not known");
    assert!(refused("/components/schemas/Text/properties/more", "not", json!({})).contains("Text/properties/more: "));
    let reference = json!("#/components/schemas/Nothing");
    assert!(refused("/components/schemas/Draft/properties/parts/items", "$ref", reference).contains("Nothing"));
    let query = "/paths/~1channels~1{channel_id}~1messages/get/parameters/0/schema";
    assert!(refused(query, "exclusiveMinimum", json!(0)).starts_with("#/paths//channels/{channel_id}/messages/get"));
}

fn written(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn a_file_is_read_once() {
    let file = written(&small().to_string());
    let first = OpenApi::load(file.path()).unwrap();
    std::fs::write(file.path(), "gone").unwrap();
    assert!(Arc::ptr_eq(&first, &OpenApi::load(file.path()).unwrap()));
}

#[tokio::test]
async fn a_file_that_cannot_be_used_stops_the_sandbox_from_starting() {
    let broken = written("{");
    for path in [Path::new("/no/such/file.json"), broken.path()] {
        let started = Sandbox::start(Options { openapi: Some(path.to_owned()), ..Options::default() }).await;
        assert!(matches!(started, Err(crate::Error::OpenApi(_))), "{path:?}");
    }
}

#[tokio::test]
async fn requests_answers_and_events_of_a_running_sandbox_are_held_against_the_file() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let file = written(&small().to_string());
    let options = Options { openapi: Some(file.path().to_owned()), ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let member = sandbox.accounts().into_iter().find(|one| one.name == "member").unwrap().token;
    let ops = sandbox.channel_id("ops").unwrap();
    let say = async |token: &str| {
        let url = format!("{}/api/v10/channels/{ops}/messages?wait=1", sandbox.page_url());
        let draft = json!({"content": "too long"}).to_string();
        let request = reqwest::Client::new().post(url).header("authorization", token);
        let answer = request.header("content-type", "application/json").body(draft).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    };
    let rules = || sandbox.violations().into_iter().map(|one| one.rule).collect::<Vec<_>>();

    say(&member).await;
    assert_eq!(rules(), ["openapi.event"], "what people ask is not judged; what the bot is told of it is");

    say(&format!("Bot {}", sandbox.bot_token())).await;
    assert_eq!(rules()[1..], ["openapi.event", "openapi.request", "openapi.answer"]);
    let request = &sandbox.violations()[2];
    assert_eq!(request.request, Some(format!("POST /channels/{ops}/messages?wait=1")));
    assert_eq!(request.detail, "create_message: /content is 8 characters long, more than 5");
}
