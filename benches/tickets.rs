//! What tickets cost where there are very many: those that go on, and those that are over, listed and counted.

use std::time::{Duration, Instant};

use ::tickets::machine::{self, Press};
use base::{Clock, GuildId, Millis, Redactor, RoleId, UserId};
use store::{
    Store,
    events::{Kind, NewEvent},
    tickets::{
        CategoryChange, LineKind, NewCategory, NewLine, NewPanel, NewTicket, Opened, Outcome, Place, State, Style,
        Wanted,
    },
};

/// Tickets in one guild, and how many of them go on.
const ALL: u64 = 100_000;
const OPEN: u64 = 1_000;
/// Who opens them at once: more would wait for each other's turn at the guild.
const FILLING: u64 = 4;
/// As many as `/ticket list` and `/ticket stats` read.
const LISTED: i64 = 200;
const COUNTED: i64 = 20_000;
/// As many as `/ticket search` shows.
const FOUND: i64 = 25;
const TIMES: usize = 51;
/// PostgreSQL tidies itself about as often.
const TIDIED: Duration = Duration::from_secs(8);
const GUILD: GuildId = GuildId(1_200_000_000_000_000_001);

pub(crate) async fn print() {
    println!("\n| {ALL} tickets, p50 and most | SQLite | PostgreSQL |\n|---|---|---|");
    let home = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite://{}", home.path().join("nebula.db").display());
    let sqlite = Store::open(&sqlite, Clock::system()).await.unwrap();
    let database = peers::postgres::database();
    let postgres = Store::open(&database, Clock::system()).await.unwrap();
    let tidied = tokio::spawn(tidy(database));
    tokio::join!(fill(&sqlite), fill(&postgres));
    tidied.abort();
    let open = Wanted::default();
    let over = Wanted { state: Some(State::Closed), ..Wanted::default() };
    let of_member = Wanted { member: Some(UserId(7)), ..over.clone() };
    for (what, wanted) in [("those that go on", &open), ("those that are over", &over), ("one member's", &of_member)] {
        let [sqlite, postgres] = [list(&sqlite, wanted).await, list(&postgres, wanted).await];
        println!("| {what}, listed and counted | {sqlite} | {postgres} |");
    }
    for (what, typed) in
        [("a word of all of them and one of one", "broken 77777th"), ("a word that begins several", "7777")]
    {
        let [sqlite, postgres] = [find(&sqlite, typed).await, find(&postgres, typed).await];
        println!("| {what}, searched for | {sqlite} | {postgres} |");
    }
    let [sqlite, postgres] = [count(&sqlite).await, count(&postgres).await];
    println!("| the newest {COUNTED}, for numbers | {sqlite} | {postgres} |");
}

/// Tidies a database for as long as it is filled.
async fn tidy(database: String) {
    loop {
        tokio::time::sleep(TIDIED).await;
        let database = database.clone();
        tokio::task::spawn_blocking(move || peers::postgres::tidy(&database)).await.unwrap();
    }
}

async fn fill(store: &Store) {
    let panel = NewPanel { name: "help", title: "Help", text: "Ask", colour: None, style: Style::Buttons };
    store.add_ticket_panel(GUILD, panel, 20).await.unwrap();
    let panel = store.ticket_panel(GUILD, "help").await.unwrap().unwrap();
    let rest = CategoryChange::default();
    let new = NewCategory { panel: &panel.id, name: "Billing", staff: RoleId(3), rest: &rest };
    store.add_ticket_category(GUILD, new, 25).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for filler in 0..FILLING {
        let store = store.clone();
        tasks.spawn(async move {
            for number in (filler..ALL).step_by(usize::try_from(FILLING).unwrap()) {
                open(&store, number).await;
            }
        });
    }
    tasks.join_all().await;
    while store.index_tickets().await.unwrap() {}
}

async fn open(store: &Store, number: u64) {
    let category = store.ticket_categories(GUILD).await.unwrap().remove(0);
    let now = Clock::system().now();
    let mut course = machine::begin(&category, format!("It is broken for the {number}th time"), now);
    let line = NewLine { kind: LineKind::Step, by: None, text: "opened it".to_owned() };
    let (key, member) = (number.to_string(), UserId(number % 5_000));
    let new = NewTicket {
        guild: GUILD,
        key: &key,
        member,
        answers: &[],
        about: None,
        course: &course,
        parent: 11,
        place: Place::Thread,
        forum_post: None,
        incident: None,
        line: line.clone(),
    };
    let event = |_| NewEvent::in_guild(Kind::TicketOpened, GUILD, &Redactor::default());
    let Opened::New(ticket) = store.open_ticket(new, |_| Ok(()), event).await.unwrap() else { panic!("it is new") };
    if number < OPEN {
        return;
    }
    let close = Press::Close { outcome: Outcome::Solved, reason: "done".to_owned(), ask: None };
    machine::press(&mut course, UserId(3), &close, now).unwrap();
    assert!(store.change_ticket(&ticket, &course, &[line], &[], Vec::new()).await.unwrap());
}

async fn list(store: &Store, wanted: &Wanted) -> String {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let began = Instant::now();
        store.tickets(GUILD, wanted, LISTED).await.unwrap();
        times.push(began.elapsed());
    }
    shown(times)
}

async fn find(store: &Store, typed: &str) -> String {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let began = Instant::now();
        let found = store.find_tickets(GUILD, typed, None, FOUND).await.unwrap();
        times.push(began.elapsed());
        assert!(!found.is_empty(), "{typed}");
    }
    shown(times)
}

async fn count(store: &Store) -> String {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let began = Instant::now();
        let all = store.tickets_between(GUILD, (Millis(0), Millis(i64::MAX)), COUNTED).await.unwrap();
        times.push(began.elapsed());
        assert_eq!(i64::try_from(all.len()).unwrap(), COUNTED);
    }
    shown(times)
}

fn shown(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let millis = |at: usize| times[at].as_secs_f64() * 1e3;
    format!("{:.2} ms · {:.2} ms", millis(TIMES / 2), millis(TIMES - 1))
}
