//! Every line of `tests/data/lines.txt` is classed as it says there.

use base::Risk;
use shell::{Harmless, judge};

const LINES: &str = include_str!("../../../tests/data/lines.txt");

/// The character that stands for itself in no line of the file.
fn unescaped(text: &str) -> String {
    let (mut line, mut rest) = (String::new(), text.chars());
    while let Some(c) = rest.next() {
        if c != '\\' {
            line.push(c);
            continue;
        }
        line.push(match rest.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('0') => '\0',
            Some('e') => '\u{1b}',
            Some('\\') => '\\',
            Some('u') => {
                let number: String = rest.by_ref().skip(1).take_while(|c| *c != '}').collect();
                u32::from_str_radix(&number, 16).ok().and_then(char::from_u32).unwrap_or_else(|| panic!("{text}"))
            }
            _ => panic!("not an escape: {text}"),
        });
    }
    line
}

fn lines() -> impl Iterator<Item = (&'static str, String)> {
    let lines = LINES.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| line.split_once('\t').unwrap_or_else(|| panic!("no tab: {line}")))
        .map(|(class, line)| (class, unescaped(line)))
}

#[test]
fn every_line_is_classed_as_it_should_be() {
    let harmless = Harmless::shipped();
    let mut wrong = Vec::new();
    for (wanted, line) in lines() {
        let judgement = judge(&line, &harmless);
        let right = match wanted {
            "observe" => judgement.class == Risk::Observe,
            "change" => judgement.class == Risk::Change,
            "destroy" => judgement.class == Risk::Destroy,
            "not observe" => judgement.class != Risk::Observe,
            "not destroy" => judgement.class != Risk::Destroy,
            other => panic!("{other} is no class"),
        };
        if !right {
            wrong.push(format!("{line:?} should be {wanted}: {judgement:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn there_are_enough_lines_of_each_kind() {
    let count = |wanted: &str| lines().filter(|(class, _)| *class == wanted).count();
    assert!(
        count("observe") >= 120 && count("not observe") >= 200 && count("destroy") >= 80 && count("not destroy") >= 40
    );
}

#[test]
fn a_reason_is_a_sentence_on_a_phone() {
    let harmless = Harmless::shipped();
    for (_, line) in lines() {
        let why = judge(&line, &harmless).why;
        assert!(why.starts_with(|c: char| c.is_uppercase() || c == '`') && why.ends_with('.'), "{line:?}: {why}");
        assert!(why.chars().count() <= 260 && !why.contains('\n'), "{line:?}: {why}");
    }
}
