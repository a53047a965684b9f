//! Variables as people write them: `server=web-1 container=api note="two words"`.

use base::{Error, Result, card::code};

use crate::template::{Vars, fits, is_name};

/// More is no list any more.
const MOST: usize = 20;
/// What an alert gives to every runbook that it has run.
pub(crate) const GIVEN: [&str; 7] = ["subject", "server", "container", "rule", "level", "value", "target"];

/// Reads variables.
pub(crate) fn read(text: &str) -> Result<Vars> {
    let mut vars = Vars::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Some((name, after)) = rest.split_once('=').filter(|(name, _)| is_name(name)) else {
            return Err(no(&format!("{} is no variable", code(rest.split_whitespace().next().unwrap_or_default()))));
        };
        let (value, after) = if let Some(inside) = after.strip_prefix('"') {
            quoted(inside).ok_or_else(|| no(&format!("the quote after `{name}=` has no end")))?
        } else {
            let (value, after) = after.split_at(after.find(char::is_whitespace).unwrap_or(after.len()));
            (value.to_owned(), after)
        };
        fits(name, &value)?;
        if vars.insert(name.to_owned(), value).is_some() {
            return Err(no(&format!("{} is there twice", code(name))));
        }
        rest = after.trim_start();
    }
    if vars.len() > MOST {
        return Err(no(&format!("{MOST} variables are the most")));
    }
    Ok(vars)
}

/// The same the other way.
pub(crate) fn written(vars: &Vars) -> String {
    let one =
        |(name, value): (&String, &String)| format!("{name}=\"{}\"", value.replace('\\', r"\\").replace('"', "\\\""));
    vars.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '\\' => value.push(letters.next()?.1),
            '"' => return Some((value, &text[place + 1..])),
            letter => value.push(letter),
        }
    }
    None
}

fn no(why: &str) -> Error {
    Error::Invalid(format!("{why}. Variables are written `server=web-1 note=\"two words\"`. Nothing was run."))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn variables_are_names_and_values() {
        let vars = read(r#"server=web-1  note="two \"words\"" url=http://x/?a=b empty="#).unwrap();
        assert_eq!(vars["note"], "two \"words\"");
        assert_eq!(vars["url"], "http://x/?a=b");
        assert_eq!(vars["empty"], "");
        for wrong in ["web-1", "=x", "a=\"b", "a=1 a=2", "1a=2", "a=1 b"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(values in proptest::collection::btree_map("[a-z][a-z0-9_]{0,8}", "[ -~\\u{e9}]{0,20}", 0..5)) {
            prop_assert_eq!(read(&written(&values)).unwrap(), values);
        }
    }
}
