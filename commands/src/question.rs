//! Questions as cards: what would be done, why it is asked, and who may answer.
//!
//! **Invariant:** whoever answers can read all of it: what does not fit the plan as it is stands below it, or in a file.

use std::time::Duration;

use base::{
    Card, GuildId, Need, Result, Risk, UserId,
    card::{Answer, Choice, Press, Weight, code},
    gate::Waiting,
};
use hub::Hub;
use serde_json::Value;
use store::{
    approvals::{Approval, IN_TIME, State},
    outbox::{NewPost, Pings, Standing, Urgency},
};
use uuid::Uuid;

/// Longest request that is shown in the card; the rest of a message has to fit beside it.
const SHOWN: usize = 2_000;
/// A question that does not stand in its channel by then cannot be answered there yet; it is looked for again.
const STANDS_BY: Duration = Duration::from_mins(2);
/// How much of the hash the small print shows.
const HASH: usize = 6;

/// Puts a question into a channel where something asks by itself, and notes where it stands; `of` says what asks. What cannot be
/// asked there ends.
pub(crate) async fn put(hub: &Hub, guild: GuildId, approval: Uuid, channel: u64, of: &str) -> Result<()> {
    match hub.store().approval(guild, approval).await? {
        Some(asked) => put_card(hub, &asked, card(&hub.waiting(&asked).await?), channel, of).await,
        None => Ok(()),
    }
}

async fn put_card(hub: &Hub, asked: &Approval, card: Card, channel: u64, of: &str) -> Result<()> {
    let (store, guild, approval) = (hub.store(), asked.guild, asked.id);
    let card = card.redacted(&hub.redactor(guild));
    let key = format!("{of} {approval}");
    let (urgency, pings) = (Urgency::Urgent, Pings::default());
    store.post(NewPost { guild, channel, key: &key, urgency, card: &card, answers: None, pings }).await?;
    let Ok(posted) = tokio::time::timeout(STANDS_BY, store.arrival(guild, &key)).await else { return Ok(()) };
    // Where it stands is where it was put first, by whichever process.
    match posted?.map(|posted| (posted.channel, posted.standing)) {
        Some((channel, Standing::Posted(message))) => {
            store.place_approval(guild, approval, (channel, message), None).await
        }
        Some((channel, Standing::Refused(why))) => {
            let why = format!("it could not be asked in <#{channel}>: {why}");
            store.close_approval(guild, approval, State::Expired, None, &why).await.map(drop)
        }
        _ => Ok(()),
    }
}

/// The same, for whoever asks from outside of Discord: what concerns only them stands in no channel, and is read by its details.
pub async fn ask_in(hub: &Hub, guild: GuildId, approval: Uuid, channel: u64) -> Result<()> {
    let Some(asked) = hub.store().approval(guild, approval).await? else { return Ok(()) };
    let waiting = hub.waiting(&asked).await?;
    let is_theirs = waiting.need == Need::Confirm;
    let because = waiting.because.clone().filter(|_| !is_theirs);
    put_card(hub, &asked, card(&Waiting { because, ..waiting }), channel, "asked from outside").await
}

/// The question as it stands.
pub(crate) fn card(waiting: &Waiting) -> Card {
    let card = if waiting.need == Need::Confirm { confirm(waiting) } else { approve(waiting) };
    whole(card, &waiting.arguments).small(format!("expires {}", waiting.expires.relative()))
}

/// Whoever asked is asked again; or for the first time, where something asks for them.
fn confirm(waiting: &Waiting) -> Card {
    let card = Card::attention(format!("**Really?** {}", waiting.plan));
    let card = match &waiting.agent {
        Some(agent) => card
            .fact(format!("asked by {} for <@{}>", code(agent), waiting.asked_by))
            .fact(&waiting.why)
            .beside(details_of(waiting)),
        None => card,
    };
    let card = match (&waiting.because, waiting.risk) {
        (Some(because), _) => card.text(because),
        (None, Risk::Destroy) => card.text("This cannot be undone."),
        (None, _) if waiting.agent.is_some() => card,
        (None, _) => card.fact(&waiting.why),
    };
    card.choice(decide(waiting, "Confirm", Weight::Danger, Answer::Yes)).choice(decide(
        waiting,
        "Leave it",
        Weight::Secondary,
        Answer::No,
    ))
}

/// Somebody else is asked.
fn approve(waiting: &Waiting) -> Card {
    let who = match &waiting.agent {
        Some(agent) => format!("asked by {} for <@{}>", code(agent), waiting.asked_by),
        None => format!("asked by <@{}>", waiting.asked_by),
    };
    let weight = if waiting.risk == Risk::Destroy { Weight::Danger } else { Weight::Primary };
    let approval = waiting.approval;
    let deny = Choice { label: "Deny".to_owned(), weight: Weight::Secondary, press: Press::Deny { approval } };
    let mut card = Card::attention(format!("**Approve?** {}", waiting.plan))
        .fact(who)
        .fact(&waiting.why)
        .beside(details_of(waiting))
        .choice(decide(waiting, "Approve", weight, Answer::Yes))
        .choice(deny);
    if let Some(because) = &waiting.because {
        card = card.text(because);
    }
    if waiting.need == Need::FourEyes {
        let voters: Vec<String> = waiting.votes.iter().map(|voter| format!("<@{voter}>")).collect();
        let so_far = if voters.is_empty() { "nobody yet".to_owned() } else { voters.join(", ") };
        card = card.text(format!("{} of {} said yes: {so_far}", waiting.votes.len(), waiting.need.votes()));
    }
    let deciders = match (waiting.need, &waiting.agent) {
        (Need::FourEyes, _) => "two others",
        // Also whoever it asks for, where they could do it alone.
        (_, Some(_)) => "a person",
        (_, None) => "another person",
    };
    card.small(format!("{deciders} who may do {}", waiting.grant))
        .small(format!("plan {}", waiting.digest.get(..HASH).unwrap_or_default()))
}

fn details_of(waiting: &Waiting) -> Choice {
    let press = Press::Details { approval: waiting.approval };
    Choice { label: "Details".to_owned(), weight: Weight::Secondary, press }
}

fn decide(waiting: &Waiting, label: &str, weight: Weight, answer: Answer) -> Choice {
    Choice { label: label.to_owned(), weight, press: Press::Decide { approval: waiting.approval, answer } }
}

/// Where the plan shows something shorter or tidier than it is, all of it follows. What is different is read as such.
fn whole(card: Card, arguments: &Value) -> Card {
    if let Some(diff) = arguments["diff"].as_str() {
        if diff.chars().count() <= SHOWN {
            return card.code("diff", diff);
        }
        let card = card.text("It is longer than fits here: **read the file before you decide.**");
        return card.file("change.diff", diff.as_bytes().to_vec());
    }
    if is_tidied(arguments) { exactly(card, arguments) } else { card }
}

/// All of a request, in the card or as a file.
fn exactly(card: Card, arguments: &Value) -> Card {
    let text = serde_json::to_string_pretty(arguments).unwrap_or_default();
    if text.chars().count() <= SHOWN {
        return card.code("json", text);
    }
    card.text("It is longer than fits here: **read the file before you decide.**")
        .file("request.json", text.into_bytes())
}

fn is_tidied(arguments: &Value) -> bool {
    match arguments {
        Value::String(text) => code(text) != format!("`{text}`"),
        Value::Array(items) => items.iter().any(is_tidied),
        Value::Object(fields) => fields.values().any(is_tidied),
        _ => false,
    }
}

/// How an answer looks when it is no.
pub(crate) fn dismissed(asked: &Approval, by: UserId) -> Card {
    let taken_back = by == asked.asked_by && asked.need != Need::Confirm;
    let card = match (asked.need, taken_back) {
        (Need::Confirm, _) => return Card::quiet(format!("**Left as it is** {}", asked.plan)).text("Nothing was run."),
        (_, true) => Card::quiet(format!("**Taken back** {}", asked.plan)),
        (_, false) => Card::failed(format!("**Denied** {}", asked.plan)),
    };
    let card = card.fact(format!("asked by <@{}>", asked.asked_by)).fact("nothing was run");
    match asked.ended.as_deref().filter(|reason| *reason != "denied") {
        Some(reason) => card.text(format!("Reason: {}", code(reason))),
        None => card,
    }
}

/// It is over, and nothing was done.
pub(crate) fn over(asked: &Approval) -> Card {
    if let (State::Dismissed, Some(by)) = (asked.state, asked.decided_by) {
        let card = dismissed(asked, by).small(format!("by <@{by}>"));
        return asked.reference.iter().fold(card, |card, reference| card.small(format!("ref {reference}")));
    }
    let (title, why) = match asked.ended.as_deref() {
        None | Some(IN_TIME) => ("Expired", "Nobody answered in time.".to_owned()),
        Some(why) => ("Not done", format!("No longer open: {why}.")),
    };
    let card = Card::quiet(format!("**{title}** {}", asked.plan))
        .fact(format!("asked by <@{}> {}", asked.asked_by, asked.asked.relative()))
        .fact("nothing was run")
        .text(format!("{why} Nothing was run; ask again if it is still wanted."));
    match &asked.reference {
        Some(reference) => card.small(format!("ref {reference}")),
        None => card,
    }
}

/// All of a question.
pub(crate) fn details(asked: &Approval) -> Card {
    let by = match &asked.agent {
        Some(agent) => format!("{} for <@{}>", code(agent), asked.asked_by),
        None => format!("<@{}>", asked.asked_by),
    };
    let mut card = Card::plain(format!("**Details** {}", asked.plan))
        .fact(&asked.why)
        .fact(format!("policy version {}", asked.policy_version));
    if let Some(because) = &asked.because {
        card = card.text(because);
    }
    exactly(card, &serde_json::from_str(&asked.shown).unwrap_or_default())
        .text(format!("action {} · plan hash {}", code(&asked.action), code(&asked.digest)))
        .text(format!("asked by {by} {} · expires {}", asked.asked.relative(), asked.expires.relative()))
}

/// It still waits.
pub(crate) fn reminder(waiting: &Waiting) -> Card {
    Card::attention(format!("**Still waits** {}", waiting.plan))
        .fact(format!("asked by <@{}>", waiting.asked_by))
        .fact(format!("expires {}", waiting.expires.relative()))
        .text("The buttons are on the message this answers.")
}
