//! How a member looks in one guild: avatar, banner and bio of their own.
//!
//! Documented under "Modify Current Member". Only what Discord tells again is kept of a picture: its hash. A bio it tells nobody.

use crate::errors::{Answer, ApiError, Form};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};

#[derive(Debug, Clone, Default)]
pub(crate) struct Face {
    pub(crate) avatar: Option<String>,
    pub(crate) banner: Option<String>,
}

impl Face {
    /// Takes over what a request changes; only one's own face can be changed.
    pub(crate) fn change(&mut self, body: &Value, own: bool) -> Answer<()> {
        let mut form = Form::default();
        form.text("member.bio", "", body, "bio", (0, 190));
        form.finish()?;
        let mut after = self.clone();
        for (field, part) in [("avatar", &mut after.avatar), ("banner", &mut after.banner)] {
            if let Some(value) = body.get(field) {
                *part = picture(field, value)?;
            }
        }
        if !own && ["avatar", "banner", "bio"].iter().any(|field| body.get(field).is_some()) {
            return Err(ApiError::missing_permissions());
        }
        *self = after;
        Ok(())
    }
}

/// The hash of a picture given as a data URI, none for null.
fn picture(field: &str, value: &Value) -> Answer<Option<String>> {
    if value.is_null() {
        return Ok(None);
    }
    let bytes = value
        .as_str()
        .and_then(read)
        .ok_or_else(|| ApiError::field(field, "IMAGE_INVALID", "Invalid image data").breaks("member.picture"))?;
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, &bytes).hash(&mut hasher);
        hasher.finish()
    };
    Ok(Some(format!("{:016x}{:016x}", half(0), half(1))))
}

/// The bytes of a picture whose kind is what its data URI says.
fn read(uri: &str) -> Option<Vec<u8>> {
    let (kind, data) = uri.strip_prefix("data:")?.split_once(";base64,")?;
    let bytes = STANDARD.decode(data).ok()?;
    let begins: &[u8] = match kind {
        "image/png" => b"\x89PNG",
        "image/jpeg" => b"\xff\xd8\xff",
        "image/gif" => b"GIF8",
        "image/webp" => b"RIFF",
        _ => return None,
    };
    bytes.starts_with(begins).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_picture_is_what_its_data_uri_says_or_nothing_changes() {
        let mut face = Face::default();
        let png = |bytes: &[u8]| format!("data:image/png;base64,{}", STANDARD.encode(bytes));
        face.change(&json!({ "avatar": png(b"\x89PNG\r\n\x1a\n1"), "bio": "b" }), true).unwrap();
        let first = face.avatar.clone().unwrap();
        assert_eq!(first.len(), 32);
        for wrong in [png(b"<svg>"), "https://example.com/a.png".to_owned(), "data:image/png;base64,?".to_owned()] {
            assert!(face.change(&json!({ "avatar": wrong, "banner": null }), true).is_err());
        }
        assert!(face.change(&json!({ "bio": "x".repeat(191) }), true).is_err());
        assert!(face.change(&json!({ "avatar": null }), false).is_err(), "nobody changes another's face");
        assert_eq!(face.avatar.as_ref(), Some(&first));
        face.change(&json!({ "avatar": png(b"\x89PNG\r\n\x1a\n2") }), true).unwrap();
        assert_ne!(face.avatar.as_ref(), Some(&first), "another picture, another hash");
        face.change(&json!({ "avatar": null }), true).unwrap();
        assert_eq!(face.avatar, None);
    }
}
