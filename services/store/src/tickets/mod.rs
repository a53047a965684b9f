//! Tickets of a guild: the panels and categories they come from, the tickets themselves, and who is in them.
//!
//! **Invariants:** every statement names the guild. A ticket is opened under its guild's row, so limits are counted by one at a time;
//! after that it changes by compare-and-set on its version, with all that is said of it, or not at all. What members and staff say is
//! written down as it is heard, and hearing it twice changes nothing.

mod blocks;
mod categories;
mod category;
mod change;
mod files;
mod folders;
mod forgetting;
mod incidents;
mod keeping;
mod letters;
mod lines;
mod links;
mod messages;
mod opening;
mod panels;
mod people;
mod pictures;
mod places;
mod ratings;
mod read;
mod replies;
mod said;
pub mod search;
mod shown;
mod transcripts;
mod troubles;
mod words;

pub use blocks::Block;
pub use category::{After, Category, CategoryChange, NewCategory, Question};
pub use change::{Course, NewLine, NewPerson, Steps};
pub use files::{File, Kind, NewFile, PIECE, WantedFile};
pub use folders::Folder;
pub use forgetting::Forgotten;
pub use keeping::Keeping;
pub use letters::Letter;
pub use lines::{Line, LineKind};
pub use messages::{Message, NewMessage, Reacted, written};
pub use opening::{NewTicket, Opened, Past, PastTicket};
pub use panels::{NewPanel, Panel, PanelChange};
pub use people::Person;
pub use pictures::PanelPicture;
pub use ratings::{Rated, Rating, RatingState};
pub use read::{Answered, Ticket, Wanted};
pub use replies::SavedReply;
pub use said::{Embed, Piece, Says};
pub use transcripts::{GonePost, Transcript};
pub use troubles::{NewTrouble, Report, Trouble};
pub use words::{Away, Outcome, Part, Place, Priority, RolePart, State, Style};

use std::time::Duration;

fn id(text: Option<&str>) -> Option<u64> {
    text.and_then(|text| text.parse().ok())
}

fn span(millis: i64) -> Option<Duration> {
    Some(Duration::from_millis(u64::try_from(millis).unwrap_or_default())).filter(|span| !span.is_zero())
}

fn millis(span: Option<Duration>) -> i64 {
    span.map_or(0, |span| i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}

/// Text as both databases take it.
fn text(text: &str) -> String {
    text.replace('\0', "␀")
}
