//! A panel's face: what it says, and a button or a menu for its categories.

mod create;
mod edit;
mod import;
mod name;
mod picture;
mod preview;
mod remove;
mod send;

use base::{
    Card, Error, Result,
    card::{Choice, Lands, Menu, Offer, Offers, Pick, Pre, Weight, code},
};
use serde_json::{Value, json};
use store::tickets::{Category, Panel, Style};

use crate::{OpenTicket, Tickets};

pub use create::CreateTicketPanel;
pub use edit::EditTicketPanel;
pub use import::{ImportTicketCategories, LARGEST as LARGEST_IMPORT};
pub use name::PanelName;
pub use picture::{LARGEST as LARGEST_PICTURE, NewPicture, too_large};
pub use preview::PreviewTicketPanel;
pub use remove::RemoveTicketPanel;
pub use send::SendTicketPanel;

/// Panels of a guild, and categories of a panel: a card has room for so many buttons, and a menu for so many lines.
pub(crate) const PANELS: i64 = 20;
pub(crate) const BUTTONS: usize = 7;
pub(crate) const MENU: usize = 25;
/// Words for colours that can be typed.
const COLOURS: [(&str, u32); 6] = [
    ("blurple", 0x58_65F2),
    ("green", 0x3B_A55D),
    ("amber", 0xF0_B232),
    ("red", 0xED_4245),
    ("pink", 0xEB_459E),
    ("white", 0xFF_FFFF),
];

impl Tickets {
    /// The face of a panel.
    pub async fn panel_card(&self, panel: &Panel) -> Result<Card> {
        let all = self.store.ticket_categories(panel.guild).await?;
        let of_panel: Vec<Category> = all.into_iter().filter(|one| one.panel == panel.id).collect();
        let card = face(panel, &of_panel);
        Ok(match self.store.ticket_panel_picture(panel).await? {
            Some(picture) => card.picture(picture.name, picture.bytes, format!("Picture of {}", panel.title)),
            None => card,
        })
    }
}

/// Whether so many categories can be offered in this way.
pub(crate) fn has_room(style: Style, categories: usize) -> Result<()> {
    let (most, instead) = match style {
        Style::Buttons => (BUTTONS, " `/ticket panel edit style:menu` makes it a menu, which has room for 25."),
        Style::Menu => (MENU, ""),
    };
    if categories <= most {
        return Ok(());
    }
    Err(Error::Busy(format!("That panel has room for {most} categories.{instead} Nothing was changed.")))
}

/// A colour as it is typed; none where it says that there is none.
pub(crate) fn colour(typed: &str) -> Result<Option<u32>> {
    let word = typed.trim().to_lowercase();
    if ["none", "grey", "gray"].contains(&word.as_str()) {
        return Ok(None);
    }
    if let Some((_, colour)) = COLOURS.iter().find(|(name, _)| *name == word) {
        return Ok(Some(*colour));
    }
    let digits = word.trim_start_matches('#');
    let is_hex = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten().map(Some).ok_or_else(|| {
        let typed = code(typed);
        Error::Invalid(format!(
            "{typed} is no colour. One is written as `#5865F2`, `green` or `none`. Nothing was changed."
        ))
    })
}

pub(crate) fn face(panel: &Panel, categories: &[Category]) -> Card {
    let mut card =
        Card::plain(format!("**{}**", panel.title)).text(panel.text.clone()).coloured(panel.colour).lasting();
    if categories.is_empty() {
        return card.text("Nothing can be asked for here yet.");
    }
    if panel.style == Style::Menu {
        return card.menu(menu(categories, json!({})));
    }
    for one in categories {
        let open = OpenTicket { category: one.id.clone(), ..OpenTicket::default() };
        let button = Choice::perform(&one.name, &open, Lands::Aside).weigh(Weight::Primary);
        let text = if one.description.is_empty() { named(one) } else { format!("{}\n{}", named(one), one.description) };
        card = card.row(text, Some(button));
    }
    card
}

/// A menu of categories: choosing one opens a ticket of it, with what else is said of it.
pub fn menu(categories: &[Category], arguments: Value) -> Menu {
    let of = categories.iter().map(|one| Offer {
        value: one.id.clone(),
        label: one.name.clone(),
        description: one.description.clone(),
        chosen: Pre::Open,
    });
    Menu {
        placeholder: "What is it about?".to_owned(),
        offers: Offers::Texts { of: of.take(MENU).collect(), least: 1, most: 1 },
        pick: Pick {
            action: <OpenTicket as base::Action>::NAME.to_owned(),
            arguments,
            field: "category".to_owned(),
            name: None,
            lands: Lands::Aside,
        },
    }
}

fn named(category: &Category) -> String {
    match &category.emoji {
        Some(emoji) => format!("{emoji} **{}**", category.name),
        None => format!("**{}**", category.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_people_write_them() {
        assert_eq!(colour("#5865F2").unwrap(), Some(0x58_65F2));
        assert_eq!((colour("Green").unwrap(), colour("none").unwrap()), (Some(0x3B_A55D), None));
        for typed in ["", "#12345", "zzzzzz", "#1234567", "bleen"] {
            assert!(colour(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_panel_has_room_for_what_a_card_can_show() {
        assert!(has_room(Style::Buttons, BUTTONS).is_ok() && has_room(Style::Buttons, BUTTONS + 1).is_err());
        assert!(has_room(Style::Menu, MENU).is_ok() && has_room(Style::Menu, MENU + 1).is_err());
    }
}
