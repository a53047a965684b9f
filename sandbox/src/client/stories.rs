//! People at their clients, with a bot, over real sockets.

use std::time::Duration;

use super::{Client, Error, test_bot::Stage};

const SOON: Duration = Duration::from_secs(10);

async fn admin(stage: &Stage) -> Client {
    Client::connect_as(&stage.url(), "admin").await.unwrap()
}

#[tokio::test]
async fn a_command_is_answered_only_to_the_person_who_asked() {
    let stage = Stage::set().await;
    let (admin, member) = (admin(&stage).await, Client::connect_as(&stage.url(), "member").await.unwrap());

    let asked = admin.slash("/server add name:box address:127.0.0.1:22").await.unwrap();
    let answer = admin.answer(&asked, SOON).await.unwrap();
    assert_eq!(answer.text(), "✓ **Added** `box`\nTest it");
    assert!(answer.is_ephemeral() && answer.is_by_a_bot());

    let said = member.say(&member.here(), "hello").await.unwrap();
    assert_eq!((said.author(), said.text().as_str()), ("member", "hello"));
    assert!(member.look(|state| state.message(answer.id()).is_none()), "an ephemeral answer reached somebody else");
    assert_eq!(stage.sandbox.violations(), []);
}

#[tokio::test]
async fn a_button_opens_a_thread_and_changes_the_message_it_is_on() {
    let stage = Stage::set().await;
    let (admin, member) = (admin(&stage).await, Client::connect_as(&stage.url(), "member").await.unwrap());

    let asked = admin.slash("/server run server:box command:echo hi there").await.unwrap();
    let approval = admin.answer(&asked, SOON).await.unwrap();
    assert_eq!(approval.text(), "! **Approve?** Run `echo hi there` on `box`\nApprove\nDeny");
    assert!(matches!(admin.press(&approval, "Deny").await, Err(Error::Disabled { label }) if label == "Deny"));
    let nothing = admin.press(&approval, "Aprove").await.unwrap_err().to_string();
    assert_eq!(nothing, "there is no button \"Aprove\"; did you mean \"Approve\"? (there are: \"Approve\", \"Deny\")");

    let seen = member.wait_for_message("the approval", SOON, |message| message.id() == approval.id()).await.unwrap();
    member.press(&seen, "App").await.unwrap();
    let done = |message: &super::Message| message.id() == approval.id() && message.text().contains("exit 0");
    let done = admin.wait_for_message("the end", SOON, done).await.unwrap();
    let thread = admin.wait_for("the thread", SOON, |state| state.thread_of(&done).cloned()).await.unwrap();
    assert_eq!(thread.name, "run 1");
    let log = admin.wait_for("the log", SOON, |state| state.newest(&thread.id).cloned()).await.unwrap();
    assert_eq!(log.text(), "hello from the box");

    let chosen = admin.choose(&done, "More", &["Billing"]).await.unwrap();
    assert_eq!(admin.answer(&chosen, SOON).await.unwrap().text(), "chosen \"b\"");
    assert_eq!(stage.sandbox.violations(), []);
}

#[tokio::test]
async fn a_dialog_is_filled_by_its_labels() {
    let stage = Stage::set().await;
    let admin = admin(&stage).await;

    let modal = admin.slash("/key").await.unwrap().modal.unwrap();
    assert_eq!(modal.text(), "Add a key\nPrivate key\nNote");
    let refused = admin.fill(&modal, &[("Note", "x")]).await.unwrap_err().to_string();
    assert_eq!(refused, "the field \"Private key\" cannot be ``: it must be filled in");
    let sent = admin.fill(&modal, &[("Private key", "abc\n")]).await.unwrap();
    assert_eq!(admin.answer(&sent, SOON).await.unwrap().text(), "kept 4 letters");
    assert!(admin.look(|state| state.modal().is_none()));
}

#[tokio::test]
async fn a_name_being_typed_is_completed_by_the_bot() {
    let stage = Stage::set().await;
    let admin = admin(&stage).await;
    let names = |choices: Vec<super::Choice>| choices.into_iter().map(|choice| choice.name).collect::<Vec<_>>();
    assert_eq!(names(admin.autocomplete("/server run server:bo").await.unwrap()), ["box (up)", "bow (up)"]);
    assert_eq!(names(admin.autocomplete("/server run server:").await.unwrap()).len(), 3);
}

#[tokio::test]
async fn a_file_goes_along_with_a_command() {
    let stage = Stage::set().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.txt"), "hi").unwrap();
    let admin = admin(&stage).await.with_files_from(folder.path());

    let asked = admin.slash("/upload file:@a.txt").await.unwrap();
    assert_eq!(admin.answer(&asked, SOON).await.unwrap().text(), "got a.txt");
    let missing = admin.slash("/upload file:@b.txt").await.unwrap_err();
    assert!(matches!(missing, Error::File { .. }), "{missing}");
}

#[tokio::test]
async fn what_goes_wrong_is_said() {
    let stage = Stage::set().await;
    let admin = admin(&stage).await;
    let error = admin.slash("/silent").await.unwrap_err().to_string();
    assert_eq!(error, "/silent: the application did not respond");

    let error = Client::connect_as(&stage.url(), "amin").await.unwrap_err().to_string();
    assert!(error.contains("did you mean \"admin\"?"), "{error}");
    let error = Client::connect(&stage.url(), "nonsense").await.unwrap_err().to_string();
    assert!(error.contains("4004"), "{error}");
    let error = admin.say("1", "hello").await.unwrap_err().to_string();
    assert!(error.starts_with("Discord refused POST /api/v10/channels/1/messages: 404"), "{error}");
    let error = admin.wait_for("rain", Duration::from_millis(20), |_| None::<()>).await.unwrap_err().to_string();
    assert_eq!(error, "waited 0.02 s for rain");

    stage.sandbox.stop().await;
    let error = admin.wait_for("rain", SOON, |_| None::<()>).await.unwrap_err();
    assert!(matches!(error, Error::Closed { .. }), "{error}");
}
