//! A list of items of one kind: what there is, where it is from, and what is wrong with it.

use std::collections::BTreeMap;

use base::{Card, card::code};
use serde::Serialize;

use crate::{
    item::{Item, Origin},
    mistake::Mistake,
};

/// So many are drawn; the rest are in a file.
const SHOWN: usize = 20;
/// More mistakes tell nobody more: the first ones are mended first.
const MISTAKES: usize = 8;

/// A line of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    name: String,
    words: String,
    origin: Origin,
    /// Whether it takes the place of another.
    replaces: bool,
    usable: bool,
    /// What is wrong or odd about it.
    told: Vec<String>,
}

/// The lines of a kind.
pub(crate) fn lines<T>(items: &BTreeMap<String, Item<T>>, words: impl Fn(&T) -> String) -> Vec<Line> {
    let line = |item: &Item<T>| Line {
        name: item.name.clone(),
        words: item.ok().map(&words).unwrap_or_default(),
        origin: item.origin,
        replaces: !item.replaces.is_empty(),
        usable: item.ok().is_some(),
        told: item.mistakes().map(Mistake::told).collect(),
    };
    items.values().map(line).collect()
}

/// Their card.
pub(crate) fn card(title: &str, lines: &[Line], mistakes: &[String]) -> Card {
    let broken = lines.iter().filter(|line| !line.usable).count();
    let mut card = Card::plain(format!("**{title}** {}", lines.len()));
    if broken > 0 {
        card = card.fact(format!("{broken} cannot be used as they are"));
    }
    for line in lines.iter().take(SHOWN) {
        card = card.row(line.text(), None);
    }
    if lines.len() > SHOWN {
        let all: Vec<String> = lines.iter().map(Line::text).collect();
        card = card.text(format!("and {} more, all in the file", lines.len() - SHOWN));
        card = card.file(format!("{}.txt", title.to_lowercase()), all.join("\n").into_bytes());
    }
    let told: Vec<&String> = lines.iter().flat_map(|line| &line.told).chain(mistakes).collect();
    for told in told.iter().take(MISTAKES) {
        card = card.text(format!("! {told}"));
    }
    if told.len() > MISTAKES {
        card = card.text(format!("and {} mistakes more", told.len() - MISTAKES));
    }
    card
}

impl Line {
    fn text(&self) -> String {
        let glyph = if self.usable { "" } else { "✕ " };
        let words = if self.words.is_empty() { String::new() } else { format!("  {}", code(&self.words)) };
        let place = if self.replaces { ", in place of another" } else { "" };
        format!("{glyph}{}{words} · {}{place}", code(&self.name), self.origin.words())
    }
}

/// The card of an item that cannot be used.
pub(crate) fn broken(kind: &str, name: &str, origin: Origin, told: &[String]) -> Card {
    let card = Card::failed(format!("**{kind}** {} cannot be used as it is", code(name))).fact(origin.words());
    told.iter().take(MISTAKES).fold(card, |card, told| card.text(told.clone()))
}

/// As much of a text as a card shows, its beginning.
pub(crate) fn beginning(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most).chain(['\n', '…']).collect()
}
