//! Whether a guild is told of a stream, and whether that pings. Pure.

use std::time::Duration;

use base::Millis;
use schedules::when::Zone;
use store::streams::{Filters, Follow, Kind, Live, Settings};

use crate::lives::machine::YOUNG;

/// What becomes of a stream in a guild.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is told.
    Tell {
        /// Whether somebody is pinged.
        pings: bool,
    },
    /// It is not, for good.
    Skip(&'static str),
    /// It is not as it stands now.
    NotNow(&'static str),
}

/// What is known besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// When the guild was told last of this channel.
    pub last: Option<Millis>,
    /// Whether the member whose channel it is holds the role that is asked for.
    pub holds_role: bool,
    /// What time it is.
    pub now: Millis,
}

/// Judges it.
pub fn judge(live: &Live, follow: &Follow, settings: &Settings, known: Known) -> Verdict {
    let filters = follow.own.filters.as_ref().unwrap_or(&settings.filters);
    if !live.news {
        return Verdict::NotNow("it was live for long as it was found");
    }
    // Who follows it since, or has a place for it since, hears of it while it is young.
    let since =
        settings.told_from.filter(|_| follow.own.channel.is_none()).map_or(follow.added, |from| from.max(follow.added));
    if since > live.found && since.since(live.started) > YOUNG {
        return Verdict::NotNow("it was live for long as it was followed");
    }
    if let Some(why) = refuses(filters, live, known.holds_role) {
        return Verdict::NotNow(why);
    }
    if let Some(last) = known.last
        && settings.cooldown > Duration::ZERO
        && known.now.since(last) < settings.cooldown
    {
        return Verdict::Skip("its channel was told of a moment ago");
    }
    Verdict::Tell { pings: !is_quiet(settings, known.now) }
}

/// Why the filters do not let it through.
fn refuses(filters: &Filters, live: &Live, holds_role: bool) -> Option<&'static str> {
    let is_any = |wanted: &[String], of: &[&str]| {
        wanted.is_empty()
            || wanted.iter().any(|one| of.iter().any(|its| its.trim().to_lowercase() == one.trim().to_lowercase()))
    };
    let tags: Vec<&str> = live.tags.iter().map(String::as_str).collect();
    if live.kind == Kind::Rerun && !filters.reruns {
        Some("it is a rerun")
    } else if live.kind == Kind::Premiere && !filters.premieres {
        Some("it is a premiere")
    } else if filters.role.is_some() && !holds_role {
        Some("its member does not hold the role")
    } else if !is_any(&filters.games, &[&live.game]) {
        Some("it is another game")
    } else if !is_any(&filters.tags, &tags) {
        Some("it has none of the tags")
    } else if !filters.words.is_empty() && !filters.words.iter().any(|word| says(&live.title, word)) {
        Some("its title says none of the words")
    } else {
        None
    }
}

/// Whether a title says these words, each as it is or with `*` for any letters. No pattern takes longer than its length times the
/// title's.
pub fn says(title: &str, wanted: &str) -> bool {
    let split = |text: &str| -> Vec<Vec<char>> {
        let words = text.to_lowercase();
        words
            .split(|letter: char| !letter.is_alphanumeric() && letter != '*')
            .filter(|word| !word.is_empty())
            .map(|word| word.chars().collect())
            .collect()
    };
    let (title, wanted) = (split(title), split(wanted));
    !wanted.is_empty()
        && title.windows(wanted.len()).any(|part| part.iter().zip(&wanted).all(|(word, pattern)| fits(word, pattern)))
}

fn fits(word: &[char], pattern: &[char]) -> bool {
    let (mut at, mut of, mut star) = (0, 0, None);
    while at < word.len() {
        match pattern.get(of) {
            Some('*') => {
                star = Some((of, at));
                of += 1;
            }
            Some(letter) if *letter == word[at] => {
                at += 1;
                of += 1;
            }
            _ => match star {
                Some((back, taken)) => {
                    star = Some((back, taken + 1));
                    at = taken + 1;
                    of = back + 1;
                }
                None => return false,
            },
        }
    }
    pattern[of..].iter().all(|letter| *letter == '*')
}

fn is_quiet(settings: &Settings, now: Millis) -> bool {
    let Some(hours) = settings.quiet else { return false };
    let minute = settings.zone.parse::<Zone>().unwrap_or_else(|_| Zone::utc()).minute_of_day(now);
    base::hours::hold(hours, minute)
}

#[cfg(test)]
mod tests {
    use base::{GuildId, UserId};
    use proptest::prelude::*;
    use store::streams::{NewFollow, Source};

    use super::*;

    fn live() -> Live {
        Live {
            id: "live".to_owned(),
            stream_channel: "channel".to_owned(),
            source: Source::Twitch,
            key: "1".to_owned(),
            kind: Kind::Live,
            title: "Speedrunning all day".to_owned(),
            game: "Celeste".to_owned(),
            tags: vec!["English".to_owned()],
            picture: None,
            vod: None,
            viewers: None,
            peak: None,
            started: Millis(1_000_000),
            found: Millis(1_010_000),
            seen: Some(Millis(1_010_000)),
            gone: None,
            ended: None,
            news: true,
            version: 1,
        }
    }

    fn follow() -> Follow {
        let (guild, added_by) = (GuildId(1), UserId(1));
        Follow {
            id: "follow".to_owned(),
            guild,
            stream_channel: "channel".to_owned(),
            own: NewFollow::default(),
            is_theirs: false,
            added_by,
            added: Millis(0),
        }
    }

    fn known() -> Known {
        Known { last: None, holds_role: false, now: Millis(1_020_000) }
    }

    fn filtered(filters: Filters, live: &Live) -> Verdict {
        let settings = Settings { filters, ..crate::words::at_first() };
        judge(live, &follow(), &settings, known())
    }

    #[test]
    fn filters_let_through_what_fits_and_nothing_else() {
        let tell = Verdict::Tell { pings: true };
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(filtered(Filters::default(), &live()), tell);
        assert_eq!(filtered(Filters { games: list(&["chess", "CELESTE"]), ..Filters::default() }, &live()), tell);
        assert_ne!(filtered(Filters { games: list(&["chess"]), ..Filters::default() }, &live()), tell);
        assert_eq!(filtered(Filters { words: list(&["speedrun*"]), ..Filters::default() }, &live()), tell);
        assert_ne!(filtered(Filters { words: list(&["speedrun"]), ..Filters::default() }, &live()), tell);
        assert_eq!(filtered(Filters { tags: list(&["english"]), ..Filters::default() }, &live()), tell);
        assert_ne!(filtered(Filters { role: Some(7), ..Filters::default() }, &live()), tell);
        for kind in [Kind::Rerun, Kind::Premiere] {
            let one = Live { kind, ..live() };
            assert_ne!(filtered(Filters::default(), &one), tell);
            assert_eq!(filtered(Filters { reruns: true, premieres: true, ..Filters::default() }, &one), tell);
        }
    }

    #[test]
    fn a_cooldown_holds_for_its_channel_and_is_counted_from_what_was_told() {
        let settings = Settings { cooldown: Duration::from_mins(30), ..crate::words::at_first() };
        let told = |last: i64| judge(&live(), &follow(), &settings, Known { last: Some(Millis(last)), ..known() });
        assert!(matches!(told(1_019_000), Verdict::Skip(_)));
        assert_eq!(told(1_020_000 - 30 * 60_000), Verdict::Tell { pings: true });
    }

    #[test]
    fn in_quiet_hours_it_is_told_and_pings_nobody() {
        // 1 020 000 ms is 17 minutes past midnight.
        let settings = |quiet| Settings { quiet: Some(quiet), ..crate::words::at_first() };
        assert_eq!(judge(&live(), &follow(), &settings((1_320, 420)), known()), Verdict::Tell { pings: false });
        assert_eq!(judge(&live(), &follow(), &settings((60, 420)), known()), Verdict::Tell { pings: true });
    }

    #[test]
    fn who_follows_what_was_live_for_long_is_told_of_the_next() {
        let added = Millis(1_000_000 + 16 * 60_000);
        let verdict = judge(&live(), &Follow { added, ..follow() }, &crate::words::at_first(), known());
        assert!(matches!(verdict, Verdict::NotNow(_)));
        let added = Millis(1_000_000 + 14 * 60_000);
        let verdict = judge(&live(), &Follow { added, ..follow() }, &crate::words::at_first(), known());
        assert_eq!(verdict, Verdict::Tell { pings: true });
    }

    proptest! {
        #[test]
        fn no_pattern_takes_long(title in "[a*]{0,200}", pattern in "[a*]{0,100}") {
            let _ = says(&title, &pattern);
        }
    }
}
