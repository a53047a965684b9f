//! One version of a message, as a person sees it.

use serde_json::Value;

use super::{Error, Result, error::Unknown};

/// Only the person it is for sees the message.
const EPHEMERAL: u64 = 1 << 6;
/// The bot has acknowledged and will say more: "… is thinking".
const LOADING: u64 = 1 << 7;

/// A message at one moment. Its later edits are new versions: see [`State::message`](super::State::message).
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Discord's message object, whole.
    pub raw: Value,
    /// When this client saw this version, counted in gateway events.
    pub revision: u64,
}

impl Message {
    pub(crate) fn new(raw: Value, revision: u64) -> Self {
        Self { raw, revision }
    }

    pub fn id(&self) -> &str {
        text_at(&self.raw, "id")
    }

    pub fn channel_id(&self) -> &str {
        text_at(&self.raw, "channel_id")
    }

    /// The name shown above the message.
    pub fn author(&self) -> &str {
        let author = &self.raw["author"];
        author["global_name"].as_str().unwrap_or_else(|| text_at(author, "username"))
    }

    pub fn author_id(&self) -> &str {
        text_at(&self.raw["author"], "id")
    }

    pub fn is_by_a_bot(&self) -> bool {
        self.raw["author"]["bot"] == true
            || self.raw["webhook_id"].is_string()
            || self.raw["application_id"].is_string()
    }

    pub fn is_ephemeral(&self) -> bool {
        self.flags() & EPHEMERAL != 0
    }

    pub fn is_thinking(&self) -> bool {
        self.flags() & LOADING != 0
    }

    pub fn flags(&self) -> u64 {
        self.raw["flags"].as_u64().unwrap_or_default()
    }

    /// The interaction this message answers.
    pub fn interaction_id(&self) -> Option<&str> {
        self.raw["interaction_metadata"]["id"].as_str().or_else(|| self.raw["interaction"]["id"].as_str())
    }

    /// The application its components belong to.
    pub(crate) fn application_id(&self) -> &str {
        self.raw["application_id"].as_str().unwrap_or_else(|| self.author_id())
    }

    /// Everything a person can read on it: see [`message_text`].
    pub fn text(&self) -> String {
        message_text(&self.raw)
    }

    /// All buttons, in reading order.
    pub fn buttons(&self) -> Vec<Button> {
        let mut buttons = Vec::new();
        walk(&self.raw["components"], &mut |component| {
            if kind(component) == BUTTON {
                buttons.push(Button {
                    label: label_of(component),
                    custom_id: component["custom_id"].as_str().map(str::to_owned),
                    url: component["url"].as_str().map(str::to_owned),
                    disabled: component["disabled"] == true,
                });
            }
        });
        buttons
    }

    /// The button with this label, or else the first whose label begins so.
    pub fn button(&self, label: &str) -> Result<Button> {
        let buttons = self.buttons();
        match find(&buttons, label, |button| vec![&button.label]) {
            Some(button) => Ok(button.clone()),
            None => Err(Unknown::new("button", label, buttons.into_iter().map(|b| b.label)).into()),
        }
    }

    /// All select menus, in reading order.
    pub fn selects(&self) -> Vec<Select> {
        let mut selects = Vec::new();
        walk(&self.raw["components"], &mut |component| {
            if let Some(select) = Select::read(component) {
                selects.push(select);
            }
        });
        selects
    }

    /// The select menu with this placeholder or `custom_id`, or else the first whose placeholder begins so.
    pub fn select(&self, name: &str) -> Result<Select> {
        let selects = self.selects();
        match find(&selects, name, |select| vec![&select.placeholder, &select.custom_id]) {
            Some(select) => Ok(select.clone()),
            None => Err(Unknown::new("select menu", name, selects.into_iter().map(|s| s.placeholder)).into()),
        }
    }
}

/// A button as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    pub label: String,
    /// What the bot is told; a link has none.
    pub custom_id: Option<String>,
    pub url: Option<String>,
    pub disabled: bool,
}

impl Button {
    pub(crate) fn pressable(&self) -> Result<&str> {
        if self.disabled {
            return Err(Error::Disabled { label: self.label.clone() });
        }
        self.custom_id.as_deref().ok_or_else(|| Error::BadValue {
            name: "a button to press".into(),
            value: self.label.clone(),
            wanted: "it is a link and only opens a page".into(),
        })
    }
}

/// A select menu as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Select {
    /// Discord's component type: 3 own options, 5 people, 6 roles, 7 both, 8 channels.
    pub kind: u64,
    pub placeholder: String,
    pub custom_id: String,
    pub disabled: bool,
    /// Label and value of each option; empty where Discord fills the list.
    pub options: Vec<(String, String)>,
}

impl Select {
    pub(crate) fn read(component: &Value) -> Option<Self> {
        let kind = kind(component);
        SELECTS.contains(&kind).then(|| Self {
            kind,
            placeholder: placeholder_of(component).to_owned(),
            custom_id: text_at(component, "custom_id").to_owned(),
            disabled: component["disabled"] == true,
            options: options_of(component),
        })
    }

    /// The value behind an option's label, or the value itself.
    pub(crate) fn value_of(&self, wanted: &str) -> Result<String> {
        match find(&self.options, wanted, |(label, value)| vec![label, value]) {
            Some((_, value)) => Ok(value.clone()),
            None => Err(Unknown::new("option", wanted, self.options.iter().map(|(label, _)| label)).into()),
        }
    }
}

pub(crate) const BUTTON: u64 = 2;
/// Own options, people, roles, people and roles, channels.
pub(crate) const SELECTS: [u64; 5] = [3, 5, 6, 7, 8];

/// Everything a person can read on a message, one piece a line: content, embeds, components however deep (each button's
/// label and each menu's placeholder and options on lines of their own), names of attached files. Markdown as sent.
pub fn message_text(message: &Value) -> String {
    let mut lines = Vec::new();
    push(&mut lines, message["content"].as_str());
    for embed in list(&message["embeds"]) {
        embed_text(embed, &mut lines);
    }
    walk(&message["components"], &mut |component| component_text(component, &mut lines));
    for attachment in list(&message["attachments"]) {
        push(&mut lines, attachment["filename"].as_str());
    }
    push(&mut lines, message["poll"]["question"]["text"].as_str());
    for answer in list(&message["poll"]["answers"]) {
        push(&mut lines, answer["poll_media"]["text"].as_str());
    }
    lines.join("\n")
}

fn embed_text(embed: &Value, lines: &mut Vec<String>) {
    push(lines, embed["author"]["name"].as_str());
    push(lines, embed["title"].as_str());
    push(lines, embed["description"].as_str());
    for field in list(&embed["fields"]) {
        push(lines, field["name"].as_str());
        push(lines, field["value"].as_str());
    }
    push(lines, embed["footer"]["text"].as_str());
}

fn component_text(component: &Value, lines: &mut Vec<String>) {
    if kind(component) == BUTTON {
        push(lines, Some(&label_of(component)));
    } else {
        for key in ["label", "content", "placeholder", "name", "description", "value"] {
            push(lines, component[key].as_str());
        }
    }
    for item in list(&component["items"]) {
        push(lines, item["description"].as_str());
    }
    for option in list(&component["options"]) {
        push(lines, option["label"].as_str());
        push(lines, option["description"].as_str());
    }
}

fn push(lines: &mut Vec<String>, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        lines.push(text.to_owned());
    }
}

/// Visits every component below `components`, each before what it contains, in reading order.
pub(crate) fn walk(components: &Value, visit: &mut impl FnMut(&Value)) {
    for component in list(components) {
        visit(component);
        walk(&component["components"], visit);
        for single in ["component", "accessory"] {
            if component[single].is_object() {
                walk(&Value::Array(vec![component[single].clone()]), visit);
            }
        }
    }
}

pub(crate) fn kind(component: &Value) -> u64 {
    component["type"].as_u64().unwrap_or_default()
}

/// A button's words, or its emoji where it has no words.
pub(crate) fn label_of(button: &Value) -> String {
    button["label"].as_str().unwrap_or_else(|| text_at(&button["emoji"], "name")).to_owned()
}

/// What Discord draws in a menu nothing is chosen in.
pub(crate) fn placeholder_of(select: &Value) -> &str {
    select["placeholder"].as_str().unwrap_or("Make a selection")
}

pub(crate) fn options_of(component: &Value) -> Vec<(String, String)> {
    list(&component["options"])
        .iter()
        .map(|option| (text_at(option, "label").to_owned(), text_at(option, "value").to_owned()))
        .collect()
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn text_at<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The thing with exactly this name, or else the first with a name that begins so.
pub(crate) fn find<'a, T>(things: &'a [T], wanted: &str, names: impl Fn(&'a T) -> Vec<&'a String>) -> Option<&'a T> {
    let exact = things.iter().find(|thing| names(thing).iter().any(|name| *name == wanted));
    exact.or_else(|| {
        let begins = |name: &&String| !wanted.is_empty() && name.to_lowercase().starts_with(&wanted.to_lowercase());
        things.iter().find(|thing| names(thing).iter().any(begins))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_text_of_a_message_is_read_however_deep() {
        let message = json!({
            "content": "hello",
            "embeds": [{ "title": "T", "fields": [{ "name": "N", "value": "V" }], "footer": { "text": "F" } }],
            "components": [{ "type": 17, "components": [
                { "type": 9, "components": [{ "type": 10, "content": "**deep**" }],
                  "accessory": { "type": 2, "label": "Log", "custom_id": "l" } },
                { "type": 1, "components": [{ "type": 3, "custom_id": "s", "placeholder": "Category",
                  "options": [{ "label": "Billing", "value": "b" }] }] },
                { "type": 13, "file": { "url": "x" }, "name": "log.txt", "size": 3 },
            ] }],
            "attachments": [{ "filename": "log.txt" }],
        });
        assert_eq!(message_text(&message), "hello\nT\nN\nV\nF\n**deep**\nLog\nCategory\nBilling\nlog.txt\nlog.txt");
    }

    #[test]
    fn an_exact_label_wins_over_its_beginning() {
        let button = |label: &str| json!({ "type": 2, "label": label, "custom_id": label });
        let row = json!({ "components": [{ "type": 1, "components": [button("Run again"), button("Run")] }] });
        let message = Message::new(row, 1);
        assert_eq!(message.button("Run").unwrap().label, "Run");
        assert_eq!(message.button("run a").unwrap().label, "Run again");
        let error = message.button("Stop").unwrap_err().to_string();
        assert_eq!(error, "there is no button \"Stop\" (there are: \"Run again\", \"Run\")");
    }
}
