//! When a commit fails: nobody in the batch is told yes, and nothing of it is kept.

use rollcall_store::{Result, Sql, Tx};
use rollcall_testkit::{Engine, Scratch};

use crate::marks::{has, hold, is_unavailable, put, start, stat, write};

/// See `batches`.
const ATTEMPTS: usize = 40;

/// Leaves a reference to nothing behind, which the database notices at the commit.
fn poison(tx: &mut Tx<'_>) -> Result<()> {
    static DEFER: Sql = Sql::new("defer", "pragma defer_foreign_keys = on");
    static ORPHAN: Sql = Sql::new(
        "orphan",
        "insert into roles (app, role, name, created_at) values ('nowhere', 'r', 'r', 1)",
    );
    tx.exec(&DEFER, &[])?;
    tx.exec(&ORPHAN, &[])
}

/// Ends the transaction from inside, as SQLite itself does when the disk is full.
fn give_up(tx: &mut Tx<'_>) -> Result<()> {
    static ROLLBACK: Sql = Sql::new("rollback", "rollback");
    tx.exec(&ROLLBACK, &[])
}

/// Plays `bad` between two good operations until all three were in one batch. Whatever the batches: who was told yes is
/// kept, who was told no is not.
async fn nobody_is_told_yes(bad: fn(&mut Tx<'_>) -> Result<()>, before: bool, after: bool, why: &str) {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.store();
    for attempt in 0..ATTEMPTS {
        let name = move |mark: &str| format!("{attempt}-{mark}");
        let failures = stat(&store, "store_commit_failures");
        let (gate, held) = hold(&store).await;
        let first = start(write(&store, name("a"))).await;
        let fails = start(store.write("fails", move |tx| {
            put(tx, &name("bad"))?;
            bad(tx)
        }))
        .await;
        let second = start(write(&store, name("b"))).await;
        gate.open();
        // It may have been in the batch.
        drop(held.await);
        let (first, fails, second) = (first.await, fails.await, second.await);
        assert!(is_unavailable(&fails), "{fails:?}");
        assert!(!has(&store, &name("bad")).await);
        for (outcome, mark) in [(&first, "a"), (&second, "b")] {
            assert_eq!(has(&store, &name(mark)).await, outcome.is_ok(), "{mark}: {outcome:?}");
            assert!(outcome.is_ok() || is_unavailable(outcome), "{mark}: {outcome:?}");
        }
        assert_eq!(stat(&store, "store_commit_failures"), failures + 1);
        write(&store, name("afterwards")).await.unwrap();
        if first.is_err() == before && second.is_err() == after {
            assert!(fails.unwrap_err().to_string().contains(why));
            return;
        }
    }
    panic!("the operations never were in one batch");
}

#[tokio::test]
async fn a_commit_that_fails_is_told_to_the_whole_batch() {
    nobody_is_told_yes(poison, true, true, "the commit failed").await;
}

#[tokio::test]
async fn a_transaction_that_the_database_gives_up_fails_what_ran_in_it() {
    // The one behind has not run yet, and goes into the next batch.
    nobody_is_told_yes(give_up, true, false, "gave up the transaction").await;
}

#[tokio::test]
async fn a_closure_that_goes_on_after_the_database_gave_up_does_nothing() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.store();
    let outcome = store
        .write("goes on", |tx| {
            give_up(tx)?;
            // Outside of any transaction this would be kept by itself.
            drop(put(tx, "after"));
            Ok(())
        })
        .await;
    assert!(is_unavailable(&outcome), "{outcome:?}");
    assert!(!has(&store, "after").await);
    write(&store, "next").await.unwrap();
}
