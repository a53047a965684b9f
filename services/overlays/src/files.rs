//! Pictures and sounds: what is attached is looked at, and kept until it is said whose it is to be.

use std::sync::PoisonError;

use base::{Error, GuildId, Result, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::overlays::OverlayFile;

use crate::{Overlays, settings::FileRef};

/// A picture or a sound has no more bytes: it is loaded by every page that opens.
pub const LARGEST: usize = 1 << 20;
/// Files that were fetched and not used yet; more of them wait for others.
const PENDING: usize = 16;

/// What becomes of a picture or a sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NewFile {
    /// It is this one, by what it is known by since it was fetched.
    Fetched(String),
    /// There is none any more.
    None,
}

/// What a file is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A picture.
    Image,
    /// A sound.
    Sound,
}

impl Part {
    fn takes(self, media: &str) -> bool {
        match self {
            Self::Image => media.starts_with("image/"),
            Self::Sound => media.starts_with("audio/"),
        }
    }

    fn refusal(self) -> &'static str {
        match self {
            Self::Image => "That is no picture: it is a PNG, JPEG, WebP or GIF. Nothing was changed.",
            Self::Sound => "That is no sound: it is an MP3, Ogg, WAV or WebM. Nothing was changed.",
        }
    }
}

/// What a file is, by how it begins; as what a browser is told it is, which runs nothing.
pub(crate) fn media(bytes: &[u8]) -> Option<&'static str> {
    Some(match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => "audio/wav",
        [b'O', b'g', b'g', b'S', ..] => "audio/ogg",
        [0x1a, 0x45, 0xdf, 0xa3, ..] => "audio/webm",
        [b'I', b'D', b'3', ..] | [0xff, 0xfb | 0xf3 | 0xf2, ..] => "audio/mpeg",
        _ => return None,
    })
}

impl Overlays {
    /// Keeps a file that was fetched until it is said whose it is to be; the answer is what it is known by.
    pub fn keep_file(&self, guild: GuildId, part: Part, bytes: Vec<u8>) -> Result<NewFile> {
        if bytes.len() > LARGEST {
            return Err(too_large(u64::try_from(bytes.len()).unwrap_or(u64::MAX), LARGEST));
        }
        let media = media(&bytes).filter(|media| part.takes(media));
        let media = media.ok_or_else(|| Error::Invalid(part.refusal().to_owned()))?;
        let id = self.clock.id();
        let file = OverlayFile { media: media.to_owned(), bytes };
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.len() >= PENDING {
            pending.remove(0);
        }
        pending.push((guild, id, file));
        Ok(NewFile::Fetched(id.to_string()))
    }

    /// A file that this guild's people fetched, and how settings name it.
    pub(crate) fn fetched(&self, guild: GuildId, part: Part, file: &NewFile) -> Result<Option<(FileRef, OverlayFile)>> {
        let NewFile::Fetched(wanted) = file else { return Ok(None) };
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |(its, id, file): &(GuildId, uuid::Uuid, OverlayFile)| {
            *its == guild && id.to_string() == *wanted && part.takes(&file.media)
        };
        let gone = || Error::Busy("That file is no longer there. Nothing was changed; attach it again.".to_owned());
        let at = pending.iter().position(fits).ok_or_else(gone)?;
        let file = pending.remove(at).2;
        let hash = hex::encode(Sha256::digest(&file.bytes));
        Ok(Some((FileRef { hash, media: file.media.clone() }, file)))
    }
}

/// Too large a file, before or after it was fetched.
pub fn too_large(size: u64, most: usize) -> Error {
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    Error::Invalid(format!(
        "That file has {}, and {} at most are taken. Nothing was changed.",
        measure::bytes(size),
        measure::bytes(most)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_how_it_begins_and_not_by_its_name() {
        assert_eq!(media(b"\x89PNG\r\n\x1a\n..."), Some("image/png"));
        assert_eq!(media(b"ID3\x04rest"), Some("audio/mpeg"));
        assert_eq!((media(b"OggS...."), media(b"RIFF1234WAVEfmt ")), (Some("audio/ogg"), Some("audio/wav")));
        for other in [&b""[..], b"<svg onload=alert(1)>", b"<script>", b"RIFF1234AVI ", b"MZ", b"%PDF-"] {
            assert_eq!(media(other), None);
        }
        assert!(!Part::Sound.takes("image/png") && !Part::Image.takes("audio/ogg"));
    }
}
