//! A scenario as its file has it: who asks what, what must be found or done, what must not, and what a good model calls.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// One of them. `tests/data/evals/README.md` says what each field means.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) by: String,
    pub(crate) asks: String,
    #[serde(default)]
    pub(crate) mode: Option<String>,
    #[serde(default)]
    pub(crate) file: Option<File>,
    #[serde(default)]
    pub(crate) then: Vec<Said>,
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    #[serde(default)]
    pub(crate) looks: Vec<Want>,
    #[serde(default)]
    pub(crate) changes: Vec<Want>,
    #[serde(default)]
    pub(crate) fails: Vec<Want>,
    #[serde(default)]
    pub(crate) finds: Vec<String>,
    #[serde(default)]
    pub(crate) says: Vec<String>,
    #[serde(default)]
    pub(crate) never: Vec<String>,
    #[serde(default)]
    pub(crate) never_says: Vec<String>,
    #[serde(default)]
    pub(crate) people: Vec<Decides>,
    pub(crate) script: Vec<Turn>,
}

/// What is attached to the question.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// What somebody says in the thread, once the one before was answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    pub(crate) by: String,
    pub(crate) says: String,
}

/// A call that is to be seen: an action, or several of which one will do, and words that its arguments must hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "Written")]
pub(crate) struct Want {
    pub(crate) actions: String,
    pub(crate) with: BTreeMap<String, String>,
}

/// As people write it: a name, or a name with what goes with it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Name(String),
    With(BTreeMap<String, BTreeMap<String, String>>),
}

impl From<Written> for Want {
    fn from(written: Written) -> Self {
        let (actions, with) = match written {
            Written::Name(actions) => (actions, BTreeMap::new()),
            Written::With(all) => all.into_iter().next().expect("a want names an action"),
        };
        Self { actions, with }
    }
}

/// What a person does about a question that holds these words.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decides {
    pub(crate) by: String,
    pub(crate) about: String,
    #[serde(default)]
    pub(crate) denies: Option<String>,
}

/// What a good model does next.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Turn {
    #[serde(default)]
    pub(crate) calls: Vec<BTreeMap<String, Value>>,
    #[serde(default)]
    pub(crate) says: String,
}

const FILES: [(&str, &str); 8] = [
    ("containers", include_str!("../../data/evals/containers.yaml")),
    ("servers", include_str!("../../data/evals/servers.yaml")),
    ("trouble", include_str!("../../data/evals/trouble.yaml")),
    ("records", include_str!("../../data/evals/records.yaml")),
    ("automation", include_str!("../../data/evals/automation.yaml")),
    ("people", include_str!("../../data/evals/people.yaml")),
    ("hostile", include_str!("../../data/evals/hostile.yaml")),
    ("workspace", include_str!("../../data/evals/workspace.yaml")),
];

/// All of them, in the order of their files, each with the subject of its file.
pub(crate) fn all() -> Vec<(&'static str, Scenario)> {
    let read = |(subject, text): (&'static str, &str)| {
        let scenarios: Vec<Scenario> =
            serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("tests/data/evals/{subject}.yaml: {error}"));
        scenarios.into_iter().map(move |scenario| (subject, scenario))
    };
    FILES.into_iter().flat_map(read).collect()
}

impl Scenario {
    /// With each `{name}` replaced by what it is in this world.
    pub(crate) fn in_world(&self, names: &BTreeMap<String, String>) -> Self {
        let put = |text: &String| {
            names.iter().fold(text.clone(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
        };
        let puts = |texts: &[String]| texts.iter().map(put).collect::<Vec<_>>();
        let want = |want: &Want| Want {
            actions: want.actions.clone(),
            with: want.with.iter().map(|(key, words)| (key.clone(), put(words))).collect(),
        };
        let wants = |wants: &[Want]| wants.iter().map(want).collect::<Vec<_>>();
        let script = self.script.iter().map(|turn| {
            let calls = turn.calls.iter().map(|call| {
                call.iter().map(|(tool, with)| (tool.clone(), put_in(with, &put))).collect::<BTreeMap<_, _>>()
            });
            Turn { calls: calls.collect(), says: put(&turn.says) }
        });
        let said = |said: &Said| Said { by: said.by.clone(), says: put(&said.says) };
        Self {
            asks: put(&self.asks),
            then: self.then.iter().map(said).collect(),
            looks: wants(&self.looks),
            changes: wants(&self.changes),
            fails: wants(&self.fails),
            finds: puts(&self.finds),
            says: puts(&self.says),
            never_says: puts(&self.never_says),
            script: script.collect(),
            ..self.clone()
        }
    }
}

/// The same in every text of JSON. What is nothing but a number afterwards is one where a number was meant.
fn put_in(value: &Value, put: &impl Fn(&String) -> String) -> Value {
    match value {
        Value::String(text) => {
            let now = put(text);
            match now.parse::<u64>() {
                Ok(number) if now != *text => Value::from(number),
                _ => Value::String(now),
            }
        }
        Value::Array(all) => all.iter().map(|one| put_in(one, put)).collect(),
        Value::Object(all) => all.iter().map(|(name, one)| (name.clone(), put_in(one, put))).collect(),
        plain => plain.clone(),
    }
}
