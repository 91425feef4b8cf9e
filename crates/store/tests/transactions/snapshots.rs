//! Readers and writers beside each other.

use rollcall_store::{Error, Sql};
use rollcall_testkit::{Engine, Scratch};

use crate::marks::{all, gate, has, marks, put, start, write};

rollcall_testkit::on_both_engines! {
    a_read_sees_one_moment,
    an_open_write_blocks_no_reader_and_shows_nothing,
    a_read_cannot_write,
    reads_and_writes_from_many_tasks,
}

async fn a_read_sees_one_moment(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    write(&store, "before").await.unwrap();
    let (gate, stop, mut reached) = gate();
    let read = start(store.read("two looks", move |tx| {
        let first = all(tx)?;
        stop.here();
        Ok((first, all(tx)?))
    }))
    .await;
    reached.recv().await.unwrap();
    // The writer does not wait for the reader, and others see its work at once.
    write(&store, "between").await.unwrap();
    assert!(has(&store, "between").await);
    assert_eq!(marks(&store).await, ["before", "between"]);
    gate.open();
    let (first, second) = read.await.unwrap();
    assert_eq!(first, ["before"]);
    assert_eq!(second, ["before"]);
}

async fn an_open_write_blocks_no_reader_and_shows_nothing(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    write(&store, "before").await.unwrap();
    let (gate, stop, mut reached) = gate();
    let open = start(store.write("open", move |tx| {
        put(tx, "within")?;
        assert_eq!(all(tx)?.len(), 2);
        stop.here();
        Ok(())
    }))
    .await;
    reached.recv().await.unwrap();
    for _ in 0..3 {
        assert!(!has(&store, "within").await);
        assert_eq!(marks(&store).await, ["before"]);
    }
    gate.open();
    open.await.unwrap();
    assert!(has(&store, "within").await);
    assert_eq!(marks(&store).await, ["before", "within"]);
}

async fn a_read_cannot_write(engine: Engine) {
    static RETURNING: Sql =
        Sql::new("returning", "insert into installation (name, value) values ('x', 'mark') returning name");
    let scratch = Scratch::new(engine);
    let store = scratch.store();
    let outcome = store.read("writes", |tx| tx.opt(&RETURNING, &[], |_| Ok(()))).await;
    assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
    let outcome = store.read("writes", |tx| put(tx, "x")).await;
    assert!(outcome.is_err(), "nor when nobody waits for the statement");
    assert!(marks(&store).await.is_empty());
}

async fn reads_and_writes_from_many_tasks(engine: Engine) {
    const TASKS: usize = 8;
    const EACH: usize = 25;
    let scratch = Scratch::new(engine);
    let store = std::sync::Arc::new(scratch.store());
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let store = std::sync::Arc::clone(&store);
        tasks.spawn(async move {
            for n in 0..EACH {
                let name = format!("{task}-{n}");
                write(&store, name.as_str()).await.unwrap();
                assert!(has(&store, &name).await, "what was answered is seen");
                assert!(marks(&store).await.contains(&name));
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(marks(&store).await.len(), TASKS * EACH);
}
