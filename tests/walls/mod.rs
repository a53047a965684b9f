//! Guilds are walls, and so are grants: what one guild owns is nothing in another, and nothing to whoever holds no grant.
//!
//! **Invariant:** every command of these groups is a line in [`lines`], and every button that any of their cards has is pressed; a new
//! command without a line fails the story.

mod lines;

use std::collections::BTreeSet;

use sandbox::{ForgedPress, client::Message};
use serde_json::Value;

use self::lines::{GROUPS, Guest, LINES, Line, Names, UNFINISHED};
use crate::{
    people::{Person, Shown, mask},
    world::World,
};

/// Where the other guild's people are; the first guild has no such channel.
pub(crate) const ELSEWHERE: &str = "staff";
/// What nobody else may read.
const OURS: [&str; 8] =
    ["ours-", "Ours", "our-crew", "private-word", "box", "it is on fire", "127.0.0.1", "nebula-test"];

const BOOK: &str = "name: ours-book\nsteps:\n  - {name: Say, type: log, params: {message: private-word}}\n";
const OTHER_BOOK: &str = "name: ours-draft\nsteps:\n  - {name: Say, type: log, params: {message: private-word}}\n";
const MAP: &str =
    "services:\n  ours-service: {port: 9, host: box, commands: {start: echo private-word, stop: echo stop}}\n";

/// A guild with one of everything, and the cards that tell of it.
struct Ours {
    admin: Person,
    reference: String,
    cards: Vec<Shown>,
}

impl Ours {
    async fn set(world: &mut World) -> Self {
        let admin = world.admin().await;
        let store = world.store().await;
        let ops = world.sandbox.channel_id("ops").unwrap().parse().unwrap();
        store.set_ops_channel(world.guild(), Some(ops)).await.unwrap();
        store.close().await;
        let mut cards = Vec::new();
        let ran = admin.ask("/server run server:box command:echo private-word").await;
        ran.until("exit 0 after").await;
        let text = ran.text();
        let reference = text.split("ref ").nth(1).unwrap()[..6].to_owned();
        cards.push(ran);
        for (file, yaml) in [("book.yaml", BOOK), ("draft.yaml", OTHER_BOOK)] {
            let path = world.path(file);
            std::fs::write(&path, yaml).unwrap();
            let shown = admin.ask(&format!("/runbook import file:@{}", path.display())).await;
            if yaml == BOOK {
                shown.press(&admin, "Import").await;
                shown.until("Imported").await;
            }
            cards.push(shown);
        }
        for (file, yaml) in [("map.yml", MAP.to_owned()), ("next.yml", MAP.replace("port: 9", "port: 10"))] {
            let path = world.path(file);
            std::fs::write(&path, &yaml).unwrap();
            let plan = admin.ask(&format!(r#"/service import file:"@{}""#, path.display())).await;
            if yaml == MAP {
                plan.press(&admin, "Take this map").await;
                admin.sees("**Took**").await;
            }
            cards.push(plan);
        }
        for line in [
            "/service publish as:Ours service:ours-service",
            "/service page word:our-crew",
            "/alert set name:ours-rule what:disk warn:90",
            "/probe set name:ours-probe kind:tcp target:127.0.0.1:9",
            "/incident open title:\"it is on fire\" severity:critical",
            "/incident show incident:1",
            "/runbook show name:ours-book",
            "/service status",
            "/service status service:ours-service",
            "/alert rules",
            "/probe list",
            "/history search server:box",
        ] {
            cards.push(admin.ask(line).await);
        }
        let run = admin.ask("/runbook run name:ours-book").await;
        run.until("Completed").await;
        cards.push(run);
        cards.push(admin.ask(&format!("/history show reference:{reference}")).await);
        cards.push(admin.sees("nobody has it").await);
        Self { admin, reference, cards }
    }

    /// What a line names here, and what nothing is called anywhere.
    fn names(&self, names: Names) -> (&str, &'static str) {
        match names {
            Names::Nothing => ("", ""),
            Names::Incident => ("1", "977"),
            Names::Reference => (&self.reference, "222222"),
            Names::Book => ("ours-book", "no-such"),
            Names::Service => ("ours-service", "no-such"),
            Names::Server => ("box", "no-such"),
            Names::Rule => ("ours-rule", "no-such"),
            Names::Probe => ("ours-probe", "no-such"),
            Names::Version => ("1", "77"),
        }
    }

    /// All that can be listed of it.
    async fn listed(&self) -> Vec<String> {
        let mut listed = Vec::new();
        for line in [
            "/incident show incident:1",
            "/incident settings",
            "/history keep",
            "/runbook show name:ours-book",
            "/service map",
            "/service page",
            "/alert test rule:ours-rule",
            "/alert rules",
            "/probe list",
        ] {
            listed.push(self.admin.ask(line).await.masked());
        }
        listed
    }
}

/// The keys of all that can be pressed or chosen on a card.
pub(crate) fn keys(card: &Message) -> Vec<String> {
    fn below(value: &Value, keys: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                keys.extend(fields.get("custom_id").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|field| below(field, keys));
            }
            Value::Array(items) => items.iter().for_each(|item| below(item, keys)),
            _ => {}
        }
    }
    let mut keys = Vec::new();
    below(&card.raw["components"], &mut keys);
    keys
}

/// Presses a button of a message from somewhere else, as no client of Discord's can.
pub(crate) async fn press(world: &World, by: &Person, channel: &str, card: &Message, key: &str) -> Shown {
    let (channel, message) = (world.sandbox.channel_id(channel).unwrap(), card.raw.clone());
    let press = ForgedPress { by: by.id(), channel, message, custom_id: key.to_owned() };
    by.answer_to(&world.sandbox.forge_press(&press).expect("they are there")).await
}

/// Chooses every line of every menu of a card, as somebody who holds nothing; the answer is how many there were.
async fn choices_are_refused(card: &Shown, member: &Person) -> usize {
    let mut chosen = 0;
    for menu in card.message().selects() {
        for (line, _) in &menu.options {
            let answer = card.choose(member, &menu.placeholder, &[line.as_str()]).await.answer().await;
            let text = answer.text();
            assert!(answer.is_private() && text.contains("You may not"), "{} {line}: {text}", menu.placeholder);
            chosen += 1;
        }
    }
    chosen
}

/// What somebody is told, without the name they gave.
async fn told(by: &Person, line: &Line, name: &str) -> String {
    let shown = by.ask(&line.typed.replace("{}", name)).await;
    let text = mask(&shown.text());
    if name.is_empty() { text } else { text.replace(name, "NAME") }
}

fn is_nothing_of_ours(told: &str, line: &str) {
    for ours in OURS {
        assert!(!told.contains(ours), "{line} tells of {ours}:\n{told}");
    }
}

/// Whether they are offered every group.
async fn knows_all(person: &Person) -> bool {
    let index = person.client.commands().await.unwrap();
    let groups = index["application_commands"].as_array().cloned().unwrap_or_default();
    GROUPS.iter().all(|name| groups.iter().any(|group| group["name"] == *name))
}

/// Every command of the groups.
async fn subcommands(person: &Person) -> BTreeSet<String> {
    let index = person.client.commands().await.unwrap();
    let groups = index["application_commands"].as_array().unwrap();
    let of = |name: &str| groups.iter().find(|group| group["name"] == name).unwrap()["options"].as_array().unwrap();
    let typed = GROUPS.into_iter().flat_map(|group| {
        of(group).iter().map(move |sub| format!("/{group} {}", sub["name"].as_str().unwrap_or_default()))
    });
    typed.collect()
}

async fn what_a_guild_owns_is_nothing_to_another_and_to_whoever_holds_no_grant(mut world: World) {
    let _sshd = world.with_server("box").await;
    let ours = Ours::set(&mut world).await;
    let before = ours.listed().await;
    // An administrator of another guild may everything, there.
    let staff = world.sandbox.channel_id(ELSEWHERE).unwrap();
    world.sandbox.add_account_beside(&staff, "stranger", &["Owner"]).unwrap();
    let stranger = Person::looking_at(&world.sandbox.page_url(), "stranger", ELSEWHERE).await;
    let member = world.member().await;

    // Discord takes a guild's commands one list after the other.
    let has_all = async {
        while !knows_all(&stranger).await {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, has_all).await.expect("the other guild has its commands");

    let lined = |sub: &String| LINES.iter().any(|line| line.typed == sub || line.typed.starts_with(&format!("{sub} ")));
    let missing: Vec<String> = subcommands(&stranger).await.into_iter().filter(|sub| !lined(sub)).collect();
    assert_eq!(missing, Vec::<String>::new(), "each has a line");

    // Before either asked for anything: what they typed themselves is theirs.
    for line in UNFINISHED {
        for (person, whose) in [(&stranger, "another guild's"), (&member, "nobody's")] {
            let offered = person.offered(line).await.join(" ");
            for hidden in OURS {
                assert!(!offered.contains(hidden), "{whose} {line} is completed to {offered}");
            }
        }
    }
    for line in LINES {
        let (name, unknown) = ours.names(line.names);
        let elsewhere = told(&stranger, line, name).await;
        is_nothing_of_ours(&elsewhere, line.typed);
        assert!(!elsewhere.contains("You may not"), "they may, there: {}:\n{elsewhere}", line.typed);
        if !matches!(line.names, Names::Nothing) {
            assert_eq!(elsewhere, told(&stranger, line, unknown).await, "{} tells what is known elsewhere", line.typed);
        }
        let shown = member.ask(&line.typed.replace("{}", name)).await;
        match line.guest {
            Guest::Refused => {
                assert!(shown.is_private(), "everybody sees: {}", shown.text());
                assert!(shown.text().contains("You may not"), "{}:\n{}", line.typed, shown.text());
            }
            Guest::Own => {
                let nothing = mask(&shown.text()).replace(name, "");
                assert_eq!(
                    nothing,
                    mask(&member.ask(&line.typed.replace("{}", unknown)).await.text()).replace(unknown, "")
                );
                is_nothing_of_ours(&nothing, line.typed);
            }
        }
    }
    let (mut pressed, mut chosen) = (0, 0);
    for card in &ours.cards {
        // What only one person sees nobody else can choose from.
        if card.text().contains("it is on fire") && !card.is_private() {
            chosen += choices_are_refused(card, &member).await;
        }
        let card = card.message();
        for key in keys(&card) {
            let answer = press(&world, &stranger, ELSEWHERE, &card, &key).await;
            assert!(answer.is_private() && answer.text().contains("no longer in use"), "{}", answer.text());
            pressed += 1;
        }
        for button in card.buttons().into_iter().filter_map(|button| button.custom_id) {
            let answer = press(&world, &member, "ops", &card, &button).await;
            let text = answer.text();
            // What everybody may ask for and does not see is said where it was asked.
            let refused = answer.is_private() && text.contains("You may not");
            let nothing = ["You see no command", "nothing to export"].iter().any(|words| text.contains(words));
            assert!(refused || nothing, "{text}");
        }
    }
    assert!(pressed >= 20, "only {pressed} buttons and menus were there to press");
    assert!(chosen >= 4, "only {chosen} lines of an incident's menus were there to choose");
    assert_eq!(ours.listed().await, before, "nothing of ours is other than it was");
    world.end().await;
}

/// A guild beside the one they are all in.
pub(crate) fn two_guilds() -> sandbox::Options {
    sandbox::Options { guilds: 1, ..sandbox::Options::default() }
}

mod what_a_guild_owns {
    use super::{two_guilds, what_a_guild_owns_is_nothing_to_another_and_to_whoever_holds_no_grant as story};
    use crate::world::World;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn is_nothing_to_another_and_to_whoever_holds_no_grant_on_sqlite() {
        story(World::start_with(two_guilds()).await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn is_nothing_to_another_and_to_whoever_holds_no_grant_on_postgres() {
        story(World::on_postgres_with(two_guilds()).await).await;
    }
}
