//! A rotation of the vault's key, interrupted, resumed, and met by what somebody altered; on SQLite and on PostgreSQL.

use std::time::Duration;

use base::{Clock, GuildId, Millis, Secret, UserId};
use secrecy::SecretString;
use sqlx::{AnyConnection, Connection};
use store::{Store, Vault, named_secrets::NamedSecret};

const CREW: GuildId = GuildId(1);
const SECRETS: usize = 430;

struct Fresh {
    store: Store,
    clock: Clock,
    url: String,
    secrets: Vec<NamedSecret>,
    _home: tempfile::TempDir,
}

fn passphrase(text: &str) -> SecretString {
    SecretString::from(format!("{text} passphrase of some length"))
}

fn value(number: usize) -> String {
    format!("the value of number {number}")
}

async fn fresh(url: impl Fn(&tempfile::TempDir) -> String) -> Fresh {
    let home = tempfile::tempdir().unwrap();
    let (url, clock) = (url(&home), Clock::manual(Millis(1_800_000_000_000)));
    let store = Store::open(&url, clock.clone()).await.unwrap();
    let vault = Vault::new(store.clone(), Some(passphrase("old")));
    let mut secrets = Vec::new();
    for number in 0..SECRETS {
        let named = vault.name(CREW, &format!("S{number}"), &Secret::new(value(number)), UserId(7)).await.unwrap();
        secrets.push(named.unwrap());
    }
    clock.advance(Duration::from_mins(1));
    Fresh { store, clock, url, secrets, _home: home }
}

async fn on_sqlite() -> Fresh {
    fresh(|home| format!("sqlite://{}", home.path().join("nebula.db").display())).await
}

async fn on_postgres() -> Fresh {
    fresh(|_| peers::postgres::database()).await
}

impl Fresh {
    /// Rotates until so many are sealed anew, and dies there.
    async fn rotate_and_die_at(&self, done: i64) {
        let store = self.store.clone();
        let work = async move {
            let die = |progress: store::Progress| assert!(progress.done < done, "killed");
            store.rotate_key(&passphrase("old"), &passphrase("new"), die).await
        };
        assert!(tokio::spawn(work).await.unwrap_err().is_panic());
    }

    async fn rotate(&self, old: &str, new: &str) -> Result<i64, String> {
        let rotated = self.store.rotate_key(&passphrase(old), &passphrase(new), |_| {}).await;
        rotated.map_err(|error| error.to_string())
    }

    /// How many open, and are what they were.
    async fn open_with(&self, with: &str) -> usize {
        let vault = Vault::new(self.store.clone(), Some(passphrase(with)));
        if vault.check().await.is_err() {
            return 0;
        }
        let mut open = 0;
        for (number, named) in self.secrets.iter().enumerate() {
            let opened = vault.open(CREW, &named.secret).await;
            open += usize::from(opened.is_ok_and(|opened| opened.expose() == value(number)));
        }
        open
    }

    async fn alter(&self, secret: &str, statement: &'static str) {
        let mut raw = AnyConnection::connect(&self.url).await.unwrap();
        let altered = sqlx::query(statement).bind(secret).execute(&mut raw).await.unwrap();
        assert_eq!(altered.rows_affected(), 1);
        raw.close().await.unwrap();
    }
}

macro_rules! on_both {
    ($($story:ident)*) => {$(
        mod $story {
            #[tokio::test]
            async fn on_sqlite() {
                super::$story(super::on_sqlite().await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                super::$story(super::on_postgres().await).await;
            }
        }
    )*};
}

on_both! {
    a_rotation_goes_on_wherever_it_was_interrupted
    an_altered_secret_stops_a_rotation_before_it_begins
    an_altered_secret_stops_a_rotation_in_the_middle_and_loses_nothing
    only_the_right_passphrases_rotate
}

async fn a_rotation_goes_on_wherever_it_was_interrupted(fresh: Fresh) {
    for done in [0, 100, 200, 400, i64::try_from(SECRETS).unwrap()] {
        fresh.rotate_and_die_at(done).await;
        let shut = Vault::new(fresh.store.clone(), Some(passphrase("old"))).check().await.unwrap_err().to_string();
        assert!(shut.contains("has not ended"), "{shut}");
    }
    assert_eq!(fresh.rotate("old", "new").await, Ok(i64::try_from(SECRETS).unwrap()));
    assert_eq!((fresh.open_with("old").await, fresh.open_with("new").await), (0, SECRETS));
    // A fresh salt under the same passphrase is a rotation too.
    assert!(fresh.rotate("new", "new").await.is_ok());
    assert_eq!(fresh.open_with("new").await, SECRETS);
}

async fn an_altered_secret_stops_a_rotation_before_it_begins(fresh: Fresh) {
    let altered = &fresh.secrets[321];
    fresh.alter(&altered.secret, "update secrets set sealed = nonce where id = $1").await;
    let said = fresh.rotate("old", "new").await.unwrap_err();
    assert!(said.contains("secret `S321` of guild 1") && said.contains("Nothing was changed"), "{said}");
    assert_eq!(fresh.open_with("old").await, SECRETS - 1);
    // It can be removed as ever, and the rest is rotated.
    assert!(fresh.store.remove_named_secret(altered).await.unwrap());
    assert!(fresh.rotate("old", "new").await.is_ok());
    assert_eq!(fresh.open_with("new").await, SECRETS - 1);
}

async fn an_altered_secret_stops_a_rotation_in_the_middle_and_loses_nothing(fresh: Fresh) {
    fresh.rotate_and_die_at(100).await;
    // Ids are random within a millisecond: one that the first hundred did not include.
    let mut ids: Vec<_> = fresh.secrets.iter().map(|named| named.secret.clone()).collect();
    ids.sort_unstable();
    let last = &ids[SECRETS - 1];
    fresh.alter(last, "update secrets set guild_id = '2' where id = $1").await;
    let said = fresh.rotate("old", "new").await.unwrap_err();
    assert!(said.contains(last.as_str()) && said.contains("guild 2") && said.contains("nothing is lost"), "{said}");
    let shut = fresh.store.unfinished_rotation().await.unwrap();
    assert!(shut.is_some_and(|shut| shut.contains("Run it again")));
    fresh.alter(last, "update secrets set guild_id = '1' where id = $1").await;
    assert!(fresh.rotate("old", "new").await.is_ok());
    assert_eq!(fresh.open_with("new").await, SECRETS);
}

async fn only_the_right_passphrases_rotate(fresh: Fresh) {
    assert!(fresh.rotate("wrong", "new").await.unwrap_err().contains("is not the one this database is sealed with"));
    // Nothing was sealed anew yet: another passphrase may take the place of the first one.
    fresh.rotate_and_die_at(0).await;
    fresh.clock.advance(Duration::from_mins(1));
    let store = fresh.store.clone();
    let die = |progress: store::Progress| assert!(progress.done < 100, "killed");
    let died = tokio::spawn(async move { store.rotate_key(&passphrase("old"), &passphrase("newer"), die).await });
    assert!(died.await.unwrap_err().is_panic());
    // From here on there is only one.
    assert!(fresh.rotate("old", "new").await.unwrap_err().contains("set NEBULA_SECRET_NEW to the one"));
    assert!(fresh.rotate("wrong", "newer").await.unwrap_err().contains("set the old one"));
    assert!(fresh.rotate("old", "newer").await.is_ok());
    assert!(fresh.rotate("old", "newer").await.unwrap_err().contains("it is the new one"));
    assert_eq!((fresh.open_with("newer").await, fresh.open_with("old").await), (SECRETS, 0));
}
