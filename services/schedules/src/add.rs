//! Makes a schedule: first it is shown what was understood, and a press makes it.
//!
//! **Invariant:** whoever makes one may do what it does; that is asked again each time, and when it comes due.

use base::{
    Action, Actor, Assessment, Card, Error, Millis, Need, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Weight, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::schedules::NewSchedule;

use crate::{
    Foreseen, MOST, ScheduleName, Schedules,
    due::Missed,
    options,
    when::{self, When, Zone},
};

/// How late is missed, unless told otherwise.
const LATE: i64 = 10 * 60 * 1000;
/// Later than this is too late for anything.
const LATEST: i64 = 30 * 24 * 3_600 * 1000;
/// How many of the next moments are shown.
const SHOWN: usize = 3;

/// Schedule an action.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddSchedule {
    /// What it is called.
    pub name: ScheduleName,
    /// When, such as `every weekday at 18:00`, `every 15 minutes`, `tomorrow at 9`, `30 3 * * 1-5`.
    pub when: String,
    /// The action, such as `server.run`.
    pub action: String,
    /// The action's options, such as `server:web-1 command:df -h`.
    #[serde(default)]
    pub options: String,
    /// The time zone it counts in, such as `Europe/Rome`; UTC unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What becomes of missed ones: `skip` them, make up for them `once`, or for `all`; once unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<String>,
    /// How late is missed, such as `10m`, which it is unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<String>,
    /// Which ends are told: `always` or only `failures`; always unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tell: Option<String>,
    /// The channel where they are told, by id.
    pub channel: u64,
    /// When, as `understood` of the first answer has it, letter by letter. Left out, nothing is made: what was understood is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub understood: Option<String>,
}

/// What was understood, or made.
#[derive(Debug, Serialize)]
pub struct Added {
    name: String,
    when: String,
    plan: String,
    coming: Vec<i64>,
    missed: &'static str,
    late: i64,
    need: Need,
    why: String,
    /// What it is asked for again with, to be made: whoever presses nothing says it themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    understood: Option<String>,
    /// The press that makes it; none once it is made.
    #[serde(skip)]
    press: Option<AddSchedule>,
}

impl Action for AddSchedule {
    const NAME: &'static str = "schedule.add";
    const RISK: Risk = Risk::Change;
    type Service = Schedules;
    type Report = Added;

    fn plan(&self) -> String {
        let verb = if self.understood.is_some() { "Add schedule" } else { "Show what would be schedule" };
        let options = if self.options.is_empty() { String::new() } else { format!(" {}", code(&self.options)) };
        format!("{verb} {}: {}, {}{options}", code(self.name.as_str()), code(&self.when), code(&self.action))
    }

    fn refusal(&self) -> String {
        "add schedules".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn assess(&self, _: &Schedules, _: &Actor) -> Result<Assessment> {
        Ok(Assessment::of(if self.understood.is_some() { Risk::Change } else { Risk::Observe }))
    }

    async fn run(permit: Permit<Self>, schedules: &Schedules, run: &Run) -> Result<Added> {
        schedules.add(&permit, run).await
    }
}

/// What a person wrote, read.
pub(crate) struct Read {
    when: When,
    arguments: serde_json::Value,
    missed: Missed,
    late: i64,
    tell: &'static str,
}

impl Schedules {
    async fn add(&self, permit: &Permit<AddSchedule>, run: &Run) -> Result<Added> {
        let (asked, actor) = (permit.action(), permit.actor());
        let texts = [&asked.when, &asked.action, &asked.options];
        let more = [&asked.zone, &asked.missed, &asked.late, &asked.tell, &asked.understood];
        if texts.into_iter().chain(more.into_iter().flatten()).any(|text| run.redactor().finds(text)) {
            return Err(Error::Invalid(
                "That holds a secret, and a schedule is kept for others to see. Name a secret instead, or keep it on the server. Nothing \
                 was scheduled."
                    .to_owned(),
            ));
        }
        let now = self.clock.now();
        let read = self.read(asked, now)?;
        let foreseen = self.door()?.foresee(actor, &asked.action, read.arguments.clone()).await?;
        let coming = read.when.coming(now, SHOWN);
        let Some(next) = coming.first().copied() else {
            return Err(Error::Invalid("That has passed by now. Nothing was scheduled.".to_owned()));
        };
        if asked.understood.is_none() {
            if self.store.schedule(actor.guild, asked.name.as_str()).await?.is_some() {
                return Err(taken(&asked.name));
            }
            let understood = Some(format!("{} {}", read.when.zone, read.when.written()));
            return Ok(added(&read, &foreseen, coming, Some(AddSchedule { understood, ..asked.clone() }), &asked.name));
        }
        let new = NewSchedule {
            guild: actor.guild,
            name: asked.name.as_str(),
            typed: &asked.when,
            rule: &read.when.written(),
            zone: read.when.zone.as_str(),
            action: &asked.action,
            arguments: &read.arguments.to_string(),
            plan: &foreseen.plan,
            missed: read.missed.as_str(),
            late: read.late,
            channel: asked.channel,
            tell: read.tell,
            made_by: actor.user,
            next,
            most: MOST,
        };
        if self.store.add_schedule(&new).await?.is_none() {
            return Err(if self.store.schedule(actor.guild, asked.name.as_str()).await?.is_some() {
                taken(&asked.name)
            } else {
                Error::Invalid(format!(
                    "A guild has at most {} schedules and a person {}. Remove one first. Nothing was scheduled.",
                    MOST.0, MOST.1
                ))
            });
        }
        Ok(added(&read, &foreseen, coming, None, &asked.name))
    }

    pub(crate) fn read(&self, asked: &AddSchedule, now: Millis) -> Result<Read> {
        let offered = self.offered();
        let action = offered.iter().find(|offered| offered.name == asked.action).ok_or_else(|| {
            Error::Invalid(format!(
                "{} cannot be scheduled: there is no such action, or it takes a secret, or a person must be there. Nothing was scheduled.",
                code(&asked.action)
            ))
        })?;
        let fields = options::fields(&action.schema).unwrap_or_default();
        let arguments = options::read(action.name, &fields, &asked.options)?;
        let zone = asked.zone.as_ref().map_or_else(|| Ok(Zone::utc()), |zone| zone.parse())?;
        let when = match asked.understood.as_ref().and_then(|understood| understood.split_once(' ')) {
            Some((zone, rule)) => understood(When::parse(rule, zone)?)?,
            None => when::read(&asked.when, &zone, now)?,
        };
        let missed = asked.missed.as_deref().map_or(Some(Missed::Once), Missed::parse);
        let missed = missed
            .ok_or_else(|| Error::Invalid("Missed ones are made up for `once`, `all`, or they `skip`.".to_owned()))?;
        let late = asked.late.as_deref().map_or(Ok(LATE), when::span)?;
        if !(1_000..=LATEST).contains(&late) {
            return Err(Error::Invalid("How late is missed is at least 1 second and at most 30 days.".to_owned()));
        }
        let tell = match asked.tell.as_deref() {
            None | Some("always") => "always",
            Some("failures") => "failures",
            Some(_) => return Err(Error::Invalid("What is told is `always` or `failures`.".to_owned())),
        };
        Ok(Read { when, arguments, missed, late, tell })
    }
}

/// A model may write this itself: it keeps the bounds of what is typed.
fn understood(when: When) -> Result<When> {
    let shortest = i64::try_from(when::SHORTEST.as_millis()).unwrap_or(i64::MAX);
    match when.rule {
        when::Rule::Every { span, .. } if span < shortest => {
            Err(Error::Invalid("The shortest interval is 1 minute. Nothing was scheduled.".to_owned()))
        }
        _ => Ok(when),
    }
}

fn taken(name: &ScheduleName) -> Error {
    Error::Invalid(format!(
        "There is a schedule {} already. Remove it first, or choose another name. Nothing was scheduled.",
        code(name.as_str())
    ))
}

fn added(
    read: &Read,
    foreseen: &Foreseen,
    coming: Vec<Millis>,
    press: Option<AddSchedule>,
    name: &ScheduleName,
) -> Added {
    Added {
        name: name.to_string(),
        when: read.when.words(),
        plan: foreseen.plan.clone(),
        coming: coming.into_iter().map(|at| at.0).collect(),
        missed: read.missed.words(),
        late: read.late,
        need: foreseen.need,
        why: foreseen.why.clone(),
        understood: press.as_ref().and_then(|press| press.understood.clone()),
        press,
    }
}

impl Report for Added {
    fn card(&self) -> Card {
        let name = code(&self.name);
        let card = match &self.press {
            Some(_) => Card::attention(format!("**Add?** schedule {name}")),
            None => Card::ok(format!("**Added** schedule {name}")),
        };
        let late = when::distance(self.late);
        let yes = match self.need {
            Need::Never => "Nobody needs to say yes to it".to_owned(),
            Need::Confirm => "Each time you are asked to confirm it".to_owned(),
            Need::Approve => "Each time another person is asked first".to_owned(),
            Need::FourEyes => "Each time two other people are asked first".to_owned(),
        };
        let card = card
            .fact(&self.when)
            .text(&self.plan)
            .text(format!("Next: {}", moments(&self.coming)))
            .text(format!("{yes}: {}. It runs as you, with what you may do at that moment.", self.why))
            .small(format!("{}, {late} late is missed", self.missed));
        match &self.press {
            Some(press) => card.choice(Choice::perform("Add", press, Lands::Here).weigh(Weight::Primary)),
            None => card,
        }
    }
}

/// Moments in the reader's own time.
pub(crate) fn moments(coming: &[i64]) -> String {
    let shown: Vec<String> = coming.iter().map(|at| format!("<t:{}:F>", at.div_euclid(1000))).collect();
    if shown.is_empty() { "never again".to_owned() } else { shown.join(" · ") }
}
