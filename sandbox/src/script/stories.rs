//! Whole conversations, played against a bot over real sockets.

use super::{Outcome, PlayError, PlayOptions, parse, play};
use crate::client::test_bot::Stage;

struct Played {
    outcome: Outcome,
    /// Without the ids and times in it.
    transcript: String,
}

async fn played(stage: &Stage, source: &str, json: bool) -> Result<Played, PlayError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key"), "0123456789").unwrap();
    let options = PlayOptions { page_url: stage.url(), json, base_dir: folder.path().into() };
    let mut out = Vec::new();
    let outcome = play(&parse(source).unwrap(), &options, &mut out).await?;
    Ok(Played { outcome, transcript: String::from_utf8(out).unwrap() })
}

#[tokio::test]
async fn a_fault_hits_until_it_is_healed() {
    let stage = Stage::set().await;
    let fails = "fault server_error status:502 route:\"POST /interactions/**\" times:9\nadmin: /key";
    let whole = format!("{fails}\nexpect 20s \"Private key\"");
    let Played { outcome, transcript } = played(&stage, &whole, false).await.unwrap();
    assert_eq!(outcome.failed_steps[0].line, 2, "{transcript}");
    assert!(transcript.contains("the application did not respond"), "{transcript}");
    assert_eq!(stage.sandbox.faults()[0].left, 8);
    let healed = played(&stage, "heal\nadmin: /key\nexpect \"Private key\"", false).await.unwrap();
    assert!(healed.outcome.held(), "{:?}\n{}", healed.outcome, healed.transcript);
}

#[tokio::test]
async fn a_conversation_is_played_and_printed() {
    let stage = Stage::set().await;
    let script = r#"
# from nothing to a result
admin: /server add name:box address:127.0.0.1:2201
expect "Added box"
admin: type /server run server:bo
expect "bow (up)"
admin: /key
expect "Private key"
admin: fill "Private key"=@key "Note"="a \"word\""
expect "kept 10 letters"
member: /server run server:box command:echo hi there
expect "Run `echo hi there`"
member: press "App"
expect 20s "exit 0"
member: choose "More"="Other"
expect "chosen"
member: in thread
expect "chosen"
member: say well "done"
refuse "0123456789"
admin: in #ops
"#;
    let Played { outcome, transcript } = played(&stage, script, false).await.unwrap();
    assert!(outcome.held(), "{outcome:?}\n{transcript}");
    let expected = r#"
admin: /server add name:box address:127.0.0.1:2201

  Nebula in #general, only admin sees this
    ┃ ✓ **Added** `box`
    ┃ [Test it]

admin: type /server run server:bo

  admin is offered
    box (up)
    bow (up)

admin: /key

  a dialog for admin: Add a key
    Private key: ____
    Note (optional): ____
    [Cancel] [Submit]

admin: fill "Private key"=@key "Note"="a \"word\""

  Nebula in #general, only admin sees this
    kept 10 letters

member: /server run server:box command:echo hi there

  Nebula in #general
    ┃ ! **Approve?** Run `echo hi there` on `box`
    ┃ [Approve] [Deny: disabled]

member: press "App"

  Nebula in #general, edited
    ┃ ✓ **Done**
    ┃ exit 0
    ┃ [More… ▾]

  Nebula in the thread "run 1"
    hello from the box

member: choose "More"="Other"

  Nebula in #general
    chosen "o"

member: in thread

member: say well "done"

admin: in #ops
"#;
    assert_eq!(transcript, expected);
}

#[tokio::test]
async fn the_first_failed_step_ends_the_conversation_and_says_what_was_there() {
    let stage = Stage::set().await;
    let script = "admin: /server add name:box address:1\nexpect 100ms \"Removed\"\nadmin: say never";
    let Played { outcome, transcript } = played(&stage, script, false).await.unwrap();
    assert!(!outcome.held());
    assert_eq!(outcome.failed_steps[0].line, 2);
    let end = transcript.split_once("FAILED").unwrap().1;
    assert_eq!(
        end,
        " line 2: expect 100ms \"Removed\"
  \"Removed\" did not come within 0.1 s: no answer contains it since line 1
  the newest answers were:

  Nebula in #general, only admin sees this
    ┃ ✓ **Added** `box`
    ┃ [Test it]
"
    );
}

#[tokio::test]
async fn an_old_answer_satisfies_no_new_expectation() {
    let stage = Stage::set().await;
    let script = "admin: /server add name:box address:1\nexpect \"Added\"\nmember: say thanks\nexpect 300ms \"Added\"";
    let Played { outcome, .. } = played(&stage, script, false).await.unwrap();
    assert_eq!(outcome.failed_steps[0].line, 4);
    assert!(outcome.failed_steps[0].reason.contains("the bot has said nothing since line 3"), "{outcome:?}");
}

#[tokio::test]
async fn steps_that_cannot_be_done_say_why() {
    let stage = Stage::set().await;
    for (script, reason) in [
        ("admin: /silent", "/silent: the application did not respond"),
        ("admin: /sever add", "did you mean \"/server\"?"),
        ("admin: /key\nadmin: fill \"Nota\"=\"x\"", "there is no field \"Nota\"; did you mean \"Note\"?"),
        ("admin: /server add name:b address:c\nrefuse \"Added b\"", "Nebula said \"Added b\" in #general"),
    ] {
        let Played { outcome, transcript } = played(&stage, script, false).await.unwrap();
        assert!(outcome.failed_steps[0].reason.contains(reason), "{script}: {outcome:?}\n{transcript}");
    }
}

#[tokio::test]
async fn roles_are_given_and_taken_by_who_may() {
    let stage = Stage::set().await;
    let script = "admin: give @member @Operators\nadmin: take @member @Operators\nadmin: give @guest @Operators";
    let Played { outcome, transcript } = played(&stage, script, false).await.unwrap();
    assert!(outcome.held(), "{outcome:?}\n{transcript}");
    assert_eq!(transcript.replace("\n\n", "\n").trim(), script);
    for (script, reason) in [
        ("member: give @member @Operators", "403"),
        ("admin: give @guest @Nebula", "403"),
        ("admin: give @gest @Operators", "there is no person \"gest\"; did you mean \"@guest\"?"),
        ("admin: give @guest @Operator", "there is no role \"Operator\"; did you mean \"@Operators\"?"),
    ] {
        let Played { outcome, .. } = played(&stage, script, false).await.unwrap();
        assert!(outcome.failed_steps[0].reason.contains(reason), "{script}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_broken_rule_fails_a_conversation_that_otherwise_held() {
    let stage = Stage::set().await;
    let Played { outcome, transcript } = played(&stage, "admin: /broken", false).await.unwrap();
    assert!(!outcome.held() && !outcome.violations.is_empty(), "{transcript}");
    assert!(transcript.contains("\nVIOLATION "), "{transcript}");
}

#[tokio::test]
async fn nothing_is_played_when_an_account_or_a_file_is_missing() {
    let stage = Stage::set().await;
    let script = "admin: say hello\nadmn: say hello\nadmin: fill \"a\"=@nowhere";
    let Err(PlayError::Script(error)) = played(&stage, script, false).await else { panic!("it was played") };
    let text = error.to_string();
    assert!(text.contains("line 2: there is no account \"admn\"; did you mean \"admin\"?"), "{text}");
    assert!(text.contains("line 3: cannot read nowhere"), "{text}");
    assert!(stage.sandbox.messages(&stage.sandbox.channel_id("general").unwrap()).is_empty());
}

#[tokio::test]
async fn programs_get_an_object_a_line() {
    let stage = Stage::set().await;
    let script =
        "admin: /server add name:box address:1\nexpect \"Added\"\nadmin: /key\nadmin: type /server run server:na";
    let Played { transcript, .. } = played(&stage, script, true).await.unwrap();
    let lines: Vec<serde_json::Value> = transcript.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["step", "message", "found", "step", "modal", "step", "choices"]);
    let message = &lines[1];
    assert_eq!(message["ephemeral"], true);
    assert_eq!(message["components"][0]["type"], 17);
    assert_eq!(lines[6]["choices"][0]["value"], "nas");
}
