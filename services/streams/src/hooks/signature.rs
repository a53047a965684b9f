//! Whether an event was signed by whom it says it comes from.
//!
//! **Invariants:** what is compared is compared in constant time. Whatever stands where a signature should be, nothing panics: it is no
//! signature.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{hmac, signature};

/// An RSA key of this algorithm, in DER.
const RSA: [u8; 13] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
/// What a proof is of begins so: nothing else that is signed does.
const PROOF: &str = "an address that is told of ";
/// No signature is longer, in bytes.
const LONGEST: usize = 1_024;

/// Twitch's: `sha256=` and the HMAC-SHA256 of id, time and body.
pub fn twitch(secret: &str, id: &str, time: &str, body: &[u8], said: &str) -> bool {
    let signed = [id.as_bytes(), time.as_bytes(), body].concat();
    is_hmac(hmac::HMAC_SHA256, secret, &signed, said.strip_prefix("sha256="))
}

/// What proves an address of ours: the HMAC-SHA256 of what is told there.
pub fn proof(secret: &str, of: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hex::encode(hmac::sign(&key, [PROOF, of].concat().as_bytes()))
}

/// Whether an address is one that we gave.
pub fn is_proof(secret: &str, of: &str, said: &str) -> bool {
    is_hmac(hmac::HMAC_SHA256, secret, [PROOF, of].concat().as_bytes(), Some(said))
}

/// A hub's: `sha1=` and the HMAC-SHA1 of the body.
pub fn hub(secret: &str, body: &[u8], said: &str) -> bool {
    is_hmac(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret, body, said.strip_prefix("sha1="))
}

fn is_hmac(algorithm: hmac::Algorithm, secret: &str, signed: &[u8], said: Option<&str>) -> bool {
    let Some(said) = said.filter(|said| said.len() <= LONGEST).and_then(|said| hex::decode(said).ok()) else {
        return false;
    };
    // It refuses another length, and compares in constant time.
    hmac::verify(&hmac::Key::new(algorithm, secret.as_bytes()), signed, &said).is_ok()
}

/// Kick's: RSA (PKCS #1 1.5, SHA-256) over id, time and body with points between them, in Base64.
pub fn kick(key: &[u8], id: &str, time: &str, body: &[u8], said: &str) -> bool {
    let Some(said) = (said.len() <= LONGEST).then(|| STANDARD.decode(said.trim()).ok()).flatten() else { return false };
    let signed = [id.as_bytes(), b".", time.as_bytes(), b".", body].concat();
    let key = signature::UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, key);
    key.verify(&signed, &said).is_ok()
}

/// The key within a PEM text, as `kick` takes it; none where it is no RSA key.
pub fn rsa_key(pem: &str) -> Option<Vec<u8>> {
    let begin = pem.find("-----BEGIN PUBLIC KEY-----")? + 26;
    let end = pem.get(begin..)?.find("-----END PUBLIC KEY-----")? + begin;
    let text: String = pem.get(begin..end)?.split_whitespace().collect();
    let der = STANDARD.decode(text).ok()?;
    // SEQUENCE { SEQUENCE { rsaEncryption, NULL }, BIT STRING { the key } }
    let (inner, _) = part(&der, 0x30)?;
    let (algorithm, rest) = part(inner, 0x30)?;
    let (bits, _) = part(rest, 0x03)?;
    let (unused, key) = bits.split_first()?;
    (algorithm == RSA && *unused == 0).then(|| key.to_vec())
}

/// What is within a part of this tag, and what comes after it.
fn part(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81 | 0x82 => {
            let bytes = usize::from(length & 0x7f);
            let length = rest.get(..bytes)?.iter().fold(0, |length, byte| length * 256 + usize::from(*byte));
            (length, rest.get(bytes..)?)
        }
        _ => return None,
    };
    (*first == tag).then_some(())?;
    Some((rest.get(..length)?, rest.get(length..)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "a-secret-of-forty-letters-or-so-0123456789";

    fn signed(algorithm: hmac::Algorithm, text: &[u8]) -> String {
        hex::encode(hmac::sign(&hmac::Key::new(algorithm, SECRET.as_bytes()), text))
    }

    #[test]
    fn what_is_signed_is_taken_and_nothing_near_it() {
        let good = format!("sha256={}", signed(hmac::HMAC_SHA256, b"id-1|now{}"));
        assert!(twitch(SECRET, "id-1|", "now", b"{}", &good));
        for (id, time, body) in [("id-2|", "now", "{}"), ("id-1|", "nov", "{}"), ("id-1|", "now", "{ }")] {
            assert!(!twitch(SECRET, id, time, body.as_bytes(), &good));
        }
        assert!(!twitch("another secret", "id-1|", "now", b"{}", &good));
        let good = format!("sha1={}", signed(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"<feed/>"));
        assert!(hub(SECRET, b"<feed/>", &good) && !hub(SECRET, b"<feed />", &good));
    }

    #[test]
    fn a_short_or_odd_signature_is_none_and_panics_nowhere() {
        let whole = format!("sha256={}", signed(hmac::HMAC_SHA256, b"anowb"));
        for length in 0..whole.len() {
            assert!(!twitch(SECRET, "a", "now", b"b", &whole[..length]), "{length}");
        }
        for odd in ["", "sha256", "sha256=", "sha1=", "sha256=é", "=", "sha256=zz", "SHA256=00", "sha256=0"] {
            assert!(!twitch(SECRET, "a", "now", b"b", odd) && !hub(SECRET, b"b", odd), "{odd}");
            assert!(!kick(&[], "a", "now", b"b", odd) && !kick(odd.as_bytes(), "a", "now", b"b", odd), "{odd}");
        }
        assert!(twitch(SECRET, "a", "now", b"b", &whole));
    }

    proptest! {
        #[test]
        fn no_key_and_no_signature_is_too_odd_to_be_refused(pem in ".{0,80}", der in proptest::collection::vec(any::<u8>(), 0..300), said in ".{0,200}") {
            prop_assert_eq!(rsa_key(&pem), None);
            let text = format!("-----BEGIN PUBLIC KEY-----{}-----END PUBLIC KEY-----", STANDARD.encode(&der));
            let key = rsa_key(&text).unwrap_or(der);
            prop_assert!(!kick(&key, "id", "now", b"[]", &said));
            prop_assert!(!twitch(SECRET, "id", "now", b"[]", &said));
            prop_assert!(!hub(SECRET, b"[]", &said));
        }
    }
}
