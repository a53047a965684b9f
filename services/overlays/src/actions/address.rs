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
        let path = match what {
            Address::Page => format!("o/{key}"),
            Address::Donations => format!("o/hooks/{key}"),
        };
        Ok((key::hash(&key), Opened { address: format!("{base}/{path}"), reach: *reach, what }))
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
                .text("Donations are told here, as JSON with `name`, `amount`, `currency`, `message` and `id`. It is shown once.")
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
