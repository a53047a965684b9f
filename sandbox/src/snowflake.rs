//! Discord's ids: 42 bits of milliseconds since 2015, then 22 bits that tell ids of one millisecond apart.
//!
//! **Invariant:** an id is never given twice, and a later id is greater than an earlier one made at the same time or before.

use crate::clock::Millis;
use serde_json::Value;

/// An id as a number; on the wire it is always a string.
pub(crate) type Id = u64;

/// 2015-01-01T00:00:00Z, where Discord's time begins.
pub(crate) const EPOCH: Millis = 1_420_070_400_000;

#[derive(Debug, Default)]
pub(crate) struct Snowflakes {
    last: Id,
    salt: u64,
}

impl Snowflakes {
    /// The next id for something made now.
    pub(crate) fn next(&mut self, now: Millis) -> Id {
        let id = self.dated(now).max(self.last + 1);
        self.last = id;
        id
    }

    /// An id for something that was made earlier, such as the guild one starts with. Each call must name another time.
    pub(crate) fn dated(&mut self, at: Millis) -> Id {
        // The low bits of real ids look random: worker, process and a counter. 40,503 walks through all of them.
        self.salt = (self.salt + 40_503) & 0x3f_ffff;
        (at.saturating_sub(EPOCH) << 22) | self.salt
    }
}

pub(crate) fn made_at(id: Id) -> Millis {
    (id >> 22) + EPOCH
}

/// Reads an id as Discord does: a string of digits, or a number.
pub(crate) fn parse(value: &Value) -> Option<Id> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_u64(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Snowflakes, made_at};

    #[test]
    fn ids_grow_and_carry_their_time() {
        let mut ids = Snowflakes::default();
        let now = 1_790_000_000_000;
        let made: Vec<_> = (0..10_000).map(|_| ids.next(now)).collect();
        assert!(made.is_sorted() && made.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(made_at(made[0]), now);
    }
}
