//! The hub that pushes what is new in feeds: asked for, and asked for again before it ends.

use std::time::Duration;

use base::Secret;

use super::YouTube;
use crate::Answered;

/// As long as a hub is asked to go on.
pub const LEASE: Duration = Duration::from_hours(5 * 24);

impl YouTube {
    /// Asks the hub to push what is new in a channel's feed to an address of ours. It asks back there before it does.
    pub async fn subscribe(&self, channel: &str, address: &str, secret: &Secret) -> Answered<()> {
        self.hub("subscribe", channel, address, secret).await
    }

    /// Asks the hub to push it no longer. It asks back there before it stops.
    pub async fn unsubscribe(&self, channel: &str, address: &str, secret: &Secret) -> Answered<()> {
        self.hub("unsubscribe", channel, address, secret).await
    }

    async fn hub(&self, mode: &str, channel: &str, address: &str, secret: &Secret) -> Answered<()> {
        let form = [
            ("hub.mode", mode.to_owned()),
            ("hub.topic", self.topic(channel)),
            ("hub.callback", address.to_owned()),
            ("hub.verify", "async".to_owned()),
            ("hub.secret", secret.expose().to_owned()),
            ("hub.lease_seconds", LEASE.as_secs().to_string()),
        ];
        self.web.send(self.web.post(self.hosts.hub.at("subscribe")).form(&form)).await.map(drop)
    }
}
