//! How the bot looks in one guild: nickname, avatar, banner, bio.

use std::fmt::Write;

use base::{
    Action, Card, Error, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Guilds,
    discord::{Face, Member, Part},
};

/// Discord's own limits, in characters.
const NICKNAME: usize = 32;
const BIO: usize = 190;
/// As base64 in JSON it grows by a third, and Discord takes 25 MiB.
const PICTURE: usize = 8 << 20;
/// Where a file that was attached to a command lies; nothing else is fetched.
const ATTACHMENTS: [&str; 2] = ["https://cdn.discordapp.com/", "https://media.discordapp.net/"];

/// Change how the bot looks in this guild: its nickname, avatar, banner and bio here. What is not named stays; an empty text
/// means as everywhere else.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetIdentity {
    /// What it is called here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// The address of a file attached in Discord: PNG, JPEG, GIF or WebP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// The same, for the banner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub banner: Option<String>,
    /// What it says about itself here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
}

/// How it looked, and looks.
#[derive(Debug, Serialize)]
pub struct Looks {
    changes: Vec<String>,
    lost: Vec<&'static str>,
    undo: Option<SetIdentity>,
}

impl SetIdentity {
    fn parts(&self) -> [(&'static str, &Option<String>); 4] {
        [("nickname", &self.nickname), ("avatar", &self.avatar), ("banner", &self.banner), ("bio", &self.bio)]
    }

    fn check(&self) -> Result<()> {
        if self.parts().iter().all(|(_, part)| part.is_none()) {
            return Err(Error::Invalid(
                "Say what to change: a nickname, an avatar, a banner or a bio. Nothing was changed.".to_owned(),
            ));
        }
        for (what, text, most) in [("nickname", &self.nickname, NICKNAME), ("bio", &self.bio, BIO)] {
            let length = text.as_ref().map_or(0, |text| text.chars().count());
            if length > most {
                return Err(Error::Invalid(format!(
                    "A {what} has at most {most} characters, and this one has {length}. Nothing was changed."
                )));
            }
        }
        Ok(())
    }
}

impl Action for SetIdentity {
    const NAME: &'static str = "setup.identity";
    const RISK: Risk = Risk::Change;
    type Service = Guilds;
    type Report = Looks;

    fn plan(&self) -> String {
        let mut plan = "Change how I look here:".to_owned();
        for (index, (what, part)) in self.parts().into_iter().filter(|(_, part)| part.is_some()).enumerate() {
            let text = part.as_deref().unwrap_or_default();
            let text = if text.is_empty() { "as everywhere".to_owned() } else { code(text) };
            let comma = if index == 0 { "" } else { "," };
            // Writing to a text does not fail.
            let _ = write!(plan, "{comma} {what} {text}");
        }
        plan
    }

    fn refusal(&self) -> String {
        "change how I look here".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, guilds: &Guilds, run: &Run) -> Result<Looks> {
        let (actor, wanted) = (permit.actor(), permit.action());
        wanted.check()?;
        if wanted.parts().iter().any(|(_, part)| part.as_deref().is_some_and(|text| run.redactor().finds(text))) {
            return Err(Error::Invalid(
                "That holds a secret, and everybody would see it. Nothing was changed.".to_owned(),
            ));
        }
        let before = guilds.facts(actor.guild).await?.me;
        let face = Face {
            nick: text(wanted.nickname.as_deref()),
            avatar: guilds.picture("avatar", wanted.avatar.as_deref()).await?,
            banner: guilds.picture("banner", wanted.banner.as_deref()).await?,
            bio: text(wanted.bio.as_deref()),
        };
        // People choose their names.
        let name = run.redactor().mask(&actor.name).into_owned();
        let reason = format!("asked by {name}, reference {}", run.reference);
        guilds.discord()?.change_face(actor.guild, &face, &reason).await?;
        Ok(Looks::of(wanted, &before))
    }
}

impl Guilds {
    /// The bytes of a file attached in Discord, if they are no more than `most`.
    pub async fn attached(&self, what: &str, address: &str, most: usize) -> Result<Vec<u8>> {
        if !is_attached(address) {
            return Err(Error::Invalid(format!("The {what} must be a file attached in Discord. Nothing was changed.")));
        }
        self.discord()?.fetch(address, most).await
    }

    async fn picture(&self, what: &str, address: Option<&str>) -> Result<Part> {
        let Some(address) = address else { return Ok(Part::Kept) };
        if address.is_empty() {
            return Ok(Part::Reset);
        }
        let bytes = self.attached(what, address, PICTURE).await?;
        let Some(kind) = kind(&bytes) else {
            return Err(Error::Invalid(format!(
                "The {what} must be a PNG, JPEG, GIF or WebP picture, and this file is none. Nothing was changed."
            )));
        };
        Ok(Part::Set(format!("data:{kind};base64,{}", STANDARD.encode(&bytes))))
    }
}

/// Whether that is where Discord keeps what people attach.
pub(crate) fn is_attached(address: &str) -> bool {
    ATTACHMENTS.iter().any(|place| address.starts_with(place))
}

fn text(wanted: Option<&str>) -> Part {
    match wanted.map(str::trim) {
        None => Part::Kept,
        Some("") => Part::Reset,
        Some(text) => Part::Set(text.to_owned()),
    }
}

/// What a picture is, by how it begins: its name says nothing.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

impl Looks {
    fn of(wanted: &SetIdentity, before: &Member) -> Self {
        let (mut changes, mut lost) = (Vec::new(), Vec::new());
        let mut undo = SetIdentity { nickname: None, avatar: None, banner: None, bio: None };
        let named =
            |name: Option<&str>| name.filter(|name| !name.is_empty()).map_or_else(|| "my own name".to_owned(), code);
        if let Some(nickname) = &wanted.nickname {
            changes.push(format!("nickname  {} → {}", named(before.nick.as_deref()), named(Some(nickname))));
            undo.nickname = Some(before.nick.clone().unwrap_or_default());
        }
        let pictures = [
            ("avatar", &wanted.avatar, &before.avatar, &mut undo.avatar),
            ("banner", &wanted.banner, &before.banner, &mut undo.banner),
        ];
        for (what, wanted, before, undo) in pictures {
            let Some(wanted) = wanted else { continue };
            let after = if wanted.is_empty() { "as everywhere" } else { "another one" };
            changes.push(format!(
                "{what}  {} → {after}",
                if before.is_some() { "one of its own" } else { "as everywhere" }
            ));
            match before {
                None => *undo = Some(String::new()),
                Some(_) => lost.push(what),
            }
        }
        if let Some(bio) = &wanted.bio {
            changes.push(format!("bio  {}", if bio.is_empty() { "as everywhere".to_owned() } else { code(bio) }));
            lost.push("bio");
        }
        let undo = Some(undo).filter(|undo| undo.check().is_ok());
        Self { changes, lost, undo }
    }
}

impl Report for Looks {
    fn card(&self) -> Card {
        let mut card = Card::ok("**Changed** how I look here");
        for change in &self.changes {
            card = card.row(change.clone(), None);
        }
        if !self.lost.is_empty() {
            let lost: Vec<String> = self.lost.iter().map(|what| format!("the {what}")).collect();
            card = card.text(format!("Discord does not keep {} of before.", lost.join(", ")));
        }
        match &self.undo {
            Some(undo) => card.choice(Choice::perform("Undo", undo, Lands::Below)),
            None => card,
        }
    }
}

#[cfg(test)]
mod tests {
    use base::UserId;

    use super::*;

    fn before(nick: Option<&str>, avatar: Option<&str>) -> Member {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Member { user: UserId(3), roles: Vec::new(), nick: own(nick), avatar: own(avatar), banner: None }
    }

    #[test]
    fn undo_brings_back_what_discord_lets_us_and_the_card_names_the_rest() {
        let wanted = SetIdentity {
            nickname: Some("Ops".to_owned()),
            avatar: Some("https://cdn.discordapp.com/a.png".to_owned()),
            banner: Some("https://cdn.discordapp.com/b.png".to_owned()),
            bio: None,
        };
        let looks = Looks::of(&wanted, &before(Some("Old"), Some("hash")));
        let undo = looks.undo.unwrap();
        assert_eq!((undo.nickname.as_deref(), undo.avatar, undo.banner.as_deref()), (Some("Old"), None, Some("")));
        assert_eq!(looks.lost, ["avatar"]);
    }

    #[test]
    fn what_can_only_be_lost_has_no_undo() {
        let wanted = SetIdentity { nickname: None, avatar: None, banner: None, bio: Some("Here to help".to_owned()) };
        assert!(Looks::of(&wanted, &before(None, None)).undo.is_none());
    }

    #[test]
    fn a_picture_is_told_by_its_bytes() {
        assert_eq!(kind(b"\x89PNG\r\n"), Some("image/png"));
        assert_eq!(kind(b"<svg onload=alert(1)>"), None);
        assert_eq!(kind(b""), None);
    }
}
