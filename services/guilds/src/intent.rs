//! What Discord sends a bot, where that must be switched on at the application's own page.

/// A privileged intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intent {
    /// What the application's page calls it.
    pub name: &'static str,
    /// The bits of the application's flags, of which one says that it is switched on: for any bot, or for a verified one.
    pub flags: u64,
    /// What is lost without it, in words.
    pub costs: &'static str,
}

pub const PRESENCE: Intent =
    Intent { name: "Presence Intent", flags: (1 << 12) | (1 << 13), costs: "I do not see what members are doing" };
pub const SERVER_MEMBERS: Intent =
    Intent { name: "Server Members Intent", flags: (1 << 14) | (1 << 15), costs: "I do not hear who joins and leaves" };
pub const MESSAGE_CONTENT: Intent = Intent {
    name: "Message Content Intent",
    flags: (1 << 18) | (1 << 19),
    costs: "messages reach me without their text",
};
