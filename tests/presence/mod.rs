//! The bot's own status, and what is playing now: said once in its time, of nobody who did not say so, and gone when it is over.

mod commands;
mod pages;
mod said;
mod scene;
