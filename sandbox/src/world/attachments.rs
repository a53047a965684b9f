//! Files that came with messages, kept in memory and served by the CDN routes.

use super::World;
use crate::snowflake::Id;
use serde_json::{Value, json};

/// A file as it was uploaded, before it belongs to a message.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    /// The n of `files[n]`, which the message's `attachments` refer to.
    pub(crate) slot: String,
    pub(crate) filename: String,
    pub(crate) content_type: Option<String>,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Attachment {
    pub(crate) id: Id,
    pub(crate) channel: Id,
    pub(crate) filename: String,
    /// The name it was sent with, which `attachment://` may use.
    pub(crate) sent_as: String,
    pub(crate) content_type: String,
    pub(crate) description: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) ephemeral: bool,
    pub(crate) size: Option<(u32, u32)>,
    pub(crate) bytes: axum::body::Bytes,
}

impl Attachment {
    pub(crate) fn url(&self) -> String {
        format!("https://cdn.discordapp.com/attachments/{}/{}/{}", self.channel, self.id, self.filename)
    }

    fn proxy_url(&self) -> String {
        format!("https://media.discordapp.net/attachments/{}/{}/{}", self.channel, self.id, self.filename)
    }

    pub(crate) fn json(&self) -> Value {
        let mut json = json!({
            "id": self.id.to_string(), "filename": self.filename, "size": self.bytes.len(), "url": self.url(),
            "proxy_url": self.proxy_url(), "content_type": self.content_type,
        });
        if let Some((width, height)) = self.size {
            json["width"] = json!(width);
            json["height"] = json!(height);
        }
        for (field, text) in [("description", &self.description), ("title", &self.title)] {
            if let Some(text) = text {
                json[field] = json!(text);
            }
        }
        if self.ephemeral {
            json["ephemeral"] = json!(true);
        }
        json
    }

    /// As a component's media item shows it.
    pub(crate) fn media(&self) -> Value {
        json!({
            "id": self.id.to_string(), "url": self.url(), "proxy_url": self.proxy_url(),
            "width": self.size.map(|(width, _)| width), "height": self.size.map(|(_, height)| height),
            "content_type": self.content_type, "attachment_id": self.id.to_string(), "loading_state": 2, "flags": 0,
        })
    }

    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.filename == name || self.sent_as == name
    }
}

impl World {
    /// Keeps a file for a channel and returns its id. `meta` is the entry of the message's `attachments` about it.
    pub(crate) fn keep_file(&mut self, channel: Id, upload: Upload, meta: Option<&Value>, ephemeral: bool) -> Id {
        let id = self.next_id();
        let text = |field: &str| meta.and_then(|meta| meta.get(field)).and_then(Value::as_str).map(str::to_owned);
        let sent_as = text("filename").unwrap_or(upload.filename);
        let filename = plain_name(&sent_as);
        let content_type = upload.content_type.filter(|kind| kind != "application/octet-stream");
        let attachment = Attachment {
            id,
            channel,
            content_type: content_type.unwrap_or_else(|| content_type_of(&filename).to_owned()),
            filename,
            sent_as,
            description: text("description"),
            title: text("title"),
            ephemeral,
            size: png_size(&upload.bytes),
            bytes: upload.bytes.into(),
        };
        self.attachments.insert(id, attachment);
        id
    }
}

/// Discord keeps letters, digits, dots, dashes and underscores of a name; a space becomes an underscore.
pub(crate) fn plain_name(name: &str) -> String {
    let spaced = name.replace(' ', "_");
    let kept: String = spaced.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')).collect();
    if kept.trim_matches('.').is_empty() { "unknown".to_owned() } else { kept }
}

fn content_type_of(filename: &str) -> &'static str {
    match filename.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "txt" | "log" | "diff" | "md" | "csv" | "yml" | "yaml" | "toml" | "sh" | "rs" => "text/plain; charset=utf-8",
        "json" => "application/json; charset=utf-8",
        "mp4" => "video/mp4",
        "mp3" => "audio/mpeg",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    }
}

/// Width and height from a PNG's header, which is where people's clients get the shape of a picture from.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?.get(8..16)?;
    let (width, height) = header.split_at(4);
    Some((u32::from_be_bytes(width.try_into().ok()?), u32::from_be_bytes(height.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::{plain_name, png_size};

    #[test]
    fn file_names_cannot_climb_out_of_their_folder() {
        assert_eq!(plain_name("../../etc/pass wd"), "....etcpass_wd");
        assert_eq!(plain_name("../.."), "unknown");
    }

    #[test]
    fn a_truncated_picture_has_no_size() {
        assert_eq!(png_size(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x03"), Some((2, 3)));
        assert_eq!(png_size(b"\x89PNG\r\n\x1a\n\0\0"), None);
    }
}
