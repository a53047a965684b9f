//! Whoever runs models, as far as it can be had on a machine without one: OpenAI's, Anthropic's and Ollama's wire, with a script for what
//! is said, and state of their own: keys, models, what was asked, what is being fetched. A real llama.cpp is in `llama`.

mod anthropic;
mod llama;
mod ollama;
mod openai;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

pub use llama::{Llama, Shim};
use serde_json::{Value, json};

pub use crate::http::Request;
use crate::http::{Out, Server};

/// What is said to the next question.
#[derive(Debug, Clone)]
pub enum Say {
    /// Words, one by one.
    Text(String),
    /// Something is to be done: names and arguments. The text comes before.
    Calls(String, Vec<(String, Value)>),
    /// The same, with arguments that are what they are.
    BrokenCall(String, String),
    /// It refuses, in these words.
    Refuse(String),
    /// Nothing at all, and that is all.
    Nothing,
    /// A status, seconds to wait, what it is called, and a sentence.
    Status(u16, Option<u32>, &'static str, String),
    /// An error after these words.
    Break(String, &'static str, String),
    /// These words, and the connection breaks off.
    Half(String),
    /// These words, then JSON that is none.
    Garbage(String),
    /// These words, and a reason to stop that nobody knows.
    Because(String, &'static str),
    /// So many calls at once.
    ManyCalls(usize),
    /// Arguments of so many bytes, in pieces.
    LongArguments(usize),
    /// One line of so many bytes.
    LongLine(usize),
    /// These words, and then silence, until nobody listens any more.
    Silence(String),
    /// Words, with so many tokens read as it says, whatever was sent.
    Read(u64, String),
}

/// Says something to a question, or nothing to leave it to the script.
type Answers = dyn Fn(&Value) -> Option<Say> + Send + Sync;

/// What decides by the question what is said to it.
#[derive(Clone)]
struct Mind(Arc<Answers>);

impl fmt::Debug for Mind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mind")
    }
}

/// Whoever runs models.
#[derive(Debug)]
pub struct Speaker {
    server: Server,
    shared: Shared,
    base: &'static str,
}

#[derive(Debug, Default)]
struct State {
    key: Option<String>,
    script: VecDeque<Say>,
    mind: Option<Mind>,
    asked: Vec<Request>,
    /// When each question came, and when all was said to it.
    moments: Vec<(Instant, Option<Instant>)>,
    gone: usize,
    models: BTreeMap<String, Value>,
    warm: BTreeSet<String>,
    library: BTreeMap<String, u64>,
    /// A pull goes no further than this.
    pull_to: Option<u64>,
    pulls_cancelled: usize,
    /// No more words than this are said.
    say_to: Option<usize>,
    /// What is longer is refused, in tokens.
    window: Option<u64>,
}

impl Speaker {
    /// OpenAI's wire, opened by this key.
    pub fn open_ai(key: &str) -> Self {
        Self::start(Some(key), "/v1", openai::answer, &["gpt-test", "gpt-other"])
    }

    /// The same as a server of one's own speaks it: no key, one model.
    pub fn compatible() -> Self {
        Self::start(None, "/v1", openai::answer, &["house-model"])
    }

    /// Anthropic's wire, opened by this key.
    pub fn anthropic(key: &str) -> Self {
        Self::start(Some(key), "", anthropic::answer, &["claude-test"])
    }

    /// Ollama's wire, with one model: `qwen3:8b`, which calls tools.
    pub fn ollama() -> Self {
        let speaker = Self::start(None, "", ollama::answer, &[]);
        speaker.has("qwen3:8b", 5_200_000_000, 40_960, &["completion", "tools"]);
        speaker
    }

    fn start(key: Option<&str>, base: &'static str, answer: fn(&Shared, &Request, Out), models: &[&str]) -> Self {
        let models = models.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
        let state = State { key: key.map(str::to_owned), models, ..State::default() };
        let shared = Shared(Arc::new((Mutex::new(state), Condvar::new())));
        let asked = shared.clone();
        let server = Server::start(move |request, out| {
            let place = asked.state().hear(&request);
            answer(&asked, &request, out);
            if let Some(place) = place {
                asked.state().moments[place].1 = Some(Instant::now());
            }
        });
        Self { server, shared, base }
    }

    /// Where it is, as a provider's address.
    pub fn url(&self) -> String {
        format!("{}{}", self.server.url(), self.base)
    }

    /// This is said to the next question that nothing was prepared for. Without any, it says "Hello there."
    pub fn will(&self, say: Say) -> &Self {
        self.state().script.push_back(say);
        self
    }

    /// What is said from now on depends on the question: several conversations may be held at once. What it leaves open, the script says.
    pub fn decides(&self, mind: impl Fn(&Value) -> Option<Say> + Send + Sync + 'static) {
        self.state().mind = Some(Mind(Arc::new(mind)));
    }

    /// Of what it says, no more words than this are said until it is told otherwise.
    pub fn say_to(&self, words: Option<usize>) {
        self.state().say_to = words;
        self.shared.0.1.notify_all();
    }

    /// Another key opens it from now on.
    pub fn change_key(&self, key: &str) {
        self.state().key = Some(key.to_owned());
    }

    /// What has more tokens is refused from now on, as it is by models that read no more.
    pub fn reads(&self, tokens: u64) {
        self.state().window = Some(tokens);
    }

    /// It has this model, too; what is known of it only an Ollama tells.
    pub fn has(&self, name: &str, bytes: u64, window: u64, can: &[&str]) {
        let about = json!({ "size": bytes, "window": window, "can": can });
        self.state().models.insert(name.to_owned(), about);
    }

    /// An Ollama may fetch this one.
    pub fn may_pull(&self, name: &str, bytes: u64) {
        self.state().library.insert(name.to_owned(), bytes);
    }

    /// What is fetched goes no further than this, until told otherwise.
    pub fn pull_to(&self, bytes: Option<u64>) {
        self.state().pull_to = bytes;
    }

    /// How many who fetched something hung up.
    pub fn pulls_cancelled(&self) -> usize {
        self.state().pulls_cancelled
    }

    /// The names of its models.
    pub fn models(&self) -> Vec<String> {
        self.state().models.keys().cloned().collect()
    }

    /// What was asked of a model, oldest first.
    pub fn questions(&self) -> Vec<Value> {
        self.state().asked.iter().filter(|request| is_question(request)).map(|request| request.body.clone()).collect()
    }

    /// When each of them came, and when all was said to it.
    pub fn moments(&self) -> Vec<(Instant, Option<Instant>)> {
        self.state().moments.clone()
    }

    /// All that was asked.
    pub fn asked(&self) -> Vec<Request> {
        self.state().asked.clone()
    }

    /// How many hung up while it was still speaking.
    pub fn gone(&self) -> usize {
        self.state().gone
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        // Whoever waits for words that were held back is let go.
        self.say_to(None);
    }
}

impl State {
    /// Where it is among the questions, if it is one.
    fn hear(&mut self, request: &Request) -> Option<usize> {
        self.asked.push(request.clone());
        is_question(request).then(|| {
            self.moments.push((Instant::now(), None));
            self.moments.len() - 1
        })
    }
}

fn is_question(request: &Request) -> bool {
    ["/chat/completions", "/v1/messages", "/api/chat"].iter().any(|path| request.path.ends_with(path))
}

/// What a server and whoever tells it what to say both know.
#[derive(Debug, Clone)]
struct Shared(Arc<(Mutex<State>, Condvar)>);

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Words with the blanks after them, as far as they may be said.
    fn words<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a str> {
        text.split_inclusive(' ').enumerate().map(move |(at, word)| {
            let is_held = |state: &mut State| state.say_to.is_some_and(|words| at >= words);
            drop(self.0.1.wait_while(self.state(), is_held));
            word
        })
    }

    /// How many tokens this is, and how many are read, where that is too much.
    fn too_long(&self, read: u64) -> Option<(u64, u64)> {
        self.state().window.filter(|window| read > *window).map(|window| (read, window))
    }

    fn next(&self, question: &Value) -> Say {
        // It may take its time, and others ask meanwhile.
        let mind = self.state().mind.clone();
        if let Some(say) = mind.and_then(|Mind(answers)| answers(question)) {
            return say;
        }
        self.state().script.pop_front().unwrap_or_else(|| Say::Text("Hello there.".to_owned()))
    }

    fn is_opened_by(&self, given: Option<&str>) -> bool {
        self.state().key.as_deref().is_none_or(|key| Some(key) == given)
    }

    fn knows(&self, model: &Value) -> bool {
        model.as_str().is_some_and(|model| self.state().models.contains_key(model))
    }

    fn until_gone(&self, out: &mut Out) {
        out.until_gone();
        self.state().gone += 1;
    }
}

/// About what a tokenizer would count.
fn tokens(body: &Value) -> u64 {
    match body {
        Value::String(text) => (text.len() as u64).div_ceil(4).max(text.split_whitespace().count() as u64),
        Value::Array(all) => all.iter().map(tokens).sum(),
        Value::Object(all) => all.values().map(tokens).sum(),
        _ => 1,
    }
}
