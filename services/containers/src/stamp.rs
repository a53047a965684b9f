//! The moment an engine writes before each entry of a log: `2026-11-21T14:03:07.000000001Z`.

/// Its length, with the space after it.
pub(crate) const LENGTH: usize = 31;

/// A moment, in seconds and nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    pub(crate) seconds: i64,
    pub(crate) nanos: u32,
}

impl Stamp {
    /// Reads one, with the space after it.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        const FORM: &[u8; LENGTH] = b"dddd-dd-ddTdd:dd:dd.dddddddddZ ";
        let fits = bytes.len() == LENGTH
            && bytes
                .iter()
                .zip(FORM)
                .all(|(byte, form)| if *form == b'd' { byte.is_ascii_digit() } else { byte == form });
        let number = |from: usize, to: usize| {
            bytes[from..to].iter().fold(0_i64, |number, digit| number * 10 + i64::from(digit - b'0'))
        };
        if !fits {
            return None;
        }
        let days = days(number(0, 4), number(5, 7), number(8, 10));
        let seconds = days * 86_400 + number(11, 13) * 3_600 + number(14, 16) * 60 + number(17, 19);
        Some(Self { seconds, nanos: u32::try_from(number(20, 29)).ok()? })
    }
}

impl std::fmt::Display for Stamp {
    /// As an engine's `since` takes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:09}", self.seconds, self.nanos)
    }
}

/// Days from 1970-01-01 in the Gregorian calendar, by Hinnant's `days_from_civil`.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_to_the_nanosecond_and_nothing_else_is_one() {
        let read = |text: &str| Stamp::read(text.as_bytes()).map(|stamp| stamp.to_string());
        assert_eq!(read("1970-01-01T00:00:00.000000000Z ").unwrap(), "0.000000000");
        assert_eq!(read("2000-03-01T00:00:01.000000020Z ").unwrap(), "951868801.000000020");
        assert_eq!(read("2026-11-21T14:03:07.123456789Z ").unwrap(), "1795269787.123456789");
        for other in
            ["", "2026-11-21T14:03:07.123456789Z", "2026-11-21 14:03:07.123456789Z ", "hello, this is thirty-one bytes"]
        {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
