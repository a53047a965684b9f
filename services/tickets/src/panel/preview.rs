//! Shows a panel as it would stand in a channel, to whoever asks alone.

use base::{Action, Card, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{PanelName, Tickets};

/// Show a panel as it would stand in a channel.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PreviewTicketPanel {
    /// The panel.
    pub panel: PanelName,
}

/// A panel.
#[derive(Debug, Serialize)]
pub struct Preview {
    #[serde(skip)]
    card: Card,
    title: String,
    text: String,
    channel: Option<u64>,
    trouble: Option<String>,
}

impl Action for PreviewTicketPanel {
    const NAME: &'static str = "ticket.panel-preview";
    const RISK: Risk = Risk::Observe;
    type Service = Tickets;
    type Report = Preview;

    fn plan(&self) -> String {
        format!("Show panel `{}`", self.panel)
    }

    fn refusal(&self) -> String {
        "look at panels for tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Preview> {
        let panel = tickets.panel(permit.actor().guild, &permit.action().panel).await?;
        let card = tickets.panel_card(&panel).await?;
        Ok(Preview { card, title: panel.title, text: panel.text, channel: panel.channel, trouble: panel.trouble })
    }
}

impl Report for Preview {
    fn card(&self) -> Card {
        let card = match self.channel {
            Some(channel) => self.card.clone().small(format!("sent to <#{channel}>")),
            None => self.card.clone().small("not sent yet"),
        };
        match &self.trouble {
            Some(trouble) => card.text(format!("It cannot be shown there: {trouble}.")),
            None => card,
        }
    }
}
