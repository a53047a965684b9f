//! Patterns for operands: `**` stands for anything, `*` for anything but `/`.

/// Whether all of a text fits a pattern, in time that grows with their product and no faster.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    // Where in the text what was read of the pattern may end.
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    let mut signs = pattern.chars().peekable();
    while let Some(sign) = signs.next() {
        if sign == '*' {
            let deep = signs.next_if_eq(&'*').is_some();
            for at in 0..text.len() {
                ends[at + 1] |= ends[at] && (deep || text[at] != '/');
            }
        } else {
            for at in (0..text.len()).rev() {
                ends[at + 1] = ends[at] && text[at] == sign;
            }
            ends[0] = false;
        }
    }
    ends[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stop_at_a_slash_unless_they_say_otherwise() {
        assert!(fits("/var/log/**", "/var/log/nginx/access.log"));
        assert!(fits("/var/log/*.log", "/var/log/syslog.log"));
        assert!(!fits("/var/log/*.log", "/var/log/nginx/access.log"));
        assert!(!fits("/var/log/**", "/var/lib"));
        assert!(!fits("/var/log/**", "/var/log"));
        assert!(fits("+*", "+%Y"));
        assert!(!fits("+*", "x+%Y"));
        assert!(fits("*", "") && fits("", "") && !fits("", "x") && !fits("x", ""));
    }

    #[test]
    fn many_stars_take_no_longer_than_few() {
        let began = std::time::Instant::now();
        assert!(!fits(&"*a".repeat(200), &"a".repeat(6_000).replace("aaa", "aab")));
        assert!(began.elapsed().as_secs() < 5);
    }
}
