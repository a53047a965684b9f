//! Secrets in every shape and form, and ordinary text that must stay as it is.

mod canaries;

use base::Redactor;
use canaries::{printed, shaped, values};
use proptest::prelude::*;

const CLEAN: &str = include_str!("../../../tests/data/clean.txt");
fn learn(redactor: &Redactor, values: &[String]) {
    for value in values {
        redactor.learn(value);
    }
}

#[test]
fn more_than_three_hundred_secrets_in_every_shape_are_masked() {
    let redactor = Redactor::default();
    let shaped: Vec<_> = (0..3).flat_map(shaped).collect();
    let leaks: Vec<_> = shaped.iter().filter(|(text, secret)| redactor.mask(text).contains(secret.as_str())).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");

    let values = values();
    learn(&redactor, &values);
    let printed: Vec<_> = values.iter().flat_map(|value| printed(value)).collect();
    let leaks: Vec<_> = printed.iter().filter(|text| !redactor.mask(text).contains("‹secret›")).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
    let leaks: Vec<_> =
        values.iter().filter(|value| printed.iter().any(|text| redactor.mask(text).contains(value.as_str()))).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
    assert!(shaped.len() + printed.len() > 300, "{}", shaped.len() + printed.len());
}

#[test]
fn ordinary_text_stays_as_it_is() {
    let redactor = Redactor::default();
    // Somebody else's secrets are known, too.
    learn(&redactor, &values());
    let texts: Vec<&str> = CLEAN.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).collect();
    assert!(texts.len() >= 100, "{}", texts.len());
    let mangled: Vec<_> =
        texts.iter().map(|text| redactor.mask(text)).filter(|masked| masked.contains("‹secret›")).collect();
    assert!(mangled.is_empty(), "{mangled:#?}");
}

#[test]
fn a_secret_is_masked_wherever_a_stream_cuts_it() {
    let redactor = Redactor::default();
    let values = values();
    learn(&redactor, &values);
    let mut texts: Vec<String> = shaped(1).into_iter().map(|(text, _)| text).collect();
    texts.extend(values.iter().take(6).flat_map(|value| printed(value)));
    for text in texts {
        let text = format!("before\n{text}\nafter\n");
        let whole = redactor.mask_bytes(text.as_bytes()).into_owned();
        for cut in 0..=text.len() {
            let mut stream = redactor.stream();
            let mut out = stream.push(&text.as_bytes()[..cut]);
            out.extend(stream.push(&text.as_bytes()[cut..]));
            out.extend(stream.end());
            assert_eq!(out, whole, "cut at {cut}: {text}");
        }
    }
}

#[test]
fn a_stream_gives_out_what_is_certain_at_once() {
    let redactor = Redactor::default();
    assert_eq!(redactor.stream().push(b"one line\nand a ha"), b"one line\n");
    let mut long = redactor.stream();
    let out = long.push(&vec![b'x'; 1 << 20]);
    assert!(out.len() > 900_000, "{}", out.len());
    let mut key = redactor.stream();
    assert_eq!(key.push(b"a\n-----BEGIN RSA PRIVATE KEY-----\nabc\n"), b"a\n");
    assert_eq!(key.end(), "‹secret›".as_bytes());
}

#[test]
fn two_secrets_that_overlap_are_both_masked_whole() {
    let redactor = Redactor::default();
    redactor.learn("left-and-middle");
    redactor.learn("middle-and-right");
    assert_eq!(redactor.mask("x left-and-middle-and-right y"), "x ‹secret› y");
}

proptest! {
    #[test]
    fn masking_is_total_and_settles(text in ".{0,400}", known in "[a-zA-Z0-9 \"'\\\\%&é]{6,40}") {
        let redactor = Redactor::default();
        redactor.learn(&known);
        let once = redactor.mask(&text).into_owned();
        prop_assert!(known.trim().len() < 6 || !once.contains(known.trim()));
        let with = redactor.mask(&format!("{text}{known}{text}")).into_owned();
        prop_assert!(known.trim().len() < 6 || !with.contains(known.trim()));
    }
}
