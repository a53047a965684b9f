//! Makes text fit for an SVG, between tags and in attributes.

use std::borrow::Cow;

/// The text with what XML reads as its own written out, and what XML cannot hold or hides replaced by `�`.
pub fn escape(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(|letter| replaced(letter).is_some()) else { return Cow::Borrowed(text) };
    let mut escaped = text[..first].to_owned();
    for letter in text[first..].chars() {
        match replaced(letter) {
            Some(instead) => escaped.push_str(instead),
            None => escaped.push(letter),
        }
    }
    Cow::Owned(escaped)
}

fn replaced(letter: char) -> Option<&'static str> {
    Some(match letter {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\'' => "&#39;",
        '\n' | '\t' | '\r' => " ",
        // No XML holds the first two; the others turn what follows around.
        '\u{fffe}' | '\u{ffff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => "\u{fffd}",
        letter if letter.is_control() => "\u{fffd}",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_reads_as_its_own_is_written_out() {
        assert_eq!(escape(r#"</text> & "it's""#), "&lt;/text&gt; &amp; &quot;it&#39;s&quot;");
        assert!(matches!(escape("web-1 München"), Cow::Borrowed("web-1 München")));
        assert_eq!(escape("a\u{0}\u{1b}[31m\nb\u{202e}c"), "a\u{fffd}\u{fffd}[31m b\u{fffd}c");
    }
}
