//! Requests that say they are Twitch's, Kick's or the hub's and are not, as many as are wanted, each forged in another way.

use peers::clouds::{kick::Kick, sign};
use streams::signature;

/// By what those sign whom we told.
const SECRET: &str = "a-secret-of-forty-letters-or-so-0123456789";
const ANOTHER: &str = "another-secret-of-as-many-letters-9876543210";
const TIME: &str = "2026-11-22T10:00:00Z";
const BODY: &str =
    r#"{"subscription":{"id":"s-1","type":"stream.online"},"event":{"id":"1","broadcaster_user_id":"1"}}"#;

/// Who it is said to be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Twitch,
    Kick,
    Hub,
}

pub(crate) const ALL: [Of; 3] = [Of::Twitch, Of::Kick, Of::Hub];

/// What comes: a hub signs no id and no time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) time: String,
    pub(crate) body: Vec<u8>,
    pub(crate) said: String,
}

/// Whoever forges: with real requests before them, and without the keys.
pub(crate) struct Forger {
    kick: Kick,
    key: Vec<u8>,
    /// Of each, one that is real, and another one; and what another key makes of the first.
    real: [(Request, Request, String); 3],
}

impl Forger {
    pub(crate) fn new() -> Self {
        let kick = Kick::start("app", Some("secret"));
        let key = signature::rsa_key(&kick.public_key()).unwrap();
        let signs = |of: Of, id: &str, body: &[u8]| {
            let said = match of {
                Of::Twitch => sign::twitch(SECRET, id, TIME, body),
                Of::Kick => kick.signs(id, TIME, body),
                Of::Hub => sign::hub(SECRET, body),
            };
            Request { id: id.to_owned(), time: TIME.to_owned(), body: body.to_vec(), said }
        };
        let real = ALL.map(|of| {
            let (one, other) = (signs(of, "id-1", BODY.as_bytes()), signs(of, "id-2", b"{}"));
            let by_another = match of {
                Of::Twitch => sign::twitch(ANOTHER, &one.id, &one.time, &one.body),
                Of::Hub => sign::hub(ANOTHER, &one.body),
                Of::Kick => {
                    kick.changes_key();
                    kick.signs(&one.id, &one.time, &one.body)
                }
            };
            (one, other, by_another)
        });
        Self { kick, key, real }
    }

    /// Whether it would be taken.
    pub(crate) fn is_taken(&self, of: Of, request: &Request) -> bool {
        let Request { id, time, body, said } = request;
        match of {
            Of::Twitch => signature::twitch(SECRET, id, time, body, said),
            Of::Kick => signature::kick(&self.key, id, time, body, said),
            Of::Hub => signature::hub(SECRET, body, said),
        }
    }

    /// The real one, which would be.
    pub(crate) fn real(&self, of: Of) -> &Request {
        &self.real[of as usize].0
    }

    /// The forged one of this number.
    pub(crate) fn forged(&self, number: u32) -> (Of, Request) {
        let of = ALL[number as usize % ALL.len()];
        let (real, other, by_another) = &self.real[of as usize];
        let (mut request, way, at) = (real.clone(), number / 3 % 7, number as usize / 21);
        // A hub signs neither: another id or time of its is another body.
        let way = if of == Of::Hub && matches!(way, 1 | 2) { 0 } else { way };
        match way {
            0 => {
                let byte = at % request.body.len();
                request.body[byte] ^= u8::try_from(at / request.body.len() % 255).unwrap() + 1;
            }
            1 => request.id = format!("id-{}", number + 3),
            2 => request.time = TIME.replace("10:00", &format!("{:02}:{:02}", 11 + at % 12, at / 12 % 60)),
            3 => {
                by_another.clone_into(&mut request.said);
                request.body.truncate(request.body.len() - at % 2 * (at % request.body.len()));
            }
            4 => request.said.truncate(at % real.said.len()),
            5 => request.said = other_case(&real.said, at),
            _ => {
                // What was signed of another one.
                other.said.clone_into(&mut request.said);
                request.id = if at % 2 == 0 { other.id.clone() } else { format!("id-{}", number + 3) };
            }
        }
        (of, request)
    }

    /// How many of so many forged ones are taken.
    pub(crate) fn taken(&self, count: u32) -> u32 {
        (0..count)
            .map(|number| {
                let (of, request) = self.forged(number);
                assert_ne!(request, *self.real(of), "{number} is not forged");
                u32::from(self.is_taken(of, &request))
            })
            .sum()
    }

    /// Kick, which signs by another key by now.
    pub(crate) fn kick(&self) -> &Kick {
        &self.kick
    }
}

/// The same with letters in the other case, from this one on.
fn other_case(said: &str, from: usize) -> String {
    let letters = said.chars().enumerate().map(|(at, letter)| match letter {
        // Digits of a hash are the same digits in either case: what is before them is not.
        _ if said.starts_with("sha") && at > 3 => letter,
        letter if at < from % 3 && !said.starts_with("sha") => letter,
        letter if letter.is_ascii_lowercase() => letter.to_ascii_uppercase(),
        letter => letter.to_ascii_lowercase(),
    });
    letters.collect()
}
