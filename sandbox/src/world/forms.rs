//! People's forms: what they sent, checked against what was asked as their client would check it.
//!
//! **Invariant:** a form is sent once, by the one it was shown to, and only with answers Discord's client would let through.

use super::World;
use super::interactions::{Ask, Asked, MODAL_SUBMIT};
use crate::errors::{Answer, ApiError, Form, Unknown};
use crate::rules::components::{TEXT_INPUT, walk};
use crate::rules::modals::{CHECKBOX, CHECKBOX_GROUP, FILE_UPLOAD, LABEL, RADIO_GROUP};
use crate::rules::selects::is_select;
use crate::rules::{kind, list};
use crate::snowflake;
use serde_json::{Map, Value, json};

/// What is gathered while the answers are read.
struct Reading<'a> {
    ask: Ask<'a>,
    form: Form,
    /// Full objects for the ids in the answers, by kind.
    resolved: Map<String, Value>,
}

impl World {
    pub(crate) fn submit(&mut self, ask: Ask<'_>) -> Answer<Asked> {
        let data = ask.body.get("data").cloned().unwrap_or_default();
        let id = data.get("id").and_then(snowflake::parse).unwrap_or(0);
        let unknown = || ApiError::unknown(Unknown::Interaction);
        let shown = self.interactions.get(&id).filter(|shown| shown.user == ask.user && shown.channel == ask.channel);
        let shown = shown.ok_or_else(unknown)?;
        let modal = shown.modal.clone().filter(|modal| modal["custom_id"] == data["custom_id"]).ok_or_else(unknown)?;
        let (source, parent, channel) = (shown.source, shown.metadata.clone(), ask.channel);
        let mut reading = Reading { ask, form: Form::default(), resolved: Map::new() };
        let (mut told, mut next) = (Vec::new(), 0);
        for (index, row) in list(&modal, "components").iter().enumerate() {
            next += 1;
            let row_id = row.get("id").and_then(Value::as_u64).filter(|id| *id != 0).unwrap_or(next);
            let labelled = kind(row) == LABEL;
            let input = list(row, "components").first().or_else(|| row.get("component"));
            let Some(input) = input else {
                told.push(json!({"type": kind(row), "id": row_id}));
                continue;
            };
            next += 1;
            let inside = if labelled { "component" } else { "components.0" };
            let mut answer = self.answered(&mut reading, (&format!("data.components.{index}.{inside}"), input), &data);
            answer["id"] = json!(input.get("id").and_then(Value::as_u64).filter(|id| *id != 0).unwrap_or(next));
            told.push(if labelled {
                json!({"type": LABEL, "id": row_id, "component": answer})
            } else {
                json!({"type": kind(row), "id": row_id, "components": [answer]})
            });
        }
        reading.form.finish()?;
        self.interaction_mut(id)?.modal = None;
        let mut told = json!({"custom_id": modal["custom_id"], "components": told});
        if !reading.resolved.is_empty() {
            told["resolved"] = Value::Object(reading.resolved);
        }
        // The message may be gone while the form was filled in.
        let source = source.filter(|source| self.message(channel, *source).is_ok());
        let metadata = json!({"triggering_interaction_metadata": parent});
        Ok(Asked { kind: MODAL_SUBMIT, data: told, metadata, source, ..Asked::default() })
    }

    /// What was put into one field of the form, as the bot is told.
    fn answered(&mut self, reading: &mut Reading<'_>, (at, input): (&str, &Value), data: &Value) -> Value {
        let mut given = None;
        walk(list(data, "components"), &mut |one| {
            if one.get("custom_id").is_some_and(|id| *id == input["custom_id"]) {
                given = Some(one);
            }
        });
        let given = given.cloned().unwrap_or_default();
        let mut told = json!({"type": kind(input), "custom_id": input["custom_id"]});
        let fits = match kind(input) {
            TEXT_INPUT => {
                let text = given.get("value").and_then(Value::as_str).unwrap_or_default();
                check_text(&mut reading.form, at, input, text);
                told["value"] = json!(text);
                true
            }
            CHECKBOX => {
                told["value"] = json!(given.get("value").and_then(Value::as_bool).unwrap_or(false));
                given.get("value").is_none_or(|value| value.is_boolean() || value.is_null())
            }
            RADIO_GROUP => {
                let value = given.get("value").cloned().unwrap_or_default();
                let fits = if value.is_null() { !is_required(input) } else { is_offered(input, &value) };
                told["value"] = value;
                fits
            }
            CHECKBOX_GROUP => {
                let values = list(&given, "values");
                told["values"] = json!(values);
                let most = list(input, "options").len() as u64;
                fits_bounds(input, values, most) && values.iter().all(|value| is_offered(input, value))
            }
            FILE_UPLOAD => self.uploaded(reading, input, &given, &mut told).is_some(),
            select if is_select(select) => self.picked(reading, input, &given, &mut told),
            _ => true,
        };
        if !fits {
            reading.form.add(at, "COMPONENT_VALIDATION_FAILED", "Component validation failed");
        }
        told
    }

    fn picked(&self, reading: &mut Reading<'_>, select: &Value, given: &Value, told: &mut Value) -> bool {
        let values = list(given, "values");
        if values.is_empty() && !is_required(select) {
            told["values"] = json!([]);
            return true;
        }
        let Ok(values) = self.selected(&reading.ask, select, values, told) else { return false };
        told["values"] = json!(values);
        // A form shows the full objects once for all its fields.
        if let Some(Value::Object(found)) = told.as_object_mut().and_then(|told| told.remove("resolved")) {
            for (kind, objects) in found {
                merge(&mut reading.resolved, &kind, objects);
            }
        }
        true
    }

    /// The files of an upload: each value is the n of a `files[n]` that came along.
    fn uploaded(&mut self, reading: &mut Reading<'_>, input: &Value, given: &Value, told: &mut Value) -> Option<()> {
        let values = list(given, "values");
        if !fits_bounds(input, values, 1) {
            return None;
        }
        let mut kept = Vec::new();
        for value in values {
            let slot = snowflake::parse(value)?.to_string();
            let found = reading.ask.files.iter().position(|file| file.slot == slot)?;
            let file = reading.ask.files.swap_remove(found);
            let id = self.keep_file(reading.ask.channel, file, None, true);
            let shown = self.attachments.get(&id)?.json();
            merge(&mut reading.resolved, "attachments", json!({id.to_string(): shown}));
            kept.push(id.to_string());
        }
        told["values"] = json!(kept);
        Some(())
    }
}

fn check_text(form: &mut Form, at: &str, input: &Value, text: &str) {
    let bound = |field: &str| input.get(field).and_then(Value::as_u64).and_then(|bound| usize::try_from(bound).ok());
    let path = format!("{at}.value");
    if text.is_empty() && is_required(input) {
        form.required(&path);
    } else if !text.is_empty() {
        let bounds = (bound("min_length").unwrap_or(0), bound("max_length").unwrap_or(4000));
        form.length("text_input.value", &path, text.chars().count(), bounds);
    }
}

/// Fields of a form are required unless they say otherwise.
fn is_required(input: &Value) -> bool {
    input.get("required").and_then(Value::as_bool).unwrap_or(true)
}

fn is_offered(input: &Value, value: &Value) -> bool {
    list(input, "options").iter().any(|option| option["value"] == *value)
}

/// Enough answers, not too many, none twice. `most` is what `max_values` is when it is not given.
fn fits_bounds(input: &Value, values: &[Value], most: u64) -> bool {
    let bound = |field: &str, otherwise: u64| input.get(field).and_then(Value::as_u64).unwrap_or(otherwise);
    let count = values.len() as u64;
    let enough = count >= bound("min_values", 1) || (count == 0 && !is_required(input));
    let distinct = values.iter().enumerate().all(|(index, value)| !values[..index].contains(value));
    enough && count <= bound("max_values", most) && distinct
}

fn merge(into: &mut Map<String, Value>, kind: &str, objects: Value) {
    let slot = into.entry(kind).or_insert_with(|| json!({}));
    if let (Some(slot), Value::Object(objects)) = (slot.as_object_mut(), objects) {
        slot.extend(objects);
    }
}
