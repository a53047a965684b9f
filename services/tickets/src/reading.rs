//! What is told of tickets: one, those that are open, those with certain words, and how they go.

mod list;
mod search;
mod show;
mod stats;

pub use list::ListTickets;
pub use search::SearchTickets;
pub use show::ShowTicket;
pub use stats::{Shape, ShowTicketStats};
