//! Takes a runbook in: first it is shown what it may do, and a press keeps exactly that file.
//!
//! **Invariant:** what is kept is what was shown: the press names the draft and the SHA-256 of its file.

use base::{
    Action, Actor, Assessment, Card, Error, GuildId, Permit, Report, Result, Risk, Run, Secret,
    card::{Choice, Lands, Weight, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::runbooks::{NewRunbook, Runbook};

use crate::{
    BookName, ByItself, MOST, Runbooks,
    book::{Book, Trigger, TriggerKind},
    mistake::Mistake,
    plan::described,
    read, samples, told,
};

/// More buttons than these make no card of two seconds.
const BUTTONS: usize = 4;

/// Look at a runbook before it is imported.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReadRunbook {
    /// The file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Secret>,
    /// One that comes with me, in place of a file: `disk-cleanup`, say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
}

/// Import a runbook that was looked at.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ImportRunbook {
    /// The runbook's name.
    pub name: BookName,
    /// Which look it was.
    pub draft: String,
    /// SHA-256 of the file, in hexadecimal.
    pub digest: String,
}

/// What a file would be as a runbook, or is.
#[derive(Debug, Serialize)]
pub struct Looked {
    name: String,
    title: String,
    version: String,
    description: String,
    steps: Vec<String>,
    needs: Vec<String>,
    actions: Vec<&'static str>,
    triggers: Vec<Trigger>,
    notes: Vec<Mistake>,
    digest: String,
    /// The version it takes the place of.
    replaces: Option<String>,
    /// Rules and probes that would run it by itself, in the order of `triggers`; none before it is imported.
    #[serde(skip)]
    by_itself: Vec<Vec<ByItself>>,
    /// The press that imports it; none once it is.
    #[serde(skip)]
    press: Option<ImportRunbook>,
}

impl Action for ReadRunbook {
    const NAME: &'static str = "runbook.read";
    const RISK: Risk = Risk::Observe;
    type Service = Runbooks;
    type Report = Looked;

    fn plan(&self) -> String {
        match &self.sample {
            Some(sample) => format!("Look at the sample runbook {}", code(sample)),
            None => "Look at a runbook".to_owned(),
        }
    }

    fn refusal(&self) -> String {
        "import runbooks".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, runbooks: &Runbooks, run: &Run) -> Result<Looked> {
        runbooks.look_at(&permit, run).await
    }
}

impl Action for ImportRunbook {
    const NAME: &'static str = "runbook.import";
    const RISK: Risk = Risk::Change;
    type Service = Runbooks;
    type Report = Looked;

    fn plan(&self) -> String {
        format!(
            "Import runbook {} (file {})",
            code(self.name.as_str()),
            code(self.digest.get(..12).unwrap_or_default())
        )
    }

    fn refusal(&self) -> String {
        "import runbooks".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn assess(&self, runbooks: &Runbooks, actor: &Actor) -> Result<Assessment> {
        // Whoever says yes reads what it may do.
        let draft = runbooks.store.runbook_draft(actor.guild, &self.draft).await?;
        let why = match draft.map(|draft| Runbooks::book(&draft)) {
            Some(Ok(read)) => {
                let steps: Vec<String> = read.book.steps.iter().map(described).collect();
                Some(steps.join("\n"))
            }
            _ => None,
        };
        Ok(Assessment { why, identity: Some(self.digest.clone()), ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, runbooks: &Runbooks, _: &Run) -> Result<Looked> {
        runbooks.import(&permit).await
    }
}

impl Runbooks {
    async fn look_at(&self, permit: &Permit<ReadRunbook>, run: &Run) -> Result<Looked> {
        let (asked, actor) = (permit.action(), permit.actor());
        let source = match (&asked.file, &asked.sample) {
            (Some(file), None) => file.expose().to_owned(),
            (None, Some(name)) => samples::sample(name)
                .ok_or_else(|| {
                    Error::Invalid(format!("I bring no runbook called {}. Nothing was imported.", code(name)))
                })?
                .to_owned(),
            _ => return Err(Error::Invalid("Attach a file, or name a sample. Nothing was imported.".to_owned())),
        };
        if run.redactor().finds(&source) {
            return Err(Error::Invalid(
                "That file holds a secret, and a runbook is kept for others to see. Keep it on the server. Nothing was imported."
                    .to_owned(),
            ));
        }
        let read = read(&source).map_err(|mistakes| {
            let card = Card::failed("**Not imported**: the file has mistakes").text(told(mistakes));
            Error::Outside(Box::new(card.text("Nothing was imported. Mend them and import it again.")))
        })?;
        let digest = hex::encode(Sha256::digest(&source));
        let new = NewRunbook {
            guild: actor.guild,
            name: &read.book.name,
            title: &read.book.title,
            version: &read.book.version,
            steps: read.book.steps.len(),
            source: &source,
            digest: &digest,
            by: actor.user,
        };
        let draft = self.store.draft_runbook(&new).await?;
        let before = self.store.runbook(actor.guild, &read.book.name).await?;
        let press = ImportRunbook { name: read.book.name.parse()?, draft, digest: digest.clone() };
        let replaces = before.map(|before| before.version);
        Ok(Looked { press: Some(press), ..looked(read, digest, replaces) })
    }

    async fn import(&self, permit: &Permit<ImportRunbook>) -> Result<Looked> {
        let (asked, actor) = (permit.action(), permit.actor());
        let draft = self.store.runbook_draft(actor.guild, &asked.draft).await?;
        let same = |draft: &Runbook| draft.digest == asked.digest && draft.name == asked.name.as_str();
        let Some(draft) = draft.filter(same) else {
            return Err(Error::Busy("That was imported before, or too long ago. Import the file again.".to_owned()));
        };
        let read = Self::book(&draft)?;
        let before = self.store.runbook(actor.guild, &draft.name).await?;
        if !self.store.adopt_runbook(&draft, MOST).await? {
            return Err(Error::Busy(format!(
                "It was imported just before, or there are {MOST} runbooks already. Nothing was imported."
            )));
        }
        let mut by_itself = Vec::new();
        for trigger in &read.book.triggers {
            by_itself.push(self.runners_of(actor.guild, &read.book, trigger).await);
        }
        Ok(Looked { by_itself, ..looked(read, draft.digest, before.map(|before| before.version)) })
    }
}

impl Runbooks {
    /// What would run it when its file wants that.
    async fn runners_of(&self, guild: GuildId, book: &Book, trigger: &Trigger) -> Vec<ByItself> {
        let Some(around) = self.around.get() else { return Vec::new() };
        let found = around.by_itself(guild, &book.name, trigger, book.cooldown).await;
        found.unwrap_or_else(|error| {
            // It was imported; a rule can be set by hand.
            tracing::warn!(runbook.name = book.name, "which rule would run it is not known: {error}");
            Vec::new()
        })
    }
}

fn looked(read: crate::Read, digest: String, replaces: Option<String>) -> Looked {
    let book = read.book;
    Looked {
        steps: book.steps.iter().map(|step| format!("{}: {}", code(&step.name), described(step))).collect(),
        needs: book.needs().into_iter().map(str::to_owned).collect(),
        actions: book.actions(),
        name: book.name,
        title: book.title,
        version: book.version,
        description: book.description,
        triggers: book.triggers,
        notes: read.notes,
        digest,
        replaces,
        by_itself: Vec::new(),
        press: None,
    }
}

/// What a trigger wants, and what a press sets.
fn by_itself(offered: &ByItself, trigger: &Trigger) -> String {
    let wants = code(condition(trigger));
    let before = match &offered.in_place_of {
        Some(before) => format!(", in place of {}", code(before)),
        None => String::new(),
    };
    format!("Wants to run when {wants}: a press has it run by itself when {}{before}.", offered.when)
}

fn condition(trigger: &Trigger) -> String {
    format!("{} {} {}", trigger.target, trigger.operator, trigger.value)
}

/// What a trigger wants, and how somebody gives it that.
pub(crate) fn wants(trigger: &Trigger, name: &str) -> String {
    let when = condition(trigger);
    if trigger.kind == TriggerKind::LogPattern {
        return format!("{} is never evaluated", code(when));
    }
    if trigger.is_of_certificates() {
        return format!("when {}: give a probe of a certificate `runbook:{name}`", code(when));
    }
    format!("when {}: give an alert rule `runbook:{name}`", code(when))
}

impl Report for Looked {
    fn card(&self) -> Card {
        let name = code(&self.name);
        let card = match (&self.press, &self.replaces) {
            (Some(_), Some(_)) => Card::attention(format!("**Replace?** runbook {name}")),
            (Some(_), None) => Card::attention(format!("**Import?** runbook {name}")),
            (None, _) => Card::ok(format!("**Imported** runbook {name}")),
        };
        let version = match &self.replaces {
            Some(before) => format!("version {} in place of {}", code(&self.version), code(before)),
            None => format!("version {}", code(&self.version)),
        };
        let mut card = card.fact(version).fact(base::measure::count(self.steps.len() as u64, "step", "steps"));
        if !self.description.is_empty() {
            card = card.text(clean(&self.description));
        }
        if self.press.is_some() {
            for (number, step) in self.steps.iter().enumerate() {
                card = card.row(format!("{}. {step}", number + 1), None);
            }
        }
        if !self.needs.is_empty() {
            let needs: Vec<String> = self.needs.iter().map(code).collect();
            card = card.text(format!("To be given when it is run: {}", needs.join(", ")));
        }
        for (place, trigger) in self.triggers.iter().enumerate() {
            let offered = self.by_itself.get(place).map(Vec::as_slice).unwrap_or_default();
            if offered.is_empty() {
                card = card.text(format!("Wants to run {}", wants(trigger, &self.name)));
            }
            card = offered.iter().fold(card, |card, offered| card.text(by_itself(offered, trigger)));
        }
        let offered: Vec<&ByItself> = self.by_itself.iter().flatten().collect();
        for offered in offered.iter().take(BUTTONS) {
            card = card.choice(offered.choice.clone());
        }
        for note in &self.notes {
            card = card.text(format!("Line {}: {}.", note.line, note.text));
        }
        if let Some(press) = &self.press {
            let label = if self.replaces.is_some() { "Replace" } else { "Import" };
            card = card
                .text("Each step is asked for in the name of whoever runs it, and what changes something waits for a yes.")
                .choice(Choice::perform(label, press, Lands::Here).weigh(Weight::Primary));
        } else {
            card = card
                .text("`/runbook dry-run` shows what each step would do; nothing runs by itself before an alert rule names it.");
        }
        card.small(format!("file {}", self.digest.get(..12).unwrap_or_default()))
    }
}

/// What a file says in words, on one line and without any formatting of its own.
pub(crate) fn clean(text: &str) -> String {
    code(text)
}
