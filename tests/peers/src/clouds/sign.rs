//! How platforms sign what they tell: by a secret that they were told.

use ring::hmac;

/// As Twitch does: id, time and body.
pub fn twitch(secret: &str, id: &str, time: &str, body: &[u8]) -> String {
    let signed = [id.as_bytes(), time.as_bytes(), body].concat();
    format!("sha256={}", signature(hmac::HMAC_SHA256, secret, &signed))
}

/// As a hub does: the body.
pub fn hub(secret: &str, body: &[u8]) -> String {
    format!("sha1={}", signature(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret, body))
}

fn signature(algorithm: hmac::Algorithm, secret: &str, signed: &[u8]) -> String {
    super::hex(hmac::sign(&hmac::Key::new(algorithm, secret.as_bytes()), signed).as_ref())
}
