//! The words in which tickets are kept.

use serde::{Deserialize, Serialize};

/// Declares what is kept as a word.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $kind:ident $word:literal,)* } or $otherwise:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$about])* $kind,)* }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The word that is kept.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $word,)* }
            }

            /// What this word means.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }

            pub(super) fn kept(word: &str) -> Self {
                Self::parse(word).unwrap_or(Self::$otherwise)
            }
        }
    };
}

words! {
    /// How a ticket stands.
    State {
        /// Nobody of staff has answered yet.
        Open "open",
        /// The member spoke last.
        WaitingStaff "waiting_staff",
        /// Staff spoke last: its clock stands.
        WaitingMember "waiting_member",
        /// Staff hold it to be solved, and the member is asked.
        Resolved "resolved",
        /// It is over.
        Closed "closed",
    } or Closed
}

words! {
    /// What goes first.
    Priority {
        /// It can wait.
        Low "low",
        /// As it comes.
        Normal "normal",
        /// Before others.
        High "high",
        /// Before everything.
        Urgent "urgent",
    } or Normal
}

words! {
    /// What became of a ticket.
    Outcome {
        /// They were helped.
        Solved "solved",
        /// It was not done.
        Declined "declined",
        /// Another ticket is about it.
        Duplicate "duplicate",
        /// The member did not answer.
        NoAnswer "no_answer",
        /// Something else.
        Other "other",
    } or Other
}

words! {
    /// How a panel's categories are offered.
    Style {
        /// A button for each.
        Buttons "buttons",
        /// One menu.
        Menu "menu",
    } or Buttons
}

words! {
    /// What a ticket lives in.
    Place {
        /// A private thread under its panel's channel.
        Thread "thread",
        /// A channel of its own.
        Channel "channel",
    } or Thread
}

words! {
    /// Why somebody is not in their guild.
    Away {
        /// They left, or were thrown out.
        Left "left",
        /// They are banned.
        Banned "banned",
    } or Left
}

words! {
    /// What a role is to a category.
    RolePart {
        /// Its holders answer.
        Staff "staff",
        /// One such role must be held to ask.
        Required "required",
        /// Its holders may not ask.
        Excluded "excluded",
    } or Excluded
}

words! {
    /// Who somebody is in a ticket.
    Part {
        /// Whose it is.
        Member "member",
        /// They answer.
        Staff "staff",
        /// They were brought along.
        Guest "guest",
    } or Guest
}
