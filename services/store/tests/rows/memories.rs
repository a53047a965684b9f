//! What is remembered, and prompts, are kept on SQLite and on PostgreSQL alike.

use base::UserId;
use store::{
    Store,
    memories::{Edited, MOST, Memory, Remembered},
    prompts::{self, NewPrompt, Saved, Shared},
};

use crate::{
    crew::{CREW, OTHERS},
    fresh::Fresh,
};

const ANN: UserId = UserId(7);
const BOB: UserId = UserId(8);

on_both! {
    what_one_person_has_remembered_nobody_else_finds_by_its_id
    however_many_write_at_once_there_is_never_more_than_there_is_room_for
    a_prompt_is_shared_as_it_was_and_changed_it_is_its_owners_alone
}

async fn note(store: &Store, owner: Option<UserId>, text: &str) -> Memory {
    match store.remember((CREW, owner), text, ANN, false).await.unwrap() {
        Remembered::Now(memory) => memory,
        other => panic!("{other:?}"),
    }
}

async fn what_one_person_has_remembered_nobody_else_finds_by_its_id(fresh: Fresh) {
    let store = fresh.store;
    let mine = note(&store, Some(ANN), "nas is blue").await;
    let ours = note(&store, None, "deploys are on Tuesdays").await;
    let again = store.remember((CREW, Some(ANN)), "nas is blue", ANN, true).await.unwrap();
    assert_eq!(again, Remembered::Already(mine.clone()), "once is enough, and it stays the person's");
    for (guild, owner) in [(CREW, Some(BOB)), (CREW, None), (OTHERS, Some(ANN)), (OTHERS, None)] {
        assert!(store.memories(guild, owner).await.unwrap().iter().all(|one| one.id != mine.id));
        assert_eq!(store.forget_memory((guild, owner), &mine.id, false).await.unwrap(), None);
        let edited = store.edit_memory((guild, owner), &mine.id, "x", BOB, false).await.unwrap();
        assert_eq!(edited, Edited::Gone, "{guild:?} {owner:?}");
    }
    assert_eq!(store.memories(CREW, None).await.unwrap(), [ours]);

    let other = note(&store, Some(ANN), "nas is in the cellar").await;
    let edit = |id: String, text, by_model| {
        let store = store.clone();
        async move { store.edit_memory((CREW, Some(ANN)), &id, text, ANN, by_model).await.unwrap() }
    };
    assert_eq!(edit(other.id.clone(), "nas is blue", false).await, Edited::Already);
    assert_eq!(
        edit(other.id.clone(), "nas is upstairs", true).await,
        Edited::Gone,
        "a model changes nothing of a person's"
    );
    assert_eq!(edit(other.id.clone(), "nas is upstairs", false).await, Edited::Now);
    assert_eq!(store.forget_memory((CREW, Some(ANN)), &other.id, true).await.unwrap(), None, "nor does it forget it");
    let gone = store.forget_memory((CREW, Some(ANN)), &other.id, false).await.unwrap().unwrap();
    assert_eq!(gone.text, "nas is upstairs");

    let by_model = store.remember((CREW, Some(ANN)), "ann likes short answers", ANN, true).await.unwrap();
    let Remembered::Now(by_model) = by_model else { panic!("{by_model:?}") };
    assert!(by_model.by_model);
    assert!(store.forget_memory((CREW, Some(ANN)), &by_model.id, true).await.unwrap().is_some());
    store.close().await;
}

async fn however_many_write_at_once_there_is_never_more_than_there_is_room_for(fresh: Fresh) {
    let store = fresh.store;
    for at in 0..MOST - 3 {
        note(&store, Some(ANN), &format!("fact {at}")).await;
    }
    let writers = (0..8).map(|at| {
        let store = store.clone();
        tokio::spawn(async move { store.remember((CREW, Some(ANN)), &format!("late {at}"), ANN, false).await.unwrap() })
    });
    let writers: Vec<_> = writers.collect();
    let mut kept = 0;
    for writer in writers {
        kept += usize::from(matches!(writer.await.unwrap(), Remembered::Now(_)));
    }
    assert_eq!(kept, 3);
    let all = store.memories(CREW, Some(ANN)).await.unwrap();
    assert_eq!(i64::try_from(all.len()).unwrap(), MOST);
    // One that is forgotten makes room for one, and the same at once is one.
    store.forget_memory((CREW, Some(ANN)), &all[50].id, false).await.unwrap().unwrap();
    let (one, other) = tokio::join!(
        store.remember((CREW, Some(ANN)), "the same", ANN, false),
        store.remember((CREW, Some(ANN)), "the same", ANN, false),
    );
    let came = [one.unwrap(), other.unwrap()];
    assert_eq!(came.iter().filter(|one| matches!(one, Remembered::Now(_))).count(), 1, "{came:?}");
    assert_eq!(came.iter().filter(|one| matches!(one, Remembered::Already(_))).count(), 1, "{came:?}");
    note(&store, Some(BOB), "bob has room").await;
    store.close().await;
}

fn prompt<'a>(user: UserId, name: &'a str, text: &'a str) -> NewPrompt<'a> {
    NewPrompt { guild: CREW, user, name, text, category: "ops", tags: "" }
}

async fn a_prompt_is_shared_as_it_was_and_changed_it_is_its_owners_alone(fresh: Fresh) {
    let store = fresh.store;
    assert_eq!(store.save_prompt(&prompt(ANN, "triage", "Look at {server}.")).await.unwrap(), Saved::New);
    assert_eq!(
        store.save_prompt(&prompt(BOB, "triage", "Mine.")).await.unwrap(),
        Saved::New,
        "each has their own names"
    );
    let of = |user| {
        let store = store.clone();
        async move { store.prompts(CREW, user).await.unwrap() }
    };
    let anns = of(ANN).await.pop().unwrap();
    assert_eq!(store.share_prompt(CREW, BOB, &anns).await.unwrap(), Shared::Gone, "nobody shares another's");
    assert_eq!(store.share_prompt(OTHERS, ANN, &anns).await.unwrap(), Shared::Gone);
    assert_eq!(store.share_prompt(CREW, ANN, &anns).await.unwrap(), Shared::Now);
    let bobs = of(BOB).await;
    let texts: Vec<(&str, bool)> = bobs.iter().map(|one| (one.text.as_str(), one.shared)).collect();
    assert_eq!(texts, [("Mine.", false), ("Look at {server}.", true)], "their own is first");
    assert_eq!(store.share_prompt(CREW, BOB, &bobs[0]).await.unwrap(), Shared::Taken, "one is shared under a name");
    assert!(store.prompts(OTHERS, ANN).await.unwrap().is_empty());

    assert_eq!(store.save_prompt(&prompt(ANN, "triage", "Delete everything.")).await.unwrap(), Saved::Changed);
    assert_eq!(of(BOB).await.len(), 1, "what nobody looked at is nobody's");
    assert_eq!(
        store.share_prompt(CREW, ANN, &anns).await.unwrap(),
        Shared::Gone,
        "what was said yes to is no longer there"
    );
    let now = of(ANN).await.pop().unwrap();
    assert_eq!(store.share_prompt(CREW, ANN, &now).await.unwrap(), Shared::Now);
    assert!(
        !store.unshare_prompt(OTHERS, "triage").await.unwrap() && store.unshare_prompt(CREW, "triage").await.unwrap()
    );
    assert!(!store.remove_prompt(OTHERS, ANN, "triage").await.unwrap());
    assert!(store.remove_prompt(CREW, ANN, "triage").await.unwrap());

    for at in 0..prompts::MOST {
        assert_eq!(store.save_prompt(&prompt(ANN, &format!("p{at}"), "x")).await.unwrap(), Saved::New);
    }
    assert_eq!(store.save_prompt(&prompt(ANN, "one-more", "x")).await.unwrap(), Saved::Full);
    assert_eq!(store.save_prompt(&prompt(ANN, "p7", "y")).await.unwrap(), Saved::Changed);
    store.close().await;
}
