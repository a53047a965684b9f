//! A known secret in every form in which a program may print it.

use ::base64::{Engine as _, engine::general_purpose as base64};

/// Shorter values are words, and masking them would shred ordinary text.
pub const SHORTEST_SECRET: usize = 6;
/// Shorter lines of a longer secret are not masked on their own, for the same reason.
const SHORTEST_LINE: usize = 16;
/// An encoded form that is shorter turns up in ordinary text by chance.
const SHORTEST_ENCODED: usize = 10;
/// `base64` and OpenSSL break their lines here.
const WRAPS: [usize; 2] = [64, 76];

/// What to search for.
pub(super) fn forms(secret: &str) -> Vec<String> {
    let secret = secret.trim();
    let mut forms = Vec::new();
    if secret.len() < SHORTEST_SECRET {
        return forms;
    }
    let lines = secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE && !line.starts_with("-----"));
    for text in std::iter::once(secret).chain(lines.filter(|line| *line != secret)) {
        let encoded = [json(text), percent(text, false), percent(text, true), html(text), shell(text)];
        forms.extend(encoded.into_iter().filter(|form| form != text));
        forms.extend(
            hexadecimal(text).into_iter().chain(base64_forms(text)).filter(|form| form.len() >= SHORTEST_ENCODED),
        );
        forms.push(text.to_owned());
    }
    forms
}

fn json(text: &str) -> String {
    serde_json::to_string(text).map(|quoted| quoted[1..quoted.len() - 1].to_owned()).unwrap_or_default()
}

/// As in a URL, or in a form where a blank is a plus.
fn percent(text: &str, form: bool) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            b' ' if form => encoded.push('+'),
            _ => encoded.extend(['%'].into_iter().chain(hex::encode_upper([byte]).chars())),
        }
    }
    encoded
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// As a shell quotes it.
fn shell(text: &str) -> String {
    text.replace('\'', r"'\''")
}

fn hexadecimal(text: &str) -> [String; 2] {
    let lower = hex::encode(text);
    [lower.to_uppercase(), lower]
}

/// The part of its base64 that does not depend on what stands around it, at each of the three places it can begin.
fn base64_forms(text: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let bytes = [&[0, 0][..before], text.as_bytes()].concat();
        // The first character or two carry bits of what came before, and the last ones of what comes after.
        let first = [0, 2, 3][before];
        let last = bytes.len() * 8 / 6;
        for encoded in [base64::STANDARD_NO_PAD.encode(&bytes), base64::URL_SAFE_NO_PAD.encode(&bytes)] {
            let stable = &encoded[first..last.max(first)];
            forms.push(stable.to_owned());
            if before == 0 {
                let lines = WRAPS.iter().flat_map(|wrap| stable.as_bytes().chunks(*wrap));
                forms.extend(
                    lines
                        .filter(|line| line.len() >= SHORTEST_LINE)
                        .map(|line| String::from_utf8_lossy(line).into_owned()),
                );
            }
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_base64_wherever_it_begins() {
        let secret = "correct-horse-battery";
        let forms = forms(secret);
        for before in ["", "a", "ab", "abc", "user:"] {
            for after in ["", "z", "zz"] {
                let encoded = base64::STANDARD.encode(format!("{before}{secret}{after}"));
                assert!(forms.iter().any(|form| encoded.contains(form.as_str())), "{before}…{after}: {encoded}");
            }
        }
    }

    #[test]
    fn words_are_not_secrets() {
        assert!(forms("pass").is_empty());
        assert!(forms("  \n").is_empty());
    }
}
