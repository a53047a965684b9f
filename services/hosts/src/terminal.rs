//! Terminals: a shell on a server that goes on whether or not anybody is connected, with a screen that people see and type on.
//!
//! - `open`, `invite`, `uninvite`, `picture` and `end` are the actions.
//! - `session` is one terminal, as this process knows it; `typing` is what people type into it, `unseen` what of that is secret, and
//!   `face` how it looks.
//! - `keep` is all of them, and `attend` begins one, finds it again, hands keys on, sees it end.
//! - `screen`, `frame` and `cast` are what is shown and recorded; `keys` is what keyboards send, and `answers`
//!   what a terminal says by itself when a program asks it.
//!
//! **Invariants:** its row is written before a terminal is begun, under the token its server keeps it by, so a kill anywhere leaves it
//! to be found again. Every key takes a [`base::gate::Pass`]: whoever types may open that terminal at that moment, and opened it or
//! was invited. What is shown and recorded is masked on the screen's cells.

mod answers;
mod attend;
mod cast;
mod end;
mod face;
mod frame;
mod invite;
mod keep;
mod keys;
mod open;
mod picture;
mod screen;
mod session;
mod typing;
mod uninvite;
mod unseen;

pub use end::EndTerminal;
pub use invite::InviteToTerminal;
pub use keep::{Terminals, Threads};
pub use open::{OpenTerminal, Size};
pub use picture::PictureTerminal;
pub use session::Session;
pub use typing::Typed;
pub use uninvite::UninviteFromTerminal;
