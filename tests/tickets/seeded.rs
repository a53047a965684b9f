//! A guild of which many tickets are open already.

use base::{Millis, UserId};
use reqwest::Method;
use serde_json::json;
use store::{
    events::{Kind, NewEvent},
    tickets::{LineKind, NewLine, NewTicket, Opened, Place},
};

use crate::{people::Person, world::World};

/// Tickets that were opened long ago, each in a thread of its own; what nobody waits for is written as it would stand.
pub(crate) async fn seed(world: &World, (admin, member): (&Person, &Person), channel: &str, count: usize) {
    let store = world.store().await;
    let category = store.ticket_categories(world.guild()).await.unwrap().remove(0);
    let redactor = base::Redactor::default();
    let threads = format!("/channels/{channel}/threads");
    for number in 0..count {
        let body = json!({ "name": format!("#old {number}"), "type": 12, "auto_archive_duration": 10_080 });
        let made = admin.client.rest(Method::POST, &threads, Some(&body)).await.unwrap();
        let thread: u64 = made["id"].as_str().unwrap().parse().unwrap();
        let opened = Millis(1_700_000_000_000 + i64::try_from(number).unwrap());
        let course = ::tickets::machine::begin(&category, format!("Old {number}"), opened);
        let key = format!("seed/{number}");
        let new = NewTicket {
            guild: world.guild(),
            key: &key,
            member: UserId(member.id().parse().unwrap()),
            answers: &[],
            about: None,
            course: &course,
            parent: channel.parse().unwrap(),
            place: Place::Thread,
            forum_post: None,
            incident: None,
            line: NewLine { kind: LineKind::Step, by: None, text: "opened it".to_owned() },
        };
        let event = |_| NewEvent::in_guild(Kind::TicketOpened, world.guild(), &redactor);
        let Opened::New(ticket) = store.open_ticket(new, |_| Ok(()), event).await.unwrap() else { unreachable!() };
        store.ticket_has_thread(&ticket, thread, &course.title).await.unwrap();
        store.ticket_is_shown(&ticket).await.unwrap();
    }
    store.close().await;
}
