//! Forms (modals): what they ask, and the action they become. Secrets are asked here and nowhere else.
//!
//! Built of action rows: serenity 0.12.5 loses the values of the newer label components.

use base::{Actor, Error, Secret, card::Answer};
use hosts::{AddServer, files::EditFile};
use hub::{Hub, Performing};
use poise::serenity_prelude as serenity;
use secrets::{RotateSecret, SetSecret};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Data,
    asked::{Asked, Opening},
    face::{self, Behind},
    file, perform, press, terminal,
};

/// What a form was opened for, kept until it comes back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Form {
    /// How to log in to this new server.
    AddServer(AddServer),
    /// Why something is not to be done.
    Deny {
        /// The question.
        approval: Uuid,
    },
    /// What is to be in this file. What it holds now is shown, and never kept.
    EditFile {
        /// Which file.
        edit: EditFile,
        /// What it holds.
        #[serde(skip)]
        text: String,
    },
    /// The value of this new secret.
    SetSecret(SetSecret),
    /// The new value of this secret.
    RotateSecret(RotateSecret),
    /// What to type.
    Terminal {
        /// The terminal.
        terminal: Uuid,
    },
}

const SHORT: u8 = 1;
const PARAGRAPH: u8 = 2;
/// Discord's own limit for a text field; an RSA key of 4,096 bits takes 3,400.
const FIELD_LIMIT: u16 = 4_000;
/// A reason is a sentence or two.
const REASON_LIMIT: u16 = 200;
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
            Self::SetSecret(set) => value(key, &title("Set", set.name.as_str())),
            Self::RotateSecret(rotate) => value(key, &title("Rotate", rotate.name.as_str())),
        }
    }

    /// Does what it was opened for, with what was typed; none where that is an answer and nothing to do.
    fn perform(self, values: &Values, actor: Actor, hub: &Hub) -> Option<Performing> {
        Some(match self {
            Self::AddServer(add) => {
                let (private_key, passphrase) = (values.secret("private_key"), values.secret("passphrase"));
                hub.perform(actor, AddServer { private_key, passphrase, password: values.secret("password"), ..add })
            }
            Self::SetSecret(set) => hub.perform(actor, SetSecret { value: values.secret("value"), ..set }),
            Self::RotateSecret(rotate) => hub.perform(actor, RotateSecret { value: values.secret("value"), ..rotate }),
            // The one is an answer, and the others look first.
            Self::Deny { .. } | Self::EditFile { .. } | Self::Terminal { .. } => return None,
        })
    }
}

/// A form of one field: the value of a secret.
fn value(key: &str, title: &str) -> Value {
    let mut field = field("value", "Value", PARAGRAPH, "sealed at once, never shown again", FIELD_LIMIT);
    field["components"][0]["required"] = true.into();
    json!({ "custom_id": key, "title": title, "components": [field] })
}

/// A verb and a name, as much of it as fits.
fn title(verb: &str, name: &str) -> String {
    let whole = format!("{verb} {name}");
    if whole.len() <= TITLE_LIMIT { whole } else { whole.chars().take(TITLE_LIMIT - 1).chain(['…']).collect() }
}

fn field(id: &str, label: &str, style: u8, placeholder: &str, most: u16) -> Value {
    json!({ "type": 1, "components": [{
        "type": 4, "custom_id": id, "label": label, "style": style, "required": false,
        "max_length": most, "placeholder": placeholder,
    }] })
}

/// What was typed, by field.
struct Values(Vec<(String, String)>);

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

    fn text(&self, id: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == id).map(|(_, value)| value.trim()).filter(|text| !text.is_empty())
    }

    fn whole(&self, id: &str) -> &str {
        self.0.iter().find(|(key, _)| key == id).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    fn secret(&self, id: &str) -> Option<Secret> {
        self.0.iter().find(|(key, value)| key == id && !value.trim().is_empty()).map(|(_, value)| Secret::new(value))
    }
}

/// A form came back.
pub(crate) async fn submitted(form: &serenity::ModalInteraction, data: &Data) {
    let Some(asked) = Asked::form(form, &data.rest) else { return };
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
            let Some(performing) = kept.perform(&Values::of(form), asked.actor.clone(), &data.hub) else { return };
            perform::show(asked, &data.hub, performing, Opening::Message).await;
        }
        Ok(Behind::Press(_)) => {
            let error =
                Error::Busy("That form is no longer in use. Nothing was done; use the command again.".to_owned());
            asked.refuse(&error, None, &data.hub).await;
        }
        Err(error) => asked.refuse(&error, None, &data.hub).await,
    }
}
