//! Secrets open with their passphrase in their guild, and stay as long as something uses them.

use std::time::Duration;

use base::{Secret, UserId};
use secrecy::SecretString;
use store::{Vault, servers::Offer};

use crate::{
    crew::{CREW, OTHERS, offer, vault},
    fresh::Fresh,
};

on_both! {
    a_secret_opens_only_with_its_passphrase_in_its_guild
    a_named_secret_is_kept_with_its_value_before_and_only_in_its_guild
    what_something_uses_is_never_swept
    a_thousand_rotations_at_once_leave_one_value_and_the_one_before
}

async fn a_secret_opens_only_with_its_passphrase_in_its_guild(fresh: Fresh) {
    let vault = |passphrase: &str| Vault::new(fresh.store.clone(), Some(SecretString::from(passphrase.to_owned())));
    let id = vault("the right passphrase").seal(CREW, &Secret::new("correct horse")).await.unwrap();
    assert_eq!(vault("the right passphrase").open(CREW, &id).await.unwrap().expose(), "correct horse");
    assert!(vault("the right passphrase").open(OTHERS, &id).await.is_err());
    let wrong = vault("the wrong passphrase").open(CREW, &id).await.unwrap_err().to_string();
    assert!(wrong.contains("is not the one this database was sealed with"), "{wrong}");
    let none = Vault::new(fresh.store.clone(), None).seal(CREW, &Secret::new("x")).await.unwrap_err().to_string();
    assert!(none.contains("`NEBULA_SECRET` is not set"), "{none}");
}

async fn a_named_secret_is_kept_with_its_value_before_and_only_in_its_guild(fresh: Fresh) {
    let (store, vault) = (&fresh.store, vault(&fresh));
    let first = vault.name(CREW, "Token", &Secret::new("value 1"), UserId(7)).await.unwrap().unwrap();
    assert!(vault.name(CREW, "TOKEN", &Secret::new("other"), UserId(7)).await.unwrap().is_none());
    vault.name(OTHERS, "token", &Secret::new("of others"), UserId(8)).await.unwrap().unwrap();

    fresh.clock.advance(Duration::from_mins(1));
    let second = vault.rotate(&first, &Secret::new("value 2"), UserId(9)).await.unwrap().unwrap();
    assert!(vault.rotate(&first, &Secret::new("late"), UserId(9)).await.unwrap().is_none(), "it was read before that");
    let third = vault.rotate(&second, &Secret::new("value 3"), UserId(9)).await.unwrap().unwrap();
    assert_eq!((third.versions, third.set, third.rotated), (3, first.set, Some(fresh.clock.now())));
    assert_eq!(third.secret, first.secret, "whatever uses it has the new value");
    assert_eq!(vault.open(CREW, &third.secret).await.unwrap().expose(), "value 3");
    assert!(vault.open(OTHERS, &third.secret).await.is_err());
    let mut opened: Vec<_> = vault.open_named().await.unwrap();
    opened.sort_by_key(|(guild, _, value)| (*guild, value.as_ref().unwrap().expose().to_owned()));
    let opened: Vec<_> = opened.iter().map(|(guild, _, value)| (*guild, value.as_ref().unwrap().expose())).collect();
    assert_eq!(opened, [(CREW, "value 2"), (CREW, "value 3"), (OTHERS, "of others")]);

    let elsewhere = store::named_secrets::NamedSecret { guild: OTHERS, ..third.clone() };
    assert!(!store.remove_named_secret(&elsewhere).await.unwrap());
    assert!(vault.rotate(&elsewhere, &Secret::new("x"), UserId(8)).await.is_err());
    assert!(store.named_secret_of(OTHERS, &third.secret).await.unwrap().is_none());
    assert!(store.remove_named_secret(&third).await.unwrap());
    assert_eq!(vault.open_named().await.unwrap().len(), 1);
}

async fn what_something_uses_is_never_swept(fresh: Fresh) {
    let (store, vault) = (&fresh.store, vault(&fresh));
    let login = vault.name(CREW, "login", &Secret::new("value 1"), UserId(7)).await.unwrap().unwrap();
    let login = vault.rotate(&login, &Secret::new("value 2"), UserId(7)).await.unwrap().unwrap();
    let own = offer(&fresh, CREW, "own", "key-a").await.unwrap();
    let nobodys = vault.seal(CREW, &Secret::new("left behind")).await.unwrap();
    let uses = Offer {
        guild: CREW,
        name: "uses",
        host: "127.0.0.1",
        port: 22,
        user: "root",
        secret: &login.secret,
        offered_key: "key-a",
        note: "",
        added_by: UserId(7),
        jump: None,
    };
    let uses = store.offer_server(&uses).await.unwrap().unwrap();

    for used in [&login.secret, login.previous.as_ref().unwrap(), &own.secret] {
        vault.forget(CREW, used).await.unwrap();
    }
    vault.sweep().await.unwrap();
    for used in [&login.secret, login.previous.as_ref().unwrap(), &own.secret] {
        assert!(vault.open(CREW, used).await.is_ok());
    }
    assert!(vault.open(CREW, &nobodys).await.is_err());

    assert!(!store.remove_named_secret(&login).await.unwrap(), "a server logs in with it");
    assert_eq!(store.logins_by_secret(CREW).await.unwrap(), [(login.secret.clone(), "uses".to_owned())]);
    assert!(store.logins_by_secret(OTHERS).await.unwrap().is_empty());
    assert!(store.remove_server(&uses).await.unwrap());
    assert_eq!(vault.open(CREW, &login.secret).await.unwrap().expose(), "value 2", "it is not the server's");
    assert!(store.remove_server(&own).await.unwrap());
    assert!(vault.open(CREW, &own.secret).await.is_err());
    assert!(store.remove_named_secret(&login).await.unwrap());
}

async fn a_thousand_rotations_at_once_leave_one_value_and_the_one_before(fresh: Fresh) {
    let vault = std::sync::Arc::new(vault(&fresh));
    let named = vault.name(CREW, "token", &Secret::new("first value"), UserId(7)).await.unwrap().unwrap();
    let mut rotations = tokio::task::JoinSet::new();
    for number in 0..1_000 {
        let (vault, named) = (std::sync::Arc::clone(&vault), named.clone());
        rotations.spawn(async move {
            let value = Secret::new(format!("value {number}"));
            vault.rotate(&named, &value, UserId(7)).await.unwrap().is_some()
        });
    }
    assert_eq!(rotations.join_all().await.into_iter().filter(|counted| *counted).count(), 1);
    assert_eq!(vault.open_named().await.unwrap().len(), 2);
}
