//! Random tokens, from the same source the TLS provider uses.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// `bytes` random bytes, in base64 without padding. The error means the operating system has no randomness to give.
pub(crate) fn token(bytes: usize) -> Result<String, rustls::Error> {
    let mut buffer = vec![0_u8; bytes];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut buffer)
        .map_err(|_| rustls::Error::FailedToGetRandomBytes)?;
    Ok(URL_SAFE_NO_PAD.encode(buffer))
}

/// A token shaped like Discord's: the owner's id in base64, a stamp, a secret.
pub(crate) fn discord_token(owner: u64) -> Result<String, rustls::Error> {
    Ok(format!("{}.{}.{}", URL_SAFE_NO_PAD.encode(owner.to_string()), token(4)?, token(28)?))
}
