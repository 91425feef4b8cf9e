//! An answer means that the commit has happened.

use rollcall_store::{Sql, Store};
use rollcall_testkit::{Engine, Scratch};

use crate::marks::{hold, put, start, write};

const MARK: &str = "select count(*) from installation where name = $1";

/// A look at the database that does not go through the store.
enum Witness {
    Sqlite(rusqlite::Connection),
    Postgres(tokio_postgres::Client),
}

impl Witness {
    async fn new(engine: Engine, scratch: &Scratch) -> Self {
        match engine {
            Engine::Sqlite => {
                let address = scratch.address();
                Self::Sqlite(rusqlite::Connection::open(address.strip_prefix("sqlite:").unwrap()).unwrap())
            }
            Engine::Postgres => {
                let connected = tokio_postgres::connect(&scratch.address(), tokio_postgres::NoTls).await;
                let (client, connection) = connected.unwrap();
                tokio::spawn(connection);
                Self::Postgres(client)
            }
        }
    }

    async fn sees(&self, name: &str) -> bool {
        let count: i64 = match self {
            Self::Sqlite(file) => file.query_row(&MARK.replace('$', "?"), [name], |row| row.get(0)).unwrap(),
            Self::Postgres(client) => client.query_one(MARK, &[&name]).await.unwrap().get(0),
        };
        count == 1
    }
}

rollcall_testkit::on_both_engines! {
    whoever_is_answered_can_be_seen_by_others,
    whoever_waits_in_a_batch_is_answered_after_it,
}

async fn whoever_is_answered_can_be_seen_by_others(engine: Engine) {
    let scratch = Scratch::new(engine);
    let (store, witness) = (scratch.store(), Witness::new(engine, &scratch).await);
    for n in 0..300 {
        let name = n.to_string();
        assert!(!witness.sees(&name).await);
        write(&store, name.as_str()).await.unwrap();
        assert!(witness.sees(&name).await, "{name} was answered before it was committed");
    }
}

async fn whoever_waits_in_a_batch_is_answered_after_it(engine: Engine) {
    let scratch = Scratch::new(engine);
    let (store, witness) = (scratch.store(), Witness::new(engine, &scratch).await);
    for round in 0..10 {
        let (gate, held) = hold(&store).await;
        let mut waiting = Vec::new();
        for n in 0..30 {
            waiting.push(start(store.write("mark", move |tx| put(tx, &format!("{round}-{n}")))).await);
        }
        gate.open();
        held.await.unwrap();
        for (n, operation) in waiting.into_iter().enumerate() {
            operation.await.unwrap();
            assert!(witness.sees(&format!("{round}-{n}")).await);
        }
    }
}

async fn setting(store: &Store, sql: &'static Sql) -> i64 {
    store
        .write("setting", move |tx| tx.row(sql, &[], |row| row.int(0)))
        .await
        .unwrap()
}

/// Without these a commit could be answered that a power cut takes back, or references could point nowhere.
#[tokio::test]
async fn the_embedded_engine_is_set_to_keep_its_word() {
    static SYNCHRONOUS: Sql = Sql::new("synchronous", "pragma synchronous");
    static FOREIGN_KEYS: Sql = Sql::new("foreign keys", "pragma foreign_keys");
    static JOURNAL: Sql = Sql::new("journal", "pragma journal_mode");
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.store();
    assert_eq!(setting(&store, &SYNCHRONOUS).await, 2, "full");
    assert_eq!(setting(&store, &FOREIGN_KEYS).await, 1);
    let journal = store.write("journal", |tx| tx.row(&JOURNAL, &[], |row| row.text(0).map(str::to_owned)));
    assert_eq!(journal.await.unwrap(), "wal");
}
