//! Forms (modals): what they ask, and the action they become. Secrets are asked here and nowhere else.
//!
//! Built of action rows: serenity 0.12.5 loses the values of the newer label components.

mod draw;
mod field;
mod values;

use base::{Actor, Error, card::Answer};
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
use uuid::Uuid;
use workspace::{AddEntry, CreateAgent, CreateRegistry, EditEntry, Field};

pub(crate) use self::{
    field::{PARAGRAPH, SHORT, field, needed, title, written},
    values::Values,
};
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
