//! The last statement of a transaction, with which on PostgreSQL the commit travels (ADR 0015).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rollcall_model::AppId;
use rollcall_store::{Error, Options, Result, Sql, Store, Tx};
use rollcall_testkit::{Engine, Scratch};

use crate::connections::{connect, cut};
use crate::marks::{all, has, is_refusal, is_unavailable, marks, put, refusal, stat, write};
use crate::proxy::Proxy;

static PUT_LAST: Sql =
    Sql::new("put last", "insert into installation (name, value) values ($1, 'mark') returning name");
static CHANGE: Sql =
    Sql::new("change", "update installation set value = value where name = $1 returning name");

rollcall_testkit::on_both_engines! {
    the_last_statement_is_kept,
    what_came_before_is_kept_with_it,
    a_refusal_behind_it_undoes_what_came_before,
    a_last_statement_that_fails_leaves_nothing,
}

fn put_last(tx: &mut Tx<'_>, name: &str) -> Result<()> {
    let answered = tx.last(&PUT_LAST, &[name.into()], |row| row.text(0).map(str::to_owned))?;
    assert_eq!(answered.as_deref(), Some(name));
    Ok(())
}

async fn the_last_statement_is_kept(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    for round in 0..6 {
        let name = format!("{round}");
        store.write("last", move |tx| put_last(tx, &name)).await.unwrap();
        assert!(has(&store, &format!("{round}")).await);
    }
    let nobody = store.write("nobody", |tx| tx.last(&CHANGE, &["nobody".into()], |_| Ok(())));
    assert_eq!(nobody.await.unwrap(), None);
    assert_eq!(stat(&store, "store_operations"), 7);
    assert_eq!(marks(&scratch.store()).await.len(), 6);
}

async fn what_came_before_is_kept_with_it(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    let shop = AppId::stored("shop");
    store
        .write("change, last", |tx| {
            put(tx, "a")?;
            put_last(tx, "b")
        })
        .await
        .unwrap();
    store
        .write("look, last", |tx| {
            assert_eq!(all(tx)?, ["a", "b"]);
            put_last(tx, "c")
        })
        .await
        .unwrap();
    store
        .write("lock, last", move |tx| {
            tx.lock(&shop, "marks")?;
            put_last(tx, "d")
        })
        .await
        .unwrap();
    assert_eq!(marks(&store).await, ["a", "b", "c", "d"]);
}

async fn a_refusal_behind_it_undoes_what_came_before(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    let outcome = store.write("change, last, no", |tx| {
        put(tx, "a")?;
        put_last(tx, "b")?;
        Err(refusal())
    });
    assert!(is_refusal(&outcome.await));
    let outcome = store.write("nobody, no", |tx| {
        assert_eq!(tx.last(&CHANGE, &["a".into()], |_| Ok(()))?, None);
        Err(refusal())
    });
    assert!(is_refusal(&outcome.await));
    assert!(marks(&store).await.is_empty());
}

async fn a_last_statement_that_fails_leaves_nothing(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    write(&store, "there").await.unwrap();
    for ways in 0..3 {
        let outcome = store.write("fails", move |tx| {
            match ways {
                0 => {}
                1 => drop(all(tx)?),
                _ => put(tx, "before")?,
            }
            put_last(tx, "there")
        });
        assert!(matches!(outcome.await, Err(Error::Unique(_))), "way {ways}");
        // Its failure counts even for a closure that does not care.
        let outcome = store.write("does not care", |tx| {
            drop(put_last(tx, "there"));
            Ok(())
        });
        assert!(outcome.await.is_err() || engine == Engine::Sqlite, "way {ways}");
    }
    assert_eq!(marks(&store).await, ["there"]);
}

/// `vacuum` refuses to run in a transaction block.
#[tokio::test]
async fn a_single_statement_travels_without_begin_and_commit() {
    static VACUUM: Sql = Sql::new("vacuum", "vacuum installation");
    let scratch = Scratch::new(Engine::Postgres);
    let store = scratch.store();
    store.write("vacuum", |tx| tx.last(&VACUUM, &[], |_| Ok(()))).await.unwrap();
    let outcome = store.write("look, vacuum", |tx| {
        all(tx)?;
        tx.last(&VACUUM, &[], |_| Ok(()))
    });
    let outcome = outcome.await;
    assert!(matches!(&outcome, Err(Error::Broken(text)) if text.contains("25001")), "{outcome:?}");
}

#[tokio::test]
async fn whoever_goes_on_behind_it_is_at_fault() {
    let scratch = Scratch::new(Engine::Postgres);
    let store = scratch.store();
    for ways in 0..6 {
        let outcome = store.write("goes on", move |tx| {
            let name = ways.to_string();
            match ways {
                0 | 1 => {}
                2 | 3 => drop(all(tx)?),
                _ => put(tx, &format!("before {ways}"))?,
            }
            put_last(tx, &name)?;
            if ways % 2 == 0 {
                drop(all(tx));
            } else {
                drop(put(tx, "behind"));
            }
            Ok(())
        });
        let outcome = outcome.await;
        assert!(
            matches!(&outcome, Err(Error::Broken(text)) if text.contains("after the last")),
            "{outcome:?}"
        );
    }
    // What was sent with its commit stands; what changed something before was not.
    assert_eq!(marks(&store).await, ["0", "1", "2", "3"]);
    for again in [false, true] {
        let outcome = store.write("fails behind", move |tx| {
            put_last(tx, if again { "again" } else { "no" })?;
            Err::<(), _>(if again {
                Error::Retry("again".to_owned())
            } else {
                refusal()
            })
        });
        let outcome = outcome.await;
        assert!(matches!(&outcome, Err(Error::Broken(text)) if text.contains("committed")), "{outcome:?}");
    }
    assert_eq!(stat(&store, "store_retries"), 0, "what is committed is not run again");
}

#[tokio::test]
async fn a_conflict_is_run_again() {
    static FLAKY: Sql = Sql::new(
        "flaky",
        "insert into installation (name, value) select $1, 'mark' where flaky() returning name",
    );
    let scratch = Scratch::new(Engine::Postgres);
    let store = scratch.store();
    for code in ["40001", "40P01"] {
        // A sequence is not undone: the function fails once.
        let function = format!(
            "drop sequence if exists calls; create sequence calls;
             create or replace function flaky() returns boolean language plpgsql as $$ begin
                 if nextval('calls') = 1 then raise exception 'flaky' using errcode = '{code}'; end if;
                 return true;
             end $$"
        );
        connect(&scratch).await.batch_execute(&function).await.unwrap();
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let outcome = store.write("flaky", move |tx| {
            counted.fetch_add(1, Ordering::SeqCst);
            tx.last(&FLAKY, &[code.into()], |_| Ok(()))
        });
        assert_eq!(outcome.await.unwrap(), Some(()));
        assert_eq!(runs.load(Ordering::SeqCst), 2);
    }
    assert_eq!(marks(&store).await, ["40001", "40P01"]);
}

#[tokio::test]
async fn a_connection_that_died_while_idle_is_not_noticed() {
    let scratch = Scratch::new(Engine::Postgres);
    let options = Options { transaction_connections: 2, ..Options::default() };
    let store = Store::open(scratch.database(), &options).unwrap();
    let administrator = connect(&scratch).await;
    for round in 0..10 {
        // On each of the two connections, whichever is asked.
        for turn in 0..4 {
            let name = format!("{round}-{turn}");
            store.write("last", move |tx| put_last(tx, &name)).await.unwrap();
        }
        assert!(cut(&administrator).await > 0);
    }
    assert_eq!(marks(&store).await.len(), 40);
}

/// Ended by the server in the middle: it was not committed, but whoever only sees the connection end cannot know.
#[tokio::test]
async fn a_connection_lost_in_the_middle_is_answered_once() {
    let scratch = Scratch::new(Engine::Postgres);
    let (store, holder, administrator) = (scratch.store(), connect(&scratch).await, connect(&scratch).await);
    write(&store, "held").await.unwrap();
    holder
        .batch_execute("begin; update installation set value = 'mark' where name = 'held'")
        .await
        .unwrap();
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let change = store.write("waits", move |tx| {
        counted.fetch_add(1, Ordering::SeqCst);
        tx.last(&CHANGE, &["held".into()], |_| Ok(())).map(drop)
    });
    let end = async {
        const END: &str = "select pg_terminate_backend(pid, 10000) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'";
        while administrator.query(END, &[]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let (outcome, ()) = tokio::join!(change, end);
    assert!(is_unavailable(&outcome), "{outcome:?}");
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    holder.batch_execute("rollback").await.unwrap();
    write(&store, "next").await.unwrap();
}

/// The commit is on disk and the answer is lost: told as unknown, and never done a second time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_is_not_asked_for_again() {
    let scratch = Scratch::new(Engine::Postgres);
    let proxy = Proxy::start(&scratch.address());
    let options = Options { transaction_connections: 2, ..Options::default() };
    let store = Store::open(&proxy.address.parse().unwrap(), &options).unwrap();
    for name in ["a", "b", "c", "d"] {
        store.write("last", move |tx| put_last(tx, name)).await.unwrap();
    }
    proxy.lose_an_answer();
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let outcome = store.write("lost", move |tx| {
        counted.fetch_add(1, Ordering::SeqCst);
        put_last(tx, "lost")
    });
    let outcome = outcome.await;
    assert!(is_unavailable(&outcome), "{outcome:?}");
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert_eq!(marks(&scratch.store()).await, ["a", "b", "c", "d", "lost"]);
}
