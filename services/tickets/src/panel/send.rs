//! Puts a panel into a channel: there its tickets get their threads.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ChannelKind, PanelName, Tickets};

/// Put a panel into a channel.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SendTicketPanel {
    /// The panel.
    pub panel: PanelName,
    /// The channel's id.
    pub channel: u64,
}

/// It is on its way.
#[derive(Debug, Serialize)]
pub struct Sent {
    panel: PanelName,
    channel: u64,
    before: Option<u64>,
}

impl Action for SendTicketPanel {
    const NAME: &'static str = "ticket.panel-send";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Sent;

    fn plan(&self) -> String {
        format!("Put panel `{}` into <#{}>", self.panel, self.channel)
    }

    fn refusal(&self) -> String {
        "put panels for tickets into channels".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Sent> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        let panel = tickets.panel(guild, &asked.panel).await?;
        let is_here = match tickets.members.get() {
            Some(members) => members.channel(guild, asked.channel).await? == Some(ChannelKind::Text),
            None => false,
        };
        if !is_here {
            let sentence =
                format!("<#{}> is no text channel of this server that I see. Nothing was changed.", asked.channel);
            return Err(Error::Busy(sentence));
        }
        let all = tickets.store.ticket_categories(guild).await?;
        if !all.iter().any(|one| one.panel == panel.id) {
            return Err(Error::Busy(format!(
                "Panel `{}` has no categories, so nothing could be asked for: `/ticket category add` makes one. Nothing was changed.",
                asked.panel
            )));
        }
        tickets.store.send_ticket_panel(&panel, asked.channel).await?;
        tickets.changed.send_replace(());
        Ok(Sent { panel: asked.panel.clone(), channel: asked.channel, before: panel.channel })
    }
}

impl Report for Sent {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Sent** panel `{}`", self.panel))
            .text(format!("It stands in <#{}> in a moment, and its tickets are threads there.", self.channel));
        match self.before {
            Some(before) => card.text(format!("The one in <#{before}> is no longer kept up to date: delete it.")),
            None => card,
        }
    }
}
