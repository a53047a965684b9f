//! Draws a card with Components V2: one container, its colour the tone.
//!
//! Limits (Discord, 2026): 40 components, 4,000 characters over all texts, 5 buttons in a row, labels of 80.

use base::{
    Card,
    card::{Block, Choice, Menu, Offers, Pre, Press, Tone, Weight},
    redact::Clean,
};
use serde_json::{Value, json};

/// Over all texts of a card, in characters; Discord's 4,000 less what the frame of a code block may add.
const TEXT_LIMIT: usize = 3_900;
/// A code block is at least this long, or not worth drawing.
const CODE_LEAST: usize = 80;
/// A card has at most 40 components: the container, a title with its button, a line, a file, a row of buttons and the small print take
/// twelve of them.
const ROOM_FOR_ROWS: usize = 28;
/// A line with its button takes three, and the text before it a fourth.
const ROW_WITH_BUTTON: usize = 4;
/// A menu or code and the text before it.
const BESIDE_ROWS: usize = 3;
/// Stands where the beginning of a code block is left out.
const CUT: &str = "…\n";
/// A menu takes two components, and the text before it a third.
const MENUS: usize = 5;
const LABEL_LIMIT: usize = 80;
const PLACEHOLDER_LIMIT: usize = 150;
const OPTION_LIMIT: usize = 100;
const ALT_LIMIT: usize = 1_024;
const OPTIONS: usize = 25;
const BUTTONS_IN_A_ROW: usize = 4;

const ACTION_ROW: u8 = 1;
const BUTTON: u8 = 2;
const STRING_SELECT: u8 = 3;
const USER_SELECT: u8 = 5;
const ROLE_SELECT: u8 = 6;
const CHANNEL_SELECT: u8 = 8;
const SECTION: u8 = 9;
const TEXT: u8 = 10;
const GALLERY: u8 = 12;
const FILE: u8 = 13;
const SEPARATOR: u8 = 14;
const CONTAINER: u8 = 17;
/// A button's style, not a component's type.
const LINK: u8 = 5;
/// A channel's type, not a component's.
const TEXT_CHANNEL: u8 = 0;

/// What every button and menu of a card does, but those that only open an address.
pub(crate) fn presses(card: &Clean<Card>) -> Vec<Press> {
    let body = card.body.iter().filter_map(|block| match block {
        Block::Row(_, choice) => choice.as_ref().map(|choice| choice.press.clone()),
        Block::Menu(menu) => Some(Press::Pick(menu.pick.clone())),
        _ => None,
    });
    let buttons = card.accessory.iter().chain(card.choices.iter().take(BUTTONS_IN_A_ROW));
    let all = buttons.map(|choice| choice.press.clone()).chain(body);
    all.filter(|press| !matches!(press, Press::Open { .. })).collect()
}

/// A card as a message's components; `key` names a button or a menu, or leaves it out.
pub(crate) fn draw(card: &Clean<Card>, key: impl Fn(&Press) -> Option<String>) -> Value {
    // Nobody hears of what only opens an address: it needs no key.
    let key = |press: &Press| if matches!(press, Press::Open { .. }) { Some(String::new()) } else { key(press) };
    let head = head(card);
    let small = (!card.small.is_empty()).then(|| format!("-# {}", card.small.join(" · ")));
    let mut room = TEXT_LIMIT.saturating_sub(length(&head) + small.as_deref().map_or(0, length));

    let mut parts = vec![match card.accessory.as_ref().and_then(|choice| Some(button(choice, &key(&choice.press)?))) {
        Some(button) => json!({ "type": SECTION, "components": [text(&head)], "accessory": button }),
        None => text(&head),
    }];
    let body = body(card, &mut room, &key);
    if !body.is_empty() {
        parts.push(json!({ "type": SEPARATOR, "divider": true, "spacing": 1 }));
        parts.extend(body);
    }
    if let Some(file) = &card.file {
        let from = json!({ "url": format!("attachment://{}", file.name) });
        parts.push(match &card.alt {
            Some(alt) => {
                json!({ "type": GALLERY, "items": [{ "media": from, "description": cut(alt, ALT_LIMIT) }] })
            }
            None => json!({ "type": FILE, "file": from }),
        });
    }
    if let Some(image) = &card.image {
        let media = json!({ "url": image.url });
        parts
            .push(json!({ "type": GALLERY, "items": [{ "media": media, "description": cut(&image.alt, ALT_LIMIT) }] }));
    }
    let buttons = card.choices.iter().take(BUTTONS_IN_A_ROW);
    let buttons: Vec<Value> = buttons.filter_map(|choice| Some(button(choice, &key(&choice.press)?))).collect();
    if !buttons.is_empty() {
        parts.push(json!({ "type": ACTION_ROW, "components": buttons }));
    }
    if let Some(small) = small {
        parts.push(text(&small));
    }
    json!([{ "type": CONTAINER, "accent_color": card.colour.unwrap_or_else(|| colour(card.tone)), "components": parts }])
}

fn head(card: &Card) -> String {
    let glyph = card.tone.glyph();
    let mut head = if glyph.is_empty() { card.title.clone() } else { format!("{glyph} {}", card.title) };
    if !card.facts.is_empty() {
        head.push('\n');
        head.push_str(&card.facts.join(" · "));
    }
    cut(&head, TEXT_LIMIT / 2)
}

fn body(card: &Card, room: &mut usize, key: &impl Fn(&Press) -> Option<String>) -> Vec<Value> {
    let mut drawn = Vec::new();
    // Plain lines that follow each other are one text: fewer components, and Discord spaces them as one paragraph.
    let mut lines: Vec<String> = Vec::new();
    let (mut with_buttons, mut menus) = (0, 0);
    let others = card.body.iter().filter(|block| matches!(block, Block::Menu(_) | Block::Code { .. })).count();
    let rows_with_buttons = ROOM_FOR_ROWS.saturating_sub(others * BESIDE_ROWS) / ROW_WITH_BUTTON;
    let mut reserved: usize = card
        .body
        .iter()
        .map(|block| match block {
            Block::Text(text) | Block::Row(text, _) => length(text) + 1,
            Block::Code { .. } | Block::Menu(_) => 0,
        })
        .sum();
    for block in &card.body {
        match block {
            Block::Code { language, text: code } => {
                flush(&mut lines, &mut drawn);
                let space = room.saturating_sub(reserved);
                if space >= CODE_LEAST {
                    let code = code_block(language, code, space);
                    *room = room.saturating_sub(length(&code));
                    drawn.push(text(&code));
                }
            }
            Block::Text(line) | Block::Row(line, None) => {
                reserved = reserved.saturating_sub(length(line) + 1);
                lines.extend(fit(line, room));
            }
            Block::Row(line, Some(choice)) => {
                reserved = reserved.saturating_sub(length(line) + 1);
                let Some(line) = fit(line, room) else { continue };
                with_buttons += 1;
                match key(&choice.press).filter(|_| with_buttons <= rows_with_buttons) {
                    Some(key) => {
                        flush(&mut lines, &mut drawn);
                        let button = button(choice, &key);
                        drawn.push(json!({ "type": SECTION, "components": [text(&line)], "accessory": button }));
                    }
                    None => lines.push(line),
                }
            }
            Block::Menu(menu) => {
                menus += 1;
                if let Some(key) = key(&Press::Pick(menu.pick.clone())).filter(|_| menus <= MENUS) {
                    flush(&mut lines, &mut drawn);
                    drawn.push(json!({ "type": ACTION_ROW, "components": [select(menu, &key)] }));
                }
            }
        }
    }
    flush(&mut lines, &mut drawn);
    drawn
}

/// A line, cut to the room that is left; none where there is no room.
fn fit(line: &str, room: &mut usize) -> Option<String> {
    let line = (*room > 1).then(|| cut(line, *room - 1))?;
    *room -= length(&line) + 1;
    Some(line)
}

fn flush(lines: &mut Vec<String>, drawn: &mut Vec<Value>) {
    lines.retain(|line| !line.trim().is_empty());
    if !lines.is_empty() {
        drawn.push(text(&lines.join("\n")));
        lines.clear();
    }
}

fn text(content: &str) -> Value {
    json!({ "type": TEXT, "content": content })
}

fn button(choice: &Choice, key: &str) -> Value {
    let style = match choice.weight {
        Weight::Primary => 1,
        Weight::Secondary => 2,
        Weight::Danger => 4,
    };
    let label = cut(&choice.label, LABEL_LIMIT);
    if let Press::Open { url } = &choice.press {
        return json!({ "type": BUTTON, "style": LINK, "label": label, "url": url });
    }
    json!({ "type": BUTTON, "style": style, "label": label, "custom_id": key })
}

fn select(menu: &Menu, key: &str) -> Value {
    let mut select = json!({ "custom_id": key, "placeholder": cut(&menu.placeholder, PLACEHOLDER_LIMIT) });
    let mut one_of = |kind: u8, what: &str, chosen: Option<u64>| {
        select["type"] = kind.into();
        if let Some(id) = chosen {
            select["default_values"] = json!([{ "id": id.to_string(), "type": what }]);
        }
    };
    match &menu.offers {
        Offers::Channel(chosen) => {
            one_of(CHANNEL_SELECT, "channel", *chosen);
            select["channel_types"] = json!([TEXT_CHANNEL]);
        }
        Offers::Role(chosen) => one_of(ROLE_SELECT, "role", *chosen),
        Offers::Person => one_of(USER_SELECT, "user", None),
        Offers::Texts { of, least, most } => {
            let options = of.iter().take(OPTIONS).map(|offer| {
                json!({
                    "label": cut(&offer.label, OPTION_LIMIT), "value": offer.value,
                    "description": cut(&offer.description, OPTION_LIMIT), "default": offer.chosen == Pre::Chosen,
                })
            });
            select["type"] = STRING_SELECT.into();
            select["options"] = options.collect();
            select["min_values"] = (*least).min(OPTIONS).into();
            select["max_values"] = (*most).clamp(1, OPTIONS).into();
        }
    }
    select
}

fn colour(tone: Tone) -> u32 {
    match tone {
        Tone::Working => 0x58_65F2,
        Tone::Ok => 0x3B_A55D,
        Tone::Attention => 0xF0_B232,
        Tone::Failed => 0xED_4245,
        Tone::Quiet | Tone::Plain => 0x4E_5058,
    }
}

/// What a machine printed, as a code block of at most `most` characters: its end, whole lines where there is more.
fn code_block(language: &str, printed: &str, most: usize) -> String {
    let frame = "```\n\n```".len() + language.len();
    let mut code = clean(printed, language == "ansi");
    let room = most.saturating_sub(frame);
    let over = length(&code).saturating_sub(room);
    if over > 0 {
        code = code.chars().skip(over + CUT.chars().count()).collect();
        if let Some((_, whole)) = code.split_once('\n') {
            code = whole.to_owned();
        }
        code.insert_str(0, CUT);
    }
    format!("```{language}\n{code}\n```")
}

/// Text that cannot end its code block, nor move the cursor: of the escape sequences only colours stay.
fn clean(printed: &str, colours: bool) -> String {
    let mut clean = String::with_capacity(printed.len());
    let mut rest = printed.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '\u{1b}' => {
                let sequence = escape_sequence(&mut rest);
                if colours && sequence.starts_with('[') && sequence.ends_with('m') && sequence.len() <= 16 {
                    clean.push('\u{1b}');
                    clean.push_str(&sequence);
                }
            }
            '\n' | '\t' => clean.push(letter),
            '`' => clean.push('ˋ'),
            control if control.is_control() => {}
            hidden if base::card::is_hidden(hidden) => clean.push(char::REPLACEMENT_CHARACTER),
            other => clean.push(other),
        }
    }
    clean
}

/// The rest of an escape sequence: CSI to its final byte, OSC to its end, anything else one character.
fn escape_sequence(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut sequence = String::new();
    match rest.peek() {
        Some('[') => {
            for letter in rest.by_ref() {
                sequence.push(letter);
                if sequence.len() > 1 && ('@'..='~').contains(&letter) {
                    break;
                }
            }
        }
        Some(']') => {
            for letter in rest.by_ref() {
                if letter == '\u{7}' || letter == '\u{9c}' {
                    break;
                }
                if letter == '\u{1b}' {
                    rest.next_if_eq(&'\\');
                    break;
                }
            }
        }
        Some(_) => {
            rest.next();
        }
        None => {}
    }
    sequence
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn cut(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use base::{
        Redactor,
        card::{Lands, Offer, Pick},
    };

    use super::*;

    fn choice(label: &str) -> Choice {
        let press = Press::Perform { action: "a".to_owned(), arguments: json!({ "label": label }), lands: Lands::Here };
        Choice { label: label.to_owned(), weight: Weight::Secondary, press }
    }

    fn label(press: &Press) -> Option<String> {
        match press {
            Press::Perform { arguments, .. } => arguments["label"].as_str().map(str::to_owned),
            Press::Pick(pick) => Some(pick.field.clone()),
            _ => None,
        }
    }

    fn menu(field: &str, offers: Offers) -> Menu {
        let (arguments, field, lands) = (json!({}), field.to_owned(), Lands::Here);
        let pick = Pick { action: "a".to_owned(), arguments, field, name: None, lands };
        Menu { placeholder: "p".repeat(200), offers, pick }
    }

    #[test]
    fn a_menu_is_a_select_in_a_row_of_its_own_within_discords_limits() {
        let offer = |number: usize| Offer {
            value: number.to_string(),
            label: "l".repeat(200),
            description: "d".repeat(200),
            chosen: if number == 0 { Pre::Chosen } else { Pre::Open },
        };
        let card = Card::plain("t")
            .menu(menu("channel", Offers::Channel(Some(9))))
            .menu(menu("role", Offers::Role(None)))
            .menu(menu("on", Offers::Texts { of: (0..40).map(offer).collect(), least: 0, most: 40 }));
        let drawn = draw(&card.redacted(&Redactor::default()), label);
        let select = |at: usize| &drawn[0]["components"][at]["components"][0];
        assert_eq!((&select(2)["type"], &select(2)["default_values"][0]["id"]), (&json!(8), &json!("9")));
        assert_eq!((&select(3)["type"], select(3).get("default_values")), (&json!(6), None));
        let texts = select(4);
        assert_eq!((&texts["type"], &texts["min_values"], &texts["max_values"]), (&json!(3), &json!(0), &json!(25)));
        assert_eq!((texts["options"].as_array().unwrap().len(), &texts["custom_id"]), (25, &json!("on")));
        assert_eq!(texts["options"][0]["label"].as_str().unwrap().chars().count(), 100);
        assert!(texts["options"][0]["default"] == true && texts["options"][1]["default"] == false);
    }

    #[test]
    fn what_a_menu_offers_is_left_out_where_it_is_a_secret() {
        let redactor = Redactor::default();
        redactor.learn("correct-horse");
        let offer = |text: &str| Offer {
            value: text.to_owned(),
            label: text.to_owned(),
            description: "d".to_owned(),
            chosen: Pre::Open,
        };
        let of = vec![offer("correct-horse"), offer("plain")];
        let card = Card::plain("t").menu(menu("on", Offers::Texts { of, least: 1, most: 2 })).redacted(&redactor);
        let drawn = draw(&card, label).to_string();
        assert!(!drawn.contains("correct-horse") && drawn.contains("plain"), "{drawn}");
        let only = Offers::Texts { of: vec![offer("correct-horse")], least: 1, most: 1 };
        assert!(Card::plain("t").menu(menu("on", only)).redacted(&redactor).body.is_empty());
    }

    fn texts(value: &Value) -> String {
        match value {
            Value::Object(fields) => {
                let own = fields.get("content").and_then(Value::as_str).unwrap_or_default();
                fields.values().map(texts).fold(own.to_owned(), |all, more| all + &more)
            }
            Value::Array(items) => items.iter().map(texts).collect(),
            _ => String::new(),
        }
    }

    fn components(value: &Value) -> usize {
        match value {
            Value::Object(fields) => {
                usize::from(fields.contains_key("type")) + fields.values().map(components).sum::<usize>()
            }
            Value::Array(items) => items.iter().map(components).sum(),
            _ => 0,
        }
    }

    #[test]
    fn a_card_is_one_container_with_its_parts_in_order() {
        let card = Card::failed("**`apt upgrade`** on `web-1`")
            .fact("exit 100 after 38 s")
            .code("", "E: Could not get lock")
            .choice(choice("Run again"))
            .small("ref 7F3K");
        let drawn = draw(&card.redacted(&Redactor::default()), label);
        assert_eq!(
            drawn,
            json!([{ "type": 17, "accent_color": 0x00ED_4245, "components": [
                { "type": 10, "content": "✕ **`apt upgrade`** on `web-1`\nexit 100 after 38 s" },
                { "type": 14, "divider": true, "spacing": 1 },
                { "type": 10, "content": "```\nE: Could not get lock\n```" },
                { "type": 1, "components": [{ "type": 2, "style": 2, "label": "Run again", "custom_id": "Run again" }] },
                { "type": 10, "content": "-# ref 7F3K" },
            ] }])
        );
    }

    #[test]
    fn however_much_is_in_a_card_it_fits_a_message() {
        let mut card = Card::ok("t".repeat(9_000)).fact("f".repeat(9_000)).beside(choice("Cancel"));
        for row in 0..60 {
            card = card.row("r".repeat(200), Some(choice(&row.to_string()))).text("x".repeat(500));
        }
        card = card.code("ansi", "y\n".repeat(9_000));
        for field in 0..9 {
            card = card.menu(menu(&format!("menu {field}"), Offers::Channel(None)));
        }
        for button in 0..9 {
            card = card.choice(choice(&format!("{button} {}", "l".repeat(200))));
        }
        let drawn = draw(&card.redacted(&Redactor::default()), label);
        assert!(texts(&drawn).chars().count() <= 4_000, "{}", texts(&drawn).chars().count());
        assert!(components(&drawn) <= 40, "{}", components(&drawn));
    }

    #[test]
    fn a_long_output_shows_its_end_in_whole_lines() {
        let printed = (0..2_000).map(|line| format!("line {line}")).collect::<Vec<_>>().join("\n");
        let block = code_block("ansi", &printed, 100);
        assert!(block.ends_with("line 1999\n```") && block.starts_with("```ansi\n…\nline "), "{block}");
        assert!(length(&block) <= 100);
    }

    #[test]
    fn output_cannot_end_its_block_or_move_the_cursor() {
        let block = code_block("ansi", "a```b\u{1b}[31mred\u{1b}[0m\u{1b}[2J\u{1b}]0;title\u{7}\u{8}c", 1_000);
        assert_eq!(block, "```ansi\naˋˋˋb\u{1b}[31mred\u{1b}[0mc\n```");
    }
}
