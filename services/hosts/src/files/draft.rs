//! Looks what a change would come to: what is there now, and what would be different. Nothing is written.

use std::time::Duration;

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Redactor, Report, Result, Risk, Run, Secret, ServerName,
    card::code, secret::MASK,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use similar::{ChangeTag, TextDiff};

use super::{
    DEADLINE, FilePath, Files, LARGEST_ATTACHMENT, WriteFile,
    get::{opened, read_all},
    spot::Ending,
    swap::{self, NOTHING},
};

/// Texts up to this are compared.
const COMPARED: u64 = 256 * 1024;
/// A longer difference is not read by anybody; it is told by its lines.
const DIFFERENCE: usize = 16_000;
/// The time that a comparison may take; after it, whole blocks differ.
const TIME: Duration = Duration::from_millis(500);
const WORDS: (&str, &str) = ("write", "Nothing was changed.");

/// Look what writing a file would change.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DraftFile {
    /// The server.
    pub server: ServerName,
    /// The file.
    pub path: FilePath,
    /// What would be in it, in base64.
    #[serde(default)]
    pub content: Option<Secret>,
    /// What must be there: what a form was opened with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Where it does not come from: nothing may be made that is not there.
    #[serde(default)]
    pub only: Only,
}

/// What may be written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Only {
    /// Anything, also a new file.
    #[default]
    Any,
    /// A file that is there.
    There,
}

/// What it would come to.
#[derive(Debug, Serialize, Deserialize)]
pub struct Drafted {
    /// What is there.
    pub before: String,
    /// What would be.
    pub after: String,
    /// Its size in bytes.
    pub size: u64,
    /// What would be different, where both are text; without secrets.
    pub diff: Option<String>,
    /// How many lines would come and go.
    pub lines: Option<(u64, u64)>,
}

impl DraftFile {
    /// The change itself, once it is known what it comes to.
    pub fn write(self, drafted: Drafted) -> WriteFile {
        WriteFile {
            server: self.server,
            path: self.path,
            before: drafted.before,
            after: drafted.after,
            size: drafted.size,
            lines: drafted.lines,
            diff: drafted.diff,
            content: self.content,
        }
    }

    /// Bytes as an action carries them.
    pub fn carried(bytes: &[u8]) -> Secret {
        Secret::new(STANDARD.encode(bytes))
    }
}

/// The bytes that an action carries.
pub(super) fn content(content: Option<&Secret>) -> Result<Vec<u8>> {
    let invalid = |why: &str| Error::Invalid(format!("{why} Nothing was changed."));
    let content = content.ok_or_else(|| invalid("There is nothing to write."))?;
    let bytes =
        STANDARD.decode(content.expose()).map_err(|_| invalid("What is to be written did not arrive whole."))?;
    if bytes.len() as u64 > LARGEST_ATTACHMENT {
        return Err(invalid("That is too large."));
    }
    Ok(bytes)
}

impl Action for DraftFile {
    const NAME: &'static str = "file.draft";
    const RISK: Risk = Risk::Observe;
    type Service = Files;
    type Report = Drafted;

    fn plan(&self) -> String {
        format!("Look what writing {} on {} would change", code(self.path.as_str()), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("write files on {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }

    async fn assess(&self, files: &Files, actor: &Actor) -> Result<Assessment> {
        Ok(files.hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    async fn run(permit: Permit<Self>, files: &Files, run: &Run) -> Result<Drafted> {
        let (action, guild) = (permit.action(), permit.actor().guild);
        let new = content(action.content.as_ref())?;
        let (server, sftp) = files.session(guild, &action.server).await?;
        let spot = files.spot(&server, &sftp, &action.path, Ending::Followed, WORDS).await?;
        let tried = spot.tried(WORDS.0, WORDS.1);
        let now = swap::now(&sftp, &spot, &tried).await?;
        if now.facts.is_none() && action.only == Only::There {
            return Err(tried.because("There is no such file; `/file put` makes one."));
        }
        if action.expected.as_ref().is_some_and(|expected| *expected != now.digest) {
            return Err(tried.because("It was changed since you opened it. Open it again."));
        }
        let after = swap::digest(&new);
        if after == now.digest {
            return Err(tried.because("It says exactly that already."));
        }
        let old = match now.facts {
            None => Some(Vec::new()),
            Some(facts) if facts.size > COMPARED => None,
            Some(_) => {
                let (handle, _) = opened(&sftp, &spot, WORDS).await?;
                read_all(&sftp, &handle, COMPARED).await.map_err(|error| tried.said(&error))?
            }
        };
        // What is too large to be compared may have held it or not: then it is refused.
        if holds_mask(&new) && !old.as_deref().is_some_and(holds_mask) {
            return Err(tried.because(format!(
                "It holds {}, which stands for a secret in what I show: the secret would be lost.",
                code(MASK)
            )));
        }
        let is_short = |text: &&str| text.len() as u64 <= COMPARED && !text.contains('\0');
        let old = old.as_deref().and_then(|old| str::from_utf8(old).ok());
        let text = str::from_utf8(&new).ok().filter(is_short);
        let difference = match (old, text) {
            (Some(old), Some(new)) if now.digest != NOTHING => difference(old, new, run.redactor()),
            _ => Difference { diff: None, lines: None },
        };
        let Difference { diff, lines } = difference;
        Ok(Drafted { before: now.digest, after, size: new.len() as u64, diff, lines })
    }
}

/// Whether the words that stand for a secret are in it, whatever else is.
fn holds_mask(bytes: &[u8]) -> bool {
    bytes.windows(MASK.len()).any(|window| window == MASK.as_bytes())
}

struct Difference {
    diff: Option<String>,
    lines: Option<(u64, u64)>,
}

/// What differs between two texts. Both are masked whole first: a secret of several lines is not recognised in pieces.
fn difference(old: &str, new: &str, redactor: &Redactor) -> Difference {
    let (old, new) = (redactor.mask(old), redactor.mask(new));
    let diff = TextDiff::configure().timeout(TIME).diff_lines(&*old, &*new);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count() as u64;
    let lines = (count(ChangeTag::Insert), count(ChangeTag::Delete));
    let text = diff.unified_diff().context_radius(2).to_string();
    // Masked once more: lines that now stand beside each other may look like one.
    let text = redactor.mask(text.trim_end_matches('\n')).into_owned();
    Difference { diff: (!text.is_empty() && text.len() <= DIFFERENCE).then_some(text), lines: Some(lines) }
}

impl Report for Drafted {
    fn card(&self) -> Card {
        Card::ok("**Looked** what it would change").fact(base::measure::bytes(self.size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_shows_no_secret_and_says_how_many_lines_it_is() {
        let redactor = Redactor::default();
        redactor.learn("correct-horse-battery");
        let old = "a\npassword correct-horse-battery\nz\n";
        let found = difference(old, "a\npassword correct-horse-battery\nport 8080\nz\n", &redactor);
        assert_eq!(found.lines, Some((1, 0)));
        let diff = found.diff.unwrap();
        assert!(diff.contains("+port 8080") && diff.contains(MASK) && !diff.contains("correct-horse"), "{diff}");
        // A secret that takes another's place is a change that nobody is shown.
        let found = difference(old, "a\npassword correct-horse-battery\nz\n", &redactor);
        assert_eq!((found.diff, found.lines), (None, Some((0, 0))));
    }

    #[test]
    fn what_stands_for_a_secret_is_found_in_any_bytes() {
        let large = [&b"\0\xff".repeat(200_000)[..], MASK.as_bytes(), b"\n"].concat();
        assert!(
            holds_mask(&large) && holds_mask(MASK.as_bytes()) && !holds_mask(&large[..400_005]) && !holds_mask(b"")
        );
    }

    #[test]
    fn texts_that_have_nothing_in_common_are_told_by_their_lines() {
        let text = |word: &str| (0..5_000).map(|line| format!("{word} {line}")).collect::<Vec<_>>().join("\n");
        let began = std::time::Instant::now();
        let found = difference(&text("old"), &text("new"), &Redactor::default());
        assert_eq!((found.diff, found.lines), (None, Some((5_000, 5_000))));
        assert!(began.elapsed().as_secs() < 20);
    }
}
