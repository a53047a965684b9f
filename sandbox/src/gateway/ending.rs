//! How the gateway ends a connection: the documented codes, their words, and what becomes of the session.

/// A reason to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) code: u16,
    pub(crate) words: &'static str,
}

impl Ending {
    pub(crate) const GOING_AWAY: Self = Self::of(1001);
    pub(crate) const UNKNOWN: Self = Self::of(4000);
    pub(crate) const UNKNOWN_OPCODE: Self = Self::of(4001);
    pub(crate) const DECODE_ERROR: Self = Self::of(4002);
    pub(crate) const NOT_AUTHENTICATED: Self = Self::of(4003);
    pub(crate) const AUTHENTICATION_FAILED: Self = Self::of(4004);
    pub(crate) const ALREADY_AUTHENTICATED: Self = Self::of(4005);
    pub(crate) const INVALID_SEQUENCE: Self = Self::of(4007);
    pub(crate) const RATE_LIMITED: Self = Self::of(4008);
    pub(crate) const TIMED_OUT: Self = Self::of(4009);
    pub(crate) const INVALID_SHARD: Self = Self::of(4010);
    pub(crate) const SHARDING_REQUIRED: Self = Self::of(4011);
    pub(crate) const INVALID_INTENTS: Self = Self::of(4013);
    pub(crate) const DISALLOWED_INTENTS: Self = Self::of(4014);

    pub(crate) const fn of(code: u16) -> Self {
        let words = match code {
            1001 => "Going away.",
            4000 => "Unknown error.",
            4001 => "Unknown opcode.",
            4002 => "Error while decoding payload.",
            4003 => "Not authenticated.",
            4004 => "Authentication failed.",
            4005 => "Already authenticated.",
            4007 => "Invalid seq.",
            4008 => "Rate limited.",
            4009 => "Session timed out.",
            4010 => "Invalid shard.",
            4011 => "Sharding required.",
            4012 => "Invalid API version.",
            4013 => "Invalid intent(s).",
            4014 => "Disallowed intent(s).",
            _ => "",
        };
        Self { code, words }
    }

    /// Whether the session outlives it. Where Discord says "reconnect and start a new one", and where a client may not even
    /// reconnect, it does not; nor after a client's 1000 or 1001, which says good-bye.
    pub(crate) const fn keeps_session(code: u16) -> bool {
        !matches!(code, 1000 | 1001 | 4003 | 4004 | 4007 | 4009..=4014)
    }
}

#[cfg(test)]
mod tests {
    use super::Ending;

    #[test]
    fn only_some_endings_can_be_resumed_from() {
        let kept: Vec<u16> = (4000..=4014).filter(|code| Ending::keeps_session(*code)).collect();
        assert_eq!(kept, [4000, 4001, 4002, 4005, 4006, 4008]);
        assert!(!Ending::keeps_session(1000) && Ending::keeps_session(1006));
    }
}
