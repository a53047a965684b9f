//! What a command says, and that it says it to its own words.

use std::time::{Duration, Instant};

use hosts::ssh::{Chunk, Ended, Exec, SshError, Stream};
use tokio::sync::mpsc;

use crate::world::World;

#[tokio::test]
async fn the_exit_status_is_the_commands_own() {
    let world = World::start();
    assert_eq!(world.run("true").await.exit.ended, Ended::Exited(0));
    assert_eq!(world.run("exit 7").await.exit.ended, Ended::Exited(7));
    assert_eq!(world.run("no-such-command").await.exit.ended, Ended::Exited(127));
    assert_eq!(world.run("# only a remark").await.exit.ended, Ended::Exited(0));
    assert_eq!(world.run("if").await.exit.ended, Ended::Exited(2), "a syntax error, as bash has it");
}

#[tokio::test]
async fn a_death_by_signal_is_named() {
    let world = World::start();
    assert_eq!(world.run("kill -KILL $$").await.exit.ended, Ended::Signalled("KILL".into()));
    assert_eq!(world.run("kill -SEGV $$").await.exit.ended, Ended::Signalled("SEGV".into()));
}

#[tokio::test]
async fn both_streams_arrive_apart_and_input_is_empty() {
    let world = World::start();
    let said = world.run("echo out; echo err >&2; cat; echo end").await;
    assert_eq!(said.stdout, b"out\nend\n");
    assert_eq!(said.stderr, b"err\n");
    let process = said.exit.process.unwrap();
    assert!(process.pid() > 1 && process.started().is_some());
}

#[tokio::test]
async fn bytes_that_are_no_text_pass_unchanged() {
    let world = World::start();
    let said = world.run(r"printf '\377\000\200\n\r\033x'").await;
    assert_eq!(said.stdout, b"\xff\0\x80\n\r\x1bx");
}

#[tokio::test]
async fn a_command_line_reaches_the_shell_exactly_as_it_was_typed() {
    let world = World::start();
    for (typed, printed) in [
        (r#"printf %s 'single "double" inside'"#, r#"single "double" inside"#),
        (r#"printf %s "it's \$HOME \"quoted\" \\""#, r#"it's $HOME "quoted" \"#),
        (r"printf %s 'a\b\\c\n'", r"a\b\\c\n"),
        (r"printf %s a\ b\'c", "a b'c"),
        ("printf %s 'one\ntwo\n\tthree'", "one\ntwo\n\tthree"),
        ("printf '%s ' one\nprintf '%s' two", "one two"),
        ("printf %s 'žluťoučký 🦀 \u{202e}kůň'", "žluťoučký 🦀 \u{202e}kůň"),
        ("printf %s $((1+2)) `echo x` $(echo y)", "3xy"),
        ("-leading-dash 2>/dev/null || printf %s none", "none"),
        ("printf '%s' -- '--' ';' '&' '|' '!' '#x'", "----;&|!#x"),
        ("cat <<'E'\n$a `b` \\c 'd'\nE", "$a `b` \\c 'd'\n"),
        ("  printf %s x  # remark ' with quote", "x"),
        ("printf %s \"$0\"", "bash"),
        ("{ printf a; printf b; } | rev", "ba"),
    ] {
        let said = world.run(typed).await;
        assert_eq!(String::from_utf8_lossy(&said.stdout), printed, "{typed}");
        assert_eq!(said.exit.ended, Ended::Exited(0), "{typed}");
    }
}

#[tokio::test]
async fn a_hundred_kilobytes_of_quotes_are_a_command() {
    let world = World::start();
    let quotes = r"'\''".repeat(25_000);
    let said = world.run(&format!("printf %s '{quotes}' | wc -c")).await;
    assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), "25000", "{}", String::from_utf8_lossy(&said.stderr));

    let longest = format!("printf %s '{}' | wc -c", "x".repeat(hosts::ssh::MAX_COMMAND - 20));
    let said = world.run(&longest).await;
    assert_eq!(said.exit.ended, Ended::Exited(0), "{}", String::from_utf8_lossy(&said.stderr));
    let error = world.try_run(&"x".repeat(hosts::ssh::MAX_COMMAND + 1)).await.err().unwrap();
    assert!(matches!(error, SshError::LongCommand { .. }));
}

#[tokio::test]
async fn what_a_startup_file_prints_is_not_taken_for_the_process() {
    let world = World::start();
    // The announcement is found wherever it comes, and only once.
    let said = world.run("echo nebula-process 99 99; printf nebula-process").await;
    assert_eq!(said.stdout, b"nebula-process 99 99\nnebula-process");
    assert_ne!(said.exit.process.unwrap().pid(), 99);
}

#[tokio::test]
async fn a_hundred_megabytes_pass_a_slow_reader_in_little_memory() {
    const SIZE: usize = 100_000_000;
    let world = World::start();
    world.run("true").await;
    let before = resident();
    let (sender, mut receiver) = mpsc::channel::<Chunk>(4);
    let (pool, target) = (world.pool.clone(), world.target.clone());
    let command = format!("head -c {SIZE} /dev/zero");
    let began = Instant::now();
    let run = tokio::spawn(async move { pool.exec("web", &target, &command, Exec::new(sender)).await });
    let (mut bytes, mut chunks, mut most) = (0, 0, 0);
    while let Some(chunk) = receiver.recv().await {
        assert_eq!(chunk.stream, Stream::Stdout);
        bytes += chunk.bytes.len();
        chunks += 1;
        if chunks % 64 == 0 {
            // Slower than the server can send, so that whatever can pile up does.
            tokio::time::sleep(Duration::from_millis(5)).await;
            most = most.max(resident());
        }
    }
    assert_eq!(run.await.unwrap().unwrap().ended, Ended::Exited(0));
    assert_eq!(bytes, SIZE);
    let grown = most.saturating_sub(before);
    println!("100 MB in {:?}: memory grew by {grown} kB", began.elapsed());
    // The other tests of this binary run at the same time and count too.
    assert!(grown < 40_000, "grew by {grown} kB");
}

#[tokio::test]
async fn a_sink_that_stands_still_holds_up_nobody_who_comes_later() {
    let world = World::start();
    let (sender, mut receiver) = mpsc::channel::<Chunk>(1);
    let (pool, target) = (world.pool.clone(), world.target.clone());
    let held =
        tokio::spawn(async move { pool.exec("web", &target, "head -c 50000000 /dev/zero", Exec::new(sender)).await });
    receiver.recv().await.unwrap();

    // One that shares the connection is held up with it, and can still be stopped.
    let exec = Exec { deadline: Some(Duration::from_secs(2)), ..Exec::new(|_, _: &[u8]| {}) };
    let exit = world.pool.exec("web", &world.target, "sleep 600", exec).await.unwrap();
    // Whether its process was known in time depends on whether it came before or behind the output nobody takes.
    assert!(matches!(exit.ended, Ended::TimedOut { .. }), "{exit:?}");
    assert!(exit.took < Duration::from_secs(5), "{exit:?}");

    let began = Instant::now();
    assert_eq!(world.run("echo hi").await.stdout, b"hi\n");
    println!("a command beside a sink that stands still: {:?}", began.elapsed());

    let mut rest = 0;
    while let Some(chunk) = receiver.recv().await {
        rest += chunk.bytes.len();
    }
    assert!(rest > 49_000_000);
    assert_eq!(held.await.unwrap().unwrap().ended, Ended::Exited(0));
    // As soon as it is known, it is killed after all.
    world.none_left("sleep 600").await;
}

/// This process's memory, in kB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
