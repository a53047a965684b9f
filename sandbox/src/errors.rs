//! Discord's error bodies, and which of them a bot could have avoided.
//!
//! **Invariant:** an error that carries a `rule` is a documented limit the caller broke. It is recorded as a violation when
//! the caller is the bot; everything else (a channel deleted meanwhile, a missing permission) is life.

use serde_json::{Map, Value, json};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) rule: Option<&'static str>,
}

pub(crate) type Answer<T> = Result<T, ApiError>;

impl ApiError {
    pub(crate) fn new(status: u16, code: u32, message: &str) -> Self {
        Self { status, body: json!({"message": message, "code": code}), rule: None }
    }

    /// Marks the error as a documented limit that was broken.
    pub(crate) fn breaks(mut self, rule: &'static str) -> Self {
        self.rule = Some(rule);
        self
    }

    /// A path or a method that is not served here. Discord may know it, so a bot that asks is told on: the bench is short of it.
    pub(crate) fn no_route() -> Self {
        Self::new(404, 0, "404: Not Found").breaks("sandbox.unsupported")
    }
    /// Something Discord honours and this sandbox does not. Saying so is a defect of the bench, and better than guessing.
    pub(crate) fn unsupported(what: &str) -> Self {
        Self::new(400, 0, &format!("The sandbox does not serve {what}.")).breaks("sandbox.unsupported")
    }
    pub(crate) fn unauthorized() -> Self {
        Self::new(401, 0, "401: Unauthorized")
    }
    pub(crate) fn unknown(kind: Unknown) -> Self {
        let (code, name) = kind.words();
        Self::new(404, code, &format!("Unknown {name}"))
    }
    pub(crate) fn missing_access() -> Self {
        Self::new(403, 50001, "Missing Access")
    }
    pub(crate) fn missing_permissions() -> Self {
        Self::new(403, 50013, "Missing Permissions")
    }
    pub(crate) fn system_message() -> Self {
        Self::new(403, 50021, "Cannot execute action on a system message")
    }
    pub(crate) fn archived() -> Self {
        Self::new(400, 50083, "Thread is archived")
    }
    pub(crate) fn empty_message() -> Self {
        Self::new(400, 50006, "Cannot send an empty message").breaks("message.empty")
    }

    /// The same error about a part of a larger body: `content` becomes `data.content`.
    pub(crate) fn within(mut self, field: &str) -> Self {
        if let Some(errors) = self.body.get_mut("errors") {
            *errors = json!({field: errors.take()});
        }
        self
    }

    /// One field that is wrong, in Discord's nested form.
    pub(crate) fn field(path: &str, code: &str, message: &str) -> Self {
        let mut form = Form::default();
        form.add(path, code, message);
        form.into_error()
    }
}

/// What Discord calls the things it cannot find.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unknown {
    Application,
    Ban,
    Channel,
    Guild,
    Member,
    Message,
    Overwrite,
    Role,
    User,
    Webhook,
    Emoji,
    Interaction,
    Command,
}

impl Unknown {
    fn words(self) -> (u32, &'static str) {
        match self {
            Self::Application => (10002, "Application"),
            Self::Ban => (10026, "Ban"),
            Self::Channel => (10003, "Channel"),
            Self::Guild => (10004, "Guild"),
            Self::Member => (10007, "Member"),
            Self::Message => (10008, "Message"),
            Self::Overwrite => (10009, "permission overwrite"),
            Self::Role => (10011, "Role"),
            Self::User => (10013, "User"),
            Self::Emoji => (10014, "Emoji"),
            Self::Webhook => (10015, "Webhook"),
            Self::Interaction => (10062, "interaction"),
            Self::Command => (10063, "application command"),
        }
    }
}

/// The `errors` tree of an "Invalid Form Body" (50035).
#[derive(Debug, Default)]
pub(crate) struct Form {
    errors: Map<String, Value>,
    rule: Option<&'static str>,
}

impl Form {
    /// Adds an error at a dotted path (`embeds.0.title`). Paths come from our own code and field indexes, never from keys of
    /// the caller, so no part of one holds a dot.
    pub(crate) fn add(&mut self, path: &str, code: &str, message: &str) {
        insert(&mut self.errors, path, json!({"code": code, "message": message}));
    }

    /// Adds an error that breaks a documented limit. The first rule broken names the violation.
    pub(crate) fn broke(&mut self, rule: &'static str, path: &str, code: &str, message: &str) {
        self.rule.get_or_insert(rule);
        self.add(path, code, message);
    }

    pub(crate) fn required(&mut self, path: &str) {
        self.broke("field.required", path, "BASE_TYPE_REQUIRED", "This field is required");
    }

    /// Checks the length of a text, counted in characters. `min` 0 means it may be empty.
    pub(crate) fn length(&mut self, rule: &'static str, path: &str, length: usize, (min, max): (usize, usize)) {
        if length >= min && length <= max {
            return;
        }
        if min == 0 {
            let words = format!("Must be {max} or fewer in length.");
            self.broke(rule, path, "BASE_TYPE_MAX_LENGTH", &words);
        } else {
            let words = format!("Must be between {min} and {max} in length.");
            self.broke(rule, path, "BASE_TYPE_BAD_LENGTH", &words);
        }
    }

    /// Checks an optional text field of an object; null counts as absent.
    pub(crate) fn text(&mut self, rule: &'static str, at: &str, of: &Value, field: &str, bounds: (usize, usize)) {
        match of.get(field) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => self.length(rule, &join(at, field), text.chars().count(), bounds),
            Some(_) => {
                self.broke(rule, &join(at, field), "STRING_TYPE_CONVERT", "Could not interpret value as string.");
            }
        }
    }

    /// Checks a text field that must be there.
    pub(crate) fn needed_text(
        &mut self,
        rule: &'static str,
        at: &str,
        of: &Value,
        field: &str,
        bounds: (usize, usize),
    ) {
        if of.get(field).is_none_or(Value::is_null) {
            self.required(&join(at, field));
        } else {
            self.text(rule, at, of, field, bounds);
        }
    }

    pub(crate) fn number(&mut self, rule: &'static str, at: &str, of: &Value, field: &str, (min, max): (i64, i64)) {
        match of.get(field) {
            None | Some(Value::Null) => {}
            Some(value) => match value.as_i64() {
                Some(number) if number < min => {
                    let words = format!("int value should be greater than or equal to {min}.");
                    self.broke(rule, &join(at, field), "NUMBER_TYPE_MIN", &words);
                }
                Some(number) if number > max => {
                    let words = format!("int value should be less than or equal to {max}.");
                    self.broke(rule, &join(at, field), "NUMBER_TYPE_MAX", &words);
                }
                Some(_) => {}
                None => {
                    let words = format!("Value \"{value}\" is not int.");
                    self.broke(rule, &join(at, field), "NUMBER_TYPE_COERCE", &words);
                }
            },
        }
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.errors.is_empty()
    }

    pub(crate) fn finish(self) -> Answer<()> {
        if self.is_clean() { Ok(()) } else { Err(self.into_error()) }
    }

    pub(crate) fn into_error(mut self) -> ApiError {
        innermost(&mut self.errors);
        let body = json!({"message": "Invalid Form Body", "code": 50035, "errors": self.errors});
        ApiError { status: 400, body, rule: self.rule }
    }
}

pub(crate) fn join(at: &str, field: &str) -> String {
    if at.is_empty() { field.to_owned() } else { format!("{at}.{field}") }
}

fn insert(tree: &mut Map<String, Value>, path: &str, error: Value) {
    let (head, rest) = match path.split_once('.') {
        Some((head, rest)) => (head, Some(rest)),
        None => (path, None),
    };
    let list = if head.is_empty() { tree } else { object(tree, head) };
    match rest {
        Some(rest) => insert(list, rest, error),
        None => {
            if let Value::Array(errors) = list.entry("_errors").or_insert_with(|| json!([])) {
                errors.push(error);
            }
        }
    }
}

/// A part of a form has errors of its own or errors further in, never both: Discord looks at a whole once its parts are right.
fn innermost(tree: &mut Map<String, Value>) {
    if tree.len() > 1 {
        tree.remove("_errors");
    }
    tree.values_mut().filter_map(Value::as_object_mut).for_each(innermost);
}

fn object<'a>(tree: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let slot = tree.entry(key).or_insert_with(|| Value::Object(Map::new()));
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    slot.as_object_mut().expect("made an object on the line above")
}

#[cfg(test)]
mod tests {
    use super::Form;
    use serde_json::json;

    #[test]
    fn a_part_with_wrong_parts_has_no_errors_of_its_own() {
        let mut form = Form::default();
        form.length("embeds.length", "embeds", 11, (0, 10));
        form.required("embeds.0.fields.0.name");
        form.required("embeds.0");
        let error = form.into_error();
        assert_eq!(error.rule, Some("embeds.length"));
        let named = json!({"_errors": [{"code": "BASE_TYPE_REQUIRED", "message": "This field is required"}]});
        assert_eq!(error.body["errors"], json!({"embeds": {"0": {"fields": {"0": {"name": named}}}}}));
    }

    #[test]
    fn a_wrong_field_is_named_the_way_discord_names_it() {
        let mut form = Form::default();
        form.length("message.content", "content", 2001, (0, 2000));
        form.length("embed.title", "embeds.0.title", 257, (0, 256));
        let error = form.into_error();
        assert_eq!(error.rule, Some("message.content"));
        assert_eq!(
            error.body,
            json!({"code": 50035, "message": "Invalid Form Body", "errors": {
                "content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}]},
                "embeds": {"0": {"title": {"_errors": [
                    {"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 256 or fewer in length."}]}}},
            }})
        );
    }
}
