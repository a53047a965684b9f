//! What a login is made with: a private key or a password, checked before it is ever used.
//!
//! **Invariant:** no error, log line or `Debug` output contains any part of a key or password.

use std::fmt;
use std::sync::Arc;

use russh::keys::{Algorithm, Error, PrivateKey, decode_secret_key, ssh_key};
use secrecy::{ExposeSecret, SecretString};

/// No private key is nearly this long (a 16384-bit RSA key has 13 kB); what is longer is some other file.
const MAX_KEY: usize = 64 * 1024;

/// A credential. Reading an encrypted key is slow on purpose: keep the credential, do not parse it for each use.
#[derive(Clone)]
pub struct Credential(pub(super) Secret);

#[derive(Clone)]
pub(super) enum Secret {
    PrivateKey(Arc<PrivateKey>),
    Password(SecretString),
}

/// Why a text is not usable as a private key; shown word for word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("This is not a private key.")]
    NotAKey,
    #[error("This is a public key: the private one is in the file without `.pub`.")]
    Public,
    #[error("This is a PuTTY key: export it in OpenSSH's form with PuTTYgen.")]
    Putty,
    #[error("This key is encrypted and needs its passphrase.")]
    NeedsPassphrase,
    #[error("The passphrase does not open this key.")]
    WrongPassphrase,
    #[error("This private key is damaged or incomplete.")]
    Damaged,
    #[error("This type of key is not supported: use Ed25519, ECDSA or RSA.")]
    UnsupportedType,
    #[error("The way this key is encrypted is not supported: rewrite it with `ssh-keygen -p -f` and its name.")]
    UnsupportedEncryption,
}

impl Credential {
    /// Reads a private key in OpenSSH's, PKCS#8, PKCS#1 or SEC1 form. A passphrase for a key that has none is ignored.
    pub fn private_key(pem: &SecretString, passphrase: Option<&SecretString>) -> Result<Self, KeyError> {
        let text = pem.expose_secret();
        if text.len() > MAX_KEY {
            return Err(KeyError::NotAKey);
        }
        // What pasting adds and loses: carriage returns, indentation, the last newline.
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().map(str::trim).collect();
        let tidy = SecretString::from(lines.join("\n").trim().to_owned() + "\n");
        let encrypted = looks_like(tidy.expose_secret())?;
        let passphrase = passphrase.map(ExposeSecret::expose_secret);
        let key = match encrypted {
            Encrypted::No => decode_secret_key(tidy.expose_secret(), None),
            Encrypted::Yes => {
                decode_secret_key(tidy.expose_secret(), Some(passphrase.ok_or(KeyError::NeedsPassphrase)?))
            }
            Encrypted::Inside => decode_secret_key(tidy.expose_secret(), passphrase),
        };
        let key = key.map_err(|error| explain(&error, encrypted))?;
        match key.algorithm() {
            Algorithm::Ed25519 | Algorithm::Ecdsa { .. } | Algorithm::Rsa { .. } => {}
            _ => return Err(KeyError::UnsupportedType),
        }
        Ok(Self(Secret::PrivateKey(Arc::new(key))))
    }

    pub fn password(password: SecretString) -> Self {
        Self(Secret::Password(password))
    }

    /// The password, where it is one.
    pub(crate) fn as_password(&self) -> Option<&SecretString> {
        match &self.0 {
            Secret::PrivateKey(_) => None,
            Secret::Password(password) => Some(password),
        }
    }

    /// The public half in OpenSSH's form, for `authorized_keys`; a password has none.
    pub fn public_key(&self) -> Option<String> {
        match &self.0 {
            Secret::PrivateKey(key) => key.public_key().to_openssh().ok(),
            Secret::Password(_) => None,
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Secret::PrivateKey(_) => "PrivateKey([REDACTED])",
            Secret::Password(_) => "Password([REDACTED])",
        })
    }
}

/// Whether two credentials log in alike; a key read again is the same key.
impl PartialEq for Credential {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Secret::PrivateKey(one), Secret::PrivateKey(two)) => {
                one.public_key().key_data() == two.public_key().key_data()
            }
            (Secret::Password(one), Secret::Password(two)) => one.expose_secret() == two.expose_secret(),
            _ => false,
        }
    }
}

impl Eq for Credential {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encrypted {
    No,
    Yes,
    /// OpenSSH's form says so inside.
    Inside,
}

/// Judges by the first line, so that each mistake gets its own sentence.
fn looks_like(text: &str) -> Result<Encrypted, KeyError> {
    let first = text.lines().next().unwrap_or_default();
    let label = first.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----"));
    match label {
        Some("OPENSSH PRIVATE KEY") => Ok(Encrypted::Inside),
        Some("ENCRYPTED PRIVATE KEY") => Ok(Encrypted::Yes),
        Some("PRIVATE KEY") => Ok(Encrypted::No),
        Some("RSA PRIVATE KEY" | "EC PRIVATE KEY") => {
            let Some(cipher) = text.lines().find_map(|line| line.strip_prefix("DEK-Info:")) else {
                return Ok(Encrypted::No);
            };
            // The one cipher russh knows of OpenSSL's old scheme, and it knows it for RSA only.
            let known = cipher.trim().starts_with("AES-128-CBC,") && first.contains("RSA");
            if known { Ok(Encrypted::Yes) } else { Err(KeyError::UnsupportedEncryption) }
        }
        Some("DSA PRIVATE KEY") => Err(KeyError::UnsupportedType),
        Some(other) if other.ends_with("PUBLIC KEY") => Err(KeyError::Public),
        None if first.starts_with("PuTTY-User-Key-File-") => Err(KeyError::Putty),
        None if first.starts_with("---- BEGIN SSH2 PUBLIC KEY") || is_public(first) => Err(KeyError::Public),
        _ => Err(KeyError::NotAKey),
    }
}

/// A line of an `id_….pub` file.
fn is_public(line: &str) -> bool {
    let kind = line.split(' ').next().unwrap_or_default();
    ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"].iter().any(|prefix| kind.starts_with(prefix))
}

fn explain(error: &Error, encrypted: Encrypted) -> KeyError {
    match error {
        Error::KeyIsEncrypted | Error::SshKey(ssh_key::Error::Encrypted) => KeyError::NeedsPassphrase,
        Error::SshKey(ssh_key::Error::Crypto) => KeyError::WrongPassphrase,
        Error::UnsupportedKeyType { .. }
        | Error::UnknownAlgorithm(_)
        | Error::SshKey(ssh_key::Error::AlgorithmUnknown | ssh_key::Error::AlgorithmUnsupported { .. }) => {
            KeyError::UnsupportedType
        }
        // The PKCS#8 crate is russh's own; its words are all that tells these two apart.
        Error::Pkcs8(error) if encrypted == Encrypted::Yes => {
            if error.to_string().contains("support") {
                KeyError::UnsupportedEncryption
            } else {
                KeyError::WrongPassphrase
            }
        }
        // A wrong passphrase gives noise, and noise fails wherever it first looks wrong; base64 is read before that.
        Error::Decode(_) => KeyError::Damaged,
        _ if encrypted == Encrypted::Yes => KeyError::WrongPassphrase,
        _ => KeyError::Damaged,
    }
}
