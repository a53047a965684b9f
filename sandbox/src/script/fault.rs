//! The step `fault KIND name:value …`: the same words as the JSON of a fault.

use crate::Fault;
use crate::client::quotes::{Escapes, quoted};
use serde_json::{Map, Value, json};

pub(super) fn read(text: &str) -> Result<Fault, String> {
    let (kind, mut rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if kind.is_empty() {
        return Err("`fault` is followed by its kind, as in `fault server_error status:503`".into());
    }
    let mut json = Map::from_iter([("fault".to_owned(), json!(kind))]);
    while !rest.trim_start().is_empty() {
        let (name, value, after) = field(rest.trim_start())?;
        if json.insert(name.to_owned(), value).is_some() {
            return Err(format!("`{name}` is there twice"));
        }
        rest = after;
    }
    Fault::from_json(&Value::Object(json)).map_err(|error| error.to_string())
}

/// `name:value`, and what follows.
fn field(text: &str) -> Result<(&str, Value, &str), String> {
    let wanted = || format!("`name:value` is wanted, not `{text}`");
    let (name, rest) = text.split_once(':').ok_or_else(wanted)?;
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err(wanted());
    }
    if let Some(read) = quoted(rest, Escapes::Lines) {
        let (value, rest) = read?;
        return Ok((name, Value::String(value), rest));
    }
    let (word, rest) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
    // A number or a truth value is itself; every other word is a text.
    let value = serde_json::from_str(word).ok().filter(|value: &Value| value.is_number() || value.is_boolean());
    Ok((name, value.unwrap_or_else(|| json!(word)), rest))
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::{Fault, Scope};

    #[test]
    fn a_fault_is_written_as_words() {
        let route = "POST /channels/*/messages";
        assert_eq!(
            read(r#"server_error status:503 route:"POST /channels/*/messages" times:2"#),
            Ok(Fault::server_error(503).on(route).times(2))
        );
        assert_eq!(read("cut"), Ok(Fault::Cut));
        assert_eq!(read("invalid_session resumable:true"), Ok(Fault::InvalidSession { resumable: true }));
        let limited = Fault::rate_limited(2.5, Scope::Global).by_chance(0.5, 7);
        assert_eq!(read("rate_limited retry_after:2.5 scope:global probability:0.5 seed:7"), Ok(limited));
    }

    #[test]
    fn what_is_wrong_with_it_is_said() {
        for (text, reason) in [
            ("", "followed by its kind"),
            ("earthquake", "unknown variant `earthquake`"),
            ("cut now", "`name:value` is wanted, not `now`"),
            ("server_error status:404", "500, 502, 503 or 504"),
            ("server_error status:500 status:502", "`status` is there twice"),
            ("time_out route:\"* /x", "never closed"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
