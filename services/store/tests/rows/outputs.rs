//! What commands printed is kept for so long, and no more of it than that.

use std::time::Duration;

use base::{GuildId, UserId};
use store::command_outputs::{DAYS, NewOutput};

use crate::{
    crew::{CREW, OTHERS},
    fresh::Fresh,
};

on_both! {
    what_commands_printed_goes_when_it_is_old_or_too_much_and_only_in_its_guild
}

async fn what_commands_printed_goes_when_it_is_old_or_too_much_and_only_in_its_guild(fresh: Fresh) {
    let (store, clock) = (&fresh.store, &fresh.clock);
    // Noise, so that nothing of it is compressed away.
    let noise: Vec<u8> = (0..50_000_u64).map(|at| ((at * at * 2_654_435_761) >> 13).to_be_bytes()[7]).collect();
    let keep = async |guild: GuildId, bytes: &[u8]| {
        let (entry, bytes) = (clock.id(), Some(std::sync::Arc::new(bytes.to_vec())));
        let (name, heading) = ("box-REF.log".to_owned(), "box: exit 0".to_owned());
        store.keep_output(NewOutput { entry, guild, run: None, name, heading, bytes }).await.unwrap();
        entry.to_string()
    };
    let read = async |guild, entry: &str| store.output(guild, entry).await.unwrap().map(|(_, bytes)| bytes);
    let (old, theirs) = (keep(CREW, b"old").await, keep(OTHERS, b"theirs").await);
    assert_eq!(read(CREW, &old).await.unwrap(), b"old");
    assert_eq!((read(CREW, &theirs).await, read(OTHERS, &old).await), (None, None), "guilds are walls");
    let kept = store.kept_outputs(CREW, &[&old, &theirs]).await.unwrap();
    assert!(kept.len() == 1 && kept.contains(&old), "{kept:?}");

    clock.advance(Duration::from_hours(24 * u64::try_from(DAYS).unwrap() - 1));
    store.keep_history(OTHERS, 60, UserId(5)).await.unwrap();
    let new = keep(CREW, &noise).await;
    store.forget_outputs().await.unwrap();
    assert!(read(CREW, &old).await.is_some());
    clock.advance(Duration::from_hours(2));
    store.forget_outputs().await.unwrap();
    assert!(read(CREW, &old).await.is_none(), "thirty days are over");
    assert!(read(OTHERS, &theirs).await.is_some(), "and sixty are not");
    assert_eq!(read(CREW, &new).await.unwrap(), noise);

    clock.advance(Duration::from_secs(1));
    let newer = keep(CREW, &noise).await;
    let keeping = store.history_keeping(CREW).await.unwrap();
    assert_eq!((keeping.days, keeping.outputs, keeping.set), (DAYS, 2, None));
    store.shed_outputs(CREW, keeping.bytes).await.unwrap();
    assert!(read(CREW, &new).await.is_some(), "there is room for both");
    store.shed_outputs(CREW, keeping.bytes - 1).await.unwrap();
    assert_eq!((read(CREW, &new).await, read(CREW, &newer).await.unwrap()), (None, noise), "the oldest go first");
    assert!(read(OTHERS, &theirs).await.is_some());

    store.keep_history(OTHERS, 1, UserId(5)).await.unwrap();
    assert!(read(OTHERS, &theirs).await.is_none(), "what is kept for less goes at once");
}
