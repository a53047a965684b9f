//! People's buttons, selects and forms, checked against the message or the form they belong to.

use super::World;
use super::interactions::{Ask, Asked, COMPONENT, MODAL_SUBMIT};
use super::resolved::Resolved;
use crate::errors::{Answer, ApiError, Form, Unknown};
use crate::rules::components::{BUTTON, STRING_SELECT, TEXT_INPUT, is_select, walk};
use crate::rules::{kind, list};
use crate::snowflake::{self, Id};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const LABEL: u64 = 18;

impl World {
    pub(crate) fn press(&mut self, ask: &Ask<'_>) -> Answer<Asked> {
        let message = ask.body.get("message_id").and_then(snowflake::parse).unwrap_or(0);
        let message = self.message_for(ask.channel, message, ask.user)?;
        if message.author != self.application.id {
            return Err(ApiError::unknown(Unknown::Application));
        }
        let data = ask.body.get("data").unwrap_or(&Value::Null);
        let custom_id = data.get("custom_id").and_then(Value::as_str).unwrap_or_default();
        let mut found = None;
        walk(&message.components, &mut |one| {
            let usable = kind(one) == BUTTON || is_select(kind(one));
            if usable && one.get("custom_id").and_then(Value::as_str) == Some(custom_id) {
                found = Some(one);
            }
        });
        let component = found.filter(|one| kind(one) == data["component_type"] && one["disabled"] != true);
        let component = component.ok_or_else(|| refused("data"))?;
        let mut told = json!({"custom_id": custom_id, "component_type": kind(component), "id": component["id"]});
        if is_select(kind(component)) {
            let values = self.selected(ask, component, list(data, "values"), &mut told)?;
            told["values"] = json!(values);
        }
        let metadata = json!({"interacted_message_id": message.id.to_string()});
        let source = Some(message.id);
        Ok(Asked { kind: COMPONENT, data: told, metadata, source, ..Asked::default() })
    }

    fn selected(&self, ask: &Ask<'_>, select: &Value, values: &[Value], told: &mut Value) -> Answer<Vec<String>> {
        let path = "data.values";
        let values: Vec<String> = values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let bound = |field: &str| select.get(field).and_then(Value::as_u64).unwrap_or(1);
        let count = values.len() as u64;
        let distinct = values.iter().collect::<BTreeSet<_>>().len() == values.len();
        if count < bound("min_values") || count > bound("max_values") || !distinct {
            return Err(refused(path));
        }
        if kind(select) == STRING_SELECT {
            let offered =
                |value: &String| list(select, "options").iter().any(|option| option["value"] == value.as_str());
            return if values.iter().all(offered) { Ok(values) } else { Err(refused(path)) };
        }
        let mut resolved = Resolved::default();
        for value in &values {
            let id: Id = value.parse().map_err(|_| refused(path))?;
            match kind(select) {
                5 => self.resolve_user(ask, &mut resolved, path, id)?,
                6 => self.resolve_role(ask, &mut resolved, path, id)?,
                7 => self.resolve_mentionable(ask, &mut resolved, path, id)?,
                _ => self.resolve_channel(ask, &mut resolved, (path, list(select, "channel_types")), id)?,
            }
        }
        if let Some(resolved) = resolved.json() {
            told["resolved"] = resolved;
        }
        Ok(values)
    }

    pub(crate) fn submit(&mut self, ask: &Ask<'_>) -> Answer<Asked> {
        let data = ask.body.get("data").unwrap_or(&Value::Null);
        let id = data.get("id").and_then(snowflake::parse).unwrap_or(0);
        let unknown = || ApiError::unknown(Unknown::Interaction);
        let shown = self.interactions.get(&id).filter(|shown| shown.user == ask.user && shown.channel == ask.channel);
        let shown = shown.ok_or_else(unknown)?;
        let modal = shown.modal.clone().filter(|modal| modal["custom_id"] == data["custom_id"]).ok_or_else(unknown)?;
        let (source, parent) = (shown.source, shown.metadata.clone());
        let mut form = Form::default();
        let mut told = Vec::new();
        let mut next = 0;
        for (index, row) in list(&modal, "components").iter().enumerate() {
            next += 1;
            let at = format!("data.components.{index}");
            let row_id = next;
            let input = list(row, "components").first().or_else(|| row.get("component"));
            let Some(input) = input else { continue };
            next += 1;
            let mut answer = self.answered(&mut form, ask, (&at, input), data);
            answer["id"] = json!(next);
            told.push(if kind(row) == LABEL {
                json!({"type": LABEL, "id": row_id, "component": answer})
            } else {
                json!({"type": kind(row), "id": row_id, "components": [answer]})
            });
        }
        form.finish()?;
        self.interaction_mut(id)?.modal = None;
        let told = json!({"custom_id": modal["custom_id"], "components": told});
        // The message may be gone while the form was filled in.
        let source = source.filter(|source| self.message(ask.channel, *source).is_ok());
        let metadata = json!({"triggering_interaction_metadata": parent});
        Ok(Asked { kind: MODAL_SUBMIT, data: told, metadata, source, ..Asked::default() })
    }

    /// What was put into one field of the form, as the bot is told.
    fn answered(&self, form: &mut Form, ask: &Ask<'_>, (at, input): (&str, &Value), data: &Value) -> Value {
        let mut given = None;
        walk(list(data, "components"), &mut |one| {
            if one.get("custom_id").is_some_and(|id| *id == input["custom_id"]) {
                given = Some(one);
            }
        });
        let mut told = json!({"type": kind(input), "custom_id": input["custom_id"]});
        if kind(input) == TEXT_INPUT {
            let text = given.and_then(|given| given.get("value")).and_then(Value::as_str).unwrap_or_default();
            let bound = |field: &str, otherwise: usize| {
                input
                    .get(field)
                    .and_then(Value::as_u64)
                    .and_then(|bound| usize::try_from(bound).ok())
                    .unwrap_or(otherwise)
            };
            let required = input.get("required").and_then(Value::as_bool).unwrap_or(true);
            if text.is_empty() && required {
                form.required(&format!("{at}.components.0.value"));
            } else if !text.is_empty() {
                let bounds = (bound("min_length", 0), bound("max_length", 4000));
                form.length("text_input.value", &format!("{at}.components.0.value"), text.chars().count(), bounds);
            }
            told["value"] = json!(text);
        } else if is_select(kind(input)) {
            let values = given.map(|given| list(given, "values")).unwrap_or_default();
            let optional = input.get("required") == Some(&Value::Bool(false)) && values.is_empty();
            match if optional { Ok(Vec::new()) } else { self.selected(ask, input, values, &mut told) } {
                Ok(values) => told["values"] = json!(values),
                Err(_) => form.add(at, "COMPONENT_VALIDATION_FAILED", "Component validation failed"),
            }
        } else if let Some(given) = given {
            for field in ["value", "values"] {
                if let Some(value) = given.get(field) {
                    told[field] = value.clone();
                }
            }
        }
        told
    }
}

fn refused(path: &str) -> ApiError {
    ApiError::field(path, "COMPONENT_VALIDATION_FAILED", "Component validation failed")
}
