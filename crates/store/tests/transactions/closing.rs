//! Closing and opening again.

use std::path::PathBuf;
use std::sync::Arc;

use rollcall_testkit::{Engine, Scratch};

use crate::marks::{has, marks, put, write};

rollcall_testkit::on_both_engines! {
    everything_answered_is_there_after_reopening,
    a_store_can_be_opened_beside_another,
}

async fn everything_answered_is_there_after_reopening(engine: Engine) {
    let scratch = Scratch::new(engine);
    for round in 1..=3 {
        let store = Arc::new(scratch.store());
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..20 {
            let store = Arc::clone(&store);
            tasks.spawn(async move {
                let name = format!("{round}-{n}");
                write(&store, name.as_str()).await.unwrap();
                assert!(has(&store, &name).await);
            });
        }
        tasks.join_all().await;
        drop(store);
        assert_eq!(marks(&scratch.store()).await.len(), round * 20);
    }
}

async fn a_store_can_be_opened_beside_another(engine: Engine) {
    let scratch = Scratch::new(engine);
    let (one, other) = (scratch.store(), scratch.store());
    for n in 0..20 {
        write(&one, format!("one-{n}")).await.unwrap();
        assert!(has(&other, &format!("one-{n}")).await);
        write(&other, format!("other-{n}")).await.unwrap();
        assert!(has(&one, &format!("other-{n}")).await);
    }
    // At the same time, too: each waits for the other's commit.
    let both = (0..20).map(|n| async move { n });
    let mut operations = Vec::new();
    for n in futures_util::future::join_all(both).await {
        operations.push(Box::pin(one.write("both", move |tx| put(tx, &format!("a-{n}"))))
            as crate::marks::Started<'_, ()>);
        operations.push(Box::pin(other.write("both", move |tx| put(tx, &format!("b-{n}")))));
    }
    for outcome in futures_util::future::join_all(operations).await {
        outcome.unwrap();
    }
    drop(one);
    assert_eq!(marks(&other).await.len(), 80);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_tidy_file_is_left() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = Arc::new(scratch.store());
    // Readers on several threads keep the log open as long as they are.
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..8 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            write(&store, n.to_string()).await.unwrap();
            assert!(has(&store, &n.to_string()).await);
        });
    }
    tasks.join_all().await;
    drop(store);
    let path = PathBuf::from(scratch.address().strip_prefix("sqlite:").unwrap());
    // A reading connection that happens to close last leaves the log's file, but nothing in it.
    let log = PathBuf::from(format!("{}-wal", path.display()));
    assert_eq!(log.metadata().map_or(0, |log| log.len()), 0);
    let alone = scratch.folder().join("alone.db");
    std::fs::copy(path, &alone).unwrap();
    let file = rusqlite::Connection::open(alone).unwrap();
    let sound: String = file.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    let marks: i64 = file
        .query_row("select count(*) from installation", [], |row| row.get(0))
        .unwrap();
    assert_eq!(marks, 8);
}
