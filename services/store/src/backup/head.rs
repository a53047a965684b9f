//! What a backup says of itself before its frames: readable without a passphrase, and nothing a stranger could use.

use std::io::{BufRead, Read, Write};

use aes_gcm::{
    Aes256Gcm,
    aead::{Aead, Generate, Nonce, Payload},
};
use anyhow::{Context, bail, ensure};
use base::Millis;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::frames::Seal;
use crate::vault_key::stretch;

/// The first line. Another number is another format.
const MAGIC: &str = "nebula backup 1\n";
/// The whole head is shorter, in bytes.
const LONGEST: u64 = 4_096;
/// Sealed with every backup's key; a passphrase that opens it is the right one.
const PROOF: &[u8] = b"nebula backup";

/// What it says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Head {
    /// When the rows were as they are here.
    pub(super) made: Millis,
    /// The Nebula that wrote it.
    pub(super) nebula: String,
    /// The last migration of the database it is of.
    pub(super) schema: i64,
    /// Which database that was.
    pub(super) from: String,
    /// What tells whether a passphrase is its own; none where it is not sealed.
    pub(super) sealed: Option<Sealed>,
}

/// The key's salt and proof, in hexadecimal digits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Sealed {
    salt: String,
    proof: String,
}

/// The proof's nonce is none of a frame's: those begin with zeros.
fn proof_nonce() -> Nonce<Aes256Gcm> {
    let mut nonce = Nonce::<Aes256Gcm>::default();
    nonce[0] = 1;
    nonce
}

impl Head {
    /// Chooses a key of this passphrase, writes the head, and answers with what seals the rest.
    pub(super) async fn write(
        mut self,
        passphrase: Option<&SecretString>,
        to: &mut impl Write,
    ) -> anyhow::Result<Seal> {
        let mut cipher = None;
        if let Some(passphrase) = passphrase {
            let salt = [Nonce::<Aes256Gcm>::generate().to_vec(), Nonce::<Aes256Gcm>::generate().to_vec()].concat();
            let key = stretch(passphrase.clone(), salt.clone()).await?;
            let proof = key.encrypt(&proof_nonce(), Payload { msg: PROOF, aad: &salt });
            let proof = proof.map_err(|_| anyhow::anyhow!("AES-GCM refused"))?;
            self.sealed = Some(Sealed { salt: hex::encode(salt), proof: hex::encode(proof) });
            cipher = Some(key);
        }
        let text = format!("{MAGIC}{}\n", serde_json::to_string(&self)?);
        let sum: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        writeln!(to, "{text}{}", hex::encode(sum))?;
        Ok(Seal { cipher, head: sum })
    }

    /// Reads a head, and leaves the reader at the first frame.
    pub(super) fn read(from: &mut impl BufRead) -> anyhow::Result<(Self, [u8; 32])> {
        let mut lines = [const { String::new() }; 3];
        let mut head = from.take(LONGEST);
        for (place, line) in lines.iter_mut().enumerate() {
            let read = head.read_line(line);
            // A flipped bit may make it something that is not text.
            let whole = read.is_ok() && line.ends_with('\n');
            if place == 0 {
                ensure!(whole && line.starts_with("nebula backup "), "it is no backup of Nebula's");
                ensure!(line == MAGIC, "it is a backup of another format than this Nebula knows: use a newer one");
            }
            ensure!(whole, "it was damaged or cut off: its first lines are not what was written");
        }
        let sum: [u8; 32] = Sha256::digest([lines[0].as_bytes(), lines[1].as_bytes()].concat()).into();
        if lines[2].trim_end() != hex::encode(sum) {
            bail!("it was damaged: its first lines are not what was written");
        }
        Ok((serde_json::from_str(&lines[1]).context("its first lines mean nothing to this Nebula")?, sum))
    }

    /// What opens the frames.
    pub(super) async fn seal(&self, head: [u8; 32], passphrase: Option<&SecretString>) -> anyhow::Result<Seal> {
        let Some(sealed) = &self.sealed else { return Ok(Seal { cipher: None, head }) };
        let Some(passphrase) = passphrase else {
            bail!("it is sealed, and NEBULA_SECRET is not set: it must be the passphrase the backup was made with");
        };
        let (salt, proof) = (hex::decode(&sealed.salt)?, hex::decode(&sealed.proof)?);
        let key = stretch(passphrase.clone(), salt.clone()).await?;
        let opens = key.decrypt(&proof_nonce(), Payload { msg: &proof, aad: &salt }).is_ok();
        ensure!(opens, "NEBULA_SECRET is not the passphrase this backup was made with");
        Ok(Seal { cipher: Some(key), head })
    }
}
