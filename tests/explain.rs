//! `nebula policy explain`: what a policy says of command lines, for people and scripts.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use insta::assert_snapshot;

fn explain(file: &str, input: &[u8]) -> Output {
    let mut nebula = Command::new(env!("CARGO_BIN_EXE_nebula"));
    nebula.env_clear().current_dir(std::env::temp_dir()).args(["policy", "explain", file]);
    let mut nebula = nebula.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may have ended before it read everything.
    let _ = nebula.stdin.take().unwrap().write_all(input);
    nebula.wait_with_output().unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complained(output: &Output) -> String {
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_policy_says_of_each_line_what_it_is_and_why() {
    let lines = "df -h 2>/dev/null\n\nsystemctl restart nginx\necho $(cat /etc/passwd)\nsudo sh -c 'rm -rf /srv'\ndf > \"x y\"\n";
    let explained = explain("-", lines.as_bytes());
    assert!(explained.status.success(), "{explained:?}");
    assert_snapshot!(printed(&explained), @r#"
    {"line":"df -h 2>/dev/null","class":"observe","why":"It only looks: everything in it is on the list of harmless commands."}
    {"line":"systemctl restart nginx","class":"change","why":"`systemctl restart` is not on the list of harmless commands."}
    {"line":"echo $(cat /etc/passwd)","class":"change","why":"It puts the output of one command into another."}
    {"line":"sudo sh -c 'rm -rf /srv'","class":"destroy","why":"`rm -rf /srv` can destroy: what it removes or switches off may not come back."}
    {"line":"df > \"x y\"","class":"change","why":"It writes to `\"x y\"`."}
    "#);

    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("lines.txt");
    std::fs::write(&path, lines).unwrap();
    assert_eq!(printed(&explain(path.to_str().unwrap(), b"")), printed(&explained));
}

#[test]
fn what_cannot_be_explained_is_said_in_a_line() {
    assert_snapshot!(complained(&explain("/no/such/file", b"")), @"nebula: could not read /no/such/file: No such file or directory (os error 2)");
    assert_snapshot!(complained(&explain("-", b"df\nuptime\n\xff\n")), @"nebula: could not read standard input: line 3 is no UTF-8");
    assert_snapshot!(complained(&explain("-", &vec![b'a'; 2 << 20])), @"nebula: could not read standard input: it is larger than 1024 KiB");
    let nothing = explain("-", b"");
    assert!(nothing.status.success() && nothing.stdout.is_empty(), "{nothing:?}");
}
