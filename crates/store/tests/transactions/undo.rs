//! A closure that fails leaves nothing, and takes nobody along.

use rollcall_store::{Error, Sql, Store};
use rollcall_testkit::{Engine, Scratch};

use crate::marks::{all, has, is_refusal, marks, put, refusal, write};

rollcall_testkit::on_both_engines! {
    what_a_closure_answers_arrives,
    a_refusal_undoes_everything,
    a_statement_that_fails_undoes_everything,
    a_failure_of_the_last_statement_is_told,
    a_failure_that_the_closure_ignores_undoes_everything,
    a_panic_undoes_everything_and_the_store_goes_on,
    a_panic_in_a_read_is_an_answer,
    a_statement_that_makes_no_sense_is_our_fault,
    a_closure_sees_its_own_work,
}

async fn what_a_closure_answers_arrives(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    let answer = store.write("answer", |_| Ok(vec!["any", "type"])).await.unwrap();
    assert_eq!(answer, ["any", "type"]);
    assert_eq!(store.read("answer", |_| Ok(7_u8)).await.unwrap(), 7);
}

async fn a_refusal_undoes_everything(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    write(&store, "before").await.unwrap();
    let outcome = store
        .write("refused", |tx| {
            put(tx, "a")?;
            assert_eq!(all(tx)?, ["a", "before"]);
            put(tx, "b")?;
            Err::<(), _>(refusal())
        })
        .await;
    assert!(is_refusal(&outcome), "{outcome:?}");
    assert_eq!(marks(&store).await, ["before"]);
    write(&store, "a").await.unwrap();
}

async fn a_statement_that_fails_undoes_everything(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    let outcome = store
        .write("twice", |tx| {
            put(tx, "a")?;
            put(tx, "a")?;
            all(tx)
        })
        .await;
    assert!(matches!(outcome, Err(Error::Unique(_))), "{outcome:?}");
    assert!(marks(&store).await.is_empty());
}

async fn a_failure_of_the_last_statement_is_told(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    write(&store, "a").await.unwrap();
    // On PostgreSQL nobody waits for this statement: it travels with the commit.
    let outcome = store
        .write("late", |tx| {
            put(tx, "b")?;
            put(tx, "a")
        })
        .await;
    assert!(matches!(outcome, Err(Error::Unique(_))), "{outcome:?}");
    assert_eq!(marks(&store).await, ["a"]);
}

async fn a_failure_that_the_closure_ignores_undoes_everything(engine: Engine) {
    static AGAIN: Sql =
        Sql::new("again", "insert into installation (name, value) values ($1, 'mark') returning name");
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    let outcome = store
        .write("ignored", |tx| {
            put(tx, "a")?;
            let failed = tx.opt(&AGAIN, &["a".into()], |_| Ok(())).is_err();
            assert!(failed);
            Ok(())
        })
        .await;
    assert!(matches!(outcome, Err(Error::Unique(_))), "{outcome:?}");
    assert!(marks(&store).await.is_empty());
    write(&store, "a").await.unwrap();
}

async fn panic_in_the_middle(store: &Store) {
    let outcome = store
        .write("panics", |tx| {
            put(tx, "a")?;
            assert_eq!(all(tx)?, ["nothing"], "this panic is part of the test");
            Ok(())
        })
        .await;
    let told = matches!(&outcome, Err(Error::Broken(text)) if text == "panics panicked");
    assert!(told, "{outcome:?}");
}

async fn a_panic_undoes_everything_and_the_store_goes_on(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    // More often than there are connections.
    for _ in 0..6 {
        panic_in_the_middle(&store).await;
        assert!(marks(&store).await.is_empty());
    }
    write(&store, "a").await.unwrap();
    assert!(has(&store, "a").await);
}

async fn a_panic_in_a_read_is_an_answer(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    for _ in 0..6 {
        let outcome = store
            .read("panics", |tx| {
                assert_eq!(all(tx)?, ["nothing"], "this panic is part of the test");
                Ok(())
            })
            .await;
        assert!(matches!(&outcome, Err(Error::Broken(text)) if text == "panics panicked"), "{outcome:?}");
    }
    assert!(marks(&store).await.is_empty());
}

async fn a_statement_that_makes_no_sense_is_our_fault(engine: Engine) {
    static NONSENSE: Sql = Sql::new("nonsense", "select nothing from nowhere where id = $1");
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    for _ in 0..2 {
        let outcome = store
            .write("nonsense", |tx| {
                put(tx, "a")?;
                // Nobody waits for it, and its failure is thrown away.
                drop(tx.exec(&NONSENSE, &["x".into()]));
                Ok(())
            })
            .await;
        assert!(matches!(outcome, Err(Error::Broken(_))), "{outcome:?}");
        let fetched = store.fetch(&NONSENSE, &["x".into()], |_| Ok(())).await;
        assert!(matches!(fetched, Err(Error::Broken(_))), "{fetched:?}");
    }
    assert!(marks(&store).await.is_empty());
}

async fn a_closure_sees_its_own_work(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    let seen = store
        .write("seen", |tx| {
            for name in ["c", "a", "b"] {
                put(tx, name)?;
            }
            all(tx)
        })
        .await;
    assert_eq!(seen.unwrap(), ["a", "b", "c"]);
}
