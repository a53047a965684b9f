//! What is told of tickets: one, those that are open, and how they go.

mod list;
mod show;
mod stats;

pub use list::ListTickets;
pub use show::ShowTicket;
pub use stats::ShowTicketStats;
