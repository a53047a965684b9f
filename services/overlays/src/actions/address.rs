//! Addresses: shown once, to the person alone who asked for one with their own hands.

use base::{Card, Error, Permit, Result, actor::Asker};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::overlays::{Overlay, OverlayKind};

use crate::{Overlays, Reach, key};

/// Which address of an overlay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    /// Its page's, for OBS.
    #[default]
    Page,
    /// The one under which donations are told.
    Donations,
}

/// Where something is opened.
#[derive(Debug)]
pub(crate) struct Opened {
    address: String,
    reach: Reach,
    what: Address,
}

impl Overlays {
    /// A new key and where it is used. What was asked about is answered where others read it: nobody gets one then.
    pub(crate) async fn opened<A: base::Action>(&self, permit: &Permit<A>, what: Address) -> Result<(String, Opened)> {
        let entry = self.store.audit_entry(&permit.record().id.to_string()).await?;
        let is_alone = entry.is_none_or(|entry| entry.approval_id.is_none());
        if permit.actor().way.asker() != Asker::Person || permit.actor().agent.is_some() || !is_alone {
            return Err(Error::Invalid(
                "An address is shown to the person alone who asks for it with their own hands, without anybody's yes. Nothing was \
                 changed."
                    .to_owned(),
            ));
        }
        let Some((base, reach)) = self.address.get() else {
            return Err(Error::Busy(
                "My web pages are not served just now. Nothing was changed; try again.".to_owned(),
            ));
        };
        let key = key::new(&self.clock);
        let address = match what {
            Address::Page => format!("{}/o/{key}", place(base, *reach, &key::label(&self.clock))),
            Address::Donations => format!("{base}/o/hooks/{key}"),
        };
        Ok((key::hash(&key), Opened { address, reach: *reach, what }))
    }
}

impl Opened {
    /// The address on a card.
    pub(crate) fn on(&self, card: Card) -> Card {
        let card = match self.what {
            Address::Page => card
                .text("The address for OBS, as a browser source. It is shown once, to you alone; who has it sees the overlay.")
                .code("", self.address.clone()),
            Address::Donations => card
                .text("What tells of donations sends them here: a POST of JSON with `name`, `amount`, `currency`, `message` and `id`. It is shown once.")
                .text("They are shown on every overlay of this server that shows donations.")
                .code("", self.address.clone()),
        };
        match self.reach {
            Reach::Everybody => card,
            Reach::ThisMachine => {
                card.text("It works on the machine the bot runs on only: `NEBULA_WEB_URL` is not set.")
            }
        }
    }
}

/// Where a page is opened. A browser has six connections to a host, all of its pages together, and each of ours holds one for as long as
/// it is open: on this machine, where nothing speaks HTTP/2, each has a host of its own. Browsers know by themselves that whatever ends
/// in `.localhost` is this machine.
fn place(base: &str, reach: Reach, label: &str) -> String {
    let port = ["http://127.0.0.1:", "http://[::1]:"].iter().find_map(|loopback| base.strip_prefix(loopback));
    match port {
        Some(port) if reach == Reach::ThisMachine => format!("http://{label}.localhost:{port}"),
        _ => base.to_owned(),
    }
}

/// Donations are told to what shows them.
pub(crate) fn takes(overlay: &Overlay, what: Address) -> Result<()> {
    if what == Address::Page || matches!(overlay.kind, OverlayKind::Alerts | OverlayKind::Canvas | OverlayKind::Goal) {
        return Ok(());
    }
    Err(Error::Invalid(
        "Donations are told to alerts, a goal or a canvas; all overlays here then show them. Nothing was changed."
            .to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_host_of_its_own_only_where_that_is_this_machine() {
        let place = |base| place(base, Reach::ThisMachine, "o5f3a2c");
        assert_eq!(place("http://127.0.0.1:8080"), "http://o5f3a2c.localhost:8080");
        assert_eq!(place("http://[::1]:80"), "http://o5f3a2c.localhost:80");
        for other in ["http://192.168.1.5:8080", "http://127.0.0.2:8080", "http://[fe80::1]:8080"] {
            assert_eq!(place(other), other, "nothing of that name leads there");
        }
        assert_eq!(super::place("http://127.0.0.1:80", Reach::Everybody, "o5f3a2c"), "http://127.0.0.1:80");
    }
}
