//! The wizard: one card for whoever sets a guild up, a step at a time. Every step is an action of its own.
//!
//! **Invariant:** nothing is set that does not work at that moment: a channel the bot cannot write in, a role that is gone.

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, RoleId, Run,
    card::{Choice, Lands, Menu, Offer, Offers, Pick, Pre, Press, Weight},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::guild_settings::GuildSettings;

use crate::{ALL, CORE_OPERATORS, CORE_PERMISSIONS, Examine, Feature, Guilds, State, discord::Look, switch};

/// A step of the wizard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Where incidents and questions go.
    #[default]
    Channel,
    /// Who does things here.
    Operators,
    /// Whose yes something needs.
    Approvals,
    /// What is on.
    Features,
    /// How it stands now.
    Done,
}

const STEPS: [Step; 5] = [Step::Channel, Step::Operators, Step::Approvals, Step::Features, Step::Done];

/// Set this guild up, a step at a time.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowSetup {
    /// The step.
    #[serde(default)]
    pub step: Step,
}

/// Send incidents and the questions of automations to a channel.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetOpsChannel {
    /// The channel's id.
    pub channel: u64,
}

/// Show what a role would be given as the operators' role.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ChooseRole {
    /// The role's id.
    pub role: u64,
    /// What it is called.
    pub name: String,
}

/// Switch these features on, and all others off.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ChooseFeatures {
    /// The features' names.
    pub on: Vec<String>,
}

/// The wizard, at one of its steps.
#[derive(Debug, Serialize)]
pub struct Wizard {
    step: Step,
    ops_channel: Option<u64>,
    operators: Option<u64>,
    features: Vec<(&'static str, &'static str, State)>,
    missing: Option<String>,
}

/// A role that may become the operators'.
#[derive(Debug, Serialize)]
pub struct Chosen {
    role: u64,
    name: String,
    grants: Vec<&'static str>,
}

/// What an operator is given where these features are on: patterns of actions, each on everything.
pub fn operators(on: &[&'static Feature]) -> Vec<&'static str> {
    CORE_OPERATORS.iter().chain(on.iter().flat_map(|feature| feature.operators)).copied().collect()
}

impl Action for ShowSetup {
    const NAME: &'static str = "setup.show";
    const RISK: Risk = Risk::Observe;
    type Service = Guilds;
    type Report = Wizard;

    fn plan(&self) -> String {
        "Show how this guild is set up".to_owned()
    }

    fn refusal(&self) -> String {
        "set this guild up".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, guilds: &Guilds, _: &Run) -> Result<Wizard> {
        guilds.wizard(permit.actor(), permit.action().step, None).await
    }
}

impl Action for SetOpsChannel {
    const NAME: &'static str = "setup.channel";
    const RISK: Risk = Risk::Change;
    type Service = Guilds;
    type Report = Wizard;

    fn plan(&self) -> String {
        format!("Send incidents and questions to <#{}>", self.channel)
    }

    fn refusal(&self) -> String {
        "set the ops channel".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, guilds: &Guilds, _: &Run) -> Result<Wizard> {
        let (actor, id) = (permit.actor(), permit.action().channel);
        let facts = guilds.facts(actor.guild).await?;
        let Some(channel) = facts.channel(id) else {
            return Err(Error::Invalid("This guild has no such channel any more. Nothing was changed.".to_owned()));
        };
        let allowed = facts.allowed_in(channel);
        let lacks = CORE_PERMISSIONS.iter().filter(|need| allowed & need.what.bit == 0);
        let lacks: Vec<String> = lacks.map(|need| format!("`{}`", need.what.name)).collect();
        if !lacks.is_empty() {
            return Err(Error::Invalid(format!(
                "I may not use <#{id}>: it takes {}. Allow it there under Edit Channel → Permissions, or choose another. \
                 Nothing was changed.",
                lacks.join(", ")
            )));
        }
        guilds.store.set_ops_channel(actor.guild, Some(id)).await?;
        guilds.wizard(actor, Step::Operators, None).await
    }
}

impl Action for ChooseRole {
    const NAME: &'static str = "setup.role";
    const RISK: Risk = Risk::Observe;
    type Service = Guilds;
    type Report = Chosen;

    fn plan(&self) -> String {
        format!("Show what <@&{}> would be given as operators", self.role)
    }

    fn refusal(&self) -> String {
        "choose the operators' role".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, guilds: &Guilds, _: &Run) -> Result<Chosen> {
        let (actor, ChooseRole { role, .. }) = (permit.actor(), permit.action());
        if *role == actor.guild.0 {
            return Err(Error::Invalid(
                "Everybody would be an operator. Choose a role that only some have. Nothing was changed.".to_owned(),
            ));
        }
        let facts = guilds.facts(actor.guild).await?;
        match facts.role(RoleId(*role)) {
            None => Err(Error::Invalid("This guild has no such role any more. Nothing was changed.".to_owned())),
            Some(found) if found.managed => Err(Error::Invalid(
                "That role belongs to a bot, and nobody else can have it. Nothing was changed.".to_owned(),
            )),
            Some(found) => {
                let grants = operators(&guilds.on(actor.guild).await?);
                Ok(Chosen { role: *role, name: format!("@{}", found.name), grants })
            }
        }
    }
}

impl Action for ChooseFeatures {
    const NAME: &'static str = "setup.features";
    const RISK: Risk = Risk::Change;
    type Service = Guilds;
    type Report = Wizard;

    fn plan(&self) -> String {
        if self.on.is_empty() {
            return "Switch every feature off".to_owned();
        }
        let names: Vec<String> = self.on.iter().map(base::card::code).collect();
        format!("Switch on {}, and everything else off", names.join(", "))
    }

    fn refusal(&self) -> String {
        "switch features".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Guilds, _: &Actor) -> Result<Assessment> {
        // Whoever may set up and may not switch features does not switch them here either.
        let on = |name: &str| self.on.iter().any(|one| one.trim().eq_ignore_ascii_case(name));
        let also = ALL.iter().map(|feature| {
            let action = if on(feature.name) { "feature.on" } else { "feature.off" };
            (action, feature.name.to_owned())
        });
        Ok(Assessment { also: also.collect(), ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, guilds: &Guilds, _: &Run) -> Result<Wizard> {
        let (actor, wanted) = (permit.actor(), &permit.action().on);
        let wanted: Vec<&'static Feature> = wanted.iter().map(|name| switch::find(name)).collect::<Result<_>>()?;
        for feature in ALL {
            let on = wanted.iter().any(|one| one.name == feature.name);
            let state = if on { State::On } else { State::Off };
            guilds.switch(actor.guild, feature, state, actor.user).await?;
        }
        let missing = guilds.register_soon(actor.guild, Look::Kept).await;
        guilds.wizard(actor, Step::Done, missing).await
    }
}

impl Guilds {
    async fn wizard(&self, actor: &Actor, step: Step, missing: Option<String>) -> Result<Wizard> {
        let GuildSettings { mut ops_channel, mut operators } = self.store.guild_settings(actor.guild).await?;
        if ops_channel.is_some() || operators.is_some() {
            // What is gone is not shown as chosen; where Discord is silent, nothing is.
            let facts = self.facts(actor.guild).await.ok();
            ops_channel = ops_channel.filter(|id| facts.as_ref().is_some_and(|facts| facts.channel(*id).is_some()));
            operators = operators.filter(|id| facts.as_ref().is_some_and(|facts| facts.role(*id).is_some()));
        }
        let on = self.on(actor.guild).await?;
        let state = |feature: &Feature| {
            if on.iter().any(|one| one.name == feature.name) { State::On } else { State::Off }
        };
        let features = ALL.iter().map(|feature| (feature.name, feature.sentence, state(feature))).collect();
        Ok(Wizard { step, ops_channel, operators: operators.map(|role| role.0), features, missing })
    }
}

impl Report for Wizard {
    fn card(&self) -> Card {
        let number = STEPS.iter().position(|step| *step == self.step).unwrap_or_default();
        let title = match self.step {
            Step::Channel => "**Set up** the ops channel",
            Step::Operators => "**Set up** the operators",
            Step::Approvals => "**Set up** approvals",
            Step::Features => "**Set up** the features",
            Step::Done => return self.done(),
        };
        let card = Card::plain(title).fact(format!("step {} of {}", number + 1, STEPS.len() - 1));
        let card = match self.step {
            Step::Channel => card
                .text("Incidents go there, and what an automation asks. Whoever answers should see it.")
                .menu(self.channel()),
            Step::Operators => card
                .text("Who runs things here day by day. You see what a role would be given before it is.")
                .menu(self.role()),
            Step::Approvals => card.text(APPROVALS).text("`/policy set` says otherwise, for one action or for all."),
            Step::Features | Step::Done => card
                .text("What is off has no commands here, and its buttons, forms and schedules are refused.")
                .menu(self.choose()),
        };
        let card = match STEPS.get(number + 1) {
            Some(next) => card.choice(go("Next", *next).weigh(Weight::Primary)),
            None => card,
        };
        let card = match number.checked_sub(1) {
            Some(before) => card.choice(go("Back", STEPS[before])),
            None => card,
        };
        if self.step == Step::Approvals { card.choice(rules()) } else { card }
    }
}

/// The defaults in words.
const APPROVALS: &str = "Looking needs nobody's yes. What a person changes happens at once; what cannot be brought back they \
    confirm. A command line that is not known to only look waits for another person, unless an administrator runs it, and so \
    does all that a model or an automation would change.";

impl Wizard {
    fn done(&self) -> Card {
        let channel = self.ops_channel.map_or_else(|| "none".to_owned(), |id| format!("<#{id}>"));
        let operators = self.operators.map_or_else(|| "none; administrators only".to_owned(), |id| format!("<@&{id}>"));
        let on: Vec<String> = self.on().map(|name| format!("`{name}`")).collect();
        let on = if on.is_empty() { "none".to_owned() } else { on.join(", ") };
        let card = Card::ok("**Set up** this guild")
            .row(format!("ops channel  {channel}"), None)
            .row(format!("operators  {operators}"), None)
            .row(format!("features  {on}"), None);
        let card = match &self.missing {
            Some(missing) => card.text(missing),
            None => card,
        };
        card.choice(Choice::perform("Doctor", &Examine {}, Lands::Here).weigh(Weight::Primary))
            .choice(go("Back", Step::Features))
    }

    fn on(&self) -> impl Iterator<Item = &'static str> {
        self.features.iter().filter(|(_, _, state)| *state == State::On).map(|(name, ..)| *name)
    }

    fn channel(&self) -> Menu {
        let offers = Offers::Channel(self.ops_channel);
        Menu { placeholder: "Choose the ops channel".to_owned(), offers, pick: pick::<SetOpsChannel>("channel", None) }
    }

    fn role(&self) -> Menu {
        let offers = Offers::Role(self.operators);
        Menu {
            placeholder: "Choose the operators' role".to_owned(),
            offers,
            pick: pick::<ChooseRole>("role", Some("name")),
        }
    }

    fn choose(&self) -> Menu {
        let offer = |(name, sentence, state): &(&'static str, &'static str, State)| Offer {
            value: (*name).to_owned(),
            label: (*name).to_owned(),
            description: (*sentence).to_owned(),
            chosen: if *state == State::On { Pre::Chosen } else { Pre::Open },
        };
        let of: Vec<Offer> = self.features.iter().map(offer).collect();
        let offers = Offers::Texts { least: 0, most: of.len(), of };
        Menu { placeholder: "Choose the features".to_owned(), offers, pick: pick::<ChooseFeatures>("on", None) }
    }
}

fn pick<A: Action>(field: &str, name: Option<&str>) -> Pick {
    Pick {
        action: A::NAME.to_owned(),
        arguments: json!({}),
        field: field.to_owned(),
        name: name.map(str::to_owned),
        lands: Lands::Here,
    }
}

fn go(label: &str, step: Step) -> Choice {
    Choice::perform(label, &ShowSetup { step }, Lands::Here)
}

/// The rules are the hub's to show.
fn rules() -> Choice {
    let press = Press::Perform { action: "policy.show".to_owned(), arguments: json!({}), lands: Lands::Aside };
    Choice { label: "Show the rules".to_owned(), weight: Weight::Secondary, press }
}

impl Report for Chosen {
    fn card(&self) -> Card {
        let mut card = Card::attention(format!("**Give?** An operator's grants to <@&{}>", self.role))
            .fact(format!("{} grants, each on everything", self.grants.len()));
        for grant in &self.grants {
            card = card.row(format!("`{grant}`"), None);
        }
        // Giving grants is the hub's to do.
        let arguments = json!({ "role": self.role, "name": self.name });
        let press = Press::Perform { action: "setup.operators".to_owned(), arguments, lands: Lands::Here };
        card.text("Who has the role can do this from then on. `/grant list` shows it, `/grant revoke` takes it back.")
            .choice(Choice { label: "Give these".to_owned(), weight: Weight::Primary, press })
            .choice(Choice::perform("Another role", &ShowSetup { step: Step::Operators }, Lands::Here))
    }
}
