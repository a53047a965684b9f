//! Asks a probe once, when it is its turn.

use std::time::Duration;

use super::{Answer, Check, Probe, certificate, http, ping, plain};
use crate::{Alerts, span};

/// Discord is asked besides, who is who there.
const LEAVE: Duration = Duration::from_secs(10);

impl Alerts {
    /// Asks once; whoever asks the same probe meanwhile waits.
    pub(crate) async fn ask(&self, probe: &Probe) -> Answer {
        let _turn = self.turns.take(&probe.row.id).await;
        let within = span::of_millis(probe.row.within);
        let asked = async {
            match &probe.check {
                Check::Http { url, status, words } => http::ask(url, *status, words.as_deref(), within).await,
                Check::Tcp { host, port } => plain::tcp(host, *port, within).await,
                Check::Ping { host } => ping::ping(host, within).await,
                Check::Dns { name, address } => plain::dns(name, *address, within).await,
                Check::Certificate { host, port } => certificate::ask(host, *port, self.clock.now(), within).await,
                Check::Command { line } => self.ask_server(&probe.row, line, within).await,
            }
        };
        // Each part has a deadline of its own; this is of all together.
        let all = match probe.check {
            Check::Command { .. } => within + LEAVE,
            _ => within * 3,
        };
        let answer = tokio::time::timeout(all, asked).await;
        answer.unwrap_or_else(|_| Answer::Unknown("it could not be asked in time".to_owned()))
    }
}
