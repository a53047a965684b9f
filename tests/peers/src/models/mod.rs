//! Whoever runs models, as far as it can be had on a machine without one: OpenAI's, Anthropic's and Ollama's wire, with a script for what
//! is said, and state of their own: keys, models, what was asked, what is being fetched. A real llama.cpp is in `llama`.

mod anthropic;
mod http;
mod llama;
mod ollama;
mod openai;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

pub use http::Request;
use http::{Out, Server};
pub use llama::{Llama, Shim};
use serde_json::{Value, json};

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
    state: Arc<Mutex<State>>,
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
        let state = Arc::new(Mutex::new(state));
        let shared = Shared(Arc::clone(&state));
        let server = Server::start(move |request, out| {
            let place = shared.state().hear(&request);
            answer(&shared, &request, out);
            if let Some(place) = place {
                shared.state().moments[place].1 = Some(Instant::now());
            }
        });
        Self { server, state, base }
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

    /// An Ollama has this model, too.
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
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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

struct Shared(Arc<Mutex<State>>);

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Words with the blanks after them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(' ')
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
