//! How a ticket comes to be: who may open one, what they are asked, and when.

mod block;
pub(crate) mod hours;
mod open;
pub mod questions;
pub mod rules;

pub use block::{BlockFromTickets, UnblockFromTickets};
pub use open::OpenTicket;
