//! Title, category and tags of one's own stream, and how each was before.

use accounts::{Lent, Right};
use base::{Action, Actor, Assessment, Error, Permit, Result, Risk, Run, UserId, card::code};
use platforms::{
    Answered, Platform, Platforms,
    channel::{Category, Change, Channel},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Manager,
    each::{Done, Each},
};

/// Titles are no longer than this anywhere; YouTube's are shorter.
const LONGEST_TITLE: usize = 140;
const LONGEST_ON_YOUTUBE: usize = 100;
/// Twitch takes so many tags, of so many letters.
const MOST_TAGS: usize = 10;
const LONGEST_TAG: usize = 25;
/// A category's name is no longer.
const LONGEST_CATEGORY: usize = 100;
/// So many are named where several fit.
const NAMED: usize = 5;
/// What is said where only a stream that is live can be changed.
const NOT_LIVE: &str = "Nothing of yours is live there, and only that can be changed.";

/// How a channel was described before, on one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Previous {
    /// Where.
    pub platform: Platform,
    /// Its title, where that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its category's id, where that changed; empty where it had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Its tags, where those changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

/// Set the title of your stream.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetTitle {
    /// The title.
    pub title: String,
    /// On one platform only; on every one that is connected unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Platform>,
}

/// Set the category of your stream: a game, or what else you do.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetCategory {
    /// Its name.
    pub category: String,
    /// On one platform only; on every one that is connected unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Platform>,
}

/// Set the tags of your stream, in place of those it has.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetTags {
    /// The tags, with commas between them; none takes all of them away.
    #[serde(default)]
    pub tags: String,
    /// On one platform only; on every one that is connected unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Platform>,
}

/// Put title, category or tags of your stream back to what they were.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UndoChange {
    /// What they were, on each platform.
    pub to: Vec<Previous>,
    /// The id of whose stream it is: nobody else puts it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
}

/// What an action on one's own stream says of itself.
macro_rules! ones_own {
    () => {
        ones_own!(|_action: &Self| None);
    };
    ($whose:expr) => {
        fn refusal(&self) -> String {
            "manage streams".to_owned()
        }

        fn target(&self) -> Option<String> {
            None
        }

        async fn assess(&self, _: &Manager, actor: &Actor) -> Result<Assessment> {
            let whose: fn(&Self) -> Option<u64> = $whose;
            $crate::manage::change::refuse_others(whose(self), actor.user)?;
            Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
        }
    };
}

pub(super) use ones_own;

/// What somebody did to their own stream is undone by nobody else, though others may see the card that offers it.
pub(super) fn refuse_others(whose: Option<u64>, who: UserId) -> Result<()> {
    if whose.is_none_or(|whose| whose == who.0) {
        return Ok(());
    }
    Err(Error::Busy("That is somebody else's stream: only they undo it. Nothing was done.".to_owned()))
}

fn on_which(on: Option<Platform>) -> String {
    on.map_or_else(String::new, |platform| format!(" on {platform}"))
}

/// Changes it, and says how it was.
async fn changed(
    platforms: &Platforms,
    (platform, lent): (Platform, &Lent),
    change: &Change<'_>,
    (said, previous): (String, impl FnOnce(&Channel) -> Previous),
) -> Answered<Done> {
    let Some(before) = platforms.channel(platform, &lent.token, &lent.account.subject).await? else {
        return Ok(Done::No(NOT_LIVE.to_owned()));
    };
    match platforms.change(platform, &lent.token, &lent.account.subject, change).await? {
        Some(()) => Ok(Done::WithPrevious(said, previous(&before))),
        None => Ok(Done::No(NOT_LIVE.to_owned())),
    }
}

fn nothing_of(platform: Platform) -> Previous {
    Previous { platform, title: None, category: None, tags: None }
}

impl Action for SetTitle {
    const NAME: &'static str = "stream.title";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Manager;
    type Report = Each;

    fn plan(&self) -> String {
        format!("Set the title of their own stream{} to {}", on_which(self.on), code(&self.title))
    }

    ones_own!();

    async fn run(permit: Permit<Self>, manager: &Manager, _: &Run) -> Result<Each> {
        let (asked, user) = (permit.action(), permit.actor().user);
        let title = asked.title.trim();
        let letters = title.chars().count();
        if letters == 0 || letters > LONGEST_TITLE {
            return Err(Error::Invalid(format!(
                "A title has from 1 to {LONGEST_TITLE} letters, and this has {letters}. Nothing was changed."
            )));
        }
        let platforms = manager.accounts.platforms();
        let set = |platform: Platform, lent: Lent| async move {
            if platform == Platform::YouTube && letters > LONGEST_ON_YOUTUBE {
                return Ok(Done::No(format!(
                    "It takes titles of {LONGEST_ON_YOUTUBE} letters, and this has {letters}."
                )));
            }
            let change = Change { title: Some(title), ..Change::default() };
            let before = |was: &Channel| Previous { title: Some(was.title.clone()), ..nothing_of(platform) };
            changed(platforms, (platform, &lent), &change, (code(title), before)).await
        };
        manager.on_each((user, asked.on), ("**Set** the title", Right::Manage), set).await
    }
}

impl Action for SetCategory {
    const NAME: &'static str = "stream.category";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Manager;
    type Report = Each;

    fn plan(&self) -> String {
        format!("Set the category of their own stream{} to {}", on_which(self.on), code(&self.category))
    }

    ones_own!();

    async fn run(permit: Permit<Self>, manager: &Manager, _: &Run) -> Result<Each> {
        let (asked, user) = (permit.action(), permit.actor().user);
        let typed = asked.category.trim();
        if typed.is_empty() || typed.chars().count() > LONGEST_CATEGORY {
            return Err(Error::Invalid(format!(
                "A category's name has from 1 to {LONGEST_CATEGORY} letters. Nothing was changed."
            )));
        }
        let platforms = manager.accounts.platforms();
        let set = |platform: Platform, lent: Lent| async move {
            let found = platforms.categories(platform, &lent.token, typed).await?;
            let category = match meant(found, typed) {
                Ok(category) => category,
                Err(why) => return Ok(Done::No(why)),
            };
            let change = Change { category: Some(&category.id), ..Change::default() };
            let before = |was: &Channel| {
                let id = was.category.as_ref().map(|category| category.id.clone()).unwrap_or_default();
                Previous { category: Some(id), ..nothing_of(platform) }
            };
            changed(platforms, (platform, &lent), &change, (code(&category.name), before)).await
        };
        manager.on_each((user, asked.on), ("**Set** the category", Right::Manage), set).await
    }
}

/// The category that is meant: the one of that very name, or the only one whose name holds it.
fn meant(found: Vec<Category>, typed: &str) -> std::result::Result<Category, String> {
    let lower = typed.to_lowercase();
    if let Some(exact) = found.iter().find(|one| one.name.to_lowercase() == lower) {
        return Ok(exact.clone());
    }
    let mut like: Vec<Category> = found.into_iter().filter(|one| one.name.to_lowercase().contains(&lower)).collect();
    match like.len() {
        0 => Err(format!("It knows no category {}.", code(typed))),
        1 => Ok(like.remove(0)),
        several => {
            let named: Vec<String> = like.iter().take(NAMED).map(|one| code(&one.name)).collect();
            Err(format!("{several} categories are called something like that: {}.", named.join(", ")))
        }
    }
}

impl Action for SetTags {
    const NAME: &'static str = "stream.tags";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Manager;
    type Report = Each;

    fn plan(&self) -> String {
        format!("Set the tags of their own stream{} to {}", on_which(self.on), code(&self.tags))
    }

    ones_own!();

    async fn run(permit: Permit<Self>, manager: &Manager, _: &Run) -> Result<Each> {
        let (asked, user) = (permit.action(), permit.actor().user);
        let tags = read_tags(&asked.tags)?;
        let (platforms, tags) = (manager.accounts.platforms(), tags.as_slice());
        let said =
            if tags.is_empty() { "none".to_owned() } else { tags.iter().map(code).collect::<Vec<_>>().join(" ") };
        let said = said.as_str();
        let set = |platform: Platform, lent: Lent| async move {
            let change = Change { tags: Some(tags), ..Change::default() };
            let before = |was: &Channel| Previous { tags: Some(was.tags.clone()), ..nothing_of(platform) };
            changed(platforms, (platform, &lent), &change, (said.to_owned(), before)).await
        };
        manager.on_each((user, asked.on), ("**Set** the tags", Right::Manage), set).await
    }
}

/// Words of letters and digits, each once.
fn read_tags(typed: &str) -> Result<Vec<String>> {
    let mut tags: Vec<String> = Vec::new();
    for tag in typed.split([',', ' ', '#']).map(str::trim).filter(|tag| !tag.is_empty()) {
        if tag.chars().count() > LONGEST_TAG || !tag.chars().all(char::is_alphanumeric) {
            return Err(Error::Invalid(format!(
                "{} is no tag: letters and digits, at most {LONGEST_TAG}. Nothing was changed.",
                code(tag)
            )));
        }
        if !tags.iter().any(|known| known.eq_ignore_ascii_case(tag)) {
            tags.push(tag.to_owned());
        }
    }
    if tags.len() > MOST_TAGS {
        return Err(Error::Invalid(format!(
            "These are {} tags, and there are at most {MOST_TAGS}. Nothing was changed.",
            tags.len()
        )));
    }
    Ok(tags)
}

impl Action for UndoChange {
    const NAME: &'static str = "stream.undo";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Manager;
    type Report = Each;

    fn plan(&self) -> String {
        let all: Vec<&str> = self.to.iter().map(|one| one.platform.name()).collect();
        format!("Put their own stream back to what it was on {}", all.join(", "))
    }

    ones_own!(|undo| undo.of);

    async fn run(permit: Permit<Self>, manager: &Manager, _: &Run) -> Result<Each> {
        let (asked, user) = (permit.action(), permit.actor().user);
        let platforms = manager.accounts.platforms();
        let mut whole: Option<Each> = None;
        for to in &asked.to {
            let put = |platform: Platform, lent: Lent| async move {
                let change =
                    Change { title: to.title.as_deref(), category: to.category.as_deref(), tags: to.tags.as_deref() };
                Ok(match platforms.change(platform, &lent.token, &lent.account.subject, &change).await? {
                    Some(()) => Done::Yes("as it was".to_owned()),
                    None => Done::No(NOT_LIVE.to_owned()),
                })
            };
            let each = manager.on_each((user, Some(to.platform)), ("**Put back**", Right::Manage), put).await?;
            whole = Some(match whole {
                None => each,
                Some(before) => before.and(each),
            });
        }
        whole.ok_or_else(|| Error::Invalid("There is nothing to put back.".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<Category> {
        names.iter().map(|name| Category { id: (*name).to_owned(), name: (*name).to_owned() }).collect()
    }

    #[test]
    fn the_category_of_that_very_name_is_meant_or_the_only_one_like_it() {
        let all = || named(&["Chess", "Chess Ultra", "Just Chatting"]);
        assert_eq!(meant(all(), "chess").unwrap().name, "Chess");
        assert_eq!(meant(all(), "chatting").unwrap().name, "Just Chatting");
        assert!(meant(named(&["Chess Ultra", "Chess 2"]), "chess").unwrap_err().contains("`Chess 2`"));
        assert!(meant(all(), "poker").unwrap_err().contains("no category"));
    }

    #[test]
    fn whoever_did_something_to_their_stream_undoes_it_and_nobody_else_does() {
        assert!(refuse_others(None, UserId(1)).is_ok() && refuse_others(Some(1), UserId(1)).is_ok());
        assert!(refuse_others(Some(1), UserId(2)).unwrap_err().to_string().contains("somebody else's stream"));
    }

    #[test]
    fn tags_are_words_each_once() {
        assert_eq!(read_tags("English, #chill  english,Ünïcode").unwrap(), ["English", "chill", "Ünïcode"]);
        assert!(read_tags("").unwrap().is_empty());
        assert!(read_tags("two-words").is_err() && read_tags(&"x".repeat(26)).is_err());
        assert!(read_tags("a b c d e f g h i j k").is_err());
    }
}
