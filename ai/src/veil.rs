//! Stand-ins for what a cloud need not know: addresses, hosts, people. They go over a prompt before it leaves, and are lifted from what comes
//! back, also from the arguments of calls.
//!
//! **Invariants:** what was veiled and lifted again is what it was. One thing has one stand-in in all of a prompt, and no stand-in is a
//! word that was there before. Secrets are not its business: they were masked before.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use regex::Regex;
use serde_json::Value;

use crate::{Call, Message, Prompt, Reply, Tool};

/// What is called by name in a guild.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Its servers, and their addresses.
    pub hosts: Vec<String>,
    /// Its people.
    pub people: Vec<String>,
}

/// A shorter name is a word like any other.
const SHORTEST: usize = 3;
/// More names than this are not looked for.
const MOST: usize = 5_000;
/// A run of letters that long is no stand-in.
const LONGEST: usize = 64;
const EMAIL: &str = r"[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}";
const IPV4: &str = r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}";
const IPV6: &str = r"[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3})?";

/// The stand-ins of one prompt.
#[derive(Debug)]
pub struct Veil {
    finds: Regex,
    kinds: BTreeMap<String, &'static str>,
    /// By what they stand for, exactly as it was written.
    stand_ins: BTreeMap<String, String>,
    /// By the stand-in, in lower case.
    real: BTreeMap<String, String>,
    lifts: Regex,
}

impl Veil {
    /// The stand-ins for what is in this prompt.
    pub fn over(prompt: &Prompt, names: &Names) -> Self {
        let hosts = names.hosts.iter().map(|name| (name, "server"));
        let people = names.people.iter().map(|name| (name, "person"));
        // A name that is a host's and a person's is a host's.
        let kinds: BTreeMap<String, &'static str> = people
            .chain(hosts)
            .filter(|(name, _)| name.chars().count() >= SHORTEST)
            .take(MOST)
            .map(|(name, kind)| (name.to_lowercase(), kind))
            .collect();
        let mut known: Vec<&String> = kinds.keys().collect();
        known.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let mut parts = vec![EMAIL.to_owned()];
        parts.extend(known.into_iter().map(|name| regex::escape(name)));
        parts.extend([IPV4.to_owned(), IPV6.to_owned()]);
        let finds = Regex::new(&format!("(?i){}", parts.join("|"))).unwrap_or_else(|_| nothing());
        let mut veil = Self { finds, kinds, stand_ins: BTreeMap::new(), real: BTreeMap::new(), lifts: nothing() };
        let mut texts = Vec::new();
        each_text(prompt, &mut |text| texts.push(text.to_owned()));
        let before = texts.join("\n").to_lowercase();
        for text in &texts {
            veil.name(text, &before);
        }
        let all: Vec<String> = veil.real.keys().map(|stand_in| regex::escape(stand_in)).collect();
        // The longest first: `server-11` is not `server-1` and a 1.
        let mut all = all;
        all.sort_by_key(|stand_in| std::cmp::Reverse(stand_in.len()));
        if !all.is_empty() {
            veil.lifts = Regex::new(&format!("(?i){}", all.join("|"))).unwrap_or_else(|_| nothing());
        }
        veil
    }

    fn name(&mut self, text: &str, before: &str) {
        for (from, to) in self.places(text) {
            let what = &text[from..to];
            if self.stand_ins.contains_key(what) {
                continue;
            }
            let kind = self.kind(what);
            let used = self.real.len();
            let free = (1..)
                .map(|number| format!("{kind}-{number}"))
                .skip_while(|stand_in| self.real.contains_key(stand_in) || before.contains(stand_in.as_str()));
            // Nothing that a prompt holds can take them all.
            let Some(stand_in) = free.take(used + before.len() + 2).next() else { continue };
            self.stand_ins.insert(what.to_owned(), stand_in.clone());
            self.real.insert(stand_in, what.to_owned());
        }
    }

    fn kind(&self, what: &str) -> &'static str {
        match self.kinds.get(&what.to_lowercase()) {
            Some(kind) => kind,
            None if what.contains('@') => "email",
            None => "ip",
        }
    }

    /// Where something is that has a stand-in, or is to have one.
    fn places(&self, text: &str) -> Vec<(usize, usize)> {
        let is_one = |what: &str| {
            self.kinds.contains_key(&what.to_lowercase())
                || what.contains('@')
                || what.parse::<IpAddr>().is_ok_and(|ip| !says_nothing(ip))
        };
        within(&self.finds, text, is_one)
    }

    /// A text with its stand-ins.
    pub fn hide(&self, text: &str) -> String {
        replaced(text, &self.places(text), |what| self.stand_ins.get(what).map(String::as_str))
    }

    /// A text without them, as it would have been.
    pub fn lift(&self, text: &str) -> String {
        let places = within(&self.lifts, text, |_| true);
        replaced(text, &places, |what| self.real.get(&what.to_lowercase()).map(String::as_str))
    }

    /// All of a prompt with its stand-ins.
    pub fn hide_all(&self, prompt: &Prompt) -> Prompt {
        let hide = |text: &String| self.hide(text);
        let messages = prompt.messages.iter().map(|message| match message {
            Message::Person { text, images } => Message::Person { text: hide(text), images: images.clone() },
            Message::Model { text, calls } => {
                let calls = calls.iter().map(|call| changed(call, &|text| self.hide(text)));
                Message::Model { text: hide(text), calls: calls.collect() }
            }
            Message::Tool { call, name, text, failed } => {
                Message::Tool { call: call.clone(), name: name.clone(), text: hide(text), failed: *failed }
            }
        });
        let tools = prompt.tools.iter().map(|tool| Tool {
            name: tool.name.clone(),
            description: hide(&tool.description),
            schema: mapped(tool.schema.clone(), &|text| self.hide(text)),
        });
        Prompt {
            system: hide(&prompt.system),
            messages: messages.collect(),
            tools: tools.collect(),
            longest_answer: prompt.longest_answer,
        }
    }

    /// What came back, as it would have been.
    pub fn lift_all(&self, reply: &Reply) -> Reply {
        let calls = reply.calls.iter().map(|call| changed(call, &|text| self.lift(text)));
        Reply { text: self.lift(&reply.text), calls: calls.collect(), ..*reply }
    }

    /// Lifts what comes piece by piece.
    pub fn lifting(&self) -> Lifting<'_> {
        Lifting { veil: self, held: String::new() }
    }
}

/// Lifts what comes piece by piece: what may be the beginning of a stand-in waits for its rest.
#[derive(Debug)]
pub struct Lifting<'a> {
    veil: &'a Veil,
    held: String,
}

impl Lifting<'_> {
    /// What can be shown after this piece.
    pub fn push(&mut self, piece: &str) -> String {
        self.held.push_str(piece);
        let tail = self.held.chars().rev().take_while(|letter| letter.is_alphanumeric() || *letter == '-');
        let waits: usize = tail.map(char::len_utf8).sum();
        if waits > LONGEST {
            return self.end();
        }
        let rest = self.held.split_off(self.held.len() - waits);
        let ready = std::mem::replace(&mut self.held, rest);
        self.veil.lift(&ready)
    }

    /// What was still waiting.
    pub fn end(&mut self) -> String {
        self.veil.lift(&std::mem::take(&mut self.held))
    }
}

fn nothing() -> Regex {
    #[expect(clippy::expect_used, reason = "a class without members is a regex")]
    Regex::new(r"[^\s\S]").expect("it is a regex")
}

/// What says nothing about a house.
fn says_nothing(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_loopback() || v4 == Ipv4Addr::UNSPECIFIED,
        IpAddr::V6(v6) => v6.is_loopback() || v6 == Ipv6Addr::UNSPECIFIED,
    }
}

/// Where whole words are that fit: neither before nor after them is a letter or a digit.
fn within(regex: &Regex, text: &str, fits: impl Fn(&str) -> bool) -> Vec<(usize, usize)> {
    let (mut places, mut from) = (Vec::new(), 0);
    while let Some(found) = regex.find_at(text, from) {
        let ends_word = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
        let whole =
            ends_word(text[..found.start()].chars().next_back()) && ends_word(text[found.end()..].chars().next());
        if whole && !found.is_empty() && fits(found.as_str()) {
            places.push((found.start(), found.end()));
            from = found.end();
        } else {
            let step = text[found.start()..].chars().next().map_or(1, char::len_utf8);
            from = found.start() + step;
        }
        if from > text.len() {
            break;
        }
    }
    places
}

fn replaced<'a>(text: &'a str, places: &[(usize, usize)], with: impl Fn(&str) -> Option<&'a str>) -> String {
    let (mut whole, mut done) = (String::with_capacity(text.len()), 0);
    for (from, to) in places {
        whole.push_str(&text[done..*from]);
        let what = &text[*from..*to];
        whole.push_str(with(what).unwrap_or(what));
        done = *to;
    }
    whole.push_str(&text[done..]);
    whole
}

/// Within JSON, what a text stands for may need quoting.
fn changed(call: &Call, change: &dyn Fn(&str) -> String) -> Call {
    let arguments = match serde_json::from_str::<Value>(&call.arguments) {
        Ok(value) => {
            let after = mapped(value.clone(), change);
            if after == value { call.arguments.clone() } else { after.to_string() }
        }
        Err(_) => change(&call.arguments),
    };
    Call { arguments, ..call.clone() }
}

/// JSON with each of its texts changed; names of fields are the schema's, not the guild's.
fn mapped(value: Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(&text)),
        Value::Array(all) => all.into_iter().map(|one| mapped(one, change)).collect(),
        Value::Object(all) => all.into_iter().map(|(name, one)| (name, mapped(one, change))).collect(),
        plain => plain,
    }
}

fn each_text(prompt: &Prompt, take: &mut dyn FnMut(&str)) {
    fn json(value: &Value, take: &mut dyn FnMut(&str)) {
        match value {
            Value::String(text) => take(text),
            Value::Array(all) => all.iter().for_each(|one| json(one, take)),
            Value::Object(all) => all.values().for_each(|one| json(one, take)),
            _ => {}
        }
    }
    take(&prompt.system);
    for message in &prompt.messages {
        match message {
            Message::Person { text, .. } | Message::Tool { text, .. } => take(text),
            Message::Model { text, calls } => {
                take(text);
                for call in calls {
                    match serde_json::from_str::<Value>(&call.arguments) {
                        Ok(value) => json(&value, take),
                        Err(_) => take(&call.arguments),
                    }
                }
            }
        }
    }
    for tool in &prompt.tools {
        take(&tool.description);
        json(&tool.schema, take);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Stopped, Usage};

    fn said(text: &str) -> Prompt {
        let messages = vec![Message::Person { text: text.to_owned(), images: Vec::new() }];
        Prompt { messages, ..Prompt::default() }
    }

    fn names(hosts: &[&str], people: &[&str]) -> Names {
        let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Names { hosts: all(hosts), people: all(people) }
    }

    #[test]
    fn addresses_hosts_and_people_have_stand_ins_and_the_rest_stays() {
        let text = "alice: web-1 (10.0.0.7, fd00::7) mails ops@example.org; web-10 and db.internal do not. 127.0.0.1 at 12:30:45, v1.2.3";
        let prompt = said(text);
        let veil = Veil::over(&prompt, &names(&["web-1", "db.internal"], &["Alice"]));
        let hidden = veil.hide(text);
        assert_eq!(
            hidden,
            "person-1: server-1 (ip-1, ip-2) mails email-1; web-10 and server-2 do not. 127.0.0.1 at 12:30:45, v1.2.3"
        );
        assert_eq!(veil.lift(&hidden), text);
        assert_eq!(
            veil.lift("Server-1 is down, SERVER-2 is not, server-11 is none"),
            "web-1 is down, db.internal is not, server-11 is none"
        );
    }

    #[test]
    fn a_stand_in_is_no_word_that_was_there_before() {
        let text = "server-1 talks to web-1";
        let veil = Veil::over(&said(text), &names(&["web-1"], &[]));
        assert_eq!(veil.hide(text), "server-1 talks to server-2");
        assert_eq!(veil.lift("restart server-1 and server-2"), "restart server-1 and web-1");
    }

    #[test]
    fn calls_name_what_is_really_meant() {
        let prompt = said("restart \"web\\1\" for bob");
        let veil = Veil::over(&prompt, &names(&["\"web\\1\""], &["bob"]));
        let call = Call { id: "1".into(), name: "x".into(), arguments: r#"{"server":"server-1","n":1}"#.into() };
        let reply =
            Reply { text: "for person-1".into(), calls: vec![call], stopped: Stopped::Calls, usage: Usage::default() };
        let lifted = veil.lift_all(&reply);
        assert_eq!(lifted.text, "for bob");
        let arguments: Value = serde_json::from_str(&lifted.calls[0].arguments).unwrap();
        assert_eq!(arguments["server"], "\"web\\1\"");
    }

    proptest! {
        #[test]
        fn what_was_veiled_and_lifted_is_what_it_was(
            words in proptest::collection::vec(prop_oneof![
                Just("web-1".to_owned()), Just("WEB-1".to_owned()), Just("web-1-b".to_owned()), Just("10.0.0.1".to_owned()),
                Just("10.0.0.11".to_owned()), Just("fe80::1".to_owned()), Just("a@b.io".to_owned()), Just("bob".to_owned()),
                Just("server-1".to_owned()), Just("ip-2".to_owned()), Just("-".to_owned()), Just("é".to_owned()), ".{0,6}",
            ], 0..12),
            seams in proptest::collection::vec(prop_oneof![Just(""), Just(" "), Just("-"), Just("."), Just("@"), Just(":")], 12),
            pieces in 1_usize..9,
        ) {
            let text: String = words.iter().zip(&seams).flat_map(|(word, seam)| [word.as_str(), seam]).collect();
            let veil = Veil::over(&said(&text), &names(&["web-1", "db"], &["bob"]));
            let hidden = veil.hide(&text);
            prop_assert_eq!(veil.lift(&hidden), text.clone());
            for (from, to) in veil.places(&hidden) {
                prop_assert!(!veil.stand_ins.contains_key(&hidden[from..to]), "{} is still in {hidden:?}", &hidden[from..to]);
            }
            // However it comes, it is lifted the same.
            let letters: Vec<char> = hidden.chars().collect();
            let (mut lifting, mut shown) = (veil.lifting(), String::new());
            for piece in letters.chunks(pieces) {
                shown.push_str(&lifting.push(&piece.iter().collect::<String>()));
            }
            shown.push_str(&lifting.end());
            prop_assert_eq!(shown, text);
        }
    }
}
