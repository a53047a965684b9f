//! Discord's permissions by their bits, as they are since 23 February 2026.
//!
//! The bits are raw: the library the bot talks with knows none of the new ones, and would drop them without a word.

/// A permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// Its bit.
    pub bit: u64,
    /// What Discord's own settings call it.
    pub name: &'static str,
}

/// What something needs the bot to be allowed.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    /// The permission.
    pub what: Permission,
    /// Where.
    pub place: Place,
    /// What is lost without it, in words.
    pub costs: &'static str,
}

/// Where a permission is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the whole guild.
    Guild,
    /// In the ops channel; without one, in the guild.
    Ops,
}

const fn permission(bit: u32, name: &'static str) -> Permission {
    Permission { bit: 1 << bit, name }
}

pub const ADMINISTRATOR: Permission = permission(3, "Administrator");
pub const MANAGE_CHANNELS: Permission = permission(4, "Manage Channels");
pub const VIEW_CHANNEL: Permission = permission(10, "View Channels");
pub const SEND_MESSAGES: Permission = permission(11, "Send Messages");
pub const MANAGE_MESSAGES: Permission = permission(13, "Manage Messages");
pub const ATTACH_FILES: Permission = permission(15, "Attach Files");
pub const READ_MESSAGE_HISTORY: Permission = permission(16, "Read Message History");
pub const MENTION_EVERYONE: Permission = permission(17, "Mention @everyone, @here, and All Roles");
pub const CHANGE_NICKNAME: Permission = permission(26, "Change Nickname");
pub const MANAGE_ROLES: Permission = permission(28, "Manage Roles");
pub const MANAGE_EXPRESSIONS: Permission = permission(30, "Manage Expressions");
pub const MANAGE_EVENTS: Permission = permission(33, "Manage Events");
pub const MANAGE_THREADS: Permission = permission(34, "Manage Threads");
pub const CREATE_PUBLIC_THREADS: Permission = permission(35, "Create Public Threads");
pub const CREATE_PRIVATE_THREADS: Permission = permission(36, "Create Private Threads");
pub const SEND_MESSAGES_IN_THREADS: Permission = permission(38, "Send Messages in Threads");
pub const CREATE_EXPRESSIONS: Permission = permission(43, "Create Expressions");
pub const CREATE_EVENTS: Permission = permission(44, "Create Events");
pub const PIN_MESSAGES: Permission = permission(51, "Pin Messages");
pub const BYPASS_SLOWMODE: Permission = permission(52, "Bypass Slowmode");

/// A permission that another one used to include.
#[derive(Debug, Clone, Copy)]
pub struct Split {
    /// What it takes now.
    pub now: Permission,
    /// What was enough before.
    pub before: Permission,
    /// What is lost without it, in words.
    pub costs: &'static str,
}

/// In force since 23 February 2026: whoever was given the one before that day and not the other since has less than it seems.
pub const SPLITS: &[Split] = &[
    Split { now: PIN_MESSAGES, before: MANAGE_MESSAGES, costs: "I cannot pin messages" },
    Split { now: BYPASS_SLOWMODE, before: MANAGE_MESSAGES, costs: "slow mode holds my messages up" },
    Split { now: CREATE_EVENTS, before: MANAGE_EVENTS, costs: "I cannot make scheduled events" },
    Split { now: CREATE_EXPRESSIONS, before: MANAGE_EXPRESSIONS, costs: "I cannot add emoji, stickers and sounds" },
];
