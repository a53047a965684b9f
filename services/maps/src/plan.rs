//! Reads a map and shows what taking it would change: nothing is used of it before somebody takes it.
//!
//! **Invariants:** a map with mistakes is not even kept as a plan; nor is one that holds a secret, which would then be in the
//! database as it is, and in every copy of the file.

use base::{
    Action, Actor, Assessment, Card, Error, GuildId, Permit, Report, Result, Risk, Run, ServerName,
    card::{Choice, Lands, Weight as Looks, code},
    measure,
};
use hosts::files::FilePath;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::service_maps::{NewServiceMap, ServiceMap};

use crate::{
    Maps, TakeMap,
    change::{self, Changes},
    place,
    placeholder::{self, Values},
    read::{self, Finding, Reading, Weight},
    service::reading,
    take,
};

/// Lines of each kind on a card; the file has them all.
const LINES: usize = 12;

/// Read a service map, and show what taking it would change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct PlanMap {
    /// The file's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The server that the file is on, in place of its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerName>,
    /// Where it is there, in a directory that is open to files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<FilePath>,
    /// The version that stood before, in place of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Which of a service's hosts is meant; production unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// What `${NAME}` stands for: `NAME=value`, several by blanks. What was given before counts on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<String>,
}

/// What taking it would change.
#[derive(Debug, Serialize)]
pub struct Planned {
    #[serde(skip)]
    take: Option<TakeMap>,
    name: String,
    services: usize,
    nodes: usize,
    findings: Vec<Finding>,
    changes: Changes,
    /// Nodes that are no server here.
    unmatched: Vec<String>,
}

impl Action for PlanMap {
    const NAME: &'static str = "service.plan";
    const RISK: Risk = Risk::Observe;
    type Service = Maps;
    type Report = Planned;

    fn plan(&self) -> String {
        match (&self.server, &self.path, self.version) {
            (Some(server), Some(path), _) => {
                format!("Read the service map {} on {}", code(path.as_str()), code(server.as_str()))
            }
            (_, _, Some(version)) => format!("Read version {version} of the service map"),
            _ => "Read a service map".to_owned(),
        }
    }

    fn refusal(&self) -> String {
        "import service maps".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Maps, _: &Actor) -> Result<Assessment> {
        let mut known = Assessment::of(Self::RISK);
        // Whoever reads a file of a server's may fetch it there.
        known.also.extend(self.server.iter().map(|server| ("file.get", server.to_string())));
        Ok(known)
    }

    async fn run(permit: Permit<Self>, maps: &Maps, run: &Run) -> Result<Planned> {
        maps.plan(&permit, run).await
    }
}

impl Maps {
    async fn plan(&self, permit: &Permit<PlanMap>, run: &Run) -> Result<Planned> {
        let (asked, guild) = (permit.action(), permit.actor().guild);
        let (content, reading) = self.text(asked, guild).await?;
        if run.redactor().finds(&content) {
            let line = content.lines().position(|line| run.redactor().finds(line)).map(|line| line + 1);
            let place = line.map_or_else(String::new, |line| format!(" on line {line}"));
            return Err(Error::Invalid(format!(
                "The map holds what looks like a secret{place}. Everybody who may see the map would see it: write `${{NAME}}` \
                 in its place, and the server's own shell fills it in. Nothing was kept."
            )));
        }
        let read = read::read(&content, &reading);
        let old = self.known(guild).await?;
        let mut planned = Planned {
            take: None,
            name: if read.map.name.is_empty() { "service-map".to_owned() } else { read.map.name.clone() },
            services: read.map.services.len(),
            nodes: read.map.nodes.len(),
            changes: change::between(old.as_ref().map(|old| &old.map), &read.map),
            unmatched: place::unmatched(&self.hosts, guild, &read.map).into_iter().map(str::to_owned).collect(),
            findings: read.findings.clone(),
        };
        let same = old.as_ref().is_some_and(|old| old.row.content == content && reading_is(&old.row, &reading));
        if !read.is_fit() || same {
            return Ok(planned);
        }
        let new = NewServiceMap {
            guild,
            by: permit.actor().user,
            name: &planned.name,
            content: &content,
            environment: reading.environment.as_deref(),
            values: &reading.values,
        };
        let id = self.store.plan_service_map(&new).await?;
        planned.take = Some(TakeMap { plan: id, name: planned.name.clone(), digest: take::digest(&content, &reading) });
        Ok(planned)
    }

    /// The text that is meant, and how it is to be read.
    async fn text(&self, asked: &PlanMap, guild: GuildId) -> Result<(String, Reading)> {
        let given = parse(asked.values.as_deref().unwrap_or_default())?;
        let (content, mut reading) = match (&asked.file, &asked.server, &asked.path, asked.version) {
            (Some(file), None, None, None) => (file.clone(), self.reading_before(guild).await?),
            (None, Some(server), Some(path), None) => {
                let bytes = self.files.read(guild, server, path, crate::LONGEST).await?;
                let text = String::from_utf8(bytes)
                    .map_err(|_| Error::Invalid("The file is no text. Nothing was kept.".to_owned()))?;
                (text, self.reading_before(guild).await?)
            }
            (None, None, None, Some(version)) => {
                let row = self.store.service_map_version(guild, version).await?;
                let row = row.ok_or_else(|| {
                    Error::Invalid(format!("No map stood here as version {version}, or it is kept no longer."))
                })?;
                let reading = reading(&row);
                (row.content, reading)
            }
            _ => {
                return Err(Error::Invalid(
                    "Give one of three: a file, a server with a path on it, or a version that stood before. Nothing was kept."
                        .to_owned(),
                ));
            }
        };
        reading.values.extend(given);
        if let Some(environment) = &asked.environment {
            reading.environment = Some(environment.trim().to_owned());
        }
        Ok((content, reading))
    }

    /// What was given for the map that stands counts for the next one, too.
    async fn reading_before(&self, guild: GuildId) -> Result<Reading> {
        Ok(self.known(guild).await?.map(|known| reading(&known.row)).unwrap_or_default())
    }
}

fn reading_is(row: &ServiceMap, reading: &Reading) -> bool {
    row.environment == reading.environment && row.values == reading.values
}

/// `NAME=value NAME=value`.
fn parse(text: &str) -> Result<Values> {
    let mut values = Values::new();
    for part in text.split([' ', ',', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').filter(|(name, _)| placeholder::is_name(name)).ok_or_else(|| {
            Error::Invalid(format!(
                "{} gives no value: one looks like `NODE_IP=10.0.0.7`. Nothing was kept.",
                code(part)
            ))
        })?;
        values.insert(name.to_owned(), value.to_owned());
    }
    Ok(values)
}

impl Report for Planned {
    fn card(&self) -> Card {
        let lines = |weight: Weight| {
            let all: Vec<&Finding> = self.findings.iter().filter(|finding| finding.weight == weight).collect();
            let mut lines: Vec<String> =
                all.iter().take(LINES).map(|finding| format!("line {}  {}", finding.line, finding.words)).collect();
            if all.len() > LINES {
                lines.push(format!("and {} more", all.len() - LINES));
            }
            lines
        };
        let (mistakes, notes) = (lines(Weight::Mistake), lines(Weight::Note));
        if !mistakes.is_empty() {
            let count = self.findings.iter().filter(|finding| finding.weight == Weight::Mistake).count();
            let count = measure::count(count as u64, "mistake", "mistakes");
            let card = Card::failed(format!("**{count}** in this service map")).text(mistakes.join("\n"));
            let card = if notes.is_empty() { card } else { card.text(format!("besides\n{}", notes.join("\n"))) };
            return card.text("Nothing was kept; the map that stands is as it was.");
        }
        let Some(take) = &self.take else {
            return Card::quiet(format!("**Nothing to change**: service map {} stands like this", code(&self.name)));
        };
        let mut card = Card::plain(format!("**Plan** take service map {}", code(&self.name)))
            .fact(measure::count(self.services as u64, "service", "services"))
            .fact(format!("on {}", measure::count(self.nodes as u64, "node", "nodes")));
        let mut changes = self.changes.words();
        if changes.len() > LINES {
            let more = changes.split_off(LINES).len();
            changes.push(format!("and {more} more"));
        }
        if self.changes.is_empty() {
            changes.push("the services stay as they are".to_owned());
        }
        card = card.text(changes.join("\n"));
        let new: Vec<String> =
            self.changes.lines.iter().map(|(service, name, line)| format!("{service} {name}: {line}")).collect();
        if !new.is_empty() {
            let count = measure::count(new.len() as u64, "line", "lines");
            card = card.text(format!("{count} that may be run from now on, new or changed"));
            card = if new.len() > LINES {
                let all = new.join("\n").into_bytes();
                card.code("", format!("{}\n… and {} more", new[..LINES].join("\n"), new.len() - LINES))
                    .file("lines.txt", all)
            } else {
                card.code("", new.join("\n"))
            };
        }
        if !self.unmatched.is_empty() {
            let names: Vec<String> = self.unmatched.iter().map(code).collect();
            card = card.text(format!(
                "no server here is called so, or answers there: {}. What runs on them is drawn, and not asked.",
                names.join(" ")
            ));
        }
        if !notes.is_empty() {
            card = card.text(notes.join("\n"));
        }
        card.choice(Choice::perform("Take this map", take, Lands::Below).weigh(Looks::Primary))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_names_and_what_they_stand_for() {
        let values = parse("A=1, NODE_IP=10.0.0.7\nURL=http://x/?a=b").unwrap();
        let values: Vec<_> = values.iter().map(|(name, value)| format!("{name} {value}")).collect();
        assert_eq!(values, ["A 1", "NODE_IP 10.0.0.7", "URL http://x/?a=b"]);
        assert!(parse("10.0.0.7").is_err() && parse("1A=x").is_err());
    }
}
