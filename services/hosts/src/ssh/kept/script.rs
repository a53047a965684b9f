//! The scripts that keep a command on its host, as one line each.
//!
//! **Invariant:** a script's line has no single quote, backslash, newline or `!` (but in `!=`), so that bash, dash, zsh, fish
//! and csh all hand it to `/bin/sh` as it is.

use std::fmt::Write;
use std::sync::LazyLock;

use super::Token;
use crate::ssh::in_one_line;

/// After this many days, what nobody fetched is forgotten.
pub(super) const DAYS: u32 = 14;

static VIEW: LazyLock<String> = LazyLock::new(|| in_one_line(include_str!("view.sh")));
static KEEP: LazyLock<String> = LazyLock::new(|| in_one_line(include_str!("keep.sh")));
static BECOME: LazyLock<String> = LazyLock::new(|| in_one_line(include_str!("become.sh")));
static FORGET: LazyLock<String> = LazyLock::new(|| in_one_line(include_str!("forget.sh")));

/// Starts what comes on its input, once and for all, and shows it.
pub(super) fn start(token: Token) -> String {
    format!("/bin/sh -c '{}' nebula {token} start '{}' '{}'", *VIEW, *KEEP, *BECOME)
}

/// Shows what was started.
pub(super) fn follow(token: Token) -> String {
    format!("/bin/sh -c '{}' nebula {token} follow", *VIEW)
}

/// Says which process it is, or sees to it that it never begins.
pub(super) fn find(token: Token) -> String {
    format!("/bin/sh -c '{}' nebula {token} stop", *VIEW)
}

/// Removes what is kept.
pub(super) fn forget(tokens: &[Token]) -> String {
    let mut request = format!("/bin/sh -c '{}' nebula {DAYS}", *FORGET);
    for token in tokens {
        // Writing to a string does not fail.
        let _ = write!(request, " {token}");
    }
    request
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::PathBuf;
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn every_shell_reads_the_scripts_alike() {
        for script in [&*VIEW, &*KEEP, &*BECOME, &*FORGET] {
            assert!(!script.contains(['\'', '\\', '\n']), "{script}");
            assert!(!script.replace("!=", "").contains('!'), "{script}");
        }
    }

    /// A home on this machine, without a server.
    struct Home(PathBuf);

    impl Home {
        fn new(name: &str) -> Self {
            let home = std::env::temp_dir().join(format!("nebula-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&home).unwrap();
            Self(home)
        }

        fn run(&self, request: &str, input: &str) {
            let mut shell = Command::new("/bin/sh")
                .args(["-c", request])
                .env("HOME", &self.0)
                .env_remove("XDG_STATE_HOME")
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            shell.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
            shell.wait().unwrap();
        }

        fn kept(&self, token: Token, file: &str) -> String {
            let path = self.0.join(format!(".local/state/nebula/{token}/{file}"));
            std::fs::read_to_string(path).unwrap_or_default()
        }

        /// What is kept of the end, once it has come.
        fn end(&self, token: Token) -> String {
            let began = Instant::now();
            loop {
                let end = self.kept(token, "end");
                if end.starts_with("end") {
                    return end.lines().next().unwrap().to_owned();
                }
                assert!(began.elapsed() < Duration::from_secs(30), "{end}");
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    impl Drop for Home {
        fn drop(&mut self) {
            // Nothing depends on its being gone.
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_command_line_that_was_cut_off_on_its_way_is_not_run() {
        let (home, token) = (Home::new("cut"), Token::new(7));
        let whole = format!("echo whole\nnebula-{token}: go\n");
        for cut in 0..whole.len() {
            home.run(&start(token), &whole[..cut]);
            assert_eq!(std::fs::read_dir(&home.0).unwrap().count(), 0, "cut at {cut}");
        }
        home.run(&start(token), &whole);
        assert_eq!(home.end(token), "end 0");
        assert_eq!(home.kept(token, "o0"), "whole\n");
    }

    #[test]
    fn a_disk_that_is_full_does_not_end_the_command_and_what_is_missing_is_counted() {
        let (home, token) = (Home::new("full"), Token::new(8));
        // No file may grow beyond 600 blocks, which fails a write as a full disk does.
        let request = format!("ulimit -f 600; {}", start(token));
        home.run(&request, &format!("head -c 5000000 /dev/zero; exit 4\nnebula-{token}: go\n"));
        let end = home.end(token);
        let lost: usize = end.strip_prefix("end ").unwrap().parse().unwrap();
        let kept = home.kept(token, "o0").len();
        assert_eq!(kept, 600 * 512);
        // What `dd` had read when it failed is in neither.
        assert!((5_000_000 - 65_536..=5_000_000).contains(&(lost + kept)), "{lost} and {kept}");
        assert!(home.kept(token, "status").starts_with("4 "));
    }
}
