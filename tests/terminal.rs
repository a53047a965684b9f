//! Terminals in threads: typed into by message, button and form; killed and gone on with; shared, refused, masked, recorded.

use std::time::{Duration, Instant};

use base::{Clock, GuildId, Millis, UserId};
use sandbox::{Options, client};
use store::{
    Store,
    terminals::{Most, Terminal},
};

use crate::{
    people::{Person, Shown},
    world::{SOON, World},
};

on_both_worlds! {
    an_editor_goes_on_over_a_kill_of_the_bot
}

/// `MESSAGE_CONTENT`.
const CONTENT: u64 = 1 << 15;

/// The thread of a terminal, as somebody looks at it.
#[derive(Clone)]
struct Thread {
    person: Person,
    id: String,
}

impl Thread {
    /// The thread that a card says was opened.
    fn of(opened: &Shown, person: &Person) -> Self {
        let text = opened.text();
        let (_, rest) = text.split_once("<#").unwrap_or_else(|| panic!("no thread in {text}"));
        let id = rest.split_once('>').unwrap().0.to_owned();
        person.client.enter(&id);
        Self { person: person.clone(), id }
    }

    fn seen_by(&self, person: &Person) -> Self {
        person.client.enter(&self.id);
        Self { person: person.clone(), id: self.id.clone() }
    }

    async fn says(&self, text: &str) {
        self.person.client.say(&self.id, text).await.unwrap();
    }

    async fn sees(&self, text: &str) -> Shown {
        self.person.sees_in(&self.id, text).await
    }

    /// The screen, once it has this button.
    async fn screen_with(&self, label: &str) -> client::Message {
        let has = |state: &client::State| {
            state.messages(&self.id).rev().find(|message| message.button(label).is_ok()).cloned()
        };
        self.person.client.wait_for(format!("[{label}]"), SOON, has).await.unwrap()
    }

    async fn presses(&self, label: &str) -> client::Interaction {
        let screen = self.screen_with(label).await;
        self.person.client.press(&screen, label).await.unwrap_or_else(|error| panic!("[{label}]: {error}"))
    }

    /// Types into the form.
    async fn fills(&self, label: &str, text: &str) {
        let form = self.presses("Type…").await.modal.unwrap();
        self.person.client.fill(&form, &[(label, text)]).await.unwrap();
    }
}

async fn open(person: &Person) -> Thread {
    let opened = person.ask("/server terminal server:box").await;
    opened.until("Opened a terminal").await;
    Thread::of(&opened, person)
}

async fn an_editor_goes_on_over_a_kill_of_the_bot(mut world: World) {
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let opened = admin.ask("/server terminal server:box").await;
    opened.until("Opened a terminal").await;
    assert_shown!(opened.masked(), @r"
    ✓ **Opened a terminal** on `box`
    it is <#…>
    What <@…> writes there is typed on the server. It ends after 15 min without a key, and its recording is attached then.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let thread = Thread::of(&opened, &admin);
    thread.says("cd $(mktemp -d); vi -u NONE notes.txt").await;
    thread.sees("\"notes.txt\" [New").await;
    thread.says("ihello from a phone").await;
    thread.sees("hello from a phone").await;
    world.kill_bot();
    world.start_bot().await;
    world.until("it is found again", |world| world.log().contains("a terminal answers again")).await;
    thread.presses("Esc").await;
    thread.says(":wq").await;
    thread.sees(":wq").await;
    thread.presses("Enter").await;
    thread.screen_with("Ctrl-C").await;
    thread.says("PS1='> '; clear; cat notes.txt; echo $((40+2)) lines").await;
    let screen = thread.sees("42 lines").await;
    let shown = screen.masked().replace('\u{1b}', "␛");
    let (shown, below) = shown.split_once("More keys…").unwrap();
    assert_shown!(shown.trim_end(), @r"
    ◐ **Terminal** on `box`
    80×24 · <@…> types here
    Type…
    ```ansi
    hello from a phone
    42 lines
    > ␛[0;30;47m ␛[0m
    ```
    ");
    assert_shown!(below.split_once("the end of the line").unwrap().1.trim_start(), @r"
    -# A line is typed with Enter. It ends after 15 min without a key.
    End
    Ctrl-C
    Tab
    ↑
    Esc
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    thread.says("cd; rm -r $OLDPWD; exit 3").await;
    let last = thread.sees("Terminal ended").await;
    assert!(last.text().contains("exit 3"), "{}", last.text());
    let recording = String::from_utf8(last.file().await).unwrap();
    assert!(recording.starts_with('{') && recording.contains("hello from a phone"), "{recording}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_opened_it_and_whom_they_invite_type_and_only_while_they_may() {
    let mut world = World::start().await;
    let sshd = world.with_server("box").await;
    let (admin, other) = (world.admin().await, world.newcomer("mate", &[]).await);
    let thread = open(&admin).await;
    let theirs = thread.seen_by(&other);
    let intrude = format!("touch /tmp/intruded-{}", sshd.port());
    theirs.says(&intrude).await;
    admin.ask("/server invite person:@mate").await.until("Invited").await;
    // An invitation gives no right.
    theirs.says(&intrude).await;
    theirs.sees("Not typed: You may not use a terminal on `box`").await;
    admin.ask("/grant person person:@mate allow:server.terminal on:box").await;
    theirs.says("echo typed $((40+2)) times").await;
    theirs.sees("typed 42 times").await;
    admin.ask(r#"/grant revoke grant:"@mate server.terminal on box""#).await;
    theirs.says(&intrude).await;
    theirs.sees("Not typed: You may not use a terminal on `box`").await;
    thread.says(&format!("ls /tmp | grep -c intruded-{}; echo looked $((1+1)) times", sshd.port())).await;
    let screen = thread.sees("looked 2 times").await;
    assert!(screen.text().contains("\n0\n"), "{}", screen.text());
    thread.presses("End").await;
    let last = thread.sees("Terminal ended").await;
    let (head, small) = last
        .masked()
        .split_once("```")
        .map(|(head, rest)| (head.to_owned(), rest.rsplit_once("```").unwrap().1.to_owned()))
        .unwrap();
    insta::assert_snapshot!(head + small.trim_start(), @r"
    – **Terminal ended** on `box`
    ended by <@…> · opened <t:…:R>
    Typed: <@…> 1 time, <@…> 1 time
    box-REFERENCE.cast
    -# ref REFERENCE · by <@…> · <t:…:R>
    box-REFERENCE.cast
    ");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opening_one_asks_as_any_free_form_command_does_and_it_ends_when_the_right_is_taken() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let (admin, mate) = (world.admin().await, world.newcomer("mate", &[]).await);
    mate.ask("/server terminal server:box").await.until("You may not").await;
    admin.ask("/grant person person:@mate allow:server.terminal on:box").await;
    let question = mate.ask("/server terminal server:box").await;
    insta::assert_snapshot!(question.masked(), @r"
    ! **Approve?** Open a terminal of 80×24 on `box`, to type anything there
    asked by <@…> · changes something
    Details
    what is typed there may be anything
    Approve
    Deny
    -# another person who may do `server.terminal` on `box` · plan HASH · expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    let seen = question.seen_by(&admin).await;
    seen.press(&admin, "Approve").await;
    let opened = question.until("Opened a terminal").await;
    let thread = Thread::of(opened, &mate);
    thread.says("echo mine for $((3*4)) minutes").await;
    thread.sees("mine for 12 minutes").await;
    admin.ask(r#"/grant revoke grant:"@mate server.terminal on box""#).await;
    thread.says("echo mine for $((3*5)) minutes").await;
    let last = thread.sees("Terminal ended").await;
    assert!(
        last.text().contains("who opened it may no longer") && !last.text().contains("for 15 minutes"),
        "{}",
        last.text()
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_unseen_is_masked_on_the_screen_and_in_the_recording() {
    const PASSWORD: &str = "hunter2-but-longer";
    // Where Discord sends no text of messages, everything is typed into forms.
    let options = Options { disallowed_intents: CONTENT, ..Options::default() };
    let mut world = World::start_with(options).await;
    let _sshd = world.with_server("box").await;
    world.never_show(PASSWORD);
    let admin = world.admin().await;
    let thread = open(&admin).await;
    // What is typed before it reads is the shell's own, as in any terminal.
    thread.fills("A line", "echo rea''dy; read -r it; echo \"it is $it; \\c\" | tr a-z A-Z; echo \"it is $it\"").await;
    thread.sees("ready").await;
    thread.fills("A password", PASSWORD).await;
    thread.sees("it is ••••••••••••••••••").await;
    // The next process shows the same screen again, and knows what not to show.
    thread.fills("A line", "echo \"it was $it, once\"").await;
    thread.sees("it was ••••").await;
    world.kill_bot();
    world.start_bot().await;
    world.until("it is found again", |world| world.log().contains("a terminal answers again")).await;
    thread.fills("A line", "echo \"it is $it, still\"").await;
    thread.sees("it is ••••••••••••••••••, still").await;
    // Whatever a program does with its colours, and wherever the line breaks.
    thread.fills("A line", "clear; printf '%060d%s\\033[31m%s\\033[0m\\n' 0 hunter2- but-longer").await;
    thread.sees("0000••••").await;
    thread.fills("A line", "exit").await;
    let last = thread.sees("Terminal ended").await;
    world.saw("the recording", last.file().await);
    // It is kept for as long as the terminal is, and no longer.
    let store = world.store().await;
    while !store.open_terminals().await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let left = store.terminal_secrets(world.guild(), terminal_of(&world).await).await.unwrap();
    assert_eq!(left, Vec::<String>::new());
    store.close().await;
    world.end().await;
}

/// Whether this runs on this machine: a terminal has an environment of its own, and the server's own look does not find it.
fn runs(line: &str) -> bool {
    std::process::Command::new("pgrep").args(["-xf", line]).output().unwrap().status.success()
}

/// The audit entry that opened a terminal.
async fn terminal_of(world: &World) -> uuid::Uuid {
    let rows = world.audit().await;
    let opened = rows.into_iter().find(|row| row.action == "server.terminal");
    opened.unwrap().id.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_that_nobody_types_in_ends_after_its_time_and_says_why() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let opened = admin.ask("/server terminal server:box minutes:1").await;
    opened.until("Opened a terminal").await;
    let thread = Thread::of(&opened, &admin);
    thread.says("sleep 600.1875").await;
    world.until("it runs there", |_| runs("sleep 600.1875")).await;
    // The last key was nearly a minute ago, as far as the row says.
    assert!(world.stop_bot().await);
    let ago = Millis(Clock::system().now().0 - 55_000);
    let store = world.store_at(Clock::manual(ago)).await;
    store.terminal_typed(world.guild(), terminal_of(&world).await).await.unwrap();
    store.close().await;
    world.start_bot().await;
    let last = thread.sees("Terminal ended").await;
    assert!(last.text().contains("nobody typed"), "{}", last.text());
    assert!(!runs("sleep 600.1875"), "what ran there ended with it");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shell_that_nobody_can_see_any_more_is_ended() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let thread = open(&admin).await;
    thread.says("while sleep 0.5625; do date; done").await;
    world.until("it runs there", |_| runs("sleep 0.5625")).await;
    // Its thread is taken away: no message of it can be placed.
    let path = format!("/channels/{}", thread.id);
    admin.client.rest(reqwest::Method::DELETE, &path, None).await.unwrap();
    let store = world.store().await;
    let ended = async {
        while !store.open_terminals().await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, ended).await.expect("nobody sees it: it is ended");
    store.close().await;
    assert!(!runs("sleep 0.5625"), "nothing of it is left");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_output_and_garbage_leave_a_terminal_that_answers_at_once() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let thread = open(&admin).await;
    thread.says("yes no end of this").await;
    thread.sees("no end of this\nno end of this").await;
    thread.presses("Ctrl-C").await;
    thread.says(r"head -c 100000 /dev/urandom; printf '\033c'; echo garbage of $((9*9)) kinds").await;
    thread.sees("garbage of 81 kinds").await;
    let mut waits = Vec::new();
    for round in 0..8 {
        let began = Instant::now();
        thread.says(&format!("clear; echo round $(({round}*7+700))")).await;
        thread.sees(&format!("round {}", round * 7 + 700)).await;
        waits.push(began.elapsed());
    }
    waits.sort_unstable();
    eprintln!("from a line to its screen: {waits:?}");
    // In the middle, and loosely: a busy machine tells stories side by side.
    assert!(waits[4] < Duration::from_secs(5), "{waits:?}");
    assert!(world.memory() < 300 << 20, "{}", world.memory());
    thread.says("exit").await;
    let last = thread.sees("Terminal ended").await;
    assert!(last.file().await.len() < 5 << 20);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_hear_what_they_ask_a_terminal_and_boxes_and_colours_are_a_picture() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let (admin, other) = (world.admin().await, world.newcomer("mate", &[]).await);
    let thread = open(&admin).await;
    let theirs = thread.seen_by(&other);

    // Where the cursor stands, and what it is: editors ask, and would show what comes late as keys.
    let ask = r#"clear; printf '\n\n  \033[6n'; IFS= read -rsd R at; echo "at ${at#*[}""#;
    thread.says(ask).await;
    thread.sees("at 3;3").await;
    thread.says(r#"printf '\033[c'; IFS= read -rsd c is; echo "is ${is#*\?}""#).await;
    thread.sees("is 1;2").await;

    // Pagers and what draws itself again and again.
    thread.says("clear; seq 1 500 | less; echo left $((40+4))").await;
    thread.sees("\n22\n23\n:").await;
    thread.presses("↓").await;
    thread.sees("\n24\n:").await;
    thread.says("q").await;
    // What is typed before a program has gone may go with it.
    thread.sees("left 44").await;
    thread.says("clear; top -d 0.3; echo left $((40+5))").await;
    thread.sees("load average").await;
    thread.says("q").await;
    thread.sees("left 45").await;

    assert!(thread.screen_with("Ctrl-C").await.button("Picture").is_err(), "words are text");
    thread.says(r"clear; printf '\033[32m┌──┐\n│█▒│\n└──┘\033[0m\n'").await;
    thread.presses("Picture").await;
    let picture = thread.sees("**Screen**").await;
    let png = picture.file().await;
    assert!(png.starts_with(b"\x89PNG") && png.len() < 200_000, "{}", png.len());

    // What was given is taken back; and who was invited may leave.
    admin.ask("/grant person person:@mate allow:server.terminal on:box").await.until("Granted").await;
    admin.client.enter(&thread.id);
    admin.ask("/server invite person:@mate").await.until("Invited").await;
    theirs.says("echo theirs for $((3*4)) minutes").await;
    theirs.sees("theirs for 12 minutes").await;
    admin.ask("/server uninvite person:@mate").await.until("Took back").await;
    theirs.says("echo theirs for $((3*5)) minutes").await;
    thread.says("clear; echo mine for $((3*6)) minutes").await;
    let screen = thread.sees("mine for 18 minutes").await;
    assert!(!screen.text().contains("theirs for 15"), "{}", screen.text());
    admin.ask("/server uninvite person:@mate").await.until("Nothing to take back").await;
    thread.presses("End").await;
    thread.sees("Terminal ended").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_are_open_at_once_and_a_lost_connection_loses_none_of_them() {
    let mut world = World::start().await;
    let sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let ops = admin.client.look(|state| state.find_channel("ops").map(|channel| channel.id.clone())).unwrap();
    let mut threads = Vec::new();
    for name in ["one", "two"] {
        admin.client.enter(&ops);
        let thread = open(&admin).await;
        thread.says(&format!("me={name}")).await;
        threads.push((name, thread));
    }
    sshd.cut_connections();
    for (name, thread) in &threads {
        // A line that meets the gap is refused, and said to be: it is written again, as people do.
        let both = async {
            loop {
                thread.says(&format!("clear; echo I am $me of $((1+1)); : {name}")).await;
                let said = format!("I am {name} of 2");
                if tokio::time::timeout(Duration::from_secs(3), thread.sees(&said)).await.is_ok() {
                    break;
                }
            }
        };
        tokio::time::timeout(SOON, both).await.expect("it is found again");
    }
    for (_, thread) in threads {
        admin.client.enter(&thread.id);
        thread.presses("End").await;
        thread.sees("Terminal ended").await;
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_can_keep_no_terminal_has_one_that_ends_with_its_connection() {
    let mut world = World::start().await;
    let machine = peers::Machine::start_without(&["script", "python3"]);
    let (key, admin) = (machine.private_key(), world.admin().await);
    world.never_show(&key);
    let line = format!("/server add name:box address:{}:{} user:admin", machine.address(), machine.port());
    let offer = admin.slash(&line).await.form().fill(&[("Private key", &key)]).await;
    offer.press(&admin, "Pin this key").await;
    offer.until("Added").await;
    let thread = open(&admin).await;
    thread.sees("ends with my connection").await;
    thread.says("stty size; echo here $((6*7)) times").await;
    let screen = thread.sees("here 42 times").await;
    assert!(screen.text().contains("24 80"), "{}", screen.text());
    thread.says("exit 3").await;
    assert!(thread.sees("Terminal ended").await.text().contains("exit 3"));

    let ops = admin.client.look(|state| state.find_channel("ops").map(|channel| channel.id.clone())).unwrap();
    admin.client.enter(&ops);
    let thread = open(&admin).await;
    thread.sees("ends with my connection").await;
    world.kill_bot();
    world.start_bot().await;
    let last = thread.sees("Terminal ended").await;
    assert!(last.text().contains("ended with its connection"), "{}", last.text());
    world.end().await;
}

/// The rows of terminals, on a database of each kind.
#[tokio::test]
async fn there_are_only_so_many_terminals_and_one_that_is_over_never_opens_again() {
    let home = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite://{}", home.path().join("nebula.db").display());
    for url in [sqlite, peers::postgres::database()] {
        let store = Store::open(&url, Clock::system()).await.unwrap();
        let terminal = |id: u128, guild: u64| Terminal {
            id: uuid::Uuid::from_u128(id),
            guild: GuildId(guild),
            reference: "ABCDEF".to_owned(),
            server: "a server".to_owned(),
            server_name: "box".to_owned(),
            token: "00".to_owned(),
            channel: 5,
            thread: None,
            message: None,
            by: UserId(6),
            invited: Vec::new(),
            columns: 80,
            rows: 24,
            idle: Duration::from_mins(15),
            opened: Millis(1),
            typed: Millis(1),
        };
        let most = Most { server: 2, guild: 3 };
        let (first, guild) = (terminal(1, 7), GuildId(7));
        for (id, opens) in [(1, true), (2, true), (3, false)] {
            assert_eq!(store.open_terminal(&terminal(id, 7), most).await.unwrap(), opens, "{id}");
        }
        assert!(store.open_terminal(&terminal(4, 8), most).await.unwrap(), "another guild has its own");
        assert!(store.place_terminal(guild, first.id, 9, Some(10)).await.unwrap());
        assert!(store.invite_to_terminal(guild, first.id, &[UserId(11), UserId(12)]).await.unwrap());
        let kept =
            Terminal { thread: Some(9), message: Some(10), invited: vec![UserId(11), UserId(12)], ..first.clone() };
        assert_eq!(store.terminal(guild, first.id).await.unwrap(), Some(kept));
        assert_eq!(store.terminal(GuildId(8), first.id).await.unwrap(), None, "guilds are walls");
        assert!(!store.close_terminal(GuildId(8), first.id, "by another guild").await.unwrap());
        assert!(store.close_terminal(guild, first.id, "exit 0").await.unwrap());
        assert!(!store.close_terminal(guild, first.id, "exit 0").await.unwrap());
        assert!(!store.place_terminal(guild, first.id, 9, None).await.unwrap());
        assert!(store.open_terminal(&terminal(3, 7), most).await.unwrap(), "there is room again");
        assert_eq!(store.open_terminals().await.unwrap().len(), 3);
        store.close().await;
    }
}
