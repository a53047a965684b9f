//! Sets who incidents ping, and when.

use std::time::Duration;

use base::{Action, Card, Error, GuildId, Permit, Report, Result, Risk, RoleId, Run, card::code};
use schedules::when::{self, Zone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::incidents::Change;

use crate::{Incidents, quiet, settings::Set};

/// Nobody can read and press in less.
const AFTER: (Duration, Duration) = (Duration::from_secs(2), Duration::from_hours(7 * 24));
/// A calm may be short, where nothing flaps.
const CALM: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(24));

/// Set who incidents ping, and when. What is not said stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigureIncidents {
    /// The id of the role that is pinged; 0 is nobody.
    #[serde(default)]
    pub role: Option<u64>,
    /// The id of the role that is pinged where nobody took it; 0 is nobody.
    #[serde(default)]
    pub escalation: Option<u64>,
    /// After how long without anybody that is, such as `15m`; or `never`.
    #[serde(default)]
    pub after: Option<String>,
    /// For how long all must be well before one is over, such as `5m`.
    #[serde(default)]
    pub calm: Option<String>,
    /// Hours in which only what is critical pings, such as `22:00-07:00`; or `off`.
    #[serde(default)]
    pub quiet: Option<String>,
    /// The time zone of those hours, such as `Europe/Rome`.
    #[serde(default)]
    pub zone: Option<String>,
}

/// It is set.
#[derive(Debug, Serialize)]
pub struct Configured(Set);

impl Action for ConfigureIncidents {
    const NAME: &'static str = "incident.configure";
    const RISK: Risk = Risk::Change;
    type Service = Incidents;
    type Report = Configured;

    fn plan(&self) -> String {
        let role =
            |role: Option<u64>| role.map(|role| if role == 0 { "nobody".to_owned() } else { format!("<@&{role}>") });
        let said = [
            ("pings", role(self.role)),
            ("escalation to", role(self.escalation)),
            ("after", self.after.as_ref().map(code)),
            ("calm", self.calm.as_ref().map(code)),
            ("quiet", self.quiet.as_ref().map(code)),
            ("zone", self.zone.as_ref().map(code)),
        ];
        let said = said.into_iter().filter_map(|(what, value)| Some(format!("{what} {}", value?)));
        format!("Set how incidents go: {}", said.collect::<Vec<_>>().join(", "))
    }

    fn refusal(&self) -> String {
        "set how incidents go".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, incidents: &Incidents, _: &Run) -> Result<Configured> {
        let guild = permit.actor().guild;
        let rules = incidents.store.change_incident_rules(guild, &permit.action().change(guild)?).await?;
        // What waited by the old ones goes by the new ones.
        let again = |board: &mut crate::Board, _, now| {
            board.tick(now);
            Ok(())
        };
        incidents.decide(guild, None, None, again).await?;
        let channel = incidents.store.guild_settings(guild).await?.ops_channel;
        Ok(Configured(Set::of(channel, rules, Some("Set"))))
    }
}

impl ConfigureIncidents {
    /// What it says, read whole before anything is changed.
    fn change(&self, guild: GuildId) -> Result<Change> {
        let role = |id: u64| match id {
            0 => Ok(None),
            id if id == guild.0 => Err(Error::Invalid(
                "@everyone is no role to ping for this: choose another. Nothing was changed.".to_owned(),
            )),
            id => Ok(Some(RoleId(id))),
        };
        let says = |typed: &str, words: &[&str]| words.contains(&typed.trim().to_lowercase().as_str());
        let after = |typed: &String| {
            let never = says(typed, &["never", "off"]);
            if never { Ok(None) } else { span(typed, "Escalation is after", AFTER).map(Some) }
        };
        let hours = |typed: &String| {
            let off = says(typed, &["off", "never", "none"]);
            if off { Ok(None) } else { quiet::hours(typed).map(Some) }
        };
        Ok(Change {
            crew: self.role.map(role).transpose()?,
            escalation: self.escalation.map(role).transpose()?,
            escalate_after: self.after.as_ref().map(after).transpose()?,
            calm: self.calm.as_ref().map(|calm| span(calm, "A calm is", CALM)).transpose()?,
            quiet: self.quiet.as_ref().map(hours).transpose()?,
            zone: self.zone.as_ref().map(|zone| zone.parse::<Zone>()).transpose()?.map(|zone| zone.as_str().to_owned()),
        })
    }
}

fn span(typed: &str, what: &str, (least, most): (Duration, Duration)) -> Result<Duration> {
    let span = Duration::from_millis(u64::try_from(when::span(typed)?).unwrap_or_default());
    if (least..=most).contains(&span) {
        return Ok(span);
    }
    let (least, most) = (base::measure::age(least), base::measure::age(most));
    Err(Error::Invalid(format!("{what} {least} at least and {most} at most. Nothing was changed.")))
}

impl Report for Configured {
    fn card(&self) -> Card {
        self.0.card()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_stays_and_what_cannot_be_is_refused_whole() {
        let set = ConfigureIncidents {
            role: Some(9),
            after: Some("never".to_owned()),
            quiet: Some("22:00-7".to_owned()),
            zone: Some("europe/rome".to_owned()),
            ..ConfigureIncidents::default()
        };
        let expected = Change {
            crew: Some(Some(RoleId(9))),
            escalate_after: Some(None),
            quiet: Some(Some((1_320, 420))),
            zone: Some("Europe/Rome".to_owned()),
            ..Change::default()
        };
        assert_eq!(set.change(GuildId(1)).unwrap(), expected);
        let text = |text: &str| Some(text.to_owned());
        for wrong in [
            ConfigureIncidents { role: Some(1), ..ConfigureIncidents::default() },
            ConfigureIncidents { after: text("1s"), ..ConfigureIncidents::default() },
            ConfigureIncidents { after: text("soon"), ..ConfigureIncidents::default() },
            ConfigureIncidents { calm: text("2d"), ..ConfigureIncidents::default() },
            ConfigureIncidents { quiet: text("night"), ..ConfigureIncidents::default() },
            ConfigureIncidents { zone: text("Nowhere/Land"), ..ConfigureIncidents::default() },
        ] {
            assert!(wrong.change(GuildId(1)).is_err(), "{wrong:?}");
        }
    }
}
