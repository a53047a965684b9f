//! What becomes of tickets' words: where transcripts are posted, how long they are kept, and what is forgotten at somebody's wish.

mod forget;
mod settings;

pub use forget::ForgetInTickets;
pub use settings::SetTickets;
