//! Bodies as libraries send them, which Discord takes, against its own file where that is at hand.

use super::{Complaint, Exchange, OpenApi, VARIABLE};
use serde_json::{Value, json};
use std::io::Write;

fn complaints(api: &OpenApi, method: &str, path: &str, body: &Value) -> Vec<Complaint> {
    api.complaints(&Exchange { method, path, body, status: 500, answer: None, accused: false })
}

#[test]
fn what_libraries_send_passes_and_what_discord_refuses_does_not() {
    let Some(api) = OpenApi::chosen(None).unwrap() else {
        // Past the harness, which would show this only if the test failed.
        writeln!(std::io::stderr(), "what libraries send was not held against Discord's file: {VARIABLE} names none")
            .unwrap();
        return;
    };
    let command = "/applications/1/commands";
    let callback = "/interactions/1/token/callback?with_response=true";
    for (method, path, body) in [
        // serenity 0.12: every field that is a list is there, permissions and bits are texts, uploads are numbered.
        (
            "POST",
            "/channels/1/messages",
            json!({"tts": false, "embeds": [], "sticker_ids": [], "content": "hi", "components": [],
            "allowed_mentions": {"parse": [], "users": [], "roles": []}, "attachments": [{"id": 0, "filename": "run.log"}]}),
        ),
        ("POST", callback, json!({"type": 4, "data": {"embeds": [], "content": "hi", "flags": 64, "components": []}})),
        ("POST", callback, json!({"type": 5, "data": {"flags": 64}})),
        ("POST", callback, json!({"type": 6})),
        (
            "POST",
            callback,
            json!({"type": 8, "data": {"choices": [{"name": "web-1", "name_localizations": null, "value": "1"}]}}),
        ),
        (
            "POST",
            callback,
            json!({"type": 9, "data": {"custom_id": "key", "title": "A key", "components": [{"type": 1, "components": [
            {"type": 4, "custom_id": "k", "label": "Key", "style": 2, "required": true}]}]}}),
        ),
        (
            "POST",
            command,
            json!({"type": 1, "name": "server", "name_localizations": {}, "description": "d", "nsfw": false,
            "description_localizations": {}, "default_member_permissions": "8", "dm_permission": false, "options": [
            {"type": 3, "name": "name", "description": "d", "required": true, "autocomplete": true, "choices": [], "options": [],
             "name_localizations": {}, "description_localizations": {}, "channel_types": []}]}),
        ),
        // discord.js 14: nothing that is not set, bits as texts, attachments by number as text.
        (
            "PATCH",
            "/webhooks/1/token/messages/@original",
            json!({"content": "hi", "attachments": [{"id": "0", "filename": "a.png",
            "description": null}], "allowed_mentions": {"parse": ["users"], "replied_user": false}}),
        ),
        (
            "POST",
            "/guilds/1/roles",
            json!({"name": "Operators", "permissions": "8", "color": 0, "hoist": false, "mentionable": true}),
        ),
        ("PUT", "/channels/1/permissions/2", json!({"id": "2", "type": 0, "allow": "1024", "deny": "0"})),
        // discord.py 2: ids as numbers, nulls for what is taken away.
        (
            "POST",
            "/channels/1/messages",
            json!({"content": null, "embeds": [{"title": "t", "type": "rich", "color": 5, "fields": [
            {"name": "n", "value": "v", "inline": true}]}], "nonce": 123_456_789_012_345_678_u64, "enforce_nonce": true,
            "message_reference": {"message_id": 1, "channel_id": 2, "fail_if_not_exists": true}}),
        ),
        ("PATCH", "/guilds/1/members/2", json!({"roles": [1, 2], "communication_disabled_until": null, "nick": null})),
        (
            "POST",
            "/channels/1/messages/2/threads",
            json!({"name": "run 1", "auto_archive_duration": 1440, "rate_limit_per_user": null}),
        ),
        ("POST", "/users/@me/channels", json!({"recipient_id": 1})),
        // A card (components V2).
        (
            "PATCH",
            "/channels/1/messages/2",
            json!({"flags": 1 << 15, "components": [{"type": 17, "accent_color": 5_793_266, "components": [
            {"type": 9, "components": [{"type": 10, "content": "hi"}], "accessory": {"type": 2, "style": 4, "label": "Cancel",
             "custom_id": "c"}}, {"type": 14, "divider": true, "spacing": 1}, {"type": 13, "file": {"url": "attachment://run.log"}}]}]}),
        ),
    ] {
        assert_eq!(complaints(&api, method, path, &body), [], "{method} {path} {body}");
    }
    for (path, body, detail) in [
        (
            "/channels/1/messages",
            json!({"components": [{"type": 99}]}),
            "create_message: /components/0/type is 99, none of 1, 9, 10, ",
        ),
        (callback, json!({"type": 3}), "create_interaction_response: /type is 3, none of 1, 4, 5, 6, 7, 8, 9, "),
        (
            command,
            json!({"name": "x", "options": [{"type": 3, "name": "n"}]}),
            "create_application_command: /options/0/description is missing",
        ),
    ] {
        let found = complaints(&api, "POST", path, &body);
        assert!(found.len() == 1 && found[0].detail.starts_with(detail), "{found:?}");
    }
}
