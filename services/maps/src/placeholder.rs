//! `${NAME}` in a map: a value that whoever imports it gives, and never one of the bot's own environment.

use std::collections::BTreeMap;

/// The values a guild gave.
pub(crate) type Values = BTreeMap<String, String>;

/// The text with what is known put in, and the names of what is not: those stay as they are.
pub(crate) fn fill(text: &str, values: &Values) -> (String, Vec<String>) {
    let (mut filled, mut unknown, mut rest) = (String::new(), Vec::new(), text);
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        let Some(end) = from.find('}') else {
            rest = from;
            break;
        };
        let inside = &from[2..end];
        let (name, otherwise) = match inside.split_once(":-") {
            Some((name, otherwise)) => (name, Some(otherwise)),
            None => (inside, None),
        };
        match values.get(name).map(String::as_str).or(otherwise) {
            Some(value) if is_name(name) => filled.push_str(value),
            _ => {
                filled.push_str(&from[..=end]);
                if is_name(name) {
                    unknown.push(name.to_owned());
                }
            }
        }
        rest = &from[end + 1..];
    }
    filled.push_str(rest);
    (filled, unknown)
}

/// The names in a text.
pub(crate) fn names(text: &str) -> Vec<String> {
    fill(text, &Values::new()).1
}

/// Whether this names a value.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_put_in_and_what_is_not_stays_and_is_said() {
        let values = Values::from([("IP".to_owned(), "10.0.0.7".to_owned())]);
        assert_eq!(fill("http://${IP}:${PORT:-80}/", &values), ("http://10.0.0.7:80/".to_owned(), Vec::new()));
        assert_eq!(fill("${HOME} $IP ${", &values), ("${HOME} $IP ${".to_owned(), vec!["HOME".to_owned()]));
        assert_eq!(fill("${a b}", &values), ("${a b}".to_owned(), Vec::new()));
        assert_eq!(names("x ${A} ${B:-c}"), ["A"]);
    }

    #[test]
    fn a_value_comes_from_nobodys_environment() {
        // Every process has this one.
        assert_eq!(fill("${PATH}", &Values::new()), ("${PATH}".to_owned(), vec!["PATH".to_owned()]));
    }
}
