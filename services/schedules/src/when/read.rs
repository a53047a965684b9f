//! Reads when something is to happen from what a person typed.
//!
//! The grammar, in any case, commas and `on` as people put them:
//! ```text
//! when     = [ cron | nickname | "in" span | "every" span | again | once ] [ZONE]
//! span     = NUMBER UNIT …                     15 minutes · 2h 30m · 1 hour · 3 days
//! again    = "every" days "at" times | "daily" "at" times | "hourly" ["at" ":MM"] | "every hour" "at" ":MM"
//!          | "weekly" "on" weekdays "at" times | "monthly" "on" dates "at" times | "yearly" "on" date "at" times
//! days     = "day" | "weekday" | "weekend" | weekdays | dates "of the month" | date
//! dates    = "1st" "and" "15th" … | "last day" | "first monday" | "last friday"
//! date     = "24 December" | "December 24"
//! times    = TIME "and" TIME …                 of the same minute: a cron line is what it becomes
//! once     = ("today" | "tomorrow" | WEEKDAY | date [YEAR] | 2026-12-24) ["at"] TIME | "at" TIME
//! ```
//! What it does not know it refuses, with examples: nothing is guessed.

use base::{Error, Millis, Result, card::code};
use jiff::{
    ToSpan,
    civil::{Date, DateTime},
};

use super::{
    LONGEST, Line, Rule, SHORTEST, When, Zone,
    time_of_day::{TimeOfDay, time_of_day},
    zone::{millis, timestamp},
};

/// What can be typed, by example.
pub const EXAMPLES: &str = "`every 15 minutes`, `every weekday at 18:00`, `every 1st of the month at 03:30`, `tomorrow at 9`, `in 2 hours`, \
                            `daily at 3am Europe/Rome`, or a cron line such as `30 3 * * 1-5`";

const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// Why something is not understood.
type Why = String;
type Read<T> = std::result::Result<T, Why>;

/// Reads it at this moment, on the clocks of `zone` unless it names another.
pub fn read(typed: &str, zone: &Zone, now: Millis) -> Result<When> {
    let lower = typed.trim().to_lowercase();
    let mut words: Vec<&str> = lower.split_whitespace().collect();
    let zone = match words.last() {
        Some(last) if words.len() > 1 && names_zone(last) => {
            let last = words.pop().unwrap_or_default();
            last.parse()?
        }
        _ => zone.clone(),
    };
    if words.first().is_some_and(|first| first.starts_with('@')) || is_cron(&words) {
        return Ok(When { rule: Rule::Cron(Line::read(&words.join(" "))?), zone });
    }
    let spaced = words.join(" ").replace(',', " and ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let when = Words { left: &words, zone: &zone, now }.when().map_err(|why| {
        Error::Invalid(format!("I cannot tell from {} when that is: {why}. It can be {EXAMPLES}.", code(typed)))
    })?;
    Ok(When { rule: when, zone })
}

/// Reads a span such as `90m` or `2 hours`, in milliseconds.
pub fn span(typed: &str) -> Result<i64> {
    let lower = typed.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let mut words = Words { left: &words, zone: &Zone::utc(), now: Millis(0) };
    let read = words.span().and_then(|span| words.end().map(|()| span));
    read.map_err(|why| {
        Error::Invalid(format!("{} is no span: {why}. One is written as `10m`, `2 hours` or `1d`.", code(typed)))
    })
}

/// Ends what was typed, and is no other word of the grammar.
fn names_zone(word: &str) -> bool {
    ["utc", "gmt"].contains(&word)
        || (word.contains('/') && word.starts_with(|first: char| first.is_ascii_alphabetic()))
}

/// Five fields or more, the first two of digits and signs: no words begin so.
fn is_cron(words: &[&str]) -> bool {
    let signs = |word: &&str| word.bytes().all(|sign| sign.is_ascii_digit() || b"*/,-".contains(&sign));
    words.len() >= 5 && words[..2].iter().all(signs)
}

struct Words<'a> {
    left: &'a [&'a str],
    zone: &'a Zone,
    now: Millis,
}

/// What of a cron line is about days.
struct Days {
    of_month: String,
    month: String,
    of_week: String,
}

impl Days {
    fn new(of_month: impl Into<String>, month: impl Into<String>, of_week: impl Into<String>) -> Self {
        Self { of_month: of_month.into(), month: month.into(), of_week: of_week.into() }
    }
}

impl<'a> Words<'a> {
    fn when(mut self) -> Read<Rule> {
        let first = self.peek();
        let is_a_day = !["in", "every", "each", "hourly", "daily", "weekly", "monthly", "yearly", "annually", "at"]
            .contains(&first.unwrap_or_default());
        if first.is_some() && is_a_day {
            return self.once();
        }
        match self.take() {
            None => Err("nothing is there".to_owned()),
            Some("in") => {
                let span = self.span()?;
                self.end()?;
                Ok(Rule::At(Millis(self.now.0 + span)))
            }
            Some("every" | "each") => self.every(),
            Some("hourly") => self.each_hour(),
            Some("daily") => self.at(&Days::new("*", "*", "*")),
            Some("weekly") => {
                self.skip("on");
                let days = self.weekdays()?;
                self.at(&Days::new("*", "*", days))
            }
            Some("monthly") => self.monthly(),
            Some("yearly" | "annually") => self.yearly(),
            Some(_) => self.at_once(None),
        }
    }

    fn every(&mut self) -> Read<Rule> {
        let Some(word) = self.peek() else { return Err("every what".to_owned()) };
        match word {
            "hour" => {
                self.take();
                self.each_hour()
            }
            "day" => {
                self.take();
                self.at(&Days::new("*", "*", "*"))
            }
            "weekday" | "workday" | "weekdays" => {
                self.take();
                self.at(&Days::new("*", "*", "1-5"))
            }
            "weekend" => {
                self.take();
                self.at(&Days::new("*", "*", "0,6"))
            }
            "week" => {
                self.take();
                self.skip("on");
                let days = self.weekdays()?;
                self.at(&Days::new("*", "*", days))
            }
            "month" => {
                self.take();
                self.monthly()
            }
            "year" => {
                self.take();
                self.yearly()
            }
            "minute" => self.interval(),
            _ if weekday(word).is_some() => {
                let days = self.weekdays()?;
                self.at(&Days::new("*", "*", days))
            }
            _ if month(word).is_some() || self.second().and_then(month).is_some() => self.yearly(),
            _ if word == "last" || (ordinal(word).is_some() && !is_number(word)) => self.monthly(),
            _ if word.starts_with(|first: char| first.is_ascii_digit()) => self.interval(),
            other => Err(format!("{} is no day and no span", code(other))),
        }
    }

    /// `every 15 minutes`: as far from now.
    fn interval(&mut self) -> Read<Rule> {
        let span = self.span()?;
        self.end()
            .map_err(|why| format!("{why}; an interval counts from now, and a time of day goes with `every day at`"))?;
        if span < i64::try_from(SHORTEST.as_millis()).unwrap_or(i64::MAX) {
            return Err("the shortest interval is 1 minute".to_owned());
        }
        Ok(Rule::Every { span, anchor: self.now })
    }

    fn each_hour(&mut self) -> Read<Rule> {
        if self.peek().is_none() {
            return Ok(Rule::Every { span: 3_600_000, anchor: self.now });
        }
        self.skip("at");
        let minute =
            self.take().and_then(|word| word.trim_start_matches(':').parse::<u8>().ok()).filter(|minute| *minute < 60);
        let minute = minute.ok_or("a minute of each hour is written as `every hour at :15`")?;
        self.end()?;
        line(&format!("{minute} * * * *"))
    }

    /// `on the 1st and 15th [of the month] at 9`, `on the last day`, `on the first monday`.
    fn monthly(&mut self) -> Read<Rule> {
        self.skip("on");
        self.skip("the");
        let which = self.take().ok_or("which day of the month")?;
        let last = which == "last";
        if !last && ordinal(which).is_none() {
            return Err(format!("{} is no day of the month; one is written as `1st`", code(which)));
        }
        let days = if let Some(day) = self.peek().and_then(weekday) {
            self.take();
            match ordinal(which) {
                _ if last => Days::new("*", "*", format!("{day}L")),
                Some(which @ 1..=5) => Days::new("*", "*", format!("{day}#{which}")),
                _ => return Err("a month has at most five of a weekday".to_owned()),
            }
        } else if last {
            self.skip("day");
            Days::new("L", "*", "*")
        } else {
            let mut dates = vec![ordinal(which).unwrap_or_default()];
            self.skip("day");
            while self.skip("and") {
                self.skip("the");
                let next = self.take().and_then(ordinal).ok_or("after `and` comes another day, such as `15th`")?;
                dates.push(next);
                self.skip("day");
            }
            if dates.iter().any(|date| !(1..=31).contains(date)) {
                return Err("a month has at most 31 days".to_owned());
            }
            Days::new(dates.iter().map(u8::to_string).collect::<Vec<_>>().join(","), "*", "*")
        };
        if self.skip("of") {
            self.skip("the");
            self.skip("each");
            self.skip("every");
            if !self.skip("month") {
                return Err("only `of the month` is known".to_owned());
            }
        }
        self.at(&days)
    }

    fn yearly(&mut self) -> Read<Rule> {
        self.skip("on");
        self.skip("the");
        let (month, day) = self.month_and_day()?;
        self.at(&Days::new(day.to_string(), month.to_string(), "*"))
    }

    fn month_and_day(&mut self) -> Read<(u8, u8)> {
        let first = self.take().ok_or("which date")?;
        self.skip("of");
        let second = self.take().ok_or("a date is written as `24 December`")?;
        let (month, day) = match (month(first), month(second)) {
            (Some(month), None) => (month, ordinal(second)),
            (None, Some(month)) => (month, ordinal(first)),
            _ => (0, None),
        };
        let day = day.filter(|day| (1..=31).contains(day));
        day.map(|day| (month, day)).ok_or_else(|| "a date is written as `24 December`".to_owned())
    }

    fn weekdays(&mut self) -> Read<String> {
        let mut days = Vec::new();
        loop {
            let word = self.take().unwrap_or_default();
            days.push(weekday(word).ok_or_else(|| format!("{} is no day of the week", code(word)))?.to_string());
            if !self.skip("and") {
                return Ok(days.join(","));
            }
        }
    }

    /// The rest: at what times of those days.
    fn at(&mut self, days: &Days) -> Read<Rule> {
        if !self.skip("at") {
            return Err(match self.peek() {
                Some(other) => format!("{} is where `at` and a time of day should be", code(other)),
                None => "it does not say at what time, such as `at 18:00`".to_owned(),
            });
        }
        let mut times = Vec::new();
        loop {
            times.push(self.time()?);
            if !self.skip("and") {
                break;
            }
            self.skip("at");
        }
        self.end()?;
        let minute = times[0].minute;
        if times.iter().any(|time| time.minute != minute) {
            return Err("several times of day must be of the same minute; otherwise make two schedules".to_owned());
        }
        times.sort_unstable();
        times.dedup();
        let hours: Vec<String> = times.iter().map(|time| time.hour.to_string()).collect();
        line(&format!("{minute} {} {} {} {}", hours.join(","), days.of_month, days.month, days.of_week))
    }

    fn once(&mut self) -> Read<Rule> {
        self.skip("on");
        self.skip("the");
        let _ = self.skip("next") || self.skip("this");
        let Some(word) = self.peek() else { return Err("on which day".to_owned()) };
        let today = self.today()?;
        let day = if word == "today" || word == "tomorrow" {
            self.take();
            today.checked_add(i32::from(word == "tomorrow").days()).map_err(|_| far())?
        } else if let Some(wanted) = weekday(word) {
            self.take();
            // Of a day of the week the next one is meant, never today.
            let ahead = (i64::from(wanted) - i64::from(today.weekday().to_sunday_zero_offset())).rem_euclid(7);
            today.checked_add((if ahead == 0 { 7 } else { ahead }).days()).map_err(|_| far())?
        } else if let Ok(date) = word.parse::<Date>()
            && word.len() == 10
        {
            self.take();
            date
        } else if month(word).is_some() || self.second().and_then(month).is_some() {
            let (month, day) = self.month_and_day()?;
            let year = self.peek().filter(|year| year.len() == 4).and_then(|year| year.parse::<i16>().ok());
            if year.is_some() {
                self.take();
            }
            dated(today, year, month, day)?
        } else if time_of_day(word).is_some() && (word.contains([':', 'm']) || self.second().is_some()) {
            return self.at_once(None);
        } else {
            return Err(format!("{} is no word I know here", code(word)));
        };
        self.skip("at");
        self.at_once(Some(day))
    }

    /// A time of day on this day, or the next time the clocks show it.
    fn at_once(&mut self, day: Option<Date>) -> Read<Rule> {
        if self.peek().is_none() {
            return Err("it does not say at what time, such as `at 18:00`".to_owned());
        }
        let time = self.time()?;
        let today = self.today()?;
        let day = match self.take() {
            Some("today") if day.is_none() => Some(today),
            Some("tomorrow") if day.is_none() => Some(today.tomorrow().map_err(|_| far())?),
            Some(other) => return Err(format!("{} is more than I can make out", code(other))),
            None => day,
        };
        self.end()?;
        let moment =
            |day: Date| self.zone.moment(DateTime::from_parts(day, jiff::civil::time(time.hour, time.minute, 0, 0)));
        let at = match day {
            Some(day) => moment(day),
            None => moment(today).filter(|at| millis(*at) > self.now).or_else(|| moment(today.tomorrow().ok()?)),
        };
        let at = millis(at.ok_or_else(far)?);
        if at <= self.now {
            return Err("that has passed".to_owned());
        }
        if at > self.now.plus(LONGEST) {
            return Err(far());
        }
        Ok(Rule::At(at))
    }

    fn today(&self) -> Read<Date> {
        timestamp(self.now).map(|now| self.zone.local(now).date()).ok_or_else(far)
    }

    fn time(&mut self) -> Read<TimeOfDay> {
        let word = self.take().unwrap_or_default();
        // `9 am` is two words.
        let half = self.peek().filter(|half| ["am", "pm"].contains(half)).unwrap_or_default();
        let time = time_of_day(&format!("{word}{half}"));
        if !half.is_empty() {
            self.take();
        }
        time.ok_or_else(|| format!("{} is no time of day; one is written as `18:00` or `6pm`", code(word)))
    }

    /// `15 minutes`, `2h30m`, `1 hour and 30 minutes`; a unit alone is one of it. In milliseconds.
    fn span(&mut self) -> Read<i64> {
        let mut all = 0_i64;
        while let Some(word) = self.peek() {
            let digits = word.len() - word.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
            if digits == 0 && all > 0 && word != "and" {
                break;
            }
            self.take();
            if word == "and" {
                continue;
            }
            let number = if digits == 0 { Some(1) } else { word[..digits].parse::<i64>().ok() };
            let mut rest = &word[digits..];
            if digits > 0 && rest.is_empty() {
                rest = self.take().unwrap_or_default();
            }
            // `2h30m` in one word.
            let letters = rest.len() - rest.trim_start_matches(|letter: char| letter.is_alphabetic()).len();
            let (name, more) = rest.split_at(letters);
            let length = unit(name)
                .ok_or_else(|| format!("{} is no unit; there are minutes, hours, days and weeks", code(name)))?;
            let span = number.and_then(|number| number.checked_mul(length)).ok_or_else(far)?;
            all = all.checked_add(span).ok_or_else(far)?;
            if !more.is_empty() {
                let mut inner = Words { left: &[more], zone: self.zone, now: self.now };
                all = all.checked_add(inner.span()?).ok_or_else(far)?;
            }
        }
        if all == 0 {
            return Err("it does not say how long".to_owned());
        }
        if all > i64::try_from(LONGEST.as_millis()).unwrap_or(i64::MAX) {
            return Err(far());
        }
        Ok(all)
    }

    fn peek(&self) -> Option<&'a str> {
        self.left.first().copied()
    }

    fn second(&self) -> Option<&'a str> {
        self.left.get(1).copied()
    }

    fn take(&mut self) -> Option<&'a str> {
        let (first, rest) = self.left.split_first()?;
        self.left = rest;
        Some(first)
    }

    fn skip(&mut self, word: &str) -> bool {
        let is_next = self.peek() == Some(word);
        if is_next {
            self.left = &self.left[1..];
        }
        is_next
    }

    fn end(&self) -> Read<()> {
        self.peek().map_or(Ok(()), |more| Err(format!("{} is more than I can make out", code(more))))
    }
}

fn far() -> Why {
    "that is too far away".to_owned()
}

fn line(text: &str) -> Read<Rule> {
    Line::read(text).map(Rule::Cron).map_err(|_| "there is no such day".to_owned())
}

/// The next day of this date; of a 29 February the next there is.
fn dated(today: Date, year: Option<i16>, month: u8, day: u8) -> Read<Date> {
    let on = |year: i16| Date::new(year, month.cast_signed(), day.cast_signed()).ok();
    let found = match year {
        Some(year) => on(year),
        None => (0..=8).filter_map(|later| on(today.year() + later)).find(|date| *date >= today),
    };
    found.ok_or_else(|| "there is no such date".to_owned())
}

fn weekday(word: &str) -> Option<u8> {
    let word = word.strip_suffix('s').filter(|word| word.ends_with("day")).unwrap_or(word);
    let fits = |name: &str| name == word || (word.len() >= 3 && word.len() <= 5 && name.starts_with(word));
    WEEKDAYS.iter().position(|name| fits(name)).and_then(|day| u8::try_from(day).ok())
}

fn month(word: &str) -> Option<u8> {
    let fits = |name: &str| name == word || (word.len() >= 3 && word.len() <= 4 && name.starts_with(word));
    MONTHS.iter().position(|name| fits(name)).and_then(|month| u8::try_from(month + 1).ok())
}

/// `1st`, `22nd`, `3`, `first`.
fn ordinal(word: &str) -> Option<u8> {
    if let Some(which) = ORDINALS.iter().position(|ordinal| *ordinal == word) {
        return u8::try_from(which + 1).ok();
    }
    let plain = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    (plain.len() <= 2 && is_number(plain)).then(|| plain.parse().ok())?
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|digit| digit.is_ascii_digit())
}

/// Milliseconds.
fn unit(name: &str) -> Option<i64> {
    const SECOND: i64 = 1_000;
    Some(match name {
        "s" | "sec" | "second" | "seconds" => SECOND,
        "m" | "min" | "mins" | "minute" | "minutes" => 60 * SECOND,
        "h" | "hour" | "hours" => 3_600 * SECOND,
        "d" | "day" | "days" => 24 * 3_600 * SECOND,
        "w" | "week" | "weeks" => 7 * 24 * 3_600 * SECOND,
        _ => return None,
    })
}
