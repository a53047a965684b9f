//! What every platform's stand-in has: a server, a clock that can be wrong, faults, and what was asked.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::json;

use crate::http::{Out, Request, Server};

/// What goes wrong.
#[derive(Debug, Clone)]
pub enum Fault {
    /// This status, with these headers, and a body that says so.
    Status(u16, Vec<(&'static str, String)>),
    /// What is asked is done, and the answer is lost on its way.
    AnswerLost,
    /// What is asked is done, and the answer is on its way for this long.
    AnswerLate(Duration),
    /// The connection breaks off before anything is done.
    Cut,
    /// It is answered this much later.
    Late(Duration),
}

/// A stand-in whose platform keeps `S`.
#[derive(Debug)]
pub(crate) struct Cloud<S> {
    server: Server,
    pub(crate) shared: Arc<Shared<S>>,
}

/// What a server and the story both know.
#[derive(Debug)]
pub(crate) struct Shared<S> {
    state: Mutex<S>,
    faults: Mutex<VecDeque<(String, usize, Fault)>>,
    asked: Mutex<Vec<Request>>,
    /// How much later it is here than elsewhere, in milliseconds.
    ahead: Mutex<i64>,
}

impl<S: Send + 'static> Cloud<S> {
    /// Starts it. The answer's third argument is where it goes.
    pub(crate) fn start(state: S, answer: fn(&Shared<S>, &Request, Out)) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            faults: Mutex::default(),
            asked: Mutex::default(),
            ahead: Mutex::default(),
        });
        let known = Arc::clone(&shared);
        let server = Server::start(move |request, out| {
            open(&known.asked).push(request.clone());
            match known.fault(&request) {
                None => answer(&known, &request, out),
                Some(Fault::Status(status, headers)) => {
                    let headers: Vec<(&str, &str)> =
                        headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
                    out.json(status, &headers, &json!({ "status": status, "message": "a fault of the story's" }));
                }
                Some(Fault::AnswerLost) => answer(&known, &request, out.muted()),
                Some(Fault::AnswerLate(late)) => answer(&known, &request, out.delayed(late)),
                Some(Fault::Cut) => out.break_off(),
                Some(Fault::Late(wait)) => {
                    std::thread::sleep(wait);
                    answer(&known, &request, out);
                }
            }
        });
        Self { server, shared }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }
}

impl<S> Shared<S> {
    /// What it keeps.
    pub(crate) fn state(&self) -> MutexGuard<'_, S> {
        open(&self.state)
    }

    /// The next `times` requests whose path begins so meet this.
    pub(crate) fn break_next(&self, path: &str, times: usize, fault: Fault) {
        open(&self.faults).push_back((path.to_owned(), times, fault));
    }

    /// Nothing is broken any more.
    pub(crate) fn mend(&self) {
        open(&self.faults).clear();
    }

    fn fault(&self, request: &Request) -> Option<Fault> {
        let mut faults = open(&self.faults);
        let at = faults.iter().position(|(path, ..)| is_of(request, path))?;
        let (_, times, fault) = &mut faults[at];
        *times -= 1;
        let (over, fault) = (*times == 0, fault.clone());
        if over {
            faults.remove(at);
        }
        Some(fault)
    }

    /// All that was asked, oldest first.
    pub(crate) fn asked(&self) -> Vec<Request> {
        open(&self.asked).clone()
    }

    /// It is this much later here from now on.
    pub(crate) fn advance(&self, span: Duration) {
        *open(&self.ahead) += i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    }

    /// Milliseconds since 1970, as it thinks.
    #[expect(clippy::disallowed_methods, reason = "a platform has a clock of its own, which no test of ours decides")]
    pub(crate) fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX) + *open(&self.ahead)
    }
}

/// Whether a request is of a path, or of one below it. Whether a token is good is asked below where one is asked for, and is no part of
/// that.
pub(crate) fn is_of(request: &Request, path: &str) -> bool {
    request.path.strip_prefix(path).is_some_and(|rest| {
        let below = rest.starts_with('/') && !rest.starts_with("/introspect");
        path.ends_with('/') || rest.is_empty() || rest.starts_with('?') || below
    })
}

fn open<T>(known: &Mutex<T>) -> MutexGuard<'_, T> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What every stand-in lets a story do.
macro_rules! a_cloud {
    ($name:ident) => {
        impl $name {
            /// Where it is: what `NEBULA_…_URL` is set to.
            pub fn url(&self) -> String {
                self.cloud.url()
            }

            /// The next `times` requests whose path begins so meet this.
            pub fn break_next(&self, path: &str, times: usize, fault: $crate::clouds::Fault) {
                self.cloud.shared.break_next(path, times, fault);
            }

            /// Nothing is broken any more.
            pub fn mend(&self) {
                self.cloud.shared.mend();
            }

            /// All that was asked of paths that begin so, oldest first.
            pub fn asked(&self, path: &str) -> Vec<$crate::models::Request> {
                let asked = self.cloud.shared.asked();
                asked.into_iter().filter(|one| $crate::clouds::cloud::is_of(one, path)).collect()
            }

            /// It is this much later there from now on.
            pub fn advance(&self, span: std::time::Duration) {
                self.cloud.shared.advance(span);
            }

            /// Somebody has an account there. Whoever came last is logged in where people are asked.
            pub fn person(&self, id: &str, login: &str, name: &str) {
                let tokens = &mut self.cloud.shared.state().tokens;
                let person = $crate::clouds::Person { id: id.into(), login: login.into(), name: name.into() };
                tokens.people.insert(id.into(), person);
                tokens.consents = $crate::clouds::oauth::Consents::As(id.into());
            }

            /// Whoever is asked from now on is this person, and says yes.
            pub fn consents_as(&self, id: &str) {
                self.cloud.shared.state().tokens.consents = $crate::clouds::oauth::Consents::As(id.into());
            }

            /// Whoever is asked from now on says no.
            pub fn denies(&self) {
                self.cloud.shared.state().tokens.consents = $crate::clouds::oauth::Consents::Never;
            }

            /// Whoever is asked leaves this out from now on.
            pub fn leaves_out(&self, scope: &str) {
                self.cloud.shared.state().tokens.left_out.insert(scope.into());
            }

            /// Tokens last this long from now on.
            pub fn tokens_last(&self, span: std::time::Duration) {
                let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
                self.cloud.shared.state().tokens.lasts = millis;
            }

            /// Somebody lends tokens without being asked: what acts, and what renews it.
            pub fn lends(&self, id: &str, scopes: &[&str]) -> (String, String) {
                let now = self.cloud.shared.now();
                let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
                let lent = self.cloud.shared.state().tokens.lend(id.to_owned(), scopes, now);
                (lent.access, lent.refresh.unwrap_or_default())
            }

            /// Somebody takes back what they gave.
            pub fn take_back(&self, id: &str) {
                self.cloud.shared.state().tokens.take_back(id);
            }

            /// The app of this id has this secret from now on.
            pub fn knows_app(&self, id: &str, secret: &str) {
                self.cloud.shared.state().tokens.apps.insert(id.into(), Some(secret.into()));
            }

            /// Tokens that act are good for nothing any more; what renews them is.
            pub fn take_access(&self) {
                self.cloud.shared.state().tokens.access.clear();
            }

            /// How many tokens somebody has lent that are still good.
            pub fn lent(&self, id: &str) -> usize {
                let now = self.cloud.shared.now();
                self.cloud.shared.state().tokens.lent(id, now)
            }

            /// How often a token was renewed.
            pub fn renewals(&self) -> usize {
                self.cloud.shared.state().tokens.renewals
            }

            /// Every token and code there ever was.
            pub fn words(&self) -> Vec<String> {
                self.cloud.shared.state().tokens.words.clone()
            }
        }
    };
}

pub(crate) use a_cloud;
