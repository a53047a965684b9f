//! What is asked of a machine's power, by whichever way it has.
//!
//! **Invariant:** a controller's password reaches `ipmitool` through its environment, and no list of processes.

use std::time::Duration;

use base::{Error, Result, card::code};
use store::servers::Server;
use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;

use super::{configure::Kept, how::How};
use crate::{Hosts, script::Script};

/// How long one question to a hypervisor or a controller may take.
const ASKED: Duration = Duration::from_secs(30);
/// A packet may get lost, and a machine is woken once however many arrive.
const PACKETS: u32 = 3;

const WAKE: &str = include_str!("wake.sh");
const VIRSH: &str = "LC_ALL=C exec virsh -q -c \"$1\" \"$2\" \"$3\" </dev/null";
const IPMI: &str = "exec ipmitool -I lanplus -H \"$1\" -U \"$2\" -E -N 5 -R 2 chassis power \"$3\" </dev/null";

/// What a machine is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    On,
    Off,
    Again,
    State,
}

impl Ask {
    fn virsh(self) -> &'static str {
        match self {
            Self::On => "start",
            Self::Off => "shutdown",
            Self::Again => "reboot",
            Self::State => "domstate",
        }
    }

    fn ipmi(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "soft",
            Self::Again => "cycle",
            Self::State => "status",
        }
    }
}

impl Hosts {
    /// Asks a machine's hypervisor or controller; the answer is what that said. A packet can only wake.
    pub(super) async fn switch(
        &self,
        server: &Server,
        kept: &Kept,
        ask: Ask,
        cancel: &CancellationToken,
    ) -> Result<String> {
        let script = match &kept.how {
            How::Lan { mac, to, relay } => {
                if ask != Ask::On {
                    return Err(Error::Invalid(format!("A packet can only wake {}.", code(&server.name))));
                }
                let Some(to) = to.address() else {
                    return Err(Error::Invalid(format!("{} is no address.", code(to))));
                };
                if relay.is_none() {
                    return self.wake_from_here(&mac.packet(), to).await;
                }
                Script::new(WAKE, &[mac.as_ref(), &to.ip().to_string(), &to.port().to_string()])
            }
            How::Vm { domain, uri, .. } => Script::new(VIRSH, &[uri.as_ref(), ask.virsh(), domain.as_ref()]),
            How::Ipmi { controller, user, secret, .. } => {
                let named = self.store.named_secret(server.guild, secret.as_str()).await?;
                let named = named.ok_or_else(|| Error::NotFound { kind: "secret", name: secret.to_string() })?;
                let password = self.vault.open(server.guild, &named.secret).await?;
                self.redactor.of(server.guild).learn(password.expose());
                Script::new(IPMI, &[controller.as_ref(), user.as_ref(), ask.ipmi()])
                    .with_secret("IPMI_PASSWORD", &password)
            }
        };
        let through = self.through(server, kept)?;
        let said = self.script(&through, script, ASKED, cancel).await?;
        if said.went_well() {
            return Ok(said.out.trim().to_owned());
        }
        let card = base::Card::failed(format!("**Could not switch** {}", code(&server.name)))
            .text(format!("{} said: {}", code(&through.name), code(said.last_words())))
            .text("Nothing else was tried.");
        Err(crate::trouble::outside(card))
    }

    async fn wake_from_here(&self, packet: &[u8], to: std::net::SocketAddrV4) -> Result<String> {
        let unsent = |error: std::io::Error| {
            Error::Invalid(format!(
                "The packet could not be sent to {}: {error}. Nothing was woken.",
                code(to.to_string())
            ))
        };
        let socket = UdpSocket::bind((std::net::Ipv4Addr::UNSPECIFIED, 0)).await.map_err(unsent)?;
        socket.set_broadcast(true).map_err(unsent)?;
        for _ in 0..PACKETS {
            socket.send_to(packet, to).await.map_err(unsent)?;
        }
        Ok(String::new())
    }
}
