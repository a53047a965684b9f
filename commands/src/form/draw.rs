//! Each form as Discord shows it.

use serde_json::{Value, json};
use workspace::Field;

use super::{Form, PARAGRAPH, SHORT, field, needed, title, written};

/// Discord's own limit for a text field; an RSA key of 4,096 bits takes 3,400.
const FIELD_LIMIT: u16 = 4_000;
/// A reason is a sentence or two.
const REASON_LIMIT: u16 = 200;
/// A key of a provider of models.
const KEY_LIMIT: u16 = 500;
/// A line of an incident's timeline.
const LINE_LIMIT: u16 = 300;
/// A word or two.
const ROLE_LIMIT: u16 = 60;
/// A list of words, or a few lines.
const LIST_LIMIT: u16 = 1_000;
/// What a field of a registry takes.
const VALUE_LIMIT: u16 = 1_000;
/// What is remembered, a prompt, and what is filled into one: as long as those who keep them take.
const MEMORY_LIMIT: u16 = 500;
const PROMPT_LIMIT: u16 = 2_000;
const VARIABLE_LIMIT: u16 = 300;

impl Form {
    /// The form as Discord shows it.
    pub(super) fn draw(&self, key: &str) -> Value {
        match self {
            Self::AddEntry { add, fields } => entry(key, &title("Add", &add.entry), fields, None),
            Self::EditEntry { edit, fields, values } => entry(key, &title("Change", &edit.entry), fields, Some(values)),
            Self::CreateAgent(create) => {
                let prompt = needed(field("prompt", "What it is told", PARAGRAPH, "You look after …", FIELD_LIMIT));
                json!({
                    "custom_id": key,
                    "title": title("Agent", create.name.as_str()),
                    "components": [
                        field("role", "Role", SHORT, "in a word or two", ROLE_LIMIT),
                        field("description", "Description", SHORT, "what it is for, in a sentence", LINE_LIMIT),
                        prompt,
                        field("tools", "Tools", PARAGRAPH, "server.show, container.*; nothing allows whatever its person may", LIST_LIMIT),
                        field("verify", "It is done when", PARAGRAPH, "what must hold then, a line each", LIST_LIMIT),
                    ],
                })
            }
            Self::CreateRegistry(create) => {
                let example = "domain: string\nuntil: date\nprice: number";
                let fields =
                    field("fields", "Fields, a line each; the first is the name", PARAGRAPH, example, LIST_LIMIT);
                json!({
                    "custom_id": key,
                    "title": title("Registry", create.name.as_str()),
                    "components": [field("description", "Description", SHORT, "what it holds", LINE_LIMIT), needed(fields)],
                })
            }
            Self::AddProvider(add) => json!({
                "custom_id": key,
                "title": title("Add", add.name.as_str()),
                "components": [field("key", "Key", SHORT, "sealed at once, never shown again; empty where it takes none", KEY_LIMIT)],
            }),
            Self::AddMcp(add) => json!({
                "custom_id": key,
                "title": title("Add", add.name.as_str()),
                "components": [field("token", "Token", SHORT, "sealed at once, never shown again; empty where it takes none", KEY_LIMIT)],
            }),
            Self::SetPlex(_) => {
                let token = needed(field("token", "Token", SHORT, "sealed at once, never shown again", KEY_LIMIT));
                json!({ "custom_id": key, "title": "Token of Plex", "components": [token] })
            }
            Self::SetKey(set) => {
                let field = needed(field("key", "Key", SHORT, "sealed at once, never shown again", KEY_LIMIT));
                json!({ "custom_id": key, "title": title("Key of", set.name.as_str()), "components": [field] })
            }
            Self::AddServer(add) => json!({
                "custom_id": key,
                "title": title("Log in to", add.server.as_str()),
                "components": [
                    field("private_key", "Private key", PARAGRAPH, "the whole file, with its first and last line", FIELD_LIMIT),
                    field("passphrase", "Passphrase of the key", SHORT, "only if the key is encrypted", FIELD_LIMIT),
                    field("password", "Password", SHORT, "instead of a key", FIELD_LIMIT),
                ],
            }),
            Self::Deny { .. } => json!({
                "custom_id": key,
                "title": "Deny",
                "components": [field("reason", "Reason", PARAGRAPH, "what whoever asked should know; may be empty", REASON_LIMIT)],
            }),
            Self::EditFile { edit, text } => {
                let mut field = field("content", "What is in it", PARAGRAPH, "", FIELD_LIMIT);
                field["components"][0]["value"] = text.as_str().into();
                json!({ "custom_id": key, "title": title("Edit", edit.path.name()), "components": [field] })
            }
            Self::Terminal { .. } => json!({
                "custom_id": key,
                "title": "Type into the terminal",
                "components": [
                    field("line", "A line", PARAGRAPH, "as if it was written in the thread; nothing is the key Enter", FIELD_LIMIT),
                    field("unseen", "A password", SHORT, "sent with Enter; masked wherever it is printed", FIELD_LIMIT),
                ],
            }),
            Self::ResolveIncident { incident } => {
                let what = field("what", "What was it?", PARAGRAPH, "a line for whoever reads it later", LINE_LIMIT);
                json!({ "custom_id": key, "title": format!("Resolve incident {incident}"), "components": [needed(what)] })
            }
            Self::EditMemory { text, .. } => {
                written(key, "Change what is remembered", ("text", "Text"), (text, MEMORY_LIMIT))
            }
            Self::SavePrompt { name, text, .. } => {
                written(key, &title("Save", name.as_str()), ("text", "What it says"), (text, PROMPT_LIMIT))
            }
            Self::UsePrompt { name, variables, .. } => {
                let fields = variables.iter().map(|name| needed(field(name, name, PARAGRAPH, "", VARIABLE_LIMIT)));
                let fields: Vec<Value> = fields.collect();
                json!({ "custom_id": key, "title": title("Use", name.as_str()), "components": fields })
            }
            Self::Overlay(form) => form.draw(key),
            Self::Ticket(form) => form.draw(key),
            Self::SetSecret(set) => value(key, &title("Set", set.name.as_str())),
            Self::RotateSecret(rotate) => value(key, &title("Rotate", rotate.name.as_str())),
        }
    }
}

/// A form of one field: the value of a secret.
fn value(key: &str, title: &str) -> Value {
    let field = needed(field("value", "Value", PARAGRAPH, "sealed at once, never shown again", FIELD_LIMIT));
    json!({ "custom_id": key, "title": title, "components": [field] })
}

/// A form of a registry's fields, with what is known where there is something.
fn entry(key: &str, title: &str, fields: &[Field], known: Option<&workspace::Values>) -> Value {
    let rows = fields.iter().enumerate().map(|(number, one)| {
        let style = if one.kind == workspace::Kind::String { PARAGRAPH } else { SHORT };
        let mut row = field(&number.to_string(), &one.name, style, one.kind.example(), VALUE_LIMIT);
        if let Some(value) = known.and_then(|known| known.get(&one.name)) {
            row["components"][0]["value"] = value.as_str().into();
        }
        row
    });
    json!({ "custom_id": key, "title": title, "components": rows.collect::<Vec<_>>() })
}
