//! `nebula redact`: a filter for logs people want to share.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

fn redact(text: &[u8], options: &[&str]) -> Output {
    let mut nebula = Command::new(env!("CARGO_BIN_EXE_nebula"));
    nebula.env_clear().current_dir(std::env::temp_dir()).arg("redact").args(options);
    let mut nebula = nebula.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = nebula.stdin.take().unwrap();
    let text = text.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&text));
    let output = nebula.wait_with_output().unwrap();
    // The filter may end before it has read all, which is its right.
    let _ = writer.join().unwrap();
    output
}

#[test]
fn a_log_is_shared_without_its_secrets() {
    let token = format!("ghp_{}", "a1B2c3D4e5".repeat(4));
    let log = format!("clone with {token}\nconnect postgres://me:hunter2-hunter2@db/x\né and the rest\n");
    let output = redact(log.as_bytes(), &[]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, "clone with ‹secret›\nconnect postgres://me:‹secret›@db/x\né and the rest\n");
}

#[test]
fn known_values_are_masked_too_and_short_ones_are_told() {
    let known = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(known.path(), "correct-horse-battery\nabc\n").unwrap();
    let output = redact(b"pw=correct-horse-battery abc", &["--known", known.path().to_str().unwrap()]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "pw=‹secret› abc");
    assert!(String::from_utf8(output.stderr).unwrap().contains("1 of the known values"));
}

#[test]
fn a_long_log_comes_out_whole() {
    let log = "2026-11-21T04:26:45Z INFO nothing to hide here\n".repeat(200_000);
    let output = redact(log.as_bytes(), &[]);
    assert_eq!(output.stdout.len(), log.len());
    assert!(output.stdout == log.as_bytes());
}
