//! A server's public key as it showed it, to be pinned and compared.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PublicKey};
use serde::{Deserialize, Serialize};

/// Every host key algorithm that is asked for, best first. `ssh-rsa` is missing because it signs with SHA-1.
const ALGORITHMS: [Algorithm; 6] = [
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
    Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
    Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
];

/// A public host key. Its text form is OpenSSH's (`ssh-ed25519 AAAA…`), without a comment.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostKey(Arc<PublicKey>);

/// A text is no host key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This is not a host key in OpenSSH's form, such as `ssh-ed25519 AAAA…`.")]
pub struct HostKeyError;

impl HostKey {
    /// The SHA-256 fingerprint, as `ssh-keygen -lf` prints it: `SHA256:…`.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The key's type, as OpenSSH names it: `ssh-ed25519`.
    pub fn algorithm(&self) -> String {
        self.0.algorithm().to_string()
    }

    pub(super) fn new(key: &PublicKey) -> Self {
        Self(Arc::new(PublicKey::new(key.key_data().clone(), "")))
    }

    /// The algorithms to ask a server for. A server may own keys of several types: asking for the pinned type first is
    /// what keeps such a server from looking changed.
    pub(super) fn algorithms(pinned: Option<&Self>) -> Vec<Algorithm> {
        let mut algorithms = ALGORITHMS.to_vec();
        if let Some(pinned) = pinned {
            algorithms.sort_by_key(|algorithm| !pinned.is_proved_by(algorithm));
        }
        algorithms
    }

    fn is_proved_by(&self, algorithm: &Algorithm) -> bool {
        match algorithm {
            Algorithm::Rsa { .. } => self.0.algorithm().is_rsa(),
            other => self.0.algorithm() == *other,
        }
    }
}

impl FromStr for HostKey {
    type Err = HostKeyError;

    fn from_str(text: &str) -> Result<Self, HostKeyError> {
        let kind = text.split_whitespace().next().unwrap_or_default();
        // Certificates nest and are no keys: nothing but the plain types goes to the parser.
        if kind != "ssh-rsa" && !ALGORITHMS.iter().any(|algorithm| algorithm.as_str() == kind) {
            return Err(HostKeyError);
        }
        PublicKey::from_openssh(text.trim()).map(|key| Self::new(&key)).map_err(|_| HostKeyError)
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_openssh().map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostKey({} {})", self.algorithm(), self.fingerprint())
    }
}

impl PartialEq for HostKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.key_data() == other.0.key_data()
    }
}

impl Eq for HostKey {}

impl TryFrom<String> for HostKey {
    type Error = HostKeyError;

    fn try_from(text: String) -> Result<Self, HostKeyError> {
        text.parse()
    }
}

impl From<HostKey> for String {
    fn from(key: HostKey) -> Self {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

    #[test]
    fn a_comment_is_no_part_of_a_key() {
        let key: HostKey = format!("{KEY} root@box\n").parse().unwrap();
        assert_eq!(key, KEY.parse().unwrap());
        assert_eq!(key.to_string(), KEY);
        assert_eq!(key.algorithm(), "ssh-ed25519");
    }

    #[test]
    fn what_is_no_plain_key_is_refused() {
        for text in ["", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-ed25519-cert-v01@openssh.com AAAA", "-----BEGIN"] {
            assert_eq!(text.parse::<HostKey>(), Err(HostKeyError), "{text}");
        }
    }

    #[test]
    fn the_pinned_type_is_asked_for_first() {
        let key: HostKey = KEY.parse().unwrap();
        assert_eq!(HostKey::algorithms(Some(&key)).first(), Some(&Algorithm::Ed25519));
        assert_eq!(HostKey::algorithms(None).len(), HostKey::algorithms(Some(&key)).len());
    }
}
