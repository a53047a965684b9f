//! Takes over categories from a file of the bot that was there before.

mod read;

use base::{Action, Card, Error, Permit, Report, Result, Risk, RoleId, Run, Secret, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::NewCategory;

use crate::{PanelName, Tickets, panel, refuse_secrets};

/// A file of 25 categories has a few thousand bytes.
pub const LARGEST: usize = 64 << 10;
/// More would not be read on a phone.
const SHOWN: usize = 30;

/// Take over categories from a JSON file of the bot that was there before.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ImportTicketCategories {
    /// The panel that gets them.
    pub panel: PanelName,
    /// The id of the role whose holders answer, where the file does not say.
    pub staff: u64,
    /// What is in the file.
    // It is read from a file that somebody attaches; whoever asks by other means makes each category by itself.
    #[serde(default)]
    #[schemars(skip)]
    pub file: Option<Secret>,
}

/// They are there.
#[derive(Debug, Serialize)]
pub struct Imported {
    panel: PanelName,
    taken: Vec<String>,
    /// What was not taken, and why.
    said: Vec<String>,
}

impl Action for ImportTicketCategories {
    const NAME: &'static str = "ticket.panel-import";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Imported;

    fn plan(&self) -> String {
        format!("Take over categories from a file to panel `{}`, answered by <@&{}>", self.panel, self.staff)
    }

    fn refusal(&self) -> String {
        "take over categories of tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Imported> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        let Some(file) = &asked.file else {
            return Err(Error::Invalid("Attach the file. Nothing was changed.".to_owned()));
        };
        refuse_secrets(run, file.expose())?;
        if asked.staff == guild.0 {
            let sentence =
                "@everyone would read every ticket: choose a role whose holders answer. Nothing was changed.";
            return Err(Error::Invalid(sentence.to_owned()));
        }
        let on = tickets.panel(guild, &asked.panel).await?;
        let all = tickets.store.ticket_categories(guild).await?;
        let taken: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
        let read::Read { categories, said } = read::read(file.expose(), &taken, guild.0)?;
        if categories.is_empty() {
            let why = said.into_iter().take(SHOWN).collect::<Vec<_>>().join("\n");
            return Err(Error::Invalid(format!(
                "There is nothing to take over in that file. Nothing was changed.\n{why}"
            )));
        }
        panel::has_room(on.style, all.iter().filter(|one| one.panel == on.id).count() + categories.len())?;
        let new: Vec<(NewCategory<'_>, Option<RoleId>)> = categories
            .iter()
            .map(|one| {
                let staff = RoleId(one.staff.unwrap_or(asked.staff));
                (NewCategory { panel: &on.id, name: &one.name, staff, rest: &one.rest }, one.required.map(RoleId))
            })
            .collect();
        let most = i64::try_from(panel::MENU).unwrap_or(i64::MAX);
        if !tickets.store.add_ticket_categories(guild, &new, most).await? {
            return Err(Error::Busy(
                "Somebody changed that panel just now. Nothing was changed; look again.".to_owned(),
            ));
        }
        tickets.changed.send_replace(());
        Ok(Imported { panel: asked.panel.clone(), taken: categories.into_iter().map(|one| one.name).collect(), said })
    }
}

impl Report for Imported {
    fn card(&self) -> Card {
        let count = u64::try_from(self.taken.len()).unwrap_or_default();
        let mut card = Card::ok(format!("**Took over** {}", measure::count(count, "category", "categories")))
            .fact(format!("panel `{}`", self.panel))
            .text(self.taken.iter().map(code).collect::<Vec<_>>().join(", "));
        for line in self.said.iter().take(SHOWN) {
            card = card.text(format!("– {line}"));
        }
        if self.said.len() > SHOWN {
            card = card.text(format!("and {} more lines", self.said.len() - SHOWN));
        }
        card
    }
}
