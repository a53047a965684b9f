//! Amounts as people read them: rounded to what matters, with their unit.

use std::time::Duration;

/// A span of time: `40 ms`, `1.5 s`, `38 s`, `4 min 12 s`, `10 min`, `2 h 05 min`, `90 d`.
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 => format!("{} ms", span.subsec_millis()),
        1..10 => format!("{:.1} s", span.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..HOUR => whole(seconds / 60, "min", seconds % 60, "s"),
        HOUR..TWO_DAYS => whole(seconds / HOUR, "h", seconds % HOUR / 60, "min"),
        _ => whole(seconds / (24 * HOUR), "d", seconds / HOUR % 24, "h"),
    }
}

const HOUR: u64 = 3_600;
const TWO_DAYS: u64 = 48 * HOUR;

/// An amount and its rest, if there is one.
fn whole(amount: u64, unit: &str, rest: u64, smaller: &str) -> String {
    if rest == 0 { format!("{amount} {unit}") } else { format!("{amount} {unit} {rest:02} {smaller}") }
}

/// How long something has been going on, in whole seconds: `0 s`, `5 s`, `4 min 12 s`.
pub fn age(age: Duration) -> String {
    match age.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        _ => span(age),
    }
}

/// An amount of data in powers of ten: `812 B`, `4.2 MB`.
#[expect(clippy::cast_precision_loss, reason = "one decimal place is shown")]
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut amount = count as f64 / 1000.0;
    let mut unit = 0;
    while amount >= 999.95 && unit + 1 < UNITS.len() {
        amount /= 1000.0;
        unit += 1;
    }
    format!("{amount:.1} {}", UNITS[unit])
}

/// A number of things: `1 line`, `1,200 lines`.
pub fn count(number: u64, one: &str, many: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_rounded_to_what_matters() {
        assert_eq!(span(Duration::from_millis(38)), "38 ms");
        assert_eq!(span(Duration::from_millis(1040)), "1.0 s");
        assert_eq!(span(Duration::from_secs(38)), "38 s");
        assert_eq!(span(Duration::from_secs(252)), "4 min 12 s");
        assert_eq!(span(Duration::from_mins(10)), "10 min");
        assert_eq!(span(Duration::from_mins(125)), "2 h 05 min");
        assert_eq!(span(Duration::from_hours(24)), "24 h");
        assert_eq!(span(Duration::from_hours(76)), "3 d 04 h");
        assert_eq!(span(Duration::from_hours(90 * 24)), "90 d");
        assert_eq!(bytes(812), "812 B");
        assert_eq!(bytes(999_960), "1.0 MB");
        assert_eq!(bytes(4_200_000_000), "4.2 GB");
        assert_eq!(count(1, "line", "lines"), "1 line");
        assert_eq!(count(1_234_567, "line", "lines"), "1,234,567 lines");
    }
}
