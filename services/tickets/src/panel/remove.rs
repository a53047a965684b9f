//! Removes a panel that has no categories any more.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{PanelName, Tickets};

/// Remove a panel that has no categories any more.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveTicketPanel {
    /// The panel.
    pub panel: PanelName,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Removed {
    panel: PanelName,
    channel: Option<u64>,
}

impl Action for RemoveTicketPanel {
    const NAME: &'static str = "ticket.panel-remove";
    const RISK: Risk = Risk::Destroy;
    type Service = Tickets;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Remove panel `{}`", self.panel)
    }

    fn refusal(&self) -> String {
        "remove panels for tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Removed> {
        let (guild, name) = (permit.actor().guild, &permit.action().panel);
        let panel = tickets.panel(guild, name).await?;
        if tickets.store.remove_ticket_panel(&panel).await? {
            return Ok(Removed { panel: name.clone(), channel: panel.channel });
        }
        Err(Error::Busy(format!(
            "Panel `{name}` still has categories: `/ticket category remove` takes them away. Nothing was changed."
        )))
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Removed** panel `{}`", self.panel));
        match self.channel {
            Some(channel) => card.text(format!("Its message in <#{channel}> does nothing any more: delete it.")),
            None => card,
        }
    }
}
