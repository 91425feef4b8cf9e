//! PostgreSQL's connections come and go; the store stays.

use rollcall_store::{Sql, Store};
use rollcall_testkit::{Engine, Scratch};

use crate::marks::{all, gate, has, is_unavailable, marks, put, start, write};

pub(crate) async fn connect(scratch: &Scratch) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(&scratch.address(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

/// Ends all connections of the store, and waits until the server has none left. Answers how many there were.
pub(crate) async fn cut(administrator: &tokio_postgres::Client) -> usize {
    const CUT: &str = "
        select pg_terminate_backend(pid, 10000) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";
    let rows = administrator.query(CUT, &[]).await.unwrap();
    assert!(rows.iter().all(|row| row.get::<_, bool>(0)), "a connection outlived its end");
    rows.len()
}

/// Uses every connection of the store at once, so that each is there.
async fn use_all(store: &Store, round: usize) {
    let mut tasks = Vec::new();
    for n in 0..8 {
        tasks.push(async move {
            write(store, format!("{round}-{n}")).await.unwrap();
            assert!(has(store, &format!("{round}-{n}")).await);
            assert!(marks(store).await.len() > n % 2);
        });
    }
    futures_util::future::join_all(tasks).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_connections_are_made_anew() {
    let scratch = Scratch::new(Engine::Postgres);
    let (store, administrator) = (scratch.store(), connect(&scratch).await);
    for round in 0..8 {
        use_all(&store, round).await;
        let lost = cut(&administrator).await;
        assert!(lost >= 3, "{lost} connections in round {round}");
        // The next of each kind succeed, with nobody noticing.
        match round % 4 {
            0 => write(&store, format!("{round}-next")).await.unwrap(),
            1 => assert!(has(&store, &format!("{round}-0")).await),
            2 => assert_eq!(marks(&store).await.len(), 8 * (round + 1) + 1),
            _ => {}
        }
        if round % 4 == 0 {
            assert!(has(&store, &format!("{round}-next")).await);
            store.write("undone", |tx| put(tx, "again")).await.unwrap();
            store.write("gone", |tx| forget(tx, "again")).await.unwrap();
            store
                .write("gone", move |tx| forget(tx, &format!("{round}-next")))
                .await
                .unwrap();
            write(&store, format!("{round}-next")).await.unwrap();
            if round > 0 {
                store
                    .write("gone", move |tx| forget(tx, &format!("{round}-next")))
                    .await
                    .unwrap();
            }
        }
    }
}

fn forget(tx: &mut rollcall_store::Tx<'_>, name: &str) -> rollcall_store::Result<()> {
    static FORGET: Sql = Sql::new("forget", "delete from installation where name = $1");
    tx.exec(&FORGET, &[name.into()])
}

/// A statement that the lost connection had not prepared yet meets the loss at another place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_statement_survives_the_loss_too() {
    let scratch = Scratch::new(Engine::Postgres);
    let (store, administrator) = (scratch.store(), connect(&scratch).await);
    use_all(&store, 0).await;
    cut(&administrator).await;
    // As the first statement of the transaction, waited for or not, on each connection.
    for _ in 0..4 {
        store.write("all", all).await.unwrap();
    }
    use_all(&store, 1).await;
    cut(&administrator).await;
    for _ in 0..4 {
        store.write("forget", |tx| forget(tx, "x")).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_in_the_middle_is_answered_and_nothing_kept() {
    let scratch = Scratch::new(Engine::Postgres);
    let (store, administrator) = (scratch.store(), connect(&scratch).await);
    let (gate, stop, mut reached) = gate();
    let open = start(store.write("open", move |tx| {
        put(tx, "half")?;
        assert!(all(tx)?.contains(&"half".to_owned()));
        stop.here();
        put(tx, "whole")
    }))
    .await;
    reached.recv().await.unwrap();
    cut(&administrator).await;
    gate.open();
    let outcome = open.await;
    assert!(is_unavailable(&outcome), "{outcome:?}");
    assert!(marks(&store).await.is_empty());
    use_all(&store, 0).await;
}

/// A server that confirms before the commit is on disk would make the store break its word (ADR 0003).
#[tokio::test]
async fn durability_is_turned_back_on() {
    static SETTING: Sql = Sql::new("setting", "select current_setting('synchronous_commit')");
    let scratch = Scratch::new(Engine::Postgres);
    let administrator = connect(&scratch).await;
    let turn_off = "do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$";
    administrator.batch_execute(turn_off).await.unwrap();
    let store = scratch.store();
    for _ in 0..4 {
        let setting =
            store.write("setting", |tx| tx.row(&SETTING, &[], |row| row.text(0).map(str::to_owned)));
        assert_eq!(setting.await.unwrap(), "on");
    }
}
