//! A key pair made here, for one server.

use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey};
use secrecy::SecretString;

use super::KeyError;

/// A fresh Ed25519 key in OpenSSH's form. It is a secret from the moment it exists.
pub fn new_key() -> Result<SecretString, KeyError> {
    let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519);
    let pem = key.and_then(|key| key.to_openssh(LineEnding::LF)).map_err(|_| KeyError::Damaged)?;
    Ok(SecretString::from(pem.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssh::Credential;

    #[test]
    fn every_new_key_is_another_and_can_be_read_again() {
        let public = || Credential::private_key(&new_key().unwrap(), None).unwrap().public_key().unwrap();
        let (one, two) = (public(), public());
        assert!(one.starts_with("ssh-ed25519 AAAA") && one != two);
    }
}
