//! Moments as platforms write them: `2026-11-22T10:00:00Z`, with a fraction or an offset or neither.

use base::Millis;

/// Reads one; none where it is none.
pub fn moment(text: &str) -> Option<Millis> {
    let text = text.trim();
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse::<i64>().ok())?
    };
    let bytes = text.as_bytes();
    let is_marked = |at: usize, marks: &[u8]| bytes.get(at).is_some_and(|byte| marks.contains(byte));
    let has_form =
        is_marked(4, b"-") && is_marked(7, b"-") && is_marked(10, b"Tt ") && is_marked(13, b":") && is_marked(16, b":");
    if !has_form {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut rest = text.get(19..)?;
    let mut millis = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let three: String = fraction.chars().take(digits.min(3)).collect();
        millis = format!("{three:0<3}").parse().ok().filter(|_| digits > 0)?;
        rest = fraction.get(digits..)?;
    }
    let offset = match rest {
        "Z" | "z" | "" => 0,
        _ => {
            let sign = if rest.starts_with('+') {
                1
            } else if rest.starts_with('-') {
                -1
            } else {
                return None;
            };
            let digits: String = rest.get(1..)?.chars().filter(|letter| *letter != ':').collect();
            let number: i64 = digits.parse().ok().filter(|_| digits.len() == 4)?;
            sign * (number / 100 * 60 + number % 100)
        }
    };
    // Days since 1 March of the year 0, as `Millis::utc` counts them.
    let (years, months) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = years * 365 + years.div_euclid(4) - years.div_euclid(100)
        + years.div_euclid(400)
        + (153 * months + 2) / 5
        + day
        - 1
        - 719_468;
    let seconds = days * 86_400 + hour * 3_600 + (minute - offset) * 60 + second;
    Some(Millis(seconds * 1_000 + millis))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moments_are_read_however_a_platform_writes_them() {
        let noon = Millis(1_795_262_400_000);
        for text in [
            "2026-11-21T12:00:00Z",
            "2026-11-21T12:00:00.000Z",
            "2026-11-21T12:00:00+00:00",
            "2026-11-21T13:00:00.0000001+01:00",
            "2026-11-21 07:00:00-0500",
        ] {
            assert_eq!(moment(text), Some(noon), "{text}");
        }
        for text in ["", "2026-11-21", "0001-13-01T00:00:00Z", "2026-11-21T12:00:00+1", "äöü6-11-21T12:00:00Z"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_we_write_is_read_as_it_was(seconds in 0_i64..4_000_000_000) {
            let at = Millis(seconds * 1_000);
            prop_assert_eq!(moment(&at.utc()), Some(at));
        }

        #[test]
        fn no_text_is_too_odd_to_be_read(text in ".{0,40}") {
            let _ = moment(&text);
        }
    }
}
