//! People's buttons and selects, checked against the message they are on.

use super::World;
use super::interactions::{Ask, Asked, COMPONENT};
use super::resolved::Resolved;
use crate::errors::{Answer, ApiError, Unknown};
use crate::rules::components::{BUTTON, walk};
use crate::rules::selects::{STRING_SELECT, is_select};
use crate::rules::{kind, list};
use crate::snowflake::{self, Id};
use serde_json::{Value, json};
use std::collections::BTreeSet;

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

    pub(super) fn selected(
        &self,
        ask: &Ask<'_>,
        select: &Value,
        values: &[Value],
        told: &mut Value,
    ) -> Answer<Vec<String>> {
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
}

fn refused(path: &str) -> ApiError {
    ApiError::field(path, "COMPONENT_VALIDATION_FAILED", "Component validation failed")
}
