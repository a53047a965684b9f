//! The workspace: agents, registries and playbooks made and used in Discord, and a folder beside the bot.

use base::{GuildId, UserId};
use store::registries::{GuildRegistry, RegistryEntry};

use crate::{people::Shown, world::World};

on_both_worlds! {
    an_agent_is_made_shown_and_removed_in_one_guild_only
    a_registry_is_filled_by_forms_and_of_two_who_change_an_entry_the_second_is_told
    a_playbook_is_gone_through_in_a_thread_over_a_kill_of_the_bot
}

/// A guild that is none of this story's.
const OTHERS: GuildId = GuildId(7);

async fn an_agent_is_made_shown_and_removed_in_one_guild_only(world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    let store = world.store().await;
    let theirs = ("theirs", "name: theirs\n", "A secret of theirs.");
    assert!(store.make_guild_agent(OTHERS, theirs, UserId(1), 50).await.unwrap());
    assert_shown!(admin.ask("/agent list").await.until("Agents").await.masked(), @r"
    **Agents** 5
    `coder`  `Writes and changes scripts, configuration and Compose files in small steps, and proves each with a run.` · built in
    `creative`  `Writes announcements, summaries and explanations in the crew's voice, and describes pictures so that they can be made.` · built in
    `devops`  `Finds the cause of trouble on servers and services, and mends it in the smallest step that can be taken back.` · built in
    `jarvis`  `Finds out how things stand, and has done what somebody asks for, or hands it to whoever knows more.` · built in
    `researcher`  `Reads what is there, compares it, and says what follows, with where each statement is from. Changes nothing.` · built in
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let refused = member.ask("/agent create name:disk-watch").await;
    assert!(refused.is_private() && refused.text().contains("You may not"), "{}", refused.text());

    let told = "You watch disks. HOME is {{env.HOME}}, and that is nothing to you.";
    let create = "/agent create name:\"Disk Watch\" parent:devops model:qwen3 rounds:5";
    let values = [
        ("Role", "Disks"),
        ("Description", "Says which disk is full next"),
        ("What it is told", told),
        ("Tools", "server.list, server.show\nfleet.show"),
        ("It is done when", "every server was looked at"),
    ];
    let wrong = [("What it is told", told), ("Tools", "rm -rf")];
    let wrong = admin.slash(create).await.form().fill(&wrong).await;
    assert_shown!(wrong.until("no pattern").await.masked(), @r"
    ✕ **That will not work**
    `rm` is no pattern of actions; one is `server.show`, or `server.*`. Nothing was made.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let made = admin.slash(create).await.form().fill(&values).await;
    assert_shown!(made.until("Made").await.masked(), @r"
    ✓ **Made** agent `disk-watch`
    It may call `server.list`, `server.show`, `fleet.show`, and never more than the person it works for may.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let again = admin.slash(create).await.form().fill(&values).await;
    again.until("There is an agent `disk-watch`").await;

    let shown = admin.ask("/agent show name:disk-watch").await;
    assert_shown!(shown.until("Agent").await.masked(), @r"
    **Agent** `disk-watch`
    `Disks` · made here · 5 rounds
    `Says which disk is full next`
    May call `server.list`, `server.show`, `fleet.show`
    Stands below `devops`
    Wants the model `qwen3`
    Is done when `every server was looked at`
    ```
    You watch disks. HOME is {{env.HOME}}, and that is nothing to you.
    ```
    prompt.md
    config.yaml
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let exported = shown.try_press(&admin, "config.yaml").await.unwrap().answer().await;
    assert_shown!(String::from_utf8(exported.file().await).unwrap(), @r#"
    name: "disk-watch"
    role: "Disks"
    description: "Says which disk is full next"
    parent: "devops"
    model: "qwen3"
    verify:
      - "every server was looked at"
    tools:
      - "server.list"
      - "server.show"
      - "fleet.show"
    rounds: 5
    "#);
    assert_shown!(admin.ask("/agent tree").await.until("Agents").await.masked(), @r"
    **Agents** 6
    ```
    jarvis
      coder
      creative
      devops
        disk-watch
      researcher
    ```
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(admin.offered("/agent show name:disk").await, ["disk-watch"]);
    assert!(member.offered("/agent show name:disk").await.is_empty());

    // What another guild made is nowhere here, and what this one made not there.
    admin.ask("/agent show name:theirs").await.until("No such agent").await;
    assert_eq!(store.guild_agents(OTHERS).await.unwrap().len(), 1);
    assert!(!store.remove_guild_agent(OTHERS, "disk-watch").await.unwrap());

    // One of a name that is built in takes its place here, until it is removed.
    let mine =
        admin.slash("/agent create name:jarvis").await.form().fill(&[("What it is told", "You are ours.")]).await;
    mine.until("in place of the one that is built in").await;
    admin.ask("/agent show name:jarvis").await.until("You are ours.").await;
    admin.ask("/agent remove name:jarvis").await.until("The one that is built in is there again").await;
    admin.ask("/agent remove name:jarvis").await.until("only what was made here can be removed").await;
    admin.ask("/agent remove name:disk-watch").await.until("Removed").await;
    assert!(!admin.ask("/agent list").await.until("Agents").await.text().contains("disk-watch"));
    store.close().await;
    world.end().await;
}

#[expect(clippy::too_many_lines, reason = "one registry's life reads best in a row")]
async fn a_registry_is_filled_by_forms_and_of_two_who_change_an_entry_the_second_is_told(world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    let ben = world.newcomer("ben", &[]).await;
    admin.ask("/grant person person:@ben allow:registry.* on:*").await.until("Granted").await;
    let store = world.store().await;
    let by = UserId(1);
    let fields = r#"[{"name":"name","type":"string"}]"#.to_owned();
    let theirs = GuildRegistry { name: "theirs".to_owned(), description: String::new(), fields, by };
    assert!(store.make_guild_registry(OTHERS, &theirs, 50).await.unwrap());
    assert_shown!(admin.ask("/registry list").await.until("Registries").await.masked(), @r"
    **Registries** none yet
    One holds things of one kind, such as domains and when they end. `/registry create name:domains` makes one.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    let form = admin.slash("/registry create name:domains").await.form();
    let wrong = form.fill(&[("Fields", "domain\nuntil: someday")]).await;
    assert_shown!(wrong.until("no type").await.masked(), @r"
    ✕ **That will not work**
    `until: someday`: `someday` is no type; there is string, number, date, boolean, url. A field is written as `until: date`. Nothing was made.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let form = admin.slash("/registry create name:domains").await.form();
    let fields = "domain\nuntil: date\nprice: number\nrenews: boolean\npanel: url\nnote\nowner";
    let made = form.fill(&[("Description", "What we own"), ("Fields", fields)]).await;
    assert_shown!(made.until("Made").await.masked(), @r"
    ✓ **Made** registry `domains`
    Fields: `domain` string, `until` date, `price` number, `renews` boolean, `panel` url, `note` string, `owner` string
    `/registry add registry:domains entry:…` makes an entry.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    let refused = member.ask("/registry add registry:domains entry:shop.example").await;
    assert!(refused.is_private() && refused.text().contains("You may not"), "{}", refused.text());
    let add = "/registry add registry:domains entry:shop.example";
    let wrong =
        admin.slash(add).await.form().fill(&[("until", "31.1.2027"), ("price", "twelve"), ("note", "ours")]).await;
    assert_shown!(wrong.until("Not saved").await.masked(), @r"
    ✕ **Not saved** `shop.example` in registry `domains`
    `price`: `twelve` is not a number, such as 12 or 0.5.
    `until`: `31.1.2027` is not a date, such as 2026-11-21.
    Nothing was changed. This is what was typed:
    ```
    note: ours
    price: twelve
    until: 31.1.2027
    ```
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let filled = [("until", "2027-01-31"), ("price", "12.50"), ("renews", "Yes"), ("panel", "https://panel.example")];
    let added = admin.slash(add).await.form().fill(&filled).await;
    assert_shown!(added.until("Added").await.masked(), @r"
    ✓ **Added** `shop.example` in registry `domains`
    `until`  `2027-01-31`
    `price`  `12.50`
    `renews`  `yes`
    `panel`  `https://panel.example`
    `note`  –
    `owner`  –
    It has more fields than a form: `/registry edit registry:domains entry:… part:2` asks for the next five.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask(add).await.until("There is one already").await;
    let second = admin.slash("/registry edit registry:domains entry:shop.example part:2").await.form();
    second.fill(&[("owner", "Ann")]).await.until("Changed").await;

    // Both look at the same, and both change it.
    let edit = "/registry edit registry:domains entry:SHOP.example";
    let (hers, his) = (admin.slash(edit).await.form(), ben.slash(edit).await.form());
    hers.fill(&[("price", "15")]).await.until("Changed").await;
    let overtaken = his.fill(&[("until", "2028-01-31"), ("price", "14")]).await;
    assert_shown!(overtaken.until("Not saved").await.masked(), @r"
    ✕ **Not saved** `shop.example` in registry `domains`
    It was changed by <@…> since you looked at it; `/registry edit` shows it as it is now.
    Nothing was changed. This is what was typed:
    ```
    panel: https://panel.example
    price: 14
    renews: yes
    until: 2028-01-31
    ```
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(admin.ask("/registry show registry:domains entry:shop.example").await.until("registry").await.masked(), @r"
    **`shop.example`** in registry `domains`
    `until`  `2027-01-31`
    `price`  `15`
    `renews`  `yes`
    `panel`  `https://panel.example`
    `note`  –
    `owner`  `Ann`
    -# changed by <@…> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(ben.ask("/registry show registry:domains").await.until("Registry").await.masked(), @r"
    **Registry** `domains`
    1 entry · made here
    `What we own`
    Fields: `domain` string, `until` date, `price` number, `renews` boolean, `panel` url, `note` string, `owner` string
    `shop.example`  `2027-01-31` · `15` · `yes`
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(ben.offered("/registry show registry:domains entry:shop").await, ["shop.example"]);

    // What is in another guild is in none of ours, whatever its name.
    let entry = RegistryEntry {
        registry: "domains".to_owned(),
        entry: "theirs.example".to_owned(),
        content: "{}".to_owned(),
        kept: true,
        version: 0,
        by,
        at: base::Millis(0),
    };
    assert!(store.set_registry_entry(OTHERS, &entry, 0, 10).await.unwrap());
    assert!(!ben.ask("/registry show registry:domains").await.until("entry").await.text().contains("theirs"));

    ben.ask("/registry remove registry:domains entry:shop.example").await.until("Took").await;
    let question = admin.ask("/registry remove registry:domains").await;
    assert_shown!(question.until("domains").await.masked(), @r"
    ! **Really?** Remove registry `domains` and all of its entries
    with 0 entries in it
    Confirm
    Leave it
    -# expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    question.press(&admin, "Confirm").await;
    question.until("Removed").await;
    assert_eq!(store.registry_entries(OTHERS).await.unwrap().len(), 1);
    store.close().await;
    world.end().await;
}

/// The one message of a playbook, in the thread that a card names.
async fn board(started: &Shown, person: &crate::people::Person) -> Shown {
    let text = started.text();
    let id = text.split_once("<#").and_then(|(_, rest)| rest.split_once('>')).unwrap().0.to_owned();
    person.client.enter(&id);
    person.sees_in(&id, "Going through").await
}

async fn a_playbook_is_gone_through_in_a_thread_over_a_kill_of_the_bot(mut world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    let ben = world.newcomer("ben", &[]).await;
    admin.ask("/grant person person:@ben allow:playbook.step on:incident").await.until("Granted").await;
    assert_shown!(admin.ask("/playbook show name:incident").await.until("Playbook").await.masked(), @r"
    **Playbook** `incident`
    7 steps · built in
    `Incident`
    `When something that people use does not work. One person leads, and says so.`
    1. `Say that it is known`
    2. `Find out how bad it is`
    3. `Look for what changed`
    4. `Make it work again`
    5. `See that it works`
    6. `Say that it is over`
    7. `Look back within two days`
    ```
    1. Open the incident or take it, so that nobody else begins from nothing. Write where people ask what is wrong: that it is known, and when they hear the next thing.

    2. Who cannot do what, since when, and whether it grows. Whether data is at risk: then stop what writes first.

    3. Deploys, updates, certificates, full disks, schedules: of the hour before it began.

    4. What brings people back soonest, and can be taken back: restart, roll back, switch over. The cause can wait; note what you see of it before it is gone.

    5. By the way it was noticed, from the outside. Wait as long as it took to break.

    6. From when to when, what did not work, whether anything was lost. Resolve the incident with its cause in a line.

    7. What happened, what helped, what was missing, and at most three things to do, each with a name and a day.
    ```
    -# `/playbook start name:incident` goes through it · ref REFERENCE · by <@…> · <t:…:R>
    ");
    let refused = member.ask("/playbook start name:incident").await;
    assert!(refused.is_private() && refused.text().contains("You may not"), "{}", refused.text());
    let started = admin.ask("/playbook start name:incident").await;
    assert_shown!(started.until("Started").await.masked(), @r"
    ✓ **Started** `Incident`
    7 steps
    It goes on in <#…>: each step has a button there.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let shown = board(&started, &admin).await;
    assert_shown!(shown.masked(), @r"
    ◐ **Going through** `Incident`
    0 of 7 settled
    1. `Say that it is known`
    Done
    ```
    Open the incident or take it, so that nobody else begins from nothing. Write where people ask what is wrong: that it is known, and when they hear the next thing.
    ```
    2. `Find out how bad it is`
    Done
    3. `Look for what changed`
    Done
    4. `Make it work again`
    Done
    5. `See that it works`
    Done
    6. `Say that it is over`
    7. `Look back within two days`
    Skip a step
    1. Say that it is known
    2. Find out how bad it is
    3. Look for what changed
    4. Make it work again
    5. See that it works
    6. Say that it is over
    7. Look back within two days
    -# begun by <@…> <t:…:R>
    ");

    // The wrong person presses, then two at once.
    board(&started, &member).await;
    let refused = shown.try_press(&member, "Done").await.unwrap().answer().await;
    assert!(refused.is_private() && refused.text().contains("You may not"), "{}", refused.text());
    board(&started, &ben).await;
    let now = shown.message();
    let (hers, his) = tokio::join!(admin.client.press(&now, "Done"), ben.client.press(&now, "Done"));
    shown.until("1 of 7 settled").await;
    if hers.is_ok() && his.is_ok() {
        // Discord took both: whoever was second is told, and nobody else.
        let (thread, late) = (now.channel_id(), "Step 1 was done by");
        let quiet = tokio::select! {
            quiet = admin.sees_in(thread, late) => quiet,
            quiet = ben.sees_in(thread, late) => quiet,
        };
        assert!(quiet.is_private(), "{}", quiet.text());
    }

    // Killed before it could draw what was pressed: the card is that of the playbook again, as far as people are.
    let store = world.store().await;
    let run = store.playbook_runs(world.guild(), 1).await.unwrap().remove(0).id;
    let aim = sandbox::Aim { route: "PATCH /webhooks/**".to_owned(), times: 100, ..sandbox::Aim::default() };
    world.sandbox.inject(sandbox::Fault::ServerError { status: 500, aim }).unwrap();
    shown.press(&ben, "Done").await;
    while store.settled_steps(world.guild(), &run).await.unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
    world.kill_bot();
    world.sandbox.heal();
    world.start_bot().await;
    shown.until("2 of 7 settled").await;
    store.close().await;
    shown.choose(&admin, "Skip a step", &["3. Look for what changed"]).await;
    assert_shown!(shown.until("3 of 7 settled").await.masked(), @r"
    ◐ **Going through** `Incident`
    3 of 7 settled · 1 skipped
    ✓ 1. `Say that it is known` · done by <@…> <t:…:R>
    ✓ 2. `Find out how bad it is` · done by <@…> <t:…:R>
    – 3. `Look for what changed` · skipped by <@…> <t:…:R>
    4. `Make it work again`
    Done
    ```
    What brings people back soonest, and can be taken back: restart, roll back, switch over. The cause can wait; note what you see of it before it is gone.
    ```
    5. `See that it works`
    Done
    6. `Say that it is over`
    Done
    7. `Look back within two days`
    Done
    Skip a step
    4. Make it work again
    5. See that it works
    6. Say that it is over
    7. Look back within two days
    -# begun by <@…> <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/playbook list").await.until("3 of 7").await;
    for settled in 4..=7 {
        shown.press(&ben, "Done").await;
        shown.until(if settled == 7 { "Went through" } else { ["4 of", "5 of", "6 of"][settled - 4] }).await;
    }
    assert_shown!(shown.masked(), @r"
    ✓ **Went through** `Incident`
    7 of 7 settled · 1 skipped · took TIME
    ✓ 1. `Say that it is known` · done by <@…> <t:…:R>
    ✓ 2. `Find out how bad it is` · done by <@…> <t:…:R>
    – 3. `Look for what changed` · skipped by <@…> <t:…:R>
    ✓ 4. `Make it work again` · done by <@…> <t:…:R>
    ✓ 5. `See that it works` · done by <@…> <t:…:R>
    ✓ 6. `Say that it is over` · done by <@…> <t:…:R>
    ✓ 7. `Look back within two days` · done by <@…> <t:…:R>
    -# begun by <@…> <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert!(shown.buttons().is_empty(), "nothing is left to press");
    // One was settled by a process that died before it could say so.
    let settled = ["done", "interrupted"].map(|end| format!("playbook.step incident: {end}"));
    let settled = world.audited().await.into_iter().filter(|row| settled.iter().any(|end| row.ends_with(end))).count();
    assert_eq!(settled, 7, "each step once, whoever pressed at the same time");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_there_only_for_guilds_that_were_named_and_what_changes_in_it_is_picked_up() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let folder = world.path("crew");
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("framework/skills/greet.md", "# Greet\nSays hello.\n\nSay hello.\n");
    write("workspace/agents/ops/config.yaml", "name: devops\nparent: jarvis\n");
    write("workspace/agents/ops/prompt.md", "You look after our own machines.\n");
    write(
        "workspace/registries/domains.yaml",
        "fields:\n  - {name: domain}\n  - {name: until, type: date}\nentries:\n  - {domain: shop.example, until: 2027-01-31}\n",
    );
    write("workspace/playbooks/bad.md", "no heading\n");
    assert!(world.stop_bot().await);
    world.set_environment("NEBULA_WORKSPACE", folder.to_str().unwrap());
    world.set_environment("NEBULA_WORKSPACE_GUILDS", "7");
    world.start_bot().await;
    assert!(!admin.ask("/skill list").await.until("Skills").await.text().contains("greet"), "it is another guild's");
    assert!(world.stop_bot().await);
    let guild = world.guild().to_string();
    world.set_environment("NEBULA_WORKSPACE_GUILDS", &guild);
    world.start_bot().await;
    admin.ask("/skill list").await.until("`greet`  `Says hello.` · framework").await;
    admin.ask("/agent show name:devops").await.until("workspace, in place of built in").await;
    assert_shown!(admin.ask("/playbook list").await.until("Playbooks").await.masked(), @r"
    **Playbooks** 4
    1 cannot be used as they are
    ✕ `bad` · workspace
    `incident`  `7 steps: Incident` · built in
    `new-server`  `8 steps: New server` · built in
    `restore-a-backup`  `9 steps: Restore a backup` · built in
    ! `workspace/playbooks/bad.md` line 1: there is no heading such as `# A new server`
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    // An entry of a file is changed here, and the file stays as it is.
    let form = admin.slash("/registry edit registry:domains entry:shop.example").await.form();
    form.fill(&[("until", "2028-01-31")]).await.until("2028-01-31").await;
    let kept = std::fs::read_to_string(folder.join("workspace/registries/domains.yaml")).unwrap();
    assert!(kept.contains("2027-01-31"));
    admin.ask("/registry show registry:domains").await.until("2028-01-31").await;

    let read_again = |world: &World| world.log().matches("was read again").count();
    write("workspace/skills/greet.md", "# Greet\nSays good evening.\n\nSay good evening.\n");
    write("workspace/agents/ops/config.yaml", "name: devops\nrounds: many\n");
    world.until("the change is seen", |world| read_again(world) > 0).await;
    world.until("all of it", |world| world.log().contains("is a whole number from 1 to 50")).await;
    admin.ask("/skill show name:greet").await.until("Say good evening.").await;
    assert_shown!(admin.ask("/agent show name:devops").await.until("devops").await.masked(), @r"
    ✕ **Agent** `devops` cannot be used as it is
    workspace
    `workspace/agents/ops/config.yaml` line 2: `rounds` is a whole number from 1 to 50, and `many` is none
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/agent list").await.until("`jarvis`").await;
    world.end().await;
}
