//! Conflicts: run again, a limited number of times, and counted.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use rollcall_store::{Error, Options, Result, Sql, Store, Tx, installation};
use rollcall_testkit::{Engine, Scratch};

use crate::marks::{marks, put, stat, write};

static TOUCH: Sql =
    Sql::new("touch", "update installation set value = value || $2 where name = $1 returning name");

fn touch(tx: &mut Tx<'_>, name: &str, by: &str) -> Result<()> {
    tx.row(&TOUCH, &[name.into(), by.into()], |_| Ok(()))
}

/// Locks two records in turn; at its first run it waits in between until both have their first.
async fn lock_both(
    store: &Store,
    barrier: Arc<Barrier>,
    first: &'static str,
    second: &'static str,
) -> Result<usize> {
    let runs = AtomicUsize::new(0);
    store
        .write("lock both", move |tx| {
            let run = runs.fetch_add(1, Ordering::SeqCst) + 1;
            touch(tx, first, first)?;
            if run == 1 {
                barrier.wait();
            }
            touch(tx, second, first)?;
            Ok(run)
        })
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_ends_with_both_done() {
    static VALUES: Sql = Sql::new("values", "select name || '=' || value from installation order by name");
    let scratch = Scratch::new(Engine::Postgres);
    // The server looks for deadlocks after a second, unless told.
    let url = format!("{}?options=-c%20deadlock_timeout%3D20ms", scratch.address());
    let store = Store::open(&url.parse().unwrap(), &Options::default()).unwrap();
    for name in ["x", "y"] {
        write(&store, name).await.unwrap();
    }
    let barrier = Arc::new(Barrier::new(2));
    let one = lock_both(&store, Arc::clone(&barrier), "x", "y");
    let other = lock_both(&store, barrier, "y", "x");
    let (one, other) = tokio::join!(one, other);
    let retries = one.unwrap() + other.unwrap() - 2;
    assert!(retries > 0, "there was no deadlock");
    assert_eq!(stat(&store, "store_retries"), retries as u64);
    let values = store.read("values", |tx| tx.query(&VALUES, &[], |row| row.text(0).map(str::to_owned)));
    for value in values.await.unwrap() {
        let (_, touched) = value.split_once("=mark").unwrap();
        assert!(touched == "xy" || touched == "yx", "each touched both, once: {value}");
    }
}

rollcall_testkit::on_both_engines! {
    a_conflict_that_never_ends_is_answered,
    nothing_is_lost_when_many_change_one_record,
}

async fn a_conflict_that_never_ends_is_answered(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let outcome = store
        .write("never", move |tx| {
            counted.fetch_add(1, Ordering::SeqCst);
            put(tx, "never")?;
            Err::<(), _>(Error::Retry("again".to_owned()))
        })
        .await;
    assert!(matches!(&outcome, Err(Error::Retry(text)) if text == "again"), "{outcome:?}");
    let (runs, retries) = (runs.load(Ordering::SeqCst), stat(&store, "store_retries"));
    match engine {
        // Nobody else writes, so it would end the same way again; a second run is for the neighbours' sake alone.
        Engine::Sqlite => assert!(runs <= 2 && retries == 0, "{runs} runs, {retries} retries"),
        Engine::Postgres => assert_eq!((runs, retries), (8, 7)),
    }
    assert!(marks(&store).await.is_empty());
    write(&store, "never").await.unwrap();
}

async fn nothing_is_lost_when_many_change_one_record(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = Arc::new(scratch.store());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            for _ in 0..10 {
                store.write("raise", installation::raise_epoch).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(installation::epoch(&store).await.unwrap(), "80");
}
