//! Times of the day as people type them.

/// A time on a wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TimeOfDay {
    pub(super) hour: i8,
    pub(super) minute: i8,
}

/// `9`, `9am`, `09:30`, `9:30pm`, `18.00`, `noon`, `midnight`.
pub(super) fn time_of_day(text: &str) -> Option<TimeOfDay> {
    match text {
        "noon" | "midday" => return Some(TimeOfDay { hour: 12, minute: 0 }),
        "midnight" => return Some(TimeOfDay { hour: 0, minute: 0 }),
        _ => {}
    }
    let (clock, half) = match text.strip_suffix("am").map(|clock| (clock, "am")) {
        Some(am) => am,
        None => text.strip_suffix("pm").map_or((text, ""), |clock| (clock, "pm")),
    };
    let (hour, minute) = clock.split_once([':', '.']).map_or((clock, None), |(hour, minute)| (hour, Some(minute)));
    let hour = number(hour, 1..=2)?;
    let minute = minute.map_or(Some(0), |minute| number(minute, 2..=2))?;
    let hour = match half {
        "am" if (1..=12).contains(&hour) => hour % 12,
        "pm" if (1..=12).contains(&hour) => hour % 12 + 12,
        "" => hour,
        _ => return None,
    };
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(TimeOfDay { hour, minute })
}

/// Digits alone, so many of them.
fn number(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<i8> {
    let plain = length.contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_read_as_people_write_it() {
        for (typed, hour, minute) in [
            ("9", 9, 0),
            ("09:30", 9, 30),
            ("9:05", 9, 5),
            ("18.15", 18, 15),
            ("9am", 9, 0),
            ("12am", 0, 0),
            ("12pm", 12, 0),
            ("3:45pm", 15, 45),
            ("0", 0, 0),
            ("noon", 12, 0),
            ("midnight", 0, 0),
        ] {
            assert_eq!(time_of_day(typed), Some(TimeOfDay { hour, minute }), "{typed}");
        }
        for typed in ["", "24", "9:5", "9:60", "13pm", "0am", "25:00", "am", "9:30:00", "+9", "-1", "nine", "９"] {
            assert_eq!(time_of_day(typed), None, "{typed}");
        }
    }
}
