//! What nobody types: no text makes the reading panic, overflow or hang, and no addition makes a line look harmless.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

use std::time::Duration;

use base::Risk;
use proptest::prelude::*;
use shell::{Harmless, judge};

/// Half of what tokio's and Rust's own threads have: whoever asks has used some of it.
const STACK: usize = 1 << 20;
/// Of the processor, so that a busy machine fails no test; without optimisation.
const PATIENCE: Duration = Duration::from_secs(1);

/// What this thread has computed so far, as Linux counts it.
fn computed() -> Duration {
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(counted.split(' ').next().unwrap().parse().unwrap())
}

/// Judges on a small stack, and not for long.
fn survives(line: &str) {
    let text = line.to_owned();
    let judging = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        judge(&text, &Harmless::shipped());
        computed()
    });
    let computed = judging.unwrap().join().unwrap_or_else(|_| panic!("{line:?}"));
    assert!(computed < PATIENCE, "{computed:?} for {line:?}");
}

/// What begins something in a shell, or ends it, or confuses whoever reads it.
const SIGNS: [&str; 92] = [
    "(",
    ")",
    "((",
    "))",
    "{ ",
    " }",
    "{",
    "}",
    "[",
    "]",
    "[[ ",
    " ]]",
    "$(",
    "$((",
    "${",
    "${x[",
    "${x:-",
    "${x/",
    "${!",
    "$[",
    "`",
    "\\`",
    "\"",
    "'",
    "$'",
    "$\"",
    "\\",
    "\\\n",
    "\n",
    ";",
    ";;",
    "&",
    "&&",
    "|",
    "||",
    "|&",
    "<",
    ">",
    "<(",
    ">(",
    "<<",
    "<<-",
    "<<<",
    "&>",
    ">|",
    "<>",
    ">&",
    "2>&1",
    "2>/dev/null",
    "99999999999999>",
    "~",
    "~99999999999999999999999",
    "~+99999999999999999999",
    "!",
    "! ",
    "#",
    " ",
    "  ",
    "\t",
    "\r",
    "\0",
    "a",
    "x=",
    "x=(",
    "f()",
    "if ",
    "then ",
    "else ",
    "elif ",
    "fi ",
    "for x in ",
    "do ",
    "done ",
    "while ",
    "until ",
    "case x in ",
    "x) ",
    "esac ",
    "select x in ",
    "function f ",
    "coproc ",
    "time ",
    "in ",
    "@(",
    "!(",
    "EOF",
    "<<EOF\n",
    "\nEOF\n",
    "é",
    "\u{202e}",
    "sh -c '",
    "eval ",
];
const OBSERVED: [&str; 14] = [
    "uptime",
    "df -h",
    "systemctl status nginx",
    "journalctl -u nginx -n 50 --no-pager",
    "docker ps --format '{{.Names}}'",
    "docker logs --tail 100 web 2>&1",
    "ps aux | grep nginx | head -n 5",
    "free -m && uptime",
    "df -h 2>/dev/null",
    "uptime\n",
    "echo \"it's up\"",
    "ls -la /srv",
    "find /var/log -name '*.gz' -mtime +30",
    "date +%F",
];
const ADDED: [&str; 20] = [
    " ; rm x", ";rm x", "\nrm x", "| sh", " | sh", "|sh", "> f", " > f", ">>f", " 2> f", "$(x)", " $(x)", "`x`",
    " <(x)", "& rm x", " &", " && x", " || x", " <<< x", " \u{a0}x",
];

#[test]
fn known_traps_are_survived() {
    for sign in SIGNS {
        for times in [2, 7, 8, 9, 16, 40, 41, 400, 6_000] {
            let text: String = sign.repeat(times).chars().take(6_000).collect();
            survives(&text);
            survives(&format!("echo {text}"));
            survives(&format!("\"{text}"));
        }
    }
    for (open, close) in [
        ("$(", ")"),
        ("$((", "))"),
        ("(", ")"),
        ("( ", " )"),
        ("{ ", ";}"),
        ("${x[", "]}"),
        ("if ", "; then x; fi"),
        ("`", "`"),
    ] {
        for depth in [3, 7, 8, 20, 40, 500] {
            survives(&format!("{}x{}", open.repeat(depth), close.repeat(depth)));
            survives(&format!("\"{}x{}\"", open.repeat(depth), close.repeat(depth)));
        }
    }
    for word in [
        "sudo ",
        "env ",
        "sh -c ",
        "eval ",
        "ssh x ",
        "xargs ",
        "find . -exec ",
        "docker exec ",
        "a && ",
        "a | ",
        "a; ",
        "[[ a && ",
    ] {
        survives(&word.repeat(6_000 / word.len()));
        survives(&format!("{} rm x", word.repeat(5_990 / word.len())));
    }
    for (open, close) in [("if ", "; then x; fi"), ("{ ", ";}"), ("while ", "; do x; done")] {
        let level = |inside: &str| format!("{}{inside}{}", open.repeat(38), close.repeat(38));
        survives(&(0..5).fold(level("rm x"), |inside, _| level(&format!("echo $({inside})"))));
        survives(&(0..5).fold(level("rm x"), |inside, _| level(&format!("echo ${{x:-${{y:-$({inside})}}}}"))));
    }
    survives(&format!("[[ {} a ]]", "a && ".repeat(1_100)));
    survives(&format!("cat <<EOF\n{}\nEOF", "$(x)\n".repeat(1_000)));
    survives(&format!("cat {}\n{}", "<<E ".repeat(500), "E\n".repeat(500)));
    survives(&format!("echo {}", "'a' ".repeat(1_490)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_too_much(text in "\\PC{0,200}|(?s).{0,200}") {
        survives(&text);
    }

    #[test]
    fn no_pile_of_signs_is_too_much(signs in prop::collection::vec(prop::sample::select(&SIGNS[..]), 0..400)) {
        survives(&signs.concat().chars().take(6_000).collect::<String>());
    }

    #[test]
    fn no_short_pile_of_signs_is_too_much(signs in prop::collection::vec(prop::sample::select(&SIGNS[..]), 0..24)) {
        survives(&signs.join(" "));
    }

    #[test]
    fn what_is_added_is_seen(line in prop::sample::select(&OBSERVED[..]), added in prop::sample::select(&ADDED[..])) {
        let harmless = Harmless::shipped();
        prop_assert_eq!(judge(line, &harmless).class, Risk::Observe, "{}", line);
        let more = format!("{line}{added}");
        prop_assert_ne!(judge(&more, &harmless).class, Risk::Observe, "{}", more);
    }

    #[test]
    fn one_sign_anywhere_never_makes_a_bad_line_good(
        line in prop::sample::select(vec!["rm x", "df; rm x", "sort -o x", "df > x", "df $(x)", "uptime | sh", "swapon x"]),
        sign in prop::sample::select(&SIGNS[..]),
        at in 0_usize..12,
    ) {
        // A comment or a name may end up with less than the line had, but never with what it had and without a doubt.
        let at = at.min(line.len());
        let changed = format!("{}{sign}{}", &line[..at], &line[at..]);
        let judgement = judge(&changed, &Harmless::shipped());
        prop_assert_ne!(judgement.class, Risk::Observe, "{}", changed);
    }

    #[test]
    fn quoting_does_not_make_a_line_harmless(
        words in prop::collection::vec(
            (prop::sample::select(vec!["rm", "df", "-h", "sort", "-o", "-n", "x", "hostname", "ls", "docker", "ps", "-H", "--since=1", "journalctl", "/srv"]), 0_usize..7),
            1..6,
        ),
    ) {
        let bare: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let quoted: Vec<String> = words.iter().map(|(word, style)| quote(word, *style)).collect();
        let harmless = Harmless::shipped();
        if judge(&quoted.join(" "), &harmless).class == Risk::Observe {
            prop_assert_eq!(judge(&bare.join(" "), &harmless).class, Risk::Observe, "{:?}", quoted);
        }
    }
}

/// What a rule may be made of, and what it may not.
const PARTS: [&str; 40] = [
    "df",
    "docker",
    "find",
    "bash",
    "ip",
    "sort",
    "-h",
    "-n=",
    "--color[=]",
    "--since=",
    "-#",
    "-exec",
    "-x",
    "-",
    "--",
    "-=",
    "-[=]",
    "=",
    "[=]",
    "--a=b",
    "!-l",
    "!",
    "!!",
    "!-l|-L",
    "status|show",
    "|",
    "a||b",
    "exec",
    "netns",
    "?",
    "*",
    "**",
    "/var/log/**",
    "+*",
    "@*",
    ":*",
    "..",
    "é",
    "\u{202e}",
    "\0",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_rule_or_refused(text in "\\PC{0,600}|(?s).{0,100}|[ -~]{0,40}") {
        let mut list = Harmless::default();
        let added = list.add(&text);
        prop_assert_eq!(added.is_ok(), list.rules().count() == 1);
        _ = Harmless::parse(&text);
    }

    #[test]
    fn any_bytes_are_a_rule_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        _ = Harmless::default().add(&text);
        _ = Harmless::parse(&text);
    }

    #[test]
    fn a_rule_is_read_back_as_it_is_kept(parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 1..12)) {
        let mut list = Harmless::default();
        if list.add(&parts.join("  ")).is_ok() {
            let kept: Vec<String> = list.rules().map(str::to_owned).collect();
            prop_assert_eq!(&kept, &[parts.join(" ")]);
            prop_assert_eq!(Harmless::parse(&kept[0]), Ok(list));
        }
    }

    #[test]
    fn no_rule_of_ones_own_lets_a_line_run_anything(
        program in prop::sample::select(&["docker", "find", "bash", "sudo", "ip", "kubectl", "fd", "env", "python3"][..]),
        parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 0..8),
        line in prop::sample::select(&[
            "docker exec web id", "docker exec", "docker run alpine id", "docker compose exec web id", "docker -h exec web id",
            "find /srv -exec id", "find -exec id /srv", "bash x", "bash", "sudo id", "ip netns exec a id", "kubectl exec web id",
            "fd -x id", "fd -hx id", "env id", "python3 x",
        ][..]),
    ) {
        let rule = format!("{program} {}", parts.join(" "));
        let mut list = Harmless::default();
        if list.add(&rule).is_ok() {
            prop_assert_ne!(judge(line, &list).class, Risk::Observe, "{} allows {}", rule, line);
        }
    }
}

fn quote(word: &str, style: usize) -> String {
    let (first, rest) = word.split_at(1);
    match style {
        0 => word.to_owned(),
        1 => format!("'{word}'"),
        2 => format!("\"{word}\""),
        3 => format!("'{first}'{rest}"),
        4 => format!("{first}''{rest}"),
        5 => format!("\\{word}"),
        _ => format!("$'{word}'"),
    }
}
