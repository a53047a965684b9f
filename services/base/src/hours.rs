//! Hours of a day as people write them, on whatever clocks: `22:00-07:00` is two minutes of the day, from the first to the one after the
//! last; over midnight, where the first is later than the other.

const DAY: i64 = 24 * 60;

/// `22:00-07:00` as two minutes of the day; none where it is something else, or no time at all.
pub fn read(typed: &str) -> Option<(i64, i64)> {
    let (from, to) = typed.split_once(['-', '–'])?;
    Some((minute(from)?, minute(to)?)).filter(|(from, to)| from != to)
}

fn minute(text: &str) -> Option<i64> {
    let (hour, minute) = text.trim().split_once(':').unwrap_or((text.trim(), "00"));
    let number = |text: &str, most: i64| {
        let is_plain = (1..=2).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
        text.parse::<i64>().ok().filter(|number| is_plain && *number < most)
    };
    Some(number(hour, 24)? * 60 + number(minute, 60)?)
}

/// Two minutes of the day, as they are read.
pub fn shown((from, to): (i64, i64)) -> String {
    let one = |minute: i64| format!("{:02}:{:02}", minute.rem_euclid(DAY) / 60, minute.rem_euclid(60));
    format!("{}–{}", one(from), one(to))
}

/// Whether a minute of the day is among them.
pub fn hold((from, to): (i64, i64), minute: i64) -> bool {
    if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        for (typed, hours) in [("22:00-07:00", (1_320, 420)), ("9-17:30", (540, 1_050)), (" 0:05 – 6 ", (5, 360))] {
            assert_eq!(read(typed), Some(hours), "{typed}");
            assert_eq!(read(&shown(hours)), Some(hours), "{typed}");
        }
        for typed in ["", "22:00", "25:00-07:00", "9:60-10", "9-9", "night", "-1-5", "1-2-3"] {
            assert_eq!(read(typed), None, "{typed}");
        }
        assert_eq!(shown((540, 1_055)), "09:00–17:35");
    }

    #[test]
    fn hours_over_midnight_hold_both_sides_of_it() {
        let (day, night) = ((540, 1_050), (1_320, 420));
        assert!(hold(day, 540) && hold(day, 1_049) && !hold(day, 1_050) && !hold(day, 0));
        assert!(hold(night, 1_320) && hold(night, 0) && hold(night, 419) && !hold(night, 420) && !hold(night, 1_319));
    }
}
