//! Where every attack takes place: a server whose runs can be counted, and people who may more or less.

use std::path::PathBuf;

use peers::Sshd;
use sandbox::ForgedPress;

use crate::people::{Person, Shown};
use crate::world::World;

/// The buttons of a question that is open.
pub(crate) const OPEN: [&str; 3] = ["Details", "Approve", "Deny"];
/// The button of a command that ran.
pub(crate) const RAN: [&str; 1] = ["Run again"];

/// A world with a server, on which whoever has the role Operators holds `server.run`.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) sshd: Sshd,
    /// The guild's owner.
    pub(crate) admin: Person,
    /// A line is added to it each time this attack's command runs.
    pub(crate) file: PathBuf,
    home: tempfile::TempDir,
    people: usize,
}

impl Scene {
    pub(crate) async fn set(mut world: World) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::set_permissions(home.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        let sshd = world.with_server("box").await;
        let admin = world.admin().await;
        admin.ask("/grant role role:@Operators allow:server.run on:box*").await.until("Granted").await;
        Self { world, sshd, admin, file: PathBuf::new(), home, people: 0 }
    }

    /// Begins another attack: nothing ran yet.
    pub(crate) fn next(&mut self, number: usize) -> PathBuf {
        self.file = self.home.path().join(format!("attack-{number}"));
        self.file.clone()
    }

    /// The world, and the directory in which the runs are counted.
    pub(crate) fn over(self) -> (World, tempfile::TempDir) {
        (self.world, self.home)
    }

    /// Somebody who holds `server.run` by their role.
    pub(crate) async fn operator(&mut self) -> Person {
        self.newcomer("operator", &["Operators"]).await
    }

    /// Somebody who holds nothing.
    pub(crate) async fn guest(&mut self) -> Person {
        self.newcomer("guest", &[]).await
    }

    /// Somebody who holds this alone, in person.
    pub(crate) async fn holder(&mut self, action: &str, target: &str) -> Person {
        let person = self.newcomer("holder", &[]).await;
        let line = format!("/grant person person:<@{}> allow:{action} on:\"{target}\"", person.id());
        self.admin.ask(&line).await.until("Granted").await;
        person
    }

    /// Takes what such a person holds away from them.
    pub(crate) async fn revoke(&self, person: &Person, held: &str) {
        let name = person.client.look(|state| state.username().to_owned());
        self.admin.ask(&format!("/grant revoke grant:\"@{name} {held}\"")).await.until("Took back").await;
    }

    /// Somebody whose role makes them an administrator, and who does not own the guild.
    pub(crate) async fn chief(&mut self) -> Person {
        let guild = self.world.sandbox.guild_id();
        if self.world.sandbox.role_id("Chiefs").is_none() {
            let role = serde_json::json!({ "name": "Chiefs", "permissions": "8" });
            let roles = format!("/guilds/{guild}/roles");
            self.admin.client.rest(reqwest::Method::POST, &roles, Some(&role)).await.unwrap();
        }
        self.newcomer("chief", &["Chiefs"]).await
    }

    async fn newcomer(&mut self, name: &str, roles: &[&str]) -> Person {
        self.people += 1;
        self.world.newcomer(&format!("{name}{}", self.people), roles).await
    }

    /// The command whose runs are counted: a change, and by somebody who is no administrator a question.
    pub(crate) fn command(&self) -> String {
        format!("echo x >> {}", self.file.display())
    }

    /// Asks for that command, and waits for the question.
    pub(crate) async fn question(&self, asker: &Person) -> Shown {
        self.question_on("box", asker).await
    }

    /// The same on another server.
    pub(crate) async fn question_on(&self, server: &str, asker: &Person) -> Shown {
        self.asks(server, &self.command(), asker).await
    }

    /// Asks for some command, and waits for the question.
    pub(crate) async fn asks(&self, server: &str, command: &str, asker: &Person) -> Shown {
        let card =
            asker.ask(&format!("/server run server:{server} command:\"{}\"", command.replace('"', "\\\""))).await;
        card.until("Approve?").await;
        assert_eq!(card.buttons(), OPEN);
        assert!(!card.is_private());
        card
    }

    /// Lets the bot hear of presses of a button by all of these at the very same moment.
    pub(crate) fn press_at_once(&self, card: &Shown, label: &str, people: &[&Person]) {
        let message = card.message();
        for press in people.iter().map(|person| forged(person, &message, label)) {
            self.world.sandbox.forge_press(&press).expect("they are there");
        }
    }

    /// Lets the bot hear of such a press; the answer is for whoever is said to have pressed alone, and says this.
    pub(crate) async fn forge(&self, by: &Person, press: &ForgedPress, says: &str) {
        let interaction = self.world.sandbox.forge_press(press).expect("they are there");
        is_refusal(&by.answer_to(&interaction).await, says);
    }

    /// The policy asks for two other people's yes on the server, or for what it asks by default again.
    pub(crate) async fn need(&self, need: &str) {
        let line = format!("/policy set need:{need} action:server.run target:box");
        let said = if need == "default" { "Rule taken away" } else { "Policy set" };
        self.admin.ask(&line).await.until(said).await;
    }
}

/// A press of a button that was on this card once, whatever became of the card.
pub(crate) fn forged(by: &Person, card: &sandbox::client::Message, label: &str) -> ForgedPress {
    let button = card.buttons().into_iter().find(|button| button.label == label).expect("it was there");
    ForgedPress {
        by: by.id(),
        channel: card.channel_id().to_owned(),
        message: card.raw.clone(),
        custom_id: button.custom_id.expect("it can be pressed"),
    }
}

/// Presses a button; the answer is for whoever pressed alone, and says this.
pub(crate) async fn refused(card: &Shown, by: &Person, label: &str, says: &str) {
    is_refusal(&card.try_press(by, label).await.unwrap().answer().await, says);
}

fn is_refusal(answer: &Shown, says: &str) {
    assert!(answer.is_private(), "everybody sees: {}", answer.text());
    assert!(answer.text().contains(says), "{says:?} is not in: {}", answer.text());
    assert_eq!(answer.buttons(), [""; 0]);
}

/// Presses Approve, and waits until the command ran.
pub(crate) async fn approved(card: &Shown, by: &Person) {
    card.press(by, "Approve").await;
    ran(card).await;
}

/// Waits until the command ran; the card is final.
pub(crate) async fn ran(card: &Shown) {
    card.until("exit 0 after").await;
    assert!(card.text().contains("exit 0 after"), "the last word is not the last: {}", card.text());
    assert_eq!(card.buttons(), RAN);
}

/// Waits until the card says that nothing was run, and why; it is final.
pub(crate) async fn ended(card: &Shown, says: &str) {
    card.until("Nothing was run").await;
    assert!(card.text().contains(says), "{says:?} is not in: {}", card.text());
    assert_eq!(card.buttons(), [""; 0]);
}

/// The question still waits, as it did before.
pub(crate) fn is_open(card: &Shown) {
    assert!(card.text().contains("Approve?"), "{}", card.text());
    assert_eq!(card.buttons(), OPEN);
}
