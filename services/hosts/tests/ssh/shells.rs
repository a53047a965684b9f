//! A kept command line means what it means without being kept, whatever the login shell is.

use hosts::ssh::Ended;

use crate::world::{World, fresh_token};

/// Lines that every shell reads, each in its own way.
const LINES: [&str; 14] = [
    "echo hi; echo err 1>&2",
    r#"printf %s 'single "double" inside'"#,
    r#"printf %s "it's \$HOME quoted \\ \" ""#,
    "printf %s 'two  blanks'   three; echo  ",
    "printf '%s ' one\nprintf '%s' two\n",
    "\n\n echo after empty lines\n",
    "printf %s 'žluťoučký 🦀 \u{202e}kůň ā\u{81}'",
    "printf '%s;' -- '--' ';' '&' '|' '#x' '*' '~' \\\\ \\#",
    "  printf %s x  # remark with quote",
    "-leading-dash 2>/dev/null; echo on",
    "echo $HOME $USER | rev",
    "no-such-command-at-all 2>/dev/null; exit 7",
    "sh -c 'exit 4'",
    "cat; pwd; umask; ls -d /*",
];

async fn reads_lines_alike(shell: &str) {
    let mut world = World::start();
    if !shell.ends_with("bash") {
        world.target.user = world.sshd.another_user(shell, None);
    }
    // fish quotes in its complaints all that it was given, and before a line that is not kept that is our helper too.
    let complained = |line: &&str| !shell.ends_with("fish") || !line.contains("2>");
    for line in LINES.into_iter().filter(complained) {
        // Both streams in one, as they are kept.
        let plain = world.run(line).await;
        let mut expected: Vec<u8> = plain.stdout.iter().chain(&plain.stderr).copied().collect();
        let token = fresh_token();
        let said = world.start_kept(token, line).await;
        assert_eq!(said.exit.ended, plain.exit.ended, "{shell}: {line}");
        let mut kept = said.tape.bytes();
        if !plain.stdout.is_empty() && !plain.stderr.is_empty() {
            // Which of the two streams came first is known only where they are one.
            kept.sort_unstable();
            expected.sort_unstable();
        }
        assert_eq!(String::from_utf8_lossy(&kept), String::from_utf8_lossy(&expected), "{shell}: {line}");
        world.pool.forget("web", &world.target, &[token]).await.unwrap();
    }
}

#[tokio::test]
async fn bash_reads_lines_alike() {
    reads_lines_alike("/bin/bash").await;
}

#[tokio::test]
async fn every_other_login_shell_of_this_machine_reads_lines_alike() {
    for shell in ["/bin/dash", "/usr/bin/zsh", "/usr/bin/fish", "/usr/bin/tcsh"] {
        if std::path::Path::new(shell).exists() {
            println!("{shell}");
            reads_lines_alike(shell).await;
        }
    }
}

#[tokio::test]
async fn signals_and_surroundings_are_as_without_being_kept() {
    let world = World::start();
    for line in [
        // A pipe that nobody reads any more ends its writer.
        "yes | head -1; echo ${PIPESTATUS[@]}",
        "grep -E '^(SigIgn|SigBlk|SigCgt)' /proc/self/status",
        // No descriptor of ours is left open; 3 is that of `ls`.
        "ls /proc/self/fd",
        "env | grep -v -e ^SSH_ -e ^_= | sort",
        "echo $0 $SHLVL $# $-; ulimit -a; nice; pwd",
        "ps -o pgid=,sid= -p $$ | awk '{ print $1 == $2 }'",
    ] {
        let plain = world.run(line).await;
        let token = fresh_token();
        let said = world.start_kept(token, line).await;
        assert_eq!(said.text(), String::from_utf8_lossy(&plain.stdout), "{line}");
        assert_eq!(said.exit.ended, plain.exit.ended, "{line}");
        world.pool.forget("web", &world.target, &[token]).await.unwrap();
    }
}

#[tokio::test]
async fn the_longest_command_line_is_kept_too() {
    let world = World::start();
    let many_lines = format!(": {}\necho end", "\n".repeat(20_000));
    let longest = format!("printf %s '{}' | wc -c", "x".repeat(hosts::ssh::MAX_COMMAND - 20));
    for (line, expected) in [(many_lines, "end\n"), (longest, "119980\n")] {
        let token = fresh_token();
        let said = world.start_kept(token, &line).await;
        assert_eq!((said.text().as_str(), &said.exit.ended), (expected, &Ended::Exited(0)));
        println!("a line of {} bytes: {:?}", line.len(), said.exit.took);
        world.pool.forget("web", &world.target, &[token]).await.unwrap();
    }
}
