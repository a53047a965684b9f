//! As whom we speak to a platform.

use base::Secret;

/// An app that whoever runs the bot registered there.
#[derive(Debug, Clone)]
pub struct App {
    /// Its id, which is no secret.
    pub id: String,
    /// Its secret; only Twitch knows apps without one.
    pub secret: Option<Secret>,
}
