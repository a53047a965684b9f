//! The scripts that keep a command on its host, as one line each.
//!
//! **Invariant:** a script's line has no single quote, backslash, newline or `!` (but in `!=`), so that bash, dash, zsh, fish
//! and csh all hand it to `/bin/sh` as it is.

use std::fmt::Write;
use std::sync::LazyLock;

use super::Token;

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

/// csh takes no newline inside quotes.
fn in_one_line(script: &str) -> String {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn every_shell_reads_the_scripts_alike() {
        for script in [&*VIEW, &*KEEP, &*BECOME, &*FORGET] {
            assert!(!script.contains(['\'', '\\', '\n']), "{script}");
            assert!(!script.replace("!=", "").contains('!'), "{script}");
        }
    }

    /// Runs a script on this machine with this input, in a home of its own, and returns the names left in that.
    fn leaves(request: &str, input: &str) -> usize {
        let home = std::env::temp_dir().join(format!("nebula-script-{}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        let mut shell = Command::new("/bin/sh")
            .args(["-c", request])
            .env("HOME", &home)
            .env_remove("XDG_STATE_HOME")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        shell.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        shell.wait().unwrap();
        let left = std::fs::read_dir(&home).unwrap().count();
        std::fs::remove_dir_all(&home).unwrap();
        left
    }

    #[test]
    fn a_command_line_that_was_cut_off_on_its_way_is_not_run() {
        let token = Token::new(7);
        let whole = format!("rm -rf /tmp/nebula-no/such/place\nnebula-{token}: go\n");
        for cut in 0..whole.len() {
            assert_eq!(leaves(&start(token), &whole[..cut]), 0, "cut at {cut}");
        }
        assert_eq!(leaves(&start(token), &whole), 1);
    }
}
