//! When something happens: what people type, what clocks do, and every answer against a search minute by minute.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

use base::Millis;
use proptest::prelude::*;
use schedules::when::{Line, Rule, When, Zone, read};

const MINUTE: i64 = 60_000;

fn at(text: &str) -> Millis {
    Millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

fn utc(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at.0).unwrap().to_string().replace(":00Z", "Z")
}

fn cron(line: &str, name: &str) -> When {
    When { rule: Rule::Cron(Line::read(line).unwrap()), zone: zone(name) }
}

fn coming(line: &str, name: &str, after: &str, most: usize) -> Vec<String> {
    cron(line, name).coming(at(after), most).into_iter().map(utc).collect()
}

/// Saturday, 21 November 2026, 10:17:42 in Rome.
const NOW: &str = "2026-11-21T09:17:42Z";

fn understood(typed: &str) -> When {
    read(typed, &zone("Europe/Rome"), at(NOW)).unwrap_or_else(|error| panic!("{typed}: {error}"))
}

#[test]
fn what_people_type_is_understood() {
    for (typed, written) in [
        ("every 15 minutes", "every 900000 NOW"),
        ("Every 90m", "every 5400000 NOW"),
        ("every 2h30m", "every 9000000 NOW"),
        ("every 1 hour and 30 minutes", "every 5400000 NOW"),
        ("every minute", "every 60000 NOW"),
        ("every hour", "every 3600000 NOW"),
        ("every 2 days", "every 172800000 NOW"),
        ("hourly at :15", "cron 15 * * * *"),
        ("every hour at 5", "cron 5 * * * *"),
        ("every weekday at 18:00", "cron 0 18 * * 1-5"),
        ("every day at 9 and 18", "cron 0 9,18 * * *"),
        ("daily at 3am", "cron 0 3 * * *"),
        ("daily at 9 pm", "cron 0 21 * * *"),
        ("every weekend at noon", "cron 0 12 * * 0,6"),
        ("every monday, wednesday and friday at 7:45", "cron 45 7 * * 1,3,5"),
        ("every mon at midnight", "cron 0 0 * * 1"),
        ("weekly on Sunday at 4", "cron 0 4 * * 0"),
        ("every 1st of the month at 03:30", "cron 30 3 1 * *"),
        ("every 1st and 15th at 6", "cron 0 6 1,15 * *"),
        ("monthly on the last day at 23:59", "cron 59 23 L * *"),
        ("every first monday of the month at 9", "cron 0 9 * * 1#1"),
        ("every last friday of the month at 17:00", "cron 0 17 * * 5L"),
        ("every 24 December at 18:00", "cron 0 18 24 12 *"),
        ("yearly on january 1 at 0:00", "cron 0 0 1 1 *"),
        ("*/20 8-17 * * MON-FRI", "cron */20 8-17 * * mon-fri"),
        ("@daily", "cron 0 0 * * *"),
        ("@Midnight", "cron 0 0 * * *"),
        ("in 2 hours", "at 2026-11-21T11:17:42Z"),
        ("in 45 min", "at 2026-11-21T10:02:42Z"),
        ("tomorrow at 9", "at 2026-11-22T08:00:00Z"),
        ("tomorrow 9am", "at 2026-11-22T08:00:00Z"),
        ("today at 18:30", "at 2026-11-21T17:30:00Z"),
        ("at 18:30", "at 2026-11-21T17:30:00Z"),
        ("at 9", "at 2026-11-22T08:00:00Z"),
        ("at 9 tomorrow", "at 2026-11-22T08:00:00Z"),
        ("monday at 9", "at 2026-11-23T08:00:00Z"),
        ("on next saturday at 9", "at 2026-11-28T08:00:00Z"),
        ("2026-12-24 18:00", "at 2026-12-24T17:00:00Z"),
        ("24 December at 18:00", "at 2026-12-24T17:00:00Z"),
        ("29 february at noon", "at 2028-02-29T11:00:00Z"),
        ("January 5 2027 at 8", "at 2027-01-05T07:00:00Z"),
    ] {
        let expected = match written.strip_prefix("at ") {
            Some(moment) => format!("at {}", at(moment).0),
            None => written.replace("NOW", &at(NOW).0.to_string()),
        };
        let when = understood(typed);
        assert_eq!(when.written(), expected, "{typed}");
        assert_eq!(When::parse(&when.written(), when.zone.as_str()).unwrap(), when, "{typed}");
    }
}

#[test]
fn a_zone_at_the_end_counts_instead() {
    assert_eq!(understood("daily at 3am America/New_York").zone.as_str(), "America/New_York");
    assert_eq!(understood("30 3 * * * utc").zone.as_str(), "UTC");
    assert_eq!(understood("tomorrow at 9 Asia/Tokyo").next(at(NOW)), Some(at("2026-11-22T00:00:00Z")));
    let error = read("daily at 3am Europe/Roma", &Zone::utc(), at(NOW)).unwrap_err().to_string();
    assert!(error.contains("I know no time zone `europe/roma`"), "{error}");
    assert_eq!(Zone::complete("rom")[0], "Europe/Rome");
    assert_eq!("europe/rome".parse::<Zone>().unwrap().as_str(), "Europe/Rome");
}

#[test]
fn what_is_not_understood_is_refused_with_examples() {
    for (typed, why) in [
        ("", "nothing is there"),
        ("soon", "`soon` is no word I know here"),
        ("every", "every what"),
        ("every 30 seconds", "the shortest interval is 1 minute"),
        ("every 0 minutes", "it does not say how long"),
        ("every day", "it does not say at what time"),
        ("every weekday 18:00", "`18:00` is where `at` and a time of day should be"),
        ("every day at 25:00", "`25:00` is no time of day"),
        ("every day at 9 and 18:30", "make two schedules"),
        ("every 2 days at 9", "an interval counts from now"),
        ("every 31 november at 9", "there is no such day"),
        ("every 32nd of the month at 9", "a month has at most 31 days"),
        ("every sixth monday at 9", "`sixth` is no day and no span"),
        ("every 6th monday of the month at 9", "at most five of a weekday"),
        ("today at 9", "that has passed"),
        ("2026-11-20 18:00", "that has passed"),
        ("2126-11-20 18:00", "that is too far away"),
        ("2026-02-30 18:00", "is no word I know here"),
        ("in 99999999999999999999 hours", "that is too far away"),
        ("in 6 years", "`years` is no unit"),
        ("in a minute at 3", "`a` is no unit"),
        ("tomorrow", "it does not say at what time"),
        ("tomorrow at 9 sharp", "`sharp` is more than I can make out"),
    ] {
        let error = read(typed, &zone("Europe/Rome"), at(NOW)).err().unwrap_or_else(|| panic!("{typed} is understood"));
        let error = error.to_string();
        assert!(error.contains(why) && error.contains("`every 15 minutes`"), "{typed}: {error}");
    }
}

#[test]
fn a_cron_line_is_parsed_and_what_is_none_refused() {
    for (line, why) in [
        ("0 0 0 * * *", "more than five fields"),
        ("0 0 * * * 2027 *", "more than five fields"),
        ("60 * * * *", "is no cron line"),
        ("* 24 * * *", "is no cron line"),
        ("0 0 30 2 *", "no day on any calendar"),
        ("0 0 32 1 *", "is no cron line"),
        ("0 0 * 13 *", "is no cron line"),
        ("0 0 * * 8", "is no cron line"),
        ("*/0 * * * *", "is no cron line"),
        ("5/15 * * * *", "is no cron line"),
        ("0 0 5-1 * *", "is no cron line"),
        ("@reboot", "names no time"),
        ("@often", "the nicknames are"),
        ("0 0 * *", "fewer than five fields"),
        ("a b c d e", "is no cron line"),
    ] {
        let error = Line::read(line).err().unwrap_or_else(|| panic!("{line} is read")).to_string();
        assert!(error.contains(why), "{line}: {error}");
    }
    for typed in ["0 0 0 * * *", "0 0 30 2 *", "@reboot"] {
        assert!(read(typed, &Zone::utc(), at(NOW)).is_err(), "{typed}");
    }
}

#[test]
fn an_hour_that_the_clocks_skip_or_show_twice_counts_once_where_a_line_names_its_hours() {
    // Rome: 02:00 → 03:00 on 28 March 2027 at 01:00 UTC, back from 03:00 to 02:00 on 31 October 2027 at 01:00 UTC.
    let before = "2027-03-27T12:00:00Z";
    assert_eq!(coming("30 2 * * *", "Europe/Rome", before, 2), ["2027-03-28T01:00Z", "2027-03-29T00:30Z"]);
    assert_eq!(coming("0,30 2 * * *", "Europe/Rome", before, 2), ["2027-03-28T01:00Z", "2027-03-29T00:00Z"]);
    assert_eq!(coming("0 2,3 * * *", "Europe/Rome", before, 2), ["2027-03-28T01:00Z", "2027-03-29T00:00Z"]);
    assert_eq!(coming("30 3 * * *", "Europe/Rome", before, 2), ["2027-03-28T01:30Z", "2027-03-29T01:30Z"]);
    let before = "2027-10-30T12:00:00Z";
    assert_eq!(coming("30 2 * * *", "Europe/Rome", before, 2), ["2027-10-31T00:30Z", "2027-11-01T01:30Z"]);
    assert_eq!(coming("0 3 * * *", "Europe/Rome", before, 2), ["2027-10-31T02:00Z", "2027-11-01T02:00Z"]);
    assert_eq!(
        coming("*/20 2 * * *", "Europe/Rome", before, 4),
        ["2027-10-31T00:00Z", "2027-10-31T00:20Z", "2027-10-31T00:40Z", "2027-11-01T01:00Z"]
    );
    // New York: 02:00 → 03:00 on 14 March 2027 at 07:00 UTC, back on 7 November 2027 at 06:00 UTC.
    assert_eq!(
        coming("30 2 * * *", "America/New_York", "2027-03-13T12:00:00Z", 2),
        ["2027-03-14T07:00Z", "2027-03-15T06:30Z"]
    );
    assert_eq!(
        coming("30 1 * * *", "America/New_York", "2027-11-06T12:00:00Z", 2),
        ["2027-11-07T05:30Z", "2027-11-08T06:30Z"]
    );
    // Asked between the two, the second is not the next.
    assert_eq!(coming("30 1 * * *", "America/New_York", "2027-11-07T05:30:00Z", 1), ["2027-11-08T06:30Z"]);
}

#[test]
fn an_hour_that_the_clocks_skip_or_show_twice_is_as_shown_where_a_line_is_of_every_hour() {
    assert_eq!(
        coming("30 * * * *", "Europe/Rome", "2027-03-28T00:00:00Z", 3),
        ["2027-03-28T00:30Z", "2027-03-28T01:30Z", "2027-03-28T02:30Z"]
    );
    assert_eq!(
        coming("30 * * * *", "Europe/Rome", "2027-10-31T00:00:00Z", 3),
        ["2027-10-31T00:30Z", "2027-10-31T01:30Z", "2027-10-31T02:30Z"]
    );
    // 00:00, 02:00 twice, 04:00.
    assert_eq!(
        coming("0 */2 * * *", "Europe/Rome", "2027-10-30T21:00:00Z", 4),
        ["2027-10-30T22:00Z", "2027-10-31T00:00Z", "2027-10-31T01:00Z", "2027-10-31T03:00Z"]
    );
}

#[test]
fn half_an_hour_and_a_whole_day_can_be_skipped_too() {
    // Lord Howe goes by half an hour: 02:00 → 02:30 on 4 October 2026 at 15:30 UTC of the day before, back from 02:00 to 01:30 on 4 April 2027.
    assert_eq!(
        coming("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", 2),
        ["2026-10-03T15:30Z", "2026-10-04T15:15Z"]
    );
    assert_eq!(
        coming("45 1 * * *", "Australia/Lord_Howe", "2027-04-03T00:00:00Z", 2),
        ["2027-04-03T14:45Z", "2027-04-04T15:15Z"]
    );
    assert_eq!(
        coming("45 * * * *", "Australia/Lord_Howe", "2027-04-03T14:00:00Z", 3),
        ["2027-04-03T14:45Z", "2027-04-03T15:15Z", "2027-04-03T16:15Z"]
    );
    // Samoa had no 30 December 2011: what was to happen then happens as the 31st begins.
    assert_eq!(
        coming("0 9 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z", 3),
        ["2011-12-29T19:00Z", "2011-12-30T10:00Z", "2011-12-30T19:00Z"]
    );
    assert_eq!(
        coming("0 9 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", 2),
        ["2011-12-30T10:00Z", "2012-12-29T19:00Z"]
    );
}

#[test]
fn one_moment_that_the_clocks_skip_or_show_twice_is_one_moment() {
    let rome = zone("Europe/Rome");
    let when = read("2027-03-28 02:30", &rome, at(NOW)).unwrap();
    assert_eq!(when.coming(at(NOW), 2), [at("2027-03-28T01:00:00Z")]);
    let when = read("2027-10-31 02:30", &rome, at(NOW)).unwrap();
    assert_eq!(when.coming(at(NOW), 2), [at("2027-10-31T00:30:00Z")]);
    assert_eq!(when.next(at("2027-10-31T00:30:00Z")), None, "once");
}

#[test]
fn leap_days_and_the_ends_of_years_are_found() {
    assert_eq!(coming("0 12 29 2 *", "UTC", NOW, 3), ["2028-02-29T12:00Z", "2032-02-29T12:00Z", "2036-02-29T12:00Z"]);
    assert_eq!(coming("0 12 29 2 *", "UTC", "2096-03-01T00:00:00Z", 1), ["2104-02-29T12:00Z"]);
    assert_eq!(coming("59 23 31 12 *", "Pacific/Kiritimati", NOW, 2), ["2026-12-31T09:59Z", "2027-12-31T09:59Z"]);
    assert_eq!(coming("0 0 1 1 *", "UTC", "2026-12-31T23:59:59Z", 1), ["2027-01-01T00:00Z"]);
    assert_eq!(coming("0 0 L * *", "UTC", "2028-01-31T00:00:00Z", 2), ["2028-02-29T00:00Z", "2028-03-31T00:00Z"]);
    assert_eq!(coming("0 9 * * 1#1", "UTC", NOW, 2), ["2026-12-07T09:00Z", "2027-01-04T09:00Z"]);
    assert_eq!(
        coming("0 9 13 * 5", "UTC", "2026-11-12T00:00:00Z", 3),
        ["2026-11-13T09:00Z", "2026-11-20T09:00Z", "2026-11-27T09:00Z"]
    );
}

#[test]
fn an_interval_of_more_than_59_minutes_is_kept_and_never_drifts() {
    // The original made a cron line of it, which no clock fits.
    for (typed, minutes) in [("every 60 minutes", 60), ("every 90 minutes", 90), ("every 1440 minutes", 1440)] {
        let when = understood(typed);
        let (mut last, anchor) = (at(NOW), at(NOW).0);
        for count in 1..=1_000 {
            // Whenever somebody looks, and however late.
            let next = when.next(Millis(last.0 + count % 7 * 3_001)).unwrap();
            assert_eq!((next.0 - anchor) % (minutes * MINUTE), 0);
            assert_eq!(next.0, last.0 + minutes * MINUTE);
            last = next;
        }
    }
}

#[test]
fn a_cron_line_is_not_every_minute() {
    // The original never parsed one, and ran everything every 60 s.
    assert_eq!(coming("30 3 * * 1", "UTC", NOW, 2), ["2026-11-23T03:30Z", "2026-11-30T03:30Z"]);
}

#[test]
fn what_was_understood_is_said_in_words() {
    for (typed, words) in [
        ("every weekday at 18:00", "at 18:00, on Monday, Tuesday, Wednesday, Thursday and Friday · Europe/Rome"),
        ("every 15 minutes", "every 15 minutes"),
        ("every 90 minutes", "every 90 minutes"),
        ("every 36 hours", "every 36 hours"),
        ("every 1 week", "every 1 week"),
        ("tomorrow at 9", "once, <t:1795334400:F>"),
    ] {
        assert_eq!(understood(typed).words(), words);
    }
}

/// A field of a cron line that both sides must read alike: its text, and what it matches.
fn field(least: u8, most: u8) -> impl Strategy<Value = (String, Vec<u8>)> {
    prop_oneof![
        3 => Just(("*".to_owned(), (least..=most).collect())),
        2 => (least..=most).prop_map(|one| (one.to_string(), vec![one])),
        1 => (2_u8..=12).prop_map(move |step| (format!("*/{step}"), (least..=most).step_by(step.into()).collect())),
        1 => (least..=most, least..=most).prop_map(|(one, other)| {
            let (from, to) = (one.min(other), one.max(other));
            (format!("{from}-{to}"), (from..=to).collect())
        }),
        1 => proptest::collection::btree_set(least..=most, 1..4)
            .prop_map(|some| (some.iter().map(u8::to_string).collect::<Vec<_>>().join(","), some.into_iter().collect())),
    ]
}

#[derive(Debug)]
struct Fields([(String, Vec<u8>); 5]);

impl Fields {
    fn line(&self) -> String {
        self.0.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn fits(&self, local: jiff::civil::DateTime) -> bool {
        let [minute, hour, day, month, week] = &self.0;
        let has = |field: &(String, Vec<u8>), value: i8| field.1.contains(&value.cast_unsigned());
        let (of_month, of_week) = (has(day, local.day()), has(week, local.weekday().to_sunday_zero_offset()));
        // As cron has it: where both name days, either will do.
        let days = if day.0 == "*" || week.0 == "*" { of_month && of_week } else { of_month || of_week };
        days && has(minute, local.minute()) && has(hour, local.hour()) && has(month, local.month())
    }

    /// Minute by minute, on what the clocks show.
    fn search(&self, after: i64, zone: &jiff::tz::TimeZone, most: i64) -> Option<i64> {
        let names_hours = !self.0[1].0.starts_with('*');
        let local = |at: i64| zone.to_datetime(jiff::Timestamp::from_millisecond(at).unwrap());
        let mut at = after.div_euclid(MINUTE) * MINUTE;
        let mut shown = local(at);
        // What was shown up to now within the last hours.
        let mut seen: std::collections::HashSet<_> =
            (1..=26 * 60).map(|minutes| local(at - minutes * MINUTE)).collect();
        for _ in 0..most {
            seen.insert(shown);
            at += MINUTE;
            let now = local(at);
            let next = shown.checked_add(jiff::SignedDuration::from_mins(1)).unwrap();
            let mut skipped = next;
            let mut fits = false;
            while names_hours && skipped < now {
                fits |= self.fits(skipped);
                skipped = skipped.checked_add(jiff::SignedDuration::from_mins(1)).unwrap();
            }
            fits |= self.fits(now) && !(names_hours && seen.contains(&now));
            if fits {
                return Some(at);
            }
            shown = now;
        }
        None
    }
}

fn fields() -> impl Strategy<Value = Fields> {
    (field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6))
        .prop_map(|(minute, hour, day, month, week)| Fields([minute, hour, day, month, week]))
}

/// Near a change of the clocks in some zone, mostly.
fn moments() -> impl Strategy<Value = (i64, &'static str)> {
    let near = |text: &str| at(text).0;
    let (spring, autumn) = (near("2027-03-28T01:00:00Z"), near("2027-10-31T01:00:00Z"));
    let (american, howe, samoa) =
        (near("2027-11-07T06:00:00Z"), near("2027-04-03T15:00:00Z"), near("2011-12-30T10:00:00Z"));
    let around =
        |moment: i64, name: &'static str| (-3_000 * MINUTE..400 * MINUTE).prop_map(move |off| (moment + off, name));
    prop_oneof![
        around(spring, "Europe/Rome"),
        around(autumn, "Europe/Rome"),
        around(american, "America/New_York"),
        around(howe, "Australia/Lord_Howe"),
        around(samoa, "Pacific/Apia"),
        (0_i64..4_000_000_000_000).prop_map(|at| (at, "UTC")),
        (0_i64..4_000_000_000_000).prop_map(|at| (at, "Asia/Kolkata")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_comes_next_is_what_a_search_minute_by_minute_finds(fields in fields(), (after, name) in moments()) {
        let Ok(line) = Line::read(&fields.line()) else { return Ok(()) };
        let when = When { rule: Rule::Cron(line), zone: zone(name) };
        let tz = jiff::tz::db().get(name).unwrap();
        let most = 12_000;
        let found = when.next(Millis(after));
        match fields.search(after, &tz, most) {
            Some(searched) => prop_assert_eq!(found, Some(Millis(searched)), "{} {} after {}", fields.line(), name, utc(Millis(after))),
            None => prop_assert!(found.is_none_or(|found| found.0 > after + (most - 1) * MINUTE), "{} {}", fields.line(), name),
        }
    }

    #[test]
    fn what_comes_next_is_later_each_time(fields in fields(), (after, name) in moments()) {
        let Ok(line) = Line::read(&fields.line()) else { return Ok(()) };
        let when = When { rule: Rule::Cron(line), zone: zone(name) };
        let mut last = Millis(after);
        for next in when.coming(last, 20) {
            prop_assert!(next > last);
            // Asked a moment before, it is still the next.
            prop_assert_eq!(when.next(Millis(next.0 - 1)), Some(next));
            last = next;
        }
    }

    #[test]
    fn nothing_that_is_typed_breaks_it(typed in "\\PC{0,40}") {
        let _ = read(&typed, &Zone::utc(), at(NOW));
    }

    #[test]
    fn no_words_break_it(words in proptest::collection::vec(proptest::sample::select(vec![
        "every", "in", "on", "at", "and", "the", "of", "month", "day", "1st", "last", "first", "monday", "9", "18:00", "15", "minutes",
        "2h30m", "hour", "daily", "tomorrow", "december", "24", "2027", "Europe/Rome", "*", "*/5", "weekday", "99999999999999999999",
    ]), 0..8)) {
        if let Ok(when) = read(&words.join(" "), &Zone::utc(), at(NOW)) {
            let next = when.next(at(NOW));
            prop_assert!(next.is_some_and(|next| next > at(NOW)), "{}", words.join(" "));
            prop_assert_eq!(When::parse(&when.written(), when.zone.as_str()).unwrap(), when);
        }
    }
}
