//! A card is what people see of anything: one idea, few facts, and the buttons that come next. Free of Discord.
//!
//! **Invariant:** a card holds markdown that Nebula wrote; people's and machines' text enters through [`code`] or a code
//! block, which neutralise it.

use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{Redactor, Risk, redact::Clean};

/// What a card's colour and glyph say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Going on now.
    Working,
    /// Done, as asked.
    Ok,
    /// Waits for a person, or degraded.
    Attention,
    /// Did not happen, or broke.
    Failed,
    /// Information, finished long ago, expired.
    Quiet,
    /// A plain answer, such as a list: no glyph.
    Plain,
}

impl Tone {
    /// What shows it where there is no colour.
    pub fn glyph(self) -> &'static str {
        match self {
            Self::Working => "◐",
            Self::Ok => "✓",
            Self::Attention => "!",
            Self::Failed => "✕",
            Self::Quiet => "–",
            Self::Plain => "",
        }
    }
}

/// The face of something. As JSON it is kept in a row until it has been shown; its file is kept beside it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Card {
    /// How it stands.
    pub tone: Tone,
    /// Red, green and blue, where somebody chose them; otherwise the tone says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<u32>,
    /// Whether its buttons are of use for as long as it stands, and not only for some days.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lasting: bool,
    /// One line of markdown: verb, object, place.
    pub title: String,
    /// Joined by " · " under the title, the number first.
    pub facts: Vec<String>,
    /// The rest, in order.
    pub body: Vec<Block>,
    /// Buttons, in the order of use; at most four are drawn in a row.
    pub choices: Vec<Choice>,
    /// Beside the title: the one most useful button.
    pub accessory: Option<Choice>,
    /// The small print's parts: reference, person, time.
    pub small: Vec<String>,
    /// A file to keep.
    #[serde(skip)]
    pub file: Option<File>,
    /// What the file shows, in words, where it is a picture: that is drawn on the card, where another file is only named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// A picture of somebody else's, by its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
}

/// A picture that Discord fetches by its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its address, `https://…`.
    pub url: String,
    /// What it shows, in words.
    pub alt: String,
}

/// A part of a card's body.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A paragraph of markdown.
    Text(String),
    /// What a machine printed, in a code block: `language` is `ansi`, `diff`, `json` or nothing.
    Code {
        /// How Discord colours it.
        language: Cow<'static, str>,
        /// The text as it came, to be made safe when drawn. Where it does not fit, its end is what stays.
        text: String,
    },
    /// A line with a button of its own.
    Row(String, Option<Choice>),
    /// A menu to choose from.
    Menu(Menu),
}

/// A menu: choosing from it performs an action, with what was chosen in one of its fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Menu {
    /// What it says while nothing is chosen; at most 150 characters.
    pub placeholder: String,
    /// What there is to choose from.
    pub offers: Offers,
    /// What choosing does.
    pub pick: Pick,
}

/// What a menu offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offers {
    /// One or several of these, at most 25.
    Texts {
        /// What is offered.
        of: Vec<Offer>,
        /// As few as this may be chosen.
        least: usize,
        /// And as many as this.
        most: usize,
    },
    /// One text channel of the guild; this one is chosen already.
    Channel(Option<u64>),
    /// One role of the guild; this one is chosen already.
    Role(Option<u64>),
    /// One member of the guild.
    Person,
}

/// One thing a menu offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What stands for it in the action.
    pub value: String,
    /// What it is called; at most 100 characters.
    pub label: String,
    /// One more line; at most 100 characters.
    pub description: String,
    /// Whether it is chosen already.
    pub chosen: Pre,
}

/// Whether something is chosen before anybody chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pre {
    /// It is.
    Chosen,
    /// It is not.
    Open,
}

/// What choosing from a menu does: an action with what was chosen in `field`. A channel or a role is there as its number, and its
/// name in `name` where that is asked for; of texts there is one, or a list where several may be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pick {
    /// The action's name.
    pub action: String,
    /// The rest of it.
    pub arguments: Value,
    /// The field that is chosen.
    pub field: String,
    /// The field that takes the name of what was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where what comes of it is shown.
    pub lands: Lands,
}

/// A file attached to a card.
#[derive(Debug, Clone)]
pub struct File {
    /// Its name, such as `run.log`.
    pub name: String,
    /// What is in it.
    pub bytes: Arc<Vec<u8>>,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// At most 80 characters, a verb first.
    pub label: String,
    /// How it looks.
    pub weight: Weight,
    /// What it does.
    pub press: Press,
}

/// How much a button asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// The one most people want.
    Primary,
    /// Everything else.
    Secondary,
    /// Something is gone afterwards.
    Danger,
}

/// What a button does. It is kept in a row of its own and named in Discord by an unguessable key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Press {
    /// Performs an action as whoever presses, with every check anew.
    Perform {
        /// The action's name.
        action: String,
        /// The action itself.
        arguments: Value,
        /// Where what comes of it is shown.
        lands: Lands,
    },
    /// Answers a question.
    Decide {
        /// The question.
        approval: Uuid,
        /// Yes or no.
        answer: Answer,
    },
    /// Answers a question with no, once the reason is known.
    Deny {
        /// The question.
        approval: Uuid,
    },
    /// Shows all of a question.
    Details {
        /// The question.
        approval: Uuid,
    },
    /// Performs an action with what is chosen from a menu, as whoever chooses, with every check anew.
    Pick(Pick),
    /// Opens an address in the browser of whoever presses; nobody hears of it.
    Open {
        /// Where, by `https` or on this machine.
        url: String,
    },
}

/// Where the outcome of a press is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lands {
    /// On the card that was pressed, in its place.
    Here,
    /// On a card of its own.
    Below,
    /// On a card of its own that only whoever pressed sees.
    Aside,
    /// Nowhere: the card that was pressed shows it by itself.
    Nowhere,
}

/// An answer to "really?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Do it.
    Yes,
    /// Leave it.
    No,
}

impl Choice {
    /// A button that performs an action. No secret can be inside: it would be kept as its mask.
    pub fn perform<A: crate::Action>(label: impl Into<String>, action: &A, lands: Lands) -> Self {
        let weight = if A::RISK == Risk::Destroy { Weight::Danger } else { Weight::Secondary };
        let arguments = serde_json::to_value(action).unwrap_or_default();
        Self { label: label.into(), weight, press: Press::Perform { action: A::NAME.to_owned(), arguments, lands } }
    }

    /// A button that opens an address.
    pub fn open(label: impl Into<String>, url: &str) -> Self {
        Self { label: label.into(), weight: Weight::Secondary, press: Press::Open { url: url.to_owned() } }
    }

    /// The same button with another weight.
    pub fn weigh(mut self, weight: Weight) -> Self {
        self.weight = weight;
        self
    }
}

impl Menu {
    /// Whether it can be shown at all. What holds a secret is not offered.
    fn is_clean(&mut self, redactor: &Redactor) -> bool {
        if let Offers::Texts { of, least, most } = &mut self.offers {
            let finds = |text: &String| redactor.finds(text);
            of.retain(|one| ![&one.value, &one.label, &one.description].into_iter().any(finds));
            *most = (*most).min(of.len());
            if of.is_empty() || *least > of.len() {
                return false;
            }
        }
        redactor.mask_json(self.pick.arguments.clone()) == self.pick.arguments
    }
}

impl Card {
    /// A card of this tone with this title.
    pub fn new(tone: Tone, title: impl Into<String>) -> Self {
        Self {
            tone,
            colour: None,
            lasting: false,
            title: title.into(),
            facts: Vec::new(),
            body: Vec::new(),
            choices: Vec::new(),
            accessory: None,
            small: Vec::new(),
            file: None,
            alt: None,
            image: None,
        }
    }

    /// Going on now.
    pub fn working(title: impl Into<String>) -> Self {
        Self::new(Tone::Working, title)
    }

    /// Done, as asked.
    pub fn ok(title: impl Into<String>) -> Self {
        Self::new(Tone::Ok, title)
    }

    /// Waits for a person, or degraded.
    pub fn attention(title: impl Into<String>) -> Self {
        Self::new(Tone::Attention, title)
    }

    /// Did not happen, or broke.
    pub fn failed(title: impl Into<String>) -> Self {
        Self::new(Tone::Failed, title)
    }

    /// Over, or of no more use.
    pub fn quiet(title: impl Into<String>) -> Self {
        Self::new(Tone::Quiet, title)
    }

    /// A plain answer.
    pub fn plain(title: impl Into<String>) -> Self {
        Self::new(Tone::Plain, title)
    }

    /// Its paragraphs, without its code and its menus.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.body.iter().filter_map(|block| match block {
            Block::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Gives it a colour of somebody's choice; none is its tone's.
    pub fn coloured(mut self, colour: Option<u32>) -> Self {
        self.colour = colour;
        self
    }

    /// Has its buttons be of use for as long as it stands.
    pub fn lasting(mut self) -> Self {
        self.lasting = true;
        self
    }

    /// Adds a fact to the line under the title.
    pub fn fact(mut self, fact: impl Into<String>) -> Self {
        self.facts.push(fact.into());
        self
    }

    /// Adds a paragraph.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.body.push(Block::Text(text.into()));
        self
    }

    /// Adds what a machine printed; an empty text adds nothing.
    pub fn code(mut self, language: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.trim().is_empty() {
            self.body.push(Block::Code { language: language.into(), text });
        }
        self
    }

    /// Adds a line, with a button of its own if it has one.
    pub fn row(mut self, text: impl Into<String>, choice: Option<Choice>) -> Self {
        self.body.push(Block::Row(text.into(), choice));
        self
    }

    /// Adds a menu.
    pub fn menu(mut self, menu: Menu) -> Self {
        self.body.push(Block::Menu(menu));
        self
    }

    /// Adds a button.
    pub fn choice(mut self, choice: Choice) -> Self {
        self.choices.push(choice);
        self
    }

    /// Sets the button beside the title.
    pub fn beside(mut self, choice: Choice) -> Self {
        self.accessory = Some(choice);
        self
    }

    /// Adds to the small print.
    pub fn small(mut self, part: impl Into<String>) -> Self {
        self.small.push(part.into());
        self
    }

    /// Attaches a file.
    pub fn file(mut self, name: impl Into<String>, bytes: impl Into<Arc<Vec<u8>>>) -> Self {
        self.file = Some(File { name: name.into(), bytes: bytes.into() });
        self
    }

    /// Draws a picture, in place of a file: a PNG of text that was masked before it was drawn, and what it shows in words.
    pub fn picture(mut self, name: impl Into<String>, bytes: impl Into<Arc<Vec<u8>>>, alt: impl Into<String>) -> Self {
        self.alt = Some(alt.into());
        self.file(name, bytes)
    }

    /// Shows a picture of somebody else's, by its address, and says what it shows.
    pub fn image(mut self, url: impl Into<String>, alt: impl Into<String>) -> Self {
        self.image = Some(Image { url: url.into(), alt: alt.into() });
        self
    }

    /// The card as plain text, for logs and places without cards.
    pub fn plain_text(&self) -> String {
        let mut text = self.title.replace("**", "");
        for part in self.facts.iter().map(String::as_str).chain(self.body.iter().map(|block| match block {
            Block::Text(text) | Block::Row(text, _) | Block::Code { text, .. } => text.as_str(),
            Block::Menu(menu) => menu.placeholder.as_str(),
        })) {
            text.push_str(". ");
            text.push_str(part);
        }
        text
    }

    /// The card with every known and secret-shaped value masked, in its file too.
    pub fn redacted(mut self, redactor: &Redactor) -> Clean<Self> {
        let mask = |text: &mut String| {
            if let Cow::Owned(masked) = redactor.mask(text) {
                *text = masked;
            }
        };
        mask(&mut self.title);
        self.facts.iter_mut().for_each(mask);
        self.alt.iter_mut().for_each(mask);
        self.small.iter_mut().for_each(mask);
        for block in &mut self.body {
            match block {
                Block::Text(text) | Block::Row(text, _) | Block::Code { text, .. } => mask(text),
                Block::Menu(menu) => mask(&mut menu.placeholder),
            }
        }
        // Of what is offered, a masked name would stand for something else.
        self.body.retain_mut(|block| match block {
            Block::Menu(menu) => menu.is_clean(redactor),
            _ => true,
        });
        // A button that carries a secret would keep it in the database, and masked it would do something else.
        let clean = |choice: &Choice| {
            !redactor.finds(&choice.label)
                && match &choice.press {
                    Press::Perform { arguments, .. } => redactor.mask_json(arguments.clone()) == *arguments,
                    Press::Open { url } => !redactor.finds(url),
                    _ => true,
                }
        };
        self.choices.retain(clean);
        self.accessory = self.accessory.filter(clean);
        for block in &mut self.body {
            if let Block::Row(_, choice) = block {
                *choice = choice.take().filter(clean);
            }
        }
        if let Some(image) = &mut self.image {
            mask(&mut image.alt);
        }
        // An address with a mask in it would lead somewhere else.
        self.image = self.image.filter(|image| !redactor.finds(&image.url));
        if let Some(file) = &mut self.file {
            mask(&mut file.name);
            let masked = redactor.mask_bytes(&file.bytes);
            if let Cow::Owned(masked) = masked {
                file.bytes = masked.into();
            }
        }
        Clean::new(self)
    }
}

/// Longest text that [`code`] shows whole.
const CODE_LIMIT: usize = 120;

/// Whether a letter shows nothing, or changes the order in which others are shown: what is read would not be what is meant.
pub fn is_hidden(letter: char) -> bool {
    (letter.is_control() && !letter.is_whitespace())
        || matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Text of a person or a machine as inline code: on one line, cut to a readable length, unable to end the code early.
pub fn code(text: impl AsRef<str>) -> String {
    let shown = |letter| if is_hidden(letter) { char::REPLACEMENT_CHARACTER } else { letter };
    let text: String = text.as_ref().chars().map(shown).collect();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(CODE_LIMIT).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    if short.is_empty() {
        return "` `".to_owned();
    }
    // Discord's inline code cannot hold its own fence; a look-alike can be read and does no harm.
    format!("`{}`", short.replace('`', "ˋ"))
}

/// Text of a person or a machine as a block of code: all of it, nothing of it hidden, unable to end the block early.
pub fn block(text: impl AsRef<str>) -> String {
    let shown = |letter| if is_hidden(letter) { char::REPLACEMENT_CHARACTER } else { letter };
    let text: String = text.as_ref().chars().map(shown).collect();
    format!("```\n{}\n```", text.replace('`', "ˋ"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_whole_and_cannot_be_ended_early() {
        assert_eq!(block("a```b\n@everyone\u{200b}"), "```\naˋˋˋb\n@everyone\u{fffd}\n```");
        assert!(block("x".repeat(500)).contains(&"x".repeat(500)));
    }

    #[test]
    fn inline_code_cannot_be_ended_early() {
        assert_eq!(code("a`b\n@everyone"), "`aˋb @everyone`");
        assert_eq!(code(""), "` `");
        assert_eq!(code("a\u{202e}b\u{200b}c"), "`a\u{fffd}b\u{fffd}c`", "nothing is hidden from whoever reads it");
        assert_eq!(code("x".repeat(500)).chars().count(), CODE_LIMIT + 3);
    }

    #[test]
    fn a_card_is_written_down_and_read_again_without_its_file() {
        let press =
            Choice { label: "Deny".into(), weight: Weight::Secondary, press: Press::Deny { approval: Uuid::nil() } };
        let card = Card::failed("t").fact("f").text("b").code("ansi", "c").row("r", Some(press.clone())).beside(press);
        let text = serde_json::to_string(&card.clone().small("s").file("a.log", vec![1])).unwrap();
        let read: Card = serde_json::from_str(&text).unwrap();
        assert_eq!(format!("{read:?}"), format!("{:?}", card.small("s")));
    }

    #[test]
    fn every_part_of_a_card_is_redacted() {
        let redactor = Redactor::default();
        redactor.learn("correct-horse");
        let decide = Press::Decide { approval: Uuid::nil(), answer: Answer::Yes };
        let card = Card::ok("t correct-horse")
            .fact("f correct-horse")
            .text("b correct-horse")
            .code("", "c correct-horse")
            .small("s correct-horse")
            .file("correct-horse.log", b"l correct-horse".to_vec())
            .choice(Choice { label: "correct-horse".to_owned(), weight: Weight::Primary, press: decide })
            .redacted(&redactor);
        assert!(!format!("{card:?}").contains("correct-horse"));
        assert!(!String::from_utf8_lossy(&card.file.as_ref().unwrap().bytes).contains("correct-horse"));
    }
}
