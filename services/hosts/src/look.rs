//! What a host says of itself: one fixed script, run by the bot itself, without anybody asking.
//!
//! **Invariants:** no caller has a say in what is run: the script is part of this program, it only looks, and that is why it
//! takes no permit. It goes to the pinned key alone, as everything does. Its output and its time are bounded.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use store::servers::{Server, State};

use crate::{
    Hosts,
    ssh::{Ended, Exec, SshError, Stream},
};

/// Reaching the host has its own deadline of 10 s within this.
const DEADLINE: Duration = Duration::from_secs(20);
/// More is not read.
const MOST: usize = 64 * 1024;

static REQUEST: LazyLock<String> =
    LazyLock::new(|| format!("/bin/sh -c '{}' nebula", in_one_line(include_str!("look.sh"))));

/// What a host said.
#[derive(Debug)]
pub struct Look {
    /// Parts, each after a line `@NAME`; the last is `@end` if all of them came.
    pub text: String,
    /// When it was asked.
    pub asked: Instant,
}

/// Why nothing was seen. Each is a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unseen {
    /// It may not be reached: its key waits for a person.
    Shut,
    /// It did not answer.
    Silent(String),
    /// It was not even asked: we could not, or what it is reached through did not let us. How it is, nobody knows.
    Unasked(String),
    /// It answered, and lets nobody in or runs nothing: asking again soon would look like an attack.
    Refused(String),
}

impl Hosts {
    /// Asks a host how it is.
    pub async fn look(&self, server: &Server) -> Result<Look, Unseen> {
        if server.state != State::Ready {
            return Err(Unseen::Shut);
        }
        let target = self.ready(server).await.map_err(|error| Unseen::Unasked(error.to_string()))?;
        let asked = Instant::now();
        let mut seen: Vec<u8> = Vec::new();
        let sink = |stream: Stream, bytes: &[u8]| {
            if stream == Stream::Stdout {
                let room = MOST.saturating_sub(seen.len());
                seen.extend_from_slice(&bytes[..bytes.len().min(room)]);
            }
        };
        let exec = Exec { deadline: Some(DEADLINE), ..Exec::new(sink) };
        let exit = match self.pool.exec(&server.id, &target, &REQUEST, exec).await {
            Ok(exit) => exit,
            Err(error) => return Err(self.unseen(server, error).await),
        };
        let text = String::from_utf8_lossy(&seen).into_owned();
        match exit.ended {
            // What came before something hung is true all the same.
            _ if text.contains("@stat\n") => {
                self.saw(server);
                Ok(Look { text, asked })
            }
            // It was busy with what people do there, and nobody looked.
            Ended::TimedOut { .. } if exit.process.is_none() && seen.is_empty() && self.pool.is_full(&server.id) => {
                Err(Unseen::Shut)
            }
            Ended::TimedOut { .. } => {
                Err(Unseen::Silent(format!("It did not answer within {} s.", DEADLINE.as_secs())))
            }
            Ended::Lost => Err(Unseen::Silent("The connection was lost.".to_owned())),
            _ => Err(Unseen::Refused("It runs no commands for this user.".to_owned())),
        }
    }

    pub(crate) async fn unseen(&self, server: &Server, error: SshError) -> Unseen {
        match error {
            // Another key shuts it, whoever meets it first.
            SshError::HostKeyChanged { .. } => {
                self.failed(server, error).await;
                Unseen::Shut
            }
            error if refuses(&error) => Unseen::Refused(error.to_string()),
            error if error.is_before_it() => Unseen::Unasked(error.to_string()),
            error => Unseen::Silent(error.to_string()),
        }
    }
}

/// Whether it answered, or what it is reached through, and lets nobody in.
fn refuses(error: &SshError) -> bool {
    match error {
        SshError::ThroughJump { error, .. } => refuses(error),
        SshError::LoginRefused { .. } | SshError::LoginIncomplete { .. } | SshError::CommandsRefused { .. } => true,
        _ => false,
    }
}

/// csh takes no newline inside quotes.
fn in_one_line(script: &str) -> String {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn every_shell_reads_the_script_alike() {
        let script = in_one_line(include_str!("look.sh"));
        assert!(!script.contains(['\'', '\\', '\n', '!']), "{script}");
    }

    /// `(path beneath /proc or a program, what stands there instead)`.
    fn seen_on_this_machine(path: &str) -> String {
        let output = Command::new("/bin/sh").args(["-c", &REQUEST]).env("PATH", path).output().unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn it_says_all_it_knows_and_comes_to_its_end() {
        let seen = seen_on_this_machine("/usr/bin:/bin");
        let parts: Vec<&str> = seen.lines().filter(|line| line.starts_with('@')).collect();
        assert_eq!(
            parts,
            [
                "@system",
                "@cores",
                "@stat",
                "@load",
                "@uptime",
                "@memory",
                "@network",
                "@processes",
                "@temperature",
                "@disks",
                "@nvidia",
                "@amd",
                "@end"
            ]
        );
        assert!(seen.contains("MemAvailable:") && seen.contains("cpu  ") && seen.contains(" lo:"), "{seen}");
    }

    #[test]
    fn a_host_without_any_program_still_comes_to_its_end() {
        let seen = seen_on_this_machine("/nowhere");
        assert!(seen.contains("@stat\ncpu ") && seen.ends_with("@end\n"), "{seen}");
    }
}
