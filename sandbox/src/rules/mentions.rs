//! Discord's limits on `allowed_mentions` itself, and what a bot may have meant by it.
//!
//! Documented under "Message Resource › Allowed Mentions Object".

use super::{list, message::Remark};
use crate::errors::Form;
use crate::snowflake;
use serde_json::Value;

const NAMED: usize = 100;

pub(crate) fn check(form: &mut Form, body: &Value) {
    form.object("", body, "allowed_mentions");
    let Some(allowed) = body.get("allowed_mentions").filter(|allowed| allowed.is_object()) else { return };
    let at = "allowed_mentions";
    form.boolean(at, allowed, "replied_user");
    form.list(at, allowed, "parse");
    let parse = list(allowed, "parse");
    for named in ["users", "roles"] {
        form.list(at, allowed, named);
        let ids = list(allowed, named);
        let path = format!("{at}.{named}");
        form.length("allowed_mentions.length", &path, ids.len(), (0, NAMED));
        form.unique("allowed_mentions.unique", &path, ids);
        for (index, id) in ids.iter().enumerate().filter(|(_, id)| snowflake::parse(id).is_none()) {
            let words = format!("Value {id} is not snowflake.");
            form.broke("field.type", &format!("{path}.{index}"), "NUMBER_TYPE_COERCE", &words);
        }
        if parse.iter().any(|one| one == named) && !ids.is_empty() {
            let words = format!("parse:[\"{named}\"] and {named}: [ids...] are mutually exclusive.");
            form.broke("allowed_mentions.exclusive", at, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", &words);
        }
    }
    for (index, one) in parse.iter().enumerate() {
        if !["roles", "users", "everyone"].iter().any(|known| one == known) {
            let words = "Value must be one of {'users', 'everyone', 'roles'}.";
            form.broke("allowed_mentions.parse", &format!("{at}.parse.{index}"), "BASE_TYPE_CHOICES", words);
        }
    }
    form.unique("allowed_mentions.unique", "allowed_mentions.parse", parse);
}

/// Whether whom a message pings is what its text names, whoever wrote that: Discord takes it, and a bot that repeats what others wrote
/// does not mean it. Everybody can be pinged in no other way: that is meant where the text begins a line with it. What changes nothing of
/// a message's text pings nobody.
pub(crate) fn left_to_the_text(body: &Value) -> Option<Remark> {
    let says = ["content", "embeds", "components"].iter().any(|field| body.get(field).is_some());
    let allowed = body.get("allowed_mentions");
    let is_meant = |one: &Value| one == "everyone" && begins_with_everyone(body);
    let open =
        allowed.is_none_or(|allowed| !allowed.is_object() || list(allowed, "parse").iter().any(|one| !is_meant(one)));
    let words = || format!("`allowed_mentions` is {}: the text says who is pinged", allowed.unwrap_or(&Value::Null));
    (says && open).then(|| ("allowed_mentions.open", words()))
}

/// Whether a line of the message, in whatever component, begins with everybody's name.
fn begins_with_everyone(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(name, value)| match value.as_str() {
            Some(text) if name == "content" => text.lines().any(|line| line.starts_with("@everyone")),
            _ => begins_with_everyone(value),
        }),
        Value::Array(all) => all.iter().any(begins_with_everyone),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{check, left_to_the_text};
    use crate::errors::Form;
    use serde_json::{Value, json};

    #[test]
    fn naming_users_twice_over_is_refused() {
        let rule = |allowed: Value| {
            let mut form = Form::default();
            check(&mut form, &json!({"allowed_mentions": allowed}));
            form.into_error().rule
        };
        assert_eq!(rule(json!({"parse": []})), None);
        assert_eq!(rule(json!({"parse": ["roles"], "users": ["1"]})), None);
        assert_eq!(rule(json!({"parse": ["users"], "users": ["1"]})), Some("allowed_mentions.exclusive"));
        assert_eq!(rule(json!({"parse": ["all"]})), Some("allowed_mentions.parse"));
        assert_eq!(rule(json!({"users": ["1", "1"]})), Some("allowed_mentions.unique"));
    }

    #[test]
    fn whoever_pings_by_name_never_leaves_it_to_the_text() {
        let open = |body: Value| left_to_the_text(&body).is_some();
        assert!(open(json!({"content": "@everyone"})) && open(json!({"components": [], "allowed_mentions": null})));
        assert!(open(json!({"content": "x", "allowed_mentions": {"parse": ["users"]}})));
        assert!(!open(json!({"content": "x", "allowed_mentions": {"parse": []}})));
        assert!(!open(json!({"content": "x", "allowed_mentions": {"users": ["1"]}})));
        assert!(!open(json!({"flags": 4})), "its text stays as it was");
        let everyone = |text: &str| {
            let components = json!([{"type": 17, "components": [{"type": 10, "content": text}]}]);
            open(json!({"components": components, "allowed_mentions": {"parse": ["everyone"]}}))
        };
        assert!(!everyone("Ada is live\n@everyone come") && everyone("Ada says @everyone"));
    }
}
