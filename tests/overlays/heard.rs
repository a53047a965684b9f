//! An alert's own picture and sound, in a real browser: loaded from where the page is, under its policy.

use super::{
    browser::Browser,
    stage::{follow, happens, made},
};
use crate::world::World;

/// So many fifths of a second of a tone, as WAV: one channel of 16 bits, 8,000 times a second.
pub(super) fn tone(fifths: u32) -> Vec<u8> {
    const RATE: u32 = 8_000;
    let wave = (0..RATE / 5 * fifths).flat_map(|at| (if at / 10 % 2 == 0 { 6_000_i16 } else { -6_000 }).to_le_bytes());
    let wave: Vec<u8> = wave.collect();
    let size = u32::try_from(wave.len()).unwrap();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + size).to_le_bytes());
    file.extend(b"WAVEfmt ");
    for number in [16, 0x0001_0001, RATE, RATE * 2, 0x0010_0002] {
        file.extend(number.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(size.to_le_bytes());
    file.extend(wave);
    file
}

/// Sounds that a policy of ours, or a browser's own, kept silent for ever with all that waited behind them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alerts_picture_and_sound_are_loaded_and_a_refused_sound_holds_nothing_up() {
    let world = World::start().await;
    let admin = world.admin().await;
    let address = made(&admin, "alerts", "alerts").await;
    let (picture, sound) = (world.path("picture.png"), world.path("tone.wav"));
    std::fs::write(&picture, admin.ask("/overlay preview overlay:alerts").await.file().await).unwrap();
    std::fs::write(&sound, tone(1)).unwrap();
    let edit = format!("/overlay edit overlay:alerts picture:@{} sound:@{}", picture.display(), sound.display());
    admin.ask(&edit).await.until("Changed").await;
    let edit = admin.ask("/overlay edit overlay:alerts").await;
    let form = edit.choose(&admin, "Change in a form…", &["How it goes"]).await.form();
    form.submit(&[("How long an alert is seen, in seconds", "2")]).await;
    edit.until("Changed").await;
    let mut browser = Browser::opens(&world, "sounds", &[("alerts", &address)]);
    for way in ["freely", "refused"] {
        browser.says(way).await;
        happens(&world, ["one", "two"].map(follow)).await;
        browser.tell("said").await;
    }
    browser.ends().await;
    world.end().await;
}
