//! Finds the tools that a question is about, among hundreds.
//!
//! BM25 over names, descriptions and fields, each with a weight of its own. Crates for it were looked at: `bm25` knows one text per
//! document and no weights, keeps its documents in hash sets, so that equals come in another order each time (a model's prompt is
//! cached only while it stays the same), and brings an unmaintained hash along. An index of so little text is a map.

use std::collections::BTreeMap;

use super::{
    catalogue::{Catalogue, Entry},
    words::{is_faint, is_stop, meant, stem, words},
};

/// How much a word counts where it stands.
const IN_NAME: f32 = 4.0;
const IN_DESCRIPTION: f32 = 1.5;
const IN_FIELD: f32 = 0.7;
const IN_FIELDS_DESCRIPTION: f32 = 0.3;
/// How soon more of one word counts no more, and how much a long text counts less: BM25's own two numbers.
const SATURATION: f32 = 1.2;
const LENGTH: f32 = 0.4;
/// What a word counts that was not said but is meant, each time it is, and the most it counts then.
const MEANT: f32 = 0.65;
const MEANT_MOST: f32 = 1.3;
/// What a word counts that says little.
const FAINT: f32 = 0.25;
/// Of two that fit as well, what only looks is first: a model looks before it acts.
const LOOKS: f32 = 1.12;
/// Words of a question that are looked at. A pasted log is no question.
const QUESTION: usize = 200;

/// Where words stand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    /// In which tools a stem stands, and how much it counts there.
    stands: BTreeMap<String, Vec<(usize, f32)>>,
    lengths: Vec<f32>,
    average: f32,
    looks: Vec<bool>,
}

impl Index {
    pub(crate) fn of(catalogue: &Catalogue) -> Self {
        let mut index = Self::default();
        for (at, entry) in catalogue.entries().iter().enumerate() {
            let counts = counts(entry);
            index.lengths.push(counts.values().sum());
            index.looks.push(entry.looks);
            for (stem, count) in counts {
                index.stands.entry(stem).or_default().push((at, count));
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "nobody has so many tools")]
        let many = index.lengths.len().max(1) as f32;
        index.average = (index.lengths.iter().sum::<f32>() / many).max(1.0);
        index
    }

    /// The tools that have anything to do with a question, the likeliest first; the same question is answered the same.
    pub(crate) fn rank(&self, question: &str) -> Vec<usize> {
        let mut scores = vec![0.0_f32; self.lengths.len()];
        #[expect(clippy::cast_precision_loss, reason = "nobody has so many tools")]
        for (stem, weight) in asked(question) {
            let Some(stands) = self.stands.get(&stem) else { continue };
            let (all, with) = (self.lengths.len() as f32, stands.len() as f32);
            let rarity = (1.0 + (all - with + 0.5) / (with + 0.5)).ln();
            for (at, count) in stands {
                let length = 1.0 - LENGTH + LENGTH * self.lengths[*at] / self.average;
                scores[*at] += weight * rarity * count * (SATURATION + 1.0) / (count + SATURATION * length);
            }
        }
        for (score, looks) in scores.iter_mut().zip(&self.looks) {
            *score *= if *looks { LOOKS } else { 1.0 };
        }
        let mut found: Vec<usize> = (0..scores.len()).filter(|at| scores[*at] > 0.0).collect();
        found.sort_by(|one, other| scores[*other].total_cmp(&scores[*one]).then(one.cmp(other)));
        found
    }
}

/// How much each stem counts in a tool.
fn counts(entry: &Entry) -> BTreeMap<String, f32> {
    let mut counts = BTreeMap::new();
    let mut add = |text: &str, weight: f32, stops: bool| {
        for word in words(text).filter(|word| stops || !is_stop(word)) {
            *counts.entry(stem(&word)).or_insert(0.0) += weight;
        }
    };
    add(&entry.action, IN_NAME, true);
    add(&entry.tool.description, IN_DESCRIPTION, false);
    for (name, about) in entry.tool.schema["properties"].as_object().into_iter().flatten() {
        add(name, IN_FIELD, true);
        add(about["description"].as_str().unwrap_or_default(), IN_FIELDS_DESCRIPTION, false);
    }
    counts
}

/// What a question asks for: stems, and how much each counts.
fn asked(question: &str) -> BTreeMap<String, f32> {
    let mut asked = BTreeMap::new();
    // One or two digits are a number of something: a container's, an incident's.
    let is_number = |word: &str| word.len() < 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    for word in words(question).filter(|word| !is_number(word)).take(QUESTION) {
        if !is_stop(&word) {
            let weight = if is_faint(&word) { FAINT } else { 1.0 };
            let counted: &mut f32 = asked.entry(stem(&word)).or_insert(0.0);
            *counted = counted.max(weight);
        }
        for stem in meant(&word) {
            let counted = asked.entry(stem.clone()).or_insert(0.0);
            *counted = (*counted + MEANT).min(MEANT_MOST.max(*counted));
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::catalogue::Offered, *};

    fn catalogue() -> Catalogue {
        let offered = [
            ("container.logs", "Read a container's log.", "lines", "So many of the last lines."),
            ("container.restart", "Restart a container.", "container", "The container's name."),
            ("server.restart", "Restart a server.", "server", "The server."),
            ("grant.mine", "Show what you may do here.", "page", "Which page."),
        ];
        Catalogue::of(offered.map(|(name, description, field, about)| Offered {
            name: name.to_owned(),
            description: description.to_owned(),
            schema: json!({ "type": "object", "properties": { field: { "type": "string", "description": about } } }),
            looks: !name.ends_with("restart"),
        }))
    }

    fn first(question: &str) -> Option<String> {
        let catalogue = catalogue();
        let found = Index::of(&catalogue).rank(question);
        found.first().map(|at| catalogue.entries()[*at].action.clone())
    }

    #[test]
    fn a_question_finds_what_it_is_about_in_the_words_of_a_crew() {
        assert_eq!(first("show me the journal of the container").as_deref(), Some("container.logs"));
        assert_eq!(first("bounce the container").as_deref(), Some("container.restart"));
        assert_eq!(first("reboot the box").as_deref(), Some("server.restart"));
        assert_eq!(first("what is the last line").as_deref(), Some("container.logs"), "also by a field's description");
        assert_eq!(first("the of and 12"), None);
        assert_eq!(first(""), None);
    }

    #[test]
    fn a_pasted_log_is_looked_at_only_in_part() {
        let catalogue = catalogue();
        let log = format!("{}restart", "noise ".repeat(100_000));
        assert!(Index::of(&catalogue).rank(&log).is_empty());
    }

    #[test]
    fn nothing_is_found_among_nothing() {
        assert!(Index::of(&Catalogue::default()).rank("restart").is_empty());
    }
}
