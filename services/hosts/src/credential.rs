//! How we log in somewhere, as the vault keeps it.

use base::{Error, Redactor, Result, Secret};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::ssh::{Credential, KeyError};

/// What is sealed: one of the two.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sealed {
    PrivateKey { pem: String, passphrase: Option<String> },
    Password(String),
}

/// Checks what a person typed, learns it so that it is never shown, and makes it ready to be sealed.
pub(crate) async fn take(
    private_key: Option<&Secret>,
    passphrase: Option<&Secret>,
    password: Option<&Secret>,
    redactor: &Redactor,
) -> Result<Secret> {
    let filled =
        |secret: Option<&Secret>| secret.map(Secret::expose).filter(|text| !text.trim().is_empty()).map(str::to_owned);
    let (private_key, passphrase, password) = (filled(private_key), filled(passphrase), filled(password));
    for secret in [&private_key, &passphrase, &password].into_iter().flatten() {
        redactor.learn(secret);
    }
    let sealed = match (private_key, password) {
        (Some(pem), None) => {
            key(pem.clone(), passphrase.clone())
                .await?
                .map_err(|error| Error::Invalid(format!("{error} Nothing was saved.")))?;
            Sealed::PrivateKey { pem, passphrase }
        }
        (None, Some(password)) => Sealed::Password(password),
        (Some(_), Some(_)) => {
            return Err(Error::Invalid(
                "I got a private key and a password, and log in with one: leave the other empty. Nothing was saved."
                    .to_owned(),
            ));
        }
        (None, None) => {
            return Err(Error::Invalid(
                "I got neither a private key nor a password: fill in one of them. Nothing was saved.".to_owned(),
            ));
        }
    };
    serde_json::to_string(&sealed).map(Secret::new).map_err(|error| Error::internal("sealing a credential", error))
}

/// Reads what the vault opened, and learns it.
pub(crate) async fn read(opened: Secret, redactor: Redactor) -> Result<Credential> {
    let sealed: Sealed = serde_json::from_str(opened.expose()).map_err(|_| {
        Error::internal("reading a credential", anyhow::anyhow!("what the vault opened is no credential"))
    })?;
    Ok(match sealed {
        Sealed::PrivateKey { pem, passphrase } => {
            redactor.learn(&pem);
            if let Some(passphrase) = &passphrase {
                redactor.learn(passphrase);
            }
            key(pem, passphrase).await?.map_err(|error| Error::internal("reading a credential", error))?
        }
        Sealed::Password(password) => {
            redactor.learn(&password);
            Credential::password(SecretString::from(password))
        }
    })
}

/// How to log in with the value of a named secret: a private key that needs no passphrase, or else a password.
pub(crate) async fn of_value(value: &Secret, redactor: &Redactor) -> Result<Result<Credential, KeyError>> {
    redactor.learn(value.expose());
    if value.expose().trim_start().starts_with("-----BEGIN ") {
        return key(value.expose().to_owned(), None).await;
    }
    Ok(Ok(Credential::password(SecretString::from(value.expose().to_owned()))))
}

/// Reads a key away from the threads that answer people: one that is encrypted takes its time.
async fn key(pem: String, passphrase: Option<String>) -> Result<Result<Credential, KeyError>> {
    let read = move || {
        let passphrase = passphrase.map(SecretString::from);
        Credential::private_key(&SecretString::from(pem), passphrase.as_ref())
    };
    tokio::task::spawn_blocking(read).await.map_err(|error| Error::internal("reading a key", error))
}
