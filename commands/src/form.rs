//! Forms (modals): what they ask, and the action they become. Secrets are asked here and nowhere else.
//!
//! Built of action rows: serenity 0.12.5 loses the values of the newer label components.

use std::sync::Arc;

use base::{Error, Secret, card::Answer};
use hosts::AddServer;
use poise::serenity_prelude as serenity;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Data,
    asked::{Asked, Opening},
    face::Behind,
    perform, press,
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
}

const SHORT: u8 = 1;
const PARAGRAPH: u8 = 2;
/// Discord's own limit for a text field; an RSA key of 4,096 bits takes 3,400.
const FIELD_LIMIT: u16 = 4_000;
/// A reason is a sentence or two.
const REASON_LIMIT: u16 = 200;

impl Form {
    /// The form as Discord shows it.
    pub(crate) fn draw(&self, key: &str) -> Value {
        match self {
            Self::AddServer(add) => json!({
                "custom_id": key,
                "title": format!("Log in to {}", add.server),
                "components": [
                    field("private_key", "Private key", PARAGRAPH, "-----BEGIN OPENSSH PRIVATE KEY-----", FIELD_LIMIT),
                    field("passphrase", "Passphrase of the key", SHORT, "only if the key is encrypted", FIELD_LIMIT),
                    field("password", "Password", SHORT, "instead of a key", FIELD_LIMIT),
                ],
            }),
            Self::Deny { .. } => json!({
                "custom_id": key,
                "title": "Deny",
                "components": [field("reason", "Reason", PARAGRAPH, "what whoever asked should know; may be empty", REASON_LIMIT)],
            }),
        }
    }
}

fn filled(add: AddServer, values: &Values) -> AddServer {
    AddServer {
        private_key: values.secret("private_key"),
        passphrase: values.secret("passphrase"),
        password: values.secret("password"),
        ..add
    }
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

    fn secret(&self, id: &str) -> Option<Secret> {
        self.0.iter().find(|(key, value)| key == id && !value.trim().is_empty()).map(|(_, value)| Secret::new(value))
    }
}

/// A form came back.
pub(crate) async fn submitted(form: &serenity::ModalInteraction, http: &Arc<serenity::Http>, data: &Data) {
    let Some(asked) = Asked::form(form, http) else { return };
    match press::behind(&asked, &form.data.custom_id, &data.hub).await {
        Ok(Behind::Form(Form::Deny { approval })) => {
            let (values, on) = (Values::of(form), form.message.as_ref().map(|message| message.id));
            let decided = press::decide(&asked, approval, on, Answer::No, values.text("reason"), &data.hub).await;
            if let Err(error) = decided {
                asked.refuse(&error, None, &data.hub).await;
            }
        }
        Ok(Behind::Form(Form::AddServer(add))) => {
            let action = filled(add, &Values::of(form));
            let performing = data.hub.perform(asked.actor.clone(), action);
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
