//! Every kind of event there is: a closed list, with a sentence each for whoever chooses among them.

/// Declares the kinds once: the word that is kept, and the sentence people read.
macro_rules! kinds {
    ($($kind:ident $word:literal $sentence:literal)*) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind {
            $(#[doc = $sentence] $kind,)*
            /// A newer version of the program wrote it. Nobody can ask for these.
            Unknown,
        }

        impl Kind {
            /// Every kind, in the order in which they are offered.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The dotted word that is kept and typed.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $word,)*
                    Self::Unknown => "unknown",
                }
            }

            /// What it means, in a sentence.
            pub fn sentence(self) -> &'static str {
                match self {
                    $(Self::$kind => $sentence,)*
                    Self::Unknown => "Something that a newer version knows.",
                }
            }
        }
    };
}

kinds! {
    ActionStarted "action.started" "Something that changes or destroys begins."
    ActionWaiting "action.waiting" "Something waits for a person's yes."
    ActionDone "action.done" "Something that changes or destroys was done."
    ActionFailed "action.failed" "Something did not work."
    ActionTimedOut "action.timed_out" "Something did not end in time."
    ActionCancelled "action.cancelled" "A person stopped something."
    ActionRefused "action.refused" "Somebody asked for what they may not do."
    ActionInterrupted "action.interrupted" "The bot stopped while something ran."
    ApprovalApproved "approval.approved" "A person said yes to something."
    ApprovalDenied "approval.denied" "A person said no to something."
    ServerBlocked "server.blocked" "A server answered with another host key and is shut."
    ContainerExited "container.exited" "A container ended, and nobody asked for it."
    ContainerLooping "container.looping" "A container ends again and again, as often as it is started."
    ContainerOutOfMemory "container.out_of_memory" "A container ran out of memory."
    ContainerUnhealthy "container.unhealthy" "A container's health check fails."
    ContainerRecovered "container.recovered" "A container that was in trouble runs again, or is gone."
    AlertOpened "alert.opened" "Something is wrong for as long as its rule allows."
    AlertChanged "alert.changed" "What is wrong got worse or better, and goes on."
    AlertClosed "alert.closed" "What was wrong is well again."
    IncidentOpened "incident.opened" "An incident began, or came back."
    IncidentAcknowledged "incident.acknowledged" "Somebody took an incident."
    IncidentEscalated "incident.escalated" "Others were asked to look at an incident."
    IncidentResolved "incident.resolved" "An incident is over."
    TicketOpened "ticket.opened" "Somebody opened a ticket."
    TicketClaimed "ticket.claimed" "Somebody took a ticket."
    TicketLate "ticket.late" "A ticket was not answered or solved in time."
    TicketClosed "ticket.closed" "A ticket was closed."
    TicketReopened "ticket.reopened" "A ticket was opened again."
    TicketTrouble "ticket.trouble" "Something around tickets is wrong: a channel, a role or a permission is gone."
    RunbookBegan "runbook.began" "A runbook began."
    RunbookEnded "runbook.ended" "A runbook ended, well or not."
    RunbookEscalated "runbook.escalated" "A runbook could not help, and asks for a person."
    StreamBegan "stream.began" "Somebody who is followed here went live."
    StreamEnded "stream.ended" "A stream of somebody who is followed here is over."
    StreamUnproven "stream.unproven" "A member's own stream is followed no longer: an account, a role or they are gone."
    LentEnded "lent.ended" "What a member lent is taken back for them: they left."
    BotStarted "bot.started" "The bot began."
    BotStopped "bot.stopped" "The bot was asked to stop."
    BotKilled "bot.killed" "The bot that ran before ended without a word."
}

impl Kind {
    /// The kind of this word; an unknown one where there is none.
    pub fn parse(word: &str) -> Self {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == word).unwrap_or(Self::Unknown)
    }

    /// What stands before the dot: `action`.
    pub fn group(self) -> &'static str {
        self.as_str().split('.').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn every_kind_is_one_dotted_word_of_its_own_and_has_a_sentence() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), *kind, "{kind:?} shares its word with another");
            let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(kind.as_str().split('.').count() == 2 && kind.as_str().split('.').all(is_plain), "{kind:?}");
            assert!(kind.sentence().ends_with('.') && kind.sentence().len() < 90, "{kind:?}");
        }
        assert_eq!(Kind::parse("action.paused"), Kind::Unknown);
    }
}
