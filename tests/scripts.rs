//! `nebula try --script`: a conversation from a file, and an exit status that tells how it went.

use std::{
    path::Path,
    process::{Command, Output},
};

use crate::tour::Stage;

const HELLO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/scripts/hello.txt");

fn play(script: &Path, options: &[&str]) -> Output {
    play_beside(script, options, &[])
}

/// The same, with this in its environment.
fn play_beside(script: &Path, options: &[&str], environment: &[(&str, String)]) -> Output {
    let mut nebula = Command::new(env!("CARGO_BIN_EXE_nebula"));
    // Its sandbox judges by what ours does.
    let openapi = std::env::vars_os().filter(|(name, _)| name == "DISCORD_OPENAPI");
    nebula
        .env_clear()
        .envs(openapi)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(std::env::temp_dir())
        .args(["try", "--script"])
        .arg(script)
        .args(options);
    nebula.output().unwrap()
}

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

/// What was said last, which says why it ended: the whole of a tour hides that.
fn last(output: &Output) -> String {
    const LINES: usize = 60;
    let said = said(output);
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

fn written(script: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("script.txt");
    std::fs::write(&path, script).unwrap();
    (home, path)
}

#[test]
fn the_scripts_of_the_readme_play() {
    let hello = play(Path::new(HELLO), &[]);
    assert!(hello.status.success(), "{}", last(&hello));

    let Some(stage) = Stage::set() else { return };
    let (home, path) = written(&stage.script());
    stage.lay(home.path());
    let beside = [("OLLAMA_URL", stage.ollama.url()), ("NEBULA_LANYARD_URL", stage.lanyard.url())];
    let tour = play_beside(&path, &[], &beside);
    assert!(tour.status.success(), "{}", last(&tour));
    assert!(!said(&tour).contains("PRIVATE KEY-----\n"), "{}", last(&tour));
    assert!(stage.sshd.processes("sleep 600.875").is_empty());
}

#[test]
fn json_is_one_object_a_line_with_components() {
    let played = play(Path::new(HELLO), &["--json"]);
    assert!(played.status.success(), "{}", said(&played));
    let lines: Vec<serde_json::Value> = String::from_utf8(played.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect();
    let refusal =
        lines.iter().find(|line| line["text"].as_str().is_some_and(|text| text.contains("You may not"))).unwrap();
    assert_eq!((&refusal["ephemeral"], &refusal["components"][0]["type"]), (&true.into(), &17.into()));
}

#[test]
fn a_script_that_does_not_hold_fails_and_says_where() {
    for (script, reason) in [
        ("admin: /server list\nexpect 1s \"somewhere over the rainbow\"\n", "line 2"),
        ("admin: /server list\nexpect \"none yet\"\nrefuse \"none yet\"\n", "line 3"),
        ("admin: press \"No such button\"\n", "line 1"),
        ("admin: /server nothing\n", "line 1"),
        ("# fine\nadmin: dance\n", "line 2"),
        ("nobody: /server list\n", "nobody"),
        ("expect \"never closed\n", "line 1"),
    ] {
        let (_home, path) = written(script);
        let played = play(&path, &[]);
        assert!(!played.status.success(), "{script}: {}", said(&played));
        assert!(said(&played).contains(reason), "{script}: {}", said(&played));
    }
    let missing = play(Path::new("/no/such/script.txt"), &[]);
    assert!(!missing.status.success() && said(&missing).contains("no such file"), "{}", said(&missing));
}
