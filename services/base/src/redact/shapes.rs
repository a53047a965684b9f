//! What keys and tokens of the common services look like.
//!
//! A shape is recognised by a mark (`ghp_`, `://`, `Authorization`), and then checked from there, so that ordinary text that
//! happens to hold a mark stays as it is.

use std::ops::Range;

use memchr::memmem;

/// From a mark to what must be masked, if it is a secret's.
pub(super) type Check = fn(&[u8], Range<usize>) -> Option<Range<usize>>;

/// Where a shape begins, and what looks closer.
pub(super) const MARKS: &[(&str, Check)] = &[
    ("-----BEGIN ", private_key),
    ("://", password_in_url),
    ("uthorization", header),
    ("UTHORIZATION", header),
    ("-api-key", header),
    ("-Api-Key", header),
    ("-API-Key", header),
    ("Bearer ", bearer),
    ("bearer ", bearer),
    ("Basic ", basic),
    ("eyJ", json_web_token),
    ("api/webhooks/", discord_webhook),
    ("hooks.slack.com/services/", |bytes, mark| token(bytes, mark.end..mark.end, 24, &is_path)),
    // GitHub, GitLab
    ("ghp_", |bytes, mark| token(bytes, mark, 30, &is_word)),
    ("gho_", |bytes, mark| token(bytes, mark, 30, &is_word)),
    ("ghu_", |bytes, mark| token(bytes, mark, 30, &is_word)),
    ("ghs_", |bytes, mark| token(bytes, mark, 30, &is_word)),
    ("ghr_", |bytes, mark| token(bytes, mark, 30, &is_word)),
    ("github_pat_", |bytes, mark| token(bytes, mark, 22, &is_word)),
    ("glpat-", |bytes, mark| token(bytes, mark, 18, &is_token)),
    ("gldt-", |bytes, mark| token(bytes, mark, 18, &is_token)),
    ("glrt-", |bytes, mark| token(bytes, mark, 18, &is_token)),
    // Models and machine learning
    ("sk-", |bytes, mark| token(bytes, mark, 20, &is_token)),
    ("hf_", |bytes, mark| token(bytes, mark, 30, &is_word)),
    ("r8_", |bytes, mark| token(bytes, mark, 30, &is_word)),
    ("gsk_", |bytes, mark| token(bytes, mark, 40, &is_word)),
    // Chat and mail
    ("xoxb-", |bytes, mark| token(bytes, mark, 20, &is_token)),
    ("xoxp-", |bytes, mark| token(bytes, mark, 20, &is_token)),
    ("xoxa-", |bytes, mark| token(bytes, mark, 20, &is_token)),
    ("xoxr-", |bytes, mark| token(bytes, mark, 20, &is_token)),
    ("xoxs-", |bytes, mark| token(bytes, mark, 20, &is_token)),
    ("xapp-", |bytes, mark| token(bytes, mark, 20, &is_token)),
    ("SG.", |bytes, mark| token(bytes, mark, 60, &is_dotted)),
    ("key-", |bytes, mark| exactly(bytes, mark, 32, &|byte| byte.is_ascii_hexdigit())),
    // Clouds and hosts
    ("AKIA", |bytes, mark| exactly(bytes, mark, 16, &is_upper)),
    ("ASIA", |bytes, mark| exactly(bytes, mark, 16, &is_upper)),
    ("AIza", |bytes, mark| exactly(bytes, mark, 35, &is_token)),
    ("GOCSPX-", |bytes, mark| token(bytes, mark, 20, &is_token)),
    ("ya29.", |bytes, mark| token(bytes, mark, 20, &is_dotted)),
    ("dop_v1_", |bytes, mark| token(bytes, mark, 60, &is_word)),
    ("tskey-", |bytes, mark| token(bytes, mark, 16, &is_token)),
    ("hvs.", |bytes, mark| token(bytes, mark, 20, &is_token)),
    ("dckr_pat_", |bytes, mark| token(bytes, mark, 20, &is_token)),
    ("glsa_", |bytes, mark| token(bytes, mark, 30, &is_word)),
    ("npm_", |bytes, mark| token(bytes, mark, 34, &is_word)),
    ("pypi-", |bytes, mark| token(bytes, mark, 50, &is_token)),
    ("lin_api_", |bytes, mark| token(bytes, mark, 30, &is_word)),
    ("rubygems_", |bytes, mark| token(bytes, mark, 40, &is_word)),
    ("nfp_", |bytes, mark| token(bytes, mark, 30, &is_word)),
    ("PMAK-", |bytes, mark| token(bytes, mark, 40, &is_token)),
    ("AGE-SECRET-KEY-1", |bytes, mark| token(bytes, mark, 40, &is_upper)),
    // Money
    ("sk_live_", |bytes, mark| token(bytes, mark, 16, &is_word)),
    ("sk_test_", |bytes, mark| token(bytes, mark, 16, &is_word)),
    ("rk_live_", |bytes, mark| token(bytes, mark, 16, &is_word)),
    ("whsec_", |bytes, mark| token(bytes, mark, 24, &is_base64)),
    ("shpat_", |bytes, mark| token(bytes, mark, 30, &is_word)),
    ("sq0csp-", |bytes, mark| token(bytes, mark, 40, &is_token)),
];

const KEY_BEGIN: &[u8] = b"-----BEGIN ";
const KEY_END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
/// A header is longer than this in no PEM file.
const PEM_HEADER: usize = 64;
/// No user name and password in a URL are longer.
const USER_INFO: usize = 512;
/// A shorter run of token characters is no Discord or Telegram token.
const RUN: usize = 45;

/// What such a token is made of, by byte: asked of much of every text.
const IN_A_RUN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "there are 256 bytes")]
        let letter = byte as u8;
        table[byte] = letter.is_ascii_alphanumeric() || matches!(letter, b'_' | b'-' | b'.' | b':');
        byte += 1;
    }
    table
};

/// Tokens that begin with nothing in particular: they are found as long runs, by looking at every 45th byte only.
pub(super) fn without_mark(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let is_run = |byte: u8| IN_A_RUN[usize::from(byte)];
    let mut at = RUN - 1;
    while at < bytes.len() {
        if !is_run(bytes[at]) {
            at += RUN;
            continue;
        }
        let start = at + 1 - bytes[..=at].iter().rev().take_while(|byte| is_run(**byte)).count();
        let end = at + bytes[at..].iter().take_while(|byte| is_run(**byte)).count();
        if end - start >= RUN {
            found.extend(discord_token(bytes, start..end).or_else(|| telegram_token(bytes, start..end)));
        }
        at = end + RUN;
    }
    found
}

/// A bot's token: its id in base64, a moment, a signature.
fn discord_token(bytes: &[u8], run: Range<usize>) -> Option<Range<usize>> {
    // What stands before it in the run, such as `token:`, belongs to the text.
    let start = run.start + bytes[run.clone()].iter().rposition(|byte| *byte == b':').map_or(0, |colon| colon + 1);
    let mut parts = bytes[start..run.end].split(|byte| *byte == b'.');
    let (id, moment, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let fits = (23..=28).contains(&id.len())
        && matches!(id[0], b'M' | b'N' | b'O')
        && moment.len() == 6
        && signature.len() >= 27;
    fits.then_some(start..run.end)
}

/// `123456789:AA…`: an id, and 35 characters.
fn telegram_token(bytes: &[u8], run: Range<usize>) -> Option<Range<usize>> {
    let colon = run.start + bytes[run.clone()].iter().rposition(|byte| *byte == b':')?;
    let digits = bytes[run.start..colon].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = &bytes[colon + 1..run.end];
    ((8..=10).contains(&digits) && rest.len() == 35 && rest.iter().all(|byte| is_token(*byte)))
        .then_some(colon - digits..run.end)
}

/// A whole private key, or all the rest where one begins and does not end.
fn private_key(bytes: &[u8], mark: Range<usize>) -> Option<Range<usize>> {
    let header = &bytes[mark.end..bytes.len().min(mark.end + PEM_HEADER)];
    let close = position(header, DASHES)?;
    position(&header[..close], b"PRIVATE KEY")?;
    let body = mark.end + close;
    let end = position(&bytes[body..], KEY_END).map(|end| body + end + KEY_END.len()).and_then(|end| {
        position(&bytes[end..bytes.len().min(end + PEM_HEADER)], DASHES).map(|close| end + close + DASHES.len())
    });
    Some(mark.start..end.unwrap_or(bytes.len()))
}

/// Where a private key begins that does not end, if one does.
pub(super) fn open_key(bytes: &[u8]) -> Option<usize> {
    let begin = memmem::rfind(bytes, KEY_BEGIN)?;
    let ends =
        position(&bytes[begin..], KEY_END).and_then(|end| position(&bytes[begin + end + KEY_END.len()..], DASHES));
    ends.is_none().then_some(begin)
}

/// `scheme://user:password@host`: only the password.
fn password_in_url(bytes: &[u8], mark: Range<usize>) -> Option<Range<usize>> {
    let rest = &bytes[mark.end..bytes.len().min(mark.end + USER_INFO)];
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'?' | b'#' | b'"' | b'<' | b'>' | b'`');
    let authority = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
    let at = authority.iter().rposition(|byte| *byte == b'@')?;
    let colon = authority[..at].iter().position(|byte| *byte == b':')?;
    let (from, to) = (mark.end + colon + 1, mark.end + at);
    // A template is no secret, and tells what is to be filled in.
    let template =
        bytes[from..to].starts_with(b"$") || bytes[from..to].starts_with(b"{") || bytes[from..to].starts_with(b"%s");
    (from < to && !template).then_some(from..to)
}

/// `Authorization: Bearer …` and its like, also as JSON: all that follows the scheme.
fn header(bytes: &[u8], mark: Range<usize>) -> Option<Range<usize>> {
    let mut at = skip(bytes, mark.end, |byte| matches!(byte, b'"' | b'\'' | b' ' | b'\t'));
    if !matches!(bytes.get(at), Some(b':' | b'=')) {
        return None;
    }
    at = skip(bytes, at + 1, |byte| matches!(byte, b'"' | b'\'' | b' ' | b'\t' | b'\\' | b'[' | b'=' | b'>'));
    let word = skip(bytes, at, |byte| byte.is_ascii_alphabetic());
    let is_scheme = |word: &[u8]| {
        ["basic", "bearer", "bot", "token", "digest", "negotiate", "oauth", "apikey", "mediabrowser"]
            .iter()
            .any(|scheme| word.eq_ignore_ascii_case(scheme.as_bytes()))
    };
    let has_scheme = bytes.get(word) == Some(&b' ') && is_scheme(&bytes[at..word]);
    if has_scheme {
        at = skip(bytes, word, |byte| byte == b' ');
    }
    let end = skip(bytes, at, |byte| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'\\' | b'`'));
    let value = &bytes[at..end];
    let template = value.starts_with(b"$") || value.starts_with(b"{") || value.starts_with(b"<");
    // `Authorization: required` is a sentence.
    let random = has_scheme || value.len() >= 20 || value.iter().any(u8::is_ascii_digit);
    (value.len() >= 8 && random && !template).then_some(at..end)
}

fn bearer(bytes: &[u8], mark: Range<usize>) -> Option<Range<usize>> {
    let end = skip(bytes, mark.end, |byte| is_dotted(byte) || matches!(byte, b'/' | b'+' | b'=' | b'~'));
    let value = &bytes[mark.end..end];
    (value.len() >= 16 && value.iter().any(u8::is_ascii_digit)).then_some(mark.end..end)
}

/// Base64 of `user:password`; other words after "Basic" are left alone.
fn basic(bytes: &[u8], mark: Range<usize>) -> Option<Range<usize>> {
    use base64::{Engine as _, engine::general_purpose};
    let end = skip(bytes, mark.end, |byte| is_base64(byte) || byte == b'=');
    let value = bytes[mark.end..end].get(..end - mark.end).filter(|value| (8..=1_024).contains(&value.len()))?;
    let padded: Vec<u8> = value.iter().copied().filter(|byte| *byte != b'=').collect();
    let plain = general_purpose::STANDARD_NO_PAD.decode(padded).ok()?;
    (plain.contains(&b':') && plain.iter().all(|byte| !byte.is_ascii_control())).then_some(mark.end..end)
}

/// Three parts of base64; the first two are JSON.
fn json_web_token(bytes: &[u8], mark: Range<usize>) -> Option<Range<usize>> {
    if mark.start > 0 && is_token(bytes[mark.start - 1]) {
        return None;
    }
    let end = skip(bytes, mark.start, is_dotted);
    let mut parts = bytes[mark.start..end].split(|byte| *byte == b'.');
    let (head, body, signature) = (parts.next()?, parts.next()?, parts.next()?);
    (head.len() >= 10 && body.starts_with(b"ey") && body.len() >= 10 && signature.len() >= 8).then_some(mark.start..end)
}

/// `…/api/webhooks/ID/TOKEN`: whoever has it may post.
fn discord_webhook(bytes: &[u8], mark: Range<usize>) -> Option<Range<usize>> {
    let id = skip(bytes, mark.end, |byte| byte.is_ascii_digit());
    if id == mark.end || bytes.get(id) != Some(&b'/') {
        return None;
    }
    token(bytes, id + 1..id + 1, 30, &is_token)
}

/// A mark with at least so many of its characters after it. It begins where a word does.
fn token(bytes: &[u8], mark: Range<usize>, least: usize, of: &dyn Fn(u8) -> bool) -> Option<Range<usize>> {
    let inside = mark.start != mark.end
        && mark.start > 0
        && (bytes[mark.start - 1].is_ascii_alphanumeric() || bytes[mark.start - 1] == b'_');
    let end = skip(bytes, mark.end, of);
    let value = &bytes[mark.end..end];
    // Words joined by dashes, such as `sk-learn-pipeline-with-options`, are no token.
    let random = value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic);
    (!inside && value.len() >= least && random).then_some(mark.start..end)
}

/// A mark with exactly so many of its characters after it, and then something else.
fn exactly(bytes: &[u8], mark: Range<usize>, length: usize, of: &dyn Fn(u8) -> bool) -> Option<Range<usize>> {
    token(bytes, mark.clone(), length, of).filter(|found| found.end - mark.end == length)
}

fn skip(bytes: &[u8], from: usize, over: impl Fn(u8) -> bool) -> usize {
    from + bytes[from..].iter().take_while(|byte| over(**byte)).count()
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memmem::find(bytes, wanted)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_token(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}

fn is_dotted(byte: u8) -> bool {
    is_token(byte) || byte == b'.'
}

fn is_path(byte: u8) -> bool {
    is_token(byte) || byte == b'/'
}

fn is_upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}
