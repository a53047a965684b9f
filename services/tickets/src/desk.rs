//! What staff do with a ticket: each step is an action, and goes through the machine.

mod assign;
mod claim;
mod close;
mod escalate;
mod link;
mod moved;
mod note;
mod options;
mod people;
mod prioritise;
mod rename;
mod renew;
mod reopen;
mod reply;
pub(crate) mod step;

pub use assign::AssignTicket;
pub use claim::ClaimTicket;
pub use close::CloseTicket;
pub use escalate::EscalateTicket;
pub use link::LinkTicket;
pub use moved::MoveTicket;
pub use note::NoteTicket;
pub use options::TicketOptions;
pub use people::{AddToTicket, RemoveFromTicket};
pub use prioritise::PrioritiseTicket;
pub use rename::RenameTicket;
pub use renew::RenewTicket;
pub use reopen::ReopenTicket;
pub use reply::ReplyToTicket;
