//! Service maps and pages are kept, on SQLite and on PostgreSQL alike.

use std::{collections::BTreeMap, time::Duration};

use base::{GuildId, UserId};
use store::{
    Store,
    service_days::{DAY, Day},
    service_maps::{NewServiceMap, Taken},
    status_pages::{Incidents, PageLine, StatusPage, Subject},
};

use crate::fresh::Fresh;

const CREW: GuildId = GuildId(1);
const OTHERS: GuildId = GuildId(2);

on_both! {
    one_map_stands_and_a_plan_against_another_counts_for_nothing
    a_map_of_one_guild_is_nothing_in_another
    a_page_is_found_by_its_word_alone_and_shows_what_was_put_there
    looks_are_counted_by_day_and_old_ones_go
}

async fn plan(store: &Store, guild: GuildId, name: &str) -> String {
    let values = BTreeMap::from([("A".to_owned(), "b".to_owned())]);
    let new = NewServiceMap { guild, by: UserId(7), name, content: "services: {}", environment: None, values: &values };
    store.plan_service_map(&new).await.unwrap()
}

async fn one_map_stands_and_a_plan_against_another_counts_for_nothing(Fresh { store, clock, .. }: Fresh) {
    let (one, other) = (plan(&store, CREW, "one").await, plan(&store, CREW, "other").await);
    let both = tokio::join!(store.take_service_map(CREW, &one), store.take_service_map(CREW, &one));
    let stood = [&both.0, &both.1].into_iter().filter(|taken| matches!(taken, Ok(Taken::Stands(_)))).count();
    assert_eq!(stood, 1, "{both:?}");
    assert_eq!(store.take_service_map(CREW, &other).await.unwrap(), Taken::Overtaken);
    let stands = store.service_map(CREW).await.unwrap().unwrap();
    assert_eq!((stands.name.as_str(), stands.version, stands.values["A"].as_str()), ("one", Some(1), "b"));

    for (version, name) in [(2, "two"), (3, "three")] {
        clock.advance(Duration::from_secs(1));
        let next = plan(&store, CREW, name).await;
        let Taken::Stands(taken) = store.take_service_map(CREW, &next).await.unwrap() else { panic!("{name}") };
        assert_eq!(taken.version, Some(version));
    }
    assert_eq!(store.take_service_map(CREW, &one).await.unwrap(), Taken::Gone, "a plan is taken once");
    assert!(store.forget_service_map(CREW).await.unwrap() && !store.forget_service_map(CREW).await.unwrap());
    assert!(store.service_map(CREW).await.unwrap().is_none());
    assert_eq!(store.service_map_version(CREW, 2).await.unwrap().unwrap().name, "two");
    for number in 0..8 {
        clock.advance(Duration::from_secs(1));
        plan(&store, CREW, &format!("plan {number}")).await;
    }
    assert_eq!(store.take_service_map(CREW, &other).await.unwrap(), Taken::Gone, "a few plans are kept");
}

async fn a_map_of_one_guild_is_nothing_in_another(Fresh { store, .. }: Fresh) {
    let id = plan(&store, CREW, "ours").await;
    assert_eq!(store.take_service_map(OTHERS, &id).await.unwrap(), Taken::Gone);
    store.take_service_map(CREW, &id).await.unwrap();
    assert!(store.service_map(OTHERS).await.unwrap().is_none());
    assert!(store.service_map_of(OTHERS, &id).await.unwrap().is_none());
    assert!(store.service_map_version(OTHERS, 1).await.unwrap().is_none());
    assert!(!store.forget_service_map(OTHERS).await.unwrap());
    assert!(store.service_map_id(CREW).await.unwrap().is_some());
}

async fn a_page_is_found_by_its_word_alone_and_shows_what_was_put_there(Fresh { store, .. }: Fresh) {
    let page = |guild, word: &str| StatusPage {
        guild,
        word: word.to_owned(),
        title: "Crew".to_owned(),
        incidents: Incidents::default(),
    };
    assert!(store.set_status_page(&page(CREW, "crew"), UserId(7)).await.unwrap());
    assert!(!store.set_status_page(&page(OTHERS, "crew"), UserId(8)).await.unwrap(), "another guild's word");
    assert!(store.set_status_page(&page(CREW, "our-crew"), UserId(7)).await.unwrap());
    assert!(store.status_page_at("crew").await.unwrap().is_none());
    assert_eq!(store.status_page_at("our-crew").await.unwrap().unwrap().guild, CREW);
    for incidents in [Incidents::Others, Incidents::None, Incidents::Published] {
        let told = StatusPage { incidents, ..page(CREW, "our-crew") };
        assert!(store.set_status_page(&told, UserId(7)).await.unwrap());
        assert_eq!(store.status_page(CREW).await.unwrap(), Some(told));
    }
    for (kind, subject, shown_as) in
        [(Subject::Service, "web", "Website"), (Subject::Server, "id", "Machine"), (Subject::Service, "web", "Shop")]
    {
        let line = PageLine { kind, subject: subject.to_owned(), shown_as: shown_as.to_owned() };
        store.put_on_status_page(CREW, &line).await.unwrap();
    }
    let shown: Vec<String> =
        store.status_page_lines(CREW).await.unwrap().into_iter().map(|line| line.shown_as).collect();
    assert_eq!(shown, ["Shop", "Machine"]);
    assert!(store.status_page_lines(OTHERS).await.unwrap().is_empty());
    assert_eq!(store.services_on_pages().await.unwrap(), [(CREW, "web".to_owned())]);
    assert!(!store.take_off_status_page(OTHERS, Subject::Service, "web").await.unwrap());
    assert!(store.take_off_status_page(CREW, Subject::Service, "web").await.unwrap());
    assert!(store.remove_status_page(CREW).await.unwrap());
    assert!(store.status_page_lines(CREW).await.unwrap().is_empty());
}

async fn looks_are_counted_by_day_and_old_ones_go(Fresh { store, clock, .. }: Fresh) {
    let today = clock.now().0 / DAY;
    for well in [true, true, false] {
        store.count_service_look(CREW, "web", well).await.unwrap();
    }
    assert_eq!(store.service_days(CREW, "web", today).await.unwrap(), [Day { day: today, well: 2, unwell: 1 }]);
    assert!(store.service_days(OTHERS, "web", 0).await.unwrap().is_empty());
    clock.advance(Duration::from_hours(24 * 101));
    store.trim_service_days().await.unwrap();
    assert!(store.service_days(CREW, "web", 0).await.unwrap().is_empty());
}
