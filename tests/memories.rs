//! What is remembered, and prompts to use again, as people use them.

use base::{GuildId, UserId};
use store::memories::MOST;

use crate::world::World;

on_both_worlds! {
    what_is_remembered_is_shown_changed_and_forgotten_by_whom_it_belongs_to_and_by_nobody_else
    a_prompt_is_saved_used_and_shared_as_it_was
}

/// A token of the shape that is recognised wherever it stands.
const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

#[expect(clippy::too_many_lines, reason = "a story reads best whole")]
async fn what_is_remembered_is_shown_changed_and_forgotten_by_whom_it_belongs_to_and_by_nobody_else(mut world: World) {
    world.never_show(TOKEN);
    // It stands in a row of its own, and in no log.
    let (admin, member) = (world.admin().await, world.member().await);
    assert_shown!(member.ask("/memory list").await.until("Remembered").await.masked(), @r"
    **Remembered** nothing yet
    `/remember` keeps a fact, for you or for the guild. Jarvis is told all of it with each question.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    let noted = member.ask("/remember text:nas is the blue box in the cellar").await;
    assert!(noted.is_private());
    assert_shown!(noted.until("Remembered").await.masked(), @r"
    ✓ **Remembered** for you
    ```
    nas is the blue box in the cellar
    ```
    Undo
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    member.ask("/remember text:nas is the blue box in the cellar for:me").await.until("already").await;
    let refused = member.ask("/remember text:we deploy on Tuesdays for:guild").await;
    assert!(refused.is_private() && refused.text().contains("memory.note-guild"), "{}", refused.text());
    let secret = member.ask(&format!("/remember text:the token is {TOKEN}")).await;
    assert!(secret.is_private() && secret.text().contains("Nothing was remembered"), "{}", secret.text());

    let ours = admin.ask("/remember text:we deploy on Tuesdays for:guild").await;
    assert!(!ours.is_private());
    assert_shown!(ours.until("Remembered").await.masked(), @r"
    ✓ **Remembered** for this guild
    ```
    we deploy on Tuesdays
    ```
    Undo
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // As a model has it remembered, and in another guild.
    let store = world.store().await;
    let me = UserId(member.id().parse().unwrap());
    store.remember((world.guild(), Some(me)), "the member likes short answers", me, true).await.unwrap();
    store.remember((GuildId(1), Some(me)), "said elsewhere", me, false).await.unwrap();
    store.remember((GuildId(1), None), "said elsewhere, too", me, false).await.unwrap();
    let list = member.ask("/memory list").await;
    assert!(list.is_private());
    assert_shown!(list.until("2 for you").await.masked(), @r"
    **Remembered**
    2 for you · 1 for this guild
    you  `the member likes short answers`  by Jarvis itself
    Forget
    you  `nas is the blue box in the cellar`
    Forget
    guild  `we deploy on Tuesdays`
    Forget
    `/memory edit` changes one of them.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let others = admin.ask("/memory list").await;
    others.until("0 for you").await;
    assert!(others.text().contains("Tuesdays") && !others.text().contains("cellar"), "{}", others.text());
    assert_eq!(member.offered("/forget what:ce").await, ["nas is the blue box in the cellar"]);
    assert!(admin.offered("/forget what:ce").await.is_empty());
    let unknown = admin.ask("/memory show what:cellar").await;
    assert!(unknown.is_private() && unknown.text().contains("Nothing that is remembered"), "{}", unknown.text());

    let form = member.slash("/memory edit what:CELLAR").await.form();
    let changed = form.fill(&[("Text", "nas is the blue box upstairs")]).await;
    assert!(changed.is_private());
    assert_shown!(changed.until("Changed").await.masked(), @r"
    ✓ **Changed** what is remembered
    for you
    ```
    nas is the blue box upstairs
    ```
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let whole = member.ask("/memory show what:upstairs").await;
    assert_shown!(whole.until("Remembered").await.masked(), @r"
    **Remembered** for you
    by <@…> · <t:…:R>
    ```
    nas is the blue box upstairs
    ```
    Forget
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    whole.press(&member, "Forget").await;
    whole.until("Forgot").await;
    let gone = member.ask("/forget what:upstairs").await;
    assert!(gone.is_private() && gone.text().contains("Nothing that is remembered"), "{}", gone.text());
    // What was remembered for all of a guild is shown with a button, and who may not press it changes nothing.
    let denied = ours.seen_by(&member).await.try_press(&member, "Undo").await.unwrap().answer().await;
    assert!(denied.is_private() && denied.text().contains("You may not"), "{}", denied.text());
    ours.press(&admin, "Undo").await;
    assert_shown!(ours.until("Forgot").await.masked(), @r"
    ✓ **Forgot** what was remembered
    for this guild
    ```
    we deploy on Tuesdays
    ```
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    member.ask("/forget what:short answers").await.until("Forgot").await;

    for at in 0..MOST {
        store.remember((world.guild(), Some(me)), &format!("fact {at}"), me, false).await.unwrap();
    }
    let full = member.ask("/remember text:one more").await;
    assert!(full.is_private() && full.text().contains("keep no more"), "{}", full.text());
    let list = member.ask("/memory list for:me").await;
    list.until("192 more").await;
    list.press(&member, "Older").await;
    list.until("184 more").await;
    store.close().await;

    // What is somebody's own stands in no entry that others read.
    let entries = format!("{:?}", world.audit().await);
    assert!(
        entries.contains("memory.note") && !entries.contains("cellar") && !entries.contains("upstairs"),
        "{entries}"
    );
    admin.ask("/feature off feature:jarvis").await.until("Switched off").await;
    let off = list.try_press(&member, "Older").await.unwrap().answer().await;
    assert!(off.is_private() && off.text().contains("jarvis is off"), "{}", off.text());
    world.end().await;
}

async fn a_prompt_is_saved_used_and_shared_as_it_was(world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    assert_shown!(member.ask("/prompt list category:code").await.until("Prompts").await.masked(), @r"
    **Prompts** 1
    `review-command`  code · built in
    `Say what this line does, part by part, what it could destroy…`
    `/prompt use` fills one in.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let text = "Look at {server}, then at {what} on {server}. Show {\"a\": 1}.";
    let form = member.slash("/prompt save name:Triage category:ops tags:\"first look\"").await.form();
    let saved = form.fill(&[("What it says", text)]).await;
    assert!(saved.is_private());
    assert_shown!(saved.until("Saved").await.masked(), @r"
    ✓ **Saved** prompt `triage`
    ops · yours alone
    Asks for `server`, `what` when it is used.
    `/prompt use` uses it, `/prompt share` lets everybody here use it as it is now.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let form = member.slash("/prompt save name:diagnose category:ops").await.form();
    let refused = form.fill(&[("What it says", "mine")]).await;
    assert!(refused.text().contains("comes with me"), "{}", refused.text());

    let form = member.slash("/prompt use name:triage").await.form();
    let used = form.fill(&[("server", "web-1"), ("what", "the {server} log")]).await;
    assert!(used.is_private());
    assert_shown!(used.until("Prompt").await.masked(), @r#"
    **Prompt** `triage`
    yours
    ```
    Look at web-1, then at the {server} log on web-1. Show {"a": 1}.
    ```
    Ask Jarvis
    -# ref REFERENCE · by <@…> · <t:…:R>
    "#);
    let unknown = admin.ask("/prompt use name:triage").await;
    assert!(unknown.is_private() && unknown.text().contains("no prompt called"), "{}", unknown.text());
    assert!(admin.offered("/prompt use name:tri").await.is_empty());

    let refused = member.ask("/prompt share name:triage").await;
    assert!(refused.is_private() && refused.text().contains("prompt.share"), "{}", refused.text());
    admin.ask("/grant person person:@member allow:prompt.share on:*").await.until("Granted").await;
    let shared = member.ask("/prompt share name:triage").await;
    assert!(!shared.is_private());
    assert_shown!(shared.until("Shared").await.masked(), @r#"
    ✓ **Shared** prompt `triage`
    Everybody here may use it as it is. Changed, it is shared anew.
    ```
    Look at {server}, then at {what} on {server}. Show {"a": 1}.
    ```
    Take back
    -# ref REFERENCE · by <@…> · <t:…:R>
    "#);
    assert_shown!(admin.ask("/prompt search words:first").await.until("Prompts").await.masked(), @r#"
    **Prompts** 2 with `first`
    `triage`  ops · shared by <@…>
    `Look at {server}, then at {what} on {server}. Show {"a": 1}.`
    `handover`  ops · built in
    `Hand over to the next shift: what happened in the last {hour…`
    -# ref REFERENCE · by <@…> · <t:…:R>
    "#);
    assert_eq!(admin.offered("/prompt use name:tri").await, ["triage"]);

    // Changed, it is its owner's alone: nobody shares what nobody looked at.
    let form = member.slash("/prompt save name:triage category:ops").await.form();
    form.fill(&[("What it says", "Delete everything.")]).await.until("Changed").await;
    assert!(admin.offered("/prompt use name:tri").await.is_empty());
    member.ask("/prompt share name:triage").await.until("Shared").await;
    let taken = admin.ask("/prompt remove name:triage").await;
    assert_shown!(taken.until("Took back").await.masked(), @r"
    ✓ **Took back** prompt `triage`
    It is its owner's alone again.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    member.ask("/prompt use name:triage").await.until("Delete everything").await;
    member.ask("/prompt remove name:triage").await.until("Removed").await;
    let gone = member.ask("/prompt remove name:triage").await;
    assert!(gone.is_private() && gone.text().contains("You have no prompt"), "{}", gone.text());
    let entries = format!("{:?}", world.audit().await);
    assert!(!entries.contains("Delete everything") && !entries.contains("Look at"), "{entries}");
    world.end().await;
}
