//! An open dialog: its fields, and what submitting it says.

use serde_json::{Value, json};

use super::{
    Error, Result,
    error::Unknown,
    message::{SELECTS, Select, find, kind, list, options_of, text_at},
    state::State,
};

const ROW: u64 = 1;
const TEXT_INPUT: u64 = 4;
const LABEL: u64 = 18;
const RADIO_GROUP: u64 = 21;
const CHECKBOX_GROUP: u64 = 22;
const CHECKBOX: u64 = 23;

/// A dialog the bot opened for this person.
#[derive(Debug, Clone, PartialEq)]
pub struct Modal {
    /// The interaction that it is, which submitting names.
    pub id: String,
    pub nonce: String,
    pub application_id: String,
    pub channel_id: String,
    pub custom_id: String,
    pub title: String,
    pub fields: Vec<Field>,
    /// Discord's event, whole.
    pub raw: Value,
}

/// One thing to fill in.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub label: String,
    pub custom_id: String,
    /// Discord's component type: 4 is a text input.
    pub kind: u64,
    pub required: bool,
    /// What already stands in it.
    pub value: String,
    /// It stands in a Label (18), not in an action row (1).
    wrapped: bool,
    raw: Value,
}

impl Modal {
    pub(crate) fn read(raw: Value) -> Self {
        let mut fields = Vec::new();
        for outer in list(&raw["components"]) {
            match kind(outer) {
                ROW => {
                    fields
                        .extend(list(&outer["components"]).iter().map(|c| Field::read(text_at(c, "label"), c, false)));
                }
                LABEL => fields.push(Field::read(text_at(outer, "label"), &outer["component"], true)),
                _ => {}
            }
        }
        let owned = |key: &str| text_at(&raw, key).to_owned();
        let application = raw["application"]["id"].as_str().unwrap_or_else(|| text_at(&raw, "application_id"));
        Self {
            id: owned("id"),
            nonce: owned("nonce"),
            application_id: application.to_owned(),
            channel_id: raw["channel_id"].as_str().unwrap_or_else(|| text_at(&raw["channel"], "id")).to_owned(),
            custom_id: owned("custom_id"),
            title: owned("title"),
            fields,
            raw,
        }
    }

    /// Title, labels, placeholders and what already stands in the fields, one a line.
    pub fn text(&self) -> String {
        let mut lines = vec![self.title.clone()];
        let body = super::message_text(&json!({ "components": self.raw["components"] }));
        lines.extend((!body.is_empty()).then_some(body));
        lines.join("\n")
    }

    /// The `components` of a submission. Discord's own client refuses what is checked here before it sends anything.
    pub(crate) fn submission(&self, values: &[(&str, &str)], state: &State) -> Result<Value> {
        let mut answers: Vec<Option<&str>> = vec![None; self.fields.len()];
        for (label, value) in values {
            let field = find(&self.fields, label, |field| vec![&field.label, &field.custom_id])
                .ok_or_else(|| Unknown::new("field", label, self.fields.iter().map(|field| &field.label)))?;
            let at = self.fields.iter().position(|other| std::ptr::eq(other, field)).unwrap_or_default();
            answers[at] = Some(value);
        }
        let filled = self.fields.iter().zip(answers);
        let rows = filled.map(|(field, value)| field.answer(value, state)).collect::<Result<Vec<_>>>()?;
        Ok(Value::Array(rows))
    }
}

impl Field {
    fn read(label: &str, component: &Value, wrapped: bool) -> Self {
        Self {
            label: label.to_owned(),
            custom_id: text_at(component, "custom_id").to_owned(),
            kind: kind(component),
            required: component["required"].as_bool().unwrap_or(true),
            value: text_at(component, "value").to_owned(),
            wrapped,
            raw: component.clone(),
        }
    }

    /// What this field contributes to a submission.
    fn answer(&self, given: Option<&str>, state: &State) -> Result<Value> {
        let mut component = json!({ "type": self.kind, "custom_id": self.custom_id });
        match self.kind {
            TEXT_INPUT => component["value"] = self.text(given.unwrap_or(&self.value))?.into(),
            RADIO_GROUP => component["value"] = given.map(|label| self.option(label)).transpose()?.into(),
            CHECKBOX_GROUP => component["values"] = self.picks(given, |label| self.option(label))?,
            CHECKBOX => component["value"] = (given == Some("true")).into(),
            kind if SELECTS.contains(&kind) => {
                component["values"] = self.picks(given, |label| self.select(label, state))?;
            }
            _ => return Err(self.refusal(given.unwrap_or_default(), "this client cannot fill such a field")),
        }
        Ok(if self.wrapped {
            json!({ "type": LABEL, "component": component })
        } else {
            json!({ "type": ROW, "components": [component] })
        })
    }

    fn text(&self, value: &str) -> Result<String> {
        let length = value.chars().count() as u64;
        let limit = |key: &str| self.raw[key].as_u64();
        if length == 0 && self.required {
            return Err(self.refusal(value, "it must be filled in"));
        }
        if let Some(most) = limit("max_length").filter(|most| length > *most) {
            return Err(self.refusal(&shortened(value), &format!("it has {length} characters, at most {most} fit")));
        }
        if let Some(least) = limit("min_length").filter(|least| length > 0 && length < *least) {
            return Err(self.refusal(value, &format!("it has {length} characters and needs {least}")));
        }
        Ok(value.to_owned())
    }

    fn picks(&self, given: Option<&str>, pick: impl Fn(&str) -> Result<String>) -> Result<Value> {
        match given {
            None if self.required => Err(self.refusal("", "something must be chosen")),
            None => Ok(json!([])),
            Some(label) => Ok(json!([pick(label)?])),
        }
    }

    fn option(&self, label: &str) -> Result<String> {
        let options = options_of(&self.raw);
        match find(&options, label, |(label, value)| vec![label, value]) {
            Some((_, value)) => Ok(value.clone()),
            None => Err(Unknown::new("option", label, options.into_iter().map(|(label, _)| label)).into()),
        }
    }

    fn select(&self, label: &str, state: &State) -> Result<String> {
        match Select::read(&self.raw) {
            Some(select) => state.pick(&select, label),
            None => self.option(label),
        }
    }

    fn refusal(&self, value: &str, wanted: &str) -> Error {
        Error::BadValue {
            name: format!("the field \"{}\"", self.label),
            value: value.to_owned(),
            wanted: wanted.to_owned(),
        }
    }
}

/// Enough of a long value to recognise it in an error.
fn shortened(value: &str) -> String {
    match value.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &value[..at]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modal() -> Modal {
        Modal::read(json!({
            "id": "1", "nonce": "2", "title": "Add a key", "custom_id": "m", "application": { "id": "9" },
            "components": [
                { "type": 1, "components": [{ "type": 4, "custom_id": "k", "label": "Private key", "max_length": 5 }] },
                { "type": 18, "label": "Colour", "component": { "type": 3, "custom_id": "c", "required": false,
                    "options": [{ "label": "Red", "value": "r" }] } },
            ],
        }))
    }

    #[test]
    fn a_submission_mirrors_the_dialog() {
        let rows = modal().submission(&[("Private", "abc"), ("Colour", "Red")], &State::default()).unwrap();
        assert_eq!(
            rows,
            json!([
                { "type": 1, "components": [{ "type": 4, "custom_id": "k", "value": "abc" }] },
                { "type": 18, "component": { "type": 3, "custom_id": "c", "values": ["r"] } },
            ])
        );
    }

    #[test]
    fn what_discord_would_not_submit_is_not_submitted() {
        let refused = |values: &[(&str, &str)]| modal().submission(values, &State::default()).unwrap_err().to_string();
        assert_eq!(refused(&[]), "the field \"Private key\" cannot be ``: it must be filled in");
        assert_eq!(
            refused(&[("Private key", "abcdef")]),
            "the field \"Private key\" cannot be `abcdef`: it has 6 characters, at most 5 fit"
        );
        assert_eq!(refused(&[("Note", "x")]), "there is no field \"Note\" (there are: \"Private key\", \"Colour\")");
    }
}
