//! A ticket of one guild is nothing in another: every command and every control of tickets, tried with what is known elsewhere.

use std::collections::BTreeSet;

use reqwest::Method;

use super::desk::{Desk, Opened, drawn, tickets};
use crate::{
    people::{Person, mask},
    walls::{ELSEWHERE, keys, press, two_guilds},
    world::World,
};

mod a_ticket_of_one_guild {
    use super::{a_ticket_of_one_guild_is_nothing_in_another as story, two_guilds};
    use crate::world::World;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn is_nothing_in_another_on_sqlite() {
        story(World::start_with(two_guilds()).await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn is_nothing_in_another_on_postgres() {
        story(World::on_postgres_with(two_guilds()).await).await;
    }
}

/// Every command of tickets: `NUMBER` a ticket, `CATEGORY` a category, `PANEL` a panel of the other guild.
const LINES: &[&str] = &[
    "/ticket open category:CATEGORY",
    "/ticket list",
    "/ticket list category:CATEGORY",
    "/ticket show ticket:NUMBER",
    "/ticket stats days:7",
    "/ticket search words:word",
    "/ticket transcript ticket:NUMBER",
    "/ticket forget member:@Nebula",
    "/ticket settings retention:90d",
    "/ticket stats category:CATEGORY",
    "/ticket reply text:theirs ticket:NUMBER",
    "/ticket draft what:summary ticket:NUMBER",
    "/ticket saved set name:theirs text:theirs",
    "/ticket saved remove name:theirs-not",
    "/ticket saved list",
    "/ticket claim ticket:NUMBER",
    "/ticket assign ticket:NUMBER",
    "/ticket priority priority:urgent ticket:NUMBER",
    "/ticket move category:CATEGORY ticket:NUMBER",
    "/ticket rename title:theirs ticket:NUMBER",
    "/ticket note text:theirs ticket:NUMBER",
    "/ticket people add person:@Nebula ticket:NUMBER",
    "/ticket people remove person:@Nebula ticket:NUMBER",
    "/ticket close ticket:NUMBER reason:theirs",
    "/ticket reopen ticket:NUMBER",
    "/ticket renew ticket:NUMBER",
    "/ticket link incident:1 ticket:NUMBER",
    "/ticket blocked add member:@Nebula reason:theirs",
    "/ticket blocked remove member:@Nebula",
    "/ticket panel create name:theirs title:theirs text:theirs",
    "/ticket panel edit panel:PANEL title:theirs",
    "/ticket panel send panel:PANEL",
    "/ticket panel remove panel:PANEL",
    "/ticket panel preview panel:PANEL",
    "/ticket panel import panel:PANEL staff:@Owner file:@FILE",
    "/ticket category add panel:PANEL name:theirs staff:@Owner",
    "/ticket category edit category:CATEGORY limit:9",
    "/ticket category role category:CATEGORY role:@Owner part:\"staff: its holders answer\" change:add",
    "/ticket category questions category:CATEGORY",
    "/ticket category remove category:CATEGORY",
    "/ticket category list",
];

/// Every command there is, as its words.
async fn commands(person: &Person) -> BTreeSet<String> {
    let index = person.client.commands().await.unwrap();
    let groups = index["application_commands"].as_array().unwrap();
    let ticket = groups.iter().find(|group| group["name"] == "ticket").unwrap();
    let mut all = BTreeSet::new();
    for one in ticket["options"].as_array().unwrap() {
        let name = one["name"].as_str().unwrap();
        let below = one["options"].as_array().into_iter().flatten().filter(|option| option["type"] == 1);
        let below: Vec<String> = below.map(|sub| format!("/ticket {name} {}", sub["name"].as_str().unwrap())).collect();
        if below.is_empty() {
            all.insert(format!("/ticket {name}"));
        }
        all.extend(below);
    }
    all
}

/// What they are told, without the names they gave.
async fn told(person: &Person, line: &str, names: [(&str, &str); 3]) -> String {
    let typed = names.iter().fold(line.to_owned(), |typed, (word, name)| typed.replace(word, name));
    let shown = person.ask(&typed).await;
    // What is done in their own guild is done there, and says so on its card.
    let done = [("/ticket forget", "Forgot"), ("/ticket settings", "as they are kept")];
    if let Some((_, says)) = done.into_iter().find(|(command, _)| typed.starts_with(command)) {
        shown.press(person, "Confirm").await;
        shown.until(says).await;
        return names.iter().fold(mask(&shown.text()), |text, (word, name)| text.replace(name, word));
    }
    if shown.buttons().iter().any(|label| label == "Confirm") {
        let refused = shown.try_press(person, "Confirm").await.unwrap().answer().await;
        return names.iter().fold(mask(&refused.text()), |text, (word, name)| text.replace(name, word));
    }
    names.iter().fold(mask(&shown.text()), |text, (word, name)| text.replace(name, word))
}

async fn a_ticket_of_one_guild_is_nothing_in_another(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let Opened { thread, card, .. } = desk.opens(&desk.member, "Billing").await;
    desk.helper.ask("/ticket rename title:our-word ticket:1").await.until("Renamed").await;
    card.until("our-word").await;
    drawn(&world, 1).await;
    let before = tickets(&world).await;
    let store = world.store().await;
    let category = store.ticket_categories(world.guild()).await.unwrap().remove(0).id;
    store.close().await;

    // An administrator of another guild may everything, there.
    let staff = world.sandbox.channel_id(ELSEWHERE).unwrap();
    world.sandbox.add_account_beside(&staff, "stranger", &["Owner"]).unwrap();
    let stranger = Person::looking_at(&world.sandbox.page_url(), "stranger", ELSEWHERE).await;
    let has_all = async {
        while !stranger.client.commands().await.unwrap().to_string().contains("\"ticket\"") {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, has_all).await.expect("the other guild has its commands");

    let is_lined = |command: &&String| LINES.iter().any(|line| line.starts_with(command.as_str()));
    let all = commands(&stranger).await;
    assert_eq!(all.iter().filter(|one| !is_lined(one)).collect::<Vec<_>>(), Vec::<&String>::new(), "each has a line");
    for line in ["/ticket show ticket:", "/ticket open category:", "/ticket panel preview panel:"] {
        assert_eq!(stranger.offered(line).await, Vec::<String>::new(), "{line}");
    }
    let file = world.path("categories.json");
    std::fs::write(&file, "[]").unwrap();
    for line in LINES {
        let line = &line.replace("FILE", &file.display().to_string());
        let ours = [("CATEGORY", category.as_str()), ("PANEL", "help"), ("NUMBER", "1")];
        let nobodys = [("CATEGORY", "no-such-category"), ("PANEL", "no-such"), ("NUMBER", "977")];
        let elsewhere = told(&stranger, line, ours).await;
        for hidden in ["our-word", "Billing", "Need help"] {
            assert!(!elsewhere.contains(hidden), "{line} tells of {hidden}:\n{elsewhere}");
        }
        if nobodys.iter().any(|(word, _)| line.contains(word)) {
            assert_eq!(elsewhere, told(&stranger, line, nobodys).await, "{line} tells what is known elsewhere");
            assert!(elsewhere.contains('✕'), "{line}:\n{elsewhere}");
        }
    }
    let more = card.seen_by(&desk.helper).await.try_press(&desk.helper, "More").await.unwrap().answer().await;
    let mut pressed = 0;
    for shown in [card.message(), more.message(), desk.panel(&desk.member).await.message()] {
        for key in keys(&shown) {
            let answer = press(&world, &stranger, ELSEWHERE, &shown, &key).await;
            assert!(answer.is_private() && answer.text().contains("no longer in use"), "{}", answer.text());
            pressed += 1;
        }
    }
    assert!(pressed >= 9, "only {pressed} controls were there");
    assert!(stranger.client.rest(Method::GET, &format!("/channels/{thread}"), None).await.is_err());
    assert_eq!(tickets(&world).await, before, "nothing of ours is other than it was");
    world.end().await;
}
