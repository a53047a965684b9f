//! Application commands: names, options, choices, translations, places, counts.

use crate::bench::{Bench, Row, error, fine, form, text};
use reqwest::Method;
use serde_json::{Value, json};

/// A slash command with these fields on top.
fn slash(more: Value) -> Value {
    with(json!({"name": "ask", "description": "d"}), more)
}

/// A slash command with one option of this type.
fn option(kind: u64, more: Value) -> Value {
    slash(json!({"options": [with(json!({"type": kind, "name": "o", "description": "d"}), more)]}))
}

fn with(mut one: Value, more: Value) -> Value {
    if let (Value::Object(one), Value::Object(more)) = (&mut one, more) {
        one.extend(more);
    }
    one
}

#[tokio::test]
async fn a_command_is_named_and_described_as_discord_wants_it() {
    let bench = Bench::set().await;
    let rows = vec![
        fine(slash(json!({}))),
        fine(slash(json!({"name": "größe_1-a'b"}))),
        fine(slash(json!({"name": "हिन्दी"}))),
        fine(json!({"name": "Two Words", "type": 2})),
        fine(json!({"name": "Two Words", "type": 3, "description": ""})),
        form("command.name", "name", slash(json!({"name": "Ask"}))),
        form("command.name", "name", slash(json!({"name": "two words"}))),
        form("command.name", "name", slash(json!({"name": "a.b"}))),
        form("command.name", "name", slash(json!({"name": "👍"}))),
        form("command.name", "name", slash(json!({"name": ""}))),
        form("command.name", "name", slash(json!({"name": text(33)}))),
        form("field.required", "name", json!({"description": "d"})),
        form("field.required", "description", json!({"name": "ask"})),
        form("command.description", "description", slash(json!({"description": ""}))),
        form("command.description", "description", slash(json!({"description": text(101)}))),
        form("command.name", "name", json!({"name": text(33), "type": 2})),
        form("command.description", "description", json!({"name": "x", "type": 2, "description": "d"})),
        form("command.options", "options", json!({"name": "x", "type": 3, "options": [{"type": 3, "name": "o"}]})),
        form("command.type", "type", json!({"name": "ask", "type": 9})),
        error("sandbox.unsupported", 400, 0, json!({"name": "launch", "type": 4})),
        form("command.permissions", "default_member_permissions", slash(json!({"default_member_permissions": "all"}))),
        fine(slash(json!({"default_member_permissions": "8"}))),
        form("field.type", "nsfw", slash(json!({"nsfw": "yes"}))),
        form("command.contexts", "contexts.0", slash(json!({"contexts": [3]}))),
        form("command.contexts", "contexts", slash(json!({"contexts": []}))),
        form("command.contexts", "contexts", slash(json!({"contexts": [0, 0]}))),
        form("command.integration_types", "integration_types.0", slash(json!({"integration_types": [2]}))),
        error("sandbox.unsupported", 400, 0, slash(json!({"integration_types": [0, 1]}))),
        fine(slash(json!({"name_localizations": {"de": "frage"}, "description_localizations": {"de": "Frage"}}))),
        form("command.locale", "name_localizations", slash(json!({"name_localizations": {"xx": "frage"}}))),
        form("command.localisation", "name_localizations.de", slash(json!({"name_localizations": {"de": "Frage"}}))),
        form(
            "command.localisation",
            "description_localizations.de",
            slash(json!({"description_localizations": {"de": ""}})),
        ),
    ];
    bench.judge(Method::POST, &format!("/applications/{}/commands", bench.app), rows).await;
    let rows = vec![
        form("command.contexts", "contexts", slash(json!({"contexts": [0]}))),
        form("command.integration_types", "integration_types", slash(json!({"integration_types": [0]}))),
    ];
    bench.judge(Method::POST, &format!("/applications/{}/guilds/{}/commands", bench.app, bench.guild), rows).await;
}

#[tokio::test]
async fn options_carry_what_their_type_may() {
    let bench = Bench::set().await;
    let choice = |name: &str, value: Value| json!({"name": name, "value": value});
    let many = |n: usize| (0..n).map(|n| choice(&n.to_string(), json!(n.to_string()))).collect::<Vec<_>>();
    let options =
        |n: usize| (0..n).map(|n| json!({"type": 3, "name": format!("o{n}"), "description": "d"})).collect::<Vec<_>>();
    let sub = |inner: Value| json!({"type": 1, "name": "sub", "description": "d", "options": inner});
    let group = |inner: Value| json!({"type": 2, "name": "group", "description": "d", "options": inner});
    let plain = json!({"type": 3, "name": "o", "description": "d"});
    let rows = vec![
        fine(slash(json!({"options": options(25)}))),
        form("command.options", "options", slash(json!({"options": options(26)}))),
        form("field.type", "options", slash(json!({"options": "none"}))),
        form("command.option_type", "options.0.type", option(12, json!({}))),
        form("command.name", "options.0.name", option(3, json!({"name": "Upper"}))),
        form("field.required", "options.0.description", slash(json!({"options": [{"type": 3, "name": "o"}]}))),
        form("command.option_unique", "options.1", slash(json!({"options": [plain, plain]}))),
        form(
            "command.option_order",
            "options.1",
            slash(json!({"options": [plain, {"type": 3, "name": "p", "description": "d", "required": true}]})),
        ),
        fine(slash(json!({"options": [group(json!([sub(json!([plain]))]))]}))),
        form("command.option_type", "options.1", slash(json!({"options": [sub(json!([])), plain]}))),
        form("command.option_type", "options.0.options.0", slash(json!({"options": [sub(json!([sub(json!([]))]))]}))),
        form(
            "command.option_type",
            "options.0.options.0",
            slash(json!({"options": [group(json!([group(json!([]))]))]})),
        ),
        form("command.option_type", "options.0.options.0", slash(json!({"options": [group(json!([plain]))]}))),
        fine(option(3, json!({"choices": many(25)}))),
        form("command.choices", "options.0.choices", option(3, json!({"choices": many(26)}))),
        form(
            "choice.name_unique",
            "options.0.choices.1",
            option(3, json!({"choices": [choice("a", json!("1")), choice("a", json!("2"))]})),
        ),
        form("choice.name", "options.0.choices.0.name", option(3, json!({"choices": [choice("", json!("1"))]}))),
        form(
            "choice.name",
            "options.0.choices.0.name",
            option(3, json!({"choices": [choice(&text(101), json!("1"))]})),
        ),
        form(
            "choice.value",
            "options.0.choices.0.value",
            option(3, json!({"choices": [choice("a", json!(text(101)))]})),
        ),
        form("choice.value", "options.0.choices.0.value", option(4, json!({"choices": [choice("a", json!("1"))]}))),
        form("field.required", "options.0.choices.0.value", option(4, json!({"choices": [{"name": "a"}]}))),
        form("command.option_field", "options.0.choices", option(5, json!({"choices": [choice("a", json!("1"))]}))),
        form("command.autocomplete", "options.0", option(3, json!({"autocomplete": true, "choices": many(1)}))),
        form("command.autocomplete", "options.0", option(6, json!({"autocomplete": true}))),
        form("command.option_field", "options.0.min_value", option(3, json!({"min_value": 1}))),
        form("command.option_field", "options.0.min_length", option(4, json!({"min_length": 1}))),
        form("command.option_field", "options.0.channel_types", option(6, json!({"channel_types": [0]}))),
        form("command.channel_types", "options.0.channel_types.0", option(7, json!({"channel_types": [99]}))),
        form("command.option_value", "options.0.min_value", option(4, json!({"min_value": 2, "max_value": 1}))),
        form("command.option_value", "options.0.min_value", option(4, json!({"min_value": 0.5}))),
        form("command.option_length", "options.0.min_length", option(3, json!({"min_length": 2, "max_length": 1}))),
        form("command.option_length", "options.0.max_length", option(3, json!({"max_length": 6001}))),
        form("command.option_length", "options.0.max_length", option(3, json!({"max_length": 0}))),
        fine(option(10, json!({"min_value": 0.5, "max_value": 1.5}))),
        fine(option(4, json!({"min_value": 1.0, "max_value": 2, "choices": [choice("a", json!(1.0))]}))),
        form("choice.value", "options.0.choices.0.value", option(4, json!({"choices": [choice("a", json!(1.5))]}))),
    ];
    bench.judge(Method::POST, &format!("/applications/{}/commands", bench.app), rows).await;
}

#[tokio::test]
async fn a_command_has_eight_thousand_characters_and_the_longest_translation_counts() {
    let bench = Bench::set().await;
    // Five groups of five choices of 100 + 100 characters, twice: 25 choices an option, two options.
    let choices = |length: usize| {
        (0..20).map(|n| json!({"name": format!("{n:0>100}"), "value": text(length)})).collect::<Vec<_>>()
    };
    let options = |length: usize| {
        json!([
            {"type": 3, "name": "a", "description": "d", "choices": choices(100)},
            {"type": 3, "name": "b", "description": "d", "choices": choices(length)},
        ])
    };
    // 3 + 1 for the command, 1 + 1 each for the options, 20 × 200 each for the choices.
    let mut translated = slash(json!({"options": options(99)}));
    translated["description_localizations"] = json!({"de": text(14)});
    let rows = vec![
        fine(slash(json!({"options": options(99)}))),
        form("command.size", "", slash(json!({"options": options(100)}))),
        form("command.size", "", translated),
    ];
    bench.judge(Method::POST, &format!("/applications/{}/commands", bench.app), rows).await;
}

#[tokio::test]
async fn there_are_only_so_many_commands_and_creations() {
    let bench = Bench::set().await;
    let (global, home) = (
        format!("/applications/{}/commands", bench.app),
        format!("/applications/{}/guilds/{}/commands", bench.app, bench.guild),
    );
    let many = |start: &str, n: usize, kind: u64| -> Value {
        let one = |n: usize| match kind {
            1 => json!({"name": format!("{start}{n}"), "description": "d"}),
            _ => json!({"name": format!("{start}{n}"), "type": kind}),
        };
        (0..n).map(one).collect()
    };
    let twice = json!([slash(json!({})), slash(json!({}))]);
    let rows = vec![
        form("command.name_unique", "1", twice),
        error("commands.count", 400, 30032, many("a", 101, 1)),
        error("commands.count", 400, 30032, many("a", 16, 2)),
        error("commands.count", 400, 30032, many("a", 16, 3)),
        fine(many("a", 15, 2)),
    ];
    bench.judge(Method::PUT, &global, rows).await;

    // A hundred new ones, changed twice over, count a hundred; another hundred are the last.
    let (a, b, c) = (many("a", 100, 1), many("b", 100, 1), many("c", 1, 1));
    let rows = vec![
        fine(a.clone()),
        fine(a),
        fine(b.clone()),
        error("commands.daily_creates", 400, 30034, c.clone()),
        fine(b),
    ];
    bench.judge(Method::PUT, &home, rows).await;
    bench.judge(Method::PUT, &global, vec![fine(many("c", 1, 1))]).await;
    bench.sandbox.advance(std::time::Duration::from_hours(24));
    bench.judge(Method::PUT, &home, vec![fine(c)]).await;
}

#[tokio::test]
async fn a_changed_command_is_held_to_the_same() {
    let bench = Bench::set().await;
    let one = bench.register(slash(json!({"name": "one"}))).await;
    bench.register(slash(json!({"name": "two"}))).await;
    let path = format!("/applications/{}/commands/{}", bench.app, one["id"].as_str().unwrap());
    let rows: Vec<Row> = vec![
        fine(json!({"description": "other"})),
        form("command.name_unique", "name", json!({"name": "two"})),
        form("command.name", "name", json!({"name": "Two"})),
        form("command.description", "description", json!({"description": text(101)})),
    ];
    bench.judge(Method::PATCH, &path, rows).await;
}
