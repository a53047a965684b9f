//! Four eyes: two other people, each of whom may, at the moment that counts.

use super::{
    denials::{denied, deny},
    scene::{Scene, approved, ended, is_open, ran, refused},
};
use crate::people::{Person, Shown};

const FOUR_EYES: &str = "four-eyes";
const DEFAULT: &str = "default";

async fn question(scene: &mut Scene) -> (Shown, Person) {
    scene.need(FOUR_EYES).await;
    let asker = scene.operator().await;
    let card = scene.question(&asker).await;
    assert!(card.text().contains("0 of 2 said yes: nobody yet"), "{}", card.text());
    (card, asker)
}

/// Says yes as the first of two.
async fn first(card: &Shown, by: &Person) {
    card.press(by, "Approve").await;
    card.until(&format!("1 of 2 said yes: <@{}>", by.id())).await;
    is_open(card);
}

pub(super) async fn one_person_twice(scene: &mut Scene) {
    let approver = scene.operator().await;
    let (card, _) = question(scene).await;
    first(&card, &approver).await;
    for _ in 0..3 {
        let told = card.try_press(&approver, "Approve").await.unwrap().answer().await;
        assert!(told.is_private() && told.text().contains("You said yes to this already"), "{}", told.text());
        assert!(card.text().contains("1 of 2 said yes"), "{}", card.text());
    }
    is_open(&card);
    scene.need(DEFAULT).await;
}

pub(super) async fn asker_and_one(scene: &mut Scene) {
    let approver = scene.operator().await;
    let (card, asker) = question(scene).await;
    refused(&card, &asker, "Approve", "It takes two other people").await;
    first(&card, &approver).await;
    refused(&card, &asker, "Approve", "It takes two other people").await;
    is_open(&card);
    scene.need(DEFAULT).await;
}

pub(super) async fn two_others(scene: &mut Scene) {
    let (one, other) = (scene.operator().await, scene.operator().await);
    let (card, _) = question(scene).await;
    first(&card, &one).await;
    approved(&card, &other).await;
    let small = format!("approved by <@{}> and <@{}>", one.id(), other.id());
    assert!(card.text().contains(&small), "{}", card.text());
    scene.need(DEFAULT).await;
}

pub(super) async fn two_others_at_once(scene: &mut Scene) {
    at_once(scene, 2).await;
}

pub(super) async fn many_at_once(scene: &mut Scene) {
    at_once(scene, 5).await;
}

async fn at_once(scene: &mut Scene, count: usize) {
    let mut people = Vec::new();
    for _ in 0..count {
        people.push(scene.operator().await);
    }
    let (card, _) = question(scene).await;
    scene.press_at_once(&card, "Approve", &people.iter().collect::<Vec<_>>());
    ran(&card).await;
    scene.need(DEFAULT).await;
}

pub(super) async fn first_loses_role(scene: &mut Scene) {
    let (one, other) = (scene.operator().await, scene.operator().await);
    let (card, _) = question(scene).await;
    first(&card, &one).await;
    scene.admin.take(&one, "Operators").await;
    first(&card, &other).await;
    scene.need(DEFAULT).await;
}

pub(super) async fn third_makes_up(scene: &mut Scene) {
    let (one, other, third) = (scene.operator().await, scene.operator().await, scene.operator().await);
    let (card, _) = question(scene).await;
    first(&card, &one).await;
    scene.admin.take(&one, "Operators").await;
    first(&card, &other).await;
    approved(&card, &third).await;
    assert!(!card.text().contains(&one.id()), "a yes that did not count is named: {}", card.text());
    scene.need(DEFAULT).await;
}

pub(super) async fn second_denies(scene: &mut Scene) {
    let (one, other) = (scene.operator().await, scene.operator().await);
    let (card, _) = question(scene).await;
    first(&card, &one).await;
    deny(&card, &other).await.submit(&[]).await;
    denied(&card).await;
    scene.need(DEFAULT).await;
}

pub(super) async fn rule_relaxed(scene: &mut Scene) {
    let (one, other) = (scene.operator().await, scene.operator().await);
    let (card, _) = question(scene).await;
    first(&card, &one).await;
    scene.need(DEFAULT).await;
    card.press(&other, "Approve").await;
    ended(&card, "policy was changed").await;
}
