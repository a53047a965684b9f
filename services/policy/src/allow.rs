//! Puts a rule on a guild's list of harmless commands.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::Choice, card::Lands, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shell::Harmless;
use store::harmless::Change;

use crate::{ForgetCommand, Policy, written};

/// More than anybody maintains; every line is held against each of them.
const OWN: usize = 300;

/// Add a rule to the harmless commands.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AllowCommand {
    /// The rule, such as `restic snapshots --json`: a program, the words it must be given first, the options it may have, and `*`
    /// for any operand.
    pub rule: String,
}

/// It is on the list.
#[derive(Debug, Serialize)]
pub struct Allowed {
    rule: String,
    /// It is a shipped rule that had been removed.
    shipped: bool,
}

impl Action for AllowCommand {
    const NAME: &'static str = "policy.allow-command";
    const RISK: Risk = Risk::Change;
    type Service = Policy;
    type Report = Allowed;

    fn plan(&self) -> String {
        format!("Add {} to the harmless commands", code(&self.rule))
    }

    fn refusal(&self) -> String {
        "add to the harmless commands".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, policy: &Policy, run: &Run) -> Result<Allowed> {
        let rule = written(&permit.action().rule);
        if run.redactor().mask(&rule) != rule {
            return Err(Error::Invalid("A rule cannot have a secret in it. Nothing was changed.".to_owned()));
        }
        policy.allow(&permit, rule).await
    }
}

impl Policy {
    async fn allow(&self, permit: &Permit<AllowCommand>, rule: String) -> Result<Allowed> {
        let (guild, by) = (permit.actor().guild, permit.actor().user);
        let already = || Error::Invalid(format!("{} is on the list already. Nothing was changed.", code(&rule)));
        if self.shipped.contains(&rule) {
            if !self.store.undo_harmless(guild, &rule, Change::Removed).await? {
                return Err(already());
            }
            return Ok(Allowed { rule, shipped: true });
        }
        check(&rule)?;
        let changes = self.store.harmless_changes(guild).await?;
        if changes.iter().filter(|changed| changed.change == Change::Added).count() >= OWN {
            let full = format!("There are {OWN} rules of your own already, the most I keep. Nothing was changed.");
            return Err(Error::Invalid(full));
        }
        if !self.store.change_harmless(guild, by, &rule, Change::Added).await? {
            return Err(already());
        }
        Ok(Allowed { rule, shipped: false })
    }
}

/// Refuses a rule that cannot be read, showing one that can, and a rule that would let a line run anything.
fn check(rule: &str) -> Result<()> {
    let Err(reason) = Harmless::default().add(rule) else { return Ok(()) };
    let card =
        Card::failed(format!("**Could not add** {}", code(rule))).text(format!("Nothing was changed: {reason}."));
    let can_be_read = Harmless::parse(rule).is_ok();
    Err(Error::Outside(Box::new(if can_be_read {
        card
    } else {
        card.text(
            "A rule is a program, the words it must be given first, the options it may have, and its operands:\n\
             `restic snapshots|stats --json --tag= *`\n\
             `--tag=` takes a value, `*` is any operand, `/var/log/**` any below there. What is not named is not allowed.",
        )
    })))
}

impl Report for Allowed {
    fn card(&self) -> Card {
        let verb = if self.shipped { "Put back" } else { "Added" };
        Card::ok(format!("**{verb}** {}", code(&self.rule)))
            .text("A line with nothing but such commands in it only looks. `/policy explain` shows what that makes of one.")
            .choice(Choice::perform("Remove", &ForgetCommand { rule: self.rule.clone() }, Lands::Below))
    }
}
