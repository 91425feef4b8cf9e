//! Group commit of the embedded engine (ADR 0003): what waits goes together, and stays apart inside.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rollcall_store::{Error, Sql, Store};
use rollcall_testkit::{Engine, Scratch};

use crate::marks::{all, hold, is_refusal, marks, put, refusal, start, stat, write};

/// A batch also ends when its closures have run for 5 ms, which a busy machine can make of anything: so the scene is
/// played until they were in one batch. What must hold is checked every time.
const ATTEMPTS: usize = 40;

fn commits_since(store: &Store, before: u64) -> u64 {
    stat(store, "store_commits") - before
}

#[tokio::test]
async fn what_waits_is_committed_together() {
    const MANY: u64 = 200;
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.store();
    let (operations, commits) = (stat(&store, "store_operations"), stat(&store, "store_commits"));
    let (gate, held) = hold(&store).await;
    let mut waiting = Vec::new();
    for n in 0..MANY {
        waiting.push(start(write(&store, format!("{n:03}"))).await);
    }
    gate.open();
    held.await.unwrap();
    for operation in waiting {
        operation.await.unwrap();
    }
    let commits = commits_since(&store, commits);
    assert_eq!(stat(&store, "store_operations") - operations, MANY + 1);
    assert!(commits <= MANY / 4 + 1, "{commits} commits for {MANY} operations that waited together");
    assert_eq!(marks(&store).await.len(), 200);
}

#[tokio::test]
async fn a_batch_has_an_end() {
    const MANY: u64 = 600;
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.store();
    let commits = stat(&store, "store_commits");
    let (gate, held) = hold(&store).await;
    let mut waiting = Vec::new();
    for n in 0..MANY {
        waiting.push(start(write(&store, format!("{n:03}"))).await);
    }
    gate.open();
    held.await.unwrap();
    for operation in waiting {
        operation.await.unwrap();
    }
    assert!(commits_since(&store, commits) >= 3, "256 at most in one");
}

#[tokio::test]
async fn what_came_first_runs_first() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.store();
    let (gate, held) = hold(&store).await;
    let mut waiting = Vec::new();
    for n in 0..20_usize {
        let body = move |tx: &mut rollcall_store::Tx<'_>| {
            let before = crate::marks::all(tx)?.len();
            put(tx, &format!("{n:02}"))?;
            Ok(before)
        };
        waiting.push(start(store.write("in turn", body)).await);
    }
    gate.open();
    held.await.unwrap();
    for (n, operation) in waiting.into_iter().enumerate() {
        assert_eq!(operation.await.unwrap(), n);
    }
}

/// One that refuses, one whose statement fails and one that panics, between good ones.
#[tokio::test]
async fn a_failing_neighbour_takes_nobody_along() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.store();
    for attempt in 0..ATTEMPTS {
        let name = move |mark: &str| format!("{attempt}-{mark}");
        let commits = stat(&store, "store_commits");
        let (gate, held) = hold(&store).await;
        let first = start(write(&store, name("a"))).await;
        let refuses = start(store.write("refuses", move |tx| {
            put(tx, &name("refused"))?;
            Err::<(), _>(refusal())
        }))
        .await;
        let second = start(write(&store, name("b"))).await;
        let fails = start(store.write("fails", move |tx| {
            put(tx, &name("failed"))?;
            put(tx, &name("a"))
        }))
        .await;
        let panics = start(store.write("panics", move |tx| {
            put(tx, &name("panicked"))?;
            assert!(attempt >= ATTEMPTS, "this panic is part of the test");
            Ok(())
        }))
        .await;
        let third = start(write(&store, name("c"))).await;
        gate.open();
        held.await.unwrap();
        for good in [first, second, third] {
            good.await.unwrap();
        }
        let refused = refuses.await;
        assert!(is_refusal(&refused), "{refused:?}");
        let failed = fails.await;
        assert!(matches!(failed, Err(Error::Unique(_))), "{failed:?}");
        let panicked = panics.await;
        assert!(matches!(panicked, Err(Error::Broken(_))), "{panicked:?}");
        let kept: Vec<_> = marks(&store)
            .await
            .into_iter()
            .filter(|mark| mark.starts_with(&name("")))
            .collect();
        assert_eq!(kept, [name("a"), name("b"), name("c")]);
        if commits_since(&store, commits) == 1 {
            return;
        }
    }
    panic!("the operations were never committed together");
}

/// A closure that fails before it has changed anything leaves nothing to undo, so nobody runs twice for it.
#[tokio::test]
async fn a_refusal_without_work_costs_the_neighbours_nothing() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.store();
    let runs = Arc::new(AtomicUsize::new(0));
    let (gate, held) = hold(&store).await;
    let counted = Arc::clone(&runs);
    let first = start(store.write("counted", move |tx| {
        counted.fetch_add(1, Ordering::SeqCst);
        put(tx, "first")
    }))
    .await;
    let refuses = start(store.write("refuses", |tx| {
        assert_eq!(all(tx)?, ["first"]);
        Err::<(), _>(refusal())
    }))
    .await;
    gate.open();
    held.await.unwrap();
    first.await.unwrap();
    assert!(is_refusal(&refuses.await));
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

/// Deleting is work too, and so is what the database deletes along.
#[tokio::test]
async fn what_a_failing_neighbour_deleted_comes_back() {
    static FORGET: Sql = Sql::new("forget", "delete from installation where name = $1");
    static APP: Sql = Sql::new("app", "insert into apps (id, name, created_at) values ('a', 'a', 1)");
    static ROLE: Sql =
        Sql::new("role", "insert into roles (app, role, name, created_at) values ('a', 'r', 'r', 1)");
    static USER: Sql = Sql::new(
        "user",
        "insert into users (id, app, uid, user_id, klaim_id, role, created_at) values (7, 'a', 'u', 'u', 'k', 'r', 1)",
    );
    static TAG: Sql = Sql::new("tag", "insert into user_tags (app, tag, user_key) values ('a', 't', 7)");
    static REMOVE: Sql = Sql::new("remove", "delete from users where app = 'a'");
    static TAGS: Sql = Sql::new("tags", "select count(*) from user_tags");
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.store();
    let setting_up = store.write("set up", |tx| {
        put(tx, "kept")?;
        [&APP, &ROLE, &USER, &TAG].into_iter().try_for_each(|sql| tx.exec(sql, &[]))
    });
    setting_up.await.unwrap();
    let (gate, held) = hold(&store).await;
    let mut waiting = Vec::new();
    for n in 0..3 {
        waiting.push((true, start(write(&store, n.to_string())).await));
        let deletes = store.write("deletes", |tx| {
            tx.exec(&REMOVE, &[])?;
            tx.exec(&FORGET, &["kept".into()])?;
            Err(refusal())
        });
        waiting.push((false, start(deletes).await));
    }
    gate.open();
    held.await.unwrap();
    for (good, operation) in waiting {
        let outcome = operation.await;
        assert_eq!(outcome.is_ok(), good, "{outcome:?}");
    }
    assert_eq!(marks(&store).await, ["0", "1", "2", "kept"]);
    let tags = store.read("tags", |tx| tx.row(&TAGS, &[], |row| row.int(0)));
    assert_eq!(tags.await.unwrap(), 1);
}
