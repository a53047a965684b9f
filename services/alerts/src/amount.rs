//! Limits and values as people type and read them.

use base::{Error, Result, card::code};

use crate::what::{Measure, What};

/// The limit of what answers: between yes and no.
pub(crate) const NO_ANSWER: i64 = 50;
/// More of one kind of event are not counted.
pub(crate) const MOST_EVENTS: i64 = 100;

/// Reads a limit.
pub(crate) fn read(what: What, typed: &str) -> Result<i64> {
    let text = typed.trim().to_lowercase();
    let wrong = |how: &str| {
        Error::Invalid(format!("{} is no limit for {}: {how} Nothing was changed.", code(typed), code(what.word())))
    };
    match what {
        What::Containers => Err(Error::Invalid(
            "A rule about containers takes no limits: what ends is critical, what is unhealthy is a warning. Nothing was changed."
                .to_owned(),
        )),
        What::Probe => Err(wrong("`/probe set` says how it is judged.")),
        What::Measure(Measure::Answers) if text == "no" => Ok(NO_ANSWER),
        What::Measure(Measure::Answers) => Err(wrong("say `no`.")),
        What::Events(_) => text
            .trim_end_matches(['×', 'x'])
            .trim()
            .parse()
            .ok()
            .filter(|count| (1..=MOST_EVENTS).contains(count))
            .ok_or_else(|| wrong(&format!("say how many, from 1 to {MOST_EVENTS}."))),
        What::Measure(measure) => {
            let (unit, range, example) = match measure {
                Measure::LoadPerCore => ("", 0..=10_0000, "`1.5`"),
                Measure::Temperature => ("°c", -5_000..=20_000, "`80`"),
                _ => ("%", 0..=10_000, "`90` for 90 %"),
            };
            hundredths(text.trim_end_matches(unit).trim())
                .filter(|value| range.contains(value))
                .ok_or_else(|| wrong(&format!("one looks like {example}.")))
        }
    }
}

/// `90`, `1.5`, `-3.25`.
fn hundredths(text: &str) -> Option<i64> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || whole.len() > 6 || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    Some(sign * (whole.parse::<i64>().ok()? * 100 + part))
}

/// A value as a person reads it: `93 %`, `1.50`, `81 °C`, `5 ×`.
pub(crate) fn words(what: What, value: i64) -> String {
    match what {
        What::Measure(Measure::LoadPerCore) => format!("{}.{:02}", value / 100, value % 100),
        What::Measure(Measure::Temperature) => format!("{} °C", value / 100),
        What::Measure(Measure::Answers) => if value > NO_ANSWER { "yes" } else { "no" }.to_owned(),
        // What is nearly full is not full.
        What::Measure(_) if value < 10_000 => format!("{} %", (value + 50).min(99_99) / 100),
        What::Measure(_) => format!("{} %", value / 100),
        What::Events(_) | What::Containers | What::Probe => format!("{value} ×"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_in_the_unit_of_what_they_are_about() {
        let of = |measure| What::Measure(measure);
        for (what, typed, value, said) in [
            (of(Measure::Cpu), "90", 90_00, "90 %"),
            (of(Measure::Disk), " 99.96 % ", 99_96, "99 %"),
            (of(Measure::LoadPerCore), "1.5", 1_50, "1.50"),
            (of(Measure::Temperature), "81 °C", 81_00, "81 °C"),
            (of(Measure::Answers), "No", NO_ANSWER, "no"),
            (What::parse("event:action.failed").unwrap(), "5", 5, "5 ×"),
        ] {
            assert_eq!(read(what, typed).unwrap(), value, "{typed}");
            assert_eq!(words(what, value), said);
        }
        for (what, typed) in [
            (of(Measure::Cpu), "101"),
            (of(Measure::Cpu), "-1"),
            (of(Measure::Cpu), "9e1"),
            (of(Measure::Cpu), ""),
            (of(Measure::Answers), "50"),
            (of(Measure::LoadPerCore), "1.555"),
            (What::Containers, "1"),
            (What::parse("event:action.failed").unwrap(), "0"),
        ] {
            assert!(read(what, typed).unwrap_err().to_string().ends_with("Nothing was changed."), "{typed}");
        }
    }
}
