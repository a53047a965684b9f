//! People at a Discord client, and what they see: commands, forms, messages and their buttons.

use std::time::{Duration, Instant};

use sandbox::client::{self, Client, Interaction, Message, Modal};

use crate::world::SOON;

/// Two screens are compared again after this.
const AGAIN: Duration = Duration::from_millis(500);

/// Somebody at a Discord client.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) client: Client,
    name: String,
    page: String,
}

impl Person {
    /// Somebody by name, looking at #ops.
    pub(crate) async fn at(page: &str, name: &str) -> Self {
        Self::looking_at(page, name, "ops").await
    }

    /// The same, looking at another channel.
    pub(crate) async fn looking_at(page: &str, name: &str, channel: &str) -> Self {
        let client = Client::connect_as(page, name).await.unwrap();
        client.go(channel).unwrap();
        Self { client, name: name.to_owned(), page: page.to_owned() }
    }

    /// Types a command, and waits until it is acknowledged.
    pub(crate) async fn slash(&self, line: &str) -> Asked {
        let interaction = self.client.slash(line).await.unwrap_or_else(|error| panic!("{line}: {error}"));
        Asked { person: self.clone(), interaction }
    }

    /// Types a command, and waits for what it says in the end.
    pub(crate) async fn ask(&self, line: &str) -> Shown {
        self.slash(line).await.answer().await
    }

    /// Gives somebody a role by its name, as a person with Manage Roles.
    pub(crate) async fn give(&self, whom: &Self, role: &str) {
        self.client.give(&whom.name, role).await.unwrap_or_else(|error| panic!("{role} to {}: {error}", whom.name));
    }

    /// Takes a role from somebody.
    pub(crate) async fn take(&self, whom: &Self, role: &str) {
        self.client.take(&whom.name, role).await.unwrap_or_else(|error| panic!("{role} from {}: {error}", whom.name));
    }

    /// Their id.
    pub(crate) fn id(&self) -> String {
        self.client.look(|state| state.user["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Throws somebody out of the guild.
    pub(crate) async fn kick(&self, whom: &Self) {
        let guild = self.client.look(|state| state.guild_id().to_owned());
        let member = format!("/guilds/{guild}/members/{}", whom.id());
        self.client.rest(reqwest::Method::DELETE, &member, None).await.unwrap();
    }

    /// What the bot answers to an interaction that was made for this person.
    pub(crate) async fn answer_to(&self, interaction: &str) -> Shown {
        let answer = |state: &client::State| state.answer(interaction).cloned();
        let message = self.client.wait_for("the answer", SOON, answer).await.unwrap();
        Shown { person: self.clone(), message }
    }

    /// The newest message in the channel that says this, once there is one; no interaction need be about it.
    pub(crate) async fn sees(&self, text: &str) -> Shown {
        let ops = self.client.look(|state| state.find_channel("ops").map(|channel| channel.id.clone())).unwrap();
        self.sees_in(&ops, text).await
    }

    /// The same, in another channel or thread.
    pub(crate) async fn sees_in(&self, channel: &str, text: &str) -> Shown {
        let says = |state: &client::State| {
            let mut newest = state.messages(channel).rev().filter(|message| message.is_by_a_bot());
            newest.find(|message| client::message_text(&message.raw).contains(text)).cloned()
        };
        let message = self.client.wait_for(format!("{text:?}"), SOON, says).await.unwrap_or_else(|error| {
            let newest = self.client.look(|state| state.newest(channel).map(Message::text));
            panic!("{error}; the newest message says:\n{}", newest.unwrap_or_default())
        });
        Shown { person: self.clone(), message }
    }

    /// The newest message of the bot's in the channel of which this holds.
    pub(crate) async fn sees_where(&self, what: &str, holds: impl Fn(&str) -> bool) -> Shown {
        let says = |state: &client::State| {
            let channel = state.find_channel("ops").ok()?.id.clone();
            let mut newest = state.messages(&channel).rev().filter(|message| message.is_by_a_bot());
            newest.find(|message| holds(&client::message_text(&message.raw))).cloned()
        };
        let message = self.client.wait_for(format!("{what:?}"), SOON, says).await.unwrap();
        Shown { person: self.clone(), message }
    }

    /// Uses a command of a message's own menu, on the newest message in the channel that says this.
    pub(crate) async fn use_on(&self, text: &str, command: &str) -> Asked {
        let says = |state: &client::State| {
            let channel = state.find_channel("ops").ok()?.id.clone();
            let mut newest = state.messages(&channel).rev();
            newest.find(|message| client::message_text(&message.raw).contains(text)).cloned()
        };
        let message = self.client.wait_for(format!("{text:?}"), SOON, says).await.unwrap();
        let interaction =
            self.client.use_on(&message, command).await.unwrap_or_else(|error| panic!("{command}: {error}"));
        Asked { person: self.clone(), interaction }
    }

    /// The names offered for an unfinished command.
    pub(crate) async fn offered(&self, line: &str) -> Vec<String> {
        self.client.autocomplete(line).await.unwrap().into_iter().map(|choice| choice.name).collect()
    }
}

/// A command that was acknowledged.
pub(crate) struct Asked {
    person: Person,
    interaction: Interaction,
}

impl Asked {
    /// The form that opened.
    pub(crate) fn form(self) -> Form {
        let modal = self.interaction.modal.unwrap_or_else(|| panic!("{} opened no form", self.interaction.what));
        Form { person: self.person, modal }
    }

    /// The message that answers it.
    pub(crate) async fn answer(self) -> Shown {
        let message = self.person.client.answer(&self.interaction, SOON).await.unwrap();
        Shown { person: self.person, message }
    }
}

/// A form that is open.
pub(crate) struct Form {
    person: Person,
    modal: Modal,
}

impl Form {
    /// Fills it in, submits it, and waits for the answer.
    pub(crate) async fn fill(&self, values: &[(&str, &str)]) -> Shown {
        self.submit(values).await.answer().await
    }

    /// Fills it in and submits it, and waits until that is acknowledged.
    pub(crate) async fn submit(&self, values: &[(&str, &str)]) -> Asked {
        let interaction = self.person.client.fill(&self.modal, values).await.unwrap();
        Asked { person: self.person.clone(), interaction }
    }
}

/// A message on somebody's screen.
pub(crate) struct Shown {
    person: Person,
    message: Message,
}

impl Shown {
    /// Its text as it is now.
    pub(crate) fn text(&self) -> String {
        client::message_text(&self.person.client.now(&self.message).raw)
    }

    /// Its text now, with what differs from run to run masked.
    pub(crate) fn masked(&self) -> String {
        mask(&self.text())
    }

    /// Whether only its reader sees it.
    pub(crate) fn is_private(&self) -> bool {
        self.message.is_ephemeral()
    }

    /// The buttons it has now.
    pub(crate) fn buttons(&self) -> Vec<String> {
        self.person.client.now(&self.message).buttons().into_iter().map(|button| button.label).collect()
    }

    /// The message itself, as it is now.
    pub(crate) fn message(&self) -> Message {
        self.person.client.now(&self.message)
    }

    /// The same message on somebody else's screen.
    pub(crate) async fn seen_by(&self, person: &Person) -> Self {
        // Two people's screens are never quite the same moment.
        let components = self.message().raw["components"].clone();
        let seen = |state: &client::State| {
            let latest = state.message(self.message.id())?.latest();
            (latest.raw["components"] == components).then(|| latest.clone())
        };
        let message = person.client.wait_for("the message", SOON, seen).await.unwrap();
        Self { person: person.clone(), message }
    }

    /// Waits until it says this.
    pub(crate) async fn until(&self, text: &str) -> &Self {
        self.until_within(text, SOON).await
    }

    /// The same, for what takes its time.
    pub(crate) async fn until_within(&self, text: &str, within: Duration) -> &Self {
        let id = self.message.id().to_owned();
        // What was shown for a moment was shown: a busy test may look a little late.
        let says = |state: &client::State| {
            let versions = &state.message(&id)?.versions;
            versions.iter().any(|version| client::message_text(&version.raw).contains(text)).then_some(())
        };
        if let Err(error) = self.person.client.wait_for(format!("{text:?}"), within, says).await {
            panic!("{error}; it says:\n{}", self.text());
        }
        self
    }

    /// Presses one of its buttons as somebody who also sees it.
    pub(crate) async fn press(&self, person: &Person, label: &str) {
        self.try_press(person, label).await.unwrap_or_else(|error| panic!("[{label}]: {error}"));
    }

    /// Presses one of its buttons; the answer is how Discord took it.
    pub(crate) async fn try_press(&self, person: &Person, label: &str) -> client::Result<Asked> {
        // Two people's screens are never quite the same moment. Neither is looked at from within the other: they may be one, and
        // whoever waits to write in between would wait for ever.
        let (id, until) = (self.message.id().to_owned(), Instant::now() + SOON);
        loop {
            let shown = self.person.client.now(&self.message).raw["components"].clone();
            let same = |state: &client::State| (state.message(&id)?.latest().raw["components"] == shown).then_some(());
            match person.client.wait_for("the same message on both screens", AGAIN, same).await {
                Err(error) if Instant::now() >= until => return Err(error),
                Err(_) => {}
                Ok(()) => break,
            }
        }
        let interaction = person.client.press(&self.person.client.now(&self.message), label).await?;
        Ok(Asked { person: person.clone(), interaction })
    }

    /// Chooses from one of its menus as somebody who also sees it, and waits until that is acknowledged.
    pub(crate) async fn choose(&self, person: &Person, menu: &str, wanted: &[&str]) -> Asked {
        let chosen = person.client.choose(&self.person.client.now(&self.message), menu, wanted).await;
        Asked { person: person.clone(), interaction: chosen.unwrap_or_else(|error| panic!("[{menu}]: {error}")) }
    }

    /// Every version of it that was shown, oldest first.
    pub(crate) fn versions_seen(&self) -> Vec<Message> {
        self.person
            .client
            .look(|state| state.message(self.message.id()).map(|seen| seen.versions.clone()).unwrap_or_default())
    }

    /// How many versions of it were shown.
    pub(crate) fn versions(&self) -> usize {
        self.person.client.look(|state| state.message(self.message.id()).map_or(0, |seen| seen.versions.len()))
    }

    /// The file attached to it, as it is downloaded.
    pub(crate) async fn file(&self) -> Vec<u8> {
        let raw = self.person.client.now(&self.message).raw;
        let url = raw["attachments"][0]["url"].as_str().unwrap_or_else(|| panic!("no file in {raw}")).to_owned();
        download(&self.person.page, &url).await
    }
}

/// Fetches a file as a person's client does: from the CDN, which the page's address serves too.
pub(crate) async fn download(page: &str, url: &str) -> Vec<u8> {
    downloaded(page, url).await.unwrap_or_else(|| panic!("{url} is not there"))
}

/// The same where it may have been taken away meanwhile.
pub(crate) async fn downloaded(page: &str, url: &str) -> Option<Vec<u8>> {
    let (_, path) = url.split_once("/attachments/").unwrap_or_else(|| panic!("{url} is no file"));
    let file = reqwest::get(format!("{page}/attachments/{path}")).await.unwrap();
    if file.status() == reqwest::StatusCode::NOT_FOUND {
        return None;
    }
    assert!(file.status().is_success(), "{url}: {}", file.status());
    Some(file.bytes().await.unwrap().to_vec())
}

/// Replaces what differs from run to run: references, times, addresses, fingerprints, durations.
pub(crate) fn mask(text: &str) -> String {
    let masks = [
        (r"<t:\d+:([RTFf])>", "<t:…:$1>"),
        (r"<@&?\d+>", "<@…>"),
        (r"<#\d+>", "<#…>"),
        (r"channels/\d+/\d+/\d+", "channels/…"),
        (r"SHA256:[\w+/]{43}", "SHA256:…"),
        (r"127\.\d+\.\d+\.\d+:\d+|\bo[0-9a-f]{6}\.localhost:\d+", "ADDRESS"),
        (r"plan [0-9a-f]{6}", "plan HASH"),
        (r"ref [2-9A-Z]{6}", "ref REFERENCE"),
        (r"-[2-9A-Z]{6}\.(log|jsonl|cast)", "-REFERENCE.$1"),
        (r"(after|running|took) [\d.]+ m?s", "$1 TIME"),
    ];
    masks
        .into_iter()
        .fold(text.to_owned(), |text, (from, to)| regex::Regex::new(from).unwrap().replace_all(&text, to).into_owned())
}
