//! Forms (modals): what they ask, and the action they become. Secrets are asked here and nowhere else.
//!
//! Built of action rows: serenity 0.12.5 loses the values of the newer label components.

use base::{Actor, Error, Secret, card::Answer};
use hosts::{AddServer, files::EditFile};
use hub::{Hub, Performing};
use incidents::ResolveIncident;
use mcp::AddServer as AddMcp;
use memories::{Category, EditGuildMemory, EditMemory, OwnWords, PromptName, SavePrompt, UsePrompt, Whose};
use models::{AddProvider, SetKey};
use poise::serenity_prelude as serenity;
use presence::SetPlex;
use secrets::{RotateSecret, SetSecret};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;
use workspace::{AddEntry, CreateAgent, CreateRegistry, EditEntry, Field};

use crate::{
    Data,
    asked::{Asked, Opening, direct},
    face::{self, Behind},
    file,
    overlay::form::{self as overlay_form, OverlayForm},
    perform, press, terminal,
    ticket::form::{self as ticket_form, TicketForm},
};

/// What a form was opened for, kept until it comes back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Form {
    /// What is known of this new entry.
    AddEntry {
        /// Which one.
        add: AddEntry,
        /// What is asked for.
        fields: Vec<Field>,
    },
    /// What opens this provider of models.
    AddProvider(AddProvider),
    /// What opens this MCP server.
    AddMcp(AddMcp),
    /// How to log in to this new server.
    AddServer(AddServer),
    /// What this new agent is told, and what it may call.
    CreateAgent(CreateAgent),
    /// What is known of each entry of this new registry.
    CreateRegistry(CreateRegistry),
    /// Why something is not to be done.
    Deny {
        /// The question.
        approval: Uuid,
    },
    /// What is to be known of this entry. What is now is shown, and never kept.
    EditEntry {
        /// Which one, and what it was.
        edit: EditEntry,
        /// What is asked for.
        fields: Vec<Field>,
        /// What is known.
        #[serde(skip)]
        values: workspace::Values,
    },
    /// What is to be in this file. What it holds now is shown, and never kept.
    EditFile {
        /// Which file.
        edit: EditFile,
        /// What it holds.
        #[serde(skip)]
        text: String,
    },
    /// What is to be remembered instead.
    EditMemory {
        /// Which one.
        memory: String,
        /// Whose it is.
        whose: Whose,
        /// What it is now.
        #[serde(skip)]
        text: String,
    },
    /// What this prompt is to say.
    SavePrompt {
        /// What it is called.
        name: PromptName,
        /// What kind it is.
        category: Category,
        /// Words it is found by.
        tags: String,
        /// What it says now.
        #[serde(skip)]
        text: String,
    },
    /// What the variables of this prompt stand for.
    UsePrompt {
        /// The prompt.
        name: PromptName,
        /// Their names.
        variables: Vec<String>,
        /// The channel it is used in.
        #[serde(default)]
        channel: Option<u64>,
    },
    /// What an incident was.
    ResolveIncident {
        /// Its number.
        incident: i64,
    },
    /// What opens this Plex server.
    SetPlex(SetPlex),
    /// What opens this provider of models from now on.
    SetKey(SetKey),
    /// The value of this new secret.
    SetSecret(SetSecret),
    /// The new value of this secret.
    RotateSecret(RotateSecret),
    /// What to type.
    Terminal {
        /// The terminal.
        terminal: Uuid,
    },
    /// How an overlay looks.
    Overlay(OverlayForm),
    /// Something of a ticket.
    Ticket(TicketForm),
}

pub(crate) const SHORT: u8 = 1;
pub(crate) const PARAGRAPH: u8 = 2;
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
/// Discord's own limit for a form's title.
const TITLE_LIMIT: usize = 45;

impl Form {
    /// Opens it, and keeps what it was opened for until it comes back.
    pub(crate) async fn open(self, asked: &Asked, hub: &Hub) -> base::Result<()> {
        let guild = asked.actor.guild;
        // What is kept is masked, and would be something else when the form comes back.
        perform::refuse_secrets(hub, guild, &self)?;
        let key = face::keep(hub, guild, &Behind::Form(self.clone())).await?;
        let form = hub.redactor(guild).clean_json(self.draw(&key));
        asked.open_form(&form).await.map_err(|error| Error::internal("opening a form", error))
    }

    /// The form as Discord shows it.
    pub(crate) fn draw(&self, key: &str) -> Value {
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

    /// Whether what comes of it is told to whoever filled it in alone: what became of an incident stands on its own card, and what is
    /// somebody's own concerns nobody else.
    fn is_told_aside(&self) -> bool {
        matches!(
            self,
            Self::ResolveIncident { .. }
                | Self::EditMemory { whose: Whose::Mine, .. }
                | Self::SavePrompt { .. }
                | Self::SetPlex(_)
                | Self::UsePrompt { .. }
        )
    }

    /// Does what it was opened for, with what was typed; none where that is an answer and nothing to do.
    fn perform(self, values: &Values, actor: Actor, hub: &Hub) -> Option<Performing> {
        Some(match self {
            Self::AddEntry { add, fields } => hub.perform(actor, AddEntry { values: values.of_fields(&fields), ..add }),
            Self::EditEntry { edit, fields, .. } => {
                hub.perform(actor, EditEntry { values: values.of_fields(&fields), ..edit })
            }
            Self::CreateAgent(create) => {
                let text = |id: &str| values.text(id).unwrap_or_default().to_owned();
                let tools = values.whole("tools").split([',', ' ', '\n', '\t']).map(str::trim);
                let tools = tools.filter(|tool| !tool.is_empty()).map(str::to_owned).collect();
                let (role, description, prompt) = (text("role"), text("description"), text("prompt"));
                hub.perform(
                    actor,
                    CreateAgent { role, description, prompt, tools, verify: values.lines("verify"), ..create },
                )
            }
            Self::CreateRegistry(create) => {
                let description = values.text("description").unwrap_or_default().to_owned();
                hub.perform(actor, CreateRegistry { description, fields: values.lines("fields"), ..create })
            }
            Self::AddServer(add) => {
                let (private_key, passphrase) = (values.secret("private_key"), values.secret("passphrase"));
                hub.perform(actor, AddServer { private_key, passphrase, password: values.secret("password"), ..add })
            }
            Self::AddMcp(add) => hub.perform(actor, AddMcp { token: values.secret("token"), ..add }),
            Self::SetPlex(set) => hub.perform(actor, SetPlex { token: values.secret("token"), ..set }),
            Self::AddProvider(add) => hub.perform(actor, AddProvider { key: values.secret("key"), ..add }),
            Self::SetKey(set) => hub.perform(actor, SetKey { key: values.secret("key"), ..set }),
            Self::SetSecret(set) => hub.perform(actor, SetSecret { value: values.secret("value"), ..set }),
            Self::RotateSecret(rotate) => hub.perform(actor, RotateSecret { value: values.secret("value"), ..rotate }),
            Self::ResolveIncident { incident } => {
                let what = values.text("what").map(str::to_owned);
                hub.perform(actor, ResolveIncident { incident, what })
            }
            Self::EditMemory { memory, whose, .. } => {
                let text = values.whole("text");
                match whose {
                    Whose::Mine => hub.perform(actor, EditMemory { memory, text: OwnWords::new(text) }),
                    Whose::Guild => hub.perform(actor, EditGuildMemory { memory, text: text.to_owned() }),
                }
            }
            Self::SavePrompt { name, category, tags, .. } => {
                hub.perform(actor, SavePrompt { name, text: OwnWords::new(values.whole("text")), category, tags })
            }
            Self::UsePrompt { name, variables, channel } => {
                let value = |name: String| (OwnWords::new(values.whole(&name)), name);
                let values = variables.into_iter().map(value).map(|(value, name)| (name, value)).collect();
                hub.perform(actor, UsePrompt { name, values, channel })
            }
            // The one is an answer, and the others look first.
            Self::Deny { .. } | Self::EditFile { .. } | Self::Terminal { .. } | Self::Overlay(_) | Self::Ticket(_) => {
                return None;
            }
        })
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

/// A form of one field: a text that may be there already.
pub(crate) fn written(key: &str, title: &str, (id, label): (&str, &str), (text, most): (&str, u16)) -> Value {
    let mut field = needed(field(id, label, PARAGRAPH, "", most));
    if !text.is_empty() {
        field["components"][0]["value"] = text.into();
    }
    json!({ "custom_id": key, "title": title, "components": [field] })
}

/// A verb and a name, as much of it as fits.
pub(crate) fn title(verb: &str, name: &str) -> String {
    let whole = format!("{verb} {name}");
    if whole.len() <= TITLE_LIMIT { whole } else { whole.chars().take(TITLE_LIMIT - 1).chain(['…']).collect() }
}

pub(crate) fn field(id: &str, label: &str, style: u8, placeholder: &str, most: u16) -> Value {
    json!({ "type": 1, "components": [{
        "type": 4, "custom_id": id, "label": label, "style": style, "required": false,
        "max_length": most, "placeholder": placeholder,
    }] })
}

/// A field that must be filled in.
pub(crate) fn needed(mut field: Value) -> Value {
    field["components"][0]["required"] = true.into();
    field
}

/// What was typed, by field.
pub(crate) struct Values(Vec<(String, String)>);

impl Values {
    fn of(form: &serenity::ModalInteraction) -> Self {
        let inputs = form.data.components.iter().flat_map(|row| &row.components);
        Self(
            inputs
                .filter_map(|input| match input {
                    serenity::ActionRowComponent::InputText(text) => {
                        Some((text.custom_id.clone(), text.value.clone().unwrap_or_default()))
                    }
                    _ => None,
                })
                .collect(),
        )
    }

    pub(crate) fn text(&self, id: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == id).map(|(_, value)| value.trim()).filter(|text| !text.is_empty())
    }

    pub(crate) fn whole(&self, id: &str) -> &str {
        self.0.iter().find(|(key, _)| key == id).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    fn lines(&self, id: &str) -> Vec<String> {
        self.whole(id).lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// What was typed into the form of these fields, by their names; what is empty is there as nothing.
    fn of_fields(&self, fields: &[Field]) -> workspace::Values {
        let value =
            |(number, field): (usize, &Field)| (field.name.clone(), self.whole(&number.to_string()).trim().to_owned());
        fields.iter().enumerate().map(value).collect()
    }

    fn secret(&self, id: &str) -> Option<Secret> {
        self.0.iter().find(|(key, value)| key == id && !value.trim().is_empty()).map(|(_, value)| Secret::new(value))
    }
}

/// A form came back.
pub(crate) async fn submitted(form: &serenity::ModalInteraction, data: &Data) {
    let asked = match Asked::form(form, &data.rest) {
        Some(asked) => Some(asked),
        None if form.guild_id.is_none() => direct::submitted(form, data).await,
        None => None,
    };
    let Some(asked) = asked else { return };
    match press::behind(&asked, &form.data.custom_id, &data.hub).await {
        Ok(Behind::Form(Form::Deny { approval })) => {
            let (values, on) = (Values::of(form), form.message.as_ref().map(|message| message.id));
            let decided = press::decide(&asked, approval, on, Answer::No, values.text("reason"), &data.hub).await;
            if let Err(error) = decided {
                asked.refuse(&error, None, &data.hub).await;
            }
        }
        Ok(Behind::Form(Form::EditFile { edit, .. })) => {
            file::edited(asked, edit, Values::of(form).whole("content"), data).await;
        }
        Ok(Behind::Form(Form::Overlay(kept))) => overlay_form::submitted(asked, kept, &Values::of(form), data).await,
        Ok(Behind::Form(Form::Ticket(kept))) => ticket_form::submitted(asked, kept, &Values::of(form), data).await,
        Ok(Behind::Form(Form::Terminal { terminal })) => {
            let values = Values::of(form);
            let typed = (
                values.text("line").map(str::to_owned),
                values.secret("unseen").map(|unseen| unseen.expose().to_owned()),
            );
            if let Err(error) = terminal::submitted(&asked, terminal, typed, data).await {
                asked.refuse(&error, None, &data.hub).await;
            }
        }
        Ok(Behind::Form(kept)) => {
            let opening = if kept.is_told_aside() { Opening::Aside } else { Opening::Message };
            let Some(performing) = kept.perform(&Values::of(form), asked.actor.clone(), &data.hub) else { return };
            perform::show(asked, &data.hub, performing, opening).await;
        }
        Ok(Behind::Press(_)) => {
            let error =
                Error::Busy("That form is no longer in use. Nothing was done; use the command again.".to_owned());
            asked.refuse(&error, None, &data.hub).await;
        }
        Err(error) => asked.refuse(&error, None, &data.hub).await,
    }
}
