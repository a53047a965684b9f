//! Makes a registry in Discord, for one guild.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::registries::GuildRegistry;

use crate::{
    Field, ItemName, Workspace,
    registry::{FIELDS, column},
};

/// The most registries that a guild makes.
const MOST: i64 = 50;
/// In characters.
const DESCRIPTION: usize = 300;

/// Make a registry.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CreateRegistry {
    /// What it is called.
    pub name: ItemName,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What is known of each entry: a name and a type (string, number, date, boolean, url), such as `until: date`. An entry is called
    /// by the first.
    #[serde(default)]
    pub fields: Vec<String>,
}

/// It is there.
#[derive(Debug, Serialize)]
pub struct Created {
    name: ItemName,
    fields: Vec<Field>,
}

impl Action for CreateRegistry {
    const NAME: &'static str = "registry.create";
    const RISK: Risk = Risk::Change;
    type Service = Workspace;
    type Report = Created;

    fn plan(&self) -> String {
        format!("Make registry {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("make registry {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, run: &Run) -> Result<Created> {
        let (asked, actor) = (permit.action(), permit.actor());
        let fields = columns(&asked.fields)?;
        let json = serde_json::to_string(&fields).map_err(|error| Error::internal("keeping a registry", error))?;
        if asked.description.chars().count() > DESCRIPTION {
            return Err(Error::Invalid(format!(
                "The description has more than {DESCRIPTION} characters. Nothing was made."
            )));
        }
        if run.redactor().finds(&asked.description) || run.redactor().finds(&json) {
            return Err(Error::Invalid(
                "There is a secret in it, and a registry is kept for others to see. Nothing was made.".to_owned(),
            ));
        }
        let name = asked.name.as_str();
        let there_is_one = || {
            let name = code(name);
            Error::Invalid(format!("There is a registry {name} already. Nothing was changed; call this one otherwise."))
        };
        if workspace.catalogue(actor.guild).await?.registries.contains_key(name) {
            return Err(there_is_one());
        }
        let description = asked.description.trim().to_owned();
        let new = GuildRegistry { name: name.to_owned(), description, fields: json, by: actor.user };
        if !workspace.store.make_guild_registry(actor.guild, &new, MOST).await? {
            let all = workspace.store.guild_registries(actor.guild).await?;
            return Err(if all.iter().any(|other| other.name == name) {
                there_is_one()
            } else {
                Error::Invalid(format!("There are {MOST} registries already, and that is the most. Nothing was made."))
            });
        }
        Ok(Created { name: asked.name.clone(), fields })
    }
}

/// The fields that people wrote, a line each.
fn columns(lines: &[String]) -> Result<Vec<Field>> {
    let mut fields: Vec<Field> = Vec::new();
    for line in lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()) {
        let (name, word) = match line.rsplit_once(':') {
            Some((name, word)) => (name, word),
            None => line.rsplit_once(' ').unwrap_or((line, "string")),
        };
        let field = column(name, word, &fields).map_err(|why| {
            Error::Invalid(format!("{}: {why}. A field is written as `until: date`. Nothing was made.", code(line)))
        })?;
        fields.push(field);
    }
    if fields.is_empty() || fields.len() > FIELDS {
        return Err(Error::Invalid(format!(
            "A registry has 1 to {FIELDS} fields, each written on a line as `until: date`. Nothing was made."
        )));
    }
    Ok(fields)
}

impl Report for Created {
    fn card(&self) -> Card {
        let fields: Vec<String> =
            self.fields.iter().map(|field| format!("{} {}", code(&field.name), field.kind.as_str())).collect();
        Card::ok(format!("**Made** registry {}", code(self.name.as_str())))
            .text(format!("Fields: {}", fields.join(", ")))
            .text(format!("`/registry add registry:{} entry:…` makes an entry.", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_written_a_line_each_with_their_types() {
        let read = |lines: &[&str]| {
            let fields = columns(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>());
            fields.map(|fields| {
                fields.into_iter().map(|field| format!("{} {}", field.name, field.kind.as_str())).collect::<Vec<_>>()
            })
        };
        assert_eq!(
            read(&["domain", "until: date", "", "paid by number"]).unwrap(),
            ["domain string", "until date", "paid by number"]
        );
        assert!(read(&["until: tomorrow"]).unwrap_err().to_string().contains("`tomorrow` is no type"));
        assert!(read(&["a", "A: date"]).unwrap_err().to_string().contains("two fields `A`"));
        assert!(read(&[]).unwrap_err().to_string().contains("1 to 20 fields"));
    }
}
