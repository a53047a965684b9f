//! Pictures of panels: what is attached is looked at, and kept until it is said whose it is to be.

use std::sync::PoisonError;

use base::{Error, GuildId, Result, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::PanelPicture;

use crate::Tickets;

/// Discord takes more; each drawing of a panel sends it along.
pub const LARGEST: usize = 1 << 20;
/// Pictures that were fetched and not used yet; more of them wait for others.
const PENDING: usize = 16;

/// What becomes of a panel's picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NewPicture {
    /// It is this one, by what it is known by since it was fetched.
    Fetched(String),
    /// There is none any more.
    None,
}

/// What such a file is, by how it begins.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        _ => None,
    }
}

impl Tickets {
    /// Keeps a picture that was fetched until it is said whose it is to be; the answer is what it is known by.
    pub fn keep_picture(&self, guild: GuildId, bytes: Vec<u8>) -> Result<NewPicture> {
        let kind = kind(&bytes).ok_or_else(|| {
            Error::Invalid("That is no picture: it is a PNG, JPEG, WebP or GIF. Nothing was changed.".to_owned())
        })?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if bytes.len() > LARGEST {
            return Err(too_large(size));
        }
        let id = self.clock.id();
        let picture = PanelPicture { name: format!("panel.{kind}"), bytes };
        let mut pending = self.pictures.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.len() >= PENDING {
            pending.remove(0);
        }
        pending.push((guild, id, picture));
        Ok(NewPicture::Fetched(id.to_string()))
    }

    /// A picture that this guild's people fetched.
    pub(crate) fn fetched(&self, guild: GuildId, picture: &NewPicture) -> Result<Option<PanelPicture>> {
        let NewPicture::Fetched(wanted) = picture else { return Ok(None) };
        let mut pending = self.pictures.lock().unwrap_or_else(PoisonError::into_inner);
        let at = pending.iter().position(|(its, id, _)| *its == guild && id.to_string() == *wanted);
        let gone = || Error::Busy("That picture is no longer there. Nothing was changed; attach it again.".to_owned());
        Ok(Some(pending.remove(at.ok_or_else(gone)?).2))
    }
}

/// Too large a picture, before or after it was fetched.
pub fn too_large(size: u64) -> Error {
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    Error::Invalid(format!(
        "That picture has {}, and a panel's has at most {}. Nothing was changed.",
        measure::bytes(size),
        measure::bytes(most)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_how_it_begins_and_not_by_its_name() {
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n..."), Some("png"));
        assert_eq!(kind(b"\xff\xd8\xff\xe0"), Some("jpg"));
        assert_eq!((kind(b"GIF89a."), kind(b"RIFF1234WEBPVP8 ")), (Some("gif"), Some("webp")));
        for other in [&b""[..], b"<svg>", b"RIFF1234WAVE", b"\x89PN", b"MZ"] {
            assert_eq!(kind(other), None);
        }
    }
}
