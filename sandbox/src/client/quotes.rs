//! Quoted text: `"…"` or `'…'`. A backslash stands before a quote or another backslash, and stays where it means nothing.

/// What a backslash can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escapes {
    /// Only `\"`, `\'` and `\\`: the options of a command, whose other backslashes are the person's own, as in `printf 'a\n'`.
    Quotes,
    /// Also `\n` and `\t`: the steps of a script, which have to say lines in one line.
    Lines,
}

/// Reads the quoted text that `input` starts with; answers what it says and what follows the closing quote.
/// `None` where `input` starts with no quote.
pub(crate) fn quoted(input: &str, escapes: Escapes) -> Option<Result<(String, &str), String>> {
    let quote = input.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Some(read(input, quote, escapes))
}

fn read(input: &str, quote: char, escapes: Escapes) -> Result<(String, &str), String> {
    let mut text = String::new();
    let mut chars = input.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return Ok((text, &input[at + 1..])),
            '\\' => match chars.next() {
                Some((_, 'n')) if escapes == Escapes::Lines => text.push('\n'),
                Some((_, 't')) if escapes == Escapes::Lines => text.push('\t'),
                Some((_, c @ ('"' | '\'' | '\\'))) => text.push(c),
                Some((_, c)) => text.extend(['\\', c]),
                None => break,
            },
            c => text.push(c),
        }
    }
    Err(format!("the quote {quote} is never closed: {input}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_spaces_escapes_and_the_other_quote() {
        let lines = |input| quoted(input, Escapes::Lines);
        assert_eq!(lines(r#""a \"b\" \\ 'c'\n" rest"#), Some(Ok(("a \"b\" \\ 'c'\n".into(), " rest"))));
        assert_eq!(lines("'it is \"so\"'"), Some(Ok(("it is \"so\"".into(), ""))));
        assert_eq!(lines("bare"), None);
        assert!(lines("\"open").unwrap().is_err());
        assert!(lines("\"open\\").unwrap().is_err());
    }

    #[test]
    fn a_commands_own_backslashes_stay() {
        let (text, _) = quoted(r#""printf 'a\n\d\377' \"b\"""#, Escapes::Quotes).unwrap().unwrap();
        assert_eq!(text, r#"printf 'a\n\d\377' "b""#);
    }
}
