//! Secrets in every shape and form, the same every time and nobody's: for the redactor's own tests, and for the story that
//! drives them through everything that leaves the bot.

use ::base64::{Engine as _, engine::general_purpose as base64};

const WORD: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &str = "0123456789abcdef";

/// The same every time, and not a secret of anybody.
fn random(seed: usize, length: usize, of: &str) -> String {
    let letters: Vec<char> = of.chars().collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        letters[(state >> 33) % letters.len()]
    };
    // A token has a digit and a letter; so has ours, however the dice fall.
    let text: String = (0..length.saturating_sub(2)).map(|_| next()).collect();
    format!("{text}7{}", if of == UPPER { 'Q' } else { 'a' })
}

/// What somebody could have pasted anywhere: the text around it, and the part that must not be seen.
pub(crate) fn shaped(seed: usize) -> Vec<(String, String)> {
    let word = |length| random(seed, length, WORD);
    let tokens = [
        ("ghp_", word(36)),
        ("gho_", word(36)),
        ("ghu_", word(36)),
        ("ghs_", word(36)),
        ("ghr_", word(76)),
        ("github_pat_", word(82)),
        ("glpat-", word(20)),
        ("gldt-", word(20)),
        ("glrt-", word(20)),
        ("sk-", word(48)),
        ("sk-proj-", word(60)),
        ("sk-ant-api03-", word(90)),
        ("hf_", word(34)),
        ("r8_", word(37)),
        ("gsk_", word(52)),
        ("xoxb-", word(50)),
        ("xoxp-", word(70)),
        ("xapp-1-", word(60)),
        ("key-", random(seed, 32, HEX)),
        ("AKIA", random(seed, 16, UPPER)),
        ("ASIA", random(seed, 16, UPPER)),
        ("AIza", word(35)),
        ("GOCSPX-", word(28)),
        ("ya29.", word(60)),
        ("dop_v1_", random(seed, 64, HEX)),
        ("tskey-auth-", word(32)),
        ("hvs.", word(90)),
        ("dckr_pat_", word(27)),
        ("glsa_", word(41)),
        ("npm_", word(36)),
        ("pypi-", word(160)),
        ("lin_api_", word(40)),
        ("rubygems_", random(seed, 48, HEX)),
        ("nfp_", word(36)),
        ("sk_live_", word(24)),
        ("sk_test_", word(24)),
        ("rk_live_", word(24)),
        ("whsec_", word(32)),
        ("shpat_", random(seed, 32, HEX)),
        ("sq0csp-", word(43)),
        ("AGE-SECRET-KEY-1", random(seed, 58, UPPER)),
    ];
    let mut all: Vec<(String, String)> =
        tokens.into_iter().map(|(mark, rest)| (format!("export T={mark}{rest}"), rest)).collect();
    let (password, token) = (word(24), word(40));
    let jwt = format!("eyJ{}.eyJ{}.{}", word(30), word(60), word(43));
    let discord = format!("M{}.{}.{}", word(24), random(seed + 1, 6, WORD), random(seed + 2, 38, WORD));
    let telegram = format!("{}:AA{}", 1_234_567_890 + seed, word(33));
    all.extend([
        (format!("postgres://nebula:{password}@db/nebula"), password.clone()),
        (format!("git clone https://oauth2:{password}@git.example/a.git"), password.clone()),
        (format!("curl -H 'Authorization: Bearer {token}' https://api"), token.clone()),
        (format!("Authorization: {token}"), token.clone()),
        (format!("{{\"authorization\":\"Bot {token}\"}}"), token.clone()),
        (format!("\"Authorization\" => \"token {token}\""), token.clone()),
        (format!("x-api-key: {token}"), token.clone()),
        (format!("AUTHORIZATION=Digest {token}"), token.clone()),
        (
            format!("proxy-authorization: Basic {}", base64::STANDARD.encode(format!("me:{password}"))),
            base64::STANDARD.encode(format!("me:{password}")),
        ),
        (
            format!("retry with Basic {}", base64::STANDARD.encode(format!("me:{password}"))),
            base64::STANDARD.encode(format!("me:{password}")),
        ),
        (format!("sent Bearer {token} to it"), token.clone()),
        (format!("id_token={jwt}"), jwt[40..].to_owned()),
        (format!("DISCORD_TOKEN={discord}"), discord.clone()),
        (format!("token: {discord}\n"), discord),
        (format!("https://api.telegram.org/bot{telegram}/getMe"), telegram[11..].to_owned()),
        (format!("https://discord.com/api/webhooks/123456789012345678/{}", word(68)), word(68)),
        (format!("https://hooks.slack.com/services/T00000000/B00000000/{}", word(24)), word(24)),
        (
            format!(
                "-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n{}\n-----END OPENSSH PRIVATE KEY-----",
                word(70),
                word(44)
            ),
            word(44),
        ),
        (format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n", word(64)), word(64)),
        (format!("-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----\\n", word(64)), word(64)),
    ]);
    all
}

/// A known value in the forms in which programs print it.
pub(crate) fn printed(secret: &str) -> Vec<String> {
    let only_special: String = secret
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    let in_base64 = |before: &str| base64::STANDARD.encode(format!("{before}{secret} and more"));
    vec![
        secret.to_owned(),
        format!("prefix{secret}suffix"),
        format!("PASSWORD={secret}"),
        format!("--password '{secret}'"),
        serde_json::json!({ "password": secret }).to_string(),
        format!("https://x/?password={only_special}&y=1"),
        format!("https://x/?password={}", only_special.replace("%20", "+")),
        in_base64(""),
        in_base64("a"),
        in_base64("ab"),
        in_base64("abc:"),
        base64::URL_SAFE_NO_PAD.encode(secret),
        hex::encode(secret),
        hex::encode_upper(secret),
        secret
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;"),
        format!("'{}'", secret.replace('\'', r"'\''")),
    ]
}

/// Values as people have them: random, with quotes, blanks, umlauts, and everything that some encoding escapes.
pub(crate) fn values() -> Vec<String> {
    let odd = [
        "pass word with blanks",
        "quo\"te's&<amp>;",
        "back\\slash/42\\x",
        "umläut-größe-ß",
        "100%+plus=equals?",
        "tab\there!42",
    ];
    (0..24).map(|seed| random(seed, 16 + seed, WORD)).chain(odd.into_iter().map(str::to_owned)).collect()
}
